"""Nonlinearity of a pulse trace: the NeuroSim form with its label, and the residual.

The NeuroSim label, `mho.merit.alpha_power` and `mho.merit.querlioz` cannot be converted into one
another without the data; always say which one is meant.
"""

from dataclasses import dataclass
from math import exp, expm1, inf, log, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from mho.merit.estimate import Estimate
from mho.merit.pulse_trace import Branch, fit_trace, read_trace, require_rise
from mho.merit.samples import FloatArray, NotEnoughData

_LABEL_UNIT = 0.07 * sqrt(2)
LARGEST_LABEL = 1 / _LABEL_UNIT
"""The label of a step; every trace lies below it in magnitude."""

# Curvatures below which the label is their 1/8, and above which the trace is a step: the formula
# itself cancels numerically there.
_STRAIGHT, _STEP = 1e-5, 1e8


def neurosim_label(a: float) -> float:
    """Tabulated NeuroSim label NL of a normalised A (A over the number of pulses), with its sign.

    NL = max over x of [f(x) - x] / (0.07 sqrt 2), f(x) = (1 - exp(-x/A)) / (1 - exp(-1/A)), with
    the maximum at x = -A ln(A (1 - exp(-1/A))). Reproduces the table of DNN+NeuroSim
    (A = 126.268958, 2.519877, 0.022810 -> 0.0100, 0.5000, 9.0000), which does not state it.
    """
    return _label_of_curvature(1 / a) if a else LARGEST_LABEL


def neurosim_a(label: float) -> float:
    """Normalised A of a NeuroSim label, with its sign; infinite for a label of 0.

    Raises
    ------
    ValueError
        The label is not below `LARGEST_LABEL` in magnitude.
    """
    if not abs(label) < LARGEST_LABEL:
        raise ValueError(f"a NeuroSim label lies within +-{LARGEST_LABEL:.4f}, got {label}")
    if label == 0:
        return inf
    straight = 8 * _LABEL_UNIT * label
    if abs(straight) < _STRAIGHT:
        return 1 / straight
    root = optimize.brentq(
        lambda k: _label_of_curvature(exp(k)) - abs(label), log(_STRAIGHT / 2), log(2 * _STEP)
    )
    return exp(-root) if label > 0 else -exp(-root)


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuroSimFit:
    """One branch in the NeuroSim form.

    Attributes
    ----------
    label
        NL: positive for a potentiation that rises fast first (concave). A depression is fitted on
        the reversed trace, so one that falls fast first has a negative label.
    a_normalised, a_pulses
        A over the number of pulses, and in pulses; the sign is that of the label. Open on both
        sides where a straight trace cannot be excluded.
    lowest, highest
        Fitted Gmin and Gmax (S).
    """

    label: Estimate
    a_normalised: Estimate
    a_pulses: Estimate
    lowest: Estimate
    highest: Estimate
    branch: Branch
    r2: float
    points: int
    ignored: int
    source: str


def neurosim_fit(
    conductance: ArrayLike, *, branch: Branch, pulses: ArrayLike | None = None
) -> NeuroSimFit:
    """Fit G = Gmin + (Gmax - Gmin) (1 - exp(-n/A)) / (1 - exp(-N/A)) to one branch.

    Parameters
    ----------
    conductance
        Shape (N + 1,), in S and in the order of pulses, the read before the first pulse included.
    pulses
        Pulses before each read; 0, 1, ... N when None.

    Raises
    ------
    NotEnoughData
        Fewer than 5 usable reads, a constant trace, or one that runs against its branch.
    """
    what = f"the NeuroSim fit of a {branch}"
    x, g, count, ignored = read_trace(what, conductance, pulses)
    if branch == "depression":
        x, g = 1 - x[::-1], g[::-1]
    curvatures = np.concatenate([side * np.geomspace(0.01, 60, 25) for side in (-1, 1)])
    fit = fit_trace(what, _neurosim_shape, x, g, curvatures, 300.0, (-inf, inf))
    require_rise(what, fit)
    curvature = fit.parameter(2)
    a = _reciprocal(curvature)
    return NeuroSimFit(
        label=curvature.mapped(_label_of_curvature),
        a_normalised=a,
        a_pulses=a.mapped(lambda value: value * count),
        lowest=fit.parameter(0),
        highest=fit.parameter(1),
        branch=branch,
        r2=fit.r2,
        points=len(g),
        ignored=ignored,
        source="NeuroSim: G = Gmin + B (1 - exp(-n/A)); NL = max[f(x) - x] / (0.07 sqrt 2)",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidualNonlinearity:
    """Largest distance of a trace from its chord, as a part of the range, and the pulse it is at.

    Noise only ever enlarges a maximum, so it has no interval; for a noisy trace use
    0.07 sqrt 2 times the label of `neurosim_fit`.
    """

    value: float
    pulse: float
    points: int
    ignored: int
    source: str


def residual_nonlinearity(
    conductance: ArrayLike, *, pulses: ArrayLike | None = None
) -> ResidualNonlinearity:
    """Largest abs(f(x) - x), f = (G - G_first) / (G_last - G_first), x = n/N; either branch.

    Raises
    ------
    NotEnoughData
        Fewer than 3 usable reads, or a trace that ends where it starts.
    """
    what = "the residual nonlinearity"
    x, g, count, ignored = read_trace(what, conductance, pulses, at_least=3)
    if g[-1] == g[0]:
        raise NotEnoughData(f"{what}: the trace ends where it starts")
    distance = np.abs((g - g[0]) / (g[-1] - g[0]) - x)
    return ResidualNonlinearity(
        value=float(np.max(distance)),
        pulse=float(x[np.argmax(distance)] * count),
        points=len(g),
        ignored=ignored,
        source="max abs(f(x) - x) of the normalised trace",
    )


def _label_of_curvature(curvature: float) -> float:
    """NL of 1/A, the curvature; odd and increasing, so that intervals map through it."""
    nu = abs(curvature)
    if nu < _STRAIGHT:
        return curvature / 8 / _LABEL_UNIT
    if nu > _STEP:
        return LARGEST_LABEL if curvature > 0 else -LARGEST_LABEL
    rise = -expm1(-nu)
    x = -log(rise / nu) / nu
    label = (-expm1(-nu * x) / rise - x) / _LABEL_UNIT
    return label if curvature > 0 else -label


def _reciprocal(curvature: Estimate) -> Estimate:
    value = 1 / curvature.value if curvature.value else inf
    if curvature.low <= 0 <= curvature.high:
        return Estimate(value=value, low=-inf, high=inf)
    return Estimate(value=value, low=1 / curvature.high, high=1 / curvature.low)


def _neurosim_shape(x: FloatArray, first: float, last: float, curvature: float) -> FloatArray:
    if abs(curvature) < 1e-9:
        return first + (last - first) * x
    part: FloatArray = np.expm1(-curvature * x) / expm1(-curvature)
    return first + (last - first) * part
