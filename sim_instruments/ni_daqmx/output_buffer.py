"""The buffer of an output task: what is still to be put out, as codes of the converter."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from mho.sim_instruments.ni_daqmx.errors import (
    BUFFER_SIZE_AUTO_CONFIGURED,
    NO_MORE_SPACE,
    OUTPUT_BUFFER_EMPTY,
    OUTPUT_BUFFER_TOO_SMALL,
    DaqError,
)

Samples = NDArray[np.generic]

FEWEST = 2
"""Samples that a buffer has at least to be put out over and over."""


class OutputBuffer:
    """Samples of all channels, one row a channel.

    With ``regenerates`` they are put out over and over; without, each once. ``size`` is that of the
    buffer if somebody set it, else the first write makes it; ``fifo`` is what a running card takes
    out of it ahead.
    """

    def __init__(self, *, regenerates: bool, size: int | None, fifo: int) -> None:
        self.regenerates = regenerates
        self.fifo = fifo
        self.is_auto_sized = size is None
        self.size = size or 0
        self.written = 0
        self.taken = 0
        self.was_started = False
        self._blocks: deque[Samples] = deque()
        self._ring: Samples | None = None
        self._overwritten = 0  # where a write to a running ring goes next

    def room(self, *, running: bool) -> int:
        """How many samples can be written now."""
        if running and self.regenerates:
            return self.size
        waiting = self.written - self.taken
        return max(0, self.size + (self.fifo if running else 0) - waiting)

    def prime(self, samples: Samples) -> None:
        """Write before the start.

        Raises
        ------
        DaqError
            There is no room.
        """
        count = samples.shape[1]
        if self.is_auto_sized:
            if self.written:
                raise DaqError(BUFFER_SIZE_AUTO_CONFIGURED, written=0)
            self.size = count
        if count > self.room(running=False):
            raise DaqError(NO_MORE_SPACE, f"Room: {self.room(running=False)}.", written=0)
        self._append(samples)

    def start(self) -> None:
        """Begin.

        Raises
        ------
        DaqError
            Nothing was written, or too little.
        """
        if not self.written:
            raise DaqError(OUTPUT_BUFFER_EMPTY)
        needed = max(self.size, FEWEST) if self.regenerates else 1
        if self.written < needed:
            raise DaqError(
                OUTPUT_BUFFER_TOO_SMALL,
                f"Samples written: {self.written}. Samples needed: {needed}.",
            )
        self.was_started = True
        if not self.regenerates:
            return
        self._ring = (
            np.concatenate(self._blocks, axis=1) if len(self._blocks) > 1 else (self._blocks[0])
        )
        self._blocks = deque((self._ring,))

    def write(self, samples: Samples) -> None:
        """Write while it runs; the caller has seen to it that there is `room`."""
        if self._ring is None:
            self._append(samples)
            return
        size = self._ring.shape[1]
        places = (self._overwritten + np.arange(samples.shape[1])) % size
        if not self._ring.flags.writeable:
            self._ring = self._ring.copy()
            self._blocks = deque((self._ring,))
        self._ring[:, places] = samples
        self._overwritten = int(places[-1] + 1) % size
        self.written += samples.shape[1]

    def available(self) -> int | None:
        """How many can be taken; None: as many as anybody likes."""
        return None if self._ring is not None else self.written - self.taken

    def take(self, count: int) -> Samples:
        """The next samples; no more than are `available`."""
        if self._ring is not None:
            size = self._ring.shape[1]
            first = self.taken % size
            self.taken += count
            if first + count <= size:
                return self._ring[:, first : first + count]
            return np.take(self._ring, np.arange(first, first + count), axis=1, mode="wrap")
        parts: list[Samples] = []
        left = count
        while left:
            block = self._blocks[0]
            if block.shape[1] <= left:
                parts.append(self._blocks.popleft())
            else:
                parts.append(block[:, :left])
                self._blocks[0] = block[:, left:]
            left -= parts[-1].shape[1]
        self.taken += count
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def rewind(self) -> None:
        """Back to the first sample, as after a stop; what was put out once and for all is gone."""
        if self._ring is not None or self.taken == 0:
            self._ring = None
            self.taken = 0
            self.written = sum(block.shape[1] for block in self._blocks)
            self._overwritten = 0
        else:
            self._blocks.clear()
            self.taken = self.written = 0

    def _append(self, samples: Samples) -> None:
        self._blocks.append(samples)
        self.written += samples.shape[1]
