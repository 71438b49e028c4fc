"""Cells behind lines: as single cells are, half-selected as a formula says, cut anywhere."""

import math

import numpy as np
import pytest
from scipy.stats import ks_2samp

from mho.bench.composed import ComposedBench
from mho.clock import VirtualClock
from mho.device.profile import TerminalLimits
from mho.rehearsal import World
from mho.sim_instruments.devices import pseudo_crossbar_responses
from mho.sim_instruments.devices.ecram_kinetics import Junction
from mho.sim_instruments.devices.ecram_parameters import EcramParameters
from mho.sim_instruments.devices.pseudo_crossbar import PseudoCrossbar
from mho.sim_instruments.devices.pseudo_crossbar_parameters import PseudoCrossbarParameters
from mho.sim_instruments.ideal_instrument import IdealInstrument, IdealSettings
from mho.stimuli import OPEN, Drive, Multiply, OuterProduct
from mho.testing.profiles import make_profile

QUIET = {"noise": False, "cycle_to_cycle": False, "device_to_device": False}
STEP = 1e-3
WIDTH, VOLTS, SLOPE = 10e-3, 4.0, 0.4


def cell(**parameters):
    given = {"slope": SLOPE, "softness_up": 0.03, "softness_down": 0.03, **QUIET, **parameters}
    area, density = 1e-8, 28.0
    exchange = STEP * density / (WIDTH * math.sinh(VOLTS / given["slope"]))
    return EcramParameters(area=area, capacity_density=density, exchange_density=exchange, **given)


def array(rows=3, columns=3, seed=0, of=None, **parameters):
    return PseudoCrossbar(
        PseudoCrossbarParameters(rows=rows, columns=columns, cell=of or cell(), **parameters), seed
    )


def selected(rows, columns, row, column, volts=VOLTS):
    """Half of the voltage at one gate line, minus half of it at one channel line."""
    drives = {f"g{n}": Drive(volts / 2 if n == row else 0.0, 1.0) for n in range(rows)}
    return drives | {
        f"c{n}": Drive(-volts / 2 if n == column else 0.0, 1.0) for n in range(columns)
    }


def test_a_selected_cell_moves_as_a_single_one_and_the_others_by_the_half_selected_share():
    one = array()
    before = one.state_of_charge.copy()
    one.advance(selected(3, 3, 1, 2), WIDTH)
    moved = one.state_of_charge - before
    given = cell()
    junction = Junction(
        exchange=given.area * given.exchange_density,
        largest=given.area * given.largest_density,
        slope=given.slope, capacity=given.area * given.capacity_density, middle=0.0, swing=0.0,
        softness_up=given.softness_up, softness_down=given.softness_down,
        retention=given.retention, resting_state=given.resting_state,
    )  # fmt: skip
    alone = junction.driven(0.5, VOLTS, 1.0, WIDTH).state - 0.5
    assert moved[1, 2] == pytest.approx(alone, rel=1e-6)
    share = 1 / (2 * math.cosh(VOLTS / (2 * SLOPE)))
    for row, column in np.ndindex(3, 3):
        if (row == 1) is not (column == 2):
            assert moved[row, column] == pytest.approx(share * alone, rel=1e-3)
        elif (row, column) != (1, 2):
            assert moved[row, column] == 0.0


@pytest.mark.parametrize(
    ("slope", "share"), [(1.2, 0.18), (0.9, 0.107), (0.6, 0.036), (0.4, 0.0067), (0.3, 0.0013)]
)
def test_the_half_selected_share_of_the_sheet(slope, share):
    one = array(of=cell(slope=slope))
    one.advance(selected(3, 3, 0, 0), WIDTH)
    moved = one.state_of_charge - 0.5
    assert moved[0, 1] / moved[0, 0] == pytest.approx(share, rel=0.05)


def test_an_access_device_lets_whole_pulses_pass_only():
    one = array(of=cell(slope=0.9), access_voltage=2.5)
    one.advance(selected(3, 3, 0, 0), WIDTH)
    moved = one.state_of_charge - 0.5
    assert moved[0, 0] > 0 and np.count_nonzero(moved) == 1
    tight = array(of=cell(slope=0.9), access_voltage=1.9)
    tight.advance(selected(3, 3, 0, 0), WIDTH)
    assert np.count_nonzero(tight.state_of_charge - 0.5) == 5  # half-selected ones as well


