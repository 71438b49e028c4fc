"""Which trains are rather played as standard pulses than by Segment Arb. Pure, no I/O.

Segment Arb plays any levels but is told, and stores, each of them. A long train without verify
reads is an amplitude sweep of standard pulses, one pulse of each, if its amplitudes are evenly
spaced, to a microvolt; or evenly spaced there and back, the turning point twice (that it comes
twice is unverified; were it once, too few points would come and the test be refused); and if the
card can time it.

In a sweep the card stays at 0 V for longer than the ``rest`` of the train: it takes time after each
amplitude to work off its samples (Pulse Card manual 4200A-PMU-900-01 Rev. B, p. 3-20; how long is
unverified). The times of such readings are the card's own. Going over from one mode to the other
ends all settings, so what Segment Arb is told in a few messages is left to it.
"""

from collections.abc import Mapping, Sequence

from mho.drivers.keithley_4200a.codec.standard_pulses import StandardPulses
from mho.drivers.keithley_4200a.compiler.pulse_channels import (
    SILENT_CURRENT,
    ChannelPart,
    PulseChannel,
    PulseTest,
)
from mho.drivers.keithley_4200a.compiler.pulse_levels import ticks, whole_nanovolts
from mho.drivers.keithley_4200a.ranges import (
    MAX_PERIOD,
    MAX_PULSE_READINGS,
    MIN_FLAT,
    MIN_OFF_TIME,
    MIN_PERIOD,
    MIN_SLEW,
    pulse_ranges,
)
from mho.errors import UnsupportedError
from mho.stimuli import RETURN_TO_ZERO, PulseTrain, Stimulus
from mho.stimuli import Segment as ScoreSegment

_EVEN = 1e-6
"""Volts. The levels of a pulse card are far coarser."""


def standard_test(stimulus: Stimulus, channels: Mapping[str, PulseChannel]) -> PulseTest | None:
    """The test that plays ``stimulus`` as standard pulses, or None if they cannot.

    Raises
    ------
    LimitError, UnsupportedError
        As `PulseChannel.ranges`.
    """
    if not isinstance(stimulus, PulseTrain) or stimulus.verify is not None:
        return None
    amplitudes = [whole_nanovolts(level) for level in stimulus.amplitudes]
    levels = _evenly_spaced(amplitudes)
    if levels is None:
        return None
    channel = channels[stimulus.terminal]
    period = stimulus.width + stimulus.rest
    pulses = StandardPulses(*levels, period, stimulus.width, channel.transition)
    highest = max(amplitudes, key=abs)
    ranges = channel.ranges([ScoreSegment(highest, stimulus.width, stimulus.compliance, None)])
    if not _fits(pulses, amplitudes, ranges[0]):
        return None
    parts = [ChannelPart(channel.number, pulses, *ranges)]
    parts += [
        ChannelPart(other.number, pulses.silent(), *pulse_ranges(0.0, SILENT_CURRENT, other.rpm))
        for other in channels.values()
        if other is not channel
    ]
    ends = tuple(index * period + pulses.end_of_window for index in range(len(amplitudes)))
    read_by = (channel.number,) * len(ends)
    return PulseTest(tuple(parts), ends, read_by, len(amplitudes) * period + RETURN_TO_ZERO)


def _evenly_spaced(amplitudes: Sequence[float]) -> tuple[float, float, int, bool] | None:
    """First and last amplitude, how many, and whether there and back."""
    number = len(amplitudes)
    if number < 3:  # as few are evenly spaced by chance
        return None
    for way, dual in ((number, False), (number // 2, True)):
        start, stop = amplitudes[0], amplitudes[way - 1]
        back = amplitudes[: way - 1 : -1] if dual else amplitudes
        if way < 3 or start == stop or len(back) != way:
            continue
        there = [start + (stop - start) * index / (way - 1) for index in range(way)]
        if _alike(there, amplitudes[:way]) and _alike(there, back):
            return start, stop, way, dual
    return None


def _alike(levels: Sequence[float], others: Sequence[float]) -> bool:
    return all(abs(level - other) <= _EVEN for level, other in zip(levels, others, strict=True))


def _fits(pulses: StandardPulses, amplitudes: Sequence[float], span: float) -> bool:
    """Within the limits of standard pulses (KXCI manual, p. 7-17 to 7-19; LPT manual, p. 6-20).

    The top is no shorter than an edge, so that the window lies on it even if its fractions should
    be those of the whole width.
    """
    try:
        width, period, edge = map(ticks, (pulses.width, pulses.period, pulses.transition))
    except UnsupportedError:
        return False  # off the grid
    slowest = MIN_SLEW[span] * pulses.transition
    return (
        pulses.readings <= MAX_PULSE_READINGS
        and width - edge >= max(ticks(MIN_FLAT[span]), edge)
        and ticks(MIN_PERIOD[span]) <= period <= ticks(MAX_PERIOD)
        and period - width - edge > ticks(MIN_OFF_TIME)
        and all(abs(level) >= slowest for level in amplitudes if level)
        and pulses.can_be_sampled
    )
