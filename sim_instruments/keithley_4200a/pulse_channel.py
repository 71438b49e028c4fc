"""Settings and data of one pulse channel. Defaults: KXCI manual Rev. E pages 7-5 to 7-34."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from mho.sim_instruments.keithley_4200a.number_format import pulse_number
from mho.sim_instruments.keithley_4200a.pulse_limits import SOURCE_RANGES, SourceRange
from mho.sim_instruments.keithley_4200a.status import Refused

FIXED = 2
SPOT_FIELDS = ("V", "I", "T", "S")


class PulseTiming(NamedTuple):
    """Seconds; ``width`` at half height. The period is shared by all channels."""

    width: float = 5e-7
    rise: float = 1e-7
    fall: float = 1e-7
    delay: float = 0.0


DEFAULT_TIMING = PulseTiming()


class PulseLevels(NamedTuple):
    """Volts."""

    base: float
    amplitude: float


class PulseSweep(NamedTuple):
    """A sweep or a step: which level takes ``values``, and the level that stays (V)."""

    what: Literal["AMPLITUDE", "BASE", "DC"]
    values: tuple[float, ...]
    other: float

    def levels(self, index: int) -> PulseLevels:
        """Levels of point ``index``."""
        value = self.values[index]
        match self.what:
            case "AMPLITUDE":
                return PulseLevels(self.other, value)
            case "BASE":
                return PulseLevels(value, self.other)
        return PulseLevels(value, value)


class PulsePoint(NamedTuple):
    """One measurement: volts, amperes, seconds since the start, status word."""

    voltage: float
    current: float
    time: float
    status: int

    def texts(self) -> tuple[str, ...]:
        """As they stand in a reply: page 7-38; the form of times is unverified."""
        return (
            pulse_number(self.voltage),
            pulse_number(self.current),
            pulse_number(self.time),
            f"{self.status:08x}",
        )


@dataclass(slots=True)
class PulseChannel:
    """What the ``:PMU:`` commands have set up for one channel, and what it has measured."""

    number: int
    name: str
    has_rpm: bool
    source_range: float = 10.0
    measure_kind: int = FIXED
    measure_range: float = 10e-3
    load: float = 1e6
    load_line_compensation: bool = False
    acquires: tuple[bool, bool] = (True, True)
    timing: PulseTiming = DEFAULT_TIMING
    train: PulseLevels | None = None
    sweep: PulseSweep | None = None
    step: PulseSweep | None = None
    spot_window: tuple[float, float] = (0.75, 0.90)
    waveform_window: tuple[float, float] = (0.2, 0.2)
    output_on: bool = False
    sequences: dict[int, dict[str, tuple[float, ...]]] = field(default_factory=dict)
    sequence_list: list[tuple[int, int]] = field(default_factory=list)
    fields: tuple[str, ...] = SPOT_FIELDS
    data: list[tuple[PulsePoint, ...]] = field(default_factory=list)

    @property
    def limits(self) -> SourceRange:
        """Limits of its source range."""
        return SOURCE_RANGES[self.source_range]

    @property
    def measure_ranges(self) -> tuple[float, ...]:
        """Current ranges that it has on its source range."""
        return self.limits.rpm_ranges if self.has_rpm else self.limits.plain_ranges

    @property
    def chosen_range(self) -> float:
        """The smallest current range that holds what ``MEASURE:RANGE`` asked for, or -967."""
        for span in self.measure_ranges:
            if self.measure_range <= span * (1 + 1e-9):
                return span
        raise Refused(-967)

    def reading(self, start: int, count: int, wanted: tuple[str, ...]) -> str:
        """A block of data: points joined by ``;``, fields by ``,``. Empty if there is nothing."""
        block = self.data[start : start + count]
        picks = [self.fields.index(name) for name in wanted] if wanted else None
        rows = []
        for points in block:
            texts = [text for point in points for text in point.texts()]
            rows.append(",".join(texts if picks is None else [texts[pick] for pick in picks]))
        return ";".join(rows)
