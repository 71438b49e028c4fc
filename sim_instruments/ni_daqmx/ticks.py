"""The edges of sample clocks: trains of evenly spaced moments, and counting them off."""

import math
from collections import deque
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

ENDLESS = 2**62
"""Edges of a clock that goes on until it is stopped."""
_SLACK = 1e-6
"""Part of a period by which a moment may be early and still count, as sums of floats are."""


class Train(NamedTuple):
    """So many ``edges`` from ``start`` (s) on, ``period`` (s) apart."""

    start: float
    period: float
    edges: int

    def moments(self) -> NDArray[np.float64]:
        """All of them."""
        return np.asarray(self.start + self.period * np.arange(self.edges), dtype=np.float64)

    def moment(self, number: int) -> float:
        """The edge of this number, counted from 0."""
        return self.start + self.period * number

    def up_to(self, moment: float) -> int:
        """How many come until ``moment``, that one included."""
        if moment < self.start - _SLACK * self.period:
            return 0
        return min(self.edges, math.floor((moment - self.start) / self.period + _SLACK) + 1)

    def before(self, moment: float) -> int:
        """How many come before ``moment``, that one excluded."""
        return min(self.edges, max(0, math.ceil((moment - self.start) / self.period - _SLACK)))

    def after(self, number: int) -> "Train":
        """What is left when the first ``number`` are gone."""
        return Train(self.moment(number), self.period, self.edges - number)

    @property
    def end(self) -> float:
        """One period after the last edge, when what it clocks is over."""
        return math.inf if self.edges >= ENDLESS else self.moment(self.edges)


class Ticks:
    """The edges that a running task counts, at most ``limit`` of them in all.

    ``delay`` (s) is from each edge to what the task does there.
    """

    def __init__(self, limit: int | None, delay: float = 0.0) -> None:
        self.limit = limit
        self.delay = delay
        self.taken = 0
        self._trains: deque[Train] = deque()
        self._last_over = math.inf  # when what the last edge so far clocks is over

    def feed(self, train: Train) -> None:
        """More edges to come."""
        if train.edges > 0:
            self._trains.append(train._replace(start=train.start + self.delay))

    def cut(self, moment: float) -> None:
        """No edges after ``moment``: the clock was stopped."""
        kept = [t._replace(edges=t.up_to(moment + self.delay)) for t in self._trains]
        self._trains = deque(train for train in kept if train.edges)

    def take(self, until: float, most: int) -> list[Train]:
        """Count off the edges until ``until``, at most ``most``."""
        found: list[Train] = []
        while self._trains and most > 0:
            train = self._trains[0]
            count = min(train.up_to(until), self._left(), most)
            if count <= 0:
                break
            found.append(train._replace(edges=count))
            self.taken += count
            most -= count
            self._last_over = train.moment(count) - self.delay
            if count == train.edges:
                self._trains.popleft()
            else:
                self._trains[0] = train.after(count)
        return found

    def until(self, moment: float) -> int:
        """How many edges come until ``moment``, those that were counted off included."""
        return self.taken + sum(train.up_to(moment + self.delay) for train in self._trains)

    def next(self) -> float:
        """The moment of the next one; infinite where none is in sight."""
        return self.when(self.taken + 1)

    def when(self, number: int) -> float:
        """The moment of an edge by its number, counted from 1; infinite where it never comes."""
        if self.limit is not None and number > self.limit:
            return math.inf
        ahead = number - self.taken
        for train in self._trains:
            if ahead <= train.edges:
                return train.moment(max(0, ahead - 1))
            ahead -= train.edges
        return math.inf

    def over(self) -> float:
        """When what the last edge clocks is over; infinite without a last one in sight."""
        if self.limit is None:
            return math.inf
        ahead = self.limit - self.taken
        if ahead <= 0:
            return self._last_over
        for train in self._trains:
            if ahead <= train.edges:
                return train.moment(ahead) - self.delay
            ahead -= train.edges
        return math.inf

    @property
    def period(self) -> float:
        """Of the train that is on, or the next one; infinite without."""
        return self._trains[0].period if self._trains else math.inf

    def _left(self) -> int:
        return ENDLESS if self.limit is None else self.limit - self.taken
