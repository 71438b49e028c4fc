"""Threshold, swing and transconductance of a transistor, from the whole of its transfer curve.

Volts and amperes of an n-channel; for a p-channel pass their magnitudes. The steepest place of a
measured curve is where its noise is, so no place is chosen: the law of all regions of operation is
fitted to every point.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy import constants, optimize, special

from mho.merit import regression
from mho.merit.estimate import Estimate
from mho.merit.samples import FloatArray, NotEnoughData, require_change, usable

SOURCE = (
    "fit of the EKV law with mobility loss and series resistance (Enz, Krummenacher, Vittoz 1995) "
    "to the whole curve, each point weighed by its noise"
)

_LOUD = 30.0
"""Times the noise floor from which on a current tells the shape of the curve."""

_FLOORS = 5
"""Noise floors that are tried, each ten times the one before."""

_LIKELY = np.array([0.1, 0.0, 0.0, 0.1])
_LIKELY_WITHIN = np.array([1.0, 0.15, 0.3, 0.3])
"""What is expected of the coefficients of the loss (1/V, V^-2, V^-1.5) and of the series
resistance times beta (1/V), and how strongly they are held to it (sd). A resistance is never
negative: none would be an end of what it may be, a tenth of the channel at 1 V of overdrive is its
middle."""

_LIKELY_OFF = 0.25
"""Of these sd: how far transistors are from what is expected. They are held to it more weakly, so
that one that is farther off is moved little."""

_UNLIKELY = 0.01
"""Probability below which residuals are larger than the noise that was found makes them."""

_STEP = sqrt(np.finfo(float).eps)
"""Of a parameter, or of 1: how far it is moved to see how the current goes with it."""

_PLAIN = 5
"""Parameters of a transistor whose mobility falls with whole powers and without resistance."""

_ROUNDS = 4
_LEAST_LOSS = 0.05
"""To which the denominator of the mobility may fall while the solver tries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferLaw:
    """What the law of all regions says of a transfer curve.

    Attributes
    ----------
    extrapolated
        V: the tangent at the largest transconductance of the fitted curve meets zero there, minus
        VDS/2 (linear extrapolation). It lies some 10 mV above ``pinch_off``.
    pinch_off
        V: threshold of the law, at a grounded source.
    swing
        V per decade, in the limit of weak inversion.
    transconductance, at
        The largest slope (S), and the gate voltage (V) where it stands.
    misfit
        Scatter about the law over scatter from point to point: above about 1.3 the law does not
        describe this transistor.
    noise
        Relative scatter of the currents about the law.
    """

    extrapolated: Estimate
    pinch_off: Estimate
    swing: Estimate
    transconductance: Estimate
    at: float
    misfit: float
    noise: float
    points: int
    ignored: int
    source: str


def transfer_law(
    gate: ArrayLike,
    drain_current: ArrayLike,
    *,
    drain_voltage: float,
    noise_floor: float = 1e-10,
    temperature: float = 300.0,
) -> TransferLaw:
    """Fit the law to a transfer sweep at a small constant ``drain_voltage`` (V).

    How the mobility falls and what stands in series bends the curve too little to be seen in the
    residuals, and moves the thresholds by a millivolt: both are parameters of the law, so that the
    intervals hold what the points leave open of them, and no more.

    Parameters
    ----------
    gate, drain_current
        Shape (n,), V and A.
    noise_floor
        A: the least that the instrument can tell. Where the curve itself is noisier at its lower
        end, the floor is raised until it is likely; relative noise is found by the fit.
    temperature
        K, of the transistor.

    Raises
    ------
    NotEnoughData
        Fewer than 8 points, no current that rises out of the noise with the gate voltage, or a
        curve that no transistor has.
    """
    what = "the threshold voltage"
    (vg, amps), ignored = usable(what, 8, gate=gate, drain_current=drain_current)
    order = np.argsort(vg, kind="stable")
    vg, amps = vg[order], amps[order]
    if vg[0] == vg[-1]:
        raise NotEnoughData(f"{what} needs several gate voltages, got {vg[0]:g} V only")
    require_change(what, "the drain current", amps)
    if np.max(amps) <= 3 * _LOUD * noise_floor:
        raise NotEnoughData(
            f"{what}: the largest current, {np.max(amps):.3g} A, does not rise out of the noise "
            f"floor of {noise_floor:.3g} A"
        )
    thermal = constants.Boltzmann * temperature / constants.elementary_charge
    raised = noise_floor * 10.0 ** np.arange(_FLOORS)
    floors = raised[raised < np.max(amps) / (3 * _LOUD)]
    with np.errstate(all="ignore"):  # a trial step may overflow; the solver then shortens it
        try:
            fits: list[tuple[_Law, _Fitted]] = []
            for floor in floors:
                law = _Law(vg, amps, drain_voltage, floor, thermal)
                fits.append((law, law.plain(what, fits[-1][1] if fits else None)))
            law, plain = max(fits, key=lambda pair: pair[0].likelihood(pair[1]))
            fitted = law.refined(plain)
        except (ValueError, np.linalg.LinAlgError) as error:
            raise NotEnoughData(f"{what}: the fit broke down on these data ({error})") from error
        if not np.all(np.isfinite(fitted.covariance)):
            raise NotEnoughData(f"{what}: the data do not determine the curve")
        return law.described(fitted, ignored)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fitted:
    """Values: threshold (V), logarithms of slope factor and beta, loss, resistance times beta."""

    values: FloatArray
    covariance: FloatArray
    noise: float
    relative: FloatArray
    freedom: float


