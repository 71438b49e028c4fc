"""The bench file of an NI DAQ card: which output drives which terminal, what measures there."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from mho.bench import ChannelLimits, WiredTerminal
from mho.device.profile import DeviceProfile
from mho.drivers.ni_daq.cards import (
    CARDS,
    LONGEST_APERTURE,
    MOST_READINGS,
    OUTPUT_CURRENT,
    OUTPUT_RANGE,
    OUTPUT_SLEW,
    TIMEBASE,
    Model,
)
from mho.errors import Problem
from mho.frozen import Frozen
from mho.owner import this_process
from mho.quantities import AMPERE, HERTZ, Amperes, Hertz, Ohms, Seconds, Volts, VoltsPerSecond

CardName = Annotated[str, Field(pattern=r"^[^\s,:/]+$")]

LOCAL = "local"
SIMULATOR = "simulator"
SIMULATED = "ni"
"""The simulated instrument of a rehearsal."""

_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+):\d{1,5}")


class CurrentInput(Frozen):
    """The analogue input that measures the current of a terminal, and the amplifier before it.

    A transimpedance amplifier, or a shunt with whatever amplifies its voltage.
    """

    input: str = Field(pattern=r"^ai\d{1,3}$", description='analogue input, "ai0"')
    gain: Ohms = Field(
        description='volts at the input for an ampere into the terminal: "1 kohm" is 1 V for 1 mA; '
        "negative where the amplifier inverts, or lies at the other end of the device"
    )
    bandwidth: Hertz = Field(
        gt=0, description="of the amplifier: nothing is read before it has settled to 0.1 %"
    )
    saturation: Volts = Field(
        default=10.0,
        gt=0,
        le=10,
        description="its output goes no further than this, either way; the largest current that "
        "can be measured is this, less the offset, over the gain",
    )
    offset: Volts = Field(default=0.0, description="at the input while no current flows")
    resistance: Ohms = Field(
        default=0.0,
        ge=0,
        le=1e6,
        description="in the line of the terminal: that of a shunt; 0 for a virtual ground",
    )

    wiring: Literal["differential", "RSE", "NRSE"] = Field(
        default="differential",
        description="of the input: against its partner (ai0 and ai8), the ground of the card, or "
        "AI SENSE",
    )

    @field_validator("gain")
    @classmethod
    def _some_gain(cls, gain: float) -> float:
        if not abs(gain) >= 1e-3:
            raise ValueError('no current could be told from it; write a gain, for example "1 kohm"')
        return gain

    @model_validator(mode="after")
    def _room_for_current(self) -> Self:
        if abs(self.offset) >= self.saturation:
            raise ValueError("the offset is as large as what the amplifier saturates at")
        return self

    @property
    def largest(self) -> float:
        """The largest current (A) that is measured either way."""
        return (self.saturation - abs(self.offset)) / abs(self.gain)


class VoltageInput(Frozen):
    """The analogue input that measures the voltage of a terminal."""

    input: str = Field(pattern=r"^ai\d{1,3}$", description='analogue input, "ai1"')
    offset: Volts = Field(default=0.0, description="at the input while the terminal is at 0 V")
    records_only: bool = Field(
        default=False,
        description="true reads it for records of waveforms only, so that the input of the current "
        "has the rate of the card to itself in everything else",
    )
    wiring: Literal["differential", "RSE", "NRSE"] = Field(
        default="differential",
        description="of the input: against its partner (ai0 and ai8), the ground of the card, or "
        "AI SENSE",
    )


class OutputTerminal(WiredTerminal):
    """A terminal that an analogue output drives."""

    output: str = Field(
        pattern=r"^([^\s,:/]+/)?ao\d{1,2}$",
        description='analogue output, "ao0"; that of another card with its name, "Dev2/ao0"',
    )
    current_unlimited: Literal[True] = Field(
        description="true says: I know that an analogue output does not limit the current; it "
        "gives up to max_current, and a compliance is only told of when it is passed"
    )
    max_current: Amperes = Field(
        default=OUTPUT_CURRENT,
        gt=0,
        le=1,
        description="the largest that flows: of the output, or of the buffer behind it",
    )
    range: Volts = Field(
        default=OUTPUT_RANGE, gt=0, le=OUTPUT_RANGE, description="it goes no further, either way"
    )
    slew: VoltsPerSecond = Field(
        default=OUTPUT_SLEW, gt=0, description="of the output, or of the buffer behind it"
    )
    current: CurrentInput | None = Field(
        default=None,
        description="the input that measures the current into this terminal; without it the "
        "terminal is driven and not read",
    )
    voltage: VoltageInput | None = Field(
        default=None,
        description="the input that measures the voltage of this terminal; where it is not read "
        "the voltage of a reading is what was sent, less what the resistance of the current input "
        "takes",
    )

    @property
    def inputs(self) -> tuple[str, ...]:
        """The analogue inputs of this terminal."""
        return tuple(one.input for one in (self.current, self.voltage) if one is not None)


class GroundedTerminal(WiredTerminal):
    """A terminal that stands at 0 V whatever happens: nothing drives it."""

    grounded_by: str = Field(
        pattern=r"^(wire|ai\d{1,3})$",
        description='"wire", or the input whose amplifier has this terminal at its virtual ground: '
        '"ai0". It stands as the current input of the terminal that is driven, whose current it '
        "measures on its way back, with the gain that it has for a current into that one",
    )


def _is_grounded(terminal: Any) -> str:
    if isinstance(terminal, dict):
        return "grounded" if "grounded_by" in terminal else "driven"
    return "grounded" if isinstance(terminal, GroundedTerminal) else "driven"


Terminal = Annotated[
    Annotated[OutputTerminal, Tag("driven")] | Annotated[GroundedTerminal, Tag("grounded")],
    Discriminator(_is_grounded),
]


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
        wrong = list(self._wrong_channels())
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
        return {self.card: self.model, **self.other_cards}

    def place(self, terminal: OutputTerminal) -> tuple[str, str]:
        """The card of an output, and what the output is called there."""
        card, _, line = terminal.output.rpartition("/")
        return card or self.card, line

    def _wrong_channels(self) -> Iterator[str]:
        own, driven = CARDS[self.model], self.driven
        if not own.inputs:
            yield (
                f"a {self.model} has outputs and no input, so nothing could be measured, and there "
                "is no clock of inputs that others could run on; make a card with inputs `card`, "
                f'and write {self.card} = "{self.model}" under [other_cards]'
            )
        yield from self._wrong_cards()
        yield from _taken_twice(("/".join(self.place(one)), name) for name, one in driven.items())
        for name, one in driven.items():
            card, line = self.place(one)
            if card not in self.models:
                yield f"{name}: there is no card {card} here; name it under [other_cards]"
            elif int(line.removeprefix("ao")) >= CARDS[self.models[card]].outputs:
                most = CARDS[self.models[card]].outputs
                yield f"{name}: a {self.models[card]} has ao0 to ao{most - 1}, no {line}"
        inputs = [(ai, name) for name, one in driven.items() for ai in one.inputs]
        yield from _taken_twice(inputs)
        for line, name in inputs:
            if own.inputs and int(line.removeprefix("ai")) >= own.inputs:
                yield f"{name}: a {self.model} has ai0 to ai{own.inputs - 1}, no {line}"
        yield from _wrong_partners(driven)
        yield from self._wrong_grounds()
        if not driven:
            yield "no terminal has an output, so nothing could be driven"
        elif own.inputs and not any(one.current for one in driven.values()):
            yield "no terminal has a current input, so nothing could be measured"

    def _wrong_cards(self) -> Iterator[str]:
        for name, model in self.other_cards.items():
            if name == self.card:
                yield f"other_cards: {name} is `card` itself; take it out"
            elif CARDS[model].bus != CARDS[self.model].bus:
                yield (
                    f"other_cards: {name} is a {model} and {self.card} a {self.model}: no clock "
                    "goes from one to the other; take two in one PXI chassis, or two with an RTSI "
                    "cable"
                )

    def _wrong_grounds(self) -> Iterator[str]:
        meters = {one.current.input for one in self.driven.values() if one.current is not None}
        for name, terminal in self.terminals.items():
            if isinstance(terminal, GroundedTerminal) and terminal.grounded_by not in (
                "wire",
                *meters,
            ):
                yield (
                    f"{name} is grounded by {terminal.grounded_by}, which is the current input of "
                    "no terminal"
                )


def _taken_twice(wired: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Channels that are at two terminals, or twice at one."""
    seen: dict[str, str] = {}
    for channel, name in wired:
        if channel in seen:
            short = channel.rpartition("/")[2]
            yield f"{short} is at both {seen[channel]} and {name}; one each"
        seen.setdefault(channel, name)


