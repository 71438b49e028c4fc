"""Sneak paths, limits and half-selection of a passive crossbar, against circuit laws."""

from itertools import pairwise

import numpy as np
import pytest

from mho import plugins
from mho.settings import parse
from mho.sim_instruments.devices.cell_network import CellNetwork, Drivers
from mho.sim_instruments.devices.passive_crossbar import PASSIVE_CROSSBAR
from mho.stimuli import Drive
from mho.testing.conformance import DeviceConformance

SIZE = 4
QUIET = {"noise": False, "device_to_device": False, "cycle_to_cycle": False}


def crossbar(seed=0, **more):
    chosen = {
        "rows": SIZE, "columns": SIZE, "lines": {"TE": "rows", "BE": "columns"}, "cell": "resistor",
        **more,
    }  # fmt: skip
    return PASSIVE_CROSSBAR.build(parse("test", chosen, PASSIVE_CROSSBAR.parameters), seed)


def drives(level, others="open", row=1, column=2, size=SIZE, limit=1.0):
    """A cell selected by the lines of its row and column; what the other lines are at."""
    at = {f"TE[{row}]": Drive(level, limit), f"BE[{column}]": Drive(0.0, 1.0)}
    parts = {"grounded": (0, 0), "half": (0.5, 0.5), "third": (1 / 3, 2 / 3), "guard": (0, 1)}
    if others != "open":
        for name, part, taken in zip(("TE", "BE"), parts[others], (row, column), strict=True):
            for n in range(size):
                if n != taken:
                    at[f"{name}[{n}]"] = Drive(part * level, 1.0)
    return at


class Resistors(DeviceConformance):
    def build(self, seed):
        return crossbar(seed, line_resistance={"TE": "3 ohm", "BE": "5 ohm"})


class TestResistors(Resistors):
    pass


class TestCellsThatMove(Resistors):
    def build(self, seed):
        return crossbar(seed, cell="soft-bounds", parameters=QUIET)


def test_the_sneak_path_of_two_by_two_cells():
    """Three equal cells in a row lie beside the selected one: g + g/3."""
    small = crossbar(rows=2, columns=2, parameters={"resistance": "20 kohm"})
    selected = {"row": 0, "column": 1, "size": 2}
    found = small.respond(drives(0.3, **selected))
    assert found["TE[0]"].current == pytest.approx(0.3 / 20e3 * 4 / 3, rel=1e-12)
    assert found["BE[1]"].current == pytest.approx(-0.3 / 20e3 * 4 / 3, rel=1e-12)
    assert found["TE[1]"].voltage == pytest.approx(0.1) and found["TE[1]"].current == 0.0
    assert found["BE[0]"].voltage == pytest.approx(0.2)
    for others, times in (("grounded", 2.0), ("half", 1.5), ("third", 4 / 3), ("guard", 1.0)):
        found = small.respond(drives(0.3, others, **selected))
        assert found["TE[0]"].current == pytest.approx(times * 0.3 / 20e3, rel=1e-12), others


def test_line_resistance_lies_before_every_cell():
    ohms = {"TE": "7 ohm", "BE": "11 ohm"}
    alone = crossbar(rows=1, columns=1, line_resistance=ohms, parameters={"resistance": "100 ohm"})
    found = alone.respond({"TE[0]": Drive(1.0, 1.0), "BE[0]": Drive(0.0, 1.0)})
    assert found["TE[0]"].current == pytest.approx(1.0 / 118, rel=1e-9)
    far = crossbar(line_resistance=ohms, parameters={"resistance": "1 Gohm"})
    far._cells[3 * SIZE + 3].device._resistance = 100.0  # the only one that conducts
    found = far.respond(drives(1.0, row=3, column=3))
    assert found["TE[3]"].current == pytest.approx(1.0 / (4 * 7 + 100 + 11), rel=1e-6)
    far._cells[3 * SIZE + 3].device._resistance = 1e9
    far._cells[0].device._resistance = 100.0
    found = far.respond(drives(1.0, row=0, column=0))
    assert found["TE[0]"].current == pytest.approx(1.0 / (7 + 100 + 4 * 11), rel=1e-6)


