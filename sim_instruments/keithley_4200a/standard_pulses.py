"""Standard pulse mode: trains, pulse I-V sweeps and steps, compiled to segments.

KXCI manual Rev. E pages 7-13 to 7-34. Spot windows are taken as fractions of the flat top and of
the flat base that follows it (unverified).
"""

from collections.abc import Iterable

from mho.sim_instruments.keithley_4200a.pulse_channel import PulseChannel, PulseLevels
from mho.sim_instruments.keithley_4200a.pulse_limits import (
    LONGEST_EDGE,
    LONGEST_PERIOD,
    MAX_POINTS,
    OUTPUT_RESISTANCE,
    SHORTEST_OFF_TIME,
)
from mho.sim_instruments.keithley_4200a.segments import Block, Samples, Segment, Spot
from mho.sim_instruments.keithley_4200a.status import Refused

NOTHING, SPOT_DISCRETE, WAVEFORM_DISCRETE, SPOT_AVERAGE, WAVEFORM_AVERAGE = range(5)
"""Measure modes: page 7-13."""

SLACK = 1e-12
"""Seconds; sums of decimal times are not exact."""


def compile_pulses(
    channels: Iterable[PulseChannel], period: float, burst: int, mode: int, rate: float
) -> dict[int, list[Block]]:
    """The blocks of every channel, by channel number.

    Raises
    ------
    Refused
        What :PMU:EXECUTE would refuse.
    """
    active = tuple(channels)
    for channel in active:
        _check(channel, period, mode)
    points, steps = _counts(active)
    pulses = points * steps
    averages = mode in (SPOT_AVERAGE, WAVEFORM_AVERAGE)
    results = pulses if averages else pulses * burst
    if results > MAX_POINTS:
        raise Refused(-949)
    if mode in (WAVEFORM_DISCRETE, WAVEFORM_AVERAGE):
        longest = max(_waveform_length(channel, period) for channel in active)
        rate = min(rate, MAX_POINTS / (results * longest))
        if rate * longest < 1:
            raise Refused(-952)
    programs: dict[int, list[Block]] = {}
    for channel in active:
        programs[channel.number] = [
            Block(_pulse(channel, _levels(channel, step, point), period, mode, rate), burst)
            for step in range(steps)
            for point in range(points)
        ]
    return programs


def _counts(active: tuple[PulseChannel, ...]) -> tuple[int, int]:
    """Points of the sweep and of the step."""
    sweeps = {len(channel.sweep.values) for channel in active if channel.sweep}
    steps = {len(channel.step.values) for channel in active if channel.step}
    if len(sweeps) > 1 or len(steps) > 1:
        raise Refused(-948)
    if steps and not sweeps:
        raise Refused(-953)
    return (sweeps.pop() if sweeps else 1), (steps.pop() if steps else 1)


def _levels(channel: PulseChannel, step: int, point: int) -> PulseLevels:
    if channel.sweep:
        return channel.sweep.levels(point)
    if channel.step:
        return channel.step.levels(step)
    if channel.train:
        return channel.train
    raise Refused(-967)


def _check(channel: PulseChannel, period: float, mode: int) -> None:
    limits, timing = channel.limits, channel.timing
    edges = (timing.rise + timing.fall) / 2
    claims = (
        limits.shortest_period - SLACK <= period <= LONGEST_PERIOD,
        limits.shortest_width - SLACK <= timing.width <= period - 10e-9 + SLACK,
        limits.shortest_edge - SLACK <= timing.rise <= LONGEST_EDGE,
        limits.shortest_edge - SLACK <= timing.fall <= LONGEST_EDGE,
        timing.delay == 0 or timing.delay >= limits.shortest_edge - SLACK,
        timing.width > edges,
        timing.rise <= timing.width,
        period - timing.delay - timing.width - edges > SHORTEST_OFF_TIME - SLACK,
    )
    if not all(claims):
        raise Refused(-967)
    if mode in (SPOT_DISCRETE, SPOT_AVERAGE) and not any(channel.acquires):
        raise Refused(-947)
    spread = 0.0
    moving = channel.sweep or channel.step
    points = range(len(moving.values)) if moving else range(1)
    for index in points:
        base, amplitude = _levels(channel, index, index)
        if max(abs(base), abs(amplitude)) > reach(channel):
            raise Refused(-964)
        spread = max(spread, abs(amplitude - base))
        rise = abs(amplitude - base) / max(timing.rise, timing.fall)
        if amplitude != base and rise < limits.slowest:
            raise Refused(-959)
    if spread > limits.volts:
        raise Refused(-967)


def reach(channel: PulseChannel) -> float:
    """Volts beyond which -964 says that they do not reach the given load."""
    divider = channel.load / (channel.load + OUTPUT_RESISTANCE)
    # at the default load of 1 Mohm the full range is meant to be reachable
    return channel.limits.volts * divider * (1 + 1e-3)


def _pulse(
    channel: PulseChannel, levels: PulseLevels, period: float, mode: int, rate: float
) -> tuple[Segment, ...]:
    base, amplitude = levels
    timing = channel.timing
    edges = (timing.rise + timing.fall) / 2
    top = timing.width - edges
    low = period - timing.delay - timing.width - edges
    shape = [
        Segment(timing.delay, base, base),
        Segment(timing.rise, base, amplitude),
        Segment(top, amplitude, amplitude),
        Segment(timing.fall, amplitude, base),
        Segment(low, base, base),
    ]
    if mode in (SPOT_DISCRETE, SPOT_AVERAGE):
        for index, wanted, part in ((2, channel.acquires[0], "H"), (4, channel.acquires[1], "L")):
            if wanted:
                spot = _spot(channel, shape[index].duration, rate, mode == SPOT_AVERAGE, part)
                shape[index] = shape[index]._replace(measure=spot)
    elif mode != NOTHING:
        shape = _sampled(channel, shape, rate, period, mode == WAVEFORM_AVERAGE)
    return tuple(segment for segment in shape if segment.duration > 0)


def _spot(channel: PulseChannel, duration: float, rate: float, average: bool, part: str) -> Spot:
    first, last = (fraction * duration for fraction in channel.spot_window)
    return Spot(first, last, max(1, int((last - first) * rate)), average, part)


def _window(channel: PulseChannel, period: float) -> tuple[float, float]:
    timing = channel.timing
    length = timing.width + (timing.rise + timing.fall) / 2
    before, after = channel.waveform_window
    start = max(0.0, timing.delay - before * length)
    return start, min(period, timing.delay + length + after * length)


def _waveform_length(channel: PulseChannel, period: float) -> float:
    start, stop = _window(channel, period)
    return stop - start


def _sampled(
    channel: PulseChannel, shape: list[Segment], rate: float, period: float, average: bool
) -> list[Segment]:
    """The same shape with the samples of one window shared out among its segments."""
    start, stop = _window(channel, period)
    times = [start + n / rate for n in range(int((stop - start) * rate + 1e-6))]
    sampled, begin = [], 0.0
    for segment in shape:
        end = begin + segment.duration
        offsets = tuple(
            max(time - begin, 0.0) for time in times if begin - SLACK <= time < end - SLACK
        )
        measure = Samples(offsets, average) if offsets else None
        sampled.append(segment._replace(measure=measure))
        begin = end
    return sampled
