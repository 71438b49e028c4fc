"""The 1T1R cell: the divider, Table 1 of Lim et al. 2025, current limits, gate, body diode."""

import math
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from mho.sim_instruments.devices.circuit import LimitedSource, crossing
from mho.sim_instruments.devices.cu_te_memristor import CuTe
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.elementwise import constant, elementwise
from mho.sim_instruments.devices.memristor_cell import MemristorCell
from mho.sim_instruments.devices.nmos import Nmos, NmosParameters
from mho.sim_instruments.devices.one_transistor_one_resistor import (
    CU_TE_1T1R,
    SELECTORS,
    OneTransistorOneResistorParameters,
)
from mho.sim_instruments.devices.series_transistor import SeriesTransistor
from mho.stimuli import Drive

ONE = elementwise(1)
SILENT = CuTeParameters(device_to_device=False, cycle_to_cycle=False, noise=False, relaxation=False)
GATE = Drive(3.0, 1e-3)
WIDTH = 10e-3


def _circuit(
    configuration: Any,
    level: float,
    *,
    gate: float = 3.0,
    compliance: float = 5e-3,
    **transistor: Any,
) -> SeriesTransistor:
    nmos = Nmos(NmosParameters(**transistor), ONE)
    return SeriesTransistor(nmos, configuration, gate, Drive(level, compliance), ONE)


def _respond(circuit: SeriesTransistor, conductance: float) -> Any:
    return circuit.responses(lambda _: conductance)["TE"]


def _cell(memristor: CuTeParameters = SILENT, seed: int = 1, **parameters: Any) -> MemristorCell:
    cell = CU_TE_1T1R.build(
        OneTransistorOneResistorParameters(memristor=memristor, **parameters), seed
    )
    assert isinstance(cell, MemristorCell)
    return cell


def _pulse(cell: MemristorCell, level: float, compliance: float = 5e-3) -> Any:
    drives = {"TE": Drive(level, compliance), "gate": GATE}
    cell.advance(drives, WIDTH)
    return cell.respond(drives)["TE"]


# -- divider


def test_voltage_left_to_the_memristor_in_the_lrs() -> None:
    assert _circuit("MOD", 2.0).divide(lambda _: 1e-3) == pytest.approx(1.78, abs=0.005)


def test_on_off_ratio_kept() -> None:
    """87.5 % published, 12 % lost over 120 ohm against 1 kohm."""
    on = _respond(_circuit("MOD", 0.5), 1e-3).current
    off = _respond(_circuit("MOD", 0.5), 5.7e-6).current
    assert (on / off) / (1e-3 / 5.7e-6) == pytest.approx(0.895, abs=0.005)


@pytest.mark.parametrize(
    ("configuration", "level", "expected"),
    [("MOD", 3.0, 3.0), ("MOS", 3.0, 2.30), ("MOS", -3.0, -3.0)],
)
def test_table_1(configuration: str, level: float, expected: float) -> None:
    """At 1 Mohm; the body diode, which the table does not know, left out."""
    circuit = _circuit(configuration, level, junction_current=0.0)
    assert circuit.divide(lambda _: 1e-6) == pytest.approx(expected, abs=0.005)


def test_a_negative_te_in_mod_loses_no_threshold() -> None:
    assert _circuit("MOD", -3.0).divide(lambda _: 1e-6) == pytest.approx(-3.0, abs=0.005)


@pytest.mark.parametrize("configuration", ["MOD", "MOS"])
@pytest.mark.parametrize("level", [2.0, -0.6])
@pytest.mark.parametrize("gate", [0.0, 0.9, 1.5, 3.0])
@pytest.mark.parametrize("conductance", [1e-9, 6e-6, 1e-3])
def test_the_currents_are_the_same_all_along(
    configuration: str, level: float, gate: float, conductance: float
) -> None:
    nmos = Nmos(NmosParameters(), ONE)
    across = _circuit(configuration, level, gate=gate).divide(lambda _: conductance)
    rest = level - across
    if configuration == "MOD":
        current = nmos.channel_current(gate, 0.0, rest) + nmos.junction(rest)
    else:
        current = nmos.channel_current(gate, across, level)
    assert conductance * across == pytest.approx(current, rel=1e-4, abs=1e-15)


