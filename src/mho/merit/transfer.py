"""Threshold, swing and transconductance of a transistor, from the whole of its transfer curve.

Volts and amperes of an n-channel; for a p-channel pass their magnitudes. The steepest place of a
measured curve is where its noise is, so no place is chosen: the law of all regions of operation is
fitted to every point.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, hypot, log, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy import constants, optimize

from mho.merit import regression
from mho.merit.estimate import Estimate, student_quantile
from mho.merit.samples import FloatArray, NotEnoughData, require_change, usable

SOURCE = (
    "fit of the EKV law with mobility loss (Enz, Krummenacher, Vittoz 1995) to the whole curve, "
    "each point weighed by its noise"
)

EXTRAPOLATION_ERROR, PINCH_OFF_ERROR = 1e-3, 2e-3
"""Volts added to both thresholds in quadrature: how far the law is from a real transistor (its
mobility falls otherwise, it has a series resistance)."""

_LOUD = 30.0
"""Times the noise floor from which on a current tells the shape of the curve."""

_FLOORS = 5
"""Noise floors that are tried, each ten times the one before."""

_PARAMETERS = 5
_ROUNDS = 4


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
            fits = [
                (law, law.fit(what))
                for law in (_Law(vg, amps, drain_voltage, floor, thermal) for floor in floors)
            ]
            law, fitted = max(fits, key=lambda pair: pair[0].likelihood(pair[1]))
        except (ValueError, np.linalg.LinAlgError) as error:
            raise NotEnoughData(f"{what}: the fit broke down on these data ({error})") from error
        if not np.all(np.isfinite(fitted.covariance)):
            raise NotEnoughData(f"{what}: the data do not determine the curve")
        return law.described(fitted, ignored)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fitted:
    """Threshold (V), ln of the slope factor, ln of beta, and two coefficients of mobility loss."""

    values: FloatArray
    covariance: FloatArray
    noise: float
    relative: FloatArray
    freedom: int


class _Law:
    """The law and the points it is fitted to.

    I = 2 n beta Ut^2 [F(vp) - F(vp - VDS/Ut)] / (1 + a u + b u^2), F(z) = ln^2(1 + e^(z/2)),
    vp = (VG - Vth) / (n Ut), and u the overdrive, which goes to zero smoothly.
    """

    def __init__(
        self, gate: FloatArray, amps: FloatArray, drain: float, floor: float, thermal: float
    ) -> None:
        self._gate, self._amps, self._drain = gate, amps, drain
        self._floor, self._thermal = floor, thermal

    def current(self, gate: FloatArray, p: FloatArray) -> FloatArray:
        thermal, n = self._thermal, exp(min(p[1], 20.0))
        pinch = (gate - p[0]) / (n * thermal)
        forward = np.logaddexp(0, pinch / 2)
        reverse = np.logaddexp(0, (pinch - self._drain / thermal) / 2)
        overdrive = 2 * n * thermal * forward
        loss = 1 + p[3] * overdrive + p[4] * overdrive**2
        scale = 2 * n * exp(min(p[2], 200.0)) * thermal**2
        return np.asarray(scale * (forward**2 - reverse**2) / loss, dtype=np.float64)

    def fit(self, what: str) -> _Fitted:
        vg, amps, floor = self._gate, self._amps, self._floor
        start, low, high = self._start(what)
        start = self._fit_of_logarithms(start, low, high)
        noise, freedom = 0.01, len(amps) - _PARAMETERS
        for _ in range(_ROUNDS):
            weights = 1 / np.hypot(noise * np.maximum(self.current(vg, start), 0), floor)

            def residual(p: FloatArray, weights: FloatArray = weights) -> FloatArray:
                return np.append((self.current(vg, p) - amps) * weights, _ridge(p))

            inside = np.clip(start, low + 1e-9, high - 1e-9)
            result = optimize.least_squares(
                residual, inside, bounds=(low, high), x_scale="jac", max_nfev=400
            )
            modelled = self.current(vg, result.x)
            relative = self._relative(modelled, noise)
            before, noise = noise, max(_root_mean_square(relative, _PARAMETERS - 1), 1e-6)
            start = result.x
            if abs(noise / before - 1) < 0.1:
                break
        about = sqrt(float(np.sum(result.fun[: len(amps)] ** 2)) / freedom)
        covariance = (
            regression.open_inverse(np.asarray(result.jac, dtype=np.float64)) * max(about, 1.0) ** 2
        )
        return _Fitted(
            values=result.x, covariance=covariance, noise=noise, relative=relative, freedom=freedom
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
            curve = self.current(grid, p)
            slopes = np.gradient(curve, grid)[2:-2]
            at = int(np.argmax(slopes)) + 2
            slope = float(slopes[at - 2])
            return float(grid[at] - curve[at] / slope - self._drain / 2), slope, float(grid[at])

        p, freedom = fitted.values, fitted.freedom
        extrapolated, slope, at = steepest(p)
        of_slope = self._error(fitted, lambda q: steepest(q)[1])
        log_swing = Estimate.of(float(p[1]), sqrt(fitted.covariance[1, 1]), freedom)
        return TransferLaw(
            extrapolated=_allowing(
                extrapolated,
                self._error(fitted, lambda q: steepest(q)[0]),
                freedom,
                EXTRAPOLATION_ERROR,
            ),
            pinch_off=_allowing(
                float(p[0]), sqrt(fitted.covariance[0, 0]), freedom, PINCH_OFF_ERROR
            ),
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

        def residual(p: FloatArray) -> FloatArray:
            away = np.log(np.maximum(self.current(vg, p), floor)) - measured
            return np.append(away[first:] / 0.02, _ridge(p))

        scale = (0.1, 0.1, 0.1, 0.1, 0.05)
        result = optimize.least_squares(
            residual, start, bounds=(low, high), x_scale=scale, max_nfev=100
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
        steps = np.array([1e-4, 1e-3, 1e-3, 1e-3, 1e-4])
        gradient = np.array(
            [
                (function(fitted.values + step) - function(fitted.values - step)) / (2 * size)
                for size, step in zip(steps, np.diag(steps), strict=True)
            ]
        )
        return sqrt(max(float(gradient @ fitted.covariance @ gradient), 0.0))


def _ridge(p: FloatArray) -> FloatArray:
    """A weak wish for little mobility loss, which a straight curve does not tell."""
    return np.array([p[3] - 0.1, p[4] / 0.1])


def _allowing(value: float, error: float, freedom: int, systematic: float) -> Estimate:
    """An estimate with a systematic half width (of the interval) added in quadrature."""
    return Estimate.of(value, hypot(error, systematic / student_quantile(freedom)), freedom)


def _root_mean_square(values: FloatArray, parameters: int) -> float:
    return sqrt(float(values @ values) / max(len(values) - parameters, 1))