def test_cells_on_a_floating_gate_line_share_ions_without_access_devices():
    swinging = cell(potential_swing=1.5)
    opened = {f"g{n}": OPEN for n in range(2)}
    for access, sharing, shared in ((None, 20.0, True), (2.9, 20.0, False), (None, None, False)):
        one = array(2, 2, of=swinging, access_voltage=access, sharing=sharing)
        one.state_of_charge = np.array([[0.1, 0.9], [0.4, 0.6]])
        one.advance(opened, 20.0)
        apart = one.state_of_charge[:, 1] - one.state_of_charge[:, 0]
        left = math.exp(-1) if shared else 1.0
        assert apart == pytest.approx([0.8 * left, 0.2 * left], rel=1e-3)


@pytest.mark.parametrize("swing", [0.0, 1.5])
def test_time_may_be_cut_anywhere(swing):
    """Exactly without chance; with it the same distribution of states over 400 cells."""
    for pieces in (2, 10, 100):
        whole, cut = (array(of=cell(potential_swing=swing)) for _ in range(2))
        drives = selected(3, 3, 1, 1)
        whole.advance(drives, 100 * WIDTH)
        for _ in range(pieces):
            cut.advance(drives, 100 * WIDTH / pieces)
        assert cut.state_of_charge == pytest.approx(whole.state_of_charge, abs=1e-4 * swing + 1e-9)
    chance = cell(potential_swing=swing, cycle_to_cycle=True, step_jitter=1.0)
    drives = {f"g{n}": Drive(VOLTS, 1.0) for n in range(20)}
    ends = []
    for number, pieces in enumerate((1, 2, 10, 100)):
        one = array(20, 20, seed=number, of=chance)
        for _ in range(pieces):
            one.advance(drives, 10 * WIDTH / pieces)
        ends.append(one.state_of_charge.ravel())
    for other in ends[1:]:
        assert ks_2samp(ends[0], other).pvalue > 0.01


def test_columns_carry_the_product_and_lines_lose_some_of_it():
    rng = np.random.default_rng(5)
    one, resistive = array(6, 5), array(6, 5, segment=20.0)
    for each in (one, resistive):
        each.state_of_charge = rng.uniform(0, 1, (6, 5)) if each is one else one.state_of_charge
    volts = rng.uniform(-0.1, 0.1, 6)
    drives = {f"r{n}": Drive(float(v), 1.0) for n, v in enumerate(volts)}
    drives |= {f"c{n}": Drive(0.0, 1.0) for n in range(5)}
    out = one.respond(drives)
    flowing = [-out[f"c{n}"].current for n in range(5)]
    assert flowing == pytest.approx(volts @ one.conductance, rel=1e-9)
    assert sum(out[f"r{n}"].current for n in range(6)) == pytest.approx(sum(flowing), rel=1e-9)
    lost = resistive.respond(drives)
    assert 0 < np.abs([lost[f"c{n}"].current for n in range(5)]).sum() < np.abs(flowing).sum()
    floating = {name: drive for name, drive in drives.items() if name != "r3"}
    open_row = one.respond(floating)
    assert open_row["r3"].current == 0.0
    others = np.delete(volts, 3) @ np.delete(one.conductance, 3, axis=0)
    assert [-open_row[f"c{n}"].current for n in range(5)] == pytest.approx(others, rel=1e-9)


def test_faulty_cells():
    one = array(
        2, 2,
        faulty=[
            {"row": 0, "column": 0, "is": "stuck", "at": 1.0},
            {"row": 1, "column": 1, "is": "slow", "factor": 10.0},
        ],
    )  # fmt: skip
    one.advance({f"g{n}": Drive(-VOLTS, 1.0) for n in range(2)}, WIDTH)
    moved = one.state_of_charge - np.array([[1.0, 0.5], [0.5, 0.5]])
    assert moved[0, 0] == 0.0
    assert moved[1, 1] / moved[0, 1] == pytest.approx(0.1, rel=1e-3)


