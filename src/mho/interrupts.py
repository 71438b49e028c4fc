"""Ctrl-C, SIGTERM, a lost terminal: taken at once while measuring, later while outputs go off."""

import signal
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType, TracebackType
from typing import Any

_SIGNALS = [signal.SIGINT, signal.SIGTERM]
if hasattr(signal, "SIGHUP"):  # a terminal window that is closed, a connection that is lost
    _SIGNALS.append(signal.SIGHUP)
if hasattr(signal, "SIGBREAK"):  # Windows: Ctrl-Break, and how a console window is closed
    _SIGNALS.append(signal.SIGBREAK)


class _Brief:
    """What `briefly_deferred` and the handler of `termination_as_interrupt` know of each other."""

    installed = False
    depth = 0
    came: list[int] = []  # noqa: RUF012 - there is one process, and one main thread


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


@contextmanager
def termination_as_interrupt() -> Iterator[None]:
    """Within this, what would end the process raises KeyboardInterrupt, as Ctrl-C does.

    So does a SIGINT that the shell has this process ignore (a job in the background). A SIGHUP
    that is ignored (``nohup``) stays so, and so does a handler that somebody else has set.
    """
    if not _in_main_thread():
        yield
        return

    def interrupt(number: int, _frame: FrameType | None) -> None:
        if _Brief.depth:
            _Brief.came.append(number)
        else:
            raise KeyboardInterrupt(signal.Signals(number).name)

    replaced: dict[int, Any] = {
        number: handler
        for number in _SIGNALS
        if (handler := signal.getsignal(number)) is signal.SIG_DFL
        or (number == signal.SIGINT and handler in (signal.SIG_IGN, signal.default_int_handler))
    }
    outer, _Brief.installed = _Brief.installed, len(replaced) == len(_SIGNALS)
    try:
        with _handled(replaced, interrupt):
            yield
    finally:
        _Brief.installed = outer


class briefly_deferred:  # noqa: N801 - used like the functions beside it
    """As `deferred`, within a few microseconds: for what happens at every step.

    Within `termination_as_interrupt` its handler is told to wait; elsewhere this is `deferred`.
    """

    def __enter__(self) -> None:
        self._slow: AbstractContextManager[None] | None = None
        if not _Brief.installed or not _in_main_thread():
            self._slow = deferred()
            self._slow.__enter__()
        else:
            if not _Brief.depth:
                _Brief.came.clear()  # left by one that was struck again on its way out
            _Brief.depth += 1

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._slow is not None:
            self._slow.__exit__(exc_type, exc, traceback)
            return
        _Brief.depth -= 1
        if _Brief.came and not _Brief.depth and exc_type is None:
            raise KeyboardInterrupt(signal.Signals(_Brief.came.pop()).name)


@contextmanager
def deferred() -> Iterator[None]:
    """Within this, interrupts wait; one that came meanwhile is handed on at the end.

    It goes to the handler that stood before: that of a deferral around this one, of a host, or
    none, and then it is raised. Only the main thread can be interrupted; elsewhere this does
    nothing.
    """
    if not _in_main_thread():
        yield
        return
    came: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    before: dict[int, Any] = {
        number: handler
        for number in _SIGNALS
        if (handler := signal.getsignal(number)) not in (signal.SIG_IGN, None)
    }
    with _handled(before, note):
        yield
    # Not reached by an error on its way out (an output still on): that must not be hidden.
    if came:
        if callable(before[came[0]]):
            before[came[0]](came[0], None)
        else:
            raise KeyboardInterrupt(signal.Signals(came[0]).name)


@contextmanager
def _handled(before: dict[int, Any], handler: Any) -> Iterator[None]:
    """Have these signals handled so, and as ``before`` afterwards."""
    try:
        for number in before:
            signal.signal(number, handler)
        yield
    finally:
        if _in_main_thread():  # a bench may be closed from another thread than it was opened in
            for number, previous in before.items():
                signal.signal(number, previous)
