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

Segments last exactly as long as the score of the stimulus says, with one exception: where the short
return to 0 V would split a train or sweep into more than 10 000 steps, that return lasts one
common aperture, longer than asked. An aperture is rounded down to whole samples of 0.56 us, still
ending with its segment. What the hardware needs between two steps comes on top and is not
published (unverified).

A program sources a voltage or a current, throughout: whether a 4139 may change its output function
from one step to the next is unverified. The rests in a program that sources a current are 0 A.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, isinf
from typing import NamedTuple

from mho.drivers.ni_pxie_4139.ranges import (
    MAX_SAMPLES,
    MAX_SOURCE_DELAY,
    MAX_STEPS,
    MIN_STEP,
    SAMPLE_RATE,
)
from mho.drivers.ni_pxie_4139.steps import (
    PROPERTIES,
    STEPS,
    Properties,
    Step,
    level_range,
    limit_range,
    no_ranges,
)
from mho.errors import LimitError, UnsupportedError
from mho.quantities import AMPERE, SECOND, VOLT, WATT
from mho.stimuli import (
    Hold,
    Pulse,
    PulseTrain,
    Read,
    Segment,
    Source,
    Stimulus,
    Waveforms,
)

_MANY_STEPS = 10_000


class Point(NamedTuple):
    """One reading: the mean of ``number`` measurements from ``first`` on, ``end`` s after start."""

    first: int
    number: int
    end: float


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """One sequence, its steps played ``loops`` times; compared by identity.

    ``points`` are its readings; it has none if it only brings the output to a level. All of its
    steps have the same ``source``.
    """

    steps: tuple[Step, ...]
    points: tuple[Point, ...]
    uniform: bool
    loops: int = 1
    source: Source = Source.VOLTAGE

    @property
    def properties(self) -> Properties:
        """The properties of its steps."""
        return PROPERTIES[self.source]

    @property
    def first_level(self) -> float:
        """The level (V or A) of its first step."""
        level: float = getattr(self.steps[0], self.properties.level)
        return level

    @property
    def measurements(self) -> int:
        """How many measurements the sequence leaves in the buffer."""
        return len(self.steps) * self.loops

    @property
    def duration(self) -> float:
        """Seconds the sequence takes."""
        return self.loops * sum(step.source_delay + step.aperture_time for step in self.steps)


def compile_stimulus(stimulus: Stimulus, max_source_power: float) -> tuple[Program, ...]:
    """The programs that play ``stimulus`` one after the other on one SMU.

    ``max_source_power`` (W) is that of the SMU: what it plays as a train is read with the limit of
    the pulses, which the score does not say. In the program of a pulse, step 0 is the pulse. A hold
    of several readings loops its step and returns to rest by a second program, so its level stands
    for the few exchanges between them longer than asked.

    Raises
    ------
    LimitError
        A level or limit for which an SMU has no range; more power than it sources.
    UnsupportedError
        A duration, aperture or length that it cannot play, or two sources at one terminal.
    """
    score = stimulus.score()
    match stimulus:
        case Pulse() | Hold(count=1):
            return (_advanced(list(score.at(stimulus.terminal))),)
        case Hold():
            return (_advanced([stimulus.segment()], stimulus.count), _advanced(score.closing))
        case (
            PulseTrain(verify=Read() as verify, source=Source.VOLTAGE)
            | Waveforms(verify=Read() as verify)
        ):
            _check_shared_limit(verify, stimulus.compliance, max_source_power)
    return (_uniform(list(score.at(stimulus.terminal)), score.closing[0].limit),)


def _check_shared_limit(verify: Read, limit: float, max_source_power: float) -> None:
    if verify.compliance > limit:
        raise UnsupportedError(
            "all steps of a train or waveform share one current limit on this SMU, that of the "
            f"pulses; the verify read asks for {AMPERE.show(verify.compliance)}, above "
            f"the {AMPERE.show(limit)} of the pulses. Lower it"
        )
    power = abs(verify.voltage) * limit
    if power > max_source_power:
        raise LimitError(
            [
                f"a verify read at {VOLT.show(verify.voltage)} shares the current limit of the "
                f"pulses on this SMU, {AMPERE.show(limit)}: {WATT.show(power)} is above the "
                f"{WATT.show(max_source_power)} that it sources"
            ]
        )


