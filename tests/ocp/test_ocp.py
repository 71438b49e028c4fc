"""Open-circuit potential of a cell in closed form, then of simulated cells."""

from functools import partial
from math import isnan, nan

import pytest
from charged_cell import LOWEST, RESPONSE, ChargedCell, charged_cell
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mho.bench.guard import GuardedBench
from mho.bench.limits import refusals
from mho.drawing import draw
from mho.errors import LimitError
from mho.job import read_job
from mho.protocols.ocp import OCP, Direction, OcpRecipe, Verdict, ocp
from mho.protocols.ocp.results import slope
from mho.result import numbers
from mho.settings import read_device
from mho.simulated import simulated_device
from mho.stimuli import Hold, Pulse, Source
from mho.testing.protocol_runs import frame, run_shipped

SLOPE = 2e6
"""Volts a coulomb of the cell in closed form."""

GIVEN = {
    "step": 1e-7,
    "steps": 4,
    "charge": {"current": 1e-6, "voltage_limit": 4.0},
    "potential": {"voltage_limit": 3.0},
}

SHORTER = ("preparation=[]", "steps=10")

cell = partial(charged_cell, volts_per_coulomb=SLOPE)
recipe_for = partial(OcpRecipe, **GIVEN)
run = partial(run_shipped, "ocp")


def potential_reads(bench):
    return [one for one in bench.applied if isinstance(one, Hold) and one.terminal == "gate"]


def test_the_potential_is_read_by_a_source_of_0_a():
    bench = cell()
    list(ocp(bench, recipe_for()))
    reads = potential_reads(bench)
    assert len(reads) == 9 and len(set(reads)) == 1
    read = reads[0]
    assert (read.level, read.source, read.compliance) == (0.0, Source.CURRENT, 3.0)
    assert (read.count, read.interval, read.aperture) == (10, 20e-3, 10e-3)


@pytest.mark.parametrize("step", [1e-7, -1e-7])
def test_a_row_a_state_out_and_back(step):
    bench = cell(charge=4e-7 if step < 0 else 0.0)
    begin = bench.charge
    rows = list(ocp(bench, recipe_for(step=step)))
    assert [row.state for row in rows] == list(range(9))
    assert [row.direction for row in rows] == ["start", *["out"] * 4, *["back"] * 4]
    for row, steps in zip(rows, (0, 1, 2, 3, 4, 3, 2, 1, 0), strict=True):
        charge = begin + step * steps
        assert row.delivered_so_far == pytest.approx(step * steps, abs=1e-20)
        assert row.potential == pytest.approx(SLOPE * charge, abs=1e-12)
        assert row.conductance == pytest.approx(LOWEST + RESPONSE * charge)
        assert (row.terminal, row.read_terminal, row.potential_reads) == ("gate", "drain", 10)
        assert row.potential_spread == pytest.approx(0.0, abs=1e-12)
    assert isnan(rows[0].charge) and isnan(rows[0].delivered)
    assert [row.charge for row in rows[1:]] == [step] * 4 + [-step] * 4
    assert {row.verdict for row in rows[:-1]} == {Verdict.GOES_ON}
    assert rows[-1].verdict is Verdict.COMPLETE


def test_the_charge_so_far_is_what_was_delivered_not_what_was_asked_for():
    bench = cell(gains=(1.008, 0.995, 1.005))
    rows = list(ocp(bench, recipe_for(back=False)))
    assert rows[-1].delivered_so_far == pytest.approx(sum(row.delivered for row in rows[1:]))
    assert rows[-1].delivered_so_far == pytest.approx(bench.charge) != pytest.approx(4e-7, rel=1e-3)


def test_there_is_a_way_back_only_if_it_is_asked_for():
    rows = list(ocp(cell(), recipe_for(back=False)))
    assert [row.direction for row in rows] == ["start", *["out"] * 4]
    assert rows[-1].verdict is Verdict.COMPLETE


def test_one_reading_has_no_spread():
    rows = list(ocp(cell(), recipe_for(potential={"voltage_limit": 3.0, "reads": 1})))
    assert all(isnan(row.potential_spread) for row in rows)


