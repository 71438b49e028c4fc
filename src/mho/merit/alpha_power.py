"""Nonlinearity of a pulse trace in the alpha-power form (papers that print alpha near 1)."""

from dataclasses import dataclass
from math import expm1, inf, log

import numpy as np
from numpy.typing import ArrayLike

from mho.merit.estimate import Estimate
from mho.merit.pulse_trace import Branch, fit_trace, read_trace, require_rise
from mho.merit.samples import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class AlphaPowerFit:
    """One branch in the alpha-power form: 1 is linear, 0 geometric, above 1 concave in rising G."""

    alpha: Estimate
    lowest: Estimate
    highest: Estimate
    branch: Branch
    r2: float
    points: int
    ignored: int
    source: str


def alpha_power_fit(
    conductance: ArrayLike, *, branch: Branch, pulses: ArrayLike | None = None
) -> AlphaPowerFit:
    """Fit G = [(Gmax^a - Gmin^a) w + Gmin^a]^(1/a), with w = n/N from the low end to the high end.

    Parameters and errors as `mho.merit.nonlinearity.neurosim_fit`; conductances must be positive.
    """
    what = f"the alpha-power fit of a {branch}"
    x, g, _, ignored = read_trace(what, conductance, pulses, positive=True)
    if branch == "depression":
        x, g = 1 - x[::-1], g[::-1]
    fit = fit_trace(what, _alpha_power, x, g, np.linspace(-6, 8, 57), 50.0, (0.0, inf))
    require_rise(what, fit)
    return AlphaPowerFit(
        alpha=fit.parameter(2),
        lowest=fit.parameter(0),
        highest=fit.parameter(1),
        branch=branch,
        r2=fit.r2,
        points=len(g),
        ignored=ignored,
        source="alpha power: G = [(Gmax^a - Gmin^a) w + Gmin^a]^(1/a), w = n/N",
    )


def _alpha_power(x: FloatArray, first: float, last: float, alpha: float) -> FloatArray:
    contrast = log(max(first, 1e-300) / max(last, 1e-300))
    if abs(alpha * contrast) < 1e-9:
        return last * np.exp(contrast * (1 - x))
    if abs(alpha * contrast) < 30:
        logs = np.log1p(expm1(alpha * contrast) * (1 - x))
    else:  # one end is nothing beside the other; the first form would overflow or lose it
        with np.errstate(divide="ignore"):
            logs = np.logaddexp(np.log(x), alpha * contrast + np.log1p(-x))
    with np.errstate(over="ignore"):
        grown: FloatArray = last * np.exp(logs / alpha)
    return grown
