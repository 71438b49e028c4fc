"""Ctrl-C, SIGTERM, a lost terminal: taken at once while measuring, later while outputs go off.

An interrupt is an exception *and* a note. The exception alone can be lost: Python swallows one that
is raised in a callback from C, in ``__del__`` or in a weak reference's callback. The note stays
until somebody has acted upon it, and a run looks at it after every call of the bench and every row.
"""

import signal
import sys
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


class _State:
    """What the handler and those that hold interrupts back know of each other.

    ``handlers`` are those that ours stands in for, ``depth`` counts the deferrals; ``waiting``
    came within one, ``raised`` while a run measured. 0 is no signal.
    """

    handlers: dict[int, Any] | None = None
    depth = 0
    waiting = 0
    raised = 0
    is_measuring = False


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _handle(number: int, _frame: FrameType | None) -> None:
    if _State.depth:
        _State.waiting = number
    else:
        _deliver(number)


def _deliver(number: int) -> None:
    """To the handler of a host, if there is one, else raise it."""
    before = (_State.handlers or {}).get(number)
    if callable(before) and before is not signal.default_int_handler:
        before(number, None)
        return
    if _State.is_measuring:
        _State.raised = number
    raise KeyboardInterrupt(signal.Signals(number).name)


@contextmanager
def termination_as_interrupt() -> Iterator[None]:
    """Within this, what would end the process raises KeyboardInterrupt, as Ctrl-C does.

    So does a SIGINT that the shell has this process ignore (a job in the background). A SIGHUP
    that is ignored (``nohup``) stays so, and a handler that somebody else has set is called.
    """
    if not _in_main_thread() or _State.handlers is not None:
        yield
        return
    handlers: dict[int, Any] = {
        number: handler
        for number in _SIGNALS
        if (handler := signal.getsignal(number)) is not None
        and (handler is not signal.SIG_IGN or number == signal.SIGINT)
    }
    try:
        _State.handlers, _State.waiting, _State.raised = handlers, 0, 0
        for number in handlers:
            signal.signal(number, _handle)
        yield
    finally:
        if _in_main_thread():  # a bench may be closed from another thread than it was opened in
            for number, handler in handlers.items():
                signal.signal(number, handler)
        _State.handlers = None


class deferred:  # noqa: N801 - used like the functions beside it
    """Within this, interrupts wait; one that came meanwhile is handed on at the end.

    Within `termination_as_interrupt` that takes a fraction of a microsecond. An error on its way
    out goes before it (an output that is still on must not be hidden); the interrupt then waits
    for `measuring` to end or for `look`. Only the main thread can be interrupted; elsewhere this
    does nothing.
    """

    __slots__ = ("_counts", "_depth", "_handlers")

    def __enter__(self) -> None:
        self._handlers: AbstractContextManager[None] | None = None
        self._counts = _in_main_thread()
        if self._counts:
            if _State.handlers is None:
                self._handlers = termination_as_interrupt()
                self._handlers.__enter__()
            self._depth = _State.depth
            _State.depth = self._depth + 1

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self._counts:
            return
        _State.depth = self._depth
        if self._handlers is None:
            if _State.waiting and exc_type is None:
                look()
            return
        try:
            if exc_type is None:
                look()
        finally:
            self._handlers.__exit__(None, None, None)


class measuring:  # noqa: N801 - used like the functions beside it
    """Within this, interrupts are raised at once, in whatever deferral it stands, and noted.

    One that came before is raised on the way in; one that was raised and lost, on the way out.
    That it was lost Python does not print: nobody is to be afraid of it.
    """

    def __enter__(self) -> None:
        self._depth, self._hook = _State.depth, sys.unraisablehook
        _State.raised = 0
        if _in_main_thread():
            sys.unraisablehook = self._print_lost
            _State.depth, _State.is_measuring = 0, True
            try:
                look()
            except BaseException:
                self._end()
                _State.raised = 0  # it is on its way out, not lost
                raise

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not _in_main_thread():
            return
        self._end()
        lost, _State.raised = _State.raised, 0
        if lost and exc_type is None:
            raise KeyboardInterrupt(signal.Signals(lost).name)
        if lost and exc_type is not None and not issubclass(exc_type, KeyboardInterrupt):
            _State.waiting = lost  # some libraries make an error of their own of it

    def _end(self) -> None:
        _State.depth, _State.is_measuring = self._depth, False
        sys.unraisablehook = self._hook

    def _print_lost(self, lost: "sys.UnraisableHookArgs") -> None:
        if not (_State.raised and issubclass(lost.exc_type, KeyboardInterrupt)):
            self._hook(lost)


def look() -> None:
    """Raise an interrupt that waits, or one that was raised while measuring and lost.

    Outside `termination_as_interrupt` there is none: whoever it was meant for has ended.
    """
    if not (_State.waiting or _State.raised) or _State.depth or _State.handlers is None:
        return
    number, _State.waiting = _State.waiting or _State.raised, 0
    _deliver(number)


def came() -> bool:
    """Whether an interrupt waits; it does not any more."""
    waits, _State.waiting = bool(_State.waiting), 0
    return waits


def nothing_left_to_interrupt() -> None:
    """From now on this process ends by itself, with the exit code that it earned.

    To be called within `termination_as_interrupt`. Ctrl-C stays what it was.
    """
    # An interrupt that leaves code made from a string (a named tuple is) has Python end the process
    # by SIGINT, caught or not, unless such code runs once more: see CPython's run_eval_code_obj.
    exec("pass")
    handlers = _State.handlers or {}
    for number in handlers:
        if number != signal.SIGINT:
            handlers[number] = signal.SIG_IGN  # what it is set to when that ends
            signal.signal(number, signal.SIG_IGN)
