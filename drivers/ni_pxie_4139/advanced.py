"""Advanced sequences: each step has ranges, limit, delay and aperture of its own."""

from collections.abc import Sequence
from dataclasses import replace

from mho.drivers.ni_pxie_4139.program import (
    Point,
    Program,
    check_duration,
    source_of,
    step_of,
    too_long,
    whole_samples,
)
from mho.drivers.ni_pxie_4139.ranges import MAX_STEPS, MIN_STEP
from mho.drivers.ni_pxie_4139.steps import Step, level_range
from mho.stimuli import Hold, Pulse, PulseTrain, Segment

_LONGEST_PATTERN = 4
"""Pulses that are written out; each step costs seven exchanges, once."""


def pattern(train: PulseTrain) -> tuple[float, ...]:
    """The few amplitudes that a train without reads repeats to its end; none if it does not."""
    amplitudes, count = train.amplitudes, len(train.amplitudes)
    steps = 2 * count
    if train.verify is not None or not train.rest > 0 or not 0 < steps <= MAX_STEPS:
        return ()
    for length in range(1, _LONGEST_PATTERN + 1):
        if count % length == 0 and amplitudes[length:] == amplitudes[:-length]:
            return amplitudes[:length]
    return ()


def advanced(stimulus: Pulse | Hold | PulseTrain) -> tuple[Program, ...]:
    """The programs that play a stimulus one after the other.

    In the program of a pulse or of one reading, step 0 is at the level asked for. A train loops
    its `pattern`, whose last rest lasts as much longer as the return to rest does. A hold of
    several readings loops its step and returns to rest by a second program, so its level stands
    for the few exchanges between them longer than asked.

    Raises
    ------
    LimitError
        A level or limit for which an SMU has no range.
    UnsupportedError
        A duration, aperture or length that it cannot play.
    """
    score = stimulus.score()
    if isinstance(stimulus, Hold) and stimulus.count > 1:
        return (_program([stimulus.segment()], stimulus.count), _program(score.closing))
    if isinstance(stimulus, PulseTrain):
        amplitudes = pattern(stimulus)
        once = list(replace(stimulus, amplitudes=amplitudes).score().at(stimulus.terminal))
        loops = len(stimulus.amplitudes) // len(amplitudes)
        span = level_range(stimulus.source, max(map(abs, amplitudes)))
        program = _program(once[:-1], loops, span)
        return (replace(program, rest=score.closing[0].duration),)
    return (_program(list(score.at(stimulus.terminal))),)


def _program(segments: Sequence[Segment], loops: int = 1, span: float | None = None) -> Program:
    """``span`` is the range of all levels; without, each has its own."""
    source = source_of({segment.source for segment in segments})
    steps: list[Step] = []
    read: list[tuple[int, float]] = []
    end = 0.0
    own_range = level_range(source, 0.0)
    for segment in segments:
        check_duration(segment)
        if segment.level:
            own_range = level_range(source, segment.level)
        # A level of 0 keeps the range before it: changing range is a disturbance of its own.
        aperture = whole_samples(
            min(MIN_STEP, segment.duration) if segment.aperture is None else segment.aperture
        )
        end += segment.duration
        if segment.aperture is not None:
            read.append((len(steps), end))
        steps.append(step_of(segment, segment.duration, aperture, segment.limit, span or own_range))
    if len(steps) * loops > MAX_STEPS:
        raise too_long()
    points = tuple(
        Point(loop * len(steps) + index, 1, loop * end + moment)
        for loop in range(loops)
        for index, moment in read
    )
    return Program(tuple(steps), points, uniform=False, loops=loops, source=source)
