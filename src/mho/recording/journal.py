"""The journal ``rows.csv``: each row is in the file before the next stimulus is applied."""

import os
from collections.abc import Sequence
from contextlib import suppress
from errno import ENOSPC
from itertools import accumulate
from pathlib import Path

from mho.errors import RecordingError
from mho.recording.columns import Column


class Journal:
    """Appends rows to a CSV file, unbuffered: those of one trace in one write.

    A row that was written survives the death of this process; it is handed to the operating
    system and forced to the disk at the end only (where it is to be ``durable``), so a power cut
    may take the last seconds.
    """

    def __init__(self, path: Path, columns: Sequence[Column], *, durable: bool = True) -> None:
        self._path, self._durable = path, durable
        try:
            self._file = path.open("xb", buffering=0)
        except OSError as error:
            raise _failure(path, error) from error
        self.rows = self.size = 0
        self._write(header(columns))

    @property
    def replays(self) -> bool:
        """Whether the next row should be one that is in the file already: never in a new one."""
        return False

    def append(self, lines: Sequence[bytes]) -> None:
        """Append rows, one a line.

        Raises
        ------
        RecordingError
            They could not be written whole (disk full, folder gone). ``rows`` counts those that
            were.
        """
        try:
            self._write(lines[0] if len(lines) == 1 else b"".join(lines))
        except _Cut as cut:
            self.rows += sum(end <= cut.written for end in accumulate(map(len, lines)))
            raise RecordingError(str(cut)) from cut
        self.rows += len(lines)

    def _write(self, data: bytes) -> None:
        written = 0
        try:
            while written < len(data):  # a full disk takes a part, and then says why
                more = self._file.write(data[written:] if written else data)
                if not more:
                    raise OSError(ENOSPC, "the disk is full")
                written += more
        except OSError as error:
            raise _Cut(self._path, error, written) from error
        self.size += written

    def close(self) -> None:
        """Close the file, with everything on the disk; may be called again."""
        if not self._file.closed:
            if self._durable:
                with suppress(OSError):
                    os.fsync(self._file.fileno())
            self._file.close()


def header(columns: Sequence[Column]) -> bytes:
    """The first line of a journal."""
    return (",".join(column.name for column in columns) + "\n").encode()


def _failure(path: Path, error: OSError) -> RecordingError:
    return RecordingError(
        f"{path} cannot be written: {error.strerror or error}. "
        "The rows before it are safe; see to the disk and run again"
    )


class _Cut(RecordingError):
    """Only a part could be written."""

    def __init__(self, path: Path, error: OSError, written: int) -> None:
        self.written = written
        super().__init__(str(_failure(path, error)))
