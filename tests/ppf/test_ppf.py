"""Paired pulses against a bench with a memory that fades, and on simulated devices."""

from functools import partial
from math import exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mho.bench.guard import GuardedBench
from mho.bench.limits import refusals
from mho.merit.paired_pulse import facilitation_decay
from mho.merit.samples import NotEnoughData
from mho.protocols.ppf import PPF, PpfRecipe, Verdict, ppf
from mho.protocols.ppf.results import indices
from mho.readings import Reading, Trace
from mho.result import numbers
from mho.stimuli import Hold, PulseTrain
from mho.testing.noting_bench import NotingBench
from mho.testing.profiles import make_limits, make_profile
from mho.testing.protocol_runs import bench_of, frame, run_shipped

GIVEN = {"amplitude": 1.0, "width": 1e-3, "intervals": (10e-3, 50e-3)}


noting = partial(bench_of, NotingBench)


recipe_for = partial(PpfRecipe, **GIVEN)


run = partial(run_shipped, "ppf")


def test_an_interval_runs_from_the_end_of_a_pulse_to_the_start_of_the_next():
    bench = noting()
    rows = list(ppf(bench, recipe_for(read={"settle": 1e-3, "aperture": 3e-3})))
    start, pair = bench.applied[:2]
    assert start.amplitudes == (0.0,) and pair.amplitudes == (1.0, 1.0)
    steps = list(pair.score().at(pair.terminal))
    between = [step.duration for step in steps[1:3]]
    assert between == pytest.approx([6e-3, 4e-3]) and sum(between) == pytest.approx(10e-3)
    assert steps[2].aperture == 3e-3
    assert steps[0].level == steps[3].level == 1.0
    assert [row.pulse for row in rows] == [0, 1, 2] * 2
    assert [row.interval for row in rows] == [10e-3] * 3 + [50e-3] * 3


def test_the_read_may_fill_the_interval_but_not_exceed_it():
    fills = recipe_for(intervals=(4e-3,), read={"settle": 1e-3, "aperture": 3e-3})
    bench = noting()
    list(ppf(bench, fills))
    assert bench.applied[1].rest == 0.0
    with pytest.raises(ValidationError, match="read of 4 ms does not fit into intervals of 1 ms"):
        recipe_for(intervals=(1e-3, 10e-3), read={"settle": 1e-3, "aperture": 3e-3})


@pytest.mark.parametrize(("does", "polarity", "level"), [
    ("set", "positive", 1.0), ("reset", "positive", -1.0), ("set", "negative", -1.0),
])  # fmt: skip
def test_polarity_comes_from_the_profile(does, polarity, level):
    bench = noting(set_polarity=polarity)
    list(ppf(bench, recipe_for(does=does)))
    assert bench.applied[1].amplitudes == (level, level)


def test_every_interval_is_prepared_and_waited_for():
    bench = noting()
    prepared = ({"does": "reset", "amplitude": 2.0, "count": 2},)
    list(ppf(bench, recipe_for(repeats=2, preparation=prepared, recovery=3.0)))
    kinds = [type(s) for s in bench.applied]
    assert kinds == [PulseTrain] * 3 * 4
    assert bench.clock.now() > 4 * 3.0


class Fading(NotingBench):
    """Each pulse adds 10 uS to 1 uS; what was added fades with 20 ms. Its read sees half of it."""

    def apply(self, stimulus):
        self.applied.append(stimulus)
        begun, added, readings, now = self.clock.now(), 0.0, [], 0.0
        for step in stimulus.score().at(stimulus.terminal):
            now += step.duration
            if abs(step.level) >= 0.5:
                added = added * self.left + 10e-6
            if step.aperture is not None:
                current = step.level * (1e-6 + added)
                readings.append(Reading(begun + now, step.level, current, False))
        self.clock.sleep(stimulus.score().duration)
        return Trace(tuple(readings))

    @property
    def left(self):
        return exp(-self.interval / 20e-3)

    interval = 0.0


