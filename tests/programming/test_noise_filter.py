"""The noise filter: what it says of a cell left alone is so, by simulation and by exact sums."""

from dataclasses import replace

import numpy as np
import pytest
from programming.scripted_cells import means, profile

from mho.device.prior import NoiseAtTime, NoiseLaw, NoisePoint
from mho.programming.adaptive import noise as noises
from mho.programming.adaptive.noise_shapes import SLEEPING, noise_model
from mho.programming.adaptive.prediction import predict
from mho.programming.adaptive.start import broad_prior
from mho.programming.adaptive.verify import schedule

TIMES = (0.05, 0.5, 5.0)
SHARES = (0.2, 0.3, 0.3, 0.2)
"""White first."""


def law(**changes):
    data = {
        "points": (NoisePoint(conductance=50e-6, deviation=0.02),),
        "times": tuple(
            NoiseAtTime(time=time, share=share)
            for time, share in zip((0.0, *TIMES), SHARES, strict=True)
        ),
        "spread": 0.1,
        "fresh": 0.0,
        "time_spread": 0.0,
        **changes,
    }
    return NoiseLaw(**data)


def ornstein_uhlenbeck(n, times, seed):
    """Unit noise of those shares at these times (s): (n, len(times))."""
    chance = np.random.default_rng(seed)
    found = np.sqrt(SHARES[0]) * chance.standard_normal((n, len(times)))
    for tau, share in zip(TIMES, SHARES[1:], strict=True):
        value = chance.standard_normal(n)
        for column, step in enumerate(np.diff(times, prepend=times[0])):
            left = np.exp(-step / tau)
            value = left * value + np.sqrt(1 - left**2) * chance.standard_normal(n)
            found[:, column] += np.sqrt(share) * value
    return found


@pytest.mark.parametrize("loud", [0.5, 2.0])
def test_the_judged_mean_is_where_it_is_said_to_be(loud):
    """With the spectrum of the law, and a magnitude that it has to find out."""
    n, allowed = 800, means(judged_after=1.0, judged_for=4.0, longest_look=5.0)
    model = noise_model(law(spread=0.6), 0.0, allowed)
    plan = schedule(model, allowed, 8)
    at = np.concatenate([[0.0], np.cumsum(np.repeat(plan.interval, plan.reads))])
    window = at[-1] + 1.0 + np.arange(0.0, 4.0, 0.05)
    level = np.random.default_rng(9).uniform(-0.1, 0.1, n)
    y = level[:, None] + loud * 0.02 * ornstein_uhlenbeck(n, np.concatenate([at[:-1], window]), 1)
    noise = noises.at_first(model, np.full(n, 50e-6))
    start = 0
    for count, spacing in zip(plan.reads, plan.interval, strict=True):
        look = y[:, start : start + count]
        noise = noises.looked(noise, model, look, np.zeros_like(look), np.full(n, spacing))
        start += count
    said = predict(noise, model, allowed)
    judged = y[:, len(at) - 1 :].mean(axis=1)
    usual = said.of_usual_cells()
    z = (judged - said.centre) / np.sqrt((usual.weight * usual.variance).sum(axis=1))
    assert abs(z.mean()) < 0.1
    assert z.std() == pytest.approx(1.0, abs=0.08)
    for half in (0.005, 0.01, 0.02):
        inside = abs(judged - said.centre) <= half
        expected = said.within(said.centre - half, said.centre + half)
        # that it may be a sleeping cell costs some
        assert inside.mean() - 0.08 < expected.mean() < inside.mean() + 0.03


def test_the_schedule_foretells_what_a_look_comes_to():
    """The variance after each block is that of the filter once its magnitude is known."""
    allowed = means(longest_look=5.0)
    model = noise_model(law(spread=0.05), 0.0, allowed)
    plan = schedule(model, allowed, 8)
    noise = noises.at_first(model, np.full(40, 50e-6))
    chance = np.random.default_rng(0)
    for block, (count, spacing) in enumerate(zip(plan.reads, plan.interval, strict=True)):
        look = 0.02 * chance.standard_normal((40, count))
        noise = noises.looked(noise, model, look, np.zeros_like(look), np.full(40, spacing))
        said = predict(noise, model, allowed)
        unit = (said.variance / said.scale)[:, 0] / noise.gain**2
        if block:
            np.testing.assert_allclose(np.median(unit), plan.ahead[block, 0], rtol=0.02)
    assert (np.diff(plan.ahead[:, 0]) < 0).all()


def test_shapes_part_in_what_is_fast_and_keep_what_is_slow():
    model = noise_model(law(time_spread=0.5), 0.0, means())
    np.testing.assert_allclose(model.shares.sum(axis=1) + model.white, 1.0, atol=1e-9)
    assert (np.diff(model.white[:4]) < 0).all()
    asleep = model.shares[4]
    assert asleep[2] == pytest.approx(SLEEPING)
    np.testing.assert_allclose(asleep[1] / asleep[0], SHARES[2] / SHARES[1], rtol=0.3)
    np.testing.assert_allclose(model.shares[:4, 2], SHARES[3])


