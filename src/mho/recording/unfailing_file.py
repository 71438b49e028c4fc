"""A file for a library that must not see a full disk."""

import io
from contextlib import suppress
from errno import ENOSPC
from typing import Any


class UnfailingFile(io.RawIOBase):
    """A file that never fails while HDF5 writes it: that library would bring the process down.

    ``failure`` is why the disk took no more; from then on everything is thrown away.
    """

    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self._place = self._end = 0
        self.failure: OSError | None = None

    def readable(self) -> bool:
        """Always."""
        return True

    def writable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, also beyond the end."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._end}[whence]
        self._place = start + offset
        return self._place

    def tell(self) -> int:
        """The place."""
        return self._place

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer; with zeros where there is nothing."""
        view = memoryview(buffer).cast("B")
        found = b""
        with suppress(OSError):
            self._file.seek(self._place)
            found = self._file.read(len(view))
        view[:] = found.ljust(len(view), b"\0")
        self._place += len(view)
        return len(view)

    def write(self, data: Any) -> int:
        """Write all of it, or remember why not."""
        left = memoryview(data).cast("B")
        size = len(left)
        try:
            if self.failure is None:
                self._file.seek(self._place)
                while left:
                    left = left[self._file.write(left) or _full_disk() :]
        except OSError as error:
            self.failure = error
        self._place += size
        self._end = max(self._end, self._place)
        return size

    def truncate(self, size: int | None = None) -> int:
        """Cut the file, or remember why not."""
        self._end = self._place if size is None else size
        try:
            if self.failure is None:
                self._file.truncate(self._end)
        except OSError as error:
            self.failure = error
        return self._end


def _full_disk() -> int:
    raise OSError(ENOSPC, "the disk is full")