def test_dead_and_leaky_cells():
    one = array(
        2, 2,
        faulty=[
            {"row": 0, "column": 0, "is": "dead"},
            {"row": 1, "column": 1, "is": "leaky", "time": 2.0},
        ],
    )  # fmt: skip
    one.state_of_charge = np.full((2, 2), 0.9)
    assert one.conductance[0, 0] == 0.0 < one.conductance[0, 1]
    for gates in (OPEN, Drive(0.0, 1.0)):  # it forgets with its gate open as well as grounded
        one.state_of_charge = np.full((2, 2), 0.9)
        one.advance({"g0": gates, "g1": gates}, 2.0)
        assert one.state_of_charge[1, 1] == pytest.approx(0.5 + 0.4 * math.exp(-1), rel=1e-5)
        assert one.state_of_charge[0, 1] == pytest.approx(0.9, rel=1e-5)
    before = one.state_of_charge.copy()
    one.advance({f"g{n}": Drive(-VOLTS, 1.0) for n in range(2)}, WIDTH)
    assert (one.state_of_charge < before).all()  # both take their pulses
    reads = {f"r{n}": Drive(0.1, 1.0) for n in range(2)} | {"c0": Drive(0.0, 1.0)}
    assert np.isfinite([at.current for at in one.respond(reads).values()]).all()


def test_a_kept_state_goes_on_the_same():
    given = EcramParameters(**{**cell().model_dump(), **dict.fromkeys(QUIET, True)})
    one, other = array(of=given, seed=1), array(of=given, seed=2)
    drives = selected(3, 3, 0, 1)
    one.advance(drives, WIDTH)
    other.restore(one.state())
    for each in (one, other):
        each.advance(drives, WIDTH)
    assert np.array_equal(one.state_of_charge, other.state_of_charge)
    reads = {"r0": Drive(0.1, 1.0)} | {f"c{n}": Drive(0.0, 1.0) for n in range(3)}
    assert one.respond(reads) == other.respond(reads)


LEGAL_OUTER = {
    "rows": ("g0", "g1"), "columns": ("c0",), "row_slots": ((1, 0), (0, -1), (0, 0)),
    "column_slots": ((1,), (0,), (0,)), "amplitude": 4.0, "width": 1e-3, "compliance": 1e-3,
}  # fmt: skip
LEGAL_PRODUCT = {
    "inputs": (("r0", 0.1), ("r1", -0.1)), "outputs": ("c0", "c1"), "aperture": 1e-3,
    "compliance": 1e-3,
}  # fmt: skip


def test_stimuli_of_an_array_say_what_is_wrong_with_them():
    assert not list(OuterProduct(**LEGAL_OUTER).faults())
    assert not list(Multiply(**LEGAL_PRODUCT).faults())
    broken = [
        (OuterProduct, LEGAL_OUTER, {"rows": ("g0", "g0")}, "named 2 times"),
        (OuterProduct, LEGAL_OUTER, {"columns": ()}, "needs rows and columns"),
        (OuterProduct, LEGAL_OUTER, {"row_slots": ((1, 0),)}, "1 slots of rows for 3"),
        (OuterProduct, LEGAL_OUTER, {"column_slots": ((1, 1), (0,), (0,))}, "one entry for each"),
        (OuterProduct, LEGAL_OUTER, {"column_slots": ((2,), (0,), (0,))}, "none of -1, 0, 1"),
        (OuterProduct, LEGAL_OUTER, {"gap": -1.0}, "a gap of"),
        (Multiply, LEGAL_PRODUCT, {"outputs": ()}, "needs lines"),
        (Multiply, LEGAL_PRODUCT, {"outputs": ("c0", "r0")}, "named 2 times"),
        (Multiply, LEGAL_PRODUCT, {"settle": -1.0}, "settling time"),
    ]
    told = 0
    for kind, legal, change, text in broken:
        made = list(kind(**{**legal, **change}).faults())
        assert any(text in fault for fault in made), (change, made)
        told += 1
    assert told == len(broken)


