"""Endurance against a bench that plays a cell with a planned death, and on simulated devices."""

from functools import partial
from itertools import pairwise
from math import nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mho.bench.guard import GuardedBench
from mho.bench.limits import refusals
from mho.drawing import draw
from mho.protocols.endurance import ENDURANCE, EnduranceRecipe, State, Verdict, endurance
from mho.protocols.endurance.recipe import schedule
from mho.readings import Trace
from mho.result import by_name, numbers
from mho.stimuli import Hold, Pulse, PulseTrain
from mho.testing.noting_bench import NotingBench
from mho.testing.profiles import make_limits, make_profile
from mho.testing.protocol_runs import bench_of, frame, run_shipped

BOTH = {"set": {"amplitude": 2.0}, "reset": {"amplitude": 1.8}}


class Cell(NotingBench):
    """Switches between 100 and 5 uS; from cycle ``dies`` on it reads what ``dead`` says (S)."""

    dies: float = float("inf")
    dead: tuple[float, float] = (5e-6, 5e-6)
    bad: tuple[int, ...] = ()

    def next_conductance(self, stimulus):
        self.done = getattr(self, "done", 0)
        if isinstance(stimulus, Hold):
            return min(self.dead)
        if isinstance(stimulus, PulseTrain):
            self.done += len(stimulus.amplitudes)
            return 1e-5
        self.done += 1
        cycle = (self.done + 1) // 2
        pair = self.dead if cycle >= self.dies or cycle in self.bad else (100e-6, 5e-6)
        return pair[0] if stimulus.amplitude > 0 else pair[1]


cell = partial(bench_of, Cell)


recipe_for = partial(EnduranceRecipe, cycles=100, **BOTH)


run = partial(run_shipped, "endurance")


def test_a_living_cell_goes_through_all_cycles_with_two_rows_a_check():
    bench, recipe = cell(), recipe_for(checks={"per_decade": 2})
    rows = list(endurance(bench, recipe))
    assert schedule(recipe) == (1, 3, 10, 32, 100)
    assert [row.cycle for row in rows] == [c for c in schedule(recipe) for _ in range(2)]
    assert [row.state for row in rows[:2]] == [State.ON, State.OFF]
    assert [row.amplitude for row in rows[:2]] == [2.0, -1.8]
    assert rows[-1].verdict is Verdict.DONE
    assert rows[-1].window == pytest.approx(20)
    assert rows[-1].pulses == bench.done == 200


