"""The mainframe as a device of pyvisa-sim, in this process and without a socket."""

from collections import deque
from itertools import count
from typing import Any

from pyvisa import highlevel

from mho.sim_instruments.keithley_707b.mainframe import Mainframe

_numbers = count(1)


class VisaDevice:
    """What pyvisa-sim asks of a device: ``resource_name``, ``write`` and ``read``."""

    def __init__(self, mainframe: Mainframe) -> None:
        self.resource_name: str | None = None
        self._mainframe = mainframe
        self._heard = b""
        self._said: deque[bytes] = deque()

    def write(self, data: bytes) -> None:
        """Take bytes from the client; answers are there at once."""
        *lines, self._heard = (self._heard + data).split(b"\n")
        for line in lines:
            for reply in self._mainframe.answer(line.decode("ascii", "replace")):
                self._said += (reply.encode(), b"\n")  # the end by itself: it is looked for so

    def read(self) -> tuple[bytes, bool]:
        """Some bytes, and whether an answer ends with them; nothing if there is nothing to say."""
        if not self._said:
            return b"", False
        data = self._said.popleft()
        return data, data == b"\n"


class VisaRehearsal:
    """Satisfies `mho.plugin_kinds.RunningInstrument`; ``mainframe`` is what answers."""

    def __init__(self, mainframe: Mainframe) -> None:
        self.mainframe = mainframe
        # the library is kept alive here: PyVISA holds it weakly, and our device with it
        self._visa_library: Any = highlevel.open_visa_library("@sim")
        self._resource = f"TCPIP0::keithley-707b-{next(_numbers)}::5025::SOCKET"
        device = VisaDevice(mainframe)
        device.resource_name = self._resource
        self._devices[self._resource] = device

    @property
    def _devices(self) -> dict[str | None, Any]:
        """pyvisa-sim's table of devices; it offers no way to take one out."""
        table: dict[str | None, Any] = self._visa_library.devices._internal  # noqa: SLF001
        return table

    @property
    def address(self) -> str:
        """VISA resource and library."""
        return f"{self._resource} @sim"

    def stop(self) -> None:
        """Take the device out of pyvisa-sim's library; may be called again."""
        self._devices.pop(self._resource, None)
