"""The ladder against a bench that plays a cell with a known RESET curve, and on simulated cells."""

from functools import partial
from itertools import pairwise
from math import exp, isnan, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mho.bench import Planned
from mho.bench.guard import GuardedBench
from mho.bench.limits import refusals
from mho.job import read_job
from mho.protocols.reset_stop import RESET_STOP, Outcome, Phase, ResetStopRecipe, reset_stop
from mho.readings import Reading, Trace
from mho.result import numbers
from mho.stimuli import Hold, Pulse, Sweep
from mho.testing.noting_bench import NotingBench
from mho.testing.protocol_runs import bench_of, frame, run_shipped


def fall(stop):
    """200 uS at 0.5 V, 5.7 uS at 2 V, straight in ln G; 1 mS when set."""
    return 1e-3 if stop == 0 else 200e-6 * exp(log(5.7 / 200) * (stop - 0.5) / 1.5)


class Cell(NotingBench):
    """Its conductance follows the deepest RESET since the last SET; reads swing by ``noise``."""

    curve = staticmethod(fall)
    noise = 0.0
    silent_after = float("inf")
    deepest = 0.0
    holds = 0

    def apply(self, stimulus):
        trace = super().apply(stimulus)
        if not isinstance(stimulus, Hold):
            return trace
        self.holds += 1
        if self.holds > self.silent_after:
            return Trace(tuple(r._replace(current=0.0) for r in trace))
        return Trace(
            tuple(
                Reading(r.time, r.voltage, r.current * (1 + self.noise * (-1) ** n), False)
                for n, r in enumerate(trace)
            )
        )

    def next_conductance(self, stimulus):
        if isinstance(stimulus, Sweep | Pulse):
            levels = stimulus.levels if isinstance(stimulus, Sweep) else (stimulus.amplitude,)
            sign = self.profile.set_sign
            if max(sign * level for level in levels) > 1:
                self.deepest = 0.0
            self.deepest = max(self.deepest, *(-sign * level for level in levels))
        return self.curve(self.deepest)


cell = partial(bench_of, Cell)
recipe_for = partial(ResetStopRecipe, step=0.1, reads={"duration": 0.1})


def results(rows):
    return [row for row in rows if row.phase is Phase.RESULT]


def stops(rows):
    return [round(row.stop, 6) for row in results(rows)]


def test_one_full_set_then_deeper_and_deeper_without_another():
    bench = cell()
    rows = list(reset_stop(bench, recipe_for()))
    sweeps = [s for s in bench.applied if isinstance(s, Sweep)]
    assert max(sweeps[0].levels) == 2.0 and min(sweeps[0].levels) == 0.0
    assert all(max(s.levels) == 0.0 for s in sweeps[1:])
    assert [min(s.levels) for s in sweeps[1:]] == pytest.approx([-0.5 - 0.1 * n for n in range(16)])
    assert sweeps[1].levels[0] == sweeps[1].levels[-1] == 0.0
    assert stops(rows)[-1] == -2.0
    assert [row.outcome for row in results(rows)] == [Outcome.LEVEL] * 16
    assert results(rows)[-1].end == "last stop voltage"
    assert results(rows)[0].conductance == pytest.approx(200e-6)
    assert results(rows)[-1].conductance == pytest.approx(5.7e-6)


def test_polarity_and_compliance_come_from_the_profile():
    bench = cell(set_polarity="negative", read_voltage=-0.05, pulse_compliance=3e-3)
    rows = list(reset_stop(bench, recipe_for(levels=2)))
    sweeps = [s for s in bench.applied if isinstance(s, Sweep)]
    assert min(sweeps[0].levels) == -2.0 and max(sweeps[1].levels) == 0.5
    assert {s.compliance for s in sweeps} == {3e-3}
    assert stops(rows) == [0.5, 0.6]


def test_a_level_needs_its_highest_read_below_the_lowest_read_of_the_level_before():
    # At 0.5 V the reads lie between 190 and 210 uS; the level after must not reach 189.8 uS.
    bench = cell(noise=0.05)
    rows = results(reset_stop(bench, recipe_for(step=0.01)))
    second = next(row for row in rows[1:] if row.outcome is Outcome.LEVEL)
    assert rows[0].lowest == pytest.approx(190e-6)
    assert isnan(rows[0].gap)
    assert 190e-6 - second.highest == pytest.approx(second.gap)
    assert second.gap >= 0.2e-6
    before = rows[second.attempt - 2]
    assert before.outcome is Outcome.GAP_TOO_SMALL and before.gap < 0.2e-6


