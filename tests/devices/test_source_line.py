"""The 1T1R cell with its source line driven: Table 1 of Lim et al. 2025, and current limits."""

from typing import Any

import pytest

from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.endurance import EnduranceParameters
from mho.sim_instruments.devices.one_transistor_one_resistor import (
    CU_TE_1T1R,
    OneTransistorOneResistorParameters,
)
from mho.stimuli import Drive

SILENT: dict[str, Any] = {
    "device_to_device": False,
    "cycle_to_cycle": False,
    "noise": False,
    "relaxation": False,
}
WIDTH = 10e-3


def _cell(configuration: Any, *, source_line: bool = True, **memristor: Any) -> Any:
    parameters = OneTransistorOneResistorParameters(
        configuration=configuration,
        source_line=source_line,
        memristor=CuTeParameters(**SILENT, **memristor),
    )
    return CU_TE_1T1R.build(parameters, 1)


def _resistor(configuration: Any, conductance: float) -> Any:
    """A cell whose memristor is dead from the start, stuck at ``conductance``."""
    dead = EnduranceParameters(life=0.0, stuck_low_resistance=0.0)
    return _cell(configuration, initial_conductance=conductance, wear=True, endurance=dead)


def _drives(top: float, source: float | None, limit: float = 5e-3) -> dict[str, Drive]:
    drives = {"TE": Drive(top, limit), "gate": Drive(3.0, 1e-3)}
    return drives if source is None else {**drives, "source": Drive(source, limit)}


def _pulse(cell: Any, top: float, source: float | None) -> float:
    cell.advance(_drives(top, source), WIDTH)
    return float(cell.memristor.conductance())


@pytest.mark.parametrize(
    ("configuration", "top", "source", "published"),
    [
        ("MOD", 3.0, 0.0, 3.0),  # SET: VDD
        ("MOD", 0.0, 3.0, -2.3),  # RESET: VDD - Vth
        ("MOS", 3.0, 0.0, 2.3),  # SET: VDD - Vth
        ("MOS", 0.0, 3.0, -3.0),  # RESET: VDD
    ],
)
def test_table_1_through_the_terminals(
    configuration: str, top: float, source: float, published: float
) -> None:
    """VDD = gate = 3 V, Vth 0.7 V, memristor at 1 uS: the current tells its voltage."""
    responses = _resistor(configuration, 1e-6).respond(_drives(top, source))
    assert responses["TE"].current / 1e-6 == pytest.approx(published, abs=0.01)
    assert responses["source"].current == pytest.approx(-responses["TE"].current, abs=1e-12)
    assert (responses["TE"].voltage, responses["source"].voltage) == (top, source)


@pytest.mark.parametrize("configuration", ["MOD", "MOS"])
@pytest.mark.parametrize("top", [2.0, 0.05, -0.3])
def test_a_source_line_at_ground_is_a_grounded_source(configuration: str, top: float) -> None:
    histories = []
    for source, line in ((None, False), (None, True), (0.0, True)):
        cell = _cell(configuration, source_line=line)
        assert cell.terminals == (("TE", "gate", "source") if line else ("TE", "gate"))
        _pulse(cell, top, source)
        histories.append(cell.respond(_drives(top, source))["TE"])
    assert histories[0] == histories[1]
    assert histories[2] == pytest.approx(histories[0], rel=1e-9)


def test_only_the_difference_counts_where_the_gate_is_high_enough() -> None:
    """Lifted by 0.2 V with its gate, a cell conducts as before: the body changes nothing here."""
    cell = _resistor("MOD", 300e-6)
    low = cell.respond(_drives(1.0, 0.0))["TE"].current
    drives = {**_drives(1.2, 0.2), "gate": Drive(3.2, 1e-3)}
    assert cell.respond(drives)["TE"].current == pytest.approx(low, rel=1e-9)


def test_mos_is_reset_by_its_source_line_only() -> None:
    cell = _cell("MOS")
    set_state = _pulse(cell, 2.4, 0.0)
    assert set_state > 300e-6
    assert _pulse(cell, -2.0, 0.0) > 100e-6  # the body diode leaves it -0.65 V
    # published: -2 V of a sweep, which 2.04 V of a pulse of 10 ms stand for
    assert _pulse(cell, 0.0, 2.04) == pytest.approx(5.7e-6, rel=0.05)


def test_mod_loses_a_threshold_when_reset_by_its_source_line() -> None:
    by_top, by_source = _cell("MOD"), _cell("MOD")
    for cell in (by_top, by_source):
        assert _pulse(cell, 2.3, 0.0) == pytest.approx(1e-3, rel=1e-6)
    assert _pulse(by_top, -2.6, 0.0) < _pulse(by_source, 0.0, 2.6)
    # the memristor gets no more than 3.0 V - 0.7 V, however high the line
    assert _pulse(by_source, 0.0, 4.0) == pytest.approx(_pulse(by_source, 0.0, 3.2), rel=0.05)


@pytest.mark.parametrize("configuration", ["MOD", "MOS"])
@pytest.mark.parametrize(("top", "source"), [(2.0, 0.0), (0.0, 2.0)])
@pytest.mark.parametrize("tight", ["TE", "source"])
def test_the_source_with_the_smaller_limit_leaves_its_level(
    configuration: str, top: float, source: float, tight: str
) -> None:
    cell = _resistor(configuration, 1e-3)
    drives = _drives(top, source)
    drives[tight] = Drive(drives[tight].level, 0.2e-3)
    responses = cell.respond(drives)
    other = "source" if tight == "TE" else "TE"
    assert responses[tight].in_compliance
    assert not responses[other].in_compliance
    assert responses[other].voltage == drives[other].level
    assert abs(responses[tight].current) == pytest.approx(0.2e-3)
    assert responses[other].current == pytest.approx(-responses[tight].current)
    lower, upper = sorted((top, source))
    assert lower < responses[tight].voltage < upper
    held = {name: Drive(responses[name].voltage, 5e-3) for name in ("TE", "source")}
    again = cell.respond({**held, "gate": Drive(3.0, 1e-3)})
    assert again["TE"].current == pytest.approx(responses["TE"].current, rel=1e-5)


def test_the_body_diode_stands_at_the_source_line_of_mod() -> None:
    responses = _cell("MOD").respond(_drives(0.0, -2.0))
    assert responses["source"].in_compliance
    assert -0.75 < responses["source"].voltage < -0.6
    assert responses["source"].current == -5e-3


def test_an_open_te_takes_nothing() -> None:
    cell = _cell("MOD")
    drives = {"source": Drive(3.0, 1e-3), "gate": Drive(3.0, 1e-3)}
    cell.advance(drives, 1.0)
    assert cell.respond(drives)["source"] == (3.0, 0.0, False)
    assert cell.memristor.conductance() == pytest.approx(7.7e-6)