def test_the_drain_goes_below_the_body_and_the_diode_catches_it() -> None:
    response = _respond(_circuit("MOD", -2.3), 1e-3)
    drain = response.voltage - response.current / 1e-3
    assert drain == pytest.approx(-0.23, abs=0.03)
    off = _respond(_circuit("MOD", -2.3, gate=0.0), 1e-3)
    assert -0.75 < off.voltage - off.current / 1e-3 < -0.6


def test_mos_cannot_be_pulled_below_its_diode() -> None:
    response = _respond(_circuit("MOS", -2.0), 6e-6)
    assert response.in_compliance
    assert response.current == -5e-3
    assert -0.75 < response.voltage < -0.6


@pytest.mark.parametrize("gate", [{}, {"gate": Drive(0.0, 1e-3)}])
def test_with_the_gate_off_nothing_is_set_and_nothing_flows(gate: dict[str, Drive]) -> None:
    cell = _cell()
    drives = {"TE": Drive(2.4, 5e-3), **gate}
    cell.advance(drives, 1.0)
    assert cell.memristor.conductance() == pytest.approx(7.7e-6)
    assert abs(cell.respond(drives)["TE"].current) < 1e-10


def test_an_open_te_only_ages() -> None:
    cell = _cell()
    cell.advance({"gate": GATE}, 1.0)
    responses = cell.respond({"gate": GATE})
    assert responses == {"TE": (0.0, 0.0, False), "gate": (3.0, 0.0, False)}


def test_the_gate_takes_no_current() -> None:
    cell = _cell()
    response = cell.respond({"TE": Drive(0.05, 1e-4), "gate": GATE})
    assert response["gate"] == (3.0, 0.0, False)
    assert set(cell.terminals) == set(response)


# -- switching through the divider


def _in_pieces(pieces: int, level: float, start: float, compliance: float = 5e-3) -> float:
    memristor = SILENT.model_copy(update={"initial_conductance": start})
    cell = _cell(memristor)
    for _ in range(pieces):
        cell.advance({"TE": Drive(level, compliance), "gate": GATE}, WIDTH / pieces)
    return float(cell.memristor.conductance())


@pytest.mark.parametrize("pieces", [1, 2, 10, 100])
@pytest.mark.parametrize(
    ("level", "start", "compliance"),
    [
        (1.2, 7e-6, 5e-3), (1.6, 7e-6, 5e-3), (2.3, 7e-6, 0.3e-3), (2.3, 7e-6, 1e-3),
        (-0.5, 1e-3, 5e-3), (-1.0, 1e-3, 5e-3), (-0.35, 1e-3, 5e-3),
    ],
)  # fmt: skip
def test_the_divider_follows_the_state(
    level: float, start: float, compliance: float, pieces: int
) -> None:
    """Against a thousand pieces, each too short for the voltage to move."""
    end = _in_pieces(pieces, level, start, compliance)
    assert end == pytest.approx(_in_pieces(1000, level, start, compliance), rel=0.006)
    assert abs(math.log(end / start)) > 0.2


def test_a_set_at_the_published_voltage_is_full() -> None:
    """Published: from W/L 65 on the SET is like that of the memristor alone."""
    cell = _cell()
    _pulse(cell, 2.0)
    assert cell.memristor.conductance() == pytest.approx(1e-3, rel=0.01)


# between the bare memristor and what 120 ohm in series with 1 kohm take off at the onset
@pytest.mark.parametrize(("stop", "expected"), [(0.5, 200), (1.0, 61.1), (1.5, 18.7), (2.0, 5.7)])
def test_resets_lose_little(stop: float, expected: float) -> None:
    cell = _cell()
    _pulse(cell, 2.3)
    assert cell.memristor.conductance() == pytest.approx(1e-3, rel=1e-6)
    # published stops are those of sweeps, which a pulse of 50 ms stands for
    cell.advance({"TE": Drive(-stop, 5e-3), "gate": GATE}, 50e-3)
    assert 1.0 < cell.memristor.conductance() * 1e6 / expected < 1.15


def test_forming_through_the_transistor() -> None:
    cell = _cell(SILENT.model_copy(update={"formed": False}))
    _pulse(cell, 1.6)  # a hundredth of its dose
    assert not cell.memristor.formed
    _pulse(cell, 2.3)
    assert cell.memristor.formed
    assert cell.memristor.conductance() == pytest.approx(1e-3, rel=1e-6)