def test_of_two_limits_in_one_way_the_smaller_one_holds():
    at = drives(1.0, limit=5e-6)
    device = crossbar()
    found = device.respond(at)
    assert found["TE[1]"].in_compliance and found["TE[1]"].current == pytest.approx(5e-6)
    assert not found["BE[2]"].in_compliance
    tighter = device.respond({**at, "BE[2]": Drive(0.0, 1e-6)})
    assert tighter["BE[2]"].in_compliance and tighter["BE[2]"].current == pytest.approx(-1e-6)
    assert not tighter["TE[1]"].in_compliance and tighter["TE[1]"].voltage == 1.0
    assert tighter["TE[1]"].current == pytest.approx(1e-6)


def test_cells_that_are_no_resistors_meet_the_laws_of_kirchhoff():
    """Currents I0 sinh(V/V0), as steep as an e-fold in 50 mV, at random drivers."""
    rng = np.random.default_rng(4)
    for steep in (0.5, 0.1, 0.05):
        scale = rng.uniform(1e-7, 1e-5, (5, 6))

        def measured(volts, scale=scale, steep=steep):
            return scale * np.sinh(volts / steep)

        for segment in (0.0, 10.0):
            network = CellNetwork((5, 6), segment, segment, measured)
            rows = np.array([0.6, np.nan, -0.2, np.nan, 0.1])
            columns = np.array([0.0, np.nan, 0.3, 0.0, np.nan, np.nan])
            found = network.settle(
                Drivers(rows, np.full(5, 1.0)), Drivers(columns, np.full(6, 1.0))
            )
            through = measured(found.across)
            largest = np.abs(through).max()
            assert through.sum(axis=1) == pytest.approx(found.row_currents, abs=1e-5 * largest)
            assert -through.sum(axis=0) == pytest.approx(found.column_currents, abs=1e-5 * largest)
            if not segment:
                ends = found.row_ends[:, None] - found.column_ends
                assert found.across == pytest.approx(ends, abs=1e-12)


@pytest.mark.parametrize(
    ("cell", "quiet"),
    [
        ("constant-step", {**QUIET, "threshold": "0.2 V", "initial_state": "50 %"}),
        ("threshold-power-law", {"noise": False, "device_to_device": False}),
    ],
)
def test_half_selected_cells_are_disturbed_by_what_the_scheme_leaves_them(cell, quiet):
    moved = {}
    for others in ("half", "third", "grounded"):
        device = crossbar(cell=cell, parameters=quiet)
        device.respond(drives(0.1, "guard"))
        before = device._network.conductance.copy()
        for _ in range(20):
            device.advance(drives(1.2, others), 10e-3)
        device.respond(drives(0.1, "guard"))
        moved[others] = np.abs(device._network.conductance / before - 1)
    on_row, on_column = np.delete(np.arange(SIZE), 2), np.delete(np.arange(SIZE), 1)
    away = np.ix_(on_column, on_row)
    for others in moved:
        assert moved[others][1, 2] > 0.05
    assert np.all(moved["grounded"][1] > 0.05)  # all cells of the row see all of the pulse
    assert np.all(moved["grounded"][away] == 0.0)
    for half in (moved["half"][1, on_row], moved["half"][on_column, 2]):
        assert np.all(half < 0.5 * moved["half"][1, 2])
    assert np.all(moved["half"][away] == 0.0)
    assert np.all(moved["third"][1, on_row] <= moved["half"][1, on_row])
    if cell == "constant-step":
        assert np.all(moved["half"][1, on_row] > 0)
        assert np.all(moved["third"][away] > 0)  # a third at every other cell, the other way


@pytest.mark.parametrize("others", ["open", "grounded"])
def test_time_may_be_cut_where_cells_switch_behind_lines(others):
    """A SET that lowers its own voltage, and that of the other cells of its row, by the lines."""
    chosen = {
        "cell": "cu-te", "seed": 3, "line_resistance": {"TE": "500 ohm", "BE": "500 ohm"},
        "parameters": {"noise": False, "cycle_to_cycle": False},
    }  # fmt: skip
    before = crossbar(**chosen)
    before.respond(drives(0.05, "guard"))
    ends = []
    for pieces in (1, 20):
        device = crossbar(**chosen)
        for _ in range(pieces):
            device.advance(drives(1.5, others), 10e-3 / pieces)
        device.respond(drives(0.05, "guard"))
        ends.append(device._network.conductance[1])
    assert ends[0][2] > 4 * before._network.conductance[1, 2]
    assert ends[1] == pytest.approx(ends[0], rel=0.03)


