"""How well a place is known before a pulse starts from it."""

import numpy as np
from programming.scripted_cells import ScriptedCells, goal, means, profile

from mho.arena.trial import play
from mho.programming.adaptive import ADAPTIVE
from mho.programming.adaptive.noise_shapes import noise_model
from mho.programming.adaptive.start import broad_prior
from mho.programming.adaptive.verify import placed, schedule

GRAIN = 0.01


def test_the_nearer_the_target_the_better_a_place_has_to_be_known():
    """Its variance may be a fifth of the step's own; a quarter of the longest look is enough."""
    allowed = means(longest_look=20.0)
    model = noise_model(broad_prior(profile(), allowed).noise, 0.0, allowed)
    plan = schedule(model, allowed, 32)
    variance, by_chance = np.full(4, 1e-4), GRAIN * np.array([1.0, 0.051, 0.049, 0.001])
    early = placed(variance, by_chance, plan, np.zeros(4, dtype=int))
    assert early.tolist() == [True, True, False, False]
    (long_enough,) = np.flatnonzero(plan.lasted >= 5.0)[:1]
    for block, whole in ((long_enough - 1, False), (long_enough, True)):
        found = placed(variance, by_chance, plan, np.full(4, block))
        assert found.tolist() == [True, True, whole, whole]


def test_looks_before_a_pulse_are_longer_near_the_target():
    """One read is enough at ten times the target; beside the window it is not."""
    bank = ScriptedCells(2, noise=0.02, seed=4)
    bank.place(np.arange(2), np.array([500e-6, 53e-6]))
    allowed, wanted = means(), goal([50e-6, 50e-6], 0.005)
    algorithm = ADAPTIVE.build(ADAPTIVE.settings(), allowed, profile())
    reads = []

    class Watched:
        def begin(self, asked):
            return algorithm.begin(asked)

        def go_on(self, state, seen):
            state, order = algorithm.go_on(state, seen)
            if len(order.amplitude) == 2 and not (state.pulses > 1).any():
                reads.append(
                    ((order.amplitude != 0.0).copy(), (~np.isnan(seen.conductances)).sum())
                )
            return state, order

    play(Watched(), bank, wanted, allowed, np.random.default_rng(0), 1e-3)
    first = [next(i for i, (pulsed, _) in enumerate(reads) if pulsed[cell]) for cell in (0, 1)]
    assert first[0] == 0 < first[1]