def _advanced(wanted: Sequence[Segment], loops: int = 1) -> Program:
    source = _source_of(wanted)
    steps: list[Step] = []
    points: list[Point] = []
    end = 0.0
    span = level_range(source, 0.0)
    for segment in wanted:
        _check_duration(segment)
        if segment.level:
            span = level_range(source, segment.level)
        # A level of 0 keeps the range before it: changing range is a disturbance of its own.
        aperture = _whole_samples(
            min(MIN_STEP, segment.duration) if segment.aperture is None else segment.aperture
        )
        end += segment.duration
        if segment.aperture is not None:
            points.append(Point(len(steps), 1, end))
        steps.append(_step(segment, segment.duration, aperture, segment.limit, span))
    if loops > 1:
        points = [Point(index, 1, (index + 1) * end) for index in range(loops)]
    _check_length(len(steps) * loops)
    return Program(tuple(steps), tuple(points), uniform=False, loops=loops, source=source)


def _uniform(sequence: Sequence[Segment], limit: float) -> Program:
    for segment in sequence:
        _check_duration(segment)
    source = _source_of(sequence)
    span = level_range(source, max(abs(segment.level) for segment in sequence))
    aperture = _common_aperture(sequence)
    if sum(_parts(segment, aperture) for segment in sequence) > _MANY_STEPS:
        aperture = _common_aperture(sequence[:-1])
    _check_length(sum(_parts(segment, aperture) for segment in sequence))
    steps: list[Step] = []
    points: list[Point] = []
    end = 0.0
    for segment in sequence:
        end += segment.duration
        parts = _parts(segment, aperture)
        if segment.aperture is not None:
            points.append(Point(len(steps), parts, end))
        slot = (segment.aperture or 0.0) / parts
        lead = segment.duration - (parts - 1) * slot
        steps.append(_step(segment, lead, aperture, limit, span))
        steps += [_step(segment, slot, aperture, limit, span)] * (parts - 1)
    return Program(tuple(steps), tuple(points), uniform=True, source=source)


def _source_of(sequence: Iterable[Segment]) -> Source:
    """What drives the terminal in all of its segments."""
    sources = {segment.source for segment in sequence}
    if len(sources) != 1 or not sources <= STEPS.keys():
        raise UnsupportedError(
            f"one sequence of a PXIe-4139 sources a voltage or a current, and nothing else; "
            f"this one asks for {' and '.join(sorted(sources))}"
        )
    return sources.pop()


def _parts(segment: Segment, aperture: float) -> int:
    """Into how many steps of the common ``aperture`` the read of a segment is split."""
    if segment.aperture is None:
        return 1
    return max(1, floor(segment.aperture / max(aperture, MIN_STEP) + 1e-9))


def _step(segment: Segment, duration: float, aperture: float, limit: float, span: float) -> Step:
    delay = max(0.0, duration - aperture)
    if delay > MAX_SOURCE_DELAY:
        raise UnsupportedError(
            f"{SECOND.show(duration)} at one level is longer than the source delay of "
            f"{SECOND.show(MAX_SOURCE_DELAY)} and the aperture that a PXIe-4139 can time"
        )
    limit_span = limit_range(segment.source, limit)
    if isinf(span) or isinf(limit_span):
        raise no_ranges(segment.source, segment.level, limit)
    return STEPS[segment.source](span, limit_span, segment.level, limit, delay, aperture)


def _common_aperture(sequence: Sequence[Segment]) -> float:
    """The largest aperture that divides the shortest read and fits into every segment."""
    shortest = min(segment.aperture for segment in sequence if segment.aperture is not None)
    room = min(
        segment.duration if segment.aperture is None else segment.aperture for segment in sequence
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


def _check_duration(segment: Segment) -> None:
    if segment.duration < MIN_STEP * (1 - 1e-9):
        raise UnsupportedError(
            f"{SECOND.show(segment.duration)} at one level is shorter than the "
            f"{SECOND.show(MIN_STEP)} that a sequence step of a PXIe-4139 takes"
        )
    if segment.aperture is not None and segment.aperture > segment.duration * (1 + 1e-9):
        raise UnsupportedError(
            f"an aperture of {SECOND.show(segment.aperture)} does not fit into "
            f"{SECOND.show(segment.duration)} at one level"
        )


def _check_length(steps: int) -> None:
    if steps > MAX_STEPS:
        raise UnsupportedError(
            f"this needs more than {MAX_STEPS} sequence steps, the most this driver sends; "
            "shorten it, or shorten the aperture of its reads"
        )
