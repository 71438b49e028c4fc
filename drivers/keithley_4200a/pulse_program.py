"""Compiles a stimulus for the channels of a pulse card into Segment Arb tests. Pure, no I/O.

Every level is a ramp (the ``transition`` of the bench file, part of the level's duration) and a
flat part, both exact to 10 ns. Readings are spot means over the end of the flat part; an aperture
that begins within the ramp begins with the flat part instead.

In one test a channel measures on one current range, that of the largest compliance in it. A pulse
(or waveforms) whose verify read calls for another range becomes two tests: between them lies,
beside the rest, the time for a few messages; that a test without any reading is accepted is
unverified. A train is always one test.

All channels of a bench take part in every test: those not driven play 0 V for as long, else they
would play again what they played last.

A pulse card does not limit the current: the compliance picks the range and nothing else.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, isinf

from mho.bench import ChannelLimits
from mho.drivers.keithley_4200a.ranges import (
    MAX_PULSE_READINGS,
    MAX_SEGMENT,
    MAX_SEGMENTS,
    MIN_FLAT,
    MIN_SEGMENT,
    MIN_SEGMENTS,
    TICK,
    pulse_ranges,
)
from mho.drivers.keithley_4200a.segment_arb import Segment, SegmentSequence
from mho.drivers.keithley_4200a.settings import PulseTerminal, pulse_limits
from mho.errors import LimitError, UnsupportedError
from mho.quantities import AMPERE, SECOND, VOLT
from mho.stimuli import RETURN_TO_ZERO, Hold, Plateau, Pulse, Stimulus, Waveforms, driven, plateaus

_MAX_TICKS = round(MAX_SEGMENT / TICK)


@dataclass(frozen=True, slots=True)
class ChannelPart:
    """What one channel plays in a test, and on which ranges (V, A)."""

    number: int
    sequences: tuple[SegmentSequence, ...]
    voltage_range: float
    current_range: float


@dataclass(frozen=True, slots=True)
class PulseTest:
    """One test: the channel that is read first, then the others; when its readings end (s)."""

    parts: tuple[ChannelPart, ...]
    ends: tuple[float, ...]
    duration: float


@dataclass(frozen=True, slots=True)
class PulseChannel:
    """One channel of a pulse card as the compiler sees it."""

    number: int
    rpm: bool
    transition: float
    limits: ChannelLimits

    @classmethod
    def of(cls, terminal: PulseTerminal) -> "PulseChannel":
        """The channel of a bench file."""
        return cls(terminal.number, terminal.rpm, terminal.transition, pulse_limits(terminal))


def compile_pulses(
    stimulus: Stimulus, channels: Mapping[str, PulseChannel]
) -> tuple[PulseTest, ...]:
    """The tests that play ``stimulus`` on these channels (by terminal), one after the other.

    Raises
    ------
    LimitError
        No ranges hold a level and its compliance, or too many segments or readings.
    UnsupportedError
        A driven terminal has no channel, or a duration is off the 10 ns grid or too short.
    """
    missing = [name for name in driven(stimulus) if name not in channels]
    if missing:
        raise UnsupportedError(
            f"{', '.join(missing)} would have to be driven together with {stimulus.terminal}, "
            "by a channel of a pulse card"
        )
    number = channels[stimulus.terminal].number
    if isinstance(stimulus, Hold) and stimulus.count > 1:
        part, ends, length = _hold(stimulus, channels[stimulus.terminal])
        return (_checked([part, *_silent(part, channels)], ends, length),)
    cut = _cut(stimulus, channels[stimulus.terminal])
    tests = []
    for index in range(1 + (cut is not None)):
        parts: list[ChannelPart] = []
        for name in driven(stimulus):
            wanted = _split(list(plateaus(stimulus, name)), cut)[index]
            part, found, length = _part(wanted, channels[name])
            parts.append(part)
            if part.number == number:
                ends = found
        tests.append(_checked([*parts, *_silent(parts[0], channels, parts)], ends, length))
    return tuple(tests)


def _cut(stimulus: Stimulus, channel: PulseChannel) -> int | None:
    """Which plateau begins a second test, if there has to be one."""
    wanted = list(plateaus(stimulus))
    if not isinstance(stimulus, Pulse | Waveforms) or stimulus.verify is None:
        return None
    *before, read, _ = wanted
    return None if _ranges(before, channel) == _ranges([read], channel) else len(before)


def _split(wanted: list[Plateau], cut: int | None) -> list[list[Plateau]]:
    if cut is None:
        return [wanted]
    before, after = wanted[:cut], wanted[cut:]
    close = Plateau(0.0, RETURN_TO_ZERO, before[-1].compliance, None)
    return [[*before, close], [after[0], close._replace(compliance=after[0].compliance)]]


def _silent(
    part: ChannelPart, channels: Mapping[str, PulseChannel], playing: Sequence[ChannelPart] = ()
) -> Iterator[ChannelPart]:
    """0 V on every channel that is not playing, in the segments of one that is."""
    numbers = {part.number, *(other.number for other in playing)}
    flat = tuple(
        SegmentSequence(
            tuple(Segment(segment.duration, 0.0, 0.0) for segment in sequence.segments),
            sequence.loops,
        )
        for sequence in part.sequences
    )
    for channel in channels.values():
        if channel.number not in numbers:
            yield ChannelPart(channel.number, flat, *pulse_ranges(0.0, 10e-3, channel.rpm))


def _part(
    wanted: Sequence[Plateau], channel: PulseChannel
) -> tuple[ChannelPart, list[float], float]:
    span, top = _ranges(wanted, channel)
    segments: list[Segment] = []
    ends: list[float] = []
    passed, level = 0, 0.0
    for plateau in wanted:
        segments += _level(plateau, level, channel.transition, span)
        passed += _ticks(plateau.duration)
        level = plateau.level
        if plateau.aperture is not None:
            ends.append(passed * TICK)
    while len(segments) < MIN_SEGMENTS:  # a read at 0 V has no ramps
        segments[-1:] = _halves(segments[-1])
    played = (SegmentSequence(tuple(segments)),)
    return ChannelPart(channel.number, played, span, top), ends, passed * TICK


def _hold(hold: Hold, channel: PulseChannel) -> tuple[ChannelPart, list[float], float]:
    """A sequence up, one that loops and is read, and one down.

    The way up takes a ramp and two of the shortest segments beyond the durations asked for.
    """
    level = Plateau(hold.level, hold.interval, hold.compliance, hold.aperture)
    span, top = _ranges([level], channel)
    least = _ticks(MIN_SEGMENT[span])
    ramp = _ticks(channel.transition)
    interval = _ticks(hold.interval)
    lead = max(interval - _aperture(hold.aperture), 2 * least)
    _refuse_short(interval - lead, least, hold.interval, span)
    flat = _flats(hold.level, lead - lead // 2) + _flats(hold.level, lead // 2)
    read = interval - lead
    if read > _MAX_TICKS:
        raise _too_long(hold.aperture)
    window = (0.0, read * TICK)
    up = (_ramp(0.0, hold.level, ramp), *[_flat(hold.level, least)] * 2)
    zero = _flat(0.0, _ticks(RETURN_TO_ZERO) - ramp)
    down = (_ramp(hold.level, 0.0, ramp), *_halves(zero))
    looped = (*flat, Segment(read * TICK, hold.level, hold.level, window))
    sequences = (
        SegmentSequence(up),
        SegmentSequence(looped, hold.count),
        SegmentSequence(down),
    )
    begin = ramp + 2 * least
    ends = [(begin + (index + 1) * interval) * TICK for index in range(hold.count)]
    return ChannelPart(channel.number, sequences, span, top), ends, ends[-1] + RETURN_TO_ZERO


def _level(plateau: Plateau, before: float, transition: float, span: float) -> Iterator[Segment]:
    """The segments of one level: a ramp if it differs from the one before, and the flat part."""
    left = _ticks(plateau.duration)
    if plateau.level != before:
        ramp = max(_ticks(transition), _ticks(MIN_SEGMENT[span]))
        left -= ramp
        yield _ramp(before, plateau.level, ramp)
    least = MIN_SEGMENT[span] if plateau.aperture is None else MIN_FLAT[span]
    _refuse_short(left, _ticks(least), plateau.duration, span)
    flats = _flats(plateau.level, left)
    if plateau.aperture is not None:
        last = flats[-1]
        width = min(_aperture(plateau.aperture), left)
        if width > _ticks(last.duration):
            raise _too_long(plateau.aperture)
        flats[-1] = last._replace(window=(last.duration - width * TICK, last.duration))
    yield from flats


def _ramp(start: float, stop: float, ticks: int) -> Segment:
    return Segment(ticks * TICK, start, stop)


def _flat(level: float, ticks: int) -> Segment:
    return Segment(ticks * TICK, level, level)


def _flats(level: float, ticks: int) -> list[Segment]:
    """A constant level, cut into equal segments of at most 1 s."""
    number = max(1, ceil(ticks / _MAX_TICKS))
    cuts = [ticks * index // number for index in range(number + 1)]
    return [_flat(level, end - begin) for begin, end in pairwise(cuts)]


def _halves(flat: Segment) -> list[Segment]:
    ticks = _ticks(flat.duration)
    return [_flat(flat.stop, ticks // 2), _flat(flat.stop, ticks - ticks // 2)]


def _ranges(wanted: Iterable[Plateau], channel: PulseChannel) -> tuple[float, float]:
    wanted = list(wanted)
    level = max(abs(plateau.level) for plateau in wanted)
    compliance = max(plateau.compliance for plateau in wanted)
    span, top = pulse_ranges(level, compliance, channel.rpm)
    if isinf(span):
        raise LimitError(
            [
                f"no ranges of {channel.limits.instrument} hold {VOLT.show(level)} and "
                f"{AMPERE.show(compliance)}"
            ]
        )
    if channel.transition < MIN_SEGMENT[span]:
        raise UnsupportedError(
            f"a transition of {SECOND.show(channel.transition)} is shorter than the "
            f"{SECOND.show(MIN_SEGMENT[span])} of the {VOLT.show(span)} range, which this needs"
        )
    return span, top


def _ticks(seconds: float) -> int:
    ticks = round(seconds / TICK)
    if abs(seconds - ticks * TICK) > 1e-3 * TICK + 1e-9 * seconds:
        raise UnsupportedError(
            f"{SECOND.show(seconds)} is no multiple of the {SECOND.show(TICK)} of a pulse card"
        )
    return ticks


def _aperture(seconds: float) -> int:
    """A window, rounded down to the grid."""
    return max(1, floor(seconds / TICK + 1e-3))


def _refuse_short(ticks: int, least: int, duration: float, span: float) -> None:
    if ticks < least:
        raise UnsupportedError(
            f"{SECOND.show(duration)} at one level leaves {SECOND.show(max(ticks, 0) * TICK)} "
            f"beside its transition; the {VOLT.show(span)} range of a pulse card needs "
            f"{SECOND.show(least * TICK)}"
        )


def _too_long(aperture: float) -> UnsupportedError:
    return UnsupportedError(
        f"an aperture of {SECOND.show(aperture)} does not fit into one segment of a pulse card"
    )


def _checked(parts: Sequence[ChannelPart], ends: Sequence[float], duration: float) -> PulseTest:
    for part in parts:
        number = sum(len(sequence.segments) for sequence in part.sequences)
        if number > MAX_SEGMENTS:
            raise LimitError(
                [f"{number} segments; a channel of a pulse card holds {MAX_SEGMENTS}: shorten it"]
            )
    if len(ends) > MAX_PULSE_READINGS:
        raise LimitError([f"{len(ends)} readings; a pulse card gives {MAX_PULSE_READINGS}"])
    windows = [
        (segment.window[1] - segment.window[0], sequence.loops)
        for sequence in parts[0].sequences
        for segment in sequence.segments
        if segment.window is not None
    ]
    shortest = min((window for window, _ in windows), default=0.0)
    if sum(window * loops for window, loops in windows) > MAX_PULSE_READINGS * shortest:
        raise UnsupportedError(
            f"no sample rate serves a read window of {SECOND.show(shortest)} and all the others "
            f"within the {MAX_PULSE_READINGS} samples of a pulse card; make them more alike"
        )
    return PulseTest(tuple(parts), tuple(ends), duration)