class Watching(Fading):
    def apply(self, stimulus):
        if isinstance(stimulus, PulseTrain):
            self.interval = stimulus.rest + stimulus.verify.settle + stimulus.verify.aperture
        return super().apply(stimulus)


def test_the_verdict_finds_index_and_time_constant_of_a_fading_memory():
    limits = {"TE": make_limits(), "gate": make_limits()}
    intervals = (5e-3, 10e-3, 20e-3, 40e-3, 80e-3)
    recipe = recipe_for(intervals=intervals, response="conductance")
    rows = frame(ppf(Watching(make_profile(), limits), recipe))
    table = indices(rows, recipe)
    expected = [100 * (11 + 10 * exp(-t / 20e-3)) / 11 for t in intervals]
    assert table["index"].to_list() == pytest.approx(expected, rel=1e-6)
    named = numbers(PPF.results(rows, recipe))
    assert named["decay_constant"] == pytest.approx(20e-3, rel=1e-3)
    assert named["index_shortest"] == pytest.approx(expected[0] / 100)
    assert any("tau = 20" in note for note in PPF.summary(rows, recipe).notes)
    increase = recipe.model_copy(update={"index": "increase"})
    assert indices(rows, increase)["index"].to_list() == pytest.approx([e - 100 for e in expected])
    current = recipe.model_copy(update={"response": "pulse current"})
    assert indices(rows, current)["index"].to_list() == pytest.approx(expected, rel=1e-6)
    change = recipe.model_copy(update={"response": "change"})
    ratios = [100 * exp(-t / 20e-3) for t in intervals]
    assert indices(rows, change)["index"].to_list() == pytest.approx(ratios, rel=1e-6)
    labels = [line.label for line in PPF.figure(rows, recipe).panels[0].lines]
    assert labels == ["pair", "no facilitation", "exponential fit, R2 1.000"]


def test_a_cell_of_short_memory_shows_what_it_forgets_and_in_what_time():
    recipe, rows = run("ideal", "ecram-short-memory", "ecram-short-memory")
    table = indices(frame(rows), recipe).groupby("interval")["index"].mean()
    # from the end of a pulse to the end of the next
    assert table.iloc[0] == pytest.approx(100 * (1 + exp(-20e-3 / 50e-3)), rel=0.08)
    assert table.iloc[-1] == pytest.approx(100, abs=10)
    fit = numbers(PPF.results(frame(rows), recipe))["decay_constant"]
    assert fit == pytest.approx(50e-3, rel=0.35)
    labels = [line.label for line in PPF.figure(frame(rows), recipe).panels[0].lines]
    assert [label.partition(",")[0] for label in labels] == [
        "each repeat",
        "mean over repeats",
        "no facilitation",
        "exponential fit",
    ]


@pytest.mark.parametrize("seed", range(10))
def test_an_index_that_does_not_decay_has_no_fit(seed):
    """One in twenty of those that only scatter passes for one that decays, by the F test."""
    generator = np.random.default_rng(seed)
    interval = np.tile([12e-3, 20e-3, 50e-3, 0.1, 0.2, 0.5, 1.0], 3)
    with pytest.raises(NotEnoughData, match="PPF decay"):
        facilitation_decay(interval, 95 + 4 * generator.standard_normal(21))


def test_lost_contact_ends_the_run():
    class Silent(NotingBench):
        def next_conductance(self, stimulus):
            return 0.0

    limits = {"TE": make_limits(), "gate": make_limits()}
    bench = Silent(make_profile(), limits)
    rows = list(ppf(bench, recipe_for(repeats=9)))
    assert [row.verdict for row in rows] == ["goes on", "goes on", "contact lost"]
    assert isinstance(bench.applied[-1], Hold)