def _wrong_partners(driven: Mapping[str, OutputTerminal]) -> Iterator[str]:
    """Differential inputs without a partner, or whose partner is taken."""
    inputs = {
        int(one.input.removeprefix("ai")): (name, one.wiring)
        for name, terminal in driven.items()
        for one in (terminal.current, terminal.voltage)
        if one is not None
    }
    for number, (name, wiring) in inputs.items():
        partner = number + 8
        if wiring != "differential":
            continue
        if number % 16 >= 8:
            yield (
                f"{name}: ai{number} is no differential input but the partner of ai{number - 8}; "
                'take ai0 to ai7 or ai16 to ai23, or wiring = "RSE"'
            )
        elif partner in inputs:
            yield (
                f"{name}: ai{number} is differential and takes ai{partner} as its partner, which "
                f"is at {inputs[partner][0]}"
            )


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


def output_limits(settings: NiDaqSettings, terminal: OutputTerminal) -> ChannelLimits:
    """What one output can do, with what measures its current.

    It sources no current and opens nothing. A current beyond what the amplifier measures can be
    neither told nor limited, so no compliance is above that.
    """
    largest, resistance = terminal.max_current, 0.0
    if terminal.current is not None:
        largest = min(largest, terminal.current.largest)
        resistance = terminal.current.resistance
    period = 1 / settings.sample_rate
    what = f"{terminal.output}, currents to {AMPERE.show(largest)}"
    limits = ChannelLimits(
        instrument=f"an NI {settings.models[settings.place(terminal)[0]]} ({what})",
        max_voltage=terminal.range,
        max_compliance=largest,
        min_width=period,
        min_aperture=period,
        max_aperture=LONGEST_APERTURE,
        max_source_power=terminal.range * terminal.max_current,
        max_points=MOST_READINGS,
        limits_current=False,
        stops_in_compliance=False,
        time_axis="one sample clock",
        time_step=period,
        output_resistance=resistance,
    )
    return terminal.wired(limits)


def ground_limits(settings: NiDaqSettings, terminal: GroundedTerminal) -> ChannelLimits:
    """What a terminal can do that stands at 0 V whatever happens."""
    driven = settings.driven.values()
    limits = ChannelLimits(
        instrument="a terminal that is grounded",
        max_voltage=0.0,
        max_compliance=max(one.max_current for one in driven),
        min_width=1 / settings.sample_rate,
        min_aperture=1 / settings.sample_rate,
        max_aperture=LONGEST_APERTURE,
        max_source_power=0.0,
        max_points=MOST_READINGS,
        limits_current=False,
        stops_in_compliance=False,
        time_axis="one sample clock",
        time_step=1 / settings.sample_rate,
    )
    return terminal.wired(limits)


def limits(
    settings: NiDaqSettings,
    profile: DeviceProfile,  # noqa: ARG001
) -> Mapping[str, ChannelLimits]:
    """What the channels of this bench can do, by terminal; needs no instrument."""
    return {
        name: output_limits(settings, terminal)
        if isinstance(terminal, OutputTerminal)
        else ground_limits(settings, terminal)
        for name, terminal in settings.terminals.items()
    }


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
