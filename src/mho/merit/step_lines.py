"""Size of the next step against the conductance it starts from: a straight line (soft bounds)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mho.merit.samples import FloatArray, NotEnoughData, is_constant

_ROUNDS = 2
_LEAST_STEP, _LEAST_VARIANCE = 0.05, 1e-3
"""Of the mean step and of the mean squared residual: no step weighs more than that lets it."""

_LEAST_SIEMENS = 1e-30
"""No step is known better: a line through all points exactly would weigh them infinitely."""

_UPRIGHT = 1e-9

_FEWEST_INSIDE = 8

_LEAST_SANDWICH = 0.08
"""Of the plain variance: what neighbours share may not cancel all of the error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """size = intercept + slope G, G the conductance (S) at which a step starts.

    Attributes
    ----------
    values, covariance
        Of intercept (S) and slope; shapes (2,) and (2, 2).
    steps
        How many were fitted.
    """

    values: FloatArray
    covariance: FloatArray
    steps: int


def step_line(
    what: str, traces: Sequence[ArrayLike], sign: int, within: tuple[float, float] | None = None
) -> StepLine:
    """The line of the step sizes of one direction (``sign`` is 1 up, -1 down).

    Of steps whose middle lies ``within`` these conductances (S), if they are given and leave eight:
    a device that has come to its end takes no more steps there, which says nothing of those before.

    Sizes are fitted against the middle of each step, where the read noise of its two ends cancels,
    and the line is then moved to the start. Scatter may grow with the step; neighbouring steps
    share a read, and the errors know it.

    Raises
    ------
    NotEnoughData
        Fewer than 3 steps, or all from one conductance.
    """
    columns = [np.asarray(trace, dtype=np.float64) for trace in traces]
    sizes = [sign * np.diff(trace) for trace in columns]
    middles = [(trace[1:] + trace[:-1]) / 2 for trace in columns]
    known = [np.isfinite(size) for size in sizes]
    if within is not None:
        low, high = within
        inside = [
            keep & (middle >= low) & (middle <= high)
            for keep, middle in zip(known, middles, strict=True)
        ]
        known = inside if sum(map(np.sum, inside)) >= _FEWEST_INSIDE else known
    sizes = [size[keep] for size, keep in zip(sizes, known, strict=True)]
    middles = [middle[keep] for middle, keep in zip(middles, known, strict=True)]
    size = np.concatenate(sizes or [np.empty(0)])
    middle = np.concatenate(middles or [np.empty(0)])
    if len(size) < 3 or is_constant(middle):
        raise NotEnoughData(f"{what} needs 3 steps from different conductances, got {len(size)}")
    centre, unit = float(np.mean(middle)), float(np.std(middle))
    design = np.column_stack([np.ones_like(middle), (middle - centre) / unit])
    values, bread, weights = _weighted(design, size)
    meat = np.zeros((2, 2))
    residuals, first = size - design @ values, 0
    for of_trace in sizes:
        last = first + len(of_trace)
        part = (design * weights[:, None] * residuals[:, None])[first:last]
        shared = part[1:].T @ part[:-1]
        meat += part.T @ part + shared + shared.T
        first = last
    covariance = _no_less(bread @ meat @ bread, bread)
    found = _at_the_start(values, covariance, centre, unit, sign, len(size))
    if found is None:
        raise NotEnoughData(f"{what} needs steps from different conductances; all start from one")
    return found


def _no_less(covariance: FloatArray, bread: FloatArray) -> FloatArray:
    """A covariance that in no direction is less than a share of the plain one."""
    root = np.linalg.cholesky(bread)
    inverse = np.linalg.inv(root)
    shares, directions = np.linalg.eigh(inverse @ covariance @ inverse.T)
    spread = root @ directions
    return np.asarray((spread * np.maximum(shares, _LEAST_SANDWICH)) @ spread.T, dtype=np.float64)


def _weighted(design: FloatArray, size: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Least squares whose weights follow a scatter that grows with the step."""
    weights: FloatArray = np.ones(len(size))
    bread: FloatArray = np.asarray(np.linalg.inv(design.T @ design), dtype=np.float64)
    values: FloatArray = bread @ design.T @ size
    for _ in range(_ROUNDS):
        modelled = np.maximum(design @ values, _LEAST_STEP * abs(float(np.mean(size))))
        squares = (size - design @ values) ** 2
        grows = np.column_stack([np.ones_like(modelled), modelled**2])
        (constant, share), *_ = np.linalg.lstsq(grows, squares, rcond=None)
        variance = max(constant, 0.0) + max(share, 0.0) * modelled**2
        least = max(_LEAST_VARIANCE * float(np.mean(squares)), _LEAST_SIEMENS**2)
        weights = 1 / np.maximum(variance, least)
        bread = np.asarray(np.linalg.inv((design * weights[:, None]).T @ design), dtype=np.float64)
        values = bread @ (design * weights[:, None]).T @ size
    return values, bread, weights


def _at_the_start(
    values: FloatArray, covariance: FloatArray, centre: float, unit: float, sign: int, steps: int
) -> StepLine | None:
    """The line in S, and against the start of a step instead of its middle.

    None where that is straight up: all steps start from one conductance.
    """
    scale = np.array([[1.0, -centre / unit], [0.0, 1 / unit]])
    intercept, slope = scale @ values
    covariance = scale @ covariance @ scale.T
    k = 1 - sign * slope / 2
    if abs(k) < _UPRIGHT:
        return None
    jacobian = np.array([[1 / k, sign * intercept / 2 / k**2], [0.0, 1 / k**2]])
    return StepLine(
        values=np.array([intercept / k, slope / k]),
        covariance=jacobian @ covariance @ jacobian.T,
        steps=steps,
    )
