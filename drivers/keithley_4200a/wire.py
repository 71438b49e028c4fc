"""The wire: one message, one answer; a left-over answer never shifts the next one.

Over a socket every message is answered, setters with ``ACK``; over GPIB queries only. An answer
that nobody read would be taken for that of the next query (manual p. 2-10), so after any exchange
that did not end as it should, the next one first reads what is left and asks for the identity,
whose answer is known.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from mho.drivers.keithley_4200a import error_codes
from mho.drivers.keithley_4200a.error_codes import CLEAR_ERROR, LAST_ERROR, Fault
from mho.drivers.keithley_4200a.mainframe import IDENTIFY
from mho.errors import CommandRejected, ConnectionFailed, InstrumentTimeout, ReplyError

Value = TypeVar("Value")

_STALE_REPLIES = 16
"""So many answers may come before that to the identity query."""


class Link(Protocol):
    """Carries single messages and answers; the terminators are its own business."""

    @property
    def place(self) -> str:
        """Where the instrument is, for people."""
        ...

    @property
    def acknowledges(self) -> bool:
        """True if setters are answered too."""
        ...

    def write(self, message: str) -> None:
        """Send one message.

        Raises
        ------
        InstrumentTimeout
            It was not taken in time.
        ConnectionFailed
            The connection is gone.
        """
        ...

    def read(self) -> str:
        """The next answer, without terminators; raises as `write`."""
        ...

    def drain(self) -> None:
        """Read and forget until nothing more comes."""
        ...

    def close(self) -> None:
        """Hang up."""
        ...


class Wire:
    """The conversation with one 4200A over a link that can be made anew."""

    def __init__(self, connect: Callable[[], Link]) -> None:
        self._connect = connect
        self._link: Link | None = None
        self._identity = ""
        self._in_step = False

    def open(self) -> str:
        """Connect, forget what was left over, and give the answer to the identity query.

        Raises
        ------
        ConnectionFailed
            No connection, or nobody answers.
        """
        self._link = link = self._connect()
        try:
            link.drain()
            link.write(IDENTIFY)
            self._identity = link.read()
        except BaseException:
            self.close()
            raise
        self._in_step = True
        return self._identity

    def reconnect(self) -> None:
        """Hang up, connect again, and see that it is the same instrument.

        Raises
        ------
        ConnectionFailed
            No connection, or another instrument.
        """
        known = self._identity
        self.close()
        if self.open() != known:
            found, self._identity = self._identity, known
            raise ConnectionFailed(f'"{found}" answers in place of "{known}"')

    def close(self) -> None:
        """Hang up; may be called again and again."""
        self._in_step = False
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def tell(self, message: str) -> None:
        """Send setters.

        Raises
        ------
        CommandRejected
            Answered with an error.
        ReplyError
            Answered with anything else than ``ACK``.
        InstrumentTimeout, ConnectionFailed
            As the link.
        """
        if not self._in_step:
            self._resynchronise()
        link = self._open_link()
        self._in_step = False  # until the answer is there, whatever ends the exchange
        link.write(message)
        if link.acknowledges:
            reply = link.read()
            if reply != "ACK":
                raise self._why(message, ReplyError(f'expected ACK, but "{reply}" came'), reply)
        self._in_step = True

    def ask(self, message: str, read: Callable[[str], Value]) -> Value:
        """Send a query (setters may stand before it) and read its answer with ``read``.

        Raises
        ------
        CommandRejected
            Answered with an error, or unreadably while an error was latched.
        ReplyError
            ``read`` could not read the answer.
        InstrumentTimeout, ConnectionFailed
            As the link.
        """
        if not self._in_step:
            self._resynchronise()
        link = self._open_link()
        self._in_step = False
        link.write(message)
        reply = link.read()
        try:
            value = read(reply)
        except ReplyError as error:
            raise self._why(message, error, reply) from error
        self._in_step = True
        return value

    def check(self, asked: str) -> None:
        """See that no error is latched; one that is gets cleared.

        Raises
        ------
        CommandRejected
            With ``asked``, what the instrument said, and what it means.
        """
        fault = self.ask(LAST_ERROR, error_codes.latched)
        if fault is not None:
            self.tell(CLEAR_ERROR)
            raise _rejected(asked, fault)

    def forget_errors(self) -> None:
        """Clear the latched error; the latch is not cleared by reading it (manual p. 4-3)."""
        self.tell(CLEAR_ERROR)

    def _why(self, message: str, error: ReplyError, reply: str) -> Exception:
        """What a wrong answer means: a refusal if an error is told or latched, else ``error``."""
        self._resynchronise()
        fault = error_codes.fault_in(reply)
        if message != LAST_ERROR:
            latched = self.ask(LAST_ERROR, error_codes.latched)
            if latched is not None:
                self.tell(CLEAR_ERROR)
            fault = latched or fault
        if fault is not None:
            return _rejected(message, fault)
        return ReplyError(
            f"{_short(message)}: {error}. The 4200A latched no error; if this comes again, "
            "something else talks on this connection, or KCon's string terminator is not as set"
        )

    def _resynchronise(self) -> None:
        link = self._open_link()
        try:
            self._find_step(link)
        except (InstrumentTimeout, ConnectionFailed, ReplyError):
            # A socket closed by the other side looks like silence, too.
            self.reconnect()
        self._in_step = True

    def _find_step(self, link: Link) -> None:
        link.drain()
        link.write(IDENTIFY)
        for _ in range(_STALE_REPLIES):
            if link.read() == self._identity:
                return
        raise ReplyError(f"{link.place} does not answer {IDENTIFY} any more")

    def _open_link(self) -> Link:
        if self._link is None:
            raise ConnectionFailed("the connection to the 4200A is closed; open the bench again")
        return self._link


def _rejected(asked: str, fault: Fault) -> CommandRejected:
    return CommandRejected(f"the 4200A refused {_short(asked)}: it said {fault}")


def _short(text: str) -> str:
    return text if len(text) <= 300 else f"{text[:297]}..."
