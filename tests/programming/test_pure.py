"""Algorithms are pure: the same state and look give the same order, for one cell as for many."""

from dataclasses import fields, is_dataclass

import numpy as np
import pytest
from programming.scripted_cells import ScriptedCells, goal, means, profile

from mho import plugins
from mho.arena.trial import play
from mho.programming.algorithm import End, Order, Seen, only, put

TARGETS = np.geomspace(9e-6, 150e-6, 8)
KINDS = plugins.names(plugins.ALGORITHMS)


def built(name, **changes):
    kind = plugins.load(plugins.ALGORITHMS, name)
    return kind.build(kind.settings(), means(**changes), profile())


def arrays(value):
    """Every array of a state, nested ones too."""
    for field in fields(value):
        one = getattr(value, field.name)
        yield from arrays(one) if is_dataclass(one) else [one]


def same(first, second):
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


def looked(order, seed):
    """Some look at such an order."""
    chance = np.random.default_rng(seed)
    reads = 1.0 + 0.02 * chance.standard_normal((len(TARGETS), int(order.reads.max())))
    reads = TARGETS[:, None] * np.geomspace(0.5, 2.0, len(TARGETS))[:, None] * reads
    reads[np.arange(reads.shape[1]) >= order.reads[:, None]] = np.nan
    return Seen(reads, np.where(order.amplitude == 0.0, np.nan, order.amplitude))


@pytest.mark.parametrize("name", KINDS)
def test_the_same_state_twice_gives_the_same_order_and_is_left_as_it_was(name):
    algorithm = built(name)
    state, order = algorithm.begin(goal(TARGETS))
    for step in range(6):
        seen = looked(order, step)
        before = [array.copy() for array in arrays(state)]
        given = [array.copy() for array in seen]
        first, second = algorithm.go_on(state, seen), algorithm.go_on(state, seen)
        same(first[1], second[1])
        same(arrays(first[0]), arrays(second[0]))
        same(arrays(state), before)
        same(seen, given)
        state, order = first


@pytest.mark.parametrize("name", KINDS)
def test_part_of_the_cells_gives_the_same_as_all(name):
    algorithm = built(name)
    part = np.array([6, 1, 4])
    state, order = algorithm.begin(goal(TARGETS))
    for step in range(6):
        seen = looked(order, step)
        some = Seen(seen.conductances[part], seen.pulse_voltage[part])
        of_part = algorithm.go_on(only(state, part), some)
        state, order = algorithm.go_on(state, seen)
        for one, other in zip(of_part[1], Order(*(field[part] for field in order)), strict=True):
            if one.dtype == object:
                np.testing.assert_array_equal(one, other)
            else:
                np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
        for one, other in zip(arrays(of_part[0]), arrays(only(state, part)), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("name", KINDS)
def test_what_is_taken_out_can_be_put_back(name):
    state, _ = built(name).begin(goal(TARGETS))
    part = np.array([5, 2])
    same(arrays(put(state, part, only(state, part))), arrays(state))


@pytest.mark.parametrize("name", KINDS)
def test_one_cell_alone_goes_as_it_goes_among_others(name):
    """On cells with noise of their own and an instrument without."""
    silent = {"read_noise": 0.0, "read_offset": 0.0}
    together = play(
        built(name, **silent), ScriptedCells(8, noise=0.01), goal(TARGETS), means(**silent),
        np.random.default_rng(0),
    )  # fmt: skip
    first = play(
        built(name, **silent), ScriptedCells(1, noise=0.01), goal(TARGETS[:1]), means(**silent),
        np.random.default_rng(0),
    )  # fmt: skip
    assert first.pulses[0] == together.pulses[0]
    assert first.reads[0] == together.reads[0]
    assert first.end[0] == together.end[0]


@pytest.mark.parametrize("name", KINDS)
def test_every_end_is_one_of_the_vocabulary(name):
    bank = ScriptedCells(8, noise=0.02, dead=np.arange(8) % 3 == 0, bounds=(12e-6, 100e-6))
    trial = play(built(name), bank, goal(TARGETS, 0.01), means(), np.random.default_rng(0))
    assert all(isinstance(end, End) and end is not End.GOES_ON for end in trial.end)
