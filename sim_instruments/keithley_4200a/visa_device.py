"""The instrument as a device of pyvisa-sim, in this process and without a socket."""

from collections import deque
from collections.abc import Iterator
from itertools import count
from typing import Any

from pyvisa import constants, errors, highlevel

from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A
from mho.sim_instruments.keithley_4200a.visa_bus import add_bus_calls
from mho.sim_instruments.keithley_4200a.visa_transfers import add_transfers
from mho.sim_instruments.keithley_4200a.wire import Frame, HungUp, Wire

RUN = 1024
"""Bytes handed over at once. It divides the buffer size of PyVISA (20 KiB), so that reads of that
size end where they should."""

MAX_UNREAD = 10_000
"""Replies that may wait to be read; on a real link, writing would not get through by then."""

GPIB_ADDRESSES = tuple(range(17, 31)) + tuple(range(1, 17))
"""Primary addresses, in the order in which they are given out: 17 stands in every example."""

_numbers = count(1)


Piece = tuple[bytes, bool, Frame | None]
"""Bytes; whether a reply ends with them; the reply that begins with them, if its data do."""


class VisaDevice:
    """What pyvisa-sim asks of a device: ``resource_name``, ``write`` and ``read``.

    pyvisa-sim's own devices hand over one byte a call. This one hands over runs of text, and every
    byte of a terminator by itself, because pyvisa-sim looks for termination characters call by
    call. ``serial_poll``, ``clear`` and ``requests_service`` are for `visa_bus`, ``take_reply`` is
    for `visa_transfers`.
    """

    def __init__(self, wire: Wire, visa_library: Any) -> None:
        self.resource_name: str | None = None
        self.wire, self._visa_library = wire, visa_library
        self._is_bus = wire.instrument.options.over_gpib
        self._output: deque[Frame] = deque()
        self._pieces: deque[Piece] = deque()  # of the reply that is being read
        self._hung_up = False

    def write(self, data: bytes) -> None:
        """Take bytes from the client; replies are ready at once."""
        self._check_line()
        if len(self._output) >= MAX_UNREAD:
            raise errors.VisaIOError(constants.StatusCode.error_timeout)
        try:
            self._put_out(self.wire.receive(data, is_end=self._is_bus))  # EOI with the last byte
        except HungUp:
            self._hung_up = True
            self.wire.reconnect()
            _register(
                self._visa_library, self.resource_name, VisaDevice(self.wire, self._visa_library)
            )

    def read(self) -> tuple[bytes, bool]:
        """Some bytes, and whether a reply ends with them; no bytes if there is nothing to say."""
        self._check_line()
        if not (self._pieces or self._output) and self.wire.waits_for_reply:
            self._put_out(self.wire.late_replies())
        if not self._pieces:
            if not self._output:
                return b"", False
            self._pieces.extend(_pieces(self._output.popleft()))
        data, ends_reply, begins = self._pieces.popleft()
        if begins is not None:
            self.wire.transfer_begins(begins)
        return data, ends_reply

    def take_reply(self, longest: int, termchar: int | None) -> bytes | None:
        """The next reply, if it is there as a text of one piece and a terminator of one byte.

        None if it is longer than ``longest`` bytes, or if ``termchar`` would end it before.
        """
        if self._pieces or not self._output:
            return None
        frame = self._output[0]
        text, end, transfers = frame
        if len(end) != 1 or len(text) > min(RUN, longest - 1):
            return None
        if len(text) == 1 and text[0] == termchar:
            return None
        self._check_line()
        self._output.popleft()
        if transfers:
            self.wire.transfer_begins(frame)
        return text + end

    def serial_poll(self) -> int:
        """The status byte, over the bus."""
        self._check_line()
        instrument = self.wire.instrument
        with instrument.world.lock:
            instrument.activity.catch_up(instrument.clock.now(), as_poll=True)
            byte = instrument.serial_poll()
            instrument.activity.let_poll_pass()
        return byte

    def clear(self) -> None:
        """SDC over the bus; replies that nobody read are gone."""
        self._check_line()
        self._output.clear()
        self._pieces.clear()
        self.wire.device_clear()

    def requests_service(self) -> bool:
        """Whether it asserts SRQ; virtual time moves on with the question."""
        self._check_line()
        instrument = self.wire.instrument
        with instrument.world.lock:
            instrument.activity.catch_up(instrument.clock.now(), as_poll=True)
            if not instrument.status.requests_service:
                instrument.activity.let_poll_pass()
            return instrument.status.requests_service

    def _put_out(self, frames: list[Frame]) -> None:
        for frame in frames:
            if not (frame.text or frame.end):
                frame = frame._replace(end=b"\n")  # EOI needs a byte
            self._output.append(frame)

    def _check_line(self) -> None:
        if self._hung_up:
            raise errors.VisaIOError(constants.StatusCode.error_connection_lost)


def _pieces(frame: Frame) -> Iterator[Piece]:
    """Runs of the text, and every byte of the terminator."""
    text, end, transfers = frame
    begins = frame if transfers else None
    last = len(text) + len(end) - 1
    for start in range(0, len(text), RUN):
        piece = text[start : start + RUN]
        yield piece, start + len(piece) > last, begins
        begins = None
    for index in range(len(end)):
        yield end[index : index + 1], len(text) + index == last, begins
        begins = None


class VisaRehearsal:
    """Satisfies `mho.plugin_kinds.RunningInstrument`; ``instrument`` is what answers."""

    def __init__(self, instrument: Keithley4200A) -> None:
        self.instrument = instrument
        # the library is kept alive here: PyVISA holds it weakly, and our device with it
        self._visa_library: Any = highlevel.open_visa_library("@sim")
        add_transfers(self._visa_library)
        over_gpib = instrument.options.over_gpib
        if over_gpib:
            add_bus_calls(self._visa_library)
            self._resource = _free_address(_devices(self._visa_library))
        else:
            self._resource = f"TCPIP0::keithley-4200a-{next(_numbers)}::1225::SOCKET"
        wire = Wire(instrument, has_end_line=over_gpib)
        _register(self._visa_library, self._resource, VisaDevice(wire, self._visa_library))

    @property
    def address(self) -> str:
        """VISA resource and library."""
        return f"{self._resource} @sim"

    def stop(self) -> None:
        """Take the device out of pyvisa-sim's library; may be called again."""
        _devices(self._visa_library).pop(self._resource, None)


def _free_address(taken: dict[str | None, VisaDevice]) -> str:
    """GPIB0::17::INSTR, or the next address that nobody has; pyvisa-sim has many boards."""
    return next(
        name
        for board in count()
        for address in GPIB_ADDRESSES
        if (name := f"GPIB{board}::{address}::INSTR") not in taken
    )


def _register(visa_library: Any, resource: str | None, device: VisaDevice) -> None:
    device.resource_name = resource
    _devices(visa_library)[resource] = device


def _devices(visa_library: Any) -> dict[str | None, VisaDevice]:
    """pyvisa-sim's table of devices; it offers no way to take one out or to exchange it."""
    table: dict[str | None, VisaDevice] = visa_library.devices._internal  # noqa: SLF001
    return table
