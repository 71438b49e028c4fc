"""The wire side of the instrument, whatever carries the bytes: framing, and faults to order.

Every message and every answer is logged at DEBUG: ``<-`` what comes in, ``->`` what goes out,
``--`` connecting and hanging up.

Over Ethernet a message to the instrument ends in NUL; a data reply is text, the KCon string
terminator and NUL; a setter's ``ACK`` has no terminator but NUL (KXCI manual Rev. E 2-10, 2-11).
Over GPIB a message ends in LF, EOI or both, and a reply in the string terminator with EOI (2-4).
"""

import logging
import re
from typing import NamedTuple

from mho.sim_instruments.keithley_4200a.conversation import ACKNOWLEDGED, Reply, answer, refuse
from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A
from mho.sim_instruments.keithley_4200a.message_input import MessageInput, TooLong
from mho.sim_instruments.keithley_4200a.options import KeithleyOptions
from mho.sim_instruments.keithley_4200a.ordered_faults import OrderedFaults

_LOG = logging.getLogger("mho.sim_instruments.keithley_4200a")

_TERMINATORS = {"none": b"", "CR": b"\r", "LF": b"\n", "CRLF": b"\r\n"}
_ON_NUL, _ON_LINES = re.compile(b"\0"), re.compile(b"[\0\n]")


class Frame(NamedTuple):
    """One reply as bytes: its text, and what ends it. ``transfers``: it is measured data."""

    text: bytes
    end: bytes
    transfers: bool = False


class HungUp(Exception):
    """The fault "closed": the connection ends now."""


class Wire:
    """One link to an instrument; it may be cut and taken up again.

    Parameters
    ----------
    instrument
        What answers.
    faults
        Shared with the other links to the instrument; made from its options if this is the only
        one.
    has_end_line
        The carrier marks the end of messages and replies by itself, as GPIB does with EOI.
    """

    def __init__(
        self,
        instrument: Keithley4200A,
        faults: OrderedFaults | None = None,
        *,
        has_end_line: bool = False,
    ) -> None:
        options = instrument.options
        self.instrument = instrument
        self._faults = OrderedFaults(options.faults) if faults is None else faults
        self._data_end, ack_end = _ends(options, has_end_line)
        self._acknowledged = Frame(ACKNOWLEDGED.text.encode("ascii"), ack_end)
        lines = options.over_gpib or options.framing == "LF"
        self._input = MessageInput(_ON_LINES if lines else _ON_NUL, options.longest_message)
        self._late: list[Frame] = []
        self._previous: Frame | None = None
        self._awaited = 0
        self.reconnect()

    def reconnect(self) -> None:
        """Forget what was half received."""
        self._input.clear()
        _LOG.debug("-- connected")

    def device_clear(self) -> None:
        """DCL or SDC: what the instrument does, and what was half received is gone."""
        self.reconnect()
        self._late.clear()
        with self.instrument.world.lock:
            self.instrument.device_clear()

    def receive(self, data: bytes, *, is_end: bool = False) -> list[Frame]:
        """Take bytes in, as `take`; the replies to all messages that are complete now.

        Raises
        ------
        HungUp
            The connection is to be closed without a reply.
        """
        if self._input.is_whole_message(data):
            return self._carry_out(data[:-1])
        self.take(data, is_end=is_end)
        frames: list[Frame] = []
        while self.has_message:
            frames += self.carry_out()
        return frames

    def take(self, data: bytes, *, is_end: bool = False) -> None:
        """Take bytes in; ``is_end``: with the last of them a message ends."""
        self._input.take(data, is_end=is_end)

    @property
    def has_message(self) -> bool:
        """A message is complete and waits to be carried out."""
        return self._input.has_message

    def carry_out(self) -> list[Frame]:
        """Carry out the message that has waited longest; its replies.

        Raises
        ------
        HungUp
            The connection is to be closed without a reply.
        """
        return self._carry_out(self._input.next_message())

    def _carry_out(self, message: bytes | TooLong) -> list[Frame]:
        if isinstance(message, TooLong):
            beginning = message.beginning.decode("ascii", errors="replace")
            _LOG.debug("<- %s... (too long)", beginning)
            frames = [self._frame(reply) for reply in refuse(self.instrument, beginning)]
        else:
            text = message.decode("ascii", errors="replace").strip("\r\n")
            if not _LOG.isEnabledFor(logging.DEBUG):
                return self._replies(text)
            _LOG.debug("<- %s", text)
            frames = self._replies(text)
        for frame in frames:
            _LOG.debug("-> %s", frame.text.decode("ascii", errors="replace"))
        return frames

    @property
    def waits_for_reply(self) -> bool:
        """The reply to a message comes later, at the end of what it has started."""
        return self._awaited > 0

    def late_replies(self) -> list[Frame]:
        """Replies to earlier messages that are ready by now; virtual time moves on meanwhile."""
        instrument = self.instrument
        with instrument.world.lock:
            instrument.activity.catch_up(instrument.clock.now(), as_poll=True)
            instrument.activity.let_poll_pass()
            texts = instrument.late_replies.take()
        self._awaited = max(0, self._awaited - len(texts))
        for text in texts:
            _LOG.debug("-> %s", text)
        return [self._frame(Reply(text, is_data=True)) for text in texts]

    def transfer_begins(self, frame: Frame) -> None:
        """The first byte of a reply goes out: over GPIB, data clear bit 0 of the status byte."""
        if frame.transfers and self.instrument.options.over_gpib:
            with self.instrument.world.lock:
                self.instrument.status.clear_data()

    def _replies(self, message: str) -> list[Frame]:
        instrument = self.instrument
        fault = self._faults.strike(message)
        if fault == "interlock":
            with instrument.world.lock:
                instrument.catch_up(instrument.clock.now())
                instrument.connections.open_interlock(instrument.clock.now())
        promised = instrument.late_replies.promised
        frames = [self._frame(reply) for reply in answer(instrument, message)]
        self._awaited += instrument.late_replies.promised - promised
        held_back, self._late = self._late, []
        if not frames:
            if fault == "closed" and message.strip():
                _LOG.debug("-- hung up")
                raise HungUp
            return held_back
        previous, self._previous = self._previous, frames[-1]
        match fault:
            case "closed":
                _LOG.debug("-- hung up")
                raise HungUp
            case "dropped":
                return held_back
            case "late":
                self._late = frames
                return held_back
            case "stale" if previous is not None:
                return [*held_back, previous, *frames]
            case "garbled":
                frames = [
                    frame._replace(text=bytes(byte | 0x80 for byte in frame.text))
                    for frame in frames
                ]
        return [*held_back, *frames]

    def _frame(self, reply: Reply) -> Frame:
        if not reply.is_data:
            return self._acknowledged
        return Frame(reply.text.encode("ascii"), self._data_end, reply.transfers)


def _ends(options: KeithleyOptions, has_end_line: bool) -> tuple[bytes, bytes]:
    """What ends data, and what ends ACK."""
    terminator = options.string_terminator
    if options.over_gpib:
        end = b"\n" if terminator == "usual" else _TERMINATORS[terminator]
        end = end or (b"" if has_end_line else b"\n")  # on a socket LF stands for EOI
        return end, end
    if options.framing == "LF":
        return b"\n", b"\n"
    return (b"" if terminator == "usual" else _TERMINATORS[terminator]) + b"\0", b"\0"
