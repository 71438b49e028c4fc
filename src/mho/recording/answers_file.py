"""What a real bench answered: ``answers.csv``, so that a run that broke off can go on.

A protocol knows of the world what its bench and its clock answer, and nothing else. Asked again
with the same answers it comes to the same point, with the same rows, without a pulse being given
twice. A rehearsal needs no such file: its simulated cell gives the answers anew.
"""

from collections.abc import Iterator
from contextlib import suppress
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mho.errors import RecordingError
from mho.readings import Answer, Played, Reading, Trace
from mho.recording.columns import Column, Kind, line_writer

if TYPE_CHECKING:
    from io import FileIO

ANSWERS = "answers.csv"

_NOW, _TRACE, _ASKED, _OTHER, _RECORDED = "now", "trace", "asked", "other", "recorded"


class _Line(NamedTuple):
    """``what`` is ``now`` (a time of the clock), ``trace``, or one of its readings.

    The readings of a trace follow it: ``asked``, ``others`` and ``recorded`` say how many; its
    ``time`` is that at which the bench gave it.
    """

    what: str
    time: float
    voltage: float = nan
    current: float = nan
    in_compliance: bool = False
    status: str = ""
    terminal: str = ""
    asked: int = 0
    others: int = 0
    recorded: int = 0


_KINDS: dict[type, Kind] = {float: "float", int: "int", bool: "bool", str: "text"}
_COLUMNS = tuple(
    Column(name=name, kind=_KINDS[kind], units="", long_name=name)
    for name, kind in _Line.__annotations__.items()
)


class AnswersFile:
    """Keeps answers on the disk, each in one write; goes on where there are some already.

    Raises
    ------
    RecordingError
        It cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / ANSWERS
        self._line = line_writer(_COLUMNS)
        try:
            self._file: FileIO = self._path.open("ab", buffering=0)
        except OSError as error:
            raise self._failure(error) from error
        if not self._file.tell():
            self._write((",".join(_Line._fields) + "\n").encode())

    def keep(self, answer: Answer) -> None:
        """Keep what the clock showed (s), or what came of a stimulus.

        Raises
        ------
        RecordingError
            It could not be written whole.
        """
        if isinstance(answer, float):
            self._write(self._line(_Line(_NOW, answer)))
            return
        trace = answer.trace
        head = _Line(
            _TRACE,
            answer.until,
            asked=len(trace),
            others=len(trace.others),
            recorded=len(trace.record),
        )
        lines = [self._line(head)]
        lines += (self._line(_Line(_ASKED, *one)) for one in trace)
        lines += (self._line(_Line(_OTHER, *one)) for one in trace.others)
        lines += (self._line(_Line(_RECORDED, *one)) for one in trace.record)
        self._write(b"".join(lines))

    def close(self, *, forget: bool) -> None:
        """Close the file; ``forget`` it where the run has come to its end."""
        self._file.close()
        if forget:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)

    def _write(self, data: bytes) -> None:
        try:
            written = self._file.write(data)
        except OSError as error:
            raise self._failure(error) from error
        if written != len(data):
            raise self._failure(OSError("the disk is full"))

    def _failure(self, error: OSError) -> RecordingError:
        return RecordingError(
            f"{self._path} cannot be written: {error.strerror or error}; see to the disk"
        )


def read_answers(folder: Path) -> tuple[Answer, ...]:
    """The answers that are whole, in order: times of the clock (s), and traces.

    What a killed process left half-written is cut off the file.

    Raises
    ------
    SettingsError
        The file is damaged.
    RecordingError
        It cannot be written.
    """
    from mho.recording.frame import frame_of  # only a run that goes on needs them
    from mho.recording.rows_file import RowsFile

    path = folder / ANSWERS
    if not path.exists():
        return ()
    frame = frame_of(_COLUMNS, RowsFile(path, _COLUMNS).blocks())
    lines = [_Line(*row) for row in frame.itertuples(index=False)]
    given, used = [], 0
    for answer, after in _answers(lines):
        given.append(answer)
        used = after
    _cut(path, used)
    return tuple(given)


def _answers(lines: list[_Line]) -> Iterator[tuple[Answer, int]]:
    """Each whole answer, and how many lines end with it."""
    at = 0
    while at < len(lines):
        head = lines[at]
        if head.what == _NOW:
            at += 1
            yield float(head.time), at
            continue
        middle = at + 1 + head.asked
        beside = middle + head.others
        end = beside + head.recorded
        if end > len(lines):
            return
        asked = tuple(map(_reading, lines[at + 1 : middle]))
        others, record = lines[middle:beside], lines[beside:end]
        at = end
        trace = Trace(asked, tuple(map(_reading, others)), record=tuple(map(_reading, record)))
        yield Played(trace, float(head.time)), at


def _reading(line: _Line) -> Reading:
    return Reading(
        float(line.time),
        float(line.voltage),
        float(line.current),
        bool(line.in_compliance),
        str(line.status),
        str(line.terminal),
    )


def _cut(path: Path, lines: int) -> None:
    """Leave so many lines below the names of the columns."""
    try:
        with path.open("r+b") as file:
            for _ in range(lines + 1):
                if not file.readline().endswith(b"\n"):  # not even the names are whole
                    file.seek(0)
            file.truncate(file.tell())
    except OSError as error:
        raise RecordingError(f"{path} cannot be written: {error.strerror or error}") from error
