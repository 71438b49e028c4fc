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

from collections.abc import Mapping

import numpy as np

from mho.drivers.ni_daq.clocking import Clock, Measured, divider_for, measurable
from mho.drivers.ni_daq.program import Program
from mho.drivers.ni_daq.terminals import OutputTerminal
from mho.drivers.ni_daq.tracks import Track, joined, rest_of, tracks_of
from mho.drivers.ni_daq.windows import record_of, windows_of
from mho.errors import LimitError, UnsupportedError
from mho.quantities import HERTZ, SECOND, VOLT, VOLT_PER_SECOND
from mho.stimuli import Score, Stimulus

_WORTH_REPEATING = 10_000
"""Samples from which on one repeat is sent instead of all of them."""

_MOST_SAMPLES = 10**11
"""Of one stimulus: more than a day by the fastest clock; it is no number of a measurement."""


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
    bars = list(tracks_of(score, clock.rate))
    rest = rest_of(score, clock.rate)
    outputs = {name: terminals[name] for name in score.terminals if name in terminals}
    failure: UnsupportedError | LimitError | None = None
    for measured in measurable(bars, score, outputs):
        try:
            return _program(bars, rest, score, outputs, measured, clock)
        except (UnsupportedError, LimitError) as error:
            failure = error
    assert failure is not None, "readings are wanted without a record, too"  # noqa: S101
    raise failure


def _program(
    bars: list[tuple[Track, int]],
    rest: Track,
    score: Score,
    outputs: Mapping[str, OutputTerminal],
    measured: Measured,
    clock: Clock,
) -> Program:
    """The program by the slowest clock by which the inputs that are read lose nothing."""
    divider = divider_for(bars, rest, clock, measured)
    rate = clock.rate / divider
    bars = [(track.slower(divider), times) for track, times in bars]
    total = sum(int(track.ticks.sum()) * times for track, times in bars)
    _refuse_length(total, rate, clock)
    played = joined([*(track.tiled(times) for track, times in bars), rest.slower(divider)])
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
        windows=dict(windows_of(played, score, outputs, rate)),
        record=dict(record_of(played, score, measured, rate)),
        voltages=measured.voltages,
        streams=total > clock.buffer,
    )


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


def _can_repeat(bars: list[tuple[Track, int]], score: Score) -> bool:
    """Whether it is one bar again and again that ends at rest: nothing comes after the last."""
    if len(bars) != 1 or bars[0][1] < 2:
        return False
    last = bars[0][0].levels[:, -1]
    return not last.any() and bars[0][0].ticks[-1] >= 2 and len(last) == len(score.terminals)


def _refuse_slew(
    played: Track, score: Score, outputs: Mapping[str, OutputTerminal], rate: float
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
