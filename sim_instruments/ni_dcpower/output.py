"""The output of a running channel: what is put on it, what is read from it, what cuts it off."""

from mho.sim_instruments.ni_dcpower.attribute import Settings
from mho.sim_instruments.ni_dcpower.cutoff import Cutoff, exceeded
from mho.sim_instruments.ni_dcpower.module import Measurement, Module
from mho.sim_instruments.ni_dcpower.operating_point import OperatingPoint
from mho.sim_instruments.ni_dcpower.rack import Rack
from mho.sim_instruments.ni_dcpower.timeline import Due, Part, Steps


class Output:
    """The output of ``module``. ``running`` are in each case the settings in force."""

    def __init__(self, module: Module, rack: Rack) -> None:
        self._module = module
        self._rack = rack
        self._cutting: list[Part] = []

    def put(self, moment: float, running: Settings, point: OperatingPoint) -> None:
        """Put an operating point on the output."""
        self._module.put(moment, point)
        if running["OUTPUT_CUTOFF_ENABLED"]:
            self._watch(moment, running, self._module.truth(moment))

    def read(self, moment: float, running: Settings, duration: float) -> Measurement:
        """A measurement whose aperture (s) ends at ``moment``."""
        smallest = None
        if running["AUTORANGE"]:
            smallest = (
                running["AUTORANGE_MINIMUM_VOLTAGE_RANGE"],
                running["AUTORANGE_MINIMUM_CURRENT_RANGE"],
            )
        measurement = self._module.measure(moment, duration, smallest)
        if running["OUTPUT_CUTOFF_ENABLED"]:
            self._watch(moment, running, measurement)
        return measurement

    def shut_down(self, moment: float) -> None:
        """Open the relay until a reset."""
        self.stop()
        self._module.shut_down = True
        self._module.put(moment, self._module.point)

    def stop(self) -> None:
        """Cut off nothing that is not yet cut off."""
        for part in self._cutting:
            self._rack.timeline.cancel(part)
        self._cutting = []

    def _watch(self, moment: float, running: Settings, measured: Measurement) -> None:
        found = exceeded(running, self._module.point, measured)
        if not found:
            return
        delay = running["OUTPUT_CUTOFF_DELAY"]
        if delay:
            steps = self._cut_off_later(moment + delay, found)
            self._cutting.append(self._rack.timeline.start(steps, self._module.rank))
        else:
            self._cut_off(moment, found)

    def _cut_off_later(self, moment: float, found: Cutoff) -> Steps:
        yield Due(moment)
        self._cut_off(moment, found)

    def _cut_off(self, moment: float, found: Cutoff) -> None:
        self._module.cutoffs |= found
        self._module.put(moment, self._module.point)
