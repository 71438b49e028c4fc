"""One SMU as the compilers of stimuli see it."""

from dataclasses import dataclass
from math import inf

from mho.bench import ChannelLimits
from mho.drivers.keithley_4200a.ranges import FIXED_PLC, MAX_PLC, smu_range, source_range
from mho.drivers.keithley_4200a.settings import SmuTerminal, smu_limits
from mho.stimuli import Source


@dataclass(frozen=True, slots=True)
class Smu:
    """Number, ranges and limits of an SMU."""

    number: int
    preamp: bool
    lowest_range: float
    fixed_plc: float | None
    line_frequency: float
    limits: ChannelLimits

    @classmethod
    def of(cls, terminal: SmuTerminal, line_frequency: float) -> "Smu":
        """The SMU of a bench file."""
        return cls(
            terminal.number,
            terminal.preamp,
            inf if terminal.lowest_range is None else terminal.lowest_range,
            None if terminal.integration is None else FIXED_PLC[terminal.integration],
            line_frequency,
            smu_limits(terminal, line_frequency),
        )

    def floor(self, source: Source, compliance: float) -> float | None:
        """The lowest range to measure a current on: the one a compliance (A) calls for, or lower.

        None for a current that is sourced, with a compliance in volts.
        """
        if source is not Source.VOLTAGE:
            return None
        return smu_range(min(compliance, self.lowest_range), self.preamp)

    def source_range(self, source: Source, level: float) -> int:
        """The range code for a level (V or A)."""
        return source_range(source, level, self.preamp)

    def integration(self, aperture: float) -> float:
        """Line cycles for an aperture (s)."""
        if self.fixed_plc is not None:
            return self.fixed_plc
        return min(aperture * self.line_frequency, MAX_PLC)
