"""Solving a circuit: for one device and for many, the same root, in few evaluations."""

import math
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mho.sim_instruments.devices.circuit import CLOSELY, LimitedSource, crossing
from mho.sim_instruments.devices.cu_te_conduction import Bend
from mho.sim_instruments.devices.cu_te_kinetics import CuTeKinetics
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.elementwise import constant, elementwise, narrowed
from mho.sim_instruments.devices.nmos import Nmos, NmosParameters
from mho.sim_instruments.devices.series_transistor import SeriesTransistor
from mho.stimuli import Drive

ONE = elementwise(1)
SPREAD = CuTeParameters()
N = 300


def _bent(root: Any, steep: Any, flat: Any, u: Any) -> Any:
    """Rises steeply on one side of its root, hardly on the other."""
    return np.where(u > root, steep, flat) * (u - root)


def _one(root: float, steep: float, flat: float, guess: float, slope: float) -> float:
    residual = partial(_bent, root, steep, flat)
    return float(crossing(residual, 2.0, residual(2.0), guess, slope, ONE))


@example(root=0.99999, steep=0.109375, flat=6.0, guess=0.0, slope=5.99994)  # falls beside it
@given(
    root=st.floats(0.0, 2.5),
    steep=st.floats(0.1, 10.0),
    flat=st.floats(0.1, 10.0),
    guess=st.floats(0.0, 2.0),
    slope=st.floats(0.1, 10.0),
)
def test_a_kink_at_the_root_is_found(
    root: float, steep: float, flat: float, guess: float, slope: float
) -> None:
    found = _one(root, steep, flat, guess, slope)
    assert found == pytest.approx(min(root, 2.0), abs=1e-6)


@given(
    root=st.floats(0.1, 1.9),
    steep=st.floats(0.1, 10.0),
    flat=st.floats(0.1, 10.0),
    guess=st.floats(0.0, 2.0),
    beside=st.floats(-6.0, -3.0),
    side=st.sampled_from([-1.0, 1.0]),
)
def test_a_guess_that_falls_beside_a_kink_is_not_the_root(
    root: float, steep: float, flat: float, guess: float, beside: float, side: float
) -> None:
    first = root + side * 10.0**beside
    slope = float(_bent(root, steep, flat, guess)) / (guess - first) if guess != first else 1.0
    assert _one(root, steep, flat, guess, slope or 1.0) == pytest.approx(root, abs=1e-6)


def test_many_find_what_one_finds() -> None:
    generator = np.random.default_rng(3)
    root, guess = generator.uniform(0.0, 2.4, N), generator.uniform(0.0, 2.0, N)
    steep, flat, slope = (10.0 ** generator.uniform(-1, 1, N) for _ in range(3))
    residual = partial(_bent, root, steep, flat)
    many = crossing(residual, np.full(N, 2.0), residual(2.0), guess, slope, elementwise(N))
    kinds = (each.tolist() for each in (root, steep, flat, guess, slope))
    one = [_one(*each) for each in zip(*kinds, strict=True)]
    np.testing.assert_allclose(many, one, rtol=0, atol=2e-9)
    np.testing.assert_allclose(many, np.minimum(root, 2.0), rtol=0, atol=1e-6)
    assert (many == 2.0).sum() > 20  # those that have no root below


def test_what_overflows_in_single_precision_is_found_in_double() -> None:
    root, steep = np.linspace(0.1, 1.9, N), np.full(N, 1e60)
    residual = partial(_bent, root, steep, steep)
    high = np.full(N, 2.0)
    found = crossing(residual, high, residual(high), high, 1.1 * steep, elementwise(N), CLOSELY)
    np.testing.assert_allclose(found, root, rtol=0, atol=1e-9)