def test_a_loud_state_is_told_from_a_quiet_one():
    """Same magnitude, but all of it fast, or all of it slow."""
    allowed = means()
    known = law(time_spread=0.8, spread=0.3)
    short = (NoiseAtTime(time=0.0, share=0.3), *known.times[1:3], NoiseAtTime(time=1.0, share=0.2))
    model = noise_model(known.model_copy(update={"times": short}), 0.0, allowed)
    plan = schedule(model, allowed, 16)
    at = np.concatenate([[0.0], np.cumsum(np.repeat(plan.interval, plan.reads))])[:-1]
    chance = np.random.default_rng(3)
    fast = 0.02 * chance.standard_normal((60, len(at)))
    slow = np.empty_like(fast)
    value = chance.standard_normal(60)
    for column, step in enumerate(np.diff(at, prepend=0.0)):
        left = np.exp(-step / 0.6)
        value = left * value + np.sqrt(1 - left**2) * chance.standard_normal(60)
        slow[:, column] = 0.02 * value
    variance = []
    for y in (fast, slow):
        noise, start = noises.at_first(model, np.full(60, 50e-6)), 0
        for count, spacing in zip(plan.reads, plan.interval, strict=True):
            look = y[:, start : start + count]
            noise = noises.looked(noise, model, look, np.zeros_like(look), np.full(60, spacing))
            start += count
        said = predict(noise, model, allowed)
        variance.append(np.median((said.weight * said.variance).sum(axis=1)))
    assert variance[1] > 2.0 * variance[0]


def test_a_cell_that_has_jumped_is_begun_anew():
    allowed = means()
    model = noise_model(law(), 0.0, allowed)
    noise = noises.at_first(model, np.full(2, 50e-6))
    look = np.zeros((2, 8))
    every = np.full(2, 0.01)
    noise = noises.looked(noise, model, look, np.full((2, 8), 1e-8), every)
    next_look = np.array([[0.0] * 4, [0.3] * 4])
    noise = noises.unless_jumped(noise, model, next_look)
    assert noise.reads.tolist() == [8, 0]
    noise = noises.looked(noise, model, next_look, np.full((2, 4), 1e-8), every)
    said = predict(noise, model, allowed)
    np.testing.assert_allclose(said.centre, [0.0, 0.3], atol=0.02)


def test_a_new_state_is_unknown_and_its_noise_half_known():
    allowed = means()
    model = noise_model(law(spread=0.6), 0.0, allowed)
    noise = noises.at_first(model, np.full(3, 50e-6))
    look = 0.06 * np.random.default_rng(2).standard_normal((3, 200))
    noise = noises.looked(noise, model, look, np.zeros_like(look), np.full(3, 0.01))
    cells = np.array([True, True, False])
    after = noises.pulsed(noise, model, cells, np.array([0.01, 1.0, 1.0]))
    scale = (after.energy / after.freedom[:, None]).mean(axis=1)
    assert after.reads.tolist() == [0, 0, 200]
    assert (np.sqrt(scale) > 0.04).all()  # of the usual 0.02, and 0.06 seen
    assert after.freedom[1] < after.freedom[0] < after.freedom[2]


def test_a_broad_prior_stands_for_any_device():
    for device in (profile(), profile(reset_curve=None)):
        prior = broad_prior(device, means())
        assert prior.set.points[0].amplitude < prior.set.points[-1].amplitude
        assert sum(part.share for part in prior.noise.times) == pytest.approx(1.0)


@pytest.mark.parametrize("part", [0.05, -0.1])
def test_a_step_that_comes_back_is_not_overlooked(part):
    """Of a step of 0.3 that part goes back with a time of 6 s, under white noise of 0.3 %."""
    allowed = means(longest_look=5.0)
    model = noise_model(broad_prior(profile(), allowed).noise, 0.002, allowed)
    plan = schedule(model, allowed, 32)
    noise = noises.at_first(model, np.full(50, 50e-6))
    noise = noises.pulsed(noise, model, np.ones(50, dtype=bool), np.full(50, 0.3))
    chance, now = np.random.default_rng(2), 0.0
    for count, spacing in zip(plan.reads, plan.interval, strict=True):
        at = now + spacing * np.arange(count)
        look = 0.3 * part * np.exp(-at / 6.0) + 0.003 * chance.standard_normal((50, count))
        noise = noises.looked(noise, model, look, np.zeros_like(look), np.full(50, spacing))
        now += spacing * count
    said = predict(noise, model, allowed)
    judged = 0.3 * part * np.exp(-(now + 1.0 + np.arange(0.0, 10.0, 0.05)) / 6.0).mean()

    def off_by(found):
        return abs(found.centre - judged) / np.sqrt((found.weight * found.variance).sum(axis=1))

    assert np.median(off_by(said)) < 2.0
    assert np.median(off_by(said)) < 0.6 * np.median(off_by(said.of_usual_cells()))
    assert (said.weight[:, 4:].sum(axis=1) > 0.9).all()


def test_that_a_cell_is_restless_is_known_of_its_next_state_but_not_the_drift_of_a_usual_one():
    allowed = means()
    model = noise_model(law(), 0.002, allowed)
    noise = noises.at_first(model, np.full(2, 50e-6))
    noise = replace(noise, log_weight=np.log(np.array([[0.02] * 5 + [0.9], [0.18] * 5 + [0.1]])))
    after = noises.pulsed(noise, model, np.array([True, True]), np.array([0.2, 0.2]))
    weight = np.exp(after.log_weight)
    np.testing.assert_allclose(weight.sum(axis=1), 1.0)
    np.testing.assert_allclose(weight[:, -1], [0.9, 0.1])
    drift = after.covariance[:, :, -1, -1]
    assert (drift[:, :-1] == 0.0).all() and (drift[:, -1] > 0.0).all()
    again = noises.pulsed(after, model, np.array([True, False]), np.array([0.2, 0.2]))
    assert again.covariance[0, -1, -1, -1] > 1.5 * after.covariance[0, -1, -1, -1]
    np.testing.assert_array_equal(again.covariance[1], after.covariance[1])