def test_a_low_gate_limits_the_set_current() -> None:
    cell = _cell()
    drives = {"TE": Drive(2.4, 5e-3), "gate": Drive(1.2, 1e-3)}
    cell.advance(drives, WIDTH)
    saturation = 0.5 * 56.98e-6 * 65 * (1.2 - 0.7) ** 2
    response = cell.respond(drives)["TE"]
    assert response.current == pytest.approx(saturation, rel=0.06)
    assert not response.in_compliance
    assert 200e-6 < cell.memristor.conductance() < 700e-6


# -- which transistor


@pytest.mark.parametrize("selector", list(SELECTORS))
def test_each_selector_has_the_on_resistance_of_its_width(selector: str) -> None:
    """Published: 120 ohm at W/L 65, VG 3 V, VDS 0.1 V."""
    parameters = OneTransistorOneResistorParameters.model_validate({"selector": selector})
    ratio = parameters.transistor.width_over_length
    nmos = Nmos(parameters.transistor, ONE)
    assert float(selector.removeprefix("W/L ")) == ratio == SELECTORS[selector]
    resistance = 0.1 / nmos.channel_current(3.0, 0.0, 0.1)
    assert resistance == pytest.approx(120 * 65 / ratio, rel=0.01)


def test_a_width_that_is_given_wins_and_a_selector_nobody_made_is_refused() -> None:
    given = {"selector": "W/L 330", "transistor": {"width_over_length": 12}}
    parameters = OneTransistorOneResistorParameters.model_validate(given)
    assert parameters.transistor.width_over_length == 12
    with pytest.raises(ValidationError, match="W/L 65"):
        OneTransistorOneResistorParameters.model_validate({"selector": "W/L 7"})


def _window(n: int, selector: str | None) -> Any:
    """Median on/off, read at 50 mV, of loops to 2 V both ways, bare or through a selector."""
    device, ops = CuTe(n, CuTeParameters(noise=False), 9), elementwise(n)

    def circuit(level: float) -> SeriesTransistor | None:
        if selector is None:
            return None
        nmos = Nmos(NmosParameters(width_over_length=SELECTORS[selector]), ops)
        top = Drive(np.full(n, level), 10e-3)
        return SeriesTransistor(nmos, "MOD", 3.0, top, ops)  # type: ignore[arg-type]

    def conductance() -> Any:
        g, reading = device.conductance(), circuit(0.05)
        return g if reading is None else g * reading.divide(constant(g)) / 0.05

    seen = []
    for sign in (1.0, -1.0):
        for level in [*np.arange(0.25, 2.01, 0.05), *np.arange(1.95, 0.2, -0.05)]:
            device.pulse(np.full(n, sign * level), 50e-3, circuit(sign * level))
        seen.append(conductance())
    return seen[0] / seen[1]


def test_the_on_off_ratio_kept_against_width() -> None:
    """Published: 87.5 % of that of the memristor alone at W/L 65, which is the least that will do.

    Two loops of the same devices, no formula of Ron.
    """
    n = 200
    bare = _window(n, None)
    kept = {name: np.median(_window(n, name) / bare) for name in SELECTORS}
    assert kept["W/L 65"] == pytest.approx(0.875, abs=0.06)
    assert list(kept.values()) == pytest.approx(sorted(kept.values()), abs=0.02)
    assert kept["W/L 30"] < 0.8 < 0.92 < kept["W/L 130"]


# -- current limit of the source


@pytest.mark.parametrize("level", [2.0, -2.0])
@pytest.mark.parametrize("compliance", [1e-3, 1e-4, 1e-6])
@pytest.mark.parametrize("configuration", ["MOD", "MOS"])
def test_in_compliance_the_level_falls_to_what_gives_that_current(
    configuration: str, level: float, compliance: float
) -> None:
    circuit = _circuit(configuration, level, compliance=compliance, junction_current=0.0)
    response = _respond(circuit, 1e-3)
    assert response.in_compliance
    assert response.current == math.copysign(compliance, level)
    assert 0 < response.voltage / level < 1
    again = _circuit(configuration, response.voltage, compliance=1.0, junction_current=0.0)
    assert _respond(again, 1e-3).current == pytest.approx(response.current, rel=1e-5)
    assert not _respond(again, 1e-3).in_compliance


