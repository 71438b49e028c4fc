"""Size of the next step against the conductance it starts from: a straight line (soft bounds)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import linalg

from mho.merit.carried_steps import Ways, with_end
from mho.merit.samples import FloatArray, NotEnoughData, is_constant

_ROUNDS = 2
_LEAST_STEP = 0.05
"""Of the mean step: none scatters less than one of that size."""

_SHARES = tuple(np.geomspace(1e-2, 1e4, 13).tolist())
"""What the variance of a read may be, in mean variances of a step: the lowest is none at all, at
the highest the steps do not scatter."""

_AS_LIKELY = 4.0
"""Times as likely as each of the others are these two, before the differences are seen."""

_GROWS = (0.0, 1.0)
"""What part of the variance of steps may grow with their square."""

_STEEPEST = 3.0
"""Change of a step per change of conductance that is looked for."""

_LEAST_SCATTER = 1e-9
"""Of the largest step: a line through all points exactly would weigh them infinitely."""

_FEWEST_INSIDE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """size = intercept + slope G, G the conductance (S) at which a step starts.

    Attributes
    ----------
    values
        Intercept (S) and slope.
    covariance
        Of intercept, slope, and the mean conductance (S) that the traces end at, shape (3, 3): of
        the last, what the scatter of the steps makes of it, without noise of its reads.
    read_deviation
        sd of a read (S), apart from what the steps scatter.
    steps
        How many were fitted.
    """

    values: FloatArray
    covariance: FloatArray
    read_deviation: float
    steps: int
    _shares: FloatArray
    _values: FloatArray
    _roots: FloatArray

    def drawn(self, chance: np.random.Generator, count: int) -> FloatArray:
        """What line and end may be away from these, shape (count, 3), in the order of covariance.

        What the reads may scatter is drawn first: a normal distribution of the covariance would
        have its spread, but not its shape.
        """
        which = chance.choice(len(self._shares), count, p=self._shares)
        normal = chance.standard_normal((count, 3))
        away = np.einsum("nij,nj->ni", self._roots[which], normal)
        away[:, :2] += self._values[which] - self.values
        return np.asarray(away, dtype=np.float64)


def step_line(
    what: str, traces: Sequence[ArrayLike], sign: int, within: tuple[float, float] | None = None
) -> StepLine:
    """The line of the step sizes of one direction (``sign`` is 1 up, -1 down).

    Of steps that start ``within`` these conductances (S), if they are given and leave eight: a
    device that has come to its end takes no more steps there, which says nothing of those before.

    Steps scatter, some of it growing with the step, and stay scattered; noise of a read is gone
    with the next one, so that neighbouring differences share it with opposite signs. Their
    likelihood (a first-order autoregression observed with noise, P. J. Brockwell and R. A. Davis,
    Introduction to Time Series and Forecasting, 2016, ch. 9, unknown start) tells how much there is
    of either, and weighs the differences by it.

    Raises
    ------
    NotEnoughData
        Fewer than 3 steps, or all from one conductance.
    """
    columns = [np.asarray(trace, dtype=np.float64) for trace in traces]
    known = [np.isfinite(trace[1:]) & np.isfinite(trace[:-1]) for trace in columns]
    if within is not None:
        inside = [
            keep & _starts_within(trace, within) for keep, trace in zip(known, columns, strict=True)
        ]
        known = inside if sum(map(np.sum, inside)) >= _FEWEST_INSIDE else known
    before = [trace[:-1] for trace in columns]
    left = [np.arange(len(trace))[::-1].astype(np.float64) for trace in before]
    start = _joined([trace[keep] for trace, keep in zip(before, known, strict=True)])
    end = _joined([trace[1:][keep] for trace, keep in zip(columns, known, strict=True)])
    if len(start) < 3 or is_constant((start + end) / 2):
        raise NotEnoughData(f"{what} needs 3 steps from different conductances, got {len(start)}")
    if is_constant(start):
        raise NotEnoughData(f"{what} needs steps from different conductances; all start from one")
    follows = [np.append(False, keep[1:] & keep[:-1])[keep] for keep in known if len(keep)]
    others = [np.isfinite(trace) & ~keep for trace, keep in zip(before, known, strict=True)]
    ways = Ways(
        left=_joined([part[keep] for part, keep in zip(left, known, strict=True)]),
        other_start=_joined([part[keep] for part, keep in zip(before, others, strict=True)]),
        other_left=_joined([part[keep] for part, keep in zip(left, others, strict=True)]),
        traces=len(columns),
    )
    return _Steps(start, sign * (end - start), np.concatenate(follows), sign, ways).line()


def _starts_within(trace: FloatArray, within: tuple[float, float]) -> NDArray[np.bool_]:
    """Told by what was read before a step: its end would choose steps by their size."""
    before = np.where(np.isfinite(trace), trace, np.inf)
    means = np.append(before[:1], (before[1:-1] + before[:-2]) / 2)[: max(len(trace) - 1, 0)]
    return np.asarray((means >= within[0]) & (means <= within[1]), dtype=np.bool_)


def _roots(covariances: FloatArray) -> FloatArray:
    """Matrices whose squares they are, shape (n, 3, 3)."""
    values, vectors = np.linalg.eigh(covariances)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0))[:, None, :], dtype=np.float64)


def _joined(parts: Sequence[FloatArray]) -> FloatArray:
    return np.concatenate([*parts, np.empty(0)])


@dataclass(frozen=True, slots=True)
class _Found:
    """The line about the mean start, in units of the largest step, if reads scatter so much."""

    values: FloatArray
    covariance: FloatArray
    conductance: FloatArray
    read_variance: float
    likelihood: float


class _Steps:
    """Steps of all traces in a row; ``follows`` where one starts from the read the last ended at.

    In units of the largest step and about the mean start, so that no number is far from 1.
    """

    def __init__(
        self,
        start: FloatArray,
        size: FloatArray,
        follows: NDArray[np.bool_],
        sign: int,
        ways: Ways,
    ) -> None:
        self._unit = max(float(np.max(np.abs(size))), 1e-30)
        self._centre = float(np.mean(start))
        self._start, self._size = (start - self._centre) / self._unit, size / self._unit
        self._follows, self._sign, self._ways = follows, sign, ways
        self._other_start = (ways.other_start - self._centre) / self._unit
        self._least = _LEAST_STEP * max(float(np.mean(np.abs(self._size))), _LEAST_SCATTER)
        self._design = np.column_stack([np.ones_like(self._start), self._start])

    def line(self) -> StepLine:
        """The mean over what the reads may scatter, each as likely as the differences make it."""
        found = []
        for grows in _GROWS:
            last = _Found(self._first(), np.eye(3), self._start, 0.0, 0.0)
            for share in _SHARES:
                for _ in range(_ROUNDS):
                    last = self._solved(last, share, grows)
                found.append(last)
        likely = np.array([one.likelihood for one in found])
        weights = np.exp(likely - likely.max())
        weights[:: len(_SHARES)] *= _AS_LIKELY
        weights[len(_SHARES) - 1 :: len(_SHARES)] *= _AS_LIKELY
        weights /= weights.sum()
        each = np.array([one.values for one in found])
        values = weights @ each
        covariances = np.array([one.covariance for one in found])
        covariance = np.tensordot(weights, covariances, axes=1)
        covariance[:2, :2] += (weights[:, None] * (each - values)).T @ (each - values)
        read = float(weights @ np.array([one.read_variance for one in found]))
        # Back from the mean start and the largest step to siemens.
        shift = np.array([[self._unit, -self._centre, 0], [0, 1, 0], [0, 0, self._unit]])
        return StepLine(
            values=shift[:2, :2] @ values,
            covariance=shift @ covariance @ shift.T,
            read_deviation=self._unit * sqrt(read),
            steps=len(self._start),
            _shares=weights,
            _values=each @ shift[:2, :2].T,
            _roots=shift @ _roots(covariances),
        )

    def _first(self) -> FloatArray:
        """Least squares against the middle of a step, moved to its start."""
        middle = self._start + self._sign * self._size / 2
        (level, slope), *_ = np.linalg.lstsq(
            np.column_stack([np.ones_like(middle), middle]), self._size, rcond=None
        )
        k = 1 - self._sign * slope / 2
        return np.array([level, slope]) / (k if abs(k) > 1 / _STEEPEST else 1.0)

    def _solved(self, last: _Found, share: float, grows: float) -> _Found:
        """Generalised least squares, the covariance of the differences from the line before."""
        count = len(self._start)
        slope = float(np.clip(last.values[1], -_STEEPEST, _STEEPEST))
        carried = 1 + self._sign * slope  # how much of a conductance is in the next one
        band = np.zeros((2, count))
        scatter, of_others = self._scatter(last, grows)
        band[1] = scatter + share * (1 + carried**2)
        band[0, 1:] = np.where(self._follows[1:], -carried * share, 0.0)
        root = linalg.cholesky_banded(band, check_finite=False)
        both = np.column_stack([self._design, self._size])
        weighted = linalg.cho_solve_banded((root, False), both, check_finite=False)
        (alone, mixed), (_, together) = self._design.T @ weighted[:, :2]
        determinant = max(float(alone * together - mixed**2), 1e-14 * float(alone * together))
        inverse = np.array([[together, -mixed], [-mixed, alone]]) / determinant
        values = inverse @ (self._design.T @ weighted[:, 2])
        residual = weighted[:, 2] - weighted[:, :2] @ values
        squares = float((self._size - self._design @ values) @ residual)
        freedom = max(count - 2, 1)
        scale = max(squares / freedom, _LEAST_SCATTER**2)
        joint = with_end(
            inverse,
            weighted[:, :2] @ inverse,
            scatter,
            of_others,
            self._ways,
            carried,
            self._sign,
        )
        # What the reads say of the conductance, freed of their noise by the likelihood.
        noise = -carried * residual
        noise[1:] += np.where(self._follows[1:], residual[:-1], 0.0)
        return _Found(
            values=values,
            covariance=scale * freedom / max(freedom - 2, 1) * joint,  # of a Student t
            conductance=self._start - self._sign * share * noise,
            read_variance=scale * share,
            likelihood=-freedom / 2 * log(scale)
            - float(np.sum(np.log(root[1])))
            - log(determinant) / 2,
        )

    def _scatter(self, last: _Found, grows: float) -> tuple[FloatArray, FloatArray]:
        """Variance of the fitted steps, with a mean of 1, and of the others in that mean."""
        if grows == 0:
            return np.ones_like(self._start), np.ones_like(self._other_start)
        level, slope = last.values
        fitted = np.maximum(level + slope * last.conductance, self._least) ** 2
        others = np.maximum(level + slope * self._other_start, self._least) ** 2
        unit = float(np.sum(fitted)) / len(fitted)
        return 1 + grows * (fitted / unit - 1), 1 + grows * (others / unit - 1)
