"""Levels by compliance: order of the sweeps, table, separation, plan and benches."""

from functools import partial

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mho.bench.guard import GuardedBench
from mho.drawing import draw
from mho.protocols.multilevel_compliance import (
    MULTILEVEL_COMPLIANCE,
    MultilevelComplianceRecipe,
    multilevel_compliance,
)
from mho.protocols.multilevel_compliance.results import levels
from mho.readings import Reading, Trace
from mho.stimuli import Hold, Sweep
from mho.testing.noting_bench import NotingBench
from mho.testing.protocol_runs import bench_of, frame, run_shipped


class Filament(NotingBench):
    """A SET leaves compliance / 1 V, give or take 1 %; a RESET a tenth of that."""

    size = 1e-4
    on = False
    parity = 0

    def apply(self, stimulus):
        self.applied.append(stimulus)
        readings = []
        if isinstance(stimulus, Sweep):
            if stimulus.levels[1] > 0:
                self.on, self.size = True, stimulus.compliance / 1.0
            else:
                self.on = False
            for level in stimulus.levels:
                held = self.on and abs(level) >= 1
                amps = stimulus.compliance if held else level * self.size
                readings.append(Reading(0.0, level, amps, held))
        else:
            g = self.size if self.on else self.size / 10
            for _ in range(stimulus.count):
                self.parity += 1
                noisy = g * (1.01 if self.parity % 2 else 0.99)
                readings.append(Reading(0.0, stimulus.level, stimulus.level * noisy, False))
        return Trace(tuple(readings))


run = partial(run_shipped, "multilevel_compliance")
bench = partial(bench_of, Filament)
recipe_for = partial(
    MultilevelComplianceRecipe,
    compliances=(1e-4, 3e-4, 2e-4),
    set_voltage=1.5,
    reset_voltage=1.2,
    step=0.5,
    dwell=1e-3,
    reads=4,
    cycles=2,
)


def test_each_level_is_a_reset_and_a_set_under_its_limit_with_reads_after_both():
    on = bench()
    rows = list(multilevel_compliance(on, recipe_for(reset_compliance=4e-3, cycles=1)))
    assert [type(s) for s in on.applied] == 6 * [Sweep, Hold]
    sweeps = [s for s in on.applied if isinstance(s, Sweep)]
    assert [s.compliance for s in sweeps] == [4e-3, 1e-4, 4e-3, 3e-4, 4e-3, 2e-4]
    assert [min(s.levels) for s in sweeps[::2]] == [-1.2] * 3
    assert [max(s.levels) for s in sweeps[1::2]] == [1.5] * 3
    assert sorted({row.cycle for row in rows}) == [1, 2, 3]
    assert [row.verdict for row in rows[:-1]] == ["going on"] * (len(rows) - 1)
    assert rows[-1].verdict == "complete"


def test_polarity_comes_from_the_profile():
    on = bench_of(NotingBench, set_polarity="negative")
    list(multilevel_compliance(on, recipe_for()))
    sweeps = [s for s in on.applied if isinstance(s, Sweep)]
    assert (max(sweeps[0].levels), min(sweeps[1].levels)) == (1.2, -1.5)


def test_the_table_is_in_ascending_order_with_the_hrs_of_the_reset_that_follows():
    recipe = recipe_for()
    rows = frame(multilevel_compliance(bench(), recipe))
    found = list(levels(rows, recipe))
    assert [level.compliance for level in found] == [1e-4, 3e-4, 2e-4]
    assert [level.mean.value for level in found] == pytest.approx([1e-4, 3e-4, 2e-4])
    assert [level.off.mean() for level in found] == pytest.approx([1e-5, 3e-5, 2e-5])
    assert [len(level.off) for level in found] == [8, 8, 4]
    assert all(level.limited for level in found)
    summary = MULTILEVEL_COMPLIANCE.summary(rows, recipe)
    assert [row[0] for row in summary.rows] == ["100 uA", "200 uA", "300 uA"]
    assert [row[4] for row in summary.rows] == ["10", "10", "10"]
    assert summary.rows[0][5] == "97"  # 2 (1 - 1 %) - 1 (1 + 1 %), in 100 uS
    assert "3 of 3 levels are at least 200 nS apart" in " ".join(summary.notes)
    assert "1 [1, 1] V" in " ".join(summary.notes)


