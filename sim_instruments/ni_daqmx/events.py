"""Events that a client has asked to be told of, each a queue that its stream is fed from."""

import queue
from dataclasses import dataclass, field
from typing import Any, Final

OVER: Final = object()
"""Ends a stream."""


@dataclass
class Subscription:
    """One stream. ``every`` is the number of samples, ``told`` how often it was told."""

    kind: int = 0
    every: int = 0
    told: int = 0
    messages: "queue.SimpleQueue[Any]" = field(default_factory=queue.SimpleQueue)

    def end(self) -> None:
        """Send nothing more."""
        self.messages.put(OVER)


@dataclass
class Events:
    """Those of one task."""

    done: Subscription | None = None
    every: Subscription | None = None
    signal: Subscription | None = None
    is_told_done: bool = True

    @property
    def any(self) -> bool:
        """Whether somebody listens."""
        return self.done is not None or self.every is not None or self.signal is not None

    def began(self) -> None:
        """The task has started (anew)."""
        self.is_told_done = False
        for one in (self.every, self.signal):
            if one is not None:
                one.told = 0

    def counted(self, samples: int) -> None:
        """So many samples were acquired or put out since the start."""
        if self.every is not None:
            while (self.every.told + 1) * self.every.every <= samples:
                self.every.told += 1
                self.every.messages.put((self.every.kind, self.every.every))
        if self.signal is not None:
            while self.signal.told < samples:
                self.signal.told += 1
                self.signal.messages.put(self.signal.kind)

    def is_over(self, status: int) -> None:
        """The task is done by itself; told once."""
        if not self.is_told_done:
            self.is_told_done = True
            if self.done is not None:
                self.done.messages.put(status)

    def end(self) -> None:
        """End all streams: the task is cleared."""
        for one in (self.done, self.every, self.signal):
            if one is not None:
                one.end()
        self.done = self.every = self.signal = None
