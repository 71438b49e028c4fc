"""Voltage sweeps against a bench that only notes, and what the recipe refuses."""

from functools import partial
from itertools import pairwise
from math import isnan

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mho.bench.guard import GuardedBench
from mho.device.profile import Dose
from mho.protocols.iv import IV, IvRecipe, Part, Side, Verdict, iv
from mho.stimuli import Hold, Pulse, PulseTrain, Sweep
from mho.testing.noting_bench import NotingBench
from mho.testing.protocol_runs import bench_of


def bench(conductance: float = 1e-4, **changes: object) -> NotingBench:
    noting = bench_of(NotingBench, **changes)
    noting.next_conductance = lambda stimulus: conductance
    return noting


recipe_for = partial(IvRecipe, corners=(0, 0.2, 0, -0.1, 0), step=0.1, dwell=10e-3)


def test_each_polarity_is_one_sweep_with_the_compliance_of_its_side():
    on = bench()
    rows = list(iv(on, recipe_for(set_compliance=1e-3, reset_compliance=2e-3, cycles=2)))
    assert [(s.levels, s.compliance) for s in on.applied] == 2 * [
        ((0, 0.1, 0.2, 0.1, 0), 1e-3),
        ((-0.1, 0), 2e-3),
    ]
    assert [row.level for row in rows] == 2 * [0, 0.1, 0.2, 0.1, 0, -0.1, 0]
    assert [row.side for row in rows[:7]] == 5 * [Side.SET] + 2 * [Side.RESET]
    assert [row.part for row in rows[:5]] == 3 * [Part.OUT] + 2 * [Part.BACK]
    assert [row.branch for row in rows[:7]] == [0, 0, 0, 1, 1, 2, 3]
    assert [row.cycle for row in rows] == 7 * [1] + 7 * [2]


def test_sides_follow_the_set_polarity_and_the_profile_gives_the_compliance():
    on = bench(set_polarity="negative")
    rows = list(iv(on, recipe_for(set_compliance=1e-3)))
    assert [s.compliance for s in on.applied] == [5e-3, 1e-3]
    assert rows[0].side is Side.RESET


def test_rate_and_dwell_say_the_same():
    on = bench()
    list(iv(on, recipe_for(dwell=None, rate=0.5)))
    assert on.applied[0].dwell == pytest.approx(0.2)
    assert on.applied[0].aperture == pytest.approx(0.1)


def test_verify_reads_follow_each_polarity():
    on = bench()
    rows = list(iv(on, recipe_for(reads=3, read={"settle": 1e-3, "aperture": 4e-3})))
    assert [type(s) for s in on.applied] == [Sweep, Hold, Sweep, Hold]
    hold = on.applied[1]
    assert (hold.level, hold.count, hold.interval, hold.aperture) == (0.05, 3, 5e-3, 4e-3)
    assert hold.compliance == on.profile.read_compliance
    reads = [row for row in rows if row.part is Part.READ]
    assert [row.side for row in reads] == 3 * [Side.SET] + 3 * [Side.RESET]
    assert {row.level for row in reads} == {0.05}


def test_only_the_last_row_ends_the_run():
    rows = list(iv(bench(), recipe_for(cycles=2)))
    assert [row.verdict for row in rows] == 13 * [Verdict.GOING_ON] + [Verdict.COMPLETE]


@pytest.mark.parametrize("conductance", [1e-9, 0.0, float("nan")])
def test_a_cycle_below_the_contact_floor_ends_the_run(conductance):
    on = bench(conductance)
    rows = list(iv(on, recipe_for(cycles=5)))
    assert {row.cycle for row in rows} == {1}
    assert rows[-1].verdict is Verdict.CONTACT_LOST
    assert "contact was lost" in IV.summary(pd.DataFrame(rows), recipe_for()).notes[-1]


def test_noise_near_zero_volts_is_no_contact_and_one_good_side_is():
    low, good = iter([1e-9, 1e-4]), bench()
    good.next_conductance = lambda stimulus: next(low)
    assert list(iv(good, recipe_for()))[-1].verdict is Verdict.COMPLETE


def test_preparation_comes_first():
    on = bench()
    list(iv(on, recipe_for(prepare=({"does": "set", "amplitude": 1.5, "count": 2},))))
    assert [type(s) for s in on.applied] == [PulseTrain, Sweep, Sweep]


def test_a_conductance_at_zero_volts_is_nan():
    assert isnan(next(iv(bench(), recipe_for())).conductance)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dwell": None}, "either dwell or rate"),
        ({"rate": 1.0}, "either dwell or rate"),
        ({"aperture": 0.02}, "longer than the dwell"),
        ({"step": 1e-6}, "levels a cycle"),
        ({"corners": (0,)}, "two corners"),
        ({"corners": (0, 1, 1)}, "both 1 V"),
        ({"corners": (0, 1e-9)}, "less than a microvolt"),
        ({"cycles": 0}, "greater than or equal to 1"),
        ({"jump": float("inf")}, "less than inf"),
    ],
)
def test_the_recipe_refuses(changes, message):
    with pytest.raises(ValidationError, match=message):
        recipe_for(**changes)


volts = st.floats(-2.5, 2.5).map(lambda v: round(v, 6))
recipes = st.fixed_dictionaries(
    {
        "corners": st.lists(volts, min_size=2, max_size=5).filter(
            lambda c: all(a != b for a, b in pairwise(c))
        ),
        "step": st.floats(0.02, 3),
        "dwell": st.floats(1e-3, 0.1),
        "cycles": st.integers(1, 3),
        "reads": st.integers(0, 3),
        "rule": st.sampled_from(["steepest", "current jump"]),
        "prepare": st.sampled_from([(), ({"does": "reset", "amplitude": 1.0},)]),
        "set_compliance": st.sampled_from([None, 1e-4, 5e-3]),
    }
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(recipes, st.floats(-1e-3, 1e-2))
@example(  # 1.05 C
    {
        "corners": [0.0, 2.0, -2.5, 2.5, -1.0],
        "step": 0.0234375,
        "dwell": 0.09375,
        "cycles": 2,
        "reads": 0,
        "rule": "steepest",
        "prepare": (),
        "set_compliance": None,
    },
    0.0078125,
)
def test_whatever_is_asked_stays_within_plan_and_limits_and_is_reported(fields, conductance):
    """In a cell that may take the charge of any of them."""
    recipe = IvRecipe(**fields)
    on = bench(conductance, dose=Dose(max_pulses=10**6, max_charge=1e3))
    plan = IV.plan(recipe, on.profile)
    with GuardedBench(on) as guarded:
        rows = list(iv(guarded, recipe))
    planned = [one.stimulus for one in plan.planned]
    assert all(stimulus in planned for stimulus in on.applied)
    for one in plan.planned:
        same = sum(other.at_most for other in plan.planned if other.stimulus == one.stimulus)
        assert on.applied.count(one.stimulus) <= same
    assert sum(isinstance(s, Pulse) for s in on.applied) <= plan.pulses
    assert on.clock.now() <= plan.duration * (1 + 1e-9)
    frame = pd.DataFrame(rows)
    assert IV.summary(frame, recipe).rows
    assert IV.figure(frame, recipe).panels
    assert all(0 <= IV.progress(row, recipe)[0] <= 1 for row in rows)
