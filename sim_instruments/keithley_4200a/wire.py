"""The wire side of the instrument, whatever carries the bytes: framing, and faults to order.

Every message and every answer is logged at DEBUG: ``<-`` what comes in, ``->`` what goes out,
``--`` connecting and hanging up.

Over Ethernet a message to the instrument ends in NUL; a data reply is text, the KCon string
terminator and NUL; a setter's ``ACK`` has no terminator but NUL. KXCI manual Rev. E 2-10, 2-11.
"""

import logging
from typing import NamedTuple

from mho.sim_instruments.keithley_4200a.conversation import Reply, answer
from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A
from mho.sim_instruments.keithley_4200a.options import Fault, KeithleyOptions

_LOG = logging.getLogger("mho.sim_instruments.keithley_4200a")

_TERMINATORS = {"none": b"", "CR": b"\r", "LF": b"\n", "CRLF": b"\r\n"}


class Frame(NamedTuple):
    """One reply as bytes: its text, and what ends it."""

    text: bytes
    end: bytes


class HungUp(Exception):
    """The fault "closed": the connection ends now."""


class Wire:
    """One link to an instrument; it may be cut and taken up again."""

    def __init__(self, instrument: Keithley4200A) -> None:
        options = instrument.options
        self.instrument = instrument
        self._input = bytearray()
        self._data_end, self._ack_end = _ends(options)
        self._breaks = (b"\0", b"\n") if options.framing == "LF" else (b"\0",)
        self._faults = _Faults(options.faults)
        self._number = 0
        self._late: list[Frame] = []
        self._previous: Frame | None = None

    def reconnect(self) -> None:
        """Forget what was half received."""
        self._input.clear()
        _LOG.debug("-- connected")

    def receive(self, data: bytes) -> list[Frame]:
        """Take bytes in; the replies to all messages that are complete now.

        Raises
        ------
        HungUp
            The connection is to be closed without a reply.
        """
        self._input += data
        if data[-1:] not in self._breaks and not any(end in self._input for end in self._breaks):
            return []
        received = bytes(self._input)
        if len(self._breaks) > 1:
            received = received.replace(self._breaks[1], self._breaks[0])
        *messages, rest = received.split(b"\0")
        self._input = bytearray(rest)
        replies: list[Frame] = []
        for message in messages:
            text = message.decode("ascii", errors="replace").strip("\r\n")
            if not _LOG.isEnabledFor(logging.DEBUG):
                replies += self._replies(text)
                continue
            _LOG.debug("<- %s", text)
            for frame in self._replies(text):
                _LOG.debug("-> %s", frame.text.decode("ascii", errors="replace"))
                replies.append(frame)
        return replies

    def _replies(self, message: str) -> list[Frame]:
        self._number += 1
        fault = self._faults.pick(self._number, message) if self._faults.pending else None
        if fault == "interlock":
            self.instrument.catch_up(self.instrument.clock.now())
            self.instrument.connections.open_interlock(self.instrument.clock.now())
        reply = answer(self.instrument, message)
        held_back, self._late = self._late, []
        if reply is None:
            return held_back
        frame = self._frame(reply)
        previous, self._previous = self._previous, frame
        match fault:
            case "closed":
                _LOG.debug("-- hung up")
                raise HungUp
            case "dropped":
                return held_back
            case "late":
                self._late = [frame]
                return held_back
            case "stale" if previous is not None:
                return [*held_back, previous, frame]
            case "garbled":
                frame = frame._replace(text=bytes(byte | 0x80 for byte in frame.text))
        return [*held_back, frame]

    def _frame(self, reply: Reply) -> Frame:
        end = self._data_end if reply.is_data else self._ack_end
        return Frame(reply.text.encode("ascii"), end)


class _Faults:
    """Which of the faults strikes a message."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.pending = [fault for fault in faults for _ in range(fault.times)]

    def pick(self, number: int, message: str) -> str | None:
        for index, fault in enumerate(self.pending):
            if number >= (fault.at or 1) and message.startswith(fault.starts_with):
                return self.pending.pop(index).kind
        return None


def _ends(options: KeithleyOptions) -> tuple[bytes, bytes]:
    if options.framing == "LF":
        return b"\n", b"\n"
    return _TERMINATORS[options.string_terminator] + b"\0", b"\0"
