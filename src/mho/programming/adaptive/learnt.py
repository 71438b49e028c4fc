"""What was learnt of a cell, as plain numbers: for its next target, and for its next run.

They are (b, l, n) of `kinetics` of both polarities and the covariances of these, with the
conductance at which b holds: carried over to another target, b changes by what the stretched curve
has more, or less, than the nominal one between the two.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from mho.programming.adaptive.filter import RESET, SET, Thresholds
from mho.programming.adaptive.kinetics import Curve
from mho.programming.algorithm import Floats

_NAMES = "threshold", "steepness", "slope"
_POLARITIES = (RESET, "reset"), (SET, "set")
_REFERENCE = "reference_conductance"


def learnt_of(thresholds: Thresholds, target: Floats) -> dict[str, Floats]:
    """By name; shape (n,)."""
    found = {_REFERENCE: target}
    for polarity, i, name in _means():
        found[name] = thresholds.mean[:, polarity, i]
    for polarity, i, j, name in _covariances():
        found[name] = thresholds.covariance[:, polarity, i, j]
    return found


def with_learnt(
    thresholds: Thresholds, learnt: Mapping[str, Floats], target: Floats, curves: Iterable[Curve]
) -> Thresholds:
    """Thresholds of cells of which nothing else is known, with what was learnt before.

    What is not all there, or no covariance, counts as nothing learnt of that cell.
    """
    names = [_REFERENCE, *(one[-1] for one in _means()), *(one[-1] for one in _covariances())]
    if any(name not in learnt for name in names):
        return thresholds
    mean, covariance = thresholds.mean.copy(), thresholds.covariance.copy()
    for polarity, i, name in _means():
        mean[:, polarity, i] = learnt[name]
    for polarity, i, j, name in _covariances():
        covariance[:, polarity, i, j] = covariance[:, polarity, j, i] = learnt[name]
    reference = learnt[_REFERENCE]
    known = np.isfinite(mean).all(axis=(1, 2)) & np.isfinite(covariance).all(axis=(1, 2, 3))
    known &= reference > 0.0
    mean[~known], covariance[~known] = thresholds.mean[~known], thresholds.covariance[~known]
    known &= (np.linalg.eigvalsh(covariance) > 0.0).all(axis=(1, 2))
    reference = np.where(known, reference, target)
    for polarity, curve in enumerate(curves):
        away = curve.at(np.log(target)) - curve.at(np.log(reference))
        stretch = np.exp(mean[:, polarity, 1])
        mean[:, polarity, 0] += (stretch - 1.0) * away
        carried = np.tile(np.eye(3), (len(target), 1, 1))
        carried[:, 0, 1] = stretch * away
        covariance[:, polarity] = carried @ covariance[:, polarity] @ carried.transpose(0, 2, 1)
    each = known[:, None, None]
    return replace(
        thresholds,
        mean=np.where(each, mean, thresholds.mean),
        covariance=np.where(each[..., None], covariance, thresholds.covariance),
    )


def _means() -> Iterator[tuple[int, int, str]]:
    for polarity, word in _POLARITIES:
        for i, name in enumerate(_NAMES):
            yield polarity, i, f"{word}_{name}"


def _covariances() -> Iterator[tuple[int, int, int, str]]:
    for polarity, word in _POLARITIES:
        for i, first in enumerate(_NAMES):
            for j, second in list(enumerate(_NAMES))[i:]:
                yield polarity, i, j, f"{word}_{first}_{second}_covariance"
