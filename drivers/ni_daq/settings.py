"""The bench file of an NI DAQ card: which output drives which terminal, what measures there."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Self

from pydantic import Field, field_validator, model_validator

from mho.drivers.ni_daq.cards import CARDS, TIMEBASE, Model
from mho.drivers.ni_daq.terminals import OutputTerminal, Terminal
from mho.drivers.ni_daq.wired_channels import CardName, place_of, wrong_channels
from mho.errors import Problem
from mho.frozen import Frozen
from mho.owner import this_process
from mho.quantities import HERTZ, Hertz, Seconds

LOCAL = "local"
SIMULATOR = "simulator"
SIMULATED = "ni"
"""The simulated instrument of a rehearsal."""

_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+):\d{1,5}")


def is_target(target: str) -> str:
    """The target, where it is one; else ValueError."""
    if target in (LOCAL, SIMULATOR) or _ADDRESS.fullmatch(target):
        return target
    raise ValueError(
        f'"{target}" is not a target; write "local", "simulator" or "<host>:<port>", '
        'for example "localhost:31763"'
    )


class NiDaqSettings(Frozen):
    """A bench on an NI multifunction card, and others that run on its clock."""

    target: str = Field(
        description='"local" (NI-DAQmx runtime on this computer), "<host>:<port>" '
        '(NI gRPC Device Server, port 31763 unless changed) or "simulator"'
    )
    card: str = Field(
        pattern=r"^[^\s,:/]+$",
        description='name of the card in NI MAX, for example "Dev1": the one whose inputs measure, '
        "and give the clock",
    )
    model: Model = Field(description="of the card, as NI MAX shows it")
    other_cards: dict[CardName, Model] = Field(
        default_factory=dict,
        description="names and models of further cards, of which outputs are taken: in the same "
        "PXI chassis, or joined by an RTSI cable that NI MAX knows of; clock and start trigger go "
        "over that. Cards without inputs (6733, 6738) can stand here only",
    )
    sample_rate: Hertz = Field(
        default=1e6,
        ge=1e3,
        le=TIMEBASE,
        description="of the one clock that all outputs and inputs run on, 100 MHz over a whole "
        "number; every duration is a multiple of its period. What is long, or read at more inputs "
        "than the card samples as fast, is played by a slower one, a whole fraction of this, if "
        "its durations fit that",
    )
    terminals: dict[str, Terminal] = Field(
        min_length=1,
        description="a table [terminals.NAME] for each terminal of your devices, with the output "
        "wired to it and the inputs that measure there",
    )
    buffer: int = Field(
        default=1_000_000,
        ge=1_000,
        le=100_000_000,
        description="samples a channel that are sent at once and read at once; what is longer is "
        "streamed",
    )
    streaming: bool = Field(
        default=True,
        description="false refuses what is longer than the buffer: for a link that cannot keep up",
    )
    task_name_prefix: str = Field(
        default="mho ",
        pattern=r"^[A-Za-z0-9_ -]*$",
        description="names of tasks on the server: this, the card, what the task does",
    )
    timeout: Seconds = Field(default=10.0, gt=0, description="deadline of one exchange")

    @field_validator("target")
    @classmethod
    def _known_target(cls, target: str) -> str:
        return is_target(target)

    @field_validator("sample_rate")
    @classmethod
    def _on_the_timebase(cls, rate: float) -> float:
        divisor = TIMEBASE / rate
        if abs(divisor - round(divisor)) > 1e-9 * divisor:
            below = TIMEBASE / (int(divisor) + 1)
            raise ValueError(
                f"{HERTZ.show(rate)} is not {HERTZ.show(TIMEBASE)} over a whole number, so the "
                f"card would run at another rate; take {HERTZ.show(float(f'{below:.9g}'))} or "
                'less, for example "1 MHz"'
            )
        return rate

    @model_validator(mode="after")
    def _fits_the_card(self) -> Self:
        wrong = list(wrong_channels(self.models, self.terminals))
        if self.card in self.other_cards:
            wrong.append(f"other_cards: {self.card} is `card` itself; take it out")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    @property
    def driven(self) -> dict[str, OutputTerminal]:
        """The terminals that an output drives."""
        return {
            name: terminal
            for name, terminal in self.terminals.items()
            if isinstance(terminal, OutputTerminal)
        }

    @property
    def models(self) -> dict[str, Model]:
        """The model of each card by its name, first that of the card whose inputs measure."""
        return {self.card: self.model} | {
            name: model for name, model in self.other_cards.items() if name != self.card
        }

    def place(self, terminal: OutputTerminal) -> tuple[str, str]:
        """The card of an output, and what the output is called there."""
        return place_of(terminal, self.card)


def wrong_rate(settings: NiDaqSettings, driven: Iterable[OutputTerminal]) -> Problem | None:
    """What is wrong with the sample rate, if the cards cannot run the outputs of a device by it.

    How many inputs a stimulus reads is looked at where it is compiled.
    """
    terminals = list(driven)
    own = CARDS[settings.model]
    outputs = Counter(settings.place(one)[0] for one in terminals)
    highest, what = own.input_rate, f"a {settings.model} reads an input"
    for card, count in outputs.items():
        model = settings.models[card]
        rate = CARDS[model].output_rate(count)
        if rate < highest:
            highest, what = rate, f"a {model} runs {count} outputs on one clock"
    if settings.sample_rate <= highest * (1 + 1e-9):
        return None
    return Problem(
        "sample_rate",
        f"{HERTZ.show(settings.sample_rate)} is above the {HERTZ.show(float(f'{highest:.6g}'))} at "
        f"which {what}; lower it, or wire fewer",
    )


def rehearses(settings: NiDaqSettings) -> bool:
    """True if nothing real can be energised."""
    return settings.target == SIMULATOR


def place_of_card(target: str, card: str) -> str:
    """Names a card the same for everybody who means it."""
    if target == LOCAL:
        place = this_process.computer()
    else:
        host, _, port = target.rpartition(":")
        here = host.casefold() in ("localhost", "127.0.0.1", "[::1]")
        place = f"{this_process.computer() if here else host.casefold()}:{port}"
    return f"ni-daqmx {place} {card.casefold()}"


def resources(settings: NiDaqSettings) -> list[str]:
    """The cards as a whole: each has one clock for its outputs."""
    return [place_of_card(settings.target, card) for card in settings.models]
