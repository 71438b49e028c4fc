"""Compiles a stimulus into programs: hardware-timed sequences of the SMU. Pure, no I/O.

Every step of an NI sequence sources a level, waits its source delay and measures once over the
aperture, so a step lasts delay + aperture. Two families of sequences exist:

advanced
    Each step has ranges, limit, delay and aperture of its own: a read keeps a sensitive range
    beside a pulse that needs a large one (the 10 mA range is specified to 600 nA of offset, more
    than a 50 mV read of 10 uS delivers). Costs several exchanges per step, so it is for short
    sequences that are played often: pulse with verify read, hold. That aperture and ranges may
    change per step is unverified on a 4139.
uniform
    One range, limit and aperture for all steps, sent in one exchange (``set_sequence``): trains
    and sweeps. A read longer than the common aperture becomes several steps, evenly spread over
    its window, whose points are averaged. A train has the limit and range of its pulses for its
    verify reads as well.

Plateaus last exactly as long as `mho.stimuli.plateaus` says, with one exception: where the short
return to 0 V would split a train or sweep into more than 10 000 steps, that return lasts one
common aperture, longer than asked. An aperture is rounded down to whole samples of 0.56 us, still
ending with its plateau. What the hardware needs between two steps comes on top and is not
published (unverified).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import ceil, floor, isinf
from typing import NamedTuple

from mho.drivers.ni_pxie_4139.ranges import (
    CURRENT_RANGES,
    MAX_SAMPLES,
    MAX_SOURCE_DELAY,
    MAX_STEPS,
    MIN_COMPLIANCE,
    MIN_STEP,
    SAMPLE_RATE,
    VOLTAGE_RANGES,
    Model,
    current_range,
    voltage_range,
)
from mho.errors import LimitError, UnsupportedError
from mho.quantities import AMPERE, SECOND, VOLT, WATT
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

_MANY_STEPS = 10_000


class Step(NamedTuple):
    """One step of a sequence; it lasts ``source_delay + aperture_time`` seconds.

    The fields are NI-DCPower's properties, in the order in which they are set: ranges before what
    they must hold.
    """

    voltage_level_range: float
    current_limit_range: float
    voltage_level: float
    current_limit: float
    source_delay: float
    aperture_time: float


class Point(NamedTuple):
    """One reading: the mean of ``number`` measurements from ``first`` on, ``end`` s after start."""

    first: int
    number: int
    end: float


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """One sequence, its steps played ``loops`` times; compared by identity.

    ``points`` are its readings; it has none if it only brings the output to a level.
    """

    steps: tuple[Step, ...]
    points: tuple[Point, ...]
    uniform: bool
    loops: int = 1

    @property
    def measurements(self) -> int:
        """How many measurements the sequence leaves in the buffer."""
        return len(self.steps) * self.loops

    @property
    def duration(self) -> float:
        """Seconds the sequence takes."""
        return self.loops * sum(step.source_delay + step.aperture_time for step in self.steps)


def compile_stimulus(stimulus: Stimulus, model: Model) -> tuple[Program, ...]:
    """The programs that play ``stimulus`` one after the other on one SMU.

    In the program of a pulse, step 0 is the pulse. A hold of several readings loops its step and
    returns to 0 V by a second program, so its level stands for the few exchanges between them
    longer than asked.

    Raises
    ------
    LimitError
        A level, compliance or power above what the model can do; all of them at once.
    UnsupportedError
        A duration, aperture or length that the model cannot play.
    """
    if isinstance(stimulus, Waveforms | Family):
        raise UnsupportedError(
            "waveforms on several terminals at once need instruments on one time axis; the SMUs "
            "of this bench are not synchronised with one another"
        )
    refuse_beyond(_distinct(stimulus), model)
    if isinstance(stimulus, Pulse | PulseTrain) and stimulus.width < model.min_width:
        raise UnsupportedError(
            f"a pulse of {SECOND.show(stimulus.width)} is shorter than the "
            f"{SECOND.show(model.min_width)} that a {model.instrument_model} can make"
        )
    match stimulus:
        case Pulse():
            return (_advanced(plateaus(stimulus)),)
        case Hold(count=1):
            return (_advanced(plateaus(stimulus)),)
        case Hold():
            step, zero = _distinct(stimulus)
            return (_advanced([step], stimulus.count), _advanced([zero]))
        case PulseTrain():
            verify = stimulus.verify
            if verify is not None and verify.compliance > stimulus.compliance:
                raise UnsupportedError(
                    "all steps of a train share one current limit on this SMU, that of the "
                    f"pulses; the verify read asks for {AMPERE.show(verify.compliance)}, above "
                    f"the {AMPERE.show(stimulus.compliance)} of the pulses. Lower it"
                )
            limited = [p._replace(compliance=stimulus.compliance) for p in plateaus(stimulus)]
            refuse_beyond(limited, model)
            return (_uniform(limited, stimulus.compliance),)
        case Sweep():
            if stimulus.stop_in_compliance:
                raise UnsupportedError(
                    f"a {model.instrument_model} plays a sweep to its end; it cannot stop in "
                    "compliance"
                )
            return (_uniform(list(plateaus(stimulus)), stimulus.compliance),)


def refuse_beyond(wanted: Iterable[Plateau], model: Model) -> None:
    """Raise `LimitError` with everything in ``wanted`` that the model cannot source."""
    refusals = dict.fromkeys(refusal for plateau in wanted for refusal in _refusals(plateau, model))
    if refusals:
        raise LimitError(refusals)


def _refusals(plateau: Plateau, model: Model) -> Iterator[str]:
    level, compliance, what = plateau.level, plateau.compliance, model.instrument_model
    if isinf(voltage_range(level)):
        yield f"{VOLT.show(level)} is beyond the {VOLT.show(VOLTAGE_RANGES[-1])} of a {what}"
    if not MIN_COMPLIANCE <= compliance <= CURRENT_RANGES[-1]:
        yield (
            f"a compliance of {AMPERE.show(compliance)} is outside the "
            f"{AMPERE.show(MIN_COMPLIANCE)} to {AMPERE.show(CURRENT_RANGES[-1])} of a {what}"
        )
    power = abs(level) * compliance
    if power > model.max_source_power:
        yield (
            f"{VOLT.show(level)} limited to {AMPERE.show(compliance)} may source "
            f"{WATT.show(power)}, above the {WATT.show(model.max_source_power)} of a {what}"
        )


def _distinct(stimulus: Stimulus) -> Iterable[Plateau]:
    # A hold repeats one plateau; its first and its closing 0 V say it all.
    if isinstance(stimulus, Hold):
        step = next(plateaus(stimulus))
        return step, next(islice(plateaus(stimulus), stimulus.count, None))
    return plateaus(stimulus)


def _advanced(wanted: Iterable[Plateau], loops: int = 1) -> Program:
    steps: list[Step] = []
    points: list[Point] = []
    end = 0.0
    span = VOLTAGE_RANGES[0]
    for plateau in wanted:
        _check_duration(plateau)
        if plateau.level:
            span = voltage_range(plateau.level)
        # 0 V keeps the voltage range before it: changing range is a disturbance of its own.
        aperture = _whole_samples(
            min(MIN_STEP, plateau.duration) if plateau.aperture is None else plateau.aperture
        )
        end += plateau.duration
        if plateau.aperture is not None:
            points.append(Point(len(steps), 1, end))
        steps.append(_step(plateau, plateau.duration, aperture, plateau.compliance, span))
    if loops > 1:
        points = [Point(index, 1, (index + 1) * end) for index in range(loops)]
    _check_length(len(steps) * loops)
    return Program(tuple(steps), tuple(points), uniform=False, loops=loops)


def _uniform(sequence: Sequence[Plateau], limit: float) -> Program:
    for plateau in sequence:
        _check_duration(plateau)
    span = voltage_range(max(abs(plateau.level) for plateau in sequence))
    aperture = _common_aperture(sequence)
    if sum(_parts(plateau, aperture) for plateau in sequence) > _MANY_STEPS:
        aperture = _common_aperture(sequence[:-1])
    _check_length(sum(_parts(plateau, aperture) for plateau in sequence))
    steps: list[Step] = []
    points: list[Point] = []
    end = 0.0
    for plateau in sequence:
        end += plateau.duration
        parts = _parts(plateau, aperture)
        if plateau.aperture is not None:
            points.append(Point(len(steps), parts, end))
        slot = (plateau.aperture or 0.0) / parts
        lead = plateau.duration - (parts - 1) * slot
        steps.append(_step(plateau, lead, aperture, limit, span))
        steps += [_step(plateau, slot, aperture, limit, span)] * (parts - 1)
    return Program(tuple(steps), tuple(points), uniform=True)


def _parts(plateau: Plateau, aperture: float) -> int:
    """Into how many steps of the common ``aperture`` the read of a plateau is split."""
    if plateau.aperture is None:
        return 1
    return max(1, floor(plateau.aperture / max(aperture, MIN_STEP) + 1e-9))


def _step(plateau: Plateau, duration: float, aperture: float, limit: float, span: float) -> Step:
    delay = max(0.0, duration - aperture)
    if delay > MAX_SOURCE_DELAY:
        raise UnsupportedError(
            f"{SECOND.show(duration)} at one level is longer than the source delay of "
            f"{SECOND.show(MAX_SOURCE_DELAY)} and the aperture that a PXIe-4139 can time"
        )
    return Step(span, current_range(limit), plateau.level, limit, delay, aperture)


def _common_aperture(sequence: Sequence[Plateau]) -> float:
    """The largest aperture that divides the shortest read and fits into every plateau."""
    shortest = min(plateau.aperture for plateau in sequence if plateau.aperture is not None)
    room = min(
        plateau.duration if plateau.aperture is None else plateau.aperture for plateau in sequence
    )
    return _whole_samples(shortest / ceil(shortest / room - 1e-9))


def _whole_samples(aperture: float) -> float:
    samples = floor(aperture * SAMPLE_RATE + 1e-6)
    if not 1 <= samples <= MAX_SAMPLES:
        raise UnsupportedError(
            f"an aperture of {SECOND.show(aperture)} is outside the "
            f"{SECOND.show(1 / SAMPLE_RATE)} to {SECOND.show(MAX_SAMPLES / SAMPLE_RATE)} "
            "of a PXIe-4139"
        )
    return samples / SAMPLE_RATE


def _check_duration(plateau: Plateau) -> None:
    if plateau.duration < MIN_STEP * (1 - 1e-9):
        raise UnsupportedError(
            f"{SECOND.show(plateau.duration)} at one level is shorter than the "
            f"{SECOND.show(MIN_STEP)} that a sequence step of a PXIe-4139 takes"
        )
    if plateau.aperture is not None and plateau.aperture > plateau.duration * (1 + 1e-9):
        raise UnsupportedError(
            f"an aperture of {SECOND.show(plateau.aperture)} does not fit into "
            f"{SECOND.show(plateau.duration)} at one level"
        )


def _check_length(steps: int) -> None:
    if steps > MAX_STEPS:
        raise UnsupportedError(
            f"this needs more than {MAX_STEPS} sequence steps, the most this driver sends; "
            "shorten it, or shorten the aperture of its reads"
        )
