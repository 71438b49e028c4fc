"""Compiles a stimulus for the card into a program. Pure, no I/O.

Every duration is a whole number of periods of the sample clock; what is not is refused, never
rounded. Only the return to rest that closes a stimulus may last a part of a period longer. A level
is read once the amplifier has settled to 0.1 % after the last change of any level: an aperture that
begins before begins then. Where nothing of it is left, or an output could not reach its level
before it ends, the stimulus is refused.

The clock is as slow as it can be without a loss: a whole fraction of the fastest that all durations
fit, that the inputs which are read can follow, and by which readings are averaged over samples
enough. What does not fit one buffer by that is played by a slower one still, if its durations allow
it; else it is streamed.

A record is of every sample, those at the edges included: it shows what the outputs did. Where the
inputs that it takes cannot follow the durations, it goes without voltages that are measured for
records only, and then there is none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, gcd, log, pi
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mho.drivers.ni_daq.program import Floats, Places, Program, Windows
from mho.drivers.ni_daq.terminals import CurrentInput, OutputTerminal
from mho.errors import LimitError, UnsupportedError
from mho.quantities import HERTZ, SECOND, VOLT, VOLT_PER_SECOND
from mho.stimuli import MOST_RECORDED, Purpose, Score, Segment, Source, Stimulus

_TIME_CONSTANTS = log(1e3)
"""Until an amplifier of one pole is within 0.1 %."""

_ENOUGH_READ, _ENOUGH_PULSED = 10_000, 1_000
"""Samples over which a read, and what is read of a pulse, is averaged: more add little but time."""

_UNSURE = 2
"""Samples after a change of level that are not read: the outputs may miss the very first edge of
the clock, for their start trigger comes with it (unverified)."""

_FEWEST = 10
"""Samples that the shortest reading keeps where a slower clock makes all of it fit a buffer."""

_MANY_DIVIDERS = 10_000

_WORTH_REPEATING = 10_000
"""Samples from which on one repeat is sent instead of all of them."""

_MOST_SAMPLES = 10**11
"""Of one stimulus: more than a day by the fastest clock; it is no number of a measurement."""


@dataclass(frozen=True, slots=True)
class Clock:
    """What bench file and card say of clock and buffer.

    ``rate`` is the fastest (samples a second); ``input_rate`` that of one input, ``inputs_rate`` of
    several together; ``buffer`` how many samples a channel are sent at once; ``streaming`` whether
    more of them may be.
    """

    rate: float
    input_rate: float
    inputs_rate: float
    buffer: int
    streaming: bool


@dataclass(frozen=True, slots=True)
class _Track:
    """Segments in ticks of the clock: lengths, and a row a terminal of everything else.

    ``apertures`` are 0 where nothing is read; ``reads`` says whether a reading is a read, and no
    reading of a pulse.
    """

    ticks: Places
    levels: Floats
    limits: Floats
    apertures: Places
    reads: NDArray[np.bool_]

    def tiled(self, times: int) -> "_Track":
        return _Track(
            np.tile(self.ticks, times),
            np.tile(self.levels, (1, times)),
            np.tile(self.limits, (1, times)),
            np.tile(self.apertures, (1, times)),
            np.tile(self.reads, (1, times)),
        )

    def slower(self, divider: int) -> "_Track":
        """In periods of a slower clock; what does not fit it lasts longer, and is at rest."""
        return replace(self, ticks=-(-self.ticks // divider), apertures=self.apertures // divider)


class _Measured(NamedTuple):
    """What is measured: seconds of a record, and the terminals of the inputs that are read."""

    recorded: float
    currents: tuple[str, ...]
    voltages: tuple[str, ...]

    @property
    def inputs(self) -> int:
        return len(self.currents) + len(self.voltages)


def compile_stimulus(
    stimulus: Stimulus, terminals: Mapping[str, OutputTerminal], clock: Clock
) -> Program:
    """The program that plays ``stimulus``; ``terminals`` are those that an output drives.

    Raises
    ------
    LimitError
        More samples than the buffer holds and nothing may be streamed.
    UnsupportedError
        A duration off the grid, too short for the output or the amplifier; a current source; a
        reading where nothing measures.
    """
    score = stimulus.score()
    bars = list(_tracks(score, clock.rate))
    rest = _rest(score, clock.rate)
    outputs = {name: terminals[name] for name in score.terminals if name in terminals}
    failure: UnsupportedError | LimitError | None = None
    for measured in _wanted(bars, score, outputs):
        try:
            return _program(bars, rest, score, outputs, measured, clock)
        except (UnsupportedError, LimitError) as error:
            failure = error
    assert failure is not None, "readings are wanted without a record, too"  # noqa: S101
    raise failure


def _program(
    bars: list[tuple[_Track, int]],
    rest: _Track,
    score: Score,
    outputs: Mapping[str, OutputTerminal],
    measured: _Measured,
    clock: Clock,
) -> Program:
    """The program by the slowest clock by which the inputs that are read lose nothing."""
    divider = _divider(bars, rest, clock, measured)
    rate = clock.rate / divider
    bars = [(track.slower(divider), times) for track, times in bars]
    total = sum(int(track.ticks.sum()) * times for track, times in bars)
    _refuse_length(total, rate, clock)
    played = _joined([*(track.tiled(times) for track, times in bars), rest.slower(divider)])
    sent, repeats = played, 1
    if _can_repeat(bars, score) and _WORTH_REPEATING <= total <= clock.buffer:
        ((sent, repeats),) = bars
        played = sent.tiled(repeats)
    _refuse_slew(played, score, outputs, rate)
    return Program(
        rate=rate,
        ends=np.cumsum(sent.ticks),
        levels={
            name: sent.levels[row] for row, name in enumerate(score.terminals) if name in outputs
        },
        repeats=repeats,
        windows=dict(_windows(played, score, outputs, rate)),
        record=dict(_record(played, score, measured, rate)),
        voltages=measured.voltages,
        streams=total > clock.buffer,
    )


def _tracks(score: Score, rate: float) -> Iterator[tuple[_Track, int]]:
    """The segments, bar by bar, and how often each is played; bars that come once as one."""
    once: list[list[Segment]] = [[] for _ in score.terminals]
    for bar in score.bars():
        if bar.times == 1:
            for own, part in zip(once, bar.parts, strict=True):
                own.extend(part)
            continue
        if once[0]:
            yield _track(once, rate), 1
            once = [[] for _ in score.terminals]
        yield _track(bar.parts, rate), bar.times
    if once[0]:
        yield _track(once, rate), 1


def _track(parts: Sequence[Sequence[Segment]], rate: float) -> _Track:
    if any(one.source is not Source.VOLTAGE for part in parts for one in part):
        raise UnsupportedError("an analogue output sources voltages only; take an SMU for currents")
    ticks = {one: _ticks(one, rate) for one in {segment.duration for segment in parts[0]}}
    return _Track(
        np.array([ticks[one.duration] for one in parts[0]], dtype=np.int64),
        np.array([[one.level for one in part] for part in parts], dtype=float),
        np.array([[one.limit for one in part] for part in parts], dtype=float),
        np.array(
            [
                [
                    0 if one.aperture is None else max(1, floor(one.aperture * rate + 1e-6))
                    for one in part
                ]
                for part in parts
            ],
            dtype=np.int64,
        ),
        np.array([[one.purpose is Purpose.READ for one in part] for part in parts]),
    )


def _rest(score: Score, rate: float) -> _Track:
    """The rest that closes a stimulus: at least as long as asked."""
    size = len(score.terminals), 1
    ticks = max(2, ceil(score.closing[0].duration * rate - 1e-6))
    return _Track(
        np.array([ticks], dtype=np.int64),
        np.zeros(size),
        np.array([[one.limit] for one in score.closing]),
        np.zeros(size, dtype=np.int64),
        np.zeros(size, dtype=bool),
    )


def _ticks(duration: float, rate: float) -> int:
    ticks = round(duration * rate)
    if ticks < 1 or abs(duration * rate - ticks) > 1e-3 + 1e-9 * duration * rate:
        around = [number / rate for number in (floor(duration * rate), ceil(duration * rate))]
        nearest = " or ".join(SECOND.show(float(f"{one:.9g}")) for one in around if one)
        raise UnsupportedError(
            f"{SECOND.show(duration)} is no multiple of the "
            f"{SECOND.show(float(f'{1 / rate:.9g}'))} of the sample clock; take {nearest}"
        )
    return ticks


def _wanted(
    bars: list[tuple[_Track, int]], score: Score, outputs: Mapping[str, OutputTerminal]
) -> Iterator[_Measured]:
    """What would be measured, the most first; the last is what the readings need."""
    is_read = np.any([track.apertures.any(axis=1) for track, _ in bars], axis=0)
    read = [name for name, reads in zip(score.terminals, is_read, strict=True) if reads]
    metered = tuple(name for name, one in outputs.items() if one.current is not None)
    voltages = tuple(name for name, one in outputs.items() if one.voltage is not None)
    always = tuple(name for name in read if name in voltages and not _for_records(outputs[name]))
    if score.recorded:
        yield _Measured(score.recorded, metered, voltages)
        yield _Measured(score.recorded, metered, always)
    yield _Measured(0.0, tuple(name for name in metered if name in read), always)


def _for_records(terminal: OutputTerminal) -> bool:
    return terminal.voltage is not None and terminal.voltage.records_only


def _divider(
    bars: list[tuple[_Track, int]], rest: _Track, clock: Clock, measured: _Measured
) -> int:
    """By how much the clock is divided: so that inputs follow, and readings keep samples enough.

    Beyond that no further than it takes to fit one buffer, and never so far that the shortest
    reading has fewer than `_FEWEST` or the closing rest fewer than two.
    """
    total = sum(int(track.ticks.sum()) * times for track, times in bars)
    common, at_no_loss, at_most = 0, _MANY_DIVIDERS, int(rest.ticks[0]) // 2
    if measured.recorded:
        at_no_loss = int(measured.recorded * clock.rate) // MOST_RECORDED
    for track, _ in bars:
        common = gcd(common, *(int(one) for one in np.unique(track.ticks)))
        for chosen, enough in ((track.reads, _ENOUGH_READ), (~track.reads, _ENOUGH_PULSED)):
            taken = track.apertures[chosen & (track.apertures > 0)]
            if len(taken):
                at_no_loss = min(at_no_loss, int(taken.min()) // enough)
                at_most = min(at_most, int(taken.min()) // _FEWEST)
    fastest = clock.input_rate if measured.inputs < 2 else clock.inputs_rate / measured.inputs
    least = max(1, ceil(clock.rate / fastest - 1e-9))
    if common < least:
        raise UnsupportedError(_too_fast(common, least, clock))
    found = next(divider for divider in range(least, common + 1) if common % divider == 0)
    for divider in range(found + 1, at_most + 1):
        if divider > at_no_loss and total // found <= clock.buffer:
            break
        if common % divider == 0:
            found = divider
    return found


def _refuse_length(samples: int, rate: float, clock: Clock) -> None:
    if samples > clock.buffer and not clock.streaming:
        raise LimitError(
            [
                f"{samples} samples a channel at {HERTZ.show(rate)}; the buffer holds "
                f"{clock.buffer}, and the bench file forbids streaming: shorten it, or lower "
                "sample_rate"
            ]
        )
    if samples > _MOST_SAMPLES:
        raise LimitError([f"{samples} samples a channel; this driver plays {_MOST_SAMPLES}"])


def _can_repeat(bars: list[tuple[_Track, int]], score: Score) -> bool:
    """Whether it is one bar again and again that ends at rest: nothing comes after the last."""
    if len(bars) != 1 or bars[0][1] < 2:
        return False
    last = bars[0][0].levels[:, -1]
    return not last.any() and bars[0][0].ticks[-1] >= 2 and len(last) == len(score.terminals)


def _joined(tracks: list[_Track]) -> _Track:
    return _Track(
        np.concatenate([one.ticks for one in tracks]),
        np.concatenate([one.levels for one in tracks], axis=1),
        np.concatenate([one.limits for one in tracks], axis=1),
        np.concatenate([one.apertures for one in tracks], axis=1),
        np.concatenate([one.reads for one in tracks], axis=1),
    )


def _refuse_slew(
    played: _Track, score: Score, outputs: Mapping[str, OutputTerminal], rate: float
) -> None:
    for row, name in enumerate(score.terminals):
        if name not in outputs:
            continue
        steps = np.abs(np.diff(played.levels[row], prepend=0.0))
        takes = steps / outputs[name].slew
        late = takes * rate > played.ticks * (1 + 1e-9)
        if late.any():
            worst = int(np.argmax(np.where(late, steps, 0.0)))
            raise UnsupportedError(
                f"{name}: a step of {VOLT.show(float(f'{steps[worst]:.6g}'))} takes "
                f"{SECOND.show(float(f'{takes[worst]:.4g}'))} at "
                f"{VOLT_PER_SECOND.show(outputs[name].slew)}, longer than the "
                f"{SECOND.show(float(f'{played.ticks[worst] / rate:.6g}'))} of its level; make "
                "the level longer or the step smaller"
            )


def _windows(
    played: _Track, score: Score, outputs: Mapping[str, OutputTerminal], rate: float
) -> Iterator[tuple[str, Windows]]:
    ends = np.cumsum(played.ticks)
    begins = ends - played.ticks
    changed = np.any(np.diff(played.levels, prepend=0.0, axis=1) != 0, axis=0)
    for row, name in enumerate(score.terminals):
        (read,) = np.nonzero(played.apertures[row])
        if not len(read):
            continue
        meter = outputs[name].current if name in outputs else None
        if meter is None:
            raise UnsupportedError(
                f"{name} is to be read, and no input measures its current; give "
                f"[terminals.{name}.current] of the bench file the input that does"
            )
        settling = np.where(changed[read], max(_UNSURE, ceil(_settling(meter) * rate - 1e-9)), 1)
        starts = np.maximum(ends[read] - played.apertures[row][read], begins[read] + settling)
        stops = ends[read]
        if np.any(starts >= stops):
            worst = int(np.argmax(starts - stops))
            raise UnsupportedError(_too_short(name, meter, played.ticks[read][worst] / rate, rate))
        yield (
            name,
            Windows(
                starts=starts,
                stops=stops,
                moments=stops / rate,
                levels=played.levels[row][read],
                limits=played.limits[row][read],
                columns=read,
            ),
        )


def _record(
    played: _Track, score: Score, measured: _Measured, rate: float
) -> Iterator[tuple[str, Windows]]:
    """The blocks of samples that a record is made of, at every terminal that is measured."""
    samples = round(measured.recorded * rate)
    if not samples:
        return
    starts = np.arange(0, samples, ceil(samples / MOST_RECORDED))
    stops = np.append(starts[1:], samples)
    ends = np.cumsum(played.ticks)
    segments = np.searchsorted(ends, stops, side="left")
    for row, name in enumerate(score.terminals):
        if name not in measured.currents and name not in measured.voltages:
            continue
        sent = np.concatenate(([0.0], np.cumsum(played.levels[row] * played.ticks)))
        sums = np.diff(np.interp([*starts, samples], [0, *ends], sent))
        yield (
            name,
            Windows(
                starts=starts,
                stops=stops,
                moments=(stops - 1) / rate,
                levels=sums / (stops - starts),
                limits=played.limits[row][segments],
                columns=np.arange(len(starts)),
            ),
        )


def _settling(meter: CurrentInput) -> float:
    """Seconds after a change of level in which its amplifier still shows it."""
    return _TIME_CONSTANTS / (2 * pi * meter.bandwidth)


def _too_fast(common: int, least: int, clock: Clock) -> str:
    return (
        "the inputs that are read share the "
        f"{HERTZ.show(float(f'{clock.inputs_rate:.6g}'))} of the card, so durations are multiples "
        f"of {SECOND.show(float(f'{least / clock.rate:.6g}'))} or more; these have "
        f"{SECOND.show(float(f'{common / clock.rate:.6g}'))} in common. Take others, or wire fewer "
        "inputs"
    )


def _too_short(name: str, meter: CurrentInput, duration: float, rate: float) -> str:
    return (
        f"{name} is to be read at a level that lasts {SECOND.show(float(f'{duration:.6g}'))}; its "
        f"amplifier of {HERTZ.show(meter.bandwidth)} settles in "
        f"{SECOND.show(float(f'{_settling(meter):.3g}'))}, and samples are "
        f"{SECOND.show(float(f'{1 / rate:.6g}'))} apart, so none is left: make the level longer"
    )
