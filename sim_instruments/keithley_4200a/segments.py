"""Voltage segments, as both pulse modes compile them, and how one channel plays them.

A ramp is played as constant stretches at the level in their middle, so that its volt-seconds are
exact: a few for an edge, small steps for a slow ramp. Within one moment, readings come first, then
levels change, then load lines are met.
"""

import math
from collections.abc import Callable, Iterable, Iterator
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


Step = tuple[float, int]
"""A moment, and the order within it."""

Sink = Callable[[str, list[PulsePoint]], None]
"""Takes the finished points of a segment, and their part (H, L or nothing)."""


def play(
    output: PulseOutput, blocks: Iterable[Block], start: float, ramp_steps: int, sink: Sink
) -> Iterator[Step]:
    """Play one channel from ``start`` on; yields the moment of its next action."""
    moment = start
    for block in blocks:
        sums: dict[int, list[PulsePoint]] = {}
        for loop in range(1, block.loops + 1):
            for index, segment in enumerate(block.segments):
                points: list[PulsePoint] = []
                yield from _play_segment(output, segment, moment, start, ramp_steps, points)
                moment += segment.duration
                measure = segment.measure
                if measure is None:
                    continue
                if measure.average:
                    so_far = sums.get(index)
                    points = points if so_far is None else _merge(so_far, points, loop)
                    sums[index] = points
                if not measure.average or loop == block.loops:
                    sink(measure.part if isinstance(measure, Spot) else "", points)
    yield moment, READ


def _play_segment(
    output: PulseOutput,
    segment: Segment,
    moment: float,
    origin: float,
    ramp_steps: int,
    points: list[PulsePoint],
) -> Iterator[Step]:
    _, first, last, measure, closed = segment
    if not closed:
        yield moment, SET
        output.open(moment)
    elif first == last:
        yield moment, SET
        output.set(moment, first)
        yield moment, SETTLE
        output.settle(moment)
    if closed and first != last:
        yield from _play_ramp(output, segment, moment, origin, ramp_steps, points)
    elif isinstance(measure, Spot):
        end = moment + measure.stop
        yield end, READ
        middle = moment + (measure.start + measure.stop) / 2 - origin
        points.append(output.sense(end, middle, SPOT_MEAN, measure.samples))
    elif measure is not None:
        for offset in measure.offsets:
            at = moment + offset
            yield at, READ if offset else READ_AT_START
            points.append(output.sense(at, at - origin, WAVEFORM, 1))


def _play_ramp(
    output: PulseOutput,
    segment: Segment,
    moment: float,
    origin: float,
    ramp_steps: int,
    points: list[PulsePoint],
) -> Iterator[Step]:
    duration, first, last, measure, _ = segment
    slope = (last - first) / duration
    kind, samples, measured = WAVEFORM, 1, set[float]()
    if isinstance(measure, Spot):  # the mean over a ramp is its value in the middle
        kind, samples = SPOT_MEAN, measure.samples
        measured = {(measure.start + measure.stop) / 2}
    elif measure is not None:
        measured = set(measure.offsets)
    if duration > EDGE:
        ramp_steps = max(ramp_steps, math.ceil(abs(last - first) / RAMP_STEP))
    cuts = {duration * n / ramp_steps for n in range(1, ramp_steps + 1)}
    before = 0.0
    for offset in sorted(cuts | measured):
        if offset > before:
            yield moment + before, SET
            output.set(moment + before, first + slope * (before + offset) / 2)
            if not before:  # on the way, the load line stays as it was met at the start
                yield moment, SETTLE
                output.settle(moment)
        if offset in measured:
            at = moment + offset
            yield at, READ
            output.set(at, first + slope * offset)
            points.append(output.sense(at, at - origin, kind, samples))
        before = offset


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
