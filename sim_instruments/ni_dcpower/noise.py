"""The meter of one module: noise, resolution and, if asked for, calibration errors."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mho.device.arrays import generator_state, restore_generator
from mho.sim_instruments.ni_dcpower.specifications import (
    PULSE_CURRENT_RANGES,
    VOLTAGE_RANGES,
    Range,
)

PEAK_TO_PEAK = 6.6
"""Peak to peak over rms of Gaussian noise (99.9 % of the time)."""

REFERENCE_APERTURE = 1 / 60
"""Aperture at which white noise equals the 0.1-10 Hz noise (s). Assumed: NI publishes the
dependence on aperture as a figure only. One power line cycle, unverified."""


class Meter:
    """Turns true volts and amperes into readings. Each reading draws two normal numbers."""

    def __init__(self, seed: np.random.SeedSequence, *, calibration_errors: bool = False) -> None:
        self._noise = np.random.default_rng(seed)
        error = np.random.default_rng(seed.spawn(1)[0])
        self._errors: Mapping[Range, tuple[float, float]] = {
            row: (row.gain_error * error.uniform(-1, 1), row.offset * error.uniform(-1, 1))
            if calibration_errors
            else (0.0, 0.0)
            for row in (*VOLTAGE_RANGES, *PULSE_CURRENT_RANGES)
        }

    def read(
        self, voltage: float, current: float, ranges: tuple[Range, Range], aperture: float
    ) -> tuple[float, float]:
        """Readings of ``voltage`` (V) and ``current`` (A) averaged over ``aperture`` (s)."""
        first, second = self._noise.standard_normal(2)
        growth = math.sqrt(1 + REFERENCE_APERTURE / aperture)
        return (
            self._reading(voltage, ranges[0], float(first) * growth),
            self._reading(current, ranges[1], float(second) * growth),
        )

    def state(self) -> NDArray[np.uint64]:
        """The generator of its noise; calibration errors are what the module is, no state."""
        return generator_state(self._noise)

    def restore(self, words: NDArray[np.generic]) -> None:
        """Take over what `state` gave."""
        restore_generator(self._noise, words)

    def _reading(self, value: float, row: Range, deviation: float) -> float:
        gain, offset = self._errors[row]
        noisy = value * (1 + gain) + offset + row.noise / PEAK_TO_PEAK * deviation
        return round(noisy, row.digits)
