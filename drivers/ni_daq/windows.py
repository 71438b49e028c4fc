"""Which samples each reading is averaged over, and each point of a record."""

from collections.abc import Iterator, Mapping
from math import ceil, log, pi

import numpy as np

from mho.drivers.ni_daq.clocking import Measured
from mho.drivers.ni_daq.program import Windows
from mho.drivers.ni_daq.terminals import CurrentInput, OutputTerminal
from mho.drivers.ni_daq.tracks import Track
from mho.errors import UnsupportedError
from mho.quantities import HERTZ, SECOND
from mho.stimuli import MOST_RECORDED, Score

_TIME_CONSTANTS = log(1e3)
"""Until an amplifier of one pole is within 0.1 %."""

_UNSURE = 2
"""Samples after a change of level that are not read: the outputs may miss the very first edge of
the clock, for their start trigger comes with it (unverified)."""


def windows_of(
    played: Track, score: Score, outputs: Mapping[str, OutputTerminal], rate: float
) -> Iterator[tuple[str, Windows]]:
    """The readings of each terminal; refuses a level too short for its amplifier, or unmeasured."""
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


def record_of(
    played: Track, score: Score, measured: Measured, rate: float
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


def _too_short(name: str, meter: CurrentInput, duration: float, rate: float) -> str:
    return (
        f"{name} is to be read at a level that lasts {SECOND.show(float(f'{duration:.6g}'))}; its "
        f"amplifier of {HERTZ.show(meter.bandwidth)} settles in "
        f"{SECOND.show(float(f'{_settling(meter):.3g}'))}, and samples are "
        f"{SECOND.show(float(f'{1 / rate:.6g}'))} apart, so none is left: make the level longer"
    )
