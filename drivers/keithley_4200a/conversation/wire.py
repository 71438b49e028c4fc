"""The wire: one message, one answer; a left-over answer never shifts the next one.

Over a socket every message is answered, setters with ``ACK``; over GPIB queries only, and the bus
polls the status byte. An answer that nobody read would be taken for that of the next query (manual
p. 2-10), so after any exchange that did not end as it should, the next one first reads what is
left, asks for the status byte and, if no test runs, for the identity, whose answer is known. While
one runs that query is refused, as all but stop and status commands are (seen with clients of real
ones): the status byte must do then, lest a test that has to be stopped cannot be.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from mho.drivers.keithley_4200a.codec import error_codes, pulse_card, source_measure
from mho.drivers.keithley_4200a.codec.error_codes import CLEAR_ERROR, LAST_ERROR, Fault
from mho.drivers.keithley_4200a.codec.mainframe import IDENTIFY
from mho.errors import CommandRejected, ConnectionFailed, InstrumentTimeout, ReplyError

Value = TypeVar("Value")

_MAX_LEFT_OVER = 16
"""So many answers may come before the one that is waited for."""


class Link(Protocol):
    """Carries single messages and answers; the terminators are its own business."""

    @property
    def place(self) -> str:
        """Where the instrument is, for people."""
        ...

    @property
    def acknowledges(self) -> bool:
        """True on a socket: setters are answered too. On a bus they are not, and it polls."""
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

    def serial_poll(self) -> int:
        """The status byte, without a message; only where setters are silent. Raises as `write`."""
        ...

    def drain(self) -> list[str]:
        """Read until nothing more comes; what came."""
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
        self._is_identified = False  # the identity was seen on this connection
        self._is_synchronised = False
        self._ack_is_no_error = False
        self._was_acknowledged = False
        self.exchanges = 0
        """Messages that were sent, and polls of the bus."""

    @property
    def polls_clear(self) -> bool:
        """True if `status` clears the bits it tells, as a serial poll does (manual p. 3-4)."""
        return not self._open_link().acknowledges

    def open(self) -> str:
        """Connect, forget what was left over, and give the answer to the identity query.

        A test that whoever was here before left running is stopped, for while it runs the 4200A
        does not say who it is.

        Raises
        ------
        ConnectionFailed
            No connection, or nobody answers.
        """
        self._link = link = self._connect()
        try:
            self._identity = _identify(link)
            if _may_be_refusal(self._identity):
                link.write(source_measure.ABORT)
                link.write(pulse_card.ABORT)
                # What answers these may come late: it must not be taken for the identity.
                link.drain()
                self._identity = _await_answer(link, IDENTIFY, _is_identity)
        except BaseException:
            self.close()
            raise
        self._is_identified = self._is_synchronised = True
        return self._identity

    def reconnect(self) -> None:
        """Hang up, connect again, and see that it is the same instrument.

        While a test runs that cannot be seen; it is made up for with the next exchange.

        Raises
        ------
        ConnectionFailed
            No connection, or another instrument.
        InstrumentTimeout, ReplyError
            It does not answer, or as no 4200A does.
        """
        self.close()
        self._link = link = self._connect()
        try:
            found = _identify(link)
            if _may_be_refusal(found):
                self._synchronise(link)
            elif found == self._identity:
                self._is_identified = True
            else:
                raise ConnectionFailed(f'"{found}" answers in place of "{self._identity}"')
        except BaseException:
            self.close()
            raise
        self._is_synchronised = True

    def close(self) -> None:
        """Hang up; may be called again and again."""
        self._is_identified = self._is_synchronised = False
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def send(self, message: str) -> None:
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
        link = self._start_exchange(message)
        if link.acknowledges:
            reply = self._acknowledgement(link, message)
            if reply != "ACK":
                raise self._error_for(
                    message, ReplyError(f'expected ACK, but "{reply}" came'), reply
                )
        self._is_synchronised = True

    def query(self, message: str, read: Callable[[str], Value]) -> Value:
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
        reply = self._start_exchange(message).read()
        try:
            _check_answers_query(message, reply)
            value = read(reply)
        except ReplyError as error:
            raise self._error_for(message, error, reply) from error
        self._is_synchronised = True
        return value

    def status(self) -> int:
        """The status byte: by a serial poll over GPIB, by ``SP`` over a socket.

        Raises
        ------
        CommandRejected, ReplyError, InstrumentTimeout, ConnectionFailed
            As `query`.
        """
        link = self._open_link()
        if link.acknowledges:
            return self.query(source_measure.STATUS, source_measure.status_byte)
        was_synchronised, self._is_synchronised = self._is_synchronised, False
        self.exchanges += 1
        status = link.serial_poll()
        self._is_synchronised = was_synchronised  # a poll that fails may mean a dead connection
        return status

    def check_errors(self, asked: str) -> None:
        """See that no error is latched; one that is gets cleared.

        Raises
        ------
        CommandRejected
            With ``asked``, what the instrument said, and what it means.
        """
        reply = self.query(LAST_ERROR, _error_reply)
        if reply == "ACK" and not self._ack_is_no_error:
            # Either its way to say "none", or the left-over answer of a setter.
            self._resynchronise()
            reply = self.query(LAST_ERROR, _error_reply)
            self._ack_is_no_error = reply == "ACK"
        fault = error_codes.latched(reply)
        if fault is not None:
            self.send(CLEAR_ERROR)
            raise _rejection(asked, fault)

    def clear_errors(self) -> None:
        """Clear the latched error; the latch is not cleared by reading it (manual p. 4-3)."""
        self.send(CLEAR_ERROR)

    def _start_exchange(self, message: str) -> Link:
        if not (self._is_synchronised and self._is_identified):
            self._resynchronise()
        link = self._open_link()
        self._is_synchronised = False  # until the answer is there, whatever ends the exchange
        self.exchanges += 1
        link.write(message)
        return link

    def _acknowledgement(self, link: Link, message: str) -> str:
        try:
            reply = link.read()
        except InstrumentTimeout as error:
            if self._was_acknowledged:
                raise
            self._resynchronise()  # a query is answered, or this tells why not
            raise InstrumentTimeout(
                f"{link.place} answers queries, but not the setter {_shortened(message)}: so a "
                "4200A talks on GPIB. On a socket set it to Ethernet, in KCon or by transport = "
                '"ethernet" of a simulated 4200A; what talks as on GPIB is reached by a GPIB '
                'address, "GPIB0::17::INSTR"'
            ) from error
        self._was_acknowledged = True
        return reply

    def _error_for(self, message: str, error: ReplyError, reply: str) -> Exception:
        """What a wrong answer means: a refusal if an error is told or latched, else ``error``."""
        self._resynchronise()
        fault = error_codes.fault_in(reply)
        if message != LAST_ERROR:
            latched = self.query(LAST_ERROR, error_codes.latched)
            if latched is not None:
                self.send(CLEAR_ERROR)
            fault = latched or fault
        if fault is not None:
            return _rejection(message, fault)
        return ReplyError(
            f"{_shortened(message)}: {error}. The 4200A latched no error; if this comes again, "
            "something else talks on this connection, or KCon's string terminator is not as set"
        )

    def _resynchronise(self) -> None:
        link = self._open_link()
        try:
            self._synchronise(link)
        except (InstrumentTimeout, ConnectionFailed, ReplyError):
            # A socket closed by the other side looks like silence, too.
            self.reconnect()
        self._is_synchronised = True

    def _synchronise(self, link: Link) -> None:
        link.drain()
        if link.acknowledges:
            status = int(_await_answer(link, source_measure.STATUS, str.isdecimal))
        else:
            status = link.serial_poll()
        if status & source_measure.BUSY:
            link.drain()
            return
        reply = _await_answer(
            link, IDENTIFY, lambda text: text == self._identity or _may_be_refusal(text)
        )
        if reply == self._identity:
            self._is_identified = True
        else:
            link.drain()

    def _open_link(self) -> Link:
        if self._link is None:
            raise ConnectionFailed("the connection to the 4200A is closed; open the bench again")
        return self._link


def _identify(link: Link) -> str:
    link.drain()
    link.write(IDENTIFY)
    return link.read()


def _await_answer(link: Link, query: str, is_awaited: Callable[[str], bool]) -> str:
    """The first answer that can be the one is_awaited; those before it are left over."""
    link.write(query)
    reply = ""
    for number in range(_MAX_LEFT_OVER):
        try:
            reply = link.read()
        except InstrumentTimeout:
            if number == 0:
                raise
            break
        if is_awaited(reply):
            return reply
    raise ReplyError(f'{link.place} answers "{_shortened(reply)}" to {query}')


def _is_identity(reply: str) -> bool:
    return not _may_be_refusal(reply)


def _may_be_refusal(reply: str) -> bool:
    """How a query is refused is not documented; a setter's left-over answer looks the same."""
    return reply in ("", "ACK") or error_codes.fault_in(reply) is not None


def _check_answers_query(query: str, reply: str) -> None:
    """Raise `ReplyError` for what answers no query, whatever it asks."""
    if "\ufffd" in reply:
        raise ReplyError(f'"{_shortened(reply)}" came, with bytes that are no ASCII')
    if reply == "ACK" and query != LAST_ERROR:
        raise ReplyError("ACK came, which answers setters")


def _error_reply(reply: str) -> str:
    error_codes.latched(reply)
    return reply


def _rejection(asked: str, fault: Fault) -> CommandRejected:
    return CommandRejected(f"the 4200A refused {_shortened(asked)}: it said {fault}", fault.code)


def _shortened(text: str) -> str:
    return text if len(text) <= 300 else f"{text[:297]}..."
