"""Voltage segments, as both pulse modes compile them, and how one channel plays them.

A ramp is played as constant stretches at the level in their middle, so that its volt-seconds are
exact: a few for an edge, small steps for a slow ramp. Within one moment, readings come first, then
levels change, then load lines are met. On an edge that is not measured the load line stays as it
was: what that costs, in volts for less than a microsecond, no device can tell.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from mho.sim_instruments.keithley_4200a.pulse_channel import PulsePoint
from mho.sim_instruments.keithley_4200a.pulse_output import SPOT_MEAN, WAVEFORM, PulseOutput

READ, SET, SETTLE, READ_AT_START = range(4)
"""Order of what happens at one moment, over all channels."""

EDGE = 1e-6
"""Ramps longer than this (s) are slow: they go in steps of `RAMP_STEP` volts."""

RAMP_STEP = 0.05


class Spot(NamedTuple):
    """A mean over a window (s from the start of the segment); ``part`` is H, L or nothing."""

    start: float
    stop: float
    samples: int
    average: bool
    part: str = ""


class Samples(NamedTuple):
    """Single samples (s from the start of the segment)."""

    offsets: tuple[float, ...]
    average: bool


class Segment(NamedTuple):
    """A ramp or a flat: seconds, volts; with the output relay open there is no voltage."""

    duration: float
    start: float
    stop: float
    measure: Spot | Samples | None = None
    closed: bool = True


class Block(NamedTuple):
    """Segments played ``loops`` times in a row; averages are taken over the loops."""

    segments: tuple[Segment, ...]
    loops: int


PICOSECOND = 1e-12

Step = tuple[int, int]
"""Picoseconds since the start of the run (whole, so that channels can be simultaneous), and the
order within that moment."""

Sink = Callable[[str, list[PulsePoint]], None]
"""Takes the finished points of a segment, and their part (H, L or nothing)."""


def play(
    output: PulseOutput, blocks: Iterable[Block], start: float, ramp_steps: int, sink: Sink
) -> Iterator[Step]:
    """Play one channel from ``start`` on; yields when it has something to do next."""
    elapsed = 0
    for block in blocks:
        sums: dict[int, list[PulsePoint]] = {}
        for loop in range(1, block.loops + 1):
            for index, segment in enumerate(block.segments):
                points: list[PulsePoint] = []
                play_segment = _play_flat if segment.start == segment.stop else _play_ramp
                if not segment.closed:
                    play_segment = _play_open
                yield from play_segment(output, segment, start, elapsed, ramp_steps, points)
                elapsed += _picoseconds(segment.duration)
                measure = segment.measure
                if measure is None:
                    continue
                if measure.average:
                    so_far = sums.get(index)
                    points = points if so_far is None else _merge(so_far, points, loop)
                    sums[index] = points
                if not measure.average or loop == block.loops:
                    sink(measure.part if isinstance(measure, Spot) else "", points)
    yield elapsed, READ


@lru_cache(maxsize=1024)
def _picoseconds(duration: float) -> int:
    return round(duration / PICOSECOND)


def _play_open(
    output: PulseOutput,
    segment: Segment,
    start: float,
    elapsed: int,
    ramp_steps: int,  # noqa: ARG001 - all three ways of playing have one signature
    points: list[PulsePoint],
) -> Iterator[Step]:
    yield elapsed, SET
    output.open(start + elapsed * PICOSECOND)
    yield from _measure(output, segment, start, elapsed, points)


def _play_flat(
    output: PulseOutput,
    segment: Segment,
    start: float,
    elapsed: int,
    ramp_steps: int,  # noqa: ARG001
    points: list[PulsePoint],
) -> Iterator[Step]:
    moment = start + elapsed * PICOSECOND
    yield elapsed, SET
    output.set(moment, segment.start)
    yield elapsed, SETTLE
    output.settle(moment)
    yield from _measure(output, segment, start, elapsed, points)


def _measure(
    output: PulseOutput, segment: Segment, start: float, elapsed: int, points: list[PulsePoint]
) -> Iterator[Step]:
    """The readings of a flat segment; a spot mean is that of the end of its window."""
    measure = segment.measure
    if isinstance(measure, Spot):
        end = elapsed + _picoseconds(measure.stop)
        yield end, READ
        middle = (elapsed + _picoseconds((measure.start + measure.stop) / 2)) * PICOSECOND
        points.append(output.sense(start + end * PICOSECOND, middle, SPOT_MEAN, measure.samples))
    elif measure is not None:
        for offset in measure.offsets:
            at = elapsed + _picoseconds(offset)
            yield at, READ if offset else READ_AT_START
            time = at * PICOSECOND
            points.append(output.sense(start + time, time, WAVEFORM, 1))


def _play_ramp(
    output: PulseOutput,
    segment: Segment,
    start: float,
    elapsed: int,
    ramp_steps: int,
    points: list[PulsePoint],
) -> Iterator[Step]:
    first, measure = segment.start, segment.measure
    duration = _picoseconds(segment.duration)
    slope = (segment.stop - first) / duration
    kind, samples, measured = WAVEFORM, 1, set[int]()
    if isinstance(measure, Spot):  # the mean over a ramp is its value in the middle
        kind, samples = SPOT_MEAN, measure.samples
        measured = {_picoseconds((measure.start + measure.stop) / 2)}
    elif measure is not None:
        measured = {_picoseconds(offset) for offset in measure.offsets}
    is_slow = segment.duration > EDGE
    meets = is_slow or bool(measured)
    if is_slow:
        ramp_steps = max(ramp_steps, math.ceil(abs(segment.stop - first) / RAMP_STEP))
    cuts = _cuts(duration, ramp_steps)
    before = 0
    for offset in sorted({*cuts, *measured}) if measured else cuts:
        if offset > before:
            moment = start + (elapsed + before) * PICOSECOND
            yield elapsed + before, SET
            output.set(moment, first + slope * (before + offset) / 2)
            if meets and not before:  # on the way, it stays as it was met at the start
                yield elapsed, SETTLE
                output.settle(moment)
        if offset in measured:
            time = (elapsed + offset) * PICOSECOND
            yield elapsed + offset, READ
            output.set(start + time, first + slope * offset)
            points.append(output.sense(start + time, time, kind, samples))
        before = offset


@lru_cache(maxsize=64)
def _cuts(duration: int, steps: int) -> tuple[int, ...]:
    """Where the stretches of a ramp end (ps)."""
    return tuple(sorted({duration * n // steps for n in range(1, steps + 1)}))


def _merge(so_far: list[PulsePoint], new: list[PulsePoint], loop: int) -> list[PulsePoint]:
    """The running mean after ``loop`` loops; times are those of the first."""
    return [
        PulsePoint(
            old.voltage + (point.voltage - old.voltage) / loop,
            old.current + (point.current - old.current) / loop,
            old.time,
            old.status | point.status,
        )
        for old, point in zip(so_far, new, strict=True)
    ]
