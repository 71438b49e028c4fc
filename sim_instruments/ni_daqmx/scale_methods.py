"""Methods that make custom scales, and their properties."""

from typing import TYPE_CHECKING, Any

import numpy as np

from mho.sim_instruments.ni_daqmx import scale as scales
from mho.sim_instruments.ni_daqmx.chassis import Chassis
from mho.sim_instruments.ni_daqmx.errors import (
    ATTR_NOT_SUPPORTED,
    INVALID_ATTRIBUTE_VALUE,
    NO_SUCH_SCALE,
    DaqError,
)
from mho.sim_instruments.ni_daqmx.methods import Fields, Methods, chosen
from mho.sim_instruments.ni_daqmx.scale import Scale

if TYPE_CHECKING:
    from mho.sim_instruments.ni_daqmx.attributes import Asked

METHODS = Methods()

MOST_POINTS = 1_000_000


def named(chassis: Chassis, name: str) -> Scale:
    """A scale by its name.

    Raises
    ------
    DaqError
        There is none.
    """
    if name not in chassis.scales:
        raise DaqError(NO_SUCH_SCALE, f"Scale: {name}.")
    return chassis.scales[name]


def _make(chassis: Chassis, request: Any, kind: int, **settings: Any) -> None:
    scale = Scale(
        request.name,
        kind,
        {
            **settings,
            "DESCR": "",
            "SCALED_UNITS": request.scaled_units,
            "PRE_SCALED_UNITS": chosen(request, "pre_scaled_units"),
        },
    )
    scales.check_points(scale)
    chassis.scales[scale.name] = scale


@METHODS.method("CreateLinScale")
def create_linear(chassis: Chassis, request: Any) -> None:
    """Slope and intercept."""
    _make(
        chassis, request, scales.LINEAR,
        LIN_SLOPE=request.slope, LIN_Y_INTERCEPT=request.y_intercept,
    )  # fmt: skip


@METHODS.method("CreateMapScale")
def create_map(chassis: Chassis, request: Any) -> None:
    """From one range to another."""
    _make(
        chassis, request, scales.MAP,
        MAP_SCALED_MAX=request.scaled_max, MAP_SCALED_MIN=request.scaled_min,
        MAP_PRE_SCALED_MAX=request.prescaled_max, MAP_PRE_SCALED_MIN=request.prescaled_min,
    )  # fmt: skip


@METHODS.method("CreatePolynomialScale")
def create_polynomial(chassis: Chassis, request: Any) -> None:
    """Coefficients in both directions."""
    _make(
        chassis, request, scales.POLYNOMIAL,
        POLY_FORWARD_COEFF=list(request.forward_coeffs),
        POLY_REVERSE_COEFF=list(request.reverse_coeffs),
    )  # fmt: skip


@METHODS.method("CreateTableScale")
def create_table(chassis: Chassis, request: Any) -> None:
    """Points with straight lines between."""
    _make(
        chassis, request, scales.TABLE,
        TABLE_SCALED_VALS=list(request.scaled_vals),
        TABLE_PRE_SCALED_VALS=list(request.prescaled_vals),
    )  # fmt: skip


@METHODS.method("CalculateReversePolyCoeff")
def reverse_polynomial(_: Chassis, request: Any) -> Fields:
    """The polynomial of an order that comes closest to the reverse of another."""
    count, order = request.num_points_to_compute, request.reverse_poly_order
    order = len(request.forward_coeffs) - 1 if order < 0 else order
    ends = request.min_val_x, request.max_val_x
    if not (0 <= order < count <= MOST_POINTS and request.forward_coeffs and ends[0] < ends[1]):
        raise DaqError(INVALID_ATTRIBUTE_VALUE, f"Points: {count}. Order: {order}. Range: {ends}.")
    x = np.linspace(*ends, count)
    y = np.polynomial.polynomial.polyval(x, list(request.forward_coeffs))
    return {"reverse_coeffs": np.polynomial.polynomial.polyfit(y, x, order)}


def get(asked: "Asked") -> Any:
    """A property of a scale."""
    scale = named(asked.chassis, asked.request.scale_name)
    scale.check(asked.name)
    return scale.kind if asked.name == "TYPE" else scale.settings[asked.name]


def set_(asked: "Asked", value: Any) -> None:
    """Set a property of a scale."""
    scale = named(asked.chassis, asked.request.scale_name)
    scale.check(asked.name)
    if asked.name == "TYPE":
        raise DaqError(ATTR_NOT_SUPPORTED, "Property: TYPE. It cannot be set.")
    changed = Scale(scale.name, scale.kind, {**scale.settings, asked.name: value})
    scales.check_points(changed)
    scale.settings[asked.name] = value
