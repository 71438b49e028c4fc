"""Compiles a stimulus for one SMU, into one of three ways to play it. Pure, no I/O.

steps
    User mode: the level is sent, the computer's clock times it, one message reads the current.
    Every level has its own compliance and range. A level lasts as long as asked for plus what the
    wire and the 4200A take (milliseconds, unverified), never less; a verify read lasts one more
    aperture, in which its voltage is read. For a single pulse with its verify read, for a single
    reading, and for what does not fit into the other two.
sweep
    System mode: all levels in one sweep, timed by the 4200A (`smu_sweep`). All points share one
    compliance, aperture and delay, so a train becomes points of one duration, the greatest that
    fits into all its levels, and the aperture is the shortest asked for. Ranging is automatic, but
    no lower than the range of the most sensitive read. For sweeps, families of them, and trains.
sampling
    System mode: a constant level read at an interval. For holds.

What the 4200A takes for a point beyond delay and aperture is not published (unverified; about
0.1 s has been reported for a sweep with autoranging), so the times of readings are its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from mho.drivers.keithley_4200a.codec.system_mode import LevelSweep, Sampling
from mho.drivers.keithley_4200a.compiler.refusals import refuse_beyond, refuse_untimeable
from mho.drivers.keithley_4200a.compiler.smu import Smu
from mho.drivers.keithley_4200a.compiler.smu_sweep import (
    compile_family,
    compile_sweep,
    compile_train,
)
from mho.drivers.keithley_4200a.ranges import BUFFER, MAX_SAMPLING, MAX_WAIT, MIN_SAMPLING
from mho.errors import LimitError, UnsupportedError
from mho.stimuli import (
    Family,
    Hold,
    Plateau,
    Pulse,
    PulseTrain,
    Stimulus,
    Sweep,
    Waveforms,
    plateaus,
)


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
    """Levels in user mode, the last one 0 V; ``largest`` is the largest magnitude (V).

    ``stops``: the first level read in compliance is followed by the last.
    """

    steps: tuple[Step, ...]
    largest: float
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
    if isinstance(stimulus, Waveforms | Family):
        raise UnsupportedError(
            "waveforms on several terminals at once need pulse-card channels; the SMUs of a 4200A "
            "are not synchronised with one another"
        )
    _refuse(stimulus, smu)
    program: SmuProgram | None = None
    match stimulus:
        case PulseTrain():
            program = compile_train(stimulus, smu)
        case Sweep():
            program = compile_sweep(stimulus, smu)
        case Hold() if stimulus.count > 1 and _samples(stimulus):
            program = _sampling(stimulus, smu)
    return program or _steps(stimulus, smu)


def compile_curves(family: Family, swept: Smu, stepped: Smu) -> LevelSweep | None:
    """The program that plays a family of curves as one test; None if there is none.

    Raises as `compile_stimulus`, also for what would have to be played curve by curve.
    """
    _refuse(family.sweep, swept)
    refuse_beyond(list(plateaus(family, family.stepped)), stepped.limits)
    return compile_family(family, swept, stepped)


def _refuse(stimulus: Stimulus, smu: Smu) -> None:
    distinct = _distinct(stimulus)
    refuse_beyond(distinct, smu.limits)
    for plateau in distinct[:-1]:
        refuse_untimeable(plateau, smu.limits)


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
    stops = isinstance(stimulus, Sweep) and stimulus.stop_in_compliance
    return Steps(tuple(steps), max(abs(step.level) for step in steps), stops)


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
