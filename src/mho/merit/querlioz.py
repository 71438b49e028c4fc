"""Nonlinearity of a pulse trace in the form of Querlioz, a step that shrinks exponentially."""

from dataclasses import dataclass
from math import expm1, inf

import numpy as np
from numpy.typing import ArrayLike

from mho.merit.estimate import Estimate
from mho.merit.pulse_trace import Branch, fit_trace, read_trace
from mho.merit.samples import FloatArray, NotEnoughData


@dataclass(frozen=True, slots=True, kw_only=True)
class QuerliozFit:
    """One branch in the form of Querlioz.

    Attributes
    ----------
    beta
        0 is linear; positive where steps shrink along the branch, in both branches.
    first_step
        alpha (S): magnitude of the step where the branch starts.
    """

    beta: Estimate
    first_step: Estimate
    branch: Branch
    r2: float
    points: int
    ignored: int
    source: str


def querlioz_fit(
    conductance: ArrayLike, *, branch: Branch, pulses: ArrayLike | None = None
) -> QuerliozFit:
    """Fit dG = alpha exp(-beta f) per pulse, f the part of the range already travelled.

    The trace itself is fitted, in the limit of many small steps, where the law integrates to
    f(x) = ln(1 + (e^beta - 1) x) / beta with x = n/N; differences would double the read noise.
    Querlioz et al., IEEE Trans. Nanotechnol. 12, 288 (2013). Parameters and errors as
    `mho.merit.nonlinearity.neurosim_fit`.
    """
    what = f"the Querlioz fit of a {branch}"
    x, g, count, ignored = read_trace(what, conductance, pulses)
    grid = np.concatenate([side * np.geomspace(0.02, 15, 20) for side in (-1, 1)])
    fit = fit_trace(what, _querlioz_shape, x, g, grid, 40.0, (-inf, inf))
    if (fit.values[1] > fit.values[0]) != (branch == "potentiation"):
        raise NotEnoughData(f"{what}: the trace runs the other way")

    def first_step(p: FloatArray) -> float:
        steepness = expm1(p[2]) / p[2] if p[2] else 1.0
        return abs(float(p[1] - p[0])) * steepness / count

    return QuerliozFit(
        beta=fit.parameter(2),
        first_step=fit.derived(first_step),
        branch=branch,
        r2=fit.r2,
        points=len(g),
        ignored=ignored,
        source="Querlioz: dG = alpha exp(-beta f), integrated for small steps",
    )


def _querlioz_shape(x: FloatArray, first: float, last: float, beta: float) -> FloatArray:
    if abs(beta) < 1e-9:
        return first + (last - first) * x
    part: FloatArray = np.log1p(expm1(beta) * x) / beta
    return first + (last - first) * part
