"""Conduction mechanisms as straight lines, and the physical quantity that each slope means.

A straight line alone is no evidence: its slope must also be physical (a permittivity near the
optical one, a barrier of a few tenths of an eV), and the window of voltage is part of the result.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, pi, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.constants import Boltzmann, Planck, electron_mass, elementary_charge, epsilon_0

from mho.merit import regression
from mho.merit.estimate import Estimate
from mho.merit.samples import FloatArray, is_constant, require_change, usable


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """What turns a slope into a physical quantity.

    Attributes
    ----------
    thickness
        Of the switching layer (m).
    temperature
        K.
    effective_mass
        In electron masses.
    """

    thickness: float
    temperature: float = 300.0
    effective_mass: float = 1.0


def _image_force_permittivity(film: Film, slope: float, lowering: float) -> float:
    """eps_r from slope = lowering (e/kT) sqrt(e / (4 pi eps_r eps0 d))."""
    per_volt = elementary_charge / (Boltzmann * film.temperature)
    field = elementary_charge / (4 * pi * epsilon_0 * film.thickness)
    return field * (lowering * per_volt / slope) ** 2


def _barrier(film: Film, slope: float) -> float:
    """Fowler-Nordheim barrier in eV from slope = -(8 pi/3h) sqrt(2 m) (e phi)^1.5 d/e."""
    mass = film.effective_mass * electron_mass
    steepness = 8 * pi * sqrt(2 * mass) * film.thickness / (3 * Planck * elementary_charge)
    joule: float = (-slope / steepness) ** (2 / 3)
    return joule / elementary_charge


def _hop(film: Film, slope: float) -> float:
    """Hopping distance in m from slope = e a / (2 d k T)."""
    return 2 * film.thickness * Boltzmann * film.temperature * slope / elementary_charge


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism:
    """A linearisation: ln(I / (V^voltage_power T^temperature_power)) against x(V).

    Attributes
    ----------
    sign
        Of a physical slope.
    expected
        The slope, where the mechanism fixes it.
    quantity, convert
        What the slope means otherwise, and its value in a film.
    """

    name: str
    axes: str
    x: Callable[[FloatArray], FloatArray]
    voltage_power: int = 0
    temperature_power: int = 0
    sign: int = 1
    expected: float | None = None
    quantity: str = ""
    convert: Callable[[Film, float], float] | None = None


MECHANISMS = (
    Mechanism(name="ohmic", axes="ln I against ln V", x=np.log, expected=1.0),
    Mechanism(name="SCLC", axes="ln I against ln V", x=np.log, expected=2.0),
    Mechanism(
        name="Schottky",
        axes="ln(I/T^2) against sqrt V",
        x=np.sqrt,
        temperature_power=2,
        quantity="relative permittivity",
        convert=lambda film, slope: _image_force_permittivity(film, slope, 1.0),
    ),
    Mechanism(
        name="Poole-Frenkel",
        axes="ln(I/V) against sqrt V",
        x=np.sqrt,
        voltage_power=1,
        quantity="relative permittivity",
        convert=lambda film, slope: _image_force_permittivity(film, slope, 2.0),
    ),
    Mechanism(
        name="Fowler-Nordheim",
        axes="ln(I/V^2) against 1/V",
        x=np.reciprocal,
        voltage_power=2,
        sign=-1,
        quantity="barrier (eV)",
        convert=_barrier,
    ),
    Mechanism(
        name="hopping",
        axes="ln I against V",
        x=np.positive,
        quantity="hopping distance (m)",
        convert=_hop,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConductionFit:
    """One mechanism tried on one window.

    Attributes
    ----------
    slope, intercept
        Of the straight line, natural logarithms, SI units.
    expected_slope
        Where the mechanism fixes it (ohmic 1, trap-free SCLC 2).
    quantity, physical
        Name and value of what the slope means; None without a film, without such a quantity, or
        when the slope has the wrong sign. Open where the interval of the slope reaches zero.
    window
        Voltages (V) of the first and last point used.
    """

    mechanism: str
    slope: Estimate
    intercept: Estimate
    expected_slope: float | None
    quantity: str
    physical: Estimate | None
    window: tuple[float, float]
    r2: float
    points: int
    ignored: int
    source: str


def conduction_fits(
    voltage: ArrayLike,
    current: ArrayLike,
    *,
    window: tuple[float, float],
    film: Film | None = None,
) -> tuple[ConductionFit, ...]:
    """Every mechanism of `MECHANISMS` as a straight line over one window of voltage.

    Parameters
    ----------
    voltage, current
        Shape (n,), V and A. For a negative branch pass magnitudes. Points at or below zero are
        ignored; points outside the window are not counted at all.
    window
        Lowest and highest voltage (V), chosen by the user or by `mho.merit.log_slopes`.

    Raises
    ------
    NotEnoughData
        Fewer than 4 usable points in the window, or a constant voltage or current.
    """
    what = "a fit of conduction"
    volts, amps = np.asarray(voltage, dtype=np.float64), np.asarray(current, dtype=np.float64)
    inside = ~((volts < window[0]) | (volts > window[1]))
    (v, i), ignored = usable(
        what, 4, positive=("voltage", "current"), voltage=volts[inside], current=amps[inside]
    )
    require_change(what, "the voltage", v)
    require_change(what, "the current", i)
    temperature = film.temperature if film else 300.0
    return tuple(_fit(kind, v, i, temperature, film, ignored) for kind in MECHANISMS)


def _fit(
    kind: Mechanism, v: FloatArray, i: FloatArray, kelvin: float, film: Film | None, ignored: int
) -> ConductionFit:
    ordinate = np.log(i / (v**kind.voltage_power * kelvin**kind.temperature_power))
    fit = _line(f"the {kind.name} fit", kind.x(v), ordinate)
    slope = fit.parameter(0)
    return ConductionFit(
        mechanism=kind.name,
        slope=slope,
        intercept=fit.parameter(1),
        expected_slope=kind.expected,
        quantity=kind.quantity,
        physical=_physical(kind, slope, film),
        window=(float(np.min(v)), float(np.max(v))),
        r2=fit.r2,
        points=len(v),
        ignored=ignored,
        source=f"{kind.name}: {kind.axes}",
    )


def _line(what: str, x: FloatArray, y: FloatArray) -> regression.Fit:
    """A straight line, level where the ordinate is constant (I/V of an exact resistor)."""
    if not is_constant(y):
        return regression.line(what, x, y)
    values, nothing = np.array([0.0, float(y[0])]), np.zeros((2, 2))
    return regression.Fit(values=values, covariance=nothing, freedom=len(y) - 2, r2=0.0)


def _physical(kind: Mechanism, slope: Estimate, film: Film | None) -> Estimate | None:
    if film is None or kind.convert is None or slope.value * kind.sign <= 0:
        return None
    value = kind.convert(film, slope.value)
    ends = [kind.convert(film, end) for end in (slope.low, slope.high) if end * kind.sign > 0]
    if len(ends) == 2:
        return Estimate(value=value, low=min(ends), high=max(ends))
    # The other end of the slope's interval lies at or beyond zero, where a quantity that grows
    # with the slope vanishes and one that falls with it has no bound.
    (far,) = ends
    if far > value:
        return Estimate(value=value, low=0.0, high=far)
    return Estimate(value=value, low=far, high=inf)
