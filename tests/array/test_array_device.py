"""The simulated array against nodal analysis, against a single cell, and against itself."""

import numpy as np
import pytest

from mho.rehearsal.load_lines import LoadLines
from mho.settings import parse
from mho.sim_instruments.devices.array import ARRAY
from mho.sim_instruments.devices.one_transistor_one_resistor import CU_TE_1T1R
from mho.stimuli import Drive

SEGMENT = 20.0


def array(seed=0, **more):
    chosen = {
        "rows": 4, "columns": 3, "lines": {"TE": "columns", "gate": "rows"}, "cell": "cu-te-1t1r",
        "line_resistance": {"TE": "20 ohm"}, **more,
    }  # fmt: skip
    return ARRAY.build(parse("test", chosen, ARRAY.parameters), seed)


def resistors(ohms, **more):
    return array(
        lines={"TE": "columns"}, cell="resistor", parameters={"resistance": f"{ohms:g} ohm"}, **more
    )


def drives(te, *, row=1, column=2, limit=5e-3, gate=3.0):
    on = {f"gate[{n}]": Drive(gate if n == row else 0.0, 1e-3) for n in range(4)}
    on.update({f"TE[{n}]": Drive(te if n == column else 0.0, limit) for n in range(3)})
    return on


def nodal(volts, ohms, cells):
    """The current into a ladder: nodal analysis of the whole line, as a matrix."""
    conductance = np.zeros((cells, cells))
    for node in range(cells):
        conductance[node, node] += 1 / ohms + 1 / SEGMENT
        if node:
            conductance[node - 1, node - 1] += 1 / SEGMENT
            conductance[node, node - 1] -= 1 / SEGMENT
            conductance[node - 1, node] -= 1 / SEGMENT
    into = np.zeros(cells)
    into[0] = volts / SEGMENT
    nodes = np.linalg.solve(conductance, into)
    return (volts - nodes[0]) / SEGMENT


@pytest.mark.parametrize("ohms", [300.0, 10e3])
@pytest.mark.parametrize("rows", [1, 2, 8])
def test_a_ladder_is_that_of_nodal_analysis(ohms, rows):
    device = resistors(ohms, rows=rows)
    response = device.respond({"TE[1]": Drive(0.7, 1.0)})
    assert response["TE[1]"].current == pytest.approx(nodal(0.7, ohms, rows), rel=1e-6)
    assert response["TE[0]"] == (0.0, 0.0, False)
    assert not response["TE[1]"].in_compliance


def test_a_limit_that_several_cells_share():
    device, limit = resistors(1e3, rows=8), 1e-3
    whole = nodal(1.0, 1e3, 8)
    assert whole > 4 * limit
    found = device.respond({"TE[0]": Drive(-1.0, limit)})["TE[0]"]
    assert found.in_compliance
    assert found.current == pytest.approx(-limit, rel=1e-5)
    assert found.voltage == pytest.approx(-limit / whole, rel=1e-5)  # it is linear


def test_the_selected_cell_is_solved_exactly():
    device, row = array(seed=7), 3
    alone = CU_TE_1T1R.build(CU_TE_1T1R.parameters(), 0)
    alone.restore({name: one[row * 3 + 2] for name, one in device.state().items()})
    ohms, gate = {"TE": SEGMENT * (row + 1)}, Drive(3.0, 1e-3)
    lines, seen = LoadLines(alone), 0
    for level, lasts in ((0.05, 0.0), (2.2, 10e-3), (0.05, 0.0), (-1.5, 10e-3), (0.05, 0.0)):
        at_cell = {"TE": Drive(level, 5e-3), "gate": gate}
        if lasts:
            device.advance(drives(level, row=row), lasts)
            lines.advance(at_cell, ohms, lasts)
            continue
        expected = lines.respond(at_cell, ohms)["TE"].current
        found = device.respond(drives(level, row=row))["TE[2]"].current
        assert found == pytest.approx(expected, rel=1e-2), level  # the noise of another cut
        seen += 1
    assert seen == 3


def test_in_compliance_it_stands_where_the_cell_and_its_line_leave_it():
    device = array()
    device.advance(drives(2.3), 10e-3)
    found = device.respond(drives(2.3, limit=2e-4))["TE[2]"]
    assert found.in_compliance and found.current == pytest.approx(2e-4)
    assert 2e-4 * 2 * SEGMENT < found.voltage < 2.3


