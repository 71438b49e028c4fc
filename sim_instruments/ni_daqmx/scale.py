"""Custom scales: what volts are called by whoever made the scale."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mho.sim_instruments.ni_daqmx.errors import (
    INVALID_ATTRIBUTE_VALUE,
    NOT_OF_THIS_SCALE,
    DaqError,
)

Floats = NDArray[np.float64]

LINEAR, MAP, POLYNOMIAL, TABLE = 10447, 10448, 10449, 10450
"""Types of scales, as NI numbers them."""

PROPERTIES = {
    LINEAR: ("LIN_SLOPE", "LIN_Y_INTERCEPT"),
    MAP: ("MAP_SCALED_MAX", "MAP_SCALED_MIN", "MAP_PRE_SCALED_MAX", "MAP_PRE_SCALED_MIN"),
    POLYNOMIAL: ("POLY_FORWARD_COEFF", "POLY_REVERSE_COEFF"),
    TABLE: ("TABLE_SCALED_VALS", "TABLE_PRE_SCALED_VALS"),
}
EVERY = ("DESCR", "SCALED_UNITS", "PRE_SCALED_UNITS")


@dataclass
class Scale:
    """A scale; ``settings`` are its properties by NI's names."""

    name: str
    kind: int
    settings: dict[str, Any]

    def check(self, name: str) -> None:
        """Refuse a property that scales of this type do not have."""
        if name not in (*EVERY, "TYPE", *PROPERTIES[self.kind]):
            raise DaqError(NOT_OF_THIS_SCALE, f"Property: {name}. Scale: {self.name}.")

    def scaled(self, volts: Floats) -> Floats:
        """What volts are on this scale."""
        own = self.settings
        if self.kind == LINEAR:
            return np.asarray(volts * own["LIN_SLOPE"] + own["LIN_Y_INTERCEPT"])
        if self.kind == POLYNOMIAL:
            return np.asarray(np.polynomial.polynomial.polyval(volts, own["POLY_FORWARD_COEFF"]))
        return _along(volts, *self._points())

    def volts(self, scaled: Floats) -> Floats:
        """The reverse of `scaled`."""
        own = self.settings
        if self.kind == LINEAR:
            return np.asarray((scaled - own["LIN_Y_INTERCEPT"]) / own["LIN_SLOPE"])
        if self.kind == POLYNOMIAL:
            return np.asarray(np.polynomial.polynomial.polyval(scaled, own["POLY_REVERSE_COEFF"]))
        before, after = self._points()
        return _along(scaled, after, before)

    def _points(self) -> tuple[list[float], list[float]]:
        own = self.settings
        if self.kind == MAP:
            ends = ("PRE_SCALED_MIN", "PRE_SCALED_MAX", "SCALED_MIN", "SCALED_MAX")
            low, high, scaled_low, scaled_high = (own[f"MAP_{end}"] for end in ends)
            return [low, high], [scaled_low, scaled_high]
        return own["TABLE_PRE_SCALED_VALS"], own["TABLE_SCALED_VALS"]


def _along(values: Floats, given: list[float], wanted: list[float]) -> Floats:
    order = np.argsort(given)
    return np.asarray(np.interp(values, np.array(given)[order], np.array(wanted)[order]))


def check_points(scale: Scale) -> None:
    """Refuse a scale that cannot be gone back on."""
    own = scale.settings
    wrong = (
        (scale.kind == LINEAR and not own["LIN_SLOPE"])
        or (scale.kind == MAP and own["MAP_SCALED_MIN"] == own["MAP_SCALED_MAX"])
        or (scale.kind == MAP and own["MAP_PRE_SCALED_MIN"] == own["MAP_PRE_SCALED_MAX"])
        or (
            scale.kind == TABLE
            and len(own["TABLE_SCALED_VALS"]) != len(own["TABLE_PRE_SCALED_VALS"])
        )
        or (scale.kind == TABLE and len(own["TABLE_SCALED_VALS"]) < 2)
        or (
            scale.kind == POLYNOMIAL
            and not (own["POLY_FORWARD_COEFF"] and own["POLY_REVERSE_COEFF"])
        )
    )
    if wrong:
        raise DaqError(INVALID_ATTRIBUTE_VALUE, f"Scale: {scale.name}. It has no reverse.")
