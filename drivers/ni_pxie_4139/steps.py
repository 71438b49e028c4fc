"""Steps of a sequence in NI-DCPower's properties, for each output function.

The fields of a step are named as the properties and stand in the order in which they are set:
ranges before what they must hold. Volts, amperes, seconds.
"""

from typing import NamedTuple

from mho.drivers.ni_pxie_4139.ranges import current_range, voltage_range
from mho.errors import LimitError
from mho.quantities import AMPERE, VOLT
from mho.stimuli import Source


class VoltageStep(NamedTuple):
    """A voltage limited by a current, for ``source_delay + aperture_time`` seconds."""

    voltage_level_range: float
    current_limit_range: float
    voltage_level: float
    current_limit: float
    source_delay: float
    aperture_time: float


class CurrentStep(NamedTuple):
    """A current limited by a voltage, for ``source_delay + aperture_time`` seconds."""

    current_level_range: float
    voltage_limit_range: float
    current_level: float
    voltage_limit: float
    source_delay: float
    aperture_time: float


Step = VoltageStep | CurrentStep


class Properties(NamedTuple):
    """The properties of a step by what they are to it, whatever its source."""

    level_range: str
    limit_range: str
    level: str
    limit: str
    source_delay: str
    aperture_time: str

    @property
    def limit_autorange(self) -> str:
        """The property that has NI-DCPower choose the range of the limit."""
        return f"{self.limit}_autorange"


STEPS: dict[Source, type[VoltageStep] | type[CurrentStep]] = {
    Source.VOLTAGE: VoltageStep,
    Source.CURRENT: CurrentStep,
}
PROPERTIES = {source: Properties(*step._fields) for source, step in STEPS.items()}


def level_range(source: Source, level: float) -> float:
    """The smallest range that holds a level of this source; infinite if none does."""
    return current_range(level) if source is Source.CURRENT else voltage_range(level)


def limit_range(source: Source, limit: float) -> float:
    """The smallest range that holds a limit of this source; infinite if none does."""
    return voltage_range(limit) if source is Source.CURRENT else current_range(limit)


def no_ranges(source: Source, level: float, limit: float) -> LimitError:
    """The error that says for which level and limit there are no ranges."""
    units = (AMPERE, VOLT) if source is Source.CURRENT else (VOLT, AMPERE)
    return LimitError(
        [f"a PXIe-4139 has no ranges for {units[0].show(level)} limited to {units[1].show(limit)}"]
    )
