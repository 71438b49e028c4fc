"""Ctrl-C while a campaign goes on: once ends it after the run, twice stops it now."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from mho.cli.screen import console, say


class Ending:
    """Whether somebody wants the campaign to end after the run that goes on."""

    def __init__(self) -> None:
        self._wanted = False

    def is_wanted(self) -> bool:
        """Whether Ctrl-C came."""
        return self._wanted

    def want(self, number: int, _frame: FrameType | None) -> None:
        """Ctrl-C: the first time after this run, the second time now."""
        if self._wanted:
            raise KeyboardInterrupt(signal.Signals(number).name)
        self._wanted = True
        say(
            "the run that goes on is finished first; Ctrl-C again stops it now",
            console(errors=True),
        )


@contextmanager
def ending_gently() -> Iterator[Ending]:
    """Within this, SIGINT is a wish to end; the second one is a KeyboardInterrupt."""
    ending = Ending()
    before = signal.signal(signal.SIGINT, ending.want)
    try:
        yield ending
    finally:
        signal.signal(signal.SIGINT, before)
