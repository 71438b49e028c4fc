"""The buffer of an input task: what was acquired and not yet read."""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.generic]


class InputBuffer:
    """A ring of ``size`` samples for each channel.

    ``acquired`` and ``position`` (of the next read) count samples of one channel from the start.
    """

    def __init__(self, channels: int, size: int, dtype: type[np.generic]) -> None:
        self.size = max(1, size)
        self._ring: Samples = np.zeros((channels, self.size), dtype=dtype)
        self.acquired = 0
        self.position = 0

    @property
    def unread(self) -> int:
        """Samples to read, those that were overwritten included."""
        return self.acquired - self.position

    @property
    def oldest(self) -> int:
        """The first sample that is still there."""
        return max(0, self.acquired - self.size)

    def room(self) -> int:
        """Samples that can come before an unread one is overwritten."""
        return self.size - self.unread

    def put(self, samples: Samples) -> None:
        """Take in samples, one row a channel; the oldest go where there is no room."""
        count = samples.shape[1]
        self.acquired += count
        samples = samples[:, -self.size :]
        count = samples.shape[1]
        first = (self.acquired - count) % self.size
        head = min(count, self.size - first)
        self._ring[:, first : first + head] = samples[:, :head]
        self._ring[:, : count - head] = samples[:, head:]

    def get(self, start: int, count: int) -> Samples:
        """Samples from number ``start`` on; they are there."""
        first = start % self.size
        if first + count <= self.size:
            return self._ring[:, first : first + count]
        return np.take(self._ring, np.arange(first, first + count), axis=1, mode="wrap")
