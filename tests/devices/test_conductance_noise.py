"""The conductance noise: its variance, its correlation, its exactness in time."""

import numpy as np
import pytest

from mho.sim_instruments.devices.conductance_noise import ConductanceNoise, NoiseParameters
from mho.sim_instruments.devices.elementwise import elementwise

N = 20_000


def _noise(parameters: NoiseParameters, seed: int = 1, spread: float = 0.0) -> ConductanceNoise:
    structure, stream = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(2))
    return ConductanceNoise(parameters, elementwise(N), structure, stream, spread)


@pytest.mark.parametrize("spread", [0.0, 0.25])
def test_it_is_centred_and_normalised(spread: float) -> None:
    noise = _noise(NoiseParameters(), spread=spread)
    for duration in (0.0, 0.01, 10.0):
        if duration:
            noise.advance(duration)
        value = noise.value()
        assert value.mean() == pytest.approx(0.0, abs=0.03)
        assert value.var() == pytest.approx(1.0, abs=0.06)


def test_a_trap_forgets_exponentially() -> None:
    one_trap = NoiseParameters(
        traps=1, trap_share=1.0, shortest_trap=0.1, longest_trap=0.1, flicker_times=()
    )
    noise = _noise(one_trap)
    noise.advance(1e-6)
    before = noise.value()
    noise.advance(0.15)
    assert np.mean(before * noise.value()) == pytest.approx(np.exp(-1.5), abs=0.03)


def test_flicker_forgets_exponentially() -> None:
    flicker = NoiseParameters(traps=0, trap_share=0.0, flicker_times=(0.3,))
    noise = _noise(flicker)
    noise.advance(1e-6)
    before = noise.value()
    noise.advance(0.3)
    after = noise.value()
    assert np.mean(before * after) == pytest.approx(np.exp(-1.0), abs=0.02)
    assert after.var() == pytest.approx(1.0, abs=0.03)


def test_many_short_steps_equal_a_long_one_in_law() -> None:
    correlation = []
    for steps in (1, 50):
        noise = _noise(NoiseParameters())
        before = noise.value()
        for _ in range(steps):
            noise.advance(0.2 / steps)
        correlation.append(np.mean(before * noise.value()))
    assert correlation[0] == pytest.approx(correlation[1], abs=0.04)
    assert 0.2 < correlation[0] < 0.7


def test_rearranging_draws_new_traps_only_where_it_hits() -> None:
    noise = _noise(NoiseParameters(trap_share=1.0, flicker_times=()))
    before = noise.value()
    probability = np.where(np.arange(N) < N // 2, 1.0, 0.0)
    noise.rearrange(probability, np.random.default_rng(3))
    after = noise.value()
    assert (after[N // 2 :] == before[N // 2 :]).all()
    assert np.mean(after[: N // 2] * before[: N // 2]) == pytest.approx(0.0, abs=0.03)
    assert after.var() == pytest.approx(1.0, abs=0.06)
