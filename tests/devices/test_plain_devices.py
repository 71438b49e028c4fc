"""The resistor and the open circuit."""

import pytest

from mho.sim_instruments.devices.open_circuit import OPEN_CIRCUIT
from mho.sim_instruments.devices.resistor import RESISTOR
from mho.stimuli import OPEN, Drive


def test_the_resistor_obeys_ohm() -> None:
    device = RESISTOR.build(RESISTOR.parameters(), 1)
    drives = {"TE": Drive(-0.5, 1e-3)}
    device.advance(drives, 1.0)
    assert device.terminals == ("TE",)
    assert device.respond(drives) == {"TE": (-0.5, pytest.approx(-50e-6), False)}


@pytest.mark.parametrize("sign", [1, -1])
def test_the_resistor_respects_the_limit(sign: int) -> None:
    device = RESISTOR.build(RESISTOR.parameters.model_validate({"resistance": "1 kohm"}), 1)
    response = device.respond({"TE": Drive(sign * 5.0, 2e-3)})["TE"]
    assert response == (sign * 2.0, sign * 2e-3, True)


def test_nothing_flows_in_an_open_circuit() -> None:
    device = OPEN_CIRCUIT.build(OPEN_CIRCUIT.parameters(), 1)
    drives = {"TE": Drive(2.0, 1e-3)}
    device.advance(drives, 1.0)
    assert device.respond(drives) == {"TE": (2.0, 0.0, False)}


@pytest.mark.parametrize("kind", [RESISTOR, OPEN_CIRCUIT])
def test_an_open_terminal_is_at_0_v(kind: object) -> None:
    device = kind.build(kind.parameters(), 1)  # type: ignore[attr-defined]
    for drives in ({}, {"TE": OPEN}):
        assert device.respond(drives) == {"TE": (0.0, 0.0, False)}
