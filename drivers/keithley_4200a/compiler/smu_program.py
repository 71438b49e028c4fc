"""Compiles a stimulus for one SMU, into one of three ways to play it. Pure, no I/O.

steps
    User mode: the level is sent, the computer's clock times it, one message reads what is not
    sourced. Every level has its own compliance and range. A level lasts as long as asked for plus
    what the wire and the 4200A take (milliseconds, unverified), never less; a verify read in
    compliance lasts one more aperture, in which what is sourced is read. For a single pulse with
    its verify read, for a single reading, and for what does not fit into the other two.
sweep
    System mode: all levels in one sweep, timed by the 4200A (`smu_sweep`). All points share one
    compliance, aperture and delay, so a train becomes points of one duration, a pulse or an equal
    part of it (rests and reads last up to one point longer), and the aperture is the shortest
    asked for. Ranging is automatic, but no lower than the range of the most sensitive read. For
    sweeps, families of them, and trains whose reads have no higher limit than the pulses.
sampling
    System mode: a constant level read at an interval. For holds.

A program has one source, a voltage or a current, from its first level to its last: the bench plays
a current pulse and its verify read one after the other.

What the 4200A takes for a point beyond delay and aperture is not published (unverified; about
0.1 s has been reported for a sweep with autoranging), so the times of readings are its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mho.drivers.keithley_4200a.codec.system_mode import LevelSweep, Sampling
from mho.drivers.keithley_4200a.compiler.smu import Smu
from mho.drivers.keithley_4200a.compiler.smu_sweep import (
    compile_sweep,
    compile_train,
)
from mho.drivers.keithley_4200a.ranges import BUFFER, MAX_SAMPLING, MAX_WAIT, MIN_SAMPLING
from mho.errors import LimitError, UnsupportedError
from mho.stimuli import Hold, PulseTrain, Purpose, Segment, Source, Stimulus, Sweep


class Step(NamedTuple):
    """One level of user mode. Volts, seconds, amperes, line cycles; of a current, the reverse.

    ``read_after`` seconds what is not sourced is read, or never; ``reads_both`` is False for a
    pulse, which a second reading would lengthen.
    """

    level: float
    duration: float
    compliance: float
    current_floor: float | None
    read_after: float | None
    plc: float
    reads_both: bool


@dataclass(frozen=True, slots=True)
class Steps:
    """Levels in user mode, the last one 0; they are all sourced on the range with code ``span``.

    ``stops``: the first level read in compliance is followed by the last.
    """

    steps: tuple[Step, ...]
    span: int
    source: Source = Source.VOLTAGE
    stops: bool = False


SmuProgram = Steps | LevelSweep | Sampling


def compile_stimulus(stimulus: Stimulus, smu: Smu) -> SmuProgram:
    """The program that plays ``stimulus`` on one SMU.

    A pulse longer than 20 line cycles is read over its last 10, the longest integration.

    Raises
    ------
    LimitError
        A level, compliance or power above what the SMU can do, or more points than its buffer.
    UnsupportedError
        A duration or aperture that it cannot play.
    """
    program: SmuProgram | None = None
    match stimulus:
        case PulseTrain():
            program = compile_train(stimulus, smu)
        case Sweep():
            program = compile_sweep(stimulus, smu)
        case Hold() if stimulus.count > 1 and _samples(stimulus):
            program = _sampling(stimulus, smu)
    return program or _steps(stimulus, smu)


def _steps(stimulus: Stimulus, smu: Smu) -> Steps:
    score = stimulus.score()
    segments = list(score.at(stimulus.terminal))
    source = _source_of(segments)
    steps = []
    for segment in segments:
        aperture = segment.aperture
        plc = 0.0 if aperture is None else smu.integration(aperture)
        steps.append(
            Step(
                segment.level,
                segment.duration,
                segment.limit,
                smu.floor(segment.source, segment.limit),
                None if aperture is None else segment.duration - plc / smu.line_frequency,
                plc,
                reads_both=not score.pulses_read_shorter or segment.purpose is Purpose.READ,
            )
        )
    largest = max(abs(step.level) for step in steps)
    span = smu.source_range(source, largest)
    return Steps(tuple(steps), span, source, score.stops_in_compliance)


def _source_of(segments: Sequence[Segment]) -> Source:
    sources = {segment.source for segment in segments}
    if len(sources) > 1 or Source.OPEN in sources:
        raise UnsupportedError(
            f"a program of an SMU has one source, a voltage or a current; this one asks for "
            f"{' and '.join(sorted(sources))}: play the parts one after the other"
        )
    return sources.pop()


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
        current_floor=smu.floor(hold.source, hold.compliance),
        source=hold.source,
    )
