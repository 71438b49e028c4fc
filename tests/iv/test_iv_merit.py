"""Switching voltages and windows from the rows, against curves written down and the benches."""

import pandas as pd
import pytest

from mho.protocols.iv import IV, IvRecipe, Side, iv
from mho.protocols.iv.cycles import side_cycles, verify_states
from mho.readings import Reading, Trace
from mho.result import numbers
from mho.stimuli import Sweep
from mho.testing.noting_bench import NotingBench
from mho.testing.protocol_runs import bench_of, frame, run_shipped


class Switch(NotingBench):
    """Sets at +0.7 V, resets at -0.5 V, each a level later a cycle; on/off 20."""

    on = False
    cycle = 0

    def apply(self, stimulus):
        if not isinstance(stimulus, Sweep):
            return super().apply(stimulus)
        self.cycle += stimulus.levels[1] > 0
        readings = []
        for level in stimulus.levels:
            if level >= 0.7 + 0.1 * (self.cycle - 1) - 1e-9:
                self.on = True
            if level <= -0.5 - 0.1 * (self.cycle - 1) + 1e-9:
                self.on = False
            current = level * (2e-4 if self.on else 1e-5)
            readings.append(Reading(self.clock.now(), level, current, False))
        return Trace(tuple(readings))

    def next_conductance(self, stimulus):
        return 2.2e-4 if self.on else 1e-5


def run(**changes):
    fields = {"corners": (0, 1, 0, -1, 0), "step": 0.1, "dwell": 0.01, "cycles": 3, "reads": 2}
    recipe = IvRecipe(**{**fields, **changes})
    return frame(iv(bench_of(Switch), recipe)), recipe


@pytest.mark.parametrize("rule", ["steepest", "current jump"])
def test_each_cycle_has_its_own_switching_voltages(rule):
    rows, recipe = run(rule=rule)
    assert side_cycles(rows, recipe, Side.SET).switching == pytest.approx([0.7, 0.8, 0.9])
    assert side_cycles(rows, recipe, Side.RESET).switching == pytest.approx([-0.5, -0.6, -0.7])


def test_window_power_and_verify_reads():
    rows, recipe = run()
    found = side_cycles(rows, recipe, Side.SET)
    assert found.on / found.off == pytest.approx([20, 20, 20])
    assert found.power == pytest.approx([2e-4] * 3)
    on, off = verify_states(rows)
    assert on == pytest.approx([2.2e-4] * 3) and off == pytest.approx([1e-5] * 3)
    named = numbers(IV.results(rows, recipe))
    assert named["set_width"] < 0.1 and named["reset_width"] < 0.1  # abrupt: within one step
    table = {row[0]: row for row in IV.summary(rows, recipe).rows}
    assert table["SET voltage (V)"][1] == "0.75"  # in the middle of a step of 0.1 V
    assert table["on/off, verify reads"][1] == "22"
    assert table["on/off at -100 mV, reset sweep"][1] == "20"


def test_a_side_that_does_not_switch_has_no_switching_voltage():
    rows, recipe = run(corners=(0, 0.6, 0, -1, 0))
    table = {row[0]: row for row in IV.summary(rows, recipe).rows}
    assert table["SET voltage (V)"][1] == "none"
    assert table["RESET voltage (V)"][1] == "none"


def on_bench(bench, device, recipe, *options):
    resolved, rows = run_shipped("iv", bench, device, recipe, options=options)
    return frame(rows), resolved


def means(rows, recipe):
    return {row[0]: float(row[1]) for row in IV.summary(rows, recipe).rows}


def test_the_published_sweep_gives_the_published_numbers():
    """SET -1.2 V, RESET +2.1 V, a window of 10 and 8 mW are published."""
    found = means(*on_bench("ideal", "alpha-fe2o3", "alpha-fe2o3-100-cycles", "cycles=25"))
    assert found["SET voltage (V)"] == pytest.approx(-1.2, abs=0.15)
    assert found["RESET voltage (V)"] == pytest.approx(2.1, abs=0.15)
    assert found["on/off at -100 mV, set sweep"] == pytest.approx(10, abs=2)
    assert found["largest power, set sweep (mW)"] == pytest.approx(8, abs=2)


@pytest.mark.parametrize("bench", ["ideal", "ni-pxie-4139"])
def test_the_generic_sweep_runs_on_a_cu_te_cell(bench):
    found = means(*on_bench(bench, "cu-te", "double-sweep"))
    assert 1.5 < found["SET voltage (V)"] <= 2
    assert -0.5 < found["RESET voltage (V)"] < -0.2
    assert found["on/off, verify reads"] == pytest.approx(200, rel=0.4)


def test_a_resistor_does_not_switch():
    rows, recipe = on_bench("ideal", "resistor", "double-sweep")
    table = {row[0]: row[1] for row in IV.summary(rows, recipe).rows}
    assert table["SET voltage (V)"] == table["RESET voltage (V)"] == "none"
    assert float(
        table["on/off at 50 mV, set sweep"]
        if "on/off at 50 mV, set sweep" in table
        else table["on/off at 100 mV, set sweep"]
    ) == pytest.approx(1)


def test_a_current_that_the_limit_held_gives_no_window_but_still_a_set_voltage():
    """20 uA hold the on state of 200 uS at 0.1 V and above: what it conducts there is not known."""
    rows, recipe = run(read={"voltage": 0.2})
    held = (rows["side"] == Side.SET) & (rows["current"].abs() > 2e-5) & (rows["part"] != "read")
    rows.loc[held, "in_compliance"] = True
    rows.loc[held, "current"] = 2e-5
    found = side_cycles(rows, recipe, Side.SET)
    assert pd.isna(found.on).all()
    assert found.switching == pytest.approx([0.65, 0.75, 0.85])
    assert "SET_window" not in {name.upper() for name in numbers(IV.results(rows, recipe))}


def test_a_cycle_in_compliance_is_no_lost_contact():
    class Unknown(Switch):
        def apply(self, stimulus):
            readings = super().apply(stimulus)
            if not isinstance(stimulus, Sweep):
                return readings
            return Trace(tuple(r._replace(current=float("nan"), in_compliance=True)
                               for r in readings))  # fmt: skip

    recipe = IvRecipe(corners=(0, 1, 0, -1, 0), step=0.1, dwell=0.01)
    assert list(iv(bench_of(Unknown), recipe))[-1].verdict == "complete"


def test_a_sweep_that_ends_below_the_field_of_a_slope_has_merits_without_it():
    rows, recipe = run(corners=(0, 0.8, 0, -0.8, 0))
    found = numbers(IV.results(rows, recipe))
    assert "slope_off_high" not in found and found["slope_on"] == pytest.approx(1)


def test_a_cycle_without_contact_counts_for_nothing():
    class Losing(Switch):
        def apply(self, stimulus):
            trace = super().apply(stimulus)
            if self.cycle < 3:
                return trace
            return Trace(tuple(r._replace(current=0.0) for r in trace))

    recipe = IvRecipe(corners=(0, 1, 0, -1, 0), step=0.1, dwell=0.01, cycles=5, reads=2)
    rows = frame(iv(bench_of(Losing), recipe))
    assert rows["verdict"].iloc[-1] == "contact lost" and rows["cycle"].iloc[-1] == 3
    found = side_cycles(rows, recipe, Side.SET)
    assert found.cycle == pytest.approx([1, 2]) and found.power.min() > 0
    assert len(verify_states(rows)[0]) == 2
    assert IV.figure(rows, recipe).panels