def test_a_current_limit_limits_the_set() -> None:
    cell = _cell()
    response = _pulse(cell, 2.3, 0.3e-3)
    assert response.in_compliance
    assert response.current == 0.3e-3
    assert response.voltage < 1.7
    # as far as the voltage that the limit left took it
    assert response.voltage > 0.3e-3 / cell.memristor.conductance() > 1.2


def test_the_bare_memristor_under_a_current_limit() -> None:
    source = LimitedSource(2.0, 0.3e-3, ONE)
    device = CuTe(1, SILENT, 1)
    device.pulse(source.level, WIDTH, source)
    response = source.response(lambda _: device.conductance())
    assert response == (pytest.approx(0.3e-3 / device.conductance()), 0.3e-3, True)
    pieces = CuTe(1, SILENT, 1)
    for _ in range(1000):
        pieces.pulse(source.level, WIDTH / 1000, source)
    assert pieces.conductance() == pytest.approx(device.conductance(), rel=0.005)


# -- many cells, laziness, seeds


def test_many_cells_at_once_agree_with_one_at_a_time() -> None:
    rng = np.random.default_rng(0)
    n = 200
    level = rng.uniform(-2.5, 2.5, n)
    conductance = np.exp(rng.uniform(np.log(1e-9), np.log(2e-3), n))
    gate = rng.choice([0.0, 1.0, 1.3, 3.0], n)
    limit = rng.choice([1e-5, 1e-3, 5e-3], n)
    ops = elementwise(n)
    many = SeriesTransistor(Nmos(NmosParameters(), ops), "MOD", gate, Drive(level, limit), ops)  # type: ignore[arg-type]
    one = [
        _circuit("MOD", float(v), gate=float(g), compliance=float(c)).divide(lambda _, x=x: x)
        for v, g, c, x in zip(level, gate, limit, conductance.tolist(), strict=True)
    ]
    np.testing.assert_allclose(many.divide(constant(conductance)), one, rtol=1e-6, atol=1e-12)


def test_many_cells_are_pulsed_through_the_divider() -> None:
    n = 50
    ops = elementwise(n)
    device = CuTe(n, SILENT, 1)
    circuit = SeriesTransistor(
        Nmos(NmosParameters(), ops),
        "MOD",
        3.0,
        Drive(np.full(n, 2.0), 5e-3),
        ops,  # type: ignore[arg-type]
    )
    device.pulse(circuit.level, WIDTH, circuit)
    cell = _cell()
    _pulse(cell, 2.0)
    np.testing.assert_allclose(device.conductance(), cell.memristor.conductance(), rtol=1e-6)


def test_reading_draws_once_for_each_moment() -> None:
    cell = _cell(CuTeParameters())
    drives = {"TE": Drive(0.05, 1e-4), "gate": GATE}
    cell.advance(drives, WIDTH)
    assert cell.respond(drives) == cell.respond(drives)
    zero = {"TE": Drive(0.0, 1e-4), "gate": GATE}
    noise = cell.memristor._noise
    assert noise is not None
    before = str(noise._stream.bit_generator.state)
    cell.advance(zero, WIDTH)
    assert cell.respond(zero)["TE"] == (0.0, 0.0, False)
    assert str(noise._stream.bit_generator.state) == before


def test_the_same_seed_gives_the_same_history() -> None:
    histories = []
    for seed in (3, 3, 4):
        cell = _cell(CuTeParameters(), seed)
        histories.append([_pulse(cell, level) for level in (2.0, -0.8, 0.05, -1.2, 0.05)])
    assert histories[0] == histories[1]
    assert histories[0] != histories[2]


@pytest.mark.parametrize("steepness", [1.0, 1e3, 1e6])
def test_crossing_finds_steep_and_flat_roots(steepness: float) -> None:
    def residual(u: float) -> float:
        return math.tanh(steepness * (u - 0.731))

    assert crossing(residual, 2.0, residual(2.0), 1.9, 1.0, ONE) == pytest.approx(0.731, abs=1e-6)
    assert crossing(lambda u: u - 3.0, 2.0, -1.0, 1.0, 1.0, ONE) == 2.0