class _Law:
    """The law and the points it is fitted to.

    I = 2 n beta Ut^2 [F(vp) - F(vp - VDS/Ut)] / (1 + a u + b u^2 + c u^1.5), u the overdrive, which
    goes to zero smoothly; F(z) = ln^2(1 + e^(z/2)), vp = (VG - Vth) / (n Ut). The drop along a
    series resistance is taken off VDS, and half of it, that at the source, off VG.
    """

    def __init__(
        self, gate: FloatArray, amps: FloatArray, drain: float, floor: float, thermal: float
    ) -> None:
        self._gate, self._amps, self._drain = gate, amps, drain
        self._floor, self._thermal = floor, thermal

    def current(self, gate: FloatArray, p: FloatArray) -> FloatArray:
        """At the gates (n,) for parameters (7,), or (m, n) for m sets of them, (7, m, 1)."""
        resistance = p[6] / np.exp(np.minimum(p[2], 200.0))
        first = self._without_resistance(gate, p, np.zeros_like(gate))
        if not np.any(resistance):
            return first
        # The current falls almost linearly with the drop, so that two secants find it.
        second = self._without_resistance(gate, p, first * resistance)
        amps = first * first / np.maximum(2 * first - second, 1e-30)
        third = self._without_resistance(gate, p, amps * resistance)
        slope = (third - second) / np.where(amps == first, -1.0, amps - first)
        return np.asarray(amps + (third - amps) / (1 - slope), dtype=np.float64)

    def _without_resistance(self, gate: FloatArray, p: FloatArray, drop: FloatArray) -> FloatArray:
        thermal, n = self._thermal, np.exp(np.minimum(p[1], 20.0))
        pinch = (gate - drop / 2 - p[0]) / (n * thermal)
        forward = np.logaddexp(0, pinch / 2)
        reverse = np.logaddexp(0, (pinch - (self._drain - drop) / thermal) / 2)
        u = 2 * n * thermal * forward
        loss = np.maximum(1 + u * (p[3] + p[4] * u + p[5] * np.sqrt(u)), _LEAST_LOSS)
        scale = 2 * n * np.exp(np.minimum(p[2], 200.0)) * thermal**2
        return np.asarray(scale * (forward**2 - reverse**2) / loss, dtype=np.float64)

    def _slopes(self, p: FloatArray, high: FloatArray) -> FloatArray:
        """How the current at each gate goes with each of these parameters: (n, k)."""
        size = _STEP * np.maximum(1, abs(p))
        sets = np.zeros((len(p) + 1, 3 + len(_LIKELY)))
        sets[:, : len(p)] = p + np.vstack([0 * p, np.diag(np.where(p + size < high, size, -size))])
        steps = np.diagonal(sets[1:]) - p
        amps = self.current(self._gate, sets.T[:, :, None])
        return np.asarray((amps[1:] - amps[0]).T / steps, dtype=np.float64)

    def plain(self, what: str, near: _Fitted | None) -> _Fitted:
        """The transistor without resistance whose mobility falls with whole powers.

        From where it was ``near``, for another floor.
        """
        start, low, high = self._start(what)
        if near is None:
            return self._fit(self._fit_of_logarithms(start, low, high), low, high)
        return self._fit(near.values[:_PLAIN], low, high, near.noise)

    def refined(self, plain: _Fitted) -> _Fitted:
        """All parameters, the resistance and the odd power from nothing."""
        known = plain.values[:3]
        low = np.concatenate([known - np.array([0.5, 1.0, 2.0]), [-5.0, -0.5, -3.0, -1.0]])
        high = np.concatenate([known + np.array([0.5, 1.0, 2.0]), [5.0, 0.5, 3.0, 1.0]])
        return self._fit(plain.values, low, high, plain.noise)

    def _fit(
        self, start: FloatArray, low: FloatArray, high: FloatArray, noise: float = 0.01
    ) -> _Fitted:
        vg, amps, floor, count = self._gate, self._amps, self._floor, len(start)
        rest = np.zeros(len(_LIKELY) + 3 - count)
        for _ in range(_ROUNDS):
            first = self.current(vg, np.append(start, rest))
            weights = 1 / np.hypot(noise * np.maximum(first, 0), floor)

            def residual(p: FloatArray, weights: FloatArray = weights) -> FloatArray:
                away = (self.current(vg, np.append(p, rest)) - amps) * weights
                return np.append(away, _unlikely(p))

            def slopes(p: FloatArray, weights: FloatArray = weights) -> FloatArray:
                by_points = self._slopes(p, high) * weights[:, None]
                return np.vstack([by_points, _unlikely_slopes(count)])

            inside = np.clip(start, low + 1e-9, high - 1e-9)
            result = optimize.least_squares(
                residual, inside, slopes, bounds=(low, high), x_scale="jac", max_nfev=400
            )
            start = result.x
            relative = self._relative(self.current(vg, np.append(start, rest)), noise)
            jacobian = np.asarray(result.jac, dtype=np.float64)
            covariance = regression.open_inverse(jacobian)
            told = _told_by_points(jacobian[: len(amps)], covariance)
            before, noise = noise, max(_root_mean_square(relative, told - 1), 1e-6)
            if abs(noise / before - 1) < 0.1:
                break
        freedom = max(len(amps) - told, 1.0)
        squares = float(np.sum(result.fun[: len(amps)] ** 2))
        by_chance = squares < float(special.chdtri(freedom, _UNLIKELY))
        return _Fitted(
            values=np.append(start, rest),
            covariance=_as_expected(jacobian[: len(amps)], covariance)
            * (1.0 if by_chance else squares / freedom),
            noise=noise,
            relative=relative,
            freedom=freedom,
        )

    def likelihood(self, fitted: _Fitted) -> float:
        """Logarithm of it, for normal noise, but for a constant."""
        modelled = self.current(self._gate, fitted.values)
        deviation = np.hypot(fitted.noise * np.maximum(modelled, 0), self._floor)
        away = (self._amps - modelled) / deviation
        return float(-np.sum(np.log(deviation)) - away @ away / 2)

    def described(self, fitted: _Fitted, ignored: int) -> TransferLaw:
        grid = np.linspace(self._gate[0], self._gate[-1], 1200)
        spread = np.diff(fitted.relative, 2)
        local = sqrt(float(np.mean(spread**2)) / 6) if len(spread) > 3 else fitted.noise

        def steepest(p: FloatArray) -> tuple[float, float, float]:
            return _tangent_where_steepest(grid, self.current(grid, p), self._drain)

        p, freedom = fitted.values, fitted.freedom
        extrapolated, slope, at = steepest(p)
        of_slope = self._error(fitted, lambda q: steepest(q)[1])
        log_swing = Estimate.of(float(p[1]), sqrt(fitted.covariance[1, 1]), freedom)
        return TransferLaw(
            extrapolated=Estimate.of(
                extrapolated, self._error(fitted, lambda q: steepest(q)[0]), freedom
            ),
            pinch_off=Estimate.of(float(p[0]), sqrt(fitted.covariance[0, 0]), freedom),
            swing=log_swing.mapped(lambda n: exp(min(n, 20.0)) * self._thermal * log(10)),
            transconductance=Estimate.of(slope, of_slope, freedom),
            at=at,
            misfit=fitted.noise / local if local > 0 else 1.0,
            noise=fitted.noise,
            points=len(self._gate),
            ignored=ignored,
            source=SOURCE,
        )

    def _start(self, what: str) -> tuple[FloatArray, FloatArray, FloatArray]:
        """A line through the upper part, and how far the parameters may go."""
        vg, amps = self._gate, self._amps
        first = int(np.argmax(amps > 0.1 * np.max(amps)))
        if len(vg) - first < 3:
            first = max(len(vg) - 3, 0)
        slope, cut = np.polyfit(vg[first:], amps[first:], 1)
        if not slope > 0:
            raise NotEnoughData(f"{what}: the current does not rise with the gate voltage")
        beta = log(slope / self._drain)
        low = np.array([vg[0] - 2, log(0.8), beta - 4, 0.0, 0.0])
        high = np.array([vg[-1], log(6.0), beta + 4, 5.0, 0.5])
        start = np.array([-cut / slope - self._drain / 2, log(1.3), beta, 0.05, 0.001])
        return np.clip(start, low, high), low, high

    def _fit_of_logarithms(
        self, start: FloatArray, low: FloatArray, high: FloatArray
    ) -> FloatArray:
        vg, floor = self._gate, self._floor
        first = int(np.argmax(self._amps > _LOUD * floor))
        measured = np.log(np.maximum(self._amps, floor))

        def modelled(p: FloatArray) -> FloatArray:
            return self.current(vg, np.append(p, np.zeros(len(_LIKELY) + 3 - _PLAIN)))

        def residual(p: FloatArray) -> FloatArray:
            away = np.log(np.maximum(modelled(p), floor)) - measured
            return np.append(away[first:] / 0.02, _unlikely(p))

        def slopes(p: FloatArray) -> FloatArray:
            amps = modelled(p)[:, None]
            by_points = np.where(amps > floor, self._slopes(p, high) / np.maximum(amps, floor), 0)
            return np.vstack([by_points[first:] / 0.02, _unlikely_slopes(len(p))])

        scale = (0.1, 0.1, 0.1, 0.1, 0.05)
        result = optimize.least_squares(
            residual, start, slopes, bounds=(low, high), x_scale=scale, max_nfev=100
        )
        return np.asarray(result.x, dtype=np.float64)

    def _relative(self, modelled: FloatArray, noise: float) -> FloatArray:
        """Relative distance from the law where the current is far above the floor."""
        loud = modelled > _LOUD * self._floor / max(noise, 1e-4)
        if np.count_nonzero(loud) > 8:
            return self._amps[loud] / modelled[loud] - 1
        return (self._amps - modelled) / np.maximum(modelled, self._floor)

    @staticmethod
    def _error(fitted: _Fitted, function: Callable[[FloatArray], float]) -> float:
        """Standard error of what is computed from the parameters (delta method)."""
        steps = np.array([1e-4, 1e-3, 1e-3, 1e-3, 1e-4, 1e-3, 1e-3])
        gradient = np.array(
            [
                (function(fitted.values + step) - function(fitted.values - step)) / (2 * size)
                for size, step in zip(steps, np.diag(steps), strict=True)
            ]
        )
        return sqrt(max(float(gradient @ fitted.covariance @ gradient), 0.0))