def test_the_potential_settles_before_it_is_read():
    quick, slow = cell(), cell()
    list(ocp(quick, recipe_for(potential={"voltage_limit": 3.0, "settle": 0.0})))
    list(ocp(slow, recipe_for(potential={"voltage_limit": 3.0, "settle": 2.0})))
    assert slow.clock.now() - quick.clock.now() == pytest.approx(9 * 2.0)


def test_the_slope_is_the_one_that_was_put_in(tmp_path):
    recipe = recipe_for()
    rows = frame(list(ocp(cell(), recipe)))
    assert slope(rows).value == pytest.approx(SLOPE / RESPONSE)
    summary = OCP.summary(rows, recipe)
    assert summary.headers[-1] == "slope (mV/uS)"
    assert [row[0] for row in summary.rows] == ["out", "back"]
    for row in summary.rows:
        assert float(row[-1].split()[0]) == pytest.approx(SLOPE / RESPONSE * 1e-3)
        assert row[2:4] == ("0 ... 800", "1 ... 5")
    merits = numbers(OCP.results(rows, recipe))
    assert merits == pytest.approx({"largest_potential": 0.8, "potential_slope": SLOPE / RESPONSE})
    figure = OCP.figure(rows, recipe)
    assert [line.label for line in figure.panels[0].lines] == [
        "out",
        "back",
        "straight line, 95 % band",
    ]
    straight = figure.panels[0].lines[-1].y
    assert (straight[0], straight[-1]) == pytest.approx((0.0, 0.8), abs=1e-9)
    draw(figure, tmp_path / "ocp.png")
    assert (tmp_path / "ocp.png").stat().st_size > 10_000


def test_a_potential_beyond_its_limit_is_left_out_and_said():
    recipe = recipe_for(potential={"voltage_limit": 0.5}, back=False)
    rows = frame(list(ocp(cell(), recipe)))
    assert rows["potential_in_compliance"].sum() == 2  # 0.6 V, brought to 0.5 V; 0.7 V
    assert slope(rows).value == pytest.approx(SLOPE / RESPONSE)
    notes = " ".join(OCP.summary(rows, recipe).notes)
    assert "2 of 5 potentials lie beyond the voltage limit of 500 mV and are left out" in notes
    assert max(OCP.figure(rows, recipe).panels[0].lines[0].y) < 0.5


def test_a_cell_without_potential_has_none_and_no_slope():
    recipe = recipe_for()
    rows = frame(list(ocp(charged_cell(), recipe)))
    assert numbers(OCP.results(rows, recipe)) == {"largest_potential": 0.0}
    summary = OCP.summary(rows, recipe)
    assert {row[-1] for row in summary.rows} == {"-"}
    assert "nothing can be fitted" in summary.notes[-1]


@pytest.mark.parametrize("until", [0, 2])
def test_lost_contact_ends_the_run(until):
    bench = cell(reads_until_lost=until)
    rows = list(ocp(bench, recipe_for()))
    assert len(rows) == until + 1 and rows[-1].verdict is Verdict.CONTACT_LOST
    assert sum(isinstance(one, Pulse) for one in bench.applied) == until
    data = frame(rows)
    assert "contact lost" in " ".join(OCP.summary(data, recipe_for()).notes)
    assert OCP.figure(data, recipe_for()).panels


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"step": 0.0}, "a step of 0 C leads to no other state"),
        ({"step": 1e-3}, "1 mC at 1 uA take 1000 s, longer than charge.longest = 100 s"),
        (
            {"potential": {"voltage_limit": 1.0, "interval": 5e-3}},
            "interval 5 ms is shorter than aperture 10 ms",
        ),
    ],
)
def test_mistakes_are_refused(changes, message):
    with pytest.raises(ValidationError, match=message):
        recipe_for(**changes)


def test_a_limit_beyond_that_of_the_device_is_refused_in_the_plan():
    job = read_job(
        "ocp", "ni-pxie-4139", "ecram-lithium", "ecram-lithium",
        options=["potential.voltage_limit=6 V"],
    )  # fmt: skip
    message = "potential: hold at gate: compliance of read level 6 V (the worst of 10) is above"
    assert any(refusal.startswith(message) for refusal in job.refusals()), job.refusals()


