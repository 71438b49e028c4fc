"""Everything that can go wrong, as one tree.

::

    MhoError
    ├── SettingsError        a file or option is wrong; lists every problem with its place
    ├── LimitError           asked for more than instrument or device allows; nothing was energised
    ├── UnsupportedError     this bench cannot do what was asked of it; nothing was energised
    ├── NoLock               the bench cannot be locked; nothing was sent
    │   └── BenchInUse         because another process holds it
    ├── ConnectionFailed     library, runtime, server or address missing; says how to fix it
    ├── NotEnoughData        (mho.merit) the data cannot answer what a figure of merit asks
    ├── RecordingError       a row could not be made safe on disk; the run stops
    ├── InstrumentError      the instrument's side
    │   ├── CommandRejected    it refused what was sent
    │   ├── ReplyError         it answered something that cannot be read
    │   ├── InstrumentTimeout  it did not answer in time (also a TimeoutError)
    │   └── SelectionError     a relay does not report what was asked of it
    └── UnsafeStateError     an output could not be switched off: the loudest error there is

A reading that reached compliance is data, never an error.
"""

from collections.abc import Iterable
from dataclasses import dataclass


class MhoError(Exception):
    """Root of every error that mho raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in the settings: where it stands, and what to do about it."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class SettingsError(MhoError):
    """One or more problems in files, options or arguments; all of them at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class LimitError(MhoError):
    """A stimulus lies outside what instrument or device allows; nothing was energised."""

    def __init__(self, refusals: Iterable[str]) -> None:
        self.refusals = tuple(refusals)
        super().__init__("\n".join(self.refusals))


class UnsupportedError(MhoError):
    """The bench cannot do what was asked; the message names the limit. Nothing was energised."""


class NoLock(MhoError):
    """The bench cannot be locked: no place for it, or no right to it. Nothing was sent."""


class BenchInUse(NoLock):
    """Another process holds the bench; the message says who. Nothing was sent."""


class ConnectionFailed(MhoError):
    """An instrument cannot be reached; the message says what is missing and how to mend it."""


class RecordingError(MhoError):
    """A row could not be made safe on disk (disk full, folder gone)."""


class PreparationFailed(MhoError):
    """The device could not be brought to the state from which it is to be measured."""


class InstrumentError(MhoError):
    """The instrument's side of a conversation went wrong."""


class CommandRejected(InstrumentError):
    """The instrument refused a command; carries what was sent and what it said.

    ``code`` is that of the instrument, where it gave one.
    """

    def __init__(self, message: str, code: int | None = None) -> None:
        self.code = code
        super().__init__(message)


class ReplyError(InstrumentError):
    """The instrument answered something that cannot be read."""


class InstrumentTimeout(InstrumentError, TimeoutError):
    """The instrument did not answer in time."""


class SelectionError(InstrumentError):
    """A selector reports another state than it was asked for; no output was switched on."""


class UnsafeStateError(MhoError):
    """An output could not be switched off. Switch it off by hand before touching the probes."""
