"""Ctrl-C and SIGTERM: taken at once while measuring, deferred while outputs go off."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_SIGNALS = [signal.SIGINT, signal.SIGTERM]
if hasattr(signal, "SIGBREAK"):  # Windows: Ctrl-Break, and how a console window is closed
    _SIGNALS.append(signal.SIGBREAK)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


@contextmanager
def termination_as_interrupt() -> Iterator[None]:
    """Within this, SIGTERM (and Ctrl-Break) raise KeyboardInterrupt, as Ctrl-C does.

    So does a SIGINT that the shell has this process ignore (a job in the background).
    """
    if not _in_main_thread():
        yield
        return

    def interrupt(number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt(signal.Signals(number).name)

    previous: dict[int, Any] = {number: signal.signal(number, interrupt) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def deferred() -> Iterator[None]:
    """Within this, interrupts wait; one that came meanwhile is raised at the end.

    Only the main thread can be interrupted; elsewhere this does nothing.
    """
    if not _in_main_thread():
        yield
        return
    came: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    previous: dict[int, Any] = {number: signal.signal(number, note) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    # Not in the finally: an error on its way out (an output still on) must not be hidden.
    if came:
        raise KeyboardInterrupt(signal.Signals(came[0]).name)
