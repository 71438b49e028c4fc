"""The journal ``rows.csv``: each row is in the file before the next stimulus is applied."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mho.errors import RecordingError
from mho.recording.columns import Column, line_writer


class Journal:
    """Appends rows to a CSV file, one unbuffered write a row.

    A row that was written survives the death of this process; it is handed to the operating
    system, not forced to the disk, so a power cut may take the last seconds.
    """

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._path = path
        self._line = line_writer(columns)
        try:
            self._file = path.open("xb", buffering=0)
        except OSError as error:
            raise _failure(path, error) from error
        self.rows = 0
        self._append((",".join(column.name for column in columns) + "\n").encode())

    def write(self, row: tuple[Any, ...]) -> None:
        """Append one row.

        Raises
        ------
        RecordingError
            The row could not be written whole (disk full, folder gone).
        """
        self._append(self._line(row))
        self.rows += 1

    def _append(self, line: bytes) -> None:
        try:
            written = self._file.write(line)
        except OSError as error:
            raise _failure(self._path, error) from error
        if written != len(line):
            raise RecordingError(
                f"only {written} of {len(line)} bytes of a row went into {self._path}: the disk "
                "is full. The rows before it are safe; free some space and run again"
            )

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _failure(path: Path, error: OSError) -> RecordingError:
    return RecordingError(
        f"{path} cannot be written: {error.strerror or error}. "
        "The rows before it are safe; see to the disk and run again"
    )
