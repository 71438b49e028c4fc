"""Paired-pulse facilitation (PPF) and depression: the index against the interval, and its decay."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from mho.merit.exponential import (
    DoubleExponentialFit,
    ExponentialFit,
    double_exponential_fit,
    exponential_fit,
)
from mho.merit.samples import FloatArray, NotEnoughData

Definition = Literal["ratio", "increase"]


def paired_pulse_index(
    first: ArrayLike, second: ArrayLike, *, definition: Definition = "ratio"
) -> FloatArray:
    """Index in percent from the responses to both pulses (A or S), elementwise.

    ``"ratio"`` is 100 A2/A1 (100 % without facilitation), ``"increase"`` 100 (A2 - A1)/A1 (0 %);
    papers use both under one name. NaN where the first response is 0.
    """
    a1, a2 = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    ratio = 100 * a2 / np.where(a1 == 0, np.nan, a1)
    return ratio if definition == "ratio" else ratio - 100


def facilitation_decay(
    interval: ArrayLike, index: ArrayLike, *, definition: Definition = "ratio"
) -> ExponentialFit:
    """Index = rest + C exp(-interval/tau), rest fixed at 100 % (ratio) or 0 % (increase).

    Shapes (n,), seconds and percent. Negative C is paired-pulse depression.

    Raises
    ------
    NotEnoughData
        Fewer than 3 usable points, or an index that does not decay with the interval: one that is
        the same at every interval explains it as well (F test, 5 %).
    """
    fit = exponential_fit(interval, index, level=_rest(definition), what="the PPF decay")
    freedom = fit.points - 2
    if fit.r2 * freedom <= (1.0 - fit.r2) * float(special.fdtri(1, freedom, 0.95)):
        raise NotEnoughData(
            f"the PPF decay: an index that does not depend on the interval explains the "
            f"{fit.points} points as well (R2 {fit.r2:.2f}); nothing decays here, or it takes more "
            f"repeats to see it"
        )
    return fit


def double_facilitation_decay(
    interval: ArrayLike, index: ArrayLike, *, definition: Definition = "ratio"
) -> DoubleExponentialFit:
    """Index = rest + C1 exp(-interval/tau1) + C2 exp(-interval/tau2), tau1 < tau2.

    The fast and slow phase of Zucker and Regehr, Annu. Rev. Physiol. 64, 355 (2002); arguments as
    `facilitation_decay`.

    Raises
    ------
    NotEnoughData
        Fewer than 5 usable points, or points that one exponential explains.
    """
    what = "the double PPF decay"
    return double_exponential_fit(interval, index, level=_rest(definition), what=what)


def _rest(definition: Definition) -> float:
    return 100.0 if definition == "ratio" else 0.0