def test_levels_that_overlap_are_not_separate():
    recipe = recipe_for(compliances=(1e-4, 1.005e-4, 3e-4))
    rows = frame(multilevel_compliance(bench(), recipe))
    notes = " ".join(MULTILEVEL_COMPLIANCE.summary(rows, recipe).notes)
    assert "2 of 3 levels are at least 200 nS apart" in notes
    assert "; 2 at a d' of 6 or more" in notes


def test_a_limit_that_was_not_reached_is_named():
    recipe = recipe_for(set_voltage=0.9)
    rows = frame(multilevel_compliance(bench(), recipe))
    notes = " ".join(MULTILEVEL_COMPLIANCE.summary(rows, recipe).notes)
    assert "not reached in every SET at 100 uA, 300 uA, 200 uA" in notes


def test_lost_contact_ends_the_series():
    on = bench_of(NotingBench)
    on.next_conductance = lambda stimulus: 0.0
    rows = list(multilevel_compliance(on, recipe_for()))
    assert {row.cycle for row in rows} == {1}
    assert rows[-1].verdict == "contact lost"
    assert MULTILEVEL_COMPLIANCE.summary(pd.DataFrame(rows), recipe_for()).notes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"compliances": (1e-4,)}, "at least 2"),
        ({"compliances": (1e-4, 2e-4, 1e-4)}, "names 100 uA twice"),
        ({"compliances": (1e-4, 0.0)}, "greater than 0"),
        ({"rate": 1.0}, "either dwell or rate"),
        ({"reads": 1}, "greater than or equal to 2"),
    ],
)
def test_the_recipe_refuses(changes, message):
    with pytest.raises(ValidationError, match=message):
        recipe_for(**changes)


recipes = st.fixed_dictionaries(
    {
        "compliances": st.lists(st.floats(1e-6, 5e-3), min_size=2, max_size=3, unique=True),
        "set_voltage": st.floats(0.1, 2.5),
        "reset_voltage": st.floats(0.1, 2.5),
        "step": st.floats(0.2, 3),
        "dwell": st.floats(1e-3, 0.1),
        "cycles": st.integers(1, 2),
        "reads": st.integers(2, 3),
        "prepare": st.sampled_from([(), ({"does": "reset", "amplitude": 1.0},)]),
    }
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(recipes, st.floats(-1e-4, 1e-3))
def test_whatever_is_asked_stays_within_plan_and_limits_and_is_reported(fields, conductance):
    recipe, on = MultilevelComplianceRecipe(**fields), bench_of(NotingBench)
    on.next_conductance = lambda stimulus: conductance
    plan = MULTILEVEL_COMPLIANCE.plan(recipe, on.profile)
    with GuardedBench(on) as guarded:
        rows = list(multilevel_compliance(guarded, recipe))
    for stimulus in set(on.applied):
        most = sum(one.at_most for one in plan.planned if one.stimulus == stimulus)
        assert on.applied.count(stimulus) <= most
    assert on.clock.now() <= plan.duration * (1 + 1e-9)
    frame = pd.DataFrame(rows)
    assert MULTILEVEL_COMPLIANCE.summary(frame, recipe).headers
    assert MULTILEVEL_COMPLIANCE.figure(frame, recipe).panels
    assert all(0 <= MULTILEVEL_COMPLIANCE.progress(row, recipe)[0] <= 1 for row in rows)


@pytest.mark.parametrize("bench_name", ["ideal", "ni-pxie-4139"])
def test_the_published_series_rises_with_the_compliance(bench_name):
    """Published: multilevel conductance from 100 uA to 1 mA, rising with the limit."""
    options = ["cycles=2", "reads=20", "device.model.parameters.device_to_device=false"]
    if bench_name == "ni-pxie-4139":
        options += ['step="100 mV"', "cycles=1"]
    name = "alpha-fe2o3-100-ua-to-1-ma"
    recipe, rows = run(bench_name, "alpha-fe2o3", name, options=options)
    found = list(levels(frame(rows), recipe))
    assert [level.compliance for level in found] == sorted(level.compliance for level in found)
    means = [level.mean.value for level in found]
    assert means == sorted(means)
    # The lowest limit hardly drives a filament: the HRS of 0.25 mS takes it at 0.35 V already.
    assert 250e-6 < means[0] < 280e-6 and means[-1] == pytest.approx(900e-6, rel=0.1)


def test_a_probe_in_the_air_has_a_figure(tmp_path):
    """Nothing above zero to draw on logarithmic axes, and no legend for it."""
    recipe, rows = run("ideal", "open", "two-levels")
    assert rows[-1].verdict == "contact lost"
    draw(MULTILEVEL_COMPLIANCE.figure(frame(rows), recipe), tmp_path / "levels.png")
