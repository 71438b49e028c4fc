"""The instrument as a device of pyvisa-sim, in this process and without a socket."""

from collections import deque
from itertools import count
from typing import Any

from pyvisa import constants, errors, highlevel

from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A
from mho.sim_instruments.keithley_4200a.wire import HungUp, Wire

RUN = 1024
"""Bytes handed over at once. It divides the buffer size of PyVISA (20 KiB), so that reads of that
size end where they should."""

_numbers = count(1)


class VisaDevice:
    """What pyvisa-sim asks of a device: ``resource_name``, ``write`` and ``read``.

    pyvisa-sim's own devices hand over one byte a call. This one hands over runs of text, and every
    byte of a terminator by itself, because pyvisa-sim looks for termination characters call by
    call.
    """

    def __init__(self, wire: Wire, visa_library: Any) -> None:
        self.resource_name: str | None = None
        self._wire, self._visa_library = wire, visa_library
        self._output: deque[tuple[bytes, bool]] = deque()
        self._hung_up = False

    def write(self, data: bytes) -> None:
        """Take bytes from the client; replies are ready at once."""
        self._check_line()
        try:
            frames = self._wire.receive(data)
        except HungUp:
            self._hung_up = True
            self._wire.reconnect()
            _register(
                self._visa_library, self.resource_name, VisaDevice(self._wire, self._visa_library)
            )
            return
        for text, end in frames:
            for start in range(0, len(text), RUN):
                self._output.append((text[start : start + RUN], False))
            for index in range(len(end)):
                self._output.append((end[index : index + 1], index == len(end) - 1))

    def read(self) -> tuple[bytes, bool]:
        """Some bytes, and whether a reply ends with them; no bytes if there is nothing to say."""
        self._check_line()
        return self._output.popleft() if self._output else (b"", False)

    def _check_line(self) -> None:
        if self._hung_up:
            raise errors.VisaIOError(constants.StatusCode.error_connection_lost)


class VisaRehearsal:
    """Satisfies `mho.plugin_kinds.RunningInstrument`; ``instrument`` is what answers."""

    def __init__(self, instrument: Keithley4200A) -> None:
        self.instrument = instrument
        # the library is kept alive here: PyVISA holds it weakly, and our device with it
        self._visa_library: Any = highlevel.open_visa_library("@sim")
        self._resource = f"TCPIP0::keithley-4200a-{next(_numbers)}::1225::SOCKET"
        device = VisaDevice(Wire(instrument), self._visa_library)
        _register(self._visa_library, self._resource, device)

    @property
    def address(self) -> str:
        """VISA resource and library."""
        return f"{self._resource} @sim"

    def stop(self) -> None:
        """Take the device out of pyvisa-sim's library; may be called again."""
        _devices(self._visa_library).pop(self._resource, None)


def _register(visa_library: Any, resource: str | None, device: VisaDevice) -> None:
    device.resource_name = resource
    _devices(visa_library)[resource] = device


def _devices(visa_library: Any) -> dict[str | None, VisaDevice]:
    """pyvisa-sim's table of devices; it offers no way to take one out or to exchange it."""
    table: dict[str | None, VisaDevice] = visa_library.devices._internal  # noqa: SLF001
    return table
