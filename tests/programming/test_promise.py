"""What is promised of a cell: less than what decides, by what may have been luck."""

from dataclasses import replace

import numpy as np
import pytest
from programming.scripted_cells import goal, means, profile
from programming.test_noise_filter import law

from mho.programming.adaptive import ADAPTIVE, AdaptiveSettings
from mho.programming.adaptive import noise as noises
from mho.programming.adaptive.known import known
from mho.programming.adaptive.noise_shapes import noise_model
from mho.programming.adaptive.prediction import predict
from mho.programming.adaptive.promise import promise, sober
from mho.programming.adaptive.start import broad_prior
from mho.programming.adaptive.verify import Outlook
from mho.programming.algorithm import End, Order, Seen, only

LOUD = 0.02 * np.array([[0.25], [1.0], [4.0], [0.5]])
"""sd of white reads of four cells."""


def of_a_look(noise, model, chance, count=300):
    reads = LOUD * chance.standard_normal((len(LOUD), count))
    return noises.looked(noise, model, reads, np.zeros_like(reads), np.full(len(LOUD), 0.01))


@pytest.mark.parametrize(("scatter", "part"), [(0.0, 0.0), (0.15, 0.25), (0.3, 1.0), (0.6, 1.0)])
def test_what_a_look_was_quieter_than_its_cell_counts_as_luck_as_far_as_states_scatter(
    scatter, part
):
    allowed = means()
    model = noise_model(law(spread=0.3, scatter=scatter), 0.0, allowed)
    noise = noises.at_first(model, np.full(4, 50e-6))
    noise = of_a_look(noise, model, np.random.default_rng(4))
    seen = noise.energy / noise.freedom[:, None]
    believed = sober(noise, model.law)
    factor = believed.energy / noise.energy
    luck = np.clip(part * np.log(0.02 / np.sqrt(seen)), 0.0, scatter)
    np.testing.assert_allclose(factor, np.exp(2.0 * luck), rtol=1e-9)
    assert ((luck[3, :4] > 0.0) & (luck[3, :4] < scatter)).all() or part in (0.0, 1.0)
    assert (seen[0, :4] < 0.02**2).all() and (factor[2] == 1.0).all()
    np.testing.assert_array_equal(believed.freedom, noise.freedom)


def test_how_loud_a_cell_is_is_learnt_over_its_states_and_no_luck_any_more():
    allowed, chance = means(), np.random.default_rng(4)
    model = noise_model(law(spread=0.3, scatter=0.2), 0.0, allowed)
    noise = noises.at_first(model, np.full(4, 50e-6))
    every = np.ones(4, dtype=bool)
    for _ in range(12):
        noise = of_a_look(noise, model, chance)
        noise = noises.pulsed(noise, model, every, np.ones(4))
    usual = np.sqrt(noise.usual)
    assert usual[0] < 0.5 * usual[1] < 0.25 * usual[2]
    noise = of_a_look(noise, model, chance)
    factor = sober(noise, model.law).energy / noise.energy
    assert factor[0, :4].max() < 1.3
    some = noises.pulsed(
        noise, model, np.array([True, False, True, True]), np.array([1e-9, 1.0, 1.0, 1.0])
    )
    np.testing.assert_allclose(some.usual[:2], noise.usual[:2], rtol=1e-6)
    assert some.usual[2] != noise.usual[2]


def test_a_quiet_look_decides_at_once_and_promises_less():
    allowed = means()
    model = noise_model(broad_prior(profile(), allowed).noise, 0.002, allowed)
    noise = of_a_look(noises.at_first(model, np.full(4, 50e-6)), model, np.random.default_rng(4))
    low, high = np.full(4, -0.004), np.full(4, 0.004)
    decides = predict(noise, model, allowed)
    centre = decides.centre
    now = decides.within(centre + low, centre + high)
    promised = promise(noise, model, allowed, centre + low, centre + high)
    assert 0.5 < promised[0] < now[0] - 0.02


def test_reached_is_said_of_what_is_promised_and_a_look_goes_on_while_only_that_lacks():
    """Quiet cells on their targets, block after block."""
    allowed, n = means(), 30
    one = known(AdaptiveSettings(), allowed, broad_prior(profile(), allowed))
    controller = ADAPTIVE.build(AdaptiveSettings(), allowed, profile())
    state, order = controller.begin(goal(np.full(n, 50e-6), 0.005))
    chance, cells = np.random.default_rng(3), np.arange(n)
    lacking = reached = 0
    while len(cells):
        white = chance.standard_normal((len(cells), order.reads.max()))
        white[:] = np.where(np.arange(white.shape[1]) < order.reads[:, None], white, np.nan)
        seen = Seen(50e-6 * (1.0 + 0.006 * white), np.full(len(cells), np.nan))
        block = state.block
        state, order = controller.go_on(state, seen)
        still = order.amplitude == 0.0
        decides = predict(state.noise, one.noise, allowed).within(state.low, state.high)
        promised = promise(state.noise, one.noise, allowed, state.low, state.high)
        said = np.minimum(promised, decides)
        np.testing.assert_allclose(order.confidence[still], said[still])
        assert (said[order.end == End.REACHED] >= 0.9).all()
        lacks = still & (decides >= 0.9) & (promised < 0.9) & (block < one.plan.last)
        assert (order.end[lacks] == End.GOES_ON).all()
        lacking, reached = lacking + lacks.sum(), reached + (order.end == End.REACHED).sum()
        left = np.flatnonzero((order.end == End.GOES_ON) & still)
        cells, state = cells[left], only(state, left)
        order = Order(*(part[left] for part in order))
    assert lacking >= 3 and reached >= 3


def test_no_look_ends_with_reached_in_sight_and_the_promise_lacking():
    """Nothing to be gained for what decides: 93 % now, and at best; but the last block may tell."""
    allowed, n = means(), 3
    controller = ADAPTIVE.build(AdaptiveSettings(), allowed, profile())
    last = known(AdaptiveSettings(), allowed, broad_prior(profile(), allowed)).plan.last
    state, _ = controller.begin(goal(np.full(n, 50e-6), 0.01))
    state = replace(state, block=np.array([last - 1, last - 1, last]))
    found = Outlook(*(np.full(n, 0.93) for _ in Outlook._fields))
    none = np.zeros(n, dtype=bool)
    decided = controller._decided(state, found, np.array([True, False, False]), none, none)
    assert decided.done.tolist() == [True, False, True]
    assert not decided.pulse.any()