def test_the_score_of_an_outer_product():
    score = OuterProduct(**LEGAL_OUTER, gap=1e-3).score()
    levels = [[s.level for s in column] for column in score.columns()]
    # first slot, gap, second slot (read), gap; the empty one is left out; then at rest
    assert levels == [[2, 0, -2], [0, 0, 0], [0, -2, 0], [0, 0, 0], [0, 0, 0]]
    assert score.readings == 1
    many = OuterProduct(**{**LEGAL_OUTER, "row_slots": ((1, 1),) * 5, "column_slots": ((0,),) * 5})
    assert [bar.times for bar in many.score().bars()] == [4, 1]


def test_a_mistake_in_the_parameters_is_told():
    PseudoCrossbarParameters(rows=2, columns=2)
    refused = 0
    for wrong, told in (
        ({"faulty": [{"row": 2, "column": 0, "is": "slow"}]}, "lies outside"),
        ({"faulty": [{"row": 0, "column": 0, "is": "stuck"}]}, "it needs one"),
        ({"faulty": [{"row": 0, "column": 0, "is": "slow", "at": 0.5}]}, "belongs to a stuck"),
        ({"rows": 0}, "rows"),
    ):
        with pytest.raises(ValueError, match=told):
            PseudoCrossbarParameters(**{"rows": 2, "columns": 2, **wrong})
        refused += 1
    assert refused == 4


def test_what_was_worked_out_once_does_not_outlive_its_time_nor_its_cells():
    """Motions are remembered by levels and duration, and forgotten where cells become others."""
    spread = cell(device_to_device=True, capacity_spread=0.5)
    drives, one, other = selected(3, 3, 0, 1), array(of=spread, seed=1), array(of=spread, seed=2)
    moved = []
    for width in (WIDTH, 2 * WIDTH):
        before = one.state_of_charge[0, 1]
        one.advance(drives, width)
        moved.append(one.state_of_charge[0, 1] - before)
    assert moved[1] == pytest.approx(2 * moved[0], rel=1e-2)
    other.advance(drives, WIDTH)
    other.restore(one.state())
    for each in (one, other):
        each.advance(drives, WIDTH)
    assert np.array_equal(one.state_of_charge, other.state_of_charge)


def test_the_network_of_lines_is_solved_only_for_who_looks_at_them(monkeypatch):
    solved = []
    solve = pseudo_crossbar_responses.solve
    monkeypatch.setattr(
        pseudo_crossbar_responses, "solve", lambda *a: solved.append(1) or solve(*a)
    )
    one = array(segment=1.0)
    drives = {**selected(3, 3, 1, 2), "r0": Drive(0.1, 1.0)}
    found = one.respond(drives)
    assert set(found) == set(one.terminals)
    assert len(found) == 9
    assert found["g1"].voltage == VOLTS / 2
    assert not solved
    assert found["r0"].current > 0 > found["c2"].current
    assert len(solved) == 1
    with pytest.raises(KeyError):
        found["c9"]


@pytest.mark.parametrize(("size", "beside"), [(3, 5), (8, 15), (9, 0)])
def test_of_many_lines_only_those_are_read_that_somebody_asks_for(size, beside):
    device, clock = array(rows=size, columns=size), VirtualClock()
    line = TerminalLimits(min_voltage=-3, max_voltage=3, max_compliance=1e-2, rests="grounded")
    profile = make_profile(
        terminals=dict.fromkeys(device.terminals, line), write_at="r0", reset_curve=None
    )
    world = World(device, clock, 0)
    instrument = IdealInstrument(world, profile, clock, IdealSettings())
    lines = {kind: tuple(f"{kind}{n}" for n in range(size)) for kind in "rgc"}
    ones = ((1,) * size,)
    outer = OuterProduct(
        rows=lines["g"], columns=lines["c"], row_slots=ones, column_slots=ones,
        amplitude=VOLTS, width=WIDTH, compliance=1e-3,
    )  # fmt: skip
    with ComposedBench({"ideal": instrument}, profile, clock) as bench:
        trace = bench.apply(outer)
        assert [one.terminal for one in trace] == ["g0"]
        assert len(trace.others) == beside
        product = Multiply(
            inputs=tuple((name, 0.1) for name in lines["r"]), outputs=lines["c"],
            aperture=1e-3, compliance=1e-3,
        )  # fmt: skip
        trace = bench.apply(product)
        assert [one.terminal for one in trace] == list(lines["c"])
        assert all(one.current < 0 for one in trace)
