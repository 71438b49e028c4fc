"""The lock of a bench in use: one file for each instrument, and a note beside it that says who.

The lock itself is the operating system's, so it ends with the process, however that ends. The note
is for people and for whoever takes over: one that is found beside a free lock was left by a process
that died.
"""

import logging
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_state_path

from mho.errors import BenchInUse, NoLock
from mho.owner.holder import Holder, note_path, read_note, write_note

FOLDER = "MHO_LOCKS"
"""Environment variable: another folder for locks, where several people share one computer."""

LOG = logging.getLogger("mho.owner")

_POLL = 0.01
_ALL_MAY_LOCK = 0o666


def folder() -> Path:
    """Where locks are: ``$MHO_LOCKS``, or a place of this user's."""
    chosen = os.environ.get(FOLDER)
    return Path(chosen) if chosen else user_state_path("mho", appauthor=False) / "locks"


class BenchLock:
    """The locks on the instruments of one bench: all of them or none.

    Parameters
    ----------
    resources
        What is locked, by names that are the same for everybody who means the same instrument.
    holder
        Who will hold it.
    """

    def __init__(self, resources: Iterable[str], holder: Holder) -> None:
        self._resources = sorted(set(resources))
        self._holder = holder
        self._held: list[FileLock] = []
        self.left: tuple[Holder, ...] = ()
        """Who died and left a note; known once the lock is taken."""

    def take(self, *, patience: float = 0.0) -> None:
        """Take all locks, waiting at most ``patience`` seconds for each; those of the dead, too.

        Raises
        ------
        BenchInUse
            One is held; says by whom.
        NoLock
            One cannot be had at all; says why.
        """
        if self._held:
            return
        where = folder()
        try:
            self.take_silently(patience=patience)
            found = (self._left(resource, where) for resource in self._resources)
            self.left = tuple(dict.fromkeys(note for note in found if note is not None))
            # Theirs as well: should this process die before they are closed, the next one knows.
            theirs = (name for note in self.left for name in note.sessions)
            sessions = tuple(dict.fromkeys((*self._holder.sessions, *theirs)))
            for resource in self._resources:
                write_note(resource, where, replace(self._holder, sessions=sessions))
        except OSError as error:
            self.release(forget=False)
            raise NoLock(_no_place(where, error)) from error
        except BaseException:
            self.release(forget=False)
            raise

    def take_silently(self, *, patience: float = 0.0) -> None:
        """As `take`, but nobody is told."""
        where = folder()
        probe = where / f".{os.getpid()}.part"
        try:
            where.mkdir(parents=True, exist_ok=True)
            probe.touch()  # a note could be written
            probe.unlink()
            for resource in self._resources:
                self._take(resource, where, patience)
        except OSError as error:
            self.release(forget=False)
            raise NoLock(_no_place(where, error)) from error
        except BaseException:
            self.release(forget=False)
            raise

    def release(self, *, forget: bool = True) -> None:
        """Give all locks back; may be called again.

        ``forget``: nothing is left on, so that the notes may go too.
        """
        if self._held and forget:
            for resource in self._resources:
                with suppress(OSError):
                    note_path(folder(), resource).unlink(missing_ok=True)
        while self._held:
            self._held.pop().release()

    def _take(self, resource: str, where: Path, patience: float) -> None:
        path = note_path(where, resource).with_suffix(".lock")
        lock = FileLock(path, mode=_ALL_MAY_LOCK, thread_local=False)
        try:
            lock.acquire(timeout=patience, poll_interval=_POLL)
        except Timeout:
            raise BenchInUse(_in_use(resource, where)) from None
        except NotImplementedError as error:  # a file system without locks
            raise OSError(f"{where} is on a file system that has no locks") from error
        self._held.append(lock)

    def _left(self, resource: str, where: Path) -> Holder | None:
        path = note_path(where, resource)
        try:
            note = read_note(path)
        except ValueError as error:
            LOG.warning(
                "%s: the note beside its lock (%s) cannot be read (%s). Nobody holds the lock, so "
                "it is taken; what a process that died may have left on is not known",
                resource, path, error,
            )  # fmt: skip
            return None
        if note is not None:
            LOG.warning(
                "%s was held by %s; that is gone, and its lock is taken over", resource, note
            )
        return note


def notes(resources: Iterable[str]) -> list[Holder]:
    """Who says to hold one of these, or died with it; what cannot be read is left out."""
    found: list[Holder] = []
    for resource in resources:
        with suppress(ValueError):
            note = read_note(note_path(folder(), resource))
            if note is not None and note not in found:
                found.append(note)
    return found


def holder_of_run(run: Path) -> Holder | None:
    """The living process that goes on with a run; None if it ended, or died."""
    wanted = str(run.resolve())
    for path in folder().glob("*.json"):
        with suppress(OSError, ValueError):
            note = read_note(path)
            if note is not None and note.run == wanted and _is_held(path.with_suffix(".lock")):
                return note
    return None


def _is_held(path: Path) -> bool:
    lock = FileLock(path, mode=_ALL_MAY_LOCK, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


def require_unlocked(resources: Iterable[str], holder: Holder) -> None:
    """See that the locks can be had now; they are not taken.

    Raises
    ------
    BenchInUse, NoLock
        As `BenchLock.take`.
    """
    lock = BenchLock(resources, holder)
    try:
        lock.take_silently()
    finally:
        lock.release(forget=False)


def _in_use(resource: str, where: Path) -> str:
    path = note_path(where, resource)
    try:
        note = read_note(path)
        who = str(note) if note else f"a process that left no note in {path}"
    except ValueError as error:
        who = f"a process whose note {path} cannot be read ({error})"
    return (
        f"{resource} is in use: {who}. Wait for its end or stop it (Ctrl-C there); nothing was sent"
    )


def _no_place(where: Path, error: OSError) -> str:
    return (
        f"the bench cannot be locked: {error.filename or where}: {error.strerror or error}. "
        f"Make the folder writable, or set {FOLDER} to one that is, the same for everybody who "
        "uses this bench; nothing was sent"
    )
