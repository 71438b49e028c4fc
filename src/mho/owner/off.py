"""Everything on a bench off, without a run: after a crash, or because somebody says so."""

from collections.abc import Sequence
from dataclasses import dataclass

from mho.owner import parts
from mho.owner.holder import Holder
from mho.owner.lock import BenchLock, notes
from mho.owner.owner import report_to_runs, this_holder
from mho.plugin_kinds import SwitchedOff

WHO = "mho off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Off:
    """What was found on a bench, what failed, and who left something there when he died."""

    found: Sequence[SwitchedOff]
    failures: Sequence[str]
    left: Sequence[Holder]


def bench_off(instruments: Sequence[parts.Part], *, force: bool = False) -> Off:
    """Bring every output of the real instruments to 0 V and switch it off.

    ``force``: also where a living process holds them; it loses its outputs, and perhaps its
    sessions.

    Raises
    ------
    BenchInUse
        A living process holds one, and it was not to be forced; nothing was sent.
    NoLock
        It cannot be locked, and it was not to be forced; nothing was sent.
    """
    names = parts.resources(instruments)
    lock = BenchLock(names, this_holder(WHO))
    left: Sequence[Holder] = notes(names)
    if not force:
        lock.take()
        left = lock.left
    sessions = [name for note in left for name in note.sessions]
    failures = ["interrupted"]
    try:
        found, failures = parts.switch_off(parts.prepared(instruments), sessions, look=True)
    finally:
        lock.release(forget=not failures)
    if not force and not failures:
        report_to_runs(left, WHO)
    return Off(found=found, failures=failures, left=left)
