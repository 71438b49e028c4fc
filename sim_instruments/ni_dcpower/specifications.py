"""What a PXIe-4139 can do: ranges, resolution, noise, accuracy, power and timing.

From NI's "PXIe-4139 Specifications" unless a line says otherwise. Volts, amperes, seconds, watts.
"""

from typing import NamedTuple

from mho.sim_instruments.ni_dcpower.errors import INVALID_VALUE, NiError

ROUNDING = 1 + 1e-9
"""Slack for decimal values that are not exact in binary."""


class Range(NamedTuple):
    """A measurement range: full scale, resolution, noise 0.1-10 Hz peak to peak, accuracy.

    The resolution is the last of so many decimal ``digits``. Accuracy is a gain error (fraction)
    and an offset at Tcal +-5 C.
    """

    full_scale: float
    digits: int
    noise: float
    gain_error: float
    offset: float


VOLTAGE_RANGES = (
    Range(0.6, 7, 2e-6, 0.0002, 50e-6),
    Range(6.0, 6, 6e-6, 0.0002, 300e-6),
    Range(60.0, 5, 60e-6, 0.0002, 3e-3),
)
CURRENT_RANGES = (
    Range(1e-6, 13, 4e-12, 0.0003, 100e-12),
    Range(10e-6, 12, 30e-12, 0.0003, 700e-12),
    Range(100e-6, 11, 200e-12, 0.0003, 6e-9),
    Range(1e-3, 10, 2e-9, 0.0003, 60e-9),
    Range(10e-3, 9, 20e-9, 0.0003, 600e-9),
    Range(100e-3, 8, 200e-9, 0.0003, 6e-6),
    Range(1.0, 7, 2e-6, 0.0003, 60e-6),
    Range(3.0, 6, 20e-6, 0.00083, 900e-6),
)
PULSE_CURRENT_RANGES = (*CURRENT_RANGES, Range(10.0, 6, 20e-6, 0.00083, 900e-6))
"""10 A exists for pulses only; its noise and accuracy are those of 3 A (unverified)."""

OVERRANGE = 1.05
MIN_LIMIT = 0.01
"""Smallest limit as a fraction of its range. Documented for asymmetric limits (NI-DCPower
reference, Current Limit High); for symmetric ones unverified."""

SAMPLE_RATE = 1.8e6
MAX_SAMPLES = 2**24
MAX_DELAY = 167.0
MAX_AUTORANGE_DELAY = 9.0
"""NI-DCPower reference, Autorange Maximum Delay After Range Change."""
MIN_STEP = 10e-6
"""Source update rate in sequence mode, 100 kS/s."""
DELTA_TIMES = (12.5e-6, 60.0)
DELTA_TIME_MAX_LEVEL = 42.4
MAX_RECORD = 16_777_216
MIN_PULSE_OFF = 50e-6


class Version(NamedTuple):
    """One of the two versions of the module: what the driver calls it, and its power limits."""

    model: str
    power: float
    min_pulse_on: float


VERSION_20W = Version("NI PXIe-4139", 20.0, 50e-6)
VERSION_40W = Version("NI PXIe-4139 (40W)", 40.0, 10e-6)


def fitting(ranges: tuple[Range, ...], value: float) -> Range:
    """The smallest hardware range that holds ``value``; NI-DCPower coerces requests up to it."""
    for candidate in ranges:
        if abs(value) <= candidate.full_scale * ROUNDING:
            return candidate
    raise NiError(
        INVALID_VALUE, f"Requested range: {value:g}, largest range: {ranges[-1].full_scale:g}"
    )
