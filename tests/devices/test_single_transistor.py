"""The transistor by itself, through its terminals: Figure 1 of Lim et al. 2025."""

from typing import Any

import numpy as np
import pytest

from mho.sim_instruments.devices.nmos import NmosParameters
from mho.sim_instruments.devices.single_transistor import NMOS, SingleTransistorParameters
from mho.stimuli import Drive

RATIOS = (5, 10, 30, 65, 130, 330)


def _device(seed: int = 1, noise_level: float = 0.0, **transistor: Any) -> Any:
    parameters = SingleTransistorParameters(
        noise_level=noise_level, transistor=NmosParameters(**transistor)
    )
    return NMOS.build(parameters, seed)


def _drain(device: Any, drain: float, gate: float | None, compliance: float = 0.1) -> Any:
    gated = {} if gate is None else {"gate": Drive(gate, 1e-3)}
    responses = device.respond({"drain": Drive(drain, compliance), **gated})
    if gate is not None:
        assert responses["gate"] == (gate, 0.0, False)
    return responses["drain"]


@pytest.mark.parametrize(
    ("gate", "microamperes"),
    [(0, 1e-6), (0.5, 0.0021), (1, 92), (1.5, 278), (2, 464), (3, 835), (4, 1206)],
)
def test_transfer_curve(gate: float, microamperes: float) -> None:
    assert _drain(_device(), 0.1, gate).current * 1e6 == pytest.approx(microamperes, rel=0.02)


@pytest.mark.parametrize(
    ("drain", "milliamperes"), [(0.5, 3.8), (1, 6.8), (1.5, 8.9), (2, 10.0), (3, 10.4), (4, 10.6)]
)
def test_output_curve(drain: float, milliamperes: float) -> None:
    assert _drain(_device(), drain, 3.0).current * 1e3 == pytest.approx(milliamperes, rel=0.01)


def test_six_widths_scale_the_on_resistance() -> None:
    """120 ohm for W/L 65 (published), 24 ohm for 330."""
    resistances = [
        0.1 / _drain(_device(width_over_length=ratio), 0.1, 3.0).current for ratio in RATIOS
    ]
    assert resistances == pytest.approx([120 * 65 / ratio for ratio in RATIOS], rel=0.005)


def test_an_open_gate_is_off_and_an_open_drain_takes_nothing() -> None:
    device = _device()
    assert abs(_drain(device, 2.0, None).current) < 1e-10
    responses = device.respond({"gate": Drive(3.0, 1e-3)})
    assert responses == {"drain": (0.0, 0.0, False), "gate": (3.0, 0.0, False)}
    assert _drain(device, 0.0, 3.0) == (0.0, 0.0, False)


@pytest.mark.parametrize(("drain", "sign"), [(2.0, 1), (-0.5, -1), (-4.0, -1)])
def test_the_limit_of_the_drain(drain: float, sign: int) -> None:
    response = _drain(_device(), drain, 3.0, 1e-3)
    assert response.in_compliance
    assert response.current == sign * 1e-3
    again = _drain(_device(), response.voltage, 3.0)
    assert again.current == pytest.approx(sign * 1e-3, rel=1e-6)


def test_noise_is_off_by_default_and_small_when_on() -> None:
    values = []
    for seed, level in ((1, 0.0), (2, 0.0), (1, 0.01), (1, 0.01), (2, 0.01)):
        device = _device(seed, level)
        reads = []
        for _ in range(200):
            device.advance({}, 10.0)
            reads.append(_drain(device, 0.1, 3.0).current)
            assert _drain(device, 0.1, 3.0).current == reads[-1]
        values.append(reads)
    assert values[0] == values[1]
    assert len(set(values[0])) == 1
    assert values[2] == values[3] != values[4]
    assert np.std(values[2]) / np.mean(values[2]) == pytest.approx(0.01, rel=0.3)
