"""Pausing a run between two stimuli: outputs at 0 V, rows safe, until somebody wants it to go on.

Asked for by a file ``pause`` in the run folder (it goes on when the file is gone), by SIGUSR1
where there is such a signal (once more to go on), or by whoever holds the `Pause`.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from mho.clock import Clock, RealClock
from mho.interrupts import look

FILE = "pause"

_LOOKS = 0.2
"""Seconds between two looks for the file: a look takes microseconds, a closed loop has few."""

_SLICE = 0.05


class Pause:
    """Whether a run is to pause; made for one run after another, or for one.

    ``clock`` says when to look for the file again, and waits; the time of people unless given.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._folder: Path | None = None
        self._wanted = False
        self._next = 0.0
        self._clock = clock or RealClock()

    def watch(self, folder: Path) -> None:
        """From now on look for the file in this run folder."""
        self._folder = folder

    def toggle(self) -> None:
        """Pause, or go on."""
        self._wanted = not self._wanted

    def asked(self) -> bool:
        """Whether the run is to pause now."""
        if self._wanted:
            return True
        now = self._clock.now()
        if now < self._next:
            return False
        self._next = now + _LOOKS
        return self._file_is_there()

    def _file_is_there(self) -> bool:
        return self._folder is not None and (self._folder / FILE).exists()

    def wait(self) -> None:
        """Return when the run is to go on.

        Raises
        ------
        KeyboardInterrupt
            Somebody wanted it to end meanwhile.
        """
        while self._wanted or self._file_is_there():
            look()
            self._clock.sleep(_SLICE)


@contextmanager
def paused_by_signal(pause: Pause) -> Iterator[None]:
    """Within this, SIGUSR1 pauses and goes on, where there is such a signal."""
    number = getattr(signal, "SIGUSR1", None)
    if number is None or threading.current_thread() is not threading.main_thread():
        yield
        return

    def toggle(_number: int, _frame: FrameType | None) -> None:
        pause.toggle()

    before = signal.signal(number, toggle)
    try:
        yield
    finally:
        signal.signal(number, before)
