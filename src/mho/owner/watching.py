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
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mho.clock import RealClock
from mho.errors import BenchInUse
from mho.owner.killed import write_stop
from mho.owner.lock import BenchLock
from mho.owner.owner import holder
from mho.owner.parts import SwitchOff, of_json, prepared, switch_off
from mho.owner.watchdog import GOODBYE, READY

_PATIENCE = 0.5
"""Seconds for the lock of a process that is about to be gone."""

_LOOK = 0.2
"""Seconds between two looks whether the parent lives: a pipe that its forked children hold open
does not end with it."""


def main() -> None:
    """Watch, as ordered."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    parent = os.getppid()
    orders = json.loads(sys.stdin.readline())
    parts = [of_json(part) for part in orders["parts"]]
    switches = prepared(parts)
    print(READY, flush=True)  # noqa: T201 - to the process that is watched
    if _is_dismissed(parent):
        os._exit(0)  # at once: nothing is open, nothing is to be written
    _act(orders, [name for part in parts for name in part.resources], switches)


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


def _act(orders: dict[str, Any], resources: list[str], switches: list[SwitchOff]) -> None:
    clock = RealClock()
    lock = BenchLock(resources, holder(f"watchdog of {orders['run']}", orders["sessions"]))
    try:
        lock.take(patience=_PATIENCE)
    except BenchInUse as refusal:
        if refusal.holder is not None:  # who took it over switches off what was left on
            _tell(orders["run"], f"the bench was taken over: {refusal}", off=False)
            return
    found, failures = switch_off(switches, orders["sessions"], look=False)
    taken = f"{clock.now():.1f} s"
    lock.release(forget=not failures)
    if failures:
        _tell(orders["run"], f"the watchdog could not switch off: {'; '.join(failures)}", off=False)
    else:
        terminals = ", ".join(one.terminal for one in found)
        _tell(orders["run"], f"the watchdog switched off {terminals} within {taken}", off=True)


def _tell(run: str, what: str, *, off: bool) -> None:
    """On the screen, if there still is one, and in the run."""
    reason = f"the process of the run died; {what}"
    with suppress(OSError, ValueError):
        print(f"mho: {reason}", file=sys.stderr, flush=True)  # noqa: T201
    if run and Path(run).is_dir():
        write_stop(Path(run), reason, datetime.now(UTC), outputs_off=off)  # noqa: TID251


if __name__ == "__main__":
    main()
