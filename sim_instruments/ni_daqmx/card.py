"""One card: its lines, what they are wired to, and which task holds what of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mho.sim_instruments.ni_daqmx.errors import (
    PHYSICAL_CHAN_DOES_NOT_EXIST,
    RESOURCE_RESERVED,
    DaqError,
)
from mho.sim_instruments.ni_daqmx.line import DigitalPort, InputLine, OutputLine
from mho.sim_instruments.ni_daqmx.settings import (
    DEFAULT_AMPLIFIER,
    AmplifierSettings,
    CardSettings,
)
from mho.sim_instruments.ni_daqmx.specifications import SPECIFICATIONS, Specification


@dataclass
class Card:
    """A card by its name. Lines are by their short names, ``ao0``, ``ai3``, ``port0``."""

    name: str
    number: int
    settings: CardSettings
    what: Specification
    outputs: dict[str, OutputLine]
    inputs: dict[str, InputLine]
    ports: dict[str, DigitalPort]
    held: dict[str, str] = field(default_factory=dict)
    """Resource -> the task that has reserved it."""
    notes: str = ""
    """Of the user, kept with the calibration."""

    @property
    def serial(self) -> int:
        """Serial number."""
        return 0x01E50000 + self.number

    @property
    def ai_ranges(self) -> tuple[float, ...]:
        """Magnitudes of the input ranges (V), smallest first."""
        return self.settings.ai_ranges or self.what.ai_ranges

    @property
    def ao_rates(self) -> tuple[float, ...]:
        """Fastest sample clock (Hz) with one output in the task, two, and so on."""
        return self.settings.ao_rates or self.what.ao_rates

    @property
    def ao_fifo(self) -> int:
        """Samples that it takes from the buffer ahead."""
        return self.what.ao_fifo if self.settings.ao_fifo is None else self.settings.ao_fifo

    @property
    def ai_delay(self) -> float:
        """From the edge of the sample clock to the sample (s)."""
        chosen = self.settings.ai_start_delay
        return self.what.ai_start_delay if chosen is None else chosen

    def ai_noise(self, full_scale: float) -> float:
        """Noise (V rms) in a range; of ranges beyond the table, that of the last."""
        table = self.settings.ai_noise or self.what.ai_noise
        place = self.ai_ranges.index(full_scale) if full_scale in self.ai_ranges else -1
        return table[min(place, len(table) - 1)]

    def ai_range(self, low: float, high: float) -> float:
        """The smallest range that holds these limits; the largest where none does."""
        wanted = max(abs(low), abs(high)) * (1 - 1e-9)
        return next((r for r in self.ai_ranges if r >= wanted), self.ai_ranges[-1])

    def lines_of_port(self, port: DigitalPort) -> list[str]:
        """The names of its lines."""
        return [f"{self.name}/{port.name}/line{n}" for n in range(port.lines)]

    def reserve(self, task: str, resources: Iterable[str]) -> None:
        """Have a task hold these, all or none."""
        wanted = set(resources)
        for resource in sorted(wanted):
            holder = self.held.get(resource, task)
            if holder != task:
                raise DaqError(
                    RESOURCE_RESERVED, f"{self.name}: {resource} is reserved by the task {holder}."
                )
        self.held.update(dict.fromkeys(wanted, task))

    def release(self, task: str) -> None:
        """Have a task hold nothing."""
        self.held = {what: holder for what, holder in self.held.items() if holder != task}


def card(
    name: str,
    number: int,
    settings: CardSettings,
    wiring: Mapping[str, str],
    amplifiers: Mapping[str, AmplifierSettings],
) -> Card:
    """A card as its settings say; ``wiring`` and ``amplifiers`` are by short names of lines."""
    what = SPECIFICATIONS[settings.product]
    shunts = {
        terminal: amplifiers.get(line, DEFAULT_AMPLIFIER).shunt
        for line, terminal in wiring.items()
        if line.startswith("ai")
    }
    outputs = {
        line: OutputLine(line, what.ao_range, wiring.get(line), shunts.get(wiring.get(line, ""), 0))
        for line in (f"ao{n}" for n in range(what.ao))
    }
    inputs = {
        line: InputLine(line, amplifiers.get(line, DEFAULT_AMPLIFIER), wiring.get(line))
        for line in (f"ai{n}" for n in range(what.ai))
    }
    ports = {
        port: DigitalPort(port, row.lines, row.rate)
        for port, row in ((f"port{n}", row) for n, row in enumerate(what.ports))
    }
    return Card(name, number, settings, what, outputs, inputs, ports)


def no_such_channel(text: str, card: Card) -> DaqError:
    """The refusal of a physical channel that a card does not have."""
    return DaqError(
        PHYSICAL_CHAN_DOES_NOT_EXIST,
        f"Physical Channel: {text}. Device: {card.name} ({card.settings.product}).",
    )
