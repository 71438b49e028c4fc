"""What both versions of the PXIe-4139 can do: the one table of their ranges and limits.

The ranges are those of levels and of limits, whichever of the two a voltage or a current is.

Source: NI, "PXIe-4139 Specifications" and "PXIe-4139 User Manual"; source delay from the
NI-DCPower attribute reference. Volts, amperes, seconds, watts. DC ranges only: the 10 A range and
the extended pulse regions belong to pulse mode, which this driver does not use.
"""

from dataclasses import dataclass
from math import inf

from mho.bench import ChannelLimits

VOLTAGE_RANGES = (0.6, 6.0, 60.0)
CURRENT_RANGES = (1e-6, 10e-6, 100e-6, 1e-3, 10e-3, 100e-3, 1.0, 3.0)

SAMPLE_RATE = 1.8e6
"""Samples a second of the converter; an aperture is a whole number of samples."""

MAX_SAMPLES = 2**24
MIN_STEP = 10e-6
"""Shortest step of a sequence (source update rate 100 kS/s in sequence mode)."""

MAX_SOURCE_DELAY = 167.0

MAX_STEPS = 100_000
"""Steps in one sequence. NI publishes no limit; this one is ours (unverified on hardware)."""

MOST_READINGS = 10_000_000
"""Readings of one stimulus, which may take several sequences; what a run can still handle."""

MIN_COMPLIANCE = 20e-9
"""2 % of the lowest current range, the usual floor of NI's SMUs (unverified for the 4139)."""

MIN_VOLTAGE_LIMIT = 12e-3
"""The same of the lowest voltage range, for a current source (unverified for the 4139)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One version of the PXIe-4139.

    ``instrument_model`` is how NI-DCPower names it. ``max_source_power`` holds in a slot that can
    cool it: 58 W or more for the 40 W version, which otherwise sources 20 W as well.
    """

    instrument_model: str
    min_width: float
    max_source_power: float

    def limits(self) -> ChannelLimits:
        """The same facts in the words of the bench."""
        return ChannelLimits(
            instrument=self.instrument_model,
            max_voltage=VOLTAGE_RANGES[-1],
            max_compliance=CURRENT_RANGES[-1],
            min_compliance=MIN_COMPLIANCE,
            min_width=self.min_width,
            min_aperture=1 / SAMPLE_RATE,
            max_aperture=MAX_SAMPLES / SAMPLE_RATE,
            max_source_power=self.max_source_power,
            max_points=MOST_READINGS,
            stops_in_compliance=False,
            sources_current=True,
            min_voltage_limit=MIN_VOLTAGE_LIMIT,
            opens=True,
        )


MODELS = {
    "20 W": Model(instrument_model="NI PXIe-4139", min_width=50e-6, max_source_power=20.0),
    "40 W": Model(instrument_model="NI PXIe-4139 (40W)", min_width=10e-6, max_source_power=40.0),
}


def voltage_range(voltage: float) -> float:
    """The smallest voltage range that holds a level or a limit; infinite if none does."""
    magnitude = abs(voltage)
    for largest in VOLTAGE_RANGES:
        if magnitude <= largest:
            return largest
    return inf


def current_range(current: float) -> float:
    """The smallest current range that holds a level or a limit; infinite if none does."""
    magnitude = abs(current)
    for largest in CURRENT_RANGES:
        if magnitude <= largest:
            return largest
    return inf
