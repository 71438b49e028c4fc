"""The key ``p`` of a terminal: pauses a run, and lets it go on."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mho.cli.screen import console, is_interactive, say
from mho.clock import RealClock
from mho.pausing import Pause

KEY = "p"

_LOOKS = 0.1


@contextmanager
def pause_key(pause: Pause) -> Iterator[None]:
    """Within this, ``p`` pauses a run and lets it go on; where nobody can type, nothing is done."""
    if not is_interactive():
        yield
        return
    over = threading.Event()
    with _single_keys() as pressed:
        listening = threading.Thread(target=_listen, args=(pause, pressed, over), daemon=True)
        listening.start()
        try:
            yield
        finally:
            over.set()
            listening.join()


def _listen(pause: Pause, pressed: Callable[[], str], over: threading.Event) -> None:
    while not over.is_set():
        if pressed() == KEY:
            pause.toggle()
            say(
                "paused before the next stimulus, outputs at 0 V; p goes on"
                if pause.asked()
                else "it goes on",
                console(errors=True),
            )


@contextmanager
def _single_keys() -> Iterator[Callable[[], str]]:
    """A function that waits a little for a key and gives it, or nothing."""
    try:
        import termios
        import tty
    except ImportError:  # Windows
        import msvcrt

        clock = RealClock()

        def pressed_on_windows() -> str:
            if msvcrt.kbhit():  # type: ignore[attr-defined,unused-ignore]
                return msvcrt.getwch()  # type: ignore[attr-defined,unused-ignore,no-any-return]
            clock.sleep(_LOOKS)
            return ""

        yield pressed_on_windows
        return
    import select

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)

    def pressed() -> str:
        ready, _, _ = select.select([terminal], [], [], _LOOKS)
        # Not from sys.stdin: it would take all that was typed, and nobody would see the rest come.
        return os.read(terminal, 1).decode(errors="replace") if ready else ""

    tty.setcbreak(terminal)  # Ctrl-C stays what it is
    try:
        yield pressed
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