def test_cycles_between_checks_are_alternating_trains_of_bounded_length():
    bench = cell()
    list(endurance(bench, recipe_for(cycles=2000, checks={"spacing": "every", "every": 1200})))
    trains = [s for s in bench.applied if isinstance(s, PulseTrain)]
    assert [len(s.amplitudes) // 2 for s in trains] == [500, 500, 198, 500, 299]
    assert trains[0].amplitudes[:3] == (2.0, -1.8, 2.0)
    assert all(s.verify is None for s in trains)
    assert bench.done == 4000


def test_single_pulses_between_checks_allow_two_widths():
    wide = {"set": {"amplitude": 1.0, "width": 1e-3}, "reset": {"amplitude": 1.5, "width": 5e-3}}
    bench = cell()
    list(endurance(bench, recipe_for(cycles=5, between_checks="single pulses", **wide)))
    assert [s.width for s in bench.applied] == [1e-3, 5e-3] * 5
    assert bench.done == 10
    with pytest.raises(ValidationError, match='between_checks = "single pulses"'):
        recipe_for(**wide)


@pytest.mark.parametrize(
    ("dead", "reason"),
    [
        ((5e-6, 5e-6), Verdict.STUCK_OFF),
        ((90e-6, 95e-6), Verdict.STUCK_ON),
        ((20e-6, 13e-6), Verdict.WINDOW_LOST),
        ((0.0, 0.0), Verdict.CONTACT_LOST),
    ],
)
def test_a_dead_cell_ends_the_run_with_its_reason_and_keeps_its_rows(dead, reason):
    bench = cell(dies=60, dead=dead)
    recipe = recipe_for(checks={"spacing": "every", "every": 25})
    rows = list(endurance(bench, recipe))
    assert rows[-1].verdict is reason
    checked = [row.cycle for row in rows[1::2]]
    assert checked == (
        [1, 25, 50, 75] if reason is Verdict.CONTACT_LOST else [1, 25, 50, 75, 76, 77]
    )
    notes = ENDURANCE.summary(frame(rows), recipe).notes
    assert any(f"ended: {reason}" in note for note in notes)
    if reason is not Verdict.CONTACT_LOST:
        assert numbers(ENDURANCE.results(frame(rows), recipe))["cycles_survived"] == 50
        assert any("survived 50 cycles; the check of cycle 75" in note for note in notes)


def test_one_bad_check_is_looked_at_again_and_forgotten():
    rows = list(endurance(cell(bad=(10,)), recipe_for(checks={"spacing": "every", "every": 10})))
    assert [row.cycle for row in rows[1::2]][:5] == [1, 10, 11, 20, 30]
    assert rows[3].verdict is Verdict.FAILED
    assert rows[-1].verdict is Verdict.DONE


@pytest.mark.parametrize("limit", [{"lowest_on": 150e-6}, {"highest_off": 4e-6}, {"window": 21}])
def test_every_criterion_fails_a_check(limit):
    recipe = recipe_for(failure=limit)
    rows = list(endurance(cell(), recipe))
    assert [row.verdict for row in rows[1::2]] == ["check failed"] * 2 + ["window lost"]
    assert any("survived 0 cycles" in n for n in ENDURANCE.summary(frame(rows), recipe).notes)


pulses = st.fixed_dictionaries(
    {"amplitude": st.floats(0.01, 2.6)},
    optional={"width": st.floats(1e-4, 1e-1), "compliance": st.floats(1e-6, 5e-3)},
)
recipes = st.fixed_dictionaries(
    {"cycles": st.integers(1, 60), "set": pulses},
    optional={
        "reset": pulses,
        "rest": st.floats(1e-4, 1.0),
        "between_checks": st.sampled_from(["train", "single pulses"]),
        "checks": st.fixed_dictionaries(
            {
                "spacing": st.sampled_from(["every", "logarithmic"]),
                "every": st.integers(1, 80),
                "per_decade": st.integers(1, 20),
            }
        ),
        "failure": st.fixed_dictionaries({"in_a_row": st.integers(1, 4)}),
        "preparation": st.just(({"does": "set", "amplitude": 1.0, "count": 2},)),
    },
)


@settings(max_examples=200, deadline=None)
@given(
    recipes, st.integers(1, 80), st.sampled_from([(0.0, 0.0), (5e-6, 5e-6), (9e-5, 9e-5)]),
    st.sets(st.integers(1, 60), max_size=20),
)  # fmt: skip
def test_whatever_is_applied_was_planned(given_recipe, dies, dead, bad):
    try:
        recipe = EnduranceRecipe(**{"reset": given_recipe["set"], **given_recipe})
    except ValidationError:
        return
    bench = cell(dies=dies, dead=dead, bad=tuple(bad))
    guarded = GuardedBench(bench)
    plan = ENDURANCE.plan(recipe, bench.profile)
    for planned in plan.planned:
        assert refusals(planned.stimulus, bench.profile, bench.limits) == []
    list(endurance(guarded, recipe))
    assert guarded.dose.most_pulses <= plan.pulses
    assert bench.clock.now() <= plan.duration * (1 + 1e-9)
    for kind in (Pulse, PulseTrain, Hold):
        most = sum(p.at_most for p in plan.planned if isinstance(p.stimulus, kind))
        assert sum(isinstance(s, kind) for s in bench.applied) <= most
    allowed = {p.stimulus.amplitude for p in plan.planned if isinstance(p.stimulus, Pulse)}
    trains = [p.stimulus.amplitudes for p in plan.planned if isinstance(p.stimulus, PulseTrain)]
    allowed.update(*trains)
    longest = max(map(len, trains), default=0)
    for stimulus in bench.applied:
        if isinstance(stimulus, Pulse):
            assert stimulus.amplitude in allowed
        if isinstance(stimulus, PulseTrain):
            assert set(stimulus.amplitudes) <= allowed
            assert len(stimulus.amplitudes) <= longest


@settings(max_examples=50, deadline=None)
@given(recipes, st.integers(1, 60), st.sampled_from([(0.0, 0.0), (-1e-9, 5e-6), (9e-5, 9e-5)]))
def test_whatever_was_recorded_has_a_verdict_a_figure_and_a_progress(given_recipe, dies, dead):
    try:
        recipe = EnduranceRecipe(**{"reset": given_recipe["set"], **given_recipe})
    except ValidationError:
        return
    rows = list(endurance(cell(dies=dies, dead=dead), recipe))
    assert all(a.time < b.time for a, b in pairwise(rows))
    data = frame(rows)
    for part in (data, data.iloc[:1]):
        assert ENDURANCE.summary(part, recipe).notes
        assert ENDURANCE.figure(part, recipe).panels
    shares = [ENDURANCE.progress(row, recipe)[0] for row in rows]
    assert shares == sorted(shares) and max(shares) <= 1


def test_published_275_cycles_of_alpha_fe2o3_keep_a_window_of_ten():
    """Paper: stable up to 275 cycles with a window of 10; "nearly", since pulses vary."""
    recipe, rows = run("ideal", "alpha-fe2o3", "published-275")
    assert rows[-1].verdict is Verdict.DONE and rows[-1].cycle == 275
    windows = frame(rows)["window"].dropna()
    assert 8 < windows.median() < 12
    first, last = ENDURANCE.summary(frame(rows), recipe).rows
    assert first[0] == "first" and last[1] == "275"
    merits = numbers(ENDURANCE.results(frame(rows), recipe))
    assert merits["cycles_survived"] == 275
    assert merits["window_median"] == pytest.approx(windows.median())
    assert merits["window_smallest"] == pytest.approx(windows.min())


def test_a_cell_that_dies_at_140_of_275_is_a_result():
    life = "device.model.parameters.endurance"
    _, rows = run(
        "ideal",
        "alpha-fe2o3",
        "published-275",
        options=[f"{life}.life=140", f"{life}.life_shape=1000000"],
    )
    assert rows[-1].verdict in (Verdict.STUCK_ON, Verdict.STUCK_OFF)
    assert 140 <= rows[-1].cycle <= 146


def test_lost_contact_in_the_rehearsal_ends_the_run():
    options = ["device.model.parameters.contact_lost_after=50"]
    _, rows = run("ideal", "cu-te", "cu-te", options=options)
    assert rows[-1].verdict is Verdict.CONTACT_LOST


def test_cu_te_through_the_simulated_4139_gives_the_window_of_the_ideal_bench():
    options = ["cycles=30"]
    _, ideal = run("ideal", "cu-te", "cu-te", options=options)
    _, wire = run("ni-pxie-4139", "cu-te", "cu-te", options=options)
    assert [row.cycle for row in ideal] == [row.cycle for row in wire]
    a, b = (frame(rows)["window"].dropna() for rows in (ideal, wire))
    assert b.median() == pytest.approx(a.median(), rel=0.3)


def test_failed_checks_at_the_end_are_not_survived_but_the_cycles_are_done():
    """The last two of six cycles fail, one fewer than end a run."""
    recipe = recipe_for(cycles=6, checks={"spacing": "every"})
    rows = list(endurance(cell(dies=5, dead=(20e-6, 13e-6)), recipe))
    assert rows[-1].cycle == 6 and rows[-1].verdict is Verdict.DONE
    assert numbers(ENDURANCE.results(frame(rows), recipe))["cycles_survived"] == 4
    notes = ENDURANCE.summary(frame(rows), recipe).notes
    assert any(note.startswith("survived 4 cycles; the checks after them failed") for note in notes)
    assert any(note == "ended: all cycles done" for note in notes)


@pytest.mark.parametrize(("dies", "interval"), [(5, (4.0, 5.0)), (None, (6.0, None))])
def test_a_life_reaches_to_the_check_that_failed_and_is_open_without_one(dies, interval):
    recipe = recipe_for(cycles=6, checks={"spacing": "every"}, failure={"in_a_row": 1})
    bench = cell() if dies is None else cell(dies=dies, dead=(20e-6, 13e-6))
    found = by_name(ENDURANCE.results(frame(endurance(bench, recipe)), recipe))["cycles_survived"]
    assert (found.value, found.interval) == (interval[0], interval)


def test_a_probe_in_the_air_survives_no_cycle_and_has_a_figure(tmp_path):
    recipe, rows = run("ideal", "open", "cu-te")
    assert rows[-1].verdict is Verdict.CONTACT_LOST
    assert numbers(ENDURANCE.results(frame(rows), recipe))["cycles_survived"] == 0
    draw(ENDURANCE.figure(frame(rows), recipe), tmp_path / "endurance.png")


def test_a_read_that_overflows_is_no_lost_contact():
    """A current beyond the range of the read leaves no number: the cell is shorted, not gone."""

    class Shorted(Cell):
        def apply(self, stimulus):
            readings = super().apply(stimulus)
            return Trace(tuple(r._replace(current=nan, in_compliance=True) for r in readings))

    bench = Shorted(make_profile(), {"TE": make_limits(), "gate": make_limits()})
    recipe = recipe_for(checks={"spacing": "every"})
    rows = list(endurance(bench, recipe))
    assert rows[-1].verdict is Verdict.WINDOW_LOST and rows[-1].cycle == 3
    assert any(
        "6 of 6 reads were held" in note for note in ENDURANCE.summary(frame(rows), recipe).notes
    )


def test_both_states_tell_how_they_scatter_and_change():
    recipe = recipe_for(checks={"spacing": "every"})
    rows = frame(endurance(cell(), recipe))
    rng = np.random.default_rng(2)
    shares = {State.ON: (0.02, 0.0), State.OFF: (0.2, 0.5)}
    expected = {}
    for state, (scatter, change) in shares.items():
        at = rows["state"] == state
        logs = scatter * rng.standard_normal(at.sum()) - np.log1p(change * np.linspace(0, 1, 100))
        rows.loc[at, "conductance"] *= np.exp(logs)
        expected[state] = np.std(logs, ddof=1)
    found = numbers(ENDURANCE.results(rows, recipe))
    assert found["lrs_scatter"] == pytest.approx(expected[State.ON])
    assert found["hrs_scatter"] == pytest.approx(expected[State.OFF])
    assert found["lrs_change"] == pytest.approx(0.0, abs=0.02)
    # from the middle of the first fifth to that of the last: 1.45 over 1.05
    assert found["hrs_change"] == pytest.approx(0.38, abs=0.2)
