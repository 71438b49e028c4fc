"""The watchdog, seen from the process it watches: a child that lives until the pipe is closed.

It is a process of its own, so that what ends this one (SIGKILL, no memory left, a crash in a
library) does not end it; it has a session of its own, so that Ctrl-C in the terminal is not for it.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress

from mho.clock import RealClock
from mho.errors import ConnectionFailed
from mho.owner import parts
from mho.owner.holder import Holder

GOODBYE = "goodbye\n"
READY = "ready"

_LONGEST = 60.0
"""Seconds that it may take to start; it imports the drivers."""

_SLICE = 0.05
_PARTING = 5.0


class Watchdog:
    """Started at once; `ready` waits until it watches."""

    def __init__(self, instruments: Iterable[parts.Part], holder: Holder) -> None:
        orders = {
            "instruments": parts.to_json(instruments),
            "process": holder.process,
            "run": holder.run,
            "sessions": list(holder.sessions),
        }
        apart = (
            {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
            if sys.platform == "win32"
            else {"start_new_session": True}
        )
        try:
            self._process = subprocess.Popen(
                # -P: what lies in the working folder is not to be imported.
                [sys.executable, "-P", "-m", "mho.owner.watching"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", **apart,
            )  # fmt: skip
        except OSError as error:
            raise _not_started(str(error)) from error
        self._said = threading.Event()
        self._is_ready = False
        self._listener = threading.Thread(target=self._listen, name="watchdog", daemon=True)
        self._listener.start()
        self._tell(json.dumps(orders) + "\n")

    def ready(self) -> None:
        """Wait until it watches.

        Raises
        ------
        ConnectionFailed
            It does not start.
        """
        clock = RealClock()
        while not self._said.is_set() and clock.now() < _LONGEST:
            self._said.wait(_SLICE)  # in slices: an interrupt is to be honoured
        if not self._is_ready:
            self.dismiss()
            raise _not_started(f"it ended with {self._process.returncode}")

    def dismiss(self) -> None:
        """Everything is off: let it go; may be called again."""
        process = self._process
        if process.stdin is None or process.stdin.closed:
            return
        self._tell(GOODBYE)
        with suppress(OSError):
            process.stdin.close()
        try:
            process.wait(_PARTING)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._listener.join(_PARTING)
        if process.stdout is not None:
            process.stdout.close()

    def _listen(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - for the type checker
        self._is_ready = self._process.stdout.readline().strip() == READY
        self._said.set()

    def _tell(self, line: str) -> None:
        stdin = self._process.stdin
        if stdin is not None:
            with suppress(OSError):  # it is gone; `ready` says so
                stdin.write(line)
                stdin.flush()


def _not_started(why: str) -> ConnectionFailed:
    return ConnectionFailed(
        f"the watchdog, which would switch the outputs off if this process died, does not start "
        f"({why}); no output was switched on. {sys.executable} -P -m mho.owner.watching shows why"
    )
