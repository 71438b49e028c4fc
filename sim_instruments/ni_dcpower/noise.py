"""The meter of one module: noise, resolution and, if asked for, calibration errors."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mho.device.arrays import generator_state, restore_generator
from mho.sim_instruments.ni_dcpower.specifications import (
    PULSE_CURRENT_RANGES,
    VOLTAGE_RANGES,
    Range,
)

NOISE_KEY = 4139
"""Sets the meters' random numbers apart from the device's, which come from the same seed."""
PEAK_TO_PEAK = 6.6
"""Peak to peak over rms of Gaussian noise (99.9 % of the time)."""

REFERENCE_APERTURE = 1 / 60
"""Aperture at which white noise equals the 0.1-10 Hz noise (s). Assumed: NI publishes the
dependence on aperture as a figure only. One power line cycle, unverified."""


class Scale(NamedTuple):
    """What one range makes of a true value; ``noise`` is its deviation (rms)."""

    gain: float
    offset: float
    noise: float
    digits: int

    def read(self, value: float, deviation: float) -> float:
        """A reading that deviates by so many deviations."""
        return round(value * self.gain + self.offset + self.noise * deviation, self.digits)


def _scale(row: Range, error: np.random.Generator | None) -> Scale:
    """The scale of a range, with errors within the accuracy of the range or without."""
    gain, offset = (0.0, 0.0) if error is None else (error.uniform(-1, 1), error.uniform(-1, 1))
    return Scale(
        1 + row.gain_error * gain, row.offset * offset, row.noise / PEAK_TO_PEAK, row.digits
    )


class Meter:
    """Turns true volts and amperes into readings. Each reading draws two normal numbers."""

    def __init__(self, seed: np.random.SeedSequence, *, calibration_errors: bool = False) -> None:
        self._noise = np.random.default_rng(seed)
        error = np.random.default_rng(seed.spawn(1)[0])
        self._all_scales: Mapping[Range, Scale] = {
            row: _scale(row, error) if calibration_errors else _scale(row, None)
            for row in (*VOLTAGE_RANGES, *PULSE_CURRENT_RANGES)
        }
        self._ranges: tuple[Range, Range] | None = None
        self._scales: tuple[Scale, ...] = ()

    def read(
        self, voltage: float, current: float, ranges: tuple[Range, Range], aperture: float
    ) -> tuple[float, float]:
        """Readings of ``voltage`` (V) and ``current`` (A) averaged over ``aperture`` (s)."""
        growth = math.sqrt(1 + REFERENCE_APERTURE / aperture)
        if ranges is not self._ranges:
            self._ranges = ranges
            self._scales = self._all_scales[ranges[0]], self._all_scales[ranges[1]]
        volts, amperes = self._scales
        return (
            volts.read(voltage, self._noise.standard_normal() * growth),
            amperes.read(current, self._noise.standard_normal() * growth),
        )

    def state(self) -> NDArray[np.uint64]:
        """The generator of its noise; calibration errors are what the module is, no state."""
        return generator_state(self._noise)

    def restore(self, words: NDArray[np.generic]) -> None:
        """Take over what `state` gave."""
        restore_generator(self._noise, words)