@pytest.mark.parametrize(
    ("after_level", "counted_from", "expected"),
    [
        # 0.5 V is the first level; the second needs 0.53 V, the third 0.53 V below that.
        ("keep", "last stop", [0.5, 0.51, 0.53, 0.55, 0.58, 0.61]),
        ("restart", "last stop", [0.5, 0.51, 0.53, 0.54, 0.56, 0.57]),
        ("keep", "last level", [0.5, 0.51, 0.52, 0.53, 0.56, 0.59]),
        ("restart", "last level", [0.5, 0.51, 0.52, 0.53, 0.54, 0.55, 0.56]),
    ],
)
def test_the_step_grows_when_the_gap_is_too_small(after_level, counted_from, expected):
    bench = cell(curve=lambda stop: 1e-3 if stop == 0 else (300 - 100 * (stop - 0.5) / 0.03) * 1e-6)
    recipe = recipe_for(
        step=0.01,
        growth=0.01,
        minimum_gap=99.9e-6,
        levels=3,
        after_level=after_level,
        counted_from=counted_from,
    )
    rows = list(reset_stop(bench, recipe))
    found = [-stop for stop in stops(rows)]
    assert found == pytest.approx(expected[: len(found)])
    assert len(found) >= 5
    for earlier, later in pairwise(results(rows)):
        assert later.step == pytest.approx(earlier.stop - later.stop)


def test_a_fixed_step_walks_on_after_a_gap_that_was_too_small():
    bench = cell()
    rows = list(reset_stop(bench, recipe_for(step=0.01, minimum_gap=20e-6)))
    assert [-s for s in stops(rows)] == pytest.approx([0.5 + 0.01 * n for n in range(151)])
    made = [row for row in results(rows) if row.outcome is Outcome.LEVEL]
    assert len(made) == 10
    assert all(a.conductance - b.conductance >= 20e-6 for a, b in pairwise(made))


def test_pulses_instead_of_sweeps():
    bench = cell()
    rows = list(reset_stop(bench, recipe_for(by="pulse", width=3e-3, levels=2)))
    pulses = [s for s in bench.applied if isinstance(s, Pulse)]
    assert [p.amplitude for p in pulses] == pytest.approx([2.0, -0.5, -0.6])
    assert {p.width for p in pulses} == {3e-3}
    assert [row.phase for row in rows][:3] == ["full set", "reset", "read"]


def test_the_wanted_number_of_levels_ends_it():
    rows = list(reset_stop(cell(), recipe_for(levels=4)))
    assert results(rows)[-1].level == 4
    assert rows[-1].end == "levels reached"


def test_a_device_that_does_not_move_is_stuck_and_a_slow_one_is_not():
    still = cell(curve=lambda stop: 100e-6)
    rows = results(reset_stop(still, recipe_for(step=0.01, stuck_after=12)))
    assert rows[-1].end == "stuck"
    assert len(rows) == 1 + 12 and rows[-1].level == 1
    slow = cell(curve=lambda stop: 100e-6 * exp(-stop / 2))
    rows = results(
        reset_stop(slow, recipe_for(step=0.01, stuck_after=12, minimum_gap=90e-6))
    )  # fmt: skip
    assert rows[-1].end == "last stop voltage"


def test_lost_contact_ends_it_and_keeps_its_rows():
    rows = list(reset_stop(cell(silent_after=3), recipe_for()))
    assert rows[-1].end == "contact lost" and rows[-1].outcome is Outcome.NO_CONTACT
    assert len(results(rows)) == 4 and rows[-1].level == 3
    summary = RESET_STOP.summary(frame(rows), recipe_for())
    assert len(summary.rows) == 3
    assert any("ended: contact lost, after 4 attempts" in note for note in summary.notes)


def test_each_new_level_is_read_on_before_the_next_reset():
    recipe = recipe_for(levels=2, retention={"duration": 30.0, "interval": 20e-3})
    bench = cell()
    rows = list(reset_stop(bench, recipe))
    held = [row for row in rows if row.phase is Phase.RETENTION]
    assert [row.level for row in held] == [1] * 1500 + [2] * 1500
    assert max(s.count for s in bench.applied if isinstance(s, Hold)) <= 1000
    lost = list(reset_stop(cell(silent_after=1), recipe))
    assert lost[-1].phase is Phase.RETENTION and lost[-1].end == "contact lost"
    assert sum(row.phase is Phase.RETENTION for row in lost) == 3


