"""Compiles a stimulus for the channels of pulse cards into tests. Pure, no I/O.

Everything is played by Segment Arb, as told here, but for trains whose sequences take several
messages an array, or more room than there is: `standard_pulse_program` says which of them are
played as standard pulses.

Every channel that has an aperture is measured: a pulse and its verify read at another terminal are
one test. Every level is a ramp (the ``transition`` of the bench file, part of the level's duration)
and a flat part, both exact to 10 ns. Readings are spot means over the end of the flat part; an
aperture that begins within the ramp begins with the flat part instead. What repeats is folded into
sequences that loop. Whether channels of one test may loop differently is not documented, so all of
them are cut into sequences at the same moments, with the same loops.

In one test a channel measures on one current range, that of the largest compliance in it. A pulse
(or waveforms) whose verify read calls for another range becomes two tests: between them lies,
beside the rest, the time for a few messages; that a test without any reading is accepted is
unverified. A train is always one test.

All channels of a bench take part in every test: those not driven play 0 V for as long, else they
would play again what they played last.

A pulse card does not limit the current: the compliance picks the range and nothing else.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from mho.drivers.keithley_4200a.codec.segment_arb import Segment, SegmentSequence
from mho.drivers.keithley_4200a.compiler.folding import Stretch, folded
from mho.drivers.keithley_4200a.compiler.pulse_channels import (
    SILENT_CURRENT,
    ChannelPart,
    PulseChannel,
    PulseTest,
)
from mho.drivers.keithley_4200a.compiler.pulse_levels import Level, levels, moments, segments
from mho.drivers.keithley_4200a.compiler.standard_pulse_program import standard_test
from mho.drivers.keithley_4200a.ranges import (
    MAX_PULSE_READINGS,
    MAX_SEGMENTS,
    MAX_SEGMENTS_IN_MESSAGE,
    MAX_SEQUENCES,
    pulse_ranges,
)
from mho.errors import LimitError, UnsupportedError
from mho.quantities import SECOND
from mho.stimuli import RETURN_TO_ZERO, Pulse, PulseTrain, Score, Source, Stimulus, Waveforms
from mho.stimuli import Segment as ScoreSegment

_WORTH = (MAX_SEGMENTS_IN_MESSAGE, MAX_SEGMENTS_IN_MESSAGE // 8, 1)
"""How many levels a loop must save, the first of these with which everything finds room."""


def compile_pulses(
    stimulus: Stimulus, channels: Mapping[str, PulseChannel]
) -> tuple[PulseTest, ...]:
    """The tests that play ``stimulus`` on these channels (by terminal), one after the other.

    Raises
    ------
    LimitError
        No ranges hold a level and its compliance, or too many segments or readings.
    UnsupportedError
        A duration is off the 10 ns grid or too short.
    """
    score = stimulus.score()
    _refuse_currents(score)
    try:
        tests = _segment_tests(stimulus, score, channels)
    except LimitError:
        standard = standard_test(stimulus, channels)
        if standard is None:
            raise
        return (standard,)
    if isinstance(stimulus, PulseTrain) and _are_many(tests):
        standard = standard_test(stimulus, channels)
        if standard is not None:
            return (standard,)
    return tests


def _are_many(tests: Sequence[PulseTest]) -> bool:
    """Whether sequences are so long that their arrays take several messages each."""
    return any(
        len(segments) > MAX_SEGMENTS_IN_MESSAGE
        for test in tests
        for bar in test.bars
        for _, segments in bar
    )


def _segment_tests(
    stimulus: Stimulus, score: Score, channels: Mapping[str, PulseChannel]
) -> tuple[PulseTest, ...]:
    playing = tuple(channels[name] for name in stimulus.terminals)
    silent = tuple(channel for channel in channels.values() if channel not in playing)
    wanted = [list(score.at(name)) for name in score.terminals]
    cut = _cut(stimulus, wanted[0], playing[0])
    split = [_split(each, cut) for each in wanted]
    return tuple(_test(playing, together, silent) for together in zip(*split, strict=True))


def _refuse_currents(score: Score) -> None:
    segments = (segment for bar in score.bars() for part in bar.parts for segment in part)
    if any(segment.source is not Source.VOLTAGE for segment in segments):
        raise UnsupportedError("a pulse card sources voltages only; take an SMU for currents")


def _cut(stimulus: Stimulus, wanted: Sequence[ScoreSegment], channel: PulseChannel) -> int | None:
    """Which plateau begins a second test, if there has to be one."""
    if not isinstance(stimulus, Pulse | Waveforms) or stimulus.verify is None:
        return None
    if isinstance(stimulus, Pulse) and len(stimulus.terminals) > 1:
        return None  # the channel that reads has a range of its own
    *before, read, _ = wanted
    return None if channel.ranges(before) == channel.ranges([read]) else len(before)


def _split(wanted: Sequence[ScoreSegment], cut: int | None) -> list[tuple[ScoreSegment, ...]]:
    if cut is None:
        return [tuple(wanted)]
    before, after = wanted[:cut], wanted[cut:]
    close = ScoreSegment(0.0, RETURN_TO_ZERO, before[-1].limit, None)
    return [(*before, close), (after[0], close._replace(limit=after[0].limit))]


@lru_cache(maxsize=16)  # in a closed loop the pulses differ, but the read after them does not
def _test(
    playing: tuple[PulseChannel, ...],
    wanted: tuple[tuple[ScoreSegment, ...], ...],
    silent: tuple[PulseChannel, ...],
) -> PulseTest:
    """One test of the channels ``playing`` what is ``wanted`` of each."""
    ranges = [channel.ranges(each) for channel, each in zip(playing, wanted, strict=True)]
    played = [
        levels(each, channel.transition, span)
        for channel, each, (span, _) in zip(playing, wanted, ranges, strict=True)
    ]
    stretches = _folded(played)
    sequences = [_sequences(own, stretches) for own in played]
    parts = [
        ChannelPart(channel.number, own, *chosen)
        for channel, own, chosen in zip(playing, sequences, ranges, strict=True)
    ]
    flat = _flattened(sequences[0])
    parts += [
        ChannelPart(channel.number, flat, *pulse_ranges(0.0, SILENT_CURRENT, channel.rpm))
        for channel in silent
    ]
    timed = [moments(each) for each in wanted]
    read = sorted((end, index) for index, (ends, _) in enumerate(timed) for end in ends)
    _refuse_unplayable(sequences, len(read))
    return PulseTest(
        tuple(parts),
        tuple(end for end, _ in read),
        tuple(playing[index].number for _, index in read),
        timed[0][1],
    )


def _folded(played: Sequence[Sequence[Level]]) -> list[Stretch]:
    """How to cut what the channels play together into sequences that loop.

    A loop costs the messages that define its sequence; it is worth them if it saves one message of
    every array. Where a channel would not hold the segments, shorter loops are worth it, too.
    """
    together = list(zip(*played, strict=True))
    for worth in _WORTH:
        stretches = folded(together, MAX_SEGMENTS, worth)
        stored = max(_stored(own, stretches) for own in played)
        if stored <= MAX_SEGMENTS and len(stretches) <= MAX_SEQUENCES:
            break
    return stretches


def _stored(own: Sequence[Level], stretches: Sequence[Stretch]) -> int:
    return sum(len(level) for stretch in stretches for level in own[stretch.begin : stretch.end])


def _sequences(own: Sequence[Level], stretches: Sequence[Stretch]) -> tuple[SegmentSequence, ...]:
    return tuple(
        SegmentSequence(segments(own[begin:end]), loops) for begin, end, loops in stretches
    )


def _flattened(sequences: Sequence[SegmentSequence]) -> tuple[SegmentSequence, ...]:
    """0 V in the segments of what another channel plays, without readings."""
    return tuple(
        SegmentSequence(
            tuple(Segment(segment.duration, 0.0, 0.0) for segment in sequence.segments),
            sequence.loops,
        )
        for sequence in sequences
    )


def _refuse_unplayable(played: Sequence[Sequence[SegmentSequence]], readings: int) -> None:
    for sequences in played:
        number = sum(len(sequence.segments) for sequence in sequences)
        if number > MAX_SEGMENTS:
            raise LimitError(
                [
                    f"{number} segments, with what repeats folded into loops; a channel of a pulse "
                    f"card holds {MAX_SEGMENTS}: shorten it"
                ]
            )
        if len(sequences) > MAX_SEQUENCES:
            raise LimitError(
                [f"{len(sequences)} sequences; a pulse card plays {MAX_SEQUENCES}: shorten it"]
            )
    if readings > MAX_PULSE_READINGS:
        raise LimitError([f"{readings} readings; a pulse card gives {MAX_PULSE_READINGS}"])
    windows = [
        [
            (segment.window[1] - segment.window[0], sequence.loops)
            for sequence in sequences
            for segment in sequence.segments
            if segment.window is not None
        ]
        for sequences in played
    ]
    shortest = min((window for own in windows for window, _ in own), default=0.0)
    longest = max(sum(window * loops for window, loops in own) for own in windows)
    if longest > MAX_PULSE_READINGS * shortest:
        raise UnsupportedError(
            f"no sample rate serves a read window of {SECOND.show(shortest)} and all the others "
            f"within the {MAX_PULSE_READINGS} samples of a pulse card; make them more alike"
        )