def test_a_formula_that_hides_its_devices_is_refused() -> None:
    hidden = np.where(np.arange(N) < N // 2, 1.0, 1e-3)  # the limit acts on half of them
    source = LimitedSource(np.full(N, 2.0), 0.1, elementwise(N))
    assert narrowed(constant(hidden), slice(3))(0.0).shape == (3,)
    with pytest.raises(TypeError, match="partial"):
        source.divide(lambda _: hidden)


def _moved(x: Any, sign: Any, travel: Any, highest: Any, voltage: Any) -> Any:
    return np.minimum(x + sign * travel(voltage), highest)


def _cells(configuration: Any, n: int, seed: int) -> tuple[Any, ...]:
    """Levels of both signs, gates from off to on, limits, and states of N cells that differ."""
    generator = np.random.default_rng(seed)
    ops = elementwise(n)
    kinetics = CuTeKinetics(SPREAD, ops, np.random.default_rng(seed))
    level = generator.uniform(0.1, 2.5, n) * np.where(generator.random(n) < 0.5, 1.0, -1.0)
    if configuration == "MOS":
        level = np.maximum(level, -0.4)  # its body diode allows no more
    x = generator.uniform(math.log(5e-6), math.log(1e-3), n)
    gate = generator.choice([0.0, 0.9, 1.5, 3.0], n)
    limit = np.full(n, 1e-3) if configuration == "MOS" else generator.choice([1e-5, 1e-3, 5e-3], n)
    return ops, kinetics, level, x, gate, limit


@pytest.mark.parametrize("configuration", ["MOD", "MOS"])
def test_switching_in_the_divider_is_the_same_for_many_and_one(configuration: Any) -> None:
    """And where it is solved, what the memristor takes passes what it gets."""
    ops, kinetics, level, x, gate, limit = _cells(configuration, N, 5)
    circuit = SeriesTransistor(
        Nmos(NmosParameters(), ops),
        configuration,
        gate,
        Drive(level, 1e-3 if configuration == "MOS" else limit),  # type: ignore[arg-type]
        ops,
    )
    travel = kinetics.travel(x, level, 10e-3)
    path = partial(_moved, x, np.sign(level), travel, kinetics.lrs)
    conduct = Bend(SPREAD, kinetics, ops).along(path)
    many = circuit.divide(conduct)
    nmos, inside = Nmos(NmosParameters(), ONE), 0
    for i in range(N):
        of_one = narrowed(conduct, slice(i, i + 1))

        def conduction(v: float, of_one: Any = of_one) -> float:
            return of_one(np.array([v])).item()  # type: ignore[no-any-return]

        v, g, c = (each[i].item() for each in (level, gate, limit))
        sign = math.copysign(1.0, v)
        one = SeriesTransistor(nmos, configuration, g, Drive(v, c), ONE)

        def surplus(
            u: float, sign: float = sign, v: float = v, g: float = g, c: float = c,
            conduction: Any = conduction,
        ) -> float:  # fmt: skip
            if configuration == "MOD":
                drain = v - sign * u
                supply = abs(nmos.channel_current(g, 0.0, drain) + nmos.junction(drain))
            else:
                supply = abs(nmos.channel_current(g, sign * u, v))
            return u * conduction(sign * u) - min(supply, c)

        found = one.divide(conduction)
        assert many[i] == pytest.approx(found, rel=0, abs=5e-9)
        whole, margin = abs(v), 1e-7 * abs(v)
        if abs(found) < whole:
            inside += 1
            assert surplus(abs(found) - margin) < 0 < surplus(abs(found) + margin)
        else:
            assert surplus(whole) <= 0
    assert inside > 100


@pytest.mark.parametrize("level", [2.0, 0.05, -1.2])
def test_a_solve_takes_few_evaluations(level: float) -> None:
    """Counted, because time is not: most of a rehearsal goes into these."""
    generator = np.random.default_rng(0)
    transistor = Nmos(NmosParameters(), ONE)
    counts = []
    for seed in range(50):
        kinetics = CuTeKinetics(SPREAD, ONE, np.random.default_rng(seed))
        x = generator.uniform(math.log(5e-6), math.log(2e-4))
        sign, travel = math.copysign(1.0, level), kinetics.travel(x, level, 10e-3)
        path = partial(_moved, x, sign, travel, kinetics.lrs)
        asked = []

        def conduction(v: float, path: Any = path, asked: list[float] = asked) -> float:
            asked.append(v)
            return math.exp(path(v))

        SeriesTransistor(transistor, "MOD", 3.0, Drive(level, 5e-3), ONE).divide(conduction)
        counts.append(len(asked) - 1)  # one is for the guess
    assert np.mean(counts) < 5.5
    assert max(counts) < 9