def test_any_model_with_two_ends_may_be_a_cell_and_no_other():
    built, refused = [], []
    for name in plugins.names(plugins.DEVICES):
        kind = plugins.load(plugins.DEVICES, name)
        if kind.is_array:
            continue
        if not set(kind.build(kind.parameters(), 0).terminals) <= {"TE", "BE"}:
            with pytest.raises(ValueError, match="takes cells of two ends"):
                crossbar(rows=2, columns=2, cell=name)
            refused.append(name)
            continue
        device = crossbar(rows=2, columns=2, cell=name)
        selected = {"row": 0, "column": 0, "size": 2}
        device.advance(drives(0.2, **selected), 1e-3)
        assert device.respond(drives(0.2, **selected))["TE[0]"].voltage == 0.2
        built.append(name)
    assert {"cu-te", "alpha-fe2o3", "soft-bounds", "threshold-power-law", "resistor"} <= set(built)
    assert {"cu-te-1t1r", "ecram", "nmos"} <= set(refused)


def test_what_is_no_crossbar_is_refused():
    crossbar()
    refused = 0
    for more, said in (
        ({"lines": {"TE": "rows", "BE": "rows"}}, 'one with "rows" and one with "columns"'),
        ({"lines": {"TE": "rows"}}, 'one with "rows" and one with "columns"'),
        ({"lines": {"T": "rows", "B": "columns"}}, "takes cells of two ends"),
        ({"cell": "array"}, "is an array itself"),
        ({"line_resistance": {"gate": "1 ohm"}}, 'names "gate"'),
        ({"line_resistance": {"TE": "1 ohm"}}, "above 0 ohm, or none"),
    ):
        with pytest.raises(Exception, match=said):
            crossbar(**more).respond(drives(0.1))
        refused += 1
    assert refused == 6


def test_a_state_goes_into_another_crossbar_and_lines_may_be_turned():
    device, other = crossbar(5, cell="cu-te"), crossbar(6, cell="cu-te")
    device.advance(drives(1.0, "half"), 10e-3)
    other.restore(device.state())
    assert other.respond(drives(0.05, "guard")) == device.respond(drives(0.05, "guard"))
    with pytest.raises(KeyError):
        crossbar(rows=2, cell="cu-te").restore(device.state())
    turned = crossbar(5, cell="cu-te", lines={"TE": "columns", "BE": "rows"})
    at = {"TE[2]": Drive(0.05, 1.0), "BE[1]": Drive(0.0, 1.0)}
    at |= {f"BE[{n}]": Drive(0.05, 1.0) for n in (0, 2, 3)}
    at |= {f"TE[{n}]": Drive(0.0, 1.0) for n in (0, 1, 3)}
    straight = crossbar(5, cell="cu-te")
    for level in (0.05, 1.0, -0.8):  # what is up here is up there
        pulsed = {
            name: drive._replace(level=20 * level * drive.level) for name, drive in at.items()
        }
        expected = straight.respond(drives(level, "guard"))["TE[1]"].current
        assert turned.respond(pulsed)["TE[2]"].current == pytest.approx(expected, rel=1e-6)
        straight.advance(drives(level, "guard"), 1e-4)
        turned.advance(pulsed, 1e-4)


def test_reads_of_farther_cells_lose_more():
    device = crossbar(line_resistance={"TE": "50 ohm", "BE": "50 ohm"})
    found = [
        device.respond(drives(0.1, "guard", row=row, column=3 - row))[f"TE[{row}]"].current
        for row in range(SIZE)
    ]
    assert all(abs(one - 1e-5) < 1e-6 for one in found)
    ladder = [
        device.respond(drives(0.1, "guard", row=0, column=column))["TE[0]"].current
        for column in range(SIZE)
    ]
    assert all(later < before for before, later in pairwise(ladder))