recipes = st.fixed_dictionaries(
    {
        "amplitude": st.floats(0.01, 2.6),
        "intervals": st.lists(st.floats(2e-3, 5.0), min_size=1, max_size=4).map(tuple),
    },
    optional={
        "does": st.sampled_from(["set", "reset"]),
        "width": st.floats(1e-4, 1e-2),
        "pulses": st.integers(2, 5),
        "repeats": st.integers(1, 3),
        "recovery": st.floats(0, 10),
        "response": st.sampled_from(["conductance", "change", "pulse current"]),
        "index": st.sampled_from(["ratio", "increase"]),
        "preparation": st.just(({"does": "set", "amplitude": 1.0, "count": 2},)),
    },
)


@settings(max_examples=200, deadline=None)
@given(recipes)
def test_whatever_is_applied_was_planned(given_recipe):
    recipe = PpfRecipe(**given_recipe)
    bench = noting()
    bench.limits = dict.fromkeys(("TE", "gate"), make_limits(min_width=1e-9))
    plan = PPF.plan(recipe, bench.profile)
    for planned in plan.planned:
        assert refusals(planned.stimulus, bench.profile, bench.limits) == []
    guarded = GuardedBench(bench)
    list(ppf(guarded, recipe))
    assert guarded.dose.most_pulses <= plan.pulses
    assert bench.clock.now() <= plan.duration * (1 + 1e-9)
    planned = [p.stimulus for p in plan.planned if isinstance(p.stimulus, PulseTrain)]
    applied = [s for s in bench.applied if isinstance(s, PulseTrain)]
    assert {s.amplitudes for s in applied} == {s.amplitudes for s in planned}
    assert min(s.rest for s in planned) <= min(s.rest for s in applied)
    assert max(s.rest for s in applied) <= max(s.rest for s in planned)


@settings(max_examples=40, deadline=None)
@given(recipes, st.integers(0, 12))
def test_whatever_was_recorded_has_a_verdict_a_figure_and_a_progress(given_recipe, cut):
    recipe = PpfRecipe(**given_recipe)
    rows = list(ppf(noting(), recipe))
    part = frame(rows[: max(1, len(rows) - cut)])
    assert PPF.summary(part, recipe).notes
    assert len(PPF.figure(part, recipe).panels) == 2
    assert numbers(PPF.results(part, recipe)) is not None
    shares = [PPF.progress(row, recipe)[0] for row in rows]
    assert shares[-1] == 1 and all(0 <= share <= 1 for share in shares)


@pytest.mark.parametrize("name", ["alpha-fe2o3", "rates"])
def test_shipped_recipes_of_alpha_fe2o3_show_a_second_pulse_that_adds(name):
    recipe, rows = run("ideal", "alpha-fe2o3", name)
    lowest = 100 if recipe.index == "ratio" else 0
    assert indices(frame(rows), recipe)["index"].mean() > lowest
    assert rows[-1].verdict is Verdict.GOES_ON
    first, second = (row.time for row in rows[1:3])
    assert second - first == pytest.approx(recipe.intervals[0] + recipe.width)


def test_cu_te_through_the_simulated_4139_gives_the_index_of_the_ideal_bench():
    options = ["repeats=1"]
    recipe, ideal = run("ideal", "cu-te", "cu-te", options=options)
    _, wire = run("ni-pxie-4139", "cu-te", "cu-te", options=options)
    a, b = (indices(frame(rows), recipe)["index"].mean() for rows in (ideal, wire))
    assert b == pytest.approx(a, rel=0.05)


def test_an_interval_at_which_the_contact_was_lost_has_no_index():
    class Losing(NotingBench):
        def next_conductance(self, stimulus):
            return 1e-5 if len(self.applied) <= 2 else 0.0

    bench = Losing(make_profile(), {"TE": make_limits(), "gate": make_limits()})
    recipe = recipe_for()
    rows = frame(ppf(bench, recipe))
    assert rows["verdict"].iloc[-1] == "contact lost" and len(rows) == 6
    assert indices(rows, recipe)["interval"].to_list() == [10e-3]