def test_line_resistance_takes_more_of_cells_that_are_further_on():
    device = array(line_resistance={"TE": "200 ohm"})
    for row in range(4):
        device.advance(drives(2.3, row=row), 10e-3)
    reads = [device.respond(drives(0.05, row=row))["TE[2]"].current for row in range(4)]
    free = array()
    free.restore(device.state())
    without = [free.respond(drives(0.05, row=row))["TE[2]"].current for row in range(4)]
    assert all(one < 0.9 * other for one, other in zip(reads, without, strict=True))
    before = [0.05 / one - 0.05 / other for one, other in zip(reads, without, strict=True)]
    assert before == sorted(before), "ohms of line before each cell"


def conductances(device):
    return [
        device.respond(drives(0.05, row=row, column=column))[f"TE[{column}]"].current / 0.05
        for row in range(4)
        for column in range(3)
    ]


def test_cells_are_those_of_the_seed():
    first, again, other = (conductances(array(seed=seed)) for seed in (3, 3, 4))
    assert first == again != other
    larger = conductances(array(seed=3, rows=4))
    assert larger == first


def test_stuck_and_slow_cells():
    shares = {"stuck": {"stuck": 1.0}, "slow": {"slow": 1.0, "slow_factor": 1e6}, "none": {}}
    moved = {}
    for name, more in shares.items():
        device = array(seed=1, **more)
        before = conductances(device)[5]
        device.advance(drives(1.7), 10e-3)
        moved[name] = conductances(device)[5] / before
    assert moved["stuck"] == pytest.approx(1.0, rel=0.3)
    assert moved["none"] > 3 and moved["slow"] < moved["none"] / 2
    some = array(seed=1, stuck=0.3, slow=0.3, rows=20, columns=20)
    kinds = [(cell.is_stuck, cell.slowness > 1) for cell in some._cells]
    assert 80 < sum(stuck for stuck, _ in kinds) < 160
    assert 80 < sum(slow for _, slow in kinds) < 160
    assert not any(stuck and slow for stuck, slow in kinds)


def test_half_selected_cells_age_by_what_they_see():
    """With their gates on, the other cells on the line see all of it; grounded, next to nothing."""
    changed = {}
    for gate_of_others in (0.0, 3.0):
        device = array(seed=2)
        before = conductances(device)
        at = {**drives(2.3), **{f"gate[{n}]": Drive(gate_of_others, 1e-3) for n in (0, 2, 3)}}
        device.advance(at, 10e-3)
        after = conductances(device)
        ratio = [b / a for a, b in zip(before, after, strict=True)]
        changed[gate_of_others] = [ratio[row * 3 + 2] for row in (0, 2, 3)]
        others = [ratio[row * 3 + column] for row in range(4) for column in (0, 1)]
        assert all(0.5 < one < 2 for one in others)
    assert all(0.5 < one < 2 for one in changed[0.0])
    assert all(one > 2.5 for one in changed[3.0])


def test_a_state_goes_into_another_array_of_the_kind():
    device, other = array(seed=5), array(seed=6)
    device.advance(drives(2.3), 10e-3)
    other.restore(device.state())
    assert conductances(other) == pytest.approx(conductances(device), rel=1e-12)
    with pytest.raises(KeyError):
        array(rows=2).restore(device.state())


def test_time_that_is_cut_gives_the_same_resting_cells():
    """Cells that rest age in one piece, however often the selected one is pulsed."""
    whole, cut = array(seed=8), array(seed=8)
    whole.advance(drives(0.0), 1.0)
    for _ in range(100):
        cut.advance(drives(0.0), 0.01)
    assert conductances(whole) == pytest.approx(conductances(cut), rel=1e-12)


def test_what_no_array_can_be():
    refused = 0
    for more, said in (
        ({"cell": "resistor", "line_resistance": {}}, "the cells have no terminal gate"),
        ({"cell": "array"}, "is an array itself"),
        ({"stuck": 0.6, "slow": 0.6}, "more than all cells"),
        ({"line_resistance": {"BE": "1 ohm"}}, 'names "BE"'),
        ({"rows": 100, "columns": 100}, "more than 4096 cells"),
    ):
        with pytest.raises(Exception, match=said):
            array(**more)
        refused += 1
    assert refused == 5
    array()
