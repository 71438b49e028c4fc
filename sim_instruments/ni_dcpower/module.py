"""One PXIe-4139 in its slot: what stands at its output, whoever holds a session to it."""

from typing import NamedTuple

from mho.device.model import Response
from mho.rehearsal import World, unconnected
from mho.sim_instruments.ni_dcpower.attributes import DEFAULTS
from mho.sim_instruments.ni_dcpower.noise import Meter
from mho.sim_instruments.ni_dcpower.operating_point import (
    FAMILIES,
    OperatingPoint,
    autoranged,
    operating_point,
)
from mho.sim_instruments.ni_dcpower.output_resistance import behind
from mho.sim_instruments.ni_dcpower.specifications import Version
from mho.sim_instruments.ni_dcpower.values import DC_VOLTAGE
from mho.stimuli import Source

DISABLED = operating_point(DEFAULTS, FAMILIES[DC_VOLTAGE])._replace(enabled=False)
"""After a reset: 0 V. That the relay stays closed is unverified."""
RELAY_OPEN = DISABLED._replace(connected=False)
"""At power-up (unverified), and after disable and reset device."""


class Measurement(NamedTuple):
    """One reading: volts, amperes, and whether the limit held the output."""

    voltage: float
    current: float
    in_compliance: bool


class Module:
    """One module. ``terminal`` is where its output is wired to, None if to nothing.

    A Shutdown trigger (``shut_down``) or an output cutoff (``cutoffs``, its reasons) holds the
    output relay open until it is cleared.
    """

    def __init__(
        self,
        *,
        slot: str,
        rank: int,
        version: Version,
        terminal: str | None,
        world: World,
        meter: Meter,
    ) -> None:
        self.slot = slot
        self.rank = rank
        self.version = version
        self.terminal = terminal
        self.point = RELAY_OPEN
        self._drive = RELAY_OPEN.drive()
        self.shut_down = False
        self.cutoffs = 0
        self._world = world
        self.meter = meter

    @property
    def serial(self) -> str:
        """Serial number, eight hexadecimal digits like a real one's."""
        return f"51A0{self.rank:04X}"

    def put(self, moment: float, point: OperatingPoint) -> None:
        """Put ``point`` on the output at ``moment`` (s)."""
        if self.shut_down or self.cutoffs:
            point = point._replace(connected=False)
        if point is not self.point:
            self.point = point
            self._drive = point.drive()
        if self.terminal is not None:
            self._world.drive(moment, self.terminal, self._drive)
            if point.resistance:
                self._lower(moment, self.terminal)

    def _lower(self, moment: float, terminal: str) -> None:
        """Lower the voltage by what falls across the output resistance at ``moment``.

        Done when it sources and whenever it is read; in between the voltage stays.
        """
        drive = self._drive
        if drive.source is not Source.VOLTAGE or not self.point.enabled:
            return

        def current_at(voltage: float) -> float:
            self._world.drive(moment, terminal, drive._replace(level=voltage))
            return self._world.read(moment, terminal).current

        voltage = behind(drive.level, self.point.resistance, drive.limit, current_at)
        self._world.drive(moment, terminal, drive._replace(level=voltage))

    def response(self, moment: float) -> Response:
        """What truly stands at the output at ``moment``; nothing wired is an open circuit.

        With its relay open a module is cut off from the terminal, meters included, and reads 0 V
        and 0 A (unverified).
        """
        if self.terminal is None or self._drive.source is Source.OPEN:
            return unconnected(self._drive)
        if self.point.resistance:
            self._lower(moment, self.terminal)
        return self._world.read(moment, self.terminal)

    def in_compliance(self, moment: float) -> bool:
        """Whether the limit holds the output at ``moment``."""
        return self.point.enabled and self.response(moment).in_compliance

    def truth(self, moment: float) -> Measurement:
        """What an ideal meter would read at ``moment``."""
        response = self.response(moment)
        return Measurement(response.voltage, response.current, response.in_compliance)

    def measure(
        self, moment: float, aperture: float, smallest: tuple[float, float] | None = None
    ) -> Measurement:
        """A reading whose aperture (s) ends at ``moment``.

        ``smallest``: with autorange, the smallest ranges (V, A) that the meter goes down to.
        """
        response = self.response(moment)
        ranges = self.point.ranges
        if smallest is not None:
            ranges = autoranged(ranges, response.voltage, response.current, smallest)
        voltage, current = self.meter.read(response.voltage, response.current, ranges, aperture)
        limited = self.point.enabled and response.in_compliance
        return Measurement(voltage, current, limited)
