"""The key p, pressed in a terminal."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="terminals of this kind are not on Windows")

_PROGRAM = """\
import sys
from mho.cli.pause_key import pause_key
from mho.pausing import Pause

pause = Pause()
with pause_key(pause):
    print("ready", flush=True)
    for wanted in (True, False, True):
        while pause.asked() is not wanted:
            pass
        print("paused" if wanted else "on", flush=True)
    sys.stdin.close() if "closed" in sys.argv else None
print("over", flush=True)
"""


class Terminal:
    """A terminal with a program in it."""

    def __init__(self, *arguments: str) -> None:
        self.keyboard, its = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, *arguments], stdin=its, stdout=subprocess.PIPE, stderr=its
        )
        os.close(its)

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().decode().strip()

    def press(self, keys: str) -> None:
        os.write(self.keyboard, keys.encode())


@pytest.fixture
def terminal(tmp_path: Path):  # type: ignore[no-untyped-def]
    program = tmp_path / "program.py"
    program.write_text(_PROGRAM, "utf-8")
    opened = Terminal(str(program))
    yield opened
    opened.process.kill()
    opened.process.communicate()
    os.close(opened.keyboard)


def test_p_pauses_and_goes_on_and_other_keys_do_nothing(terminal: Terminal) -> None:
    import termios

    before = termios.tcgetattr(terminal.keyboard)
    assert terminal.line() == "ready"
    assert termios.tcgetattr(terminal.keyboard) != before  # keys come one by one
    terminal.press("xq\np")
    assert terminal.line() == "paused"
    terminal.press("P p")
    assert terminal.line() == "on"
    terminal.press("p")
    assert terminal.line() == "paused"
    assert terminal.line() == "over"
    assert terminal.process.wait() == 0
    assert termios.tcgetattr(terminal.keyboard) == before


def test_keys_pressed_together_each_count(terminal: Terminal) -> None:
    assert terminal.line() == "ready"
    terminal.press("ppp")
    assert terminal.line() == "paused"
