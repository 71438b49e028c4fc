"""The owner of a bench of real or served instruments: takes the lock, starts the watchdog."""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from mho.clock import RealClock
from mho.errors import UnsafeStateError
from mho.owner import parts, this_process
from mho.owner.holder import Holder
from mho.owner.killed import write_stop
from mho.owner.lock import LOG, BenchLock, require_unlocked
from mho.owner.watchdog import Watchdog

SCRIPT = "script"


def this_holder(run: str, sessions: Sequence[str] = ()) -> Holder:
    """What is to be known of this process as the holder of a lock."""
    return Holder(
        process=this_process.number(),
        computer=this_process.computer(),
        user=this_process.user(),
        since=RealClock().wall_time().isoformat(timespec="seconds"),
        run=run,
        sessions=(this_process.session_suffix(), *sessions),
    )


class BenchOwner:
    """Satisfies `mho.bench.Owner`.

    Parameters
    ----------
    instruments
        Those of the bench; what is rehearsed in this process needs no owner.
    terminals
        Those of the device. What the bench has besides is left to others.
    run
        The folder of the run that it is for; None for a script.
    """

    def __init__(
        self, instruments: Iterable[parts.Part], terminals: Collection[str], run: Path | None
    ) -> None:
        self._instruments = parts.wired_to(instruments, terminals)
        self._holder = this_holder(SCRIPT if run is None else str(run.resolve()))
        self._lock = BenchLock(parts.resources(self._instruments), self._holder)
        self._watchdog: Watchdog | None = None

    def take(self) -> None:
        """Take the lock, switch off what the dead left on, and start the watchdog."""
        if self._watchdog is not None:
            return
        self._lock.take()
        try:
            self._watchdog = Watchdog(self._instruments, self._holder)
            self._clear()
        except BaseException:
            self.release(outputs_are_off=False)
            raise

    def ready(self) -> None:
        """Wait until the watchdog watches."""
        if self._watchdog is not None:
            self._watchdog.ready()

    def release(self, *, outputs_are_off: bool) -> None:
        """Send the watchdog home and give the lock back; its note stays if something is on."""
        watchdog, self._watchdog = self._watchdog, None
        if watchdog is not None:
            watchdog.dismiss()
        self._lock.release(forget=outputs_are_off)

    def _clear(self) -> None:
        if not self._lock.left:
            return
        sessions = [name for note in self._lock.left for name in note.sessions]
        _, failures = parts.switch_off(parts.prepared(self._instruments), sessions, look=False)
        if failures:
            raise UnsafeStateError(
                f"what {self._lock.left[0]} left on could not be switched off:\n"
                + "\n".join(failures)
            )
        LOG.warning("what it left on was switched off")
        report_to_runs(
            self._lock.left, f"process {self._holder.process}, which took the bench over,"
        )


def require_free(instruments: Iterable[parts.Part], terminals: Collection[str]) -> None:
    """See that nobody uses what is wired to these terminals, and that it can be locked.

    Raises
    ------
    BenchInUse, NoLock
        They cannot; says who has them, or what is in the way.
    """
    names = parts.resources(parts.wired_to(instruments, terminals))
    if names:
        require_unlocked(names, this_holder(SCRIPT))


def report_to_runs(left: Sequence[Holder], who: str) -> None:
    """Write into the runs of processes that died that their outputs are off now."""
    for note in left:
        if note.computer == this_process.computer() and Path(note.run).is_absolute():
            reason = f"the process of the run died; {who} switched its outputs off"
            write_stop(Path(note.run), reason, RealClock().wall_time(), outputs_off=True)
