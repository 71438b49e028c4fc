"""The watchdog itself (``python -m mho.owner.watching``): waits, and switches off if need be.

It reads its orders, one line of JSON, from standard input, says ``ready`` and reads on. The word
goodbye ends it; the end of the pipe without one means that the process it watches has died.
"""

import json
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from mho.clock import RealClock
from mho.errors import BenchInUse, NoLock
from mho.owner import parts
from mho.owner.killed import write_stop
from mho.owner.lock import BenchLock, notes
from mho.owner.owner import this_holder
from mho.owner.watchdog import GOODBYE, READY

_PATIENCE = 0.5
"""Seconds for the lock of a process that is about to be gone."""

_PAUSES = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 20.0)
"""Seconds between attempts to switch off: an instrument may be busy, a network away."""

_LOOK = 0.2
"""Seconds between two looks whether the parent lives: where a forked child of it holds the pipe
open as well, that does not end with it."""


def main() -> None:
    """Watch, as ordered."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    parent = os.getppid()
    orders = json.loads(sys.stdin.readline())
    instruments = parts.of_json(orders["instruments"])
    switches = parts.prepared(instruments)
    print(READY, flush=True)  # noqa: T201 - to the process that is watched
    if not _is_dismissed(parent):
        _act(orders, parts.resources(instruments), switches)
    os._exit(0)  # at once: nothing is left to be closed


def _is_dismissed(parent: int) -> bool:
    """Wait for a goodbye; False if none came."""
    said: list[str] = []
    ended = threading.Event()

    def listen() -> None:
        said.append(sys.stdin.read())
        ended.set()

    threading.Thread(target=listen, daemon=True).start()
    while not ended.wait(_LOOK):
        if os.name != "nt" and os.getppid() != parent:
            return False
    return said == [GOODBYE]


def _act(orders: dict[str, Any], resources: tuple[str, ...], switches: list[parts.Switch]) -> None:
    clock = RealClock()
    run, sessions = orders["run"], orders["sessions"]
    lock = BenchLock(resources, this_holder(f"watchdog of {run}", sessions))
    try:
        lock.take_silently(patience=_PATIENCE)
    except BenchInUse as refusal:
        # Without a note of somebody else it is a forked child of the dead process that holds it.
        if any(note.process != orders["process"] for note in notes(resources)):
            _tell(run, f"who took its bench over switches it off: {refusal}", outputs_off=False)
            return
    except NoLock:
        pass  # an output that is on is worse than one that is switched off twice
    for pause in _PAUSES:
        found, failures = parts.switch_off(switches, sessions, look=False)
        if not failures:
            break
        _say(f"{'; '.join(failures)}; tried again in {pause:g} s")
        clock.sleep(pause)
    lock.release(forget=not failures)
    if failures:
        what = f"the watchdog could not switch off everything: {'; '.join(failures)}"
    else:
        terminals = ", ".join(one.terminal for one in found)
        what = f"the watchdog switched off {terminals} {clock.now():.1f} s later"
    _tell(run, what, outputs_off=not failures)


def _tell(run: str, what: str, *, outputs_off: bool) -> None:
    """On the screen, if there still is one, and in the run."""
    reason = f"the process of the run died; {what}"
    _say(reason)
    if Path(run).is_absolute():
        write_stop(Path(run), reason, RealClock().wall_time(), outputs_off=outputs_off)


def _say(what: str) -> None:
    with suppress(OSError, ValueError):
        print(f"mho: {what}", file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
