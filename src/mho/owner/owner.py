"""The owner of a bench of real or served instruments: takes the lock, starts the watchdog."""

from collections.abc import Sequence
from pathlib import Path

from mho.clock import RealClock
from mho.errors import UnsafeStateError
from mho.owner.killed import write_stop
from mho.owner.lock import BenchLock, Holder, computer_and_process
from mho.owner.parts import Part, prepared, switch_off
from mho.owner.watchdog import Watchdog

SCRIPT = "script"


def holder(run: str, sessions: Sequence[str] = ()) -> Holder:
    """This process, as the holder of a lock."""
    ...


class BenchOwner:
    """Satisfies `mho.bench.Owner`."""
