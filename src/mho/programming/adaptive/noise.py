"""What a cell does when left alone, and what its reads tell of the mean that is to be judged.

Near its target the conductance of a cell, as a fraction of the target, is::

    y(t) = level + c(t) r (u_1(t) + ... + u_K(t) + white),      G = target (1 + y)

with a level that relaxes in log time, Ornstein-Uhlenbeck processes u_k of correlation times tau_k
and shares w_k of unit variance (telegraph noise of a trap has the covariance of one), and white
noise. c(t) holds what is known of how loud the noise is here: the noise law, and a state just made
that is louder for some seconds.

A Kalman filter follows level and u_k from read to read, however they are spaced, and so predicts
the judged mean with the right covariance: what is slow goes on, what is fast averages out. The
magnitude r of this state of this cell is not known: its square has an inverse gamma distribution,
which turns the prediction into Student's t. Neither are its shares: `SHAPES` filters run side by
side, from quiet (fast) to slow noise, each weighed by how well it foretold the reads (a
multiple-model filter: Bar-Shalom, Li, Kirubarajan, Estimation with Applications to Tracking and
Navigation, Wiley 2001, 11.6; normal-inverse-gamma: West, Harrison, Bayesian Forecasting and Dynamic
Models, Springer 1997, 4.5).
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from mho.device.prior import NoiseLaw
from mho.programming.algorithm import Floats, Means

TILTS, CHANCES = (-1.5, -0.5, 0.5, 1.5, 0.0, 0.0), (0.11, 0.27, 0.27, 0.11, 0.2, 0.04)
"""Shapes, from fast to slow: shares of the mean spectrum times (time / mean time)**(tilt
time_spread), and how likely each is at first. The last two: of a sleeping and a restless cell."""

_USUAL = 4
"""So many of them, the first ones, are of usual cells."""

SLEEPING = 0.9
"""Share of the slowest noise in a sleeping cell: what is seen at first tells little of it."""

_DOUBT = 0.01

RESTLESS, COMES_BACK, COMES_BACK_IN = 0.05, 0.04, 8.0
"""Of a restless cell: its relaxation, sd of ln G a decade of time after a step of 1; what part of a
step (sd) it takes back beside that, and in what time about (s)."""

_DIFFUSE = 1e4
"""Variance of a level that nothing is known of, in units of the noise's."""

_SOONEST = 0.01
"""s after a pulse: relaxation is counted from here."""

_OLD = 0.1
"""Of an earlier step counts for relaxation after a new one."""

_JUMP = 5.0
"""Standard deviations of a single read that the mean of a look cannot be off by chance."""

_LOUDNESS = 0.02, 50.0
"""c, at least and at most."""

_REMEMBERED = 0.25
"""Of what was learnt about the shape: so much holds for all states of a cell. All of it where it is
whether the cell is restless."""


class NoiseModel(NamedTuple):
    """What all cells share: times (s) of the K processes, and by shape (H) all the rest.

    Shares (H, K) and white shares, how likely each shape is, and its relaxation (see `RESTLESS`).
    """

    times: Floats
    shares: Floats
    white: Floats
    chances: Floats
    law: NoiseLaw
    relaxation: Floats

    @property
    def shapes(self) -> int:
        """How many filters run side by side."""
        return len(self.white)