def test_a_row_is_out_before_the_next_stimulus_is_applied():
    bench = cell()
    rows = reset_stop(bench, recipe_for())
    assert next(rows).phase is Phase.SET
    assert len(bench.applied) == 1


def test_the_verdict_counts_levels_and_their_spread():
    recipe = recipe_for(minimum_gap=0.0)
    rows = list(reset_stop(cell(noise=0.02), recipe))
    summary = RESET_STOP.summary(frame(rows), recipe)
    assert len(summary.rows) == 16
    first = dict(zip(summary.headers, summary.rows[0], strict=True))
    assert first["stop (V)"] == "-0.5"
    assert float(first["mean (uS)"]) == pytest.approx(200, rel=1e-3)
    # Ten reads that alternate by 2 % have an sd of 2 % times sqrt(10/9).
    assert float(first["RSD (%)"]) == pytest.approx(2 * (10 / 9) ** 0.5, rel=1e-2)
    assert summary.notes[0].startswith("16 levels from 200 to 5.7 uS")
    assert "16 of them stay" in summary.notes[1]
    figure = RESET_STOP.figure(frame(rows), recipe)
    assert len(figure.panels[0].lines) == 16
    assert figure.panels[2].lines[0].x == pytest.approx([200e-6])
    named = numbers(RESET_STOP.results(frame(rows), recipe))
    assert named["largest_ratio"] == pytest.approx(fall(0.5) / fall(0.6))


def test_the_change_of_levels_while_they_are_read():
    recipe = recipe_for(levels=3, retention={"duration": 2.0, "interval": 20e-3})
    rows = frame(reset_stop(cell(noise=1e-6), recipe))
    held = rows["phase"] == Phase.RETENTION
    for level, change in ((1, 0.01), (2, -0.04), (3, 0.02)):
        mine = held & (rows["level"] == level)
        late = mine & (rows["time"] > rows.loc[mine, "time"].median())
        rows.loc[late, "conductance"] *= 1 + change
    named = numbers(RESET_STOP.results(rows, recipe))
    assert named["largest_change"] == pytest.approx(-0.04, rel=1e-3)
    assert named["median_change"] == pytest.approx(0.01, rel=1e-3)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"first": 2.1}, "first, 2.1 V, is beyond last, 2 V"),
        ({"counted_from": "last level"}, "needs a growth of at least 0.1 mV"),
        ({"step": 0.0}, "greater than or equal to 0.0001"),
        ({"last": 20.0, "step": 1e-4}, "up to 195001 attempts"),
        ({"sweep": {"step": 1e-5}}, "sweep.step makes 400000 levels"),
        ({"sweep": {"aperture": 20e-3}}, "aperture 20 ms is longer than the dwell"),
        ({"reads": {"duration": 1e-3}}, "must hold two reads at least"),
    ],
)
def test_mistakes_are_refused(wrong, message):
    with pytest.raises(ValidationError, match=message):
        recipe_for(**wrong)


reads = st.fixed_dictionaries({"duration": st.floats(0.02, 0.3), "interval": st.floats(1e-3, 0.1)})
recipes = st.fixed_dictionaries(
    {"step": st.floats(0.02, 1.0), "reads": reads},
    optional={
        "first": st.floats(0.05, 2.5),
        "last": st.floats(0.05, 3.0),
        "growth": st.one_of(st.just(0.0), st.floats(1e-2, 0.3)),
        "after_level": st.sampled_from(["keep", "restart"]),
        "counted_from": st.sampled_from(["last stop", "last level"]),
        "minimum_gap": st.floats(0, 1e-4),
        "levels": st.integers(1, 30),
        "stuck_after": st.integers(4, 40),
        "by": st.sampled_from(["sweep", "pulse"]),
        "set_amplitude": st.floats(0.5, 3.0),
        "compliance": st.floats(1e-6, 1e-2),
        "width": st.floats(1e-5, 0.1),
        "sweep": st.fixed_dictionaries({"step": st.floats(0.05, 0.5)}),
        "retention": reads,
    },
)


