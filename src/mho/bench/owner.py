"""The owner of a bench: whoever opened it, alone, until everything is off again."""

from typing import Protocol


class Owner(Protocol):
    """What stands behind an open bench: the lock on its instruments, and a watchdog."""

    def take(self) -> None:
        """Take the lock; nothing was sent before. May be called again.

        Raises
        ------
        BenchInUse
            Another process holds an instrument (says who), or there is no place for a lock.
        ConnectionFailed, UnsafeStateError
            What a process that died left on could not be switched off.
        """
        ...

    def ready(self) -> None:
        """Wait until the watchdog watches; no output is switched on before.

        Raises
        ------
        ConnectionFailed
            It does not start.
        """
        ...

    def release(self, *, outputs_are_off: bool) -> None:
        """Give the lock back and send the watchdog home. May be called again."""
        ...


class Unowned:
    """Satisfies `Owner` where nothing real can be left on: the rehearsals of this process."""

    def take(self) -> None:
        """Nobody can be in the way."""

    def ready(self) -> None:
        """Nothing to watch."""

    def release(self, *, outputs_are_off: bool) -> None:
        """Nothing to give back."""