def noise_model(law: NoiseLaw, relaxation: float, means: Means) -> NoiseModel:
    """From the law of a prior: what is correlated for less than a read is white."""
    times = np.array([part.time for part in law.times])
    share = np.array([part.share for part in law.times])
    order = np.argsort(times)
    times, share = times[order], share[order] / share.sum()
    slow = times > means.aperture
    # what is slower than the judged mean is no matter of a look: its share stays
    learnt = times <= 0.1 * means.judged_for
    shown = np.maximum(times[learnt], means.aperture)
    centre = np.exp((share[learnt] * np.log(shown)).sum() / max(share[learnt].sum(), 1e-9))
    tilted = np.tile(share, (len(TILTS), 1))
    tilted[:, learnt] *= (shown / centre) ** (law.time_spread * np.array(TILTS)[:, None])
    tilted[:, learnt] *= share[learnt].sum() / tilted[:, learnt].sum(axis=1, keepdims=True)
    slowest = ~learnt if not learnt.all() else times == times[-1]
    asleep = tilted[-2] * np.where(slowest, SLEEPING, 1.0 - SLEEPING)
    for part in (slowest, ~slowest):
        asleep[part] /= max(tilted[-2, part].sum(), 1e-9)
    tilted[-2] = asleep / asleep.sum()
    white = np.maximum(tilted[:, ~slow].sum(axis=1), 0.02)
    relaxations = np.full(len(TILTS), relaxation)
    relaxations[-1] = max(relaxation, RESTLESS)
    return NoiseModel(times[slow], tilted[:, slow], white, np.array(CHANCES), law, relaxations)


