"""The lines of a card: analogue outputs and inputs, and digital ports."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mho.sim_instruments.ni_daqmx.settings import AmplifierSettings

Codes = NDArray[np.int16]

HALF_SCALE = 32768
"""Codes of a 16-bit converter on either side of zero."""


def codes_of(volts: NDArray[np.float64], full_scale: float) -> Codes:
    """The nearest codes of a converter with this range (V), the last ones for what is beyond."""
    scaled = np.rint(volts * (HALF_SCALE / full_scale))
    np.clip(scaled, -HALF_SCALE, HALF_SCALE - 1, out=scaled)
    return scaled.astype(np.int16)


def volts_of(codes: NDArray[np.int16], full_scale: float) -> NDArray[np.float64]:
    """What codes stand for (V)."""
    return np.asarray(codes * (full_scale / HALF_SCALE), dtype=np.float64)


@dataclass
class OutputLine:
    """An analogue output; ``terminal`` is where it is wired to, None if to nothing.

    ``code`` is what it stands at, kept whatever becomes of the task. ``shunt`` (ohm) is before the
    terminal.
    """

    name: str
    full_scale: float
    terminal: str | None = None
    shunt: float = 0.0
    code: int = 0

    @property
    def volts(self) -> float:
        """What stands at it."""
        return self.code * (self.full_scale / HALF_SCALE)


@dataclass
class InputLine:
    """An analogue input behind an amplifier; ``terminal`` is None where nothing is wired."""

    name: str
    amplifier: AmplifierSettings
    terminal: str | None = None


@dataclass
class DigitalPort:
    """A digital port: what drives its lines, bit by bit, and which of them are driven at all."""

    name: str
    lines: int
    rate: float
    state: int = 0
    driven: int = 0
