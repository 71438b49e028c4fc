"""Which clock plays a stimulus: as slow as it can be without a loss, and as the inputs need it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, gcd
from typing import NamedTuple

import numpy as np

from mho.drivers.ni_daq.terminals import OutputTerminal
from mho.drivers.ni_daq.tracks import Track
from mho.errors import UnsupportedError
from mho.quantities import HERTZ, SECOND
from mho.stimuli import MOST_RECORDED, Score

_ENOUGH_READ, _ENOUGH_PULSED = 10_000, 1_000
"""Samples over which a read, and what is read of a pulse, is averaged: more add little but time."""

_FEWEST = 10
"""Samples that the shortest reading keeps where a slower clock makes all of it fit a buffer."""

_MANY_DIVIDERS = 10_000


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


class Measured(NamedTuple):
    """What is measured: seconds of a record, and the terminals of the inputs that are read."""

    recorded: float
    currents: tuple[str, ...]
    voltages: tuple[str, ...]

    @property
    def inputs(self) -> int:
        """How many inputs that takes."""
        return len(self.currents) + len(self.voltages)


def measurable(
    bars: list[tuple[Track, int]], score: Score, outputs: Mapping[str, OutputTerminal]
) -> Iterator[Measured]:
    """What would be measured, the most first; the last is what the readings need."""
    is_read = np.any([track.apertures.any(axis=1) for track, _ in bars], axis=0)
    read = [name for name, reads in zip(score.terminals, is_read, strict=True) if reads]
    metered = tuple(name for name, one in outputs.items() if one.current is not None)
    voltages = tuple(name for name, one in outputs.items() if one.voltage is not None)
    always = tuple(name for name in read if name in voltages and not _for_records(outputs[name]))
    if score.recorded:
        yield Measured(score.recorded, metered, voltages)
        yield Measured(score.recorded, metered, always)
    yield Measured(0.0, tuple(name for name in metered if name in read), always)


def _for_records(terminal: OutputTerminal) -> bool:
    return terminal.voltage is not None and terminal.voltage.records_only


def divider_for(
    bars: list[tuple[Track, int]], rest: Track, clock: Clock, measured: Measured
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


def _too_fast(common: int, least: int, clock: Clock) -> str:
    return (
        "the inputs that are read share the "
        f"{HERTZ.show(float(f'{clock.inputs_rate:.6g}'))} of the card, so durations are multiples "
        f"of {SECOND.show(float(f'{least / clock.rate:.6g}'))} or more; these have "
        f"{SECOND.show(float(f'{common / clock.rate:.6g}'))} in common. Take others, or wire fewer "
        "inputs"
    )