@settings(max_examples=200, deadline=None)
@given(
    given_recipe=recipes,
    polarity=st.sampled_from(["positive", "negative"]),
    noise=st.floats(0, 0.1),
    silent_after=st.integers(0, 200),
)
def test_whatever_is_applied_lies_within_the_plan(given_recipe, polarity, noise, silent_after):
    try:
        recipe = recipe_for(**given_recipe)
    except ValidationError:
        return
    bench = cell(set_polarity=polarity, noise=noise, silent_after=silent_after)
    plan = RESET_STOP.plan(recipe, bench.profile)
    if any(refusals(p.stimulus, bench.profile, bench.limits) for p in plan.planned):
        return
    if plan.pulses > bench.profile.dose.max_pulses:
        return
    rows = list(reset_stop(GuardedBench(bench), recipe))
    within(bench, plan)
    data = frame(rows)
    RESET_STOP.summary(data, recipe)
    RESET_STOP.figure(data, recipe)
    assert all(0 <= RESET_STOP.progress(row, recipe)[0] <= 1 for row in rows)
    assert rows[-1].end != "not yet" or rows[-1].phase is Phase.RETENTION


def within(bench, plan):
    """Every stimulus is covered by a planned one, none comes too often, time suffices."""
    assert bench.clock.now() <= plan.duration * (1 + 1e-9)
    assert sum(isinstance(s, Pulse) for s in bench.applied) <= plan.pulses
    assert len(bench.applied) <= sum(p.at_most for p in plan.planned)
    for stimulus in bench.applied:
        assert any(covers(planned, stimulus) for planned in plan.planned), stimulus


def covers(planned: Planned, stimulus) -> bool:
    worst = planned.stimulus
    if type(worst) is not type(stimulus) or worst.compliance < stimulus.compliance:
        return False
    match stimulus:
        case Sweep():
            low, high = min(worst.levels), max(worst.levels)
            return all(low <= level <= high for level in stimulus.levels)
        case Hold():
            return worst.level == stimulus.level and stimulus.count <= worst.count
    return 0 <= stimulus.amplitude / worst.amplitude <= 1


run = partial(run_shipped, "reset_stop")


def test_both_descriptions_of_the_paper_are_recipes():
    described = {
        name: read_job("reset_stop", "ideal", "cu-te", name).recipe
        for name in ("methods", "results")
    }
    methods, results_ = described["methods"], described["results"]
    assert (methods.step, methods.growth, methods.reads.duration) == (10e-3, 0.0, 5.0)
    assert (results_.step, results_.growth, results_.reads.duration) == (1e-3, 1e-3, 3.0)
    for recipe in described.values():
        assert (recipe.first, recipe.last, recipe.minimum_gap) == (0.5, 2.0, 0.2e-6)


@pytest.mark.parametrize("recipe", [pytest.param("methods", marks=pytest.mark.slow), "results"])
def test_a_simulated_cell_gives_about_the_published_number_of_levels(recipe):
    _, rows = run("ideal", "cu-te", recipe, seed=1, options=["reads.interval=50 ms"])
    made = [row for row in results(rows) if row.outcome is Outcome.LEVEL]
    assert 15 <= len(made) <= 40  # 23 published
    assert 120e-6 < made[0].conductance < 300e-6  # 200 uS published
    assert 3e-6 < made[-1].conductance < 10e-6  # 5.7 uS published
    assert results(rows)[-1].end == "last stop voltage"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_published_number_of_levels_lies_among_those_of_30_cells():
    numbers = sorted(
        results(run("ideal", "cu-te", "results", seed=s)[1])[-1].level for s in range(30)
    )
    assert numbers[0] <= 23 <= numbers[-1]
    assert 18 <= numbers[15] <= 30


@pytest.mark.parametrize(
    ("bench", "device"), [("ni-pxie-4139", "cu-te"), ("ideal", "cu-te-1t1r"), ("ideal", "resistor")]
)
def test_it_runs_on_other_benches_and_devices(bench, device):
    options = ["levels=3", "reads.duration=0.5 s", "step=50 mV", "growth=50 mV"]
    _, rows = run(bench, device, "results", options=options)
    end = results(rows)[-1].end
    assert end == ("last stop voltage" if device == "resistor" else "levels reached")


def test_an_open_circuit_is_told_at_the_first_attempt():
    _, rows = run("ideal", "open", "results")
    assert len(results(rows)) == 1 and rows[-1].end == "contact lost"
