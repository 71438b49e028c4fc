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

import numpy as np
from numpy.typing import NDArray

from mho.device.prior import NoiseLaw
from mho.programming.adaptive.noise_shapes import (
    COMES_BACK,
    COMES_BACK_IN,
    NoiseModel,
    deviation_at,
)
from mho.programming.algorithm import Floats

_DOUBT = 0.01
"""A cell is never surer than that to be restless, or not to be."""

_DIFFUSE = 1e4
"""Variance of a level that nothing is known of, in units of the noise's."""

SOONEST = 0.01
"""s after a pulse: relaxation is counted from here."""

_OLD = 0.1
"""Of an earlier step counts for relaxation after a new one."""

_JUMP = 5.0
"""Standard deviations of a single read that the mean of a look cannot be off by chance."""

_LOUDNESS = 0.02, 50.0
"""c, at least and at most."""

_CORRECTED = 0.3
"""Of what the noise of one state is off that of its cell, as it is known so far."""

_REMEMBERED = 0.25
"""Of what was learnt about the shape: so much holds for all states of a cell. All of it where it is
whether the cell is restless."""


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
    usual: Floats
    """r^2 of the cell (n,), by all its states so far."""
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
        usual=usual**2,
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
    log_weight = normalised(noise.log_weight)
    log_scale = np.log(noise.energy / noise.freedom[:, None])
    common = (np.exp(log_weight) * log_scale).sum(axis=1, keepdims=True)
    scale = np.exp(common + kept[:, None] * (log_scale - common))
    shape = (kept + (1.0 - kept) * _REMEMBERED)[:, None]
    off = _CORRECTED * (1.0 - kept)[:, None] * (common - np.log(noise.usual)[:, None])
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
        usual=np.where(cells, noise.usual * np.exp(off[:, 0]), noise.usual),
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
    settled = chances + share * (normalised(log_weight[:, :-1]) - chances)
    restless = np.clip(np.exp(log_weight[:, -1:]), _DOUBT, 1.0 - _DOUBT)
    return np.concatenate([normalised(settled) + np.log1p(-restless), np.log(restless)], axis=1)


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
    decades = np.log10((noise.age + duration + SOONEST) / (noise.age + SOONEST))
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
    weight = np.exp(normalised(noise.log_weight))
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
    there = ~np.isnan(y)
    first = there & (noise.reads[:, None] + there.cumsum(axis=1) == 1)
    counts = there & ~first
    # what time does to a filter until its next read, and to each cell after each of its reads
    left, drifts = _left_after(every, model)
    left = left[:, None, :]
    both = left[..., :, None] * left[..., None, :]
    anew = model.shares * (1.0 - left[..., 1:-1] ** 2)
    passed = np.where(there, every[:, None], 0.0)
    age = _added_up(noise.age, passed)
    freedom = _added_up(noise.freedom, 0.5 * counts)
    freshness = 1.0 + law.fresh * noise.fresh[:, None] * np.exp(-age[:, :-1] / law.fresh_time)
    decades = np.log10((age[:, :-1] + passed + SOONEST) / (age[:, :-1] + SOONEST))
    wander = model.relaxation**2 * (noise.step[:, None] * decades * freedom[:, 1:])[..., None]
    mean, covariance = noise.mean.copy(), noise.covariance.copy()
    level, processes = mean[..., 0], mean[..., 1:-1]  # views, as these are
    with_level, with_processes = covariance[..., 0], covariance[..., 1:-1]
    variances = np.einsum("nhii->nhi", covariance)
    log_weight, energy, gain = noise.log_weight, noise.energy, noise.gain
    for k, column in enumerate(y.T):
        if first[:, k].any():  # how loud a state is goes with its conductance
            gain = np.where(first[:, k], np.clip(1.0 + column, *_LOUDNESS), gain)
            level[first[:, k]] = column[first[:, k], None]
        c = (gain * freshness[:, k])[:, None]
        cross = with_level + c[..., None] * with_processes.sum(axis=-1)
        total = cross[..., 0] + c * cross[..., 1:-1].sum(axis=-1)
        total += c * c * model.white + (instrument[:, k] * freedom[:, k])[:, None] / energy
        off = column[:, None] - (level + c * processes.sum(axis=-1))
        gains = cross * (1.0 / total)[..., None]
        everywhere = there[:, k].all()
        if not everywhere:
            off = np.where(there[:, k, None], off, 0.0)
            gains = np.where(there[:, k, None, None], gains, 0.0)
        mean += gains * off[..., None]
        covariance -= gains[..., :, None] * cross[..., None, :]
        surprise = off * off / (2.0 * total)
        fit = -0.5 * np.log(total * energy)
        fit -= (freedom[:, k, None] + 0.5) * np.log1p(surprise / energy)
        log_weight = log_weight + np.where(counts[:, k, None], fit, 0.0)
        energy = energy + np.where(counts[:, k, None], surprise, 0.0)
        if everywhere:
            _drift(mean, covariance, drifts)
            mean *= left
            covariance *= both
            variances[..., 1:-1] += anew
        else:
            moved_on = there[:, k, None, None]
            _drift(mean, covariance, np.where(there[:, k], drifts, 0.0))
            mean *= np.where(moved_on, left, 1.0)
            covariance *= np.where(moved_on[..., None], both, 1.0)
            variances[..., 1:-1] += np.where(moved_on, anew, 0.0)
        variances[..., 0] += wander[:, k] / energy
    return replace(
        noise, mean=mean, covariance=covariance, log_weight=log_weight, freedom=freedom[:, -1],
        energy=energy, gain=gain, age=age[:, -1], reads=noise.reads + there.sum(axis=1),
    )  # fmt: skip


def _added_up(start: Floats, steps: Floats) -> Floats:
    """``start`` (n,) and what it becomes by step after step (n, m), as (n, m + 1)."""
    return np.add.accumulate(np.concatenate([start[:, None], steps], axis=1), axis=1)


def normalised(log_weight: Floats) -> Floats:
    """So that the weights of a cell add up to 1."""
    highest = log_weight.max(axis=1, keepdims=True)
    total = np.log(np.exp(log_weight - highest).sum(axis=1, keepdims=True))
    return np.asarray(log_weight - highest - total, dtype=np.float64)