def test_what_the_plan_does_not_cover_is_stopped():
    bench = cell()
    guarded = GuardedBench(bench)
    guarded.bind(OCP.plan(recipe_for(), bench.profile))
    with pytest.raises(LimitError, match="what the plan covers"):
        list(ocp(guarded, recipe_for(potential={"voltage_limit": 4.5})))


recipes = st.fixed_dictionaries(
    {
        "step": st.floats(-1e-6, 1e-6).filter(lambda charge: abs(charge) > 1e-10),
        "steps": st.integers(2, 5),
        "charge": st.fixed_dictionaries(
            {"current": st.floats(1e-8, 1e-4), "voltage_limit": st.floats(0.1, 5.0)},
            optional={"shots": st.integers(1, 3), "shortest": st.floats(1e-3, 1.0)},
        ),
        "potential": st.fixed_dictionaries(
            {"voltage_limit": st.floats(0.1, 5.0)},
            optional={"settle": st.floats(0, 10), "reads": st.integers(1, 20)},
        ),
    },
    optional={
        "back": st.booleans(),
        "preparation": st.just(({"does": "set", "amplitude": 1.0, "count": 2},)),
    },
)
trouble = st.fixed_dictionaries(
    {},
    optional={
        "gains": st.lists(st.floats(-3, 3), min_size=1, max_size=6).map(tuple),
        "ohms": st.floats(1e5, 1e9),
        "volts_per_coulomb": st.sampled_from([0.0, 1.0, 1e3, 1e6]),
        "reads_until_lost": st.integers(0, 12),
        "measures_current": st.booleans(),
    },
)


@settings(max_examples=60, deadline=None)
@given(recipes, trouble)
def test_whatever_is_applied_was_planned_and_can_be_shown(given_recipe, given_trouble):
    recipe = OcpRecipe(**given_recipe)
    bench = charged_cell(ChargedCell, **given_trouble)
    plan = OCP.plan(recipe, bench.profile)
    for planned in plan.planned:
        assert refusals(planned.stimulus, bench.profile, bench.limits) == []
    guarded = GuardedBench(bench)
    guarded.bind(plan)
    rows = list(ocp(guarded, recipe))
    assert guarded.dose.most_pulses <= plan.pulses
    assert bench.clock.now() <= plan.duration * (1 + 1e-9)
    assert len(bench.applied) <= sum(planned.at_most for planned in plan.planned)
    data = frame(rows)
    assert OCP.summary(data, recipe).notes
    assert len(OCP.figure(data, recipe).panels) == 2
    assert numbers(OCP.results(data, recipe)) is not None
    shares = [OCP.progress(row, recipe)[0] for row in rows]
    assert shares == sorted(shares)
    assert rows[-1].verdict is Verdict.CONTACT_LOST or shares[-1] == 1


@pytest.mark.parametrize("bench", ["ideal", "ni-pxie-4139", "keithley-4200a"])
def test_the_slope_of_a_lithium_cell_is_that_of_its_model(bench):
    recipe, rows = run(bench, "ecram-lithium", "ecram-lithium", seed=3, options=SHORTER)
    _, profile = read_device("ecram-lithium", ())
    model = simulated_device(profile, 3, "test")
    ends = []
    for state in (0.0, 1.0):
        model.state_of_charge = state
        ends.append((model.conductance, model.open_circuit_potential))
    (low, lowest), (high, highest) = ends
    expected = (highest - lowest) / (high - low)
    assert slope(frame(rows)).value == pytest.approx(expected, rel=0.05)
    assert rows[-1].verdict is Verdict.COMPLETE
    assert not any(row.potential_in_compliance for row in rows)
    assert {row.direction for row in rows} == set(Direction)
    assert len(rows) == recipe.states


@pytest.mark.parametrize("bench", ["ideal", "ni-pxie-4139", "keithley-4200a"])
def test_a_metal_oxide_cell_has_less_than_10_mv(bench):
    recipe, rows = run(bench, "ecram-metal-oxide", "ecram-metal-oxide", options=SHORTER)
    data = frame(rows)
    assert numbers(OCP.results(data, recipe))["largest_potential"] < 10e-3
    assert data["conductance"].max() > 1.4 * data["conductance"].min()
    assert nan not in data["potential"].to_list()
