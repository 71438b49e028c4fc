"""Tests of system mode, a sweep or a sampling, and their set-up as one message. Pure.

Source: 4200A-SCS KXCI Remote Control Programming, 4200A-KXCI-907-01 Rev. E, section 5. Several
commands share a message (p. 2-11); that those of several pages do is unverified.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mho.drivers.keithley_4200a.codec import source_measure as text
from mho.drivers.keithley_4200a.codec.numerals import numeral
from mho.drivers.keithley_4200a.codec.source_measure import Constant
from mho.stimuli import Source


@dataclass(frozen=True, slots=True)
class Ramp:
    """Evenly spaced levels: the first, the last and the distance, with its sign (V)."""

    start: float
    stop: float
    step: float


@dataclass(frozen=True, slots=True)
class Stepper:
    """The SMU that takes ``count`` steps, one for each curve of a family."""

    number: int
    ramp: Ramp
    count: int
    compliance: float


@dataclass(frozen=True, slots=True)
class LevelSweep:
    """One sweep; ``wanted`` are the points that are readings.

    With a ``ramp`` it is linear, else a list whose last level is 0. With a ``stepper`` all its
    levels are played at each step. ``stops`` is stop on compliance. The levels are volts and the
    compliance amperes, or the reverse where ``source`` is a current; then there is no
    ``current_floor``, for a current is measured on the range where it is sourced.
    """

    levels: tuple[float, ...]
    wanted: Sequence[int]
    delay: float
    plc: float
    point: float
    compliance: float
    current_floor: float | None
    ramp: Ramp | None = None
    stepper: Stepper | None = None
    stops: bool = False
    source: Source = Source.VOLTAGE

    @property
    def points(self) -> int:
        """How many points the 4200A measures, at most."""
        return len(self.levels) * (self.stepper.count if self.stepper else 1)

    @property
    def duration(self) -> float:
        """Nominal seconds."""
        return self.points * self.point


@dataclass(frozen=True, slots=True)
class Sampling:
    """``points`` readings of a constant level, ``interval`` apart, the first after ``wait``.

    Level, compliance and floor as in `LevelSweep`.
    """

    level: float
    points: int
    interval: float
    wait: float
    plc: float
    compliance: float
    current_floor: float | None
    source: Source = Source.VOLTAGE

    @property
    def wanted(self) -> range:
        """All points are readings."""
        return range(self.points)

    @property
    def duration(self) -> float:
        """Nominal seconds."""
        return self.points * self.interval


def set_up(
    number: int, test: LevelSweep | Sampling, held: Sequence[Constant], present: Sequence[int]
) -> str:
    """Everything before ``MD`` in one message: pages DE, SS and SM, then what needs no page.

    Parameters
    ----------
    number
        The driven SMU.
    held
        The other SMUs of the bench that are on, constant through the test, without one that is
        stepped.
    present
        Numbers of all SMUs in the mainframe.
    """
    stepper = test.stepper if isinstance(test, LevelSweep) else None
    swept = isinstance(test, LevelSweep)
    level = 0.0 if isinstance(test, LevelSweep) else test.level
    driven = Constant(number, level, test.compliance, test.source)
    stepped = None if stepper is None else stepper.number
    stops = isinstance(test, LevelSweep) and test.stops
    commands = [
        *text.channel_definitions(driven, held, present, swept, stepped),
        *(_sweep(driven, test) if isinstance(test, LevelSweep) else _sampling(driven)),
        *text.constants(held),
        *text.listed(number),
        *([] if isinstance(test, LevelSweep) else _intervals(test)),
        *([] if test.current_floor is None else [text.current_floor(number, test.current_floor)]),
        text.integration(test.plc),
        text.stop_on_compliance(stops),
        text.CLEAR_BUFFER,
    ]
    return ";".join(commands)


def _sweep(driven: Constant, test: LevelSweep) -> list[str]:
    ramp, stepper = test.ramp, test.stepper
    levels = (
        text.level_list(driven, test.levels)
        if ramp is None
        else text.linear_sweep(ramp.start, ramp.stop, ramp.step, test.compliance)
    )
    found = ["SS", "HT 0", f"DT {numeral(test.delay)}", levels]
    if stepper is not None:
        found.append(
            text.steps(stepper.ramp.start, stepper.ramp.step, stepper.count, stepper.compliance)
        )
    return found


def _sampling(driven: Constant) -> list[str]:
    return ["SS", *text.constants([driven])]


def _intervals(test: Sampling) -> list[str]:
    return [f"NR {test.points}", f"IN {numeral(test.interval)}", f"WT {numeral(test.wait)}"]