def deviation_at(law: NoiseLaw, conductance: Floats) -> Floats:
    """Relative sd of settled reads at these conductances (S), by the law."""
    points = sorted((np.log(p.conductance), np.log(p.deviation)) for p in law.points)
    x, known = np.array(points).T
    return np.asarray(np.exp(np.interp(np.log(conductance), x, known)), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """What is known of each cell's level and noise. H filters of K + 2 states: level, u_k, drift.

    Variances of ``mean`` (n, H, K + 2) are ``covariance`` (n, H, K + 2, K + 2) times r^2, and r^2
    is inverse gamma of ``freedom`` (n,) and ``energy`` (n, H). The drift (1/s) is that of a
    restless cell, whose steps come back in part; it goes on whatever pulses come.
    """

    mean: Floats
    covariance: Floats
    log_weight: Floats
    freedom: Floats
    energy: Floats
    gain: Floats
    """c but for freshness: how loud it is at this level."""
    age: Floats
    """s since the last pulse."""
    fresh: Floats
    """How much of the freshness the last pulses left, 0 to 1."""
    step: Floats
    """Of ln G, that it relaxes from."""
    reads: NDArray[np.int64]
    """Of this state: since the last pulse."""


def at_first(model: NoiseModel, target: Floats) -> Noise:
    """Of cells that nothing was read of yet."""
    n, shapes, order = len(target), model.shapes, len(model.times) + 2
    usual = deviation_at(model.law, target)
    freedom = np.full(n, _freedom(model))
    empty = Noise(
        mean=np.zeros((n, shapes, order)),
        covariance=np.zeros((n, shapes, order, order)),
        log_weight=np.tile(np.log(model.chances), (n, 1)),
        freedom=freedom,
        energy=(freedom * usual**2)[:, None] * np.ones(shapes),
        gain=np.ones(n),
        age=np.full(n, 1e3),
        fresh=np.zeros(n),
        step=np.zeros(n),
        reads=np.zeros(n, dtype=np.int64),
    )
    return _diffuse(empty, model, np.ones(n, dtype=bool))


def _freedom(model: NoiseModel) -> float:
    """Shape of the inverse gamma whose ln r has the spread of the law (at least one read's)."""
    return max(1.0 / (4.0 * max(model.law.spread, 0.05) ** 2), 1.0)


def _diffuse(noise: Noise, model: NoiseModel, cells: NDArray[np.bool_]) -> Noise:
    """Where told: the level is unknown, and the processes are anywhere; the drift goes on."""
    mean, covariance = noise.mean.copy(), noise.covariance.copy()
    mean[cells, :, :-1] = 0.0
    covariance[cells, :, :-1] = covariance[cells, :, :, :-1] = 0.0
    covariance[cells, :, 0, 0] = _DIFFUSE
    inner = np.arange(1, covariance.shape[-1] - 1)
    covariance[:, :, inner, inner] = np.where(
        cells[:, None, None], model.shares, covariance[:, :, inner, inner]
    )
    return replace(
        noise,
        mean=mean,
        covariance=covariance,
        reads=np.where(cells, 0, noise.reads),
    )


def pulsed(noise: Noise, model: NoiseModel, cells: NDArray[np.bool_], step: Floats) -> Noise:
    """After a pulse that was to move ln G by ``step``: a new level, and partly a new noise."""
    law = model.law
    distance = abs(step)
    kept = np.exp(-distance / law.rearranging_step)
    # ln r of the next state is that of this one, and the scatter from state to state
    freedom = 1.0 / (1.0 / noise.freedom + 4.0 * law.scatter**2 * (1.0 - kept))
    log_weight = _normalised(noise.log_weight)
    log_scale = np.log(noise.energy / noise.freedom[:, None])
    common = (np.exp(log_weight) * log_scale).sum(axis=1, keepdims=True)
    scale = np.exp(common + kept[:, None] * (log_scale - common))
    shape = (kept + (1.0 - kept) * _REMEMBERED)[:, None]
    changed = _diffuse(noise, model, cells)
    energy = np.where(cells[:, None], freedom[:, None] * scale, noise.energy)
    freedom = np.where(cells, freedom, noise.freedom)
    unit, before = energy / freedom[:, None], noise.energy / noise.freedom[:, None]
    drift = changed.covariance[:, :, -1, -1] * before
    drift[:, -1] += (np.where(cells, distance, 0.0) * COMES_BACK / COMES_BACK_IN) ** 2
    changed.covariance[:, :, -1, -1] = drift / unit
    return replace(
        changed,
        log_weight=np.where(
            cells[:, None], _remembered(log_weight, model, shape), noise.log_weight
        ),
        freedom=freedom,
        energy=energy,
        fresh=np.where(
            cells,
            1.0 - np.exp(-distance / law.fresh_step) * (1.0 - noise.fresh * _left(noise, law)),
            noise.fresh,
        ),
        age=np.where(cells, 0.0, noise.age),
        # what an earlier step has left to relax is little, on the scale of a new one
        step=np.where(cells, distance + _OLD * noise.step, noise.step),
    )


def _remembered(log_weight: Floats, model: NoiseModel, share: Floats) -> Floats:
    """Of the spectrum a share, of whether a cell is restless all, but never as if it were sure."""
    chances = np.log(model.chances[:-1] / model.chances[:-1].sum())
    settled = chances + share * (_normalised(log_weight[:, :-1]) - chances)
    restless = np.clip(np.exp(log_weight[:, -1:]), _DOUBT, 1.0 - _DOUBT)
    return np.concatenate([_normalised(settled) + np.log1p(-restless), np.log(restless)], axis=1)


def _left(noise: Noise, law: NoiseLaw) -> Floats:
    return np.exp(-noise.age / law.fresh_time)


def aged(noise: Noise, model: NoiseModel, duration: Floats) -> Noise:
    """Time has passed without a read."""
    left, drifts = _left_after(duration, model)
    mean, covariance = noise.mean.copy(), noise.covariance.copy()
    _drift(mean, covariance, drifts)
    covariance *= (left[:, :, None] * left[:, None, :])[:, None]
    inner = np.arange(1, left.shape[1] - 1)
    covariance[:, :, inner, inner] += model.shares * (1.0 - left[:, None, 1:-1] ** 2)
    decades = np.log10((noise.age + duration + _SOONEST) / (noise.age + _SOONEST))
    wander = model.relaxation**2 * (noise.step * decades * noise.freedom)[:, None]
    covariance[:, :, 0, 0] += wander / noise.energy
    return replace(
        noise, mean=mean * left[:, None], covariance=covariance, age=noise.age + duration
    )


def _drift(mean: Floats, covariance: Floats, seconds: Floats) -> None:
    """Let the level of the restless filter drift, in place; no other one knows a drift."""
    mean[:, -1, 0] += seconds * mean[:, -1, -1]
    covariance[:, -1, 0, :] += seconds[:, None] * covariance[:, -1, -1, :]
    covariance[:, -1, :, 0] += seconds[:, None] * covariance[:, -1, :, -1]


def _left_after(duration: Floats, model: NoiseModel) -> tuple[Floats, Floats]:
    """What is left of each state (n, K + 2), and seconds of drift that went into the level."""
    left = np.ones((len(duration), len(model.times) + 2))
    left[:, 1:-1] = np.exp(-duration[:, None] / model.times)
    left[:, -1] = np.exp(-duration / COMES_BACK_IN)
    return left, COMES_BACK_IN * (1.0 - left[:, -1])


def unless_jumped(noise: Noise, model: NoiseModel, y: Floats) -> Noise:
    """Before a look: cells whose reads contradict what is known of them are begun anew.

    Something has happened to such a cell between two looks: a jump, a contact that was remade.
    """
    there = ~np.isnan(y)
    count = there.sum(axis=1)
    mean = np.where(there, y, 0.0).sum(axis=1) / np.maximum(count, 1)
    weight = np.exp(_normalised(noise.log_weight))
    expected = (weight * noise.mean[..., 0]).sum(axis=1)
    scale = (weight * noise.energy).sum(axis=1) / noise.freedom
    level = (weight * noise.energy * noise.covariance[..., 0, 0]).sum(axis=1) / noise.freedom
    loud = noise.gain * (1.0 + model.law.fresh * noise.fresh)
    variance = level + scale * loud**2
    jumped = abs(mean - expected) > _JUMP * np.sqrt(variance)
    return _diffuse(noise, model, jumped & (count > 0) & (noise.reads > 0))


def looked(noise: Noise, model: NoiseModel, y: Floats, instrument: Floats, every: Floats) -> Noise:
    """A look: column after column of ``y`` (n, m), each followed by ``every`` seconds.

    NaN where there was no read. ``instrument`` (n, m) is the variance of its own of each.
    """
    law = model.law
    left, drifts = _left_after(every, model)
    inner, left = np.arange(1, left.shape[1] - 1), left[:, None, :]
    both = left[..., :, None] * left[..., None, :]
    anew = model.shares * (1.0 - left[..., 1:-1] ** 2)
    mean, covariance = noise.mean.copy(), noise.covariance.copy()
    log_weight, freedom, energy = noise.log_weight, noise.freedom, noise.energy
    gain, age, reads = noise.gain, noise.age, noise.reads
    for column, own in zip(y.T, instrument.T, strict=True):
        there = ~np.isnan(column)
        first = there & (reads == 0)
        counts = (there & ~first)[:, None]
        if first.any():  # how loud a state is goes with its conductance
            gain = np.where(first, np.clip(1.0 + column, *_LOUDNESS), gain)
            mean[first, :, 0] = column[first, None]
        c = (gain * (1.0 + law.fresh * noise.fresh * np.exp(-age / law.fresh_time)))[:, None]
        cross = covariance[..., 0] + c[..., None] * covariance[..., 1:-1].sum(axis=-1)
        total = cross[..., 0] + c * cross[..., 1:-1].sum(axis=-1)
        total += c * c * model.white + (own * freedom)[:, None] / energy
        expected = mean[..., 0] + c * mean[..., 1:-1].sum(axis=-1)
        off = np.where(there[:, None], column[:, None] - expected, 0.0)
        gains = cross * (there[:, None] / total)[..., None]
        mean += gains * off[..., None]
        covariance -= gains[..., :, None] * cross[..., None, :]
        surprise = off * off / (2.0 * total)
        fit = -0.5 * np.log(total * energy)
        fit -= (freedom[:, None] + 0.5) * np.log1p(surprise / energy)
        log_weight = log_weight + np.where(counts, fit, 0.0)
        freedom = freedom + 0.5 * counts[:, 0]
        energy = energy + np.where(counts, surprise, 0.0)
        reads = reads + there
        # and what passes until the next read, for those that have one
        moved_on = there[:, None, None]
        _drift(mean, covariance, np.where(there, drifts, 0.0))
        mean *= np.where(moved_on, left, 1.0)
        covariance *= np.where(moved_on[..., None], both, 1.0)
        covariance[..., inner, inner] += np.where(moved_on, anew, 0.0)
        passed = np.where(there, every, 0.0)
        decades = np.log10((age + passed + _SOONEST) / (age + _SOONEST))
        wander = model.relaxation**2 * (noise.step * decades * freedom)[:, None]
        covariance[..., 0, 0] += wander / energy
        age = age + passed
    return replace(
        noise, mean=mean, covariance=covariance, log_weight=log_weight, freedom=freedom,
        energy=energy, gain=gain, age=age, reads=reads,
    )  # fmt: skip


def _normalised(log_weight: Floats) -> Floats:
    highest = log_weight.max(axis=1, keepdims=True)
    total = np.log(np.exp(log_weight - highest).sum(axis=1, keepdims=True))
    return np.asarray(log_weight - highest - total, dtype=np.float64)


class Prediction(NamedTuple):
    """Of the judged mean: a mixture of Gaussians, arrays (n, H), and its moments (n,).

    ``known`` is the variance of the level alone: what more reads would take away.
    ``scale`` is r^2.
    """

    weight: Floats
    mean: Floats
    variance: Floats
    scale: Floats
    centre: Floats
    known: Floats

    def of_usual_cells(self) -> "Prediction":
        """The same of those that neither sleep nor are restless."""
        weight = self.weight.copy()
        weight[:, _USUAL:] = 0.0
        return self._replace(weight=weight / weight.sum(axis=1, keepdims=True))

    def within(self, low: Floats, high: Floats) -> Floats:
        """The probability that the judged mean lies from ``low`` to ``high``."""
        sd = np.sqrt(self.variance)
        upper = ndtr((high[:, None] - self.mean) / sd)
        lower = ndtr((low[:, None] - self.mean) / sd)
        return np.asarray((self.weight * (upper - lower)).sum(axis=1), dtype=np.float64)


def predict(noise: Noise, model: NoiseModel, means: Means) -> Prediction:
    """The judged mean, begun ``judged_after`` from now."""
    after, lasts = means.judged_after, means.judged_for
    law, times = model.law, model.times
    middle = np.exp(-(noise.age + after + 0.3 * lasts) / law.fresh_time)
    c = noise.gain * (1.0 + law.fresh * noise.fresh * middle)
    carried = _carried(times, after, lasts)
    alone = averaged(times, lasts)
    decades = np.log10((noise.age + after + lasts + _SOONEST) / (noise.age + _SOONEST))
    drifts = COMES_BACK_IN * (1.0 - _carried(COMES_BACK_IN, after, lasts))
    ends = np.ones((len(c), 1))
    h = np.concatenate([ends, c[:, None] * carried, drifts * ends], axis=1)
    mean = np.einsum("nk,nhk->nh", h, noise.mean)
    unit = np.einsum("nk,nhkl,nl->nh", h, noise.covariance, h)
    unit = unit + c[:, None] ** 2 * (model.shares * (alone - carried**2)).sum(axis=1)
    unit = unit + c[:, None] ** 2 * model.white * means.aperture / lasts
    scale = noise.energy / np.maximum(noise.freedom - 1.0, 0.7)[:, None]
    relaxing = model.relaxation**2 * (noise.step * decades)[:, None]
    weight = np.exp(_normalised(noise.log_weight))
    centre = (weight * mean).sum(axis=1)
    between = (weight * (mean - centre[:, None]) ** 2).sum(axis=1)
    known = (weight * scale * noise.covariance[:, :, 0, 0]).sum(axis=1) + between
    return Prediction(weight, mean, unit * scale + relaxing, scale, centre, known)


def _carried(times: Any, after: float, lasts: float) -> Any:
    """Mean of exp(-t / time) over a window: what is left of processes in it."""
    return times / lasts * -np.expm1(-lasts / times) * np.exp(-after / times)


def averaged(times: Floats, lasts: float) -> Floats:
    """Variance of the mean of a unit Ornstein-Uhlenbeck process over ``lasts`` seconds."""
    z = lasts / times
    return 2.0 / z * (1.0 + np.expm1(-z) / z)
