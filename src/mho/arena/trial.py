"""One algorithm on a bank of cells, and the honest look at what it left."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mho.device.bank import CellBank
from mho.programming.algorithm import (
    Algorithm,
    Counts,
    End,
    Floats,
    Goal,
    Means,
    Order,
    Seen,
    only,
)

_JUDGED_EVERY = 10e-3
"""Seconds from read to read of the judged mean, at most a thousandth of it."""

_MOST_ROUNDS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of each cell; SI.

    ``judged`` is the mean of the reads over ``judged_for``, begun ``judged_after`` the end;
    ``confidence`` what the algorithm said of it; ``time`` that of pulses, waits and looks;
    ``stress`` the sum of amplitude times width (V s). ``exchanges`` are those with instruments for
    all cells together, None where there are none.
    """

    goal: Goal
    end: NDArray[np.object_]
    confidence: Floats
    judged: Floats
    pulses: Counts
    reads: Counts
    looks: Counts
    time: Floats
    stress: Floats
    energy: Floats
    exchanges: int | None = None

    @property
    def declared(self) -> NDArray[np.bool_]:
        """Said to have reached its target."""
        return np.asarray(self.end == End.REACHED, dtype=bool)

    @property
    def true(self) -> NDArray[np.bool_]:
        """The judged mean lies within the window, whatever was said."""
        return np.asarray((self.judged >= self.goal.low) & (self.judged <= self.goal.high))


class _Tally:
    """What cells have had so far."""

    def __init__(self, n: int) -> None:
        self.pulses = np.zeros(n, dtype=np.int64)
        self.reads = np.zeros(n, dtype=np.int64)
        self.looks = np.zeros(n, dtype=np.int64)
        self.time, self.stress, self.energy = np.zeros(n), np.zeros(n), np.zeros(n)


def play(
    algorithm: Algorithm[Any],
    bank: CellBank,
    goal: Goal,
    means: Means,
    generator: np.random.Generator,
    largest_current: float = np.inf,
) -> Trial:
    """Program every cell of the bank. ``generator`` gives the noise of the instrument.

    A read of more than ``largest_current`` (A) is at its limit.
    """
    n = bank.count
    tally = _Tally(n)
    end = np.full(n, End.GOES_ON, dtype=object)
    confidence = np.full(n, np.nan)
    cells = np.arange(n)
    state, order = algorithm.begin(goal)
    for _ in range(_MOST_ROUNDS):
        over = order.end != End.GOES_ON
        if over.any():
            end[cells[over]] = order.end[over]
            confidence[cells[over]] = order.confidence[over]
            left = np.flatnonzero(~over)
            cells, state = cells[left], only(state, left)
            order = _of(order, left)
        if not len(cells):
            break
        seen = _obey(order, bank, cells, means, generator, largest_current, tally)
        state, order = algorithm.go_on(state, seen)
    else:
        raise RuntimeError(f"an algorithm has not ended after {_MOST_ROUNDS} orders")
    return Trial(
        goal=goal,
        end=end,
        confidence=confidence,
        judged=judged(bank, means),
        pulses=tally.pulses,
        reads=tally.reads,
        looks=tally.looks,
        time=tally.time,
        stress=tally.stress,
        energy=tally.energy,
    )


def judged(bank: CellBank, means: Means) -> Floats:
    """The mean that counts, of every cell (S)."""
    cells = np.arange(bank.count)
    bank.rest(cells, np.full(bank.count, means.judged_after))
    interval = min(_JUDGED_EVERY, means.judged_for)
    count = max(round(means.judged_for / interval), 1)
    every = np.full(bank.count, interval)
    mean: Floats = bank.read(cells, means.read_voltage, count, every).mean(axis=1)
    return mean


def _of(order: Order, cells: NDArray[np.intp]) -> Order:
    """The order of these cells only."""
    return Order(
        amplitude=order.amplitude[cells],
        width=order.width[cells],
        wait=order.wait[cells],
        reads=order.reads[cells],
        interval=order.interval[cells],
        end=order.end[cells],
        confidence=order.confidence[cells],
    )


def _obey(
    order: Order,
    bank: CellBank,
    cells: NDArray[np.intp],
    means: Means,
    generator: np.random.Generator,
    largest_current: float,
    tally: _Tally,
) -> Seen:
    pulsing = np.flatnonzero(order.amplitude != 0.0)
    stood = np.full(len(cells), np.nan)
    if len(pulsing):
        which, amplitude, width = cells[pulsing], order.amplitude[pulsing], order.width[pulsing]
        tally.energy[which] += bank.pulse(which, amplitude, width)
        tally.pulses[which] += 1
        tally.stress[which] += abs(amplitude) * width
        tally.time[which] += width
        stood[pulsing] = amplitude
    waiting = np.flatnonzero(order.wait > 0.0)
    if len(waiting):
        bank.rest(cells[waiting], order.wait[waiting])
    tally.time[cells] += order.wait + order.reads * order.interval
    tally.reads[cells] += order.reads
    tally.looks[cells] += 1
    found = np.full((len(cells), max(int(order.reads.max()), 1)), np.nan)
    for count in np.unique(order.reads):
        some = np.flatnonzero(order.reads == count)
        if count:
            found[some, :count] = bank.read(
                cells[some], means.read_voltage, int(count), order.interval[some]
            )
    relative = means.read_noise * generator.standard_normal(found.shape)
    offset = means.read_offset / abs(means.read_voltage) * generator.standard_normal(found.shape)
    found = found * (1.0 + relative) + offset
    found[found * abs(means.read_voltage) > largest_current] = np.nan
    return Seen(found, stood)
