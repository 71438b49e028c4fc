"""The journal of a run that goes on: what is in it must come again as it was."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from mho.errors import RecordingError
from mho.recording.columns import Column
from mho.recording.journal import Journal, header


class ResumedJournal(Journal):
    """Satisfies what a recorder asks of a `Journal`.

    Lines are held against those of the file, one by one, until these are used up. What comes then
    is appended. Half a line at the end of the file, which a killed process left, is cut off.

    Raises
    ------
    RecordingError
        The file cannot be read or written, or is not the journal of such rows.
    """

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._path, self._durable = path, True
        try:
            data = path.read_bytes()
            whole = data.rfind(b"\n") + 1
            self._file = path.open("r+b", buffering=0)
            self._file.truncate(whole)
            self._file.seek(whole)
        except OSError as error:
            raise RecordingError(
                f"{path} cannot be read and written: {error.strerror or error}"
            ) from error
        self.size = whole
        first, *self._before = data[:whole].splitlines(keepends=True) or [b""]
        if not first:  # killed before the names of its columns were in it
            self._write(header(columns))
        elif first != header(columns):
            self._file.close()
            raise RecordingError(
                f"{path} does not begin with the columns that the protocol has now; it was written "
                "by another version, and this one cannot go on with it"
            )
        self.rows = 0

    @property
    def replays(self) -> bool:
        """Whether the next row should be one that is in the file already."""
        return self.rows < len(self._before)

    def append(self, lines: Sequence[bytes]) -> None:
        """Hold rows against those of the file, and append those that are new.

        Raises
        ------
        RecordingError
            A row comes out otherwise than it stands there; or they could not be written.
        """
        new = list(self._new(lines))
        if new:
            super().append(new)

    def _new(self, lines: Sequence[bytes]) -> Iterator[bytes]:
        for line in lines:
            if not self.replays:
                yield line
                continue
            if line != self._before[self.rows]:
                raise RecordingError(
                    f"row {self.rows} of {self._path} comes out otherwise this time: "
                    f"{_text(line)} instead of {_text(self._before[self.rows])}. mho, one of its "
                    "plug-ins or a file of the run is not what it was; nothing was added"
                )
            self.rows += 1


def _text(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\n")
