"""Compiles a stimulus for one SMU, into one of three ways to play it. Pure, no I/O.

steps
    User mode: the level is sent, the computer's clock times it, one message reads the current.
    Every level has its own compliance and range. A level lasts as long as asked for plus what the
    wire and the 4200A take (milliseconds, unverified), never less; a verify read lasts one more
    aperture, in which its voltage is read. For a single pulse with its verify read, for a single
    reading, and for what does not fit into the other two.
list
    System mode: all levels in one list sweep, timed by the 4200A. All points share one compliance,
    aperture and delay, so a train becomes points of one duration, the greatest that fits into all
    its levels, and the aperture is the shortest asked for. Ranging is automatic, but no lower than
    the range of the most sensitive read. For sweeps and trains.
sampling
    System mode: a constant level read at an interval. For holds.

What the 4200A takes for a point beyond delay and aperture is not published (unverified; about
0.1 s has been reported for a sweep with autoranging), so the times of readings are its own.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from math import gcd
from typing import NamedTuple

from mho.bench import ChannelLimits
from mho.drivers.keithley_4200a.ranges import (
    BUFFER,
    FIXED_PLC,
    MAX_DELAY,
    MAX_PLC,
    MAX_SAMPLING,
    MAX_WAIT,
    MIN_SAMPLING,
    MIN_SMU_STEP,
    smu_range,
)
from mho.drivers.keithley_4200a.refusals import refuse_beyond, refuse_untimeable
from mho.drivers.keithley_4200a.settings import SmuTerminal, smu_limits
from mho.errors import LimitError, UnsupportedError
from mho.quantities import SECOND
from mho.stimuli import Hold, Plateau, Pulse, PulseTrain, Stimulus, Sweep, Waveforms, plateaus


class Step(NamedTuple):
    """One level of user mode. Volts, seconds, amperes, line cycles.

    ``read_after`` seconds the current is read, or never; ``reads_voltage`` is False for a pulse,
    which a second reading would lengthen.
    """

    level: float
    duration: float
    compliance: float
    current_floor: float
    read_after: float | None
    plc: float
    reads_voltage: bool


@dataclass(frozen=True, slots=True)
class Steps:
    """Levels in user mode, the last one 0 V; ``largest`` is the largest magnitude (V)."""

    steps: tuple[Step, ...]
    largest: float


@dataclass(frozen=True, slots=True)
class ListSweep:
    """One list sweep, its last level 0 V; ``wanted`` are the points that are readings."""

    levels: tuple[float, ...]
    wanted: tuple[int, ...]
    delay: float
    plc: float
    point: float
    compliance: float
    current_floor: float

    @property
    def points(self) -> int:
        """How many points the 4200A measures."""
        return len(self.levels)

    @property
    def duration(self) -> float:
        """Nominal seconds."""
        return self.points * self.point


@dataclass(frozen=True, slots=True)
class Sampling:
    """``points`` readings of a constant level, ``interval`` apart, the first after ``wait``."""

    level: float
    points: int
    interval: float
    wait: float
    plc: float
    compliance: float
    current_floor: float

    @property
    def wanted(self) -> range:
        """All points are readings."""
        return range(self.points)

    @property
    def duration(self) -> float:
        """Nominal seconds."""
        return self.points * self.interval


Program = Steps | ListSweep | Sampling


@dataclass(frozen=True, slots=True)
class Smu:
    """One SMU as the compiler sees it."""

    number: int
    preamp: bool
    fixed_plc: float | None
    line_frequency: float
    limits: ChannelLimits

    @classmethod
    def of(cls, terminal: SmuTerminal, line_frequency: float) -> "Smu":
        """The SMU of a bench file."""
        return cls(
            terminal.number,
            terminal.preamp,
            None if terminal.integration is None else FIXED_PLC[terminal.integration],
            line_frequency,
            smu_limits(terminal, line_frequency),
        )

    def floor(self, compliance: float) -> float:
        """The range that a compliance calls for."""
        return smu_range(compliance, self.preamp)

    def integration(self, aperture: float) -> float:
        """Line cycles for an aperture (s)."""
        if self.fixed_plc is not None:
            return self.fixed_plc
        return min(aperture * self.line_frequency, MAX_PLC)


def compile_stimulus(stimulus: Stimulus, smu: Smu) -> Program:
    """The program that plays ``stimulus`` on one SMU.

    A pulse longer than 20 line cycles is read over its last 10, the longest integration.

    Raises
    ------
    LimitError
        A level, compliance or power above what the SMU can do, or more points than its buffer.
    UnsupportedError
        A duration or aperture that it cannot play.
    """
    if isinstance(stimulus, Waveforms):
        raise UnsupportedError(
            "waveforms on several terminals at once need pulse-card channels; the SMUs of a 4200A "
            "are not synchronised with one another"
        )
    distinct = _distinct(stimulus)
    refuse_beyond(distinct, smu.limits)
    for plateau in distinct[:-1]:
        refuse_untimeable(plateau, smu.limits)
    match stimulus:
        case PulseTrain():
            return _train(stimulus, smu) or _steps(stimulus, smu)
        case Sweep() if stimulus.dwell - stimulus.aperture <= MAX_DELAY:
            return _list(list(plateaus(stimulus))[:-1], stimulus.dwell, stimulus.compliance, smu)
        case Hold() if stimulus.count > 1 and _samples(stimulus):
            return _sampling(stimulus, smu)
    return _steps(stimulus, smu)


def _distinct(stimulus: Stimulus) -> list[Plateau]:
    # A hold repeats one plateau, perhaps thousands of times.
    if isinstance(stimulus, Hold):
        level = Plateau(stimulus.level, stimulus.interval, stimulus.compliance, stimulus.aperture)
        return [level, Plateau(0.0, 0.0, stimulus.compliance, None)]
    return list(plateaus(stimulus))


def _steps(stimulus: Stimulus, smu: Smu) -> Steps:
    pulses = frozenset(_pulses(stimulus))
    steps = []
    for index, plateau in enumerate(plateaus(stimulus)):
        aperture = plateau.aperture
        plc = 0.0 if aperture is None else smu.integration(aperture)
        steps.append(
            Step(
                plateau.level,
                plateau.duration,
                plateau.compliance,
                smu.floor(plateau.compliance),
                None if aperture is None else plateau.duration - plc / smu.line_frequency,
                plc,
                reads_voltage=index not in pulses,
            )
        )
    return Steps(tuple(steps), max(abs(step.level) for step in steps))


def _pulses(stimulus: Stimulus) -> Iterator[int]:
    """Which of the plateaus are pulses."""
    if isinstance(stimulus, Pulse):
        yield 0
    elif isinstance(stimulus, PulseTrain):
        index = 0
        for number in range(1, len(stimulus.amplitudes) + 1):
            yield index
            read = stimulus.verify is not None and number % stimulus.verify_every == 0
            index += 1 + (stimulus.rest > 0) + read


def _train(stimulus: PulseTrain, smu: Smu) -> ListSweep | None:
    """The list sweep of a train; None if its durations have no common measure to step by."""
    wanted = list(plateaus(stimulus))[:-1]
    verify = stimulus.verify
    if verify is not None and verify.compliance > stimulus.compliance:
        return None
    point = _common_measure(plateau.duration for plateau in wanted)
    if point < MIN_SMU_STEP * (1 - 1e-9):
        return None
    try:
        return _list(wanted, point, stimulus.compliance, smu)
    except UnsupportedError:
        return None


def _common_measure(durations: Iterable[float]) -> float:
    """The longest duration of which all are multiples, to the microsecond; 0 if there is none."""
    whole = [round(duration * 1e6) for duration in set(durations)]
    return gcd(*whole) * 1e-6


def _list(wanted: list[Plateau], point: float, compliance: float, smu: Smu) -> ListSweep:
    apertures = [plateau.aperture for plateau in wanted if plateau.aperture is not None]
    plc = smu.integration(min(apertures, default=point))
    delay = point - plc / smu.line_frequency
    if not -1e-9 <= delay <= MAX_DELAY:
        raise UnsupportedError(
            f"{SECOND.show(point)} a point, {SECOND.show(plc / smu.line_frequency)} of it "
            f"integrating: the delay between has to be 0 to {SECOND.show(MAX_DELAY)} in a sweep "
            f"of {smu.limits.instrument}"
        )
    repeats = [round(plateau.duration / point) for plateau in wanted]
    levels = [p.level for p, count in zip(wanted, repeats, strict=True) for _ in range(count)]
    if len(levels) + 1 > BUFFER:
        raise LimitError(
            [
                f"{len(levels)} points of {SECOND.show(point)} and the return to 0 V are more than "
                f"the {BUFFER} that a list sweep of {smu.limits.instrument} holds; shorten it"
            ]
        )
    ends = accumulate(repeats)
    return ListSweep(
        levels=(*levels, 0.0),
        wanted=tuple(
            end - 1 for end, p in zip(ends, wanted, strict=True) if p.aperture is not None
        ),
        delay=max(delay, 0.0),
        plc=plc,
        point=point,
        compliance=compliance,
        current_floor=smu.floor(min(plateau.compliance for plateau in wanted)),
    )


def _samples(hold: Hold) -> bool:
    return MIN_SAMPLING * (1 - 1e-9) <= hold.interval <= MAX_SAMPLING


def _sampling(hold: Hold, smu: Smu) -> Sampling:
    if hold.count > BUFFER:
        raise LimitError(
            [
                f"{hold.count} readings are more than the {BUFFER} that a sampling of "
                f"{smu.limits.instrument} holds; take fewer, or hold twice"
            ]
        )
    plc = smu.integration(hold.aperture)
    wait = min(max(hold.interval - plc / smu.line_frequency, 0.0), MAX_WAIT)
    return Sampling(
        level=hold.level,
        points=hold.count,
        interval=hold.interval,
        wait=wait,
        plc=plc,
        compliance=hold.compliance,
        current_floor=smu.floor(hold.compliance),
    )