def _tangent_where_steepest(
    grid: FloatArray, curve: FloatArray, drain: float
) -> tuple[float, float, float]:
    """Where the tangent meets zero less half the drain voltage, its slope, and where it stands.

    The steepest place is that of a parabola through the slopes: one that jumped from point to point
    of the grid would make the derivatives to the parameters too large.
    """
    slopes, width = np.gradient(curve, grid), grid[1] - grid[0]
    at = int(np.argmax(slopes[2:-2])) + 2
    before, here, after = slopes[at - 1 : at + 2]
    bend = before - 2 * here + after
    away = float(np.clip((before - after) / 2 / bend, -0.5, 0.5)) if bend < 0 else 0.0
    turn = (after - before) / 2
    slope = here + (turn + bend * away / 2) * away
    amps = curve[at] + width * away * (here + (turn / 2 + bend * away / 6) * away)
    place = grid[at] + width * away
    return float(place - amps / slope - drain / 2), float(slope), float(place)


def _unlikely(p: FloatArray) -> FloatArray:
    """How far the coefficients are from what is expected, in what they may be from it."""
    given = len(p) - 3
    return np.asarray((p[3:] - _LIKELY[:given]) / _LIKELY_WITHIN[:given], dtype=np.float64)


def _unlikely_slopes(count: int) -> FloatArray:
    """The same for each of ``count`` parameters: (count - 3, count)."""
    slopes: FloatArray = np.eye(count)[3:] / _LIKELY_WITHIN[: count - 3, None]
    return slopes


def _told_by_points(jacobian: FloatArray, inverse: FloatArray) -> float:
    """How many parameters the points tell: all but what the expectation holds."""
    return float(np.sum((jacobian @ inverse) * jacobian))


def _as_expected(jacobian: FloatArray, inverse: FloatArray) -> FloatArray:
    """Covariance of parameters pulled to what is expected, if that is as far off as is likely."""
    pull = np.zeros(len(inverse))
    pull[3:] = _LIKELY_OFF / _LIKELY_WITHIN[: len(inverse) - 3]
    by_noise, by_pull = inverse @ jacobian.T, inverse * pull
    # sums of squares: a variance is not negative, however near to singular the inverse is
    return np.asarray(by_noise @ by_noise.T + by_pull @ by_pull.T, dtype=np.float64)


def _root_mean_square(values: FloatArray, parameters: float) -> float:
    return sqrt(float(values @ values) / max(len(values) - parameters, 1.0))
