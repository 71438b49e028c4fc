"""One program of a pulse card for pulses that differ in their amplitude only. Pure.

A closed loop hardly ever comes back to an amplitude, and compiling takes longer than all else that
the driver does for a pulse. On one voltage range its segments are the same but for their levels.
"""

from collections.abc import Mapping, Sequence
from math import isinf

from mho.drivers.keithley_4200a.codec.segment_arb import Segment, SegmentSequence
from mho.drivers.keithley_4200a.compiler.pulse_channels import ChannelPart, PulseChannel, PulseTest
from mho.drivers.keithley_4200a.compiler.pulse_levels import whole_nanovolts
from mho.drivers.keithley_4200a.ranges import MIN_SEGMENT, MIN_SLEW, TICK, pulse_ranges
from mho.stimuli import Pulse


def amplitude_range(pulse: Pulse, channels: Mapping[str, PulseChannel]) -> float | None:
    """The voltage range of a pulse whose amplitude may be exchanged within it; None if it may not.

    Not where an edge would become too slow, or vanish, nor where it is read at another terminal.
    """
    channel, amplitude, read = channels[pulse.terminal], pulse.amplitude, pulse.verify
    span, _ = pulse_ranges(amplitude, pulse.compliance, channel.rpm)
    if isinf(span) or len(pulse.terminals) > 1:
        return None
    least = MIN_SLEW[span] * (max(channel.transition, MIN_SEGMENT[span]) + TICK)
    after = 0.0 if read is None else read.voltage
    if abs(amplitude) < least or abs(amplitude - after) < least:
        return None
    return span


def with_amplitude(tests: Sequence[PulseTest], amplitude: float) -> tuple[PulseTest, ...]:
    """The tests of a pulse with another amplitude of the same `amplitude_range`."""
    first, *others = tests
    driven, *silent = first.parts
    assert isinstance(driven.plays, tuple), "single pulses are played by Segment Arb"  # noqa: S101
    beginning, *rest = driven.plays
    changed = SegmentSequence(_at(whole_nanovolts(amplitude), beginning.segments), beginning.loops)
    part = ChannelPart(driven.number, (changed, *rest), driven.voltage_range, driven.current_range)
    return (PulseTest((part, *silent), first.ends, first.read_by, first.duration), *others)


def _at(level: float, segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """Segments whose first level, from the ramp up to the ramp down, is another one."""
    was, found = segments[0].stop, list(segments)
    for index, (duration, start, stop, window) in enumerate(segments):
        if index and start != was:
            break
        found[index] = Segment(
            duration, level if index else start, level if stop == was else stop, window
        )
    return tuple(found)
