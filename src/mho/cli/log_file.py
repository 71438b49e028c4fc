"""``--log FILE``: every message of the wire, from drivers and simulated instruments alike."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from mho.errors import Problem, SettingsError
from mho.interrupts import deferred

_LOG = logging.getLogger(__name__)
_ALL_OF_OURS = logging.getLogger("mho")

_UNPRINTABLE = (*range(0x20), 0x7F, 0x85, 0x2028, 0x2029)
_ESCAPES = {code: f"\\u{code:04x}" for code in _UNPRINTABLE}
"""What would break a line in two, or hide from the eye."""


@contextmanager
def log_to(path: Path | None, command: str) -> Iterator[None]:
    """Within this, what is logged under ``mho`` is added to the end of a file; None: nowhere.

    A line each: time to the microsecond with its offset from UTC, logger, direction, text. The
    first line says which ``command`` writes. Should the file fail later on, that is said once on
    standard error, and the run goes on.

    Raises
    ------
    SettingsError
        The file cannot be written.
    """
    if path is None:
        yield
        return
    handlers: list[logging.Handler] = [_open(path, command)]
    if logging.lastResort is not None:
        # Standard error, where warnings go while there is no handler at all.
        handlers.append(logging.lastResort)
    level = _ALL_OF_OURS.level
    for handler in handlers:
        _ALL_OF_OURS.addHandler(handler)
    _ALL_OF_OURS.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        _ALL_OF_OURS.setLevel(level)
        for handler in handlers:
            _ALL_OF_OURS.removeHandler(handler)
        with suppress(OSError):  # said when it happened
            handlers[0].close()


class _LogFile(logging.FileHandler):
    """Writes until it cannot."""

    _failed = False

    def handle(self, record: logging.LogRecord) -> bool:
        # An interrupt while the lock is taken would leave it held, and other threads waiting.
        with deferred():
            return super().handle(record)

    def emit(self, record: logging.LogRecord) -> None:
        if not self._failed:
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802
        self._failed = True
        _LOG.warning("the log %s ends here: %s", self.baseFilename, sys.exc_info()[1])


class _OneLine(logging.Formatter):
    def formatTime(  # noqa: N802
        self,
        record: logging.LogRecord,
        datefmt: str | None = None,  # noqa: ARG002
    ) -> str:
        moment = datetime.fromtimestamp(record.created).astimezone()
        return moment.isoformat(timespec="microseconds")

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).translate(_ESCAPES)


def _open(path: Path, command: str) -> _LogFile:
    """Opened and tried out with a first line."""
    layout = _OneLine("%(asctime)s %(name)s %(message)s")
    text = f"-- {command}, version {version('mho')}"
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(layout.format(logging.makeLogRecord({"name": __name__, "msg": text})) + "\n")
        handler = _LogFile(path, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        why = error.strerror or error
        message = f"cannot be written: {why}; choose another file. Nothing was energised"
        raise SettingsError([Problem(f"--log {path}", message)]) from error
    handler.setFormatter(layout)
    return handler
