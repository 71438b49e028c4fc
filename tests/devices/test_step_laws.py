"""Step models: the formulas of the toolkit they are from, however time is cut."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mho.sim_instruments.devices.elementwise import elementwise
from mho.sim_instruments.devices.step_laws import ExponentialStep, SoftBounds, StepLaw
from mho.sim_instruments.devices.step_parameters import (
    ConstantStepParameters,
    ExponentialStepParameters,
    SoftBoundsParameters,
    StepParameters,
)

ONE = elementwise(1)
LAWS: list[tuple[type[StepLaw], type[StepParameters]]] = [
    (StepLaw, ConstantStepParameters),
    (SoftBounds, SoftBoundsParameters),
    (ExponentialStep, ExponentialStepParameters),
]
laws = pytest.mark.parametrize(("law", "parameters"), LAWS)


def _made(law: Any, parameters: Any, n: int = 1, seed: int = 1, **given: Any) -> Any:
    ops = elementwise(n) if n == 1 else elementwise(n, arrays=True)
    return law(parameters(**given), ops, np.random.default_rng(seed))


def _constant(w: float, up: bool, dw: float, p: Any) -> float:
    return dw if up else -dw


def _soft(w: float, up: bool, dw: float, p: Any) -> float:
    return dw * (1.0 - w / 0.5) if up else -dw * (1.0 + w / 0.5)


def _exponential(w: float, up: bool, dw: float, p: Any) -> float:
    z = 2.0 * w * p.scale + p.offset
    if up:
        return dw * max(1.0 - p.factor_up * float(np.exp(p.gamma_up * z)), 0.0)
    return -dw * max(1.0 - p.factor_down * float(np.exp(-p.gamma_down * z)), 0.0)


STEPS: dict[Any, Callable[..., float]] = {
    StepLaw: _constant, SoftBounds: _soft, ExponentialStep: _exponential,
}  # fmt: skip
DEFAULTS_OF_THE_TOOLKIT = {
    "factor_up": 0.00081, "factor_down": 0.36833, "gamma_up": 12.44625, "gamma_down": 12.78785,
    "scale": 0.244, "offset": 0.2425,
}  # fmt: skip


@laws
@pytest.mark.parametrize("up", [True, False])
@pytest.mark.parametrize("position", [0.05, 0.3, 0.5, 0.8, 0.95])
def test_one_step_is_that_of_the_toolkit(
    law: Any, parameters: Any, up: bool, position: float
) -> None:
    """To the second order of a step: there it is a rate, here its solution."""
    for shape in [{}, DEFAULTS_OF_THE_TOOLKIT] if law is ExponentialStep else [{}]:
        made = _made(law, parameters, device_to_device=False, steps=1e5, **shape)
        asymmetry = made._parameters.asymmetry
        dw = 1e-5 * (1.0 + (asymmetry if up else -asymmetry))
        asked = STEPS[law](position - 0.5, up, dw, made._parameters)
        moved = made.moved(position, 1.0, up) - position
        assert moved == pytest.approx(asked, rel=2e-4, abs=1e-12)


@laws
@given(
    position=st.floats(0.0, 1.0),
    clocks=st.lists(st.floats(-3.0, 400.0), min_size=2, max_size=5),
    up=st.booleans(),
)
def test_pieces_lead_where_the_whole_does(
    law: Any, parameters: Any, position: float, clocks: list[float], up: bool
) -> None:
    """As long as no piece has run into a bound from which another comes back."""
    made, at = _made(law, parameters), position
    at = start = made.moved(position, 0.0, up)
    touched = False
    for clock in clocks:
        at = made.moved(at, clock, up)
        touched |= not made._low < at < made._high
    if not touched or min(clocks) >= 0.0:
        assert at == pytest.approx(made.moved(start, sum(clocks), up), abs=1e-6)


@laws
def test_nothing_leaves_its_bounds(law: Any, parameters: Any) -> None:
    made, generator = _made(law, parameters, 5000), np.random.default_rng(2)
    at = made.everywhere(0.5)
    for setting in (True, False, True):
        for _ in range(60):
            dose = made.dose(np.full(5000, 1.0 if setting else -1.0), np.full(5000, 0.3))
            at = made.moved(at, made.clock(dose, generator), np.full(5000, setting))
            assert np.all((made._low <= at) & (at <= made._high))
            assert at.dtype == np.float32
            assert np.all(made.conductance(at) > 0.0)
    assert np.std(made._high) == pytest.approx(0.15, rel=0.1)


@laws
def test_what_a_pulse_is_worth(law: Any, parameters: Any) -> None:
    made = _made(law, parameters)
    assert made.dose(1.0, 10e-3) == pytest.approx(1.0)
    assert made.dose(-1.0, 20e-3) == pytest.approx(2.0)
    assert made.dose(0.5, 1.0) == made.dose(-0.3, 1.0) == made.dose(0.0, 1.0) == 0.0
    assert made.dose(1.25, 10e-3) == pytest.approx(np.expm1(3.0) / np.expm1(2.0))
    assert np.isfinite(made.dose(1e3, 1.0))


@pytest.mark.parametrize("pieces", [1, 4])
def test_steps_vary_as_told_however_they_are_cut(pieces: int) -> None:
    n, generator = 40_000, np.random.default_rng(3)
    made = _made(StepLaw, ConstantStepParameters, n, device_to_device=False)
    at = start = made.everywhere(0.5)
    for _ in range(pieces):
        dose = made.dose(np.full(n, 1.0), np.full(n, 10e-3 / pieces))
        at = made.moved(at, made.clock(dose, generator), np.full(n, True))
    steps = 1200.0 * (at - start).astype(float)
    assert steps.mean() == pytest.approx(1.0, abs=0.01)
    assert steps.std() == pytest.approx(0.3, rel=0.02)


def test_devices_vary_as_told() -> None:
    made = _made(StepLaw, ConstantStepParameters, 40_000, asymmetry=0.1)
    size = 0.5 * (made._up - made._down) * 1200.0
    ratio = (made._up + made._down) / (made._up - made._down)
    assert (size.mean(), size.std()) == pytest.approx((1.0, 0.3), rel=0.02)
    assert (ratio.mean(), ratio.std()) == pytest.approx((0.1, 0.01), rel=0.02)
