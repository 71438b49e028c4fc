"""Retention against a bench whose cell drifts by a known law, and on simulated devices."""

from contextlib import suppress
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mho.bench.guard import GuardedBench
from mho.bench.limits import refusals
from mho.errors import LimitError
from mho.protocols.log_bins import log_bins
from mho.protocols.retention import RETENTION, End, Phase, RetentionRecipe, retention
from mho.readings import Reading, Trace
from mho.result import numbers
from mho.stimuli import Hold, Pulse, PulseTrain
from mho.testing.noting_bench import NotingBench
from mho.testing.profiles import make_limits, make_profile
from mho.testing.protocol_runs import bench_of, frame, run_shipped


class Cell(NotingBench):
    """After each pulse it begins at 100 uS and drifts as (t / 1 s)^-nu."""

    nu = 0.0
    silent_after = float("inf")
    read = 0
    since = 0.0

    def apply(self, stimulus):
        trace = super().apply(stimulus)
        if isinstance(stimulus, Pulse | PulseTrain):
            self.since = self.clock.now()
            return trace
        begin = trace[-1].time - stimulus.count * stimulus.interval
        readings = []
        for number, reading in enumerate(trace, start=1):
            self.read += 1
            time = begin + number * stimulus.interval
            conductance = 0.0 if self.read > self.silent_after else 1e-4
            conductance *= max(time - self.since, 1e-9) ** -self.nu
            readings.append(Reading(time, reading.voltage, reading.voltage * conductance, False))
        return Trace(tuple(readings))


cell = partial(bench_of, Cell)


SET = {"does": "set", "amplitude": 2.0}
RESET = {"does": "reset", "amplitude": 1.0}
TWO_LEVELS = ({"name": "high", "prepare": (SET,)}, {"name": "low", "prepare": (SET, RESET)})


recipe_for = partial(RetentionRecipe, times={"duration": 1.0})


run = partial(run_shipped, "retention")


def test_each_level_is_prepared_then_read_at_even_intervals_from_then_on():
    bench = cell()
    rows = list(retention(bench, recipe_for(levels=TWO_LEVELS)))
    assert [type(s) for s in bench.applied] == [Pulse, Hold, Pulse, Pulse, Hold]
    assert [row.level for row in rows] == [0] * 100 + [1] * 100
    assert [row.age for row in rows[:100]] == pytest.approx([0.01 * n for n in range(1, 101)])
    assert rows[100].age == pytest.approx(0.01)
    assert [row.end for row in rows[98:101]] == ["not yet", "time over", "not yet"]


def test_a_long_reading_comes_in_blocks_and_a_row_before_the_next_block():
    bench = cell()
    rows = retention(bench, recipe_for(times={"duration": 25.0, "interval": 10e-3}))
    next(rows)
    assert [s.count for s in bench.applied] == [1000]
    assert len(list(rows)) == 2499
    assert [s.count for s in bench.applied] == [1000, 1000, 500]
    bench = cell()
    list(retention(bench, recipe_for(times={"duration": 150.0, "interval": 1.0})))
    assert [s.count for s in bench.applied] == [60, 60, 30]


def test_sparse_reads_land_on_their_times_with_0_v_between():
    bench = cell()
    times = {"spacing": "linear", "duration": 600.0, "interval": 60.0}
    rows = list(retention(bench, recipe_for(times=times)))
    assert [row.age for row in rows] == pytest.approx([60.0 * n for n in range(1, 11)])
    assert {s.count for s in bench.applied} == {1}
    assert bench.applied[0].interval == pytest.approx(10e-3)


def test_log_times_go_from_the_first_to_the_duration():
    times = {"spacing": "log", "duration": 86400.0, "first": 0.1, "per_decade": 10}
    rows = list(retention(cell(), recipe_for(times=times)))
    ages = [row.age for row in rows]
    assert ages[0] == pytest.approx(0.1) and ages[-1] == pytest.approx(86400.0)
    assert len(ages) == 61
    ratios = [later / earlier for earlier, later in pairwise(ages)]
    assert max(ratios) == pytest.approx(min(ratios), rel=1e-3)
    assert 10 <= 1 / np.log10(ratios[0]) <= 10.2


def test_the_control_is_prepared_again_and_left_alone_for_as_long():
    bench = cell()
    recipe = recipe_for(levels=TWO_LEVELS[:1], times={"duration": 50.0}, control={"reads": 20})
    rows = list(retention(bench, recipe))
    assert [type(s) for s in bench.applied] == [Pulse] + [Hold] * 5 + [Pulse, Hold, Hold]
    start = [row for row in rows if row.phase is Phase.CONTROL_START]
    end = [row for row in rows if row.phase is Phase.CONTROL_END]
    assert len(start) == len(end) == 20
    assert end[0].age - start[-1].age == pytest.approx(50.0 + 0.01, rel=1e-3)
    assert start[0].age == pytest.approx(0.01)


def test_three_silent_reads_in_a_row_are_a_lost_contact_which_ends_the_run():
    rows = list(retention(cell(silent_after=150), recipe_for(levels=TWO_LEVELS)))
    assert len(rows) == 153
    assert rows[-1].end == "contact lost" and rows[-1].level == 1
    summary = RETENTION.summary(frame(rows), recipe_for(levels=TWO_LEVELS))
    assert [row[-1] for row in summary.rows] == ["time over", "contact lost"]
    # Reads of nothing cannot stand on a logarithmic axis.
    assert (
        RETENTION.figure(frame(rows), recipe_for(levels=TWO_LEVELS)).panels[0].y.scale == "linear"
    )


def test_the_verdict_finds_the_exponent_that_was_put_in():
    recipe = recipe_for(levels=TWO_LEVELS[:1], times={"duration": 100.0})
    rows = list(retention(cell(nu=0.02), recipe))
    summary = RETENTION.summary(frame(rows), recipe)
    verdict = dict(zip(summary.headers, summary.rows[0], strict=True))
    assert float(verdict["nu (1e-3)"].split()[0]) == pytest.approx(20, rel=0.02)
    # First tenth: mean over 0 to 10 s, last: over 90 to 100 s.
    assert float(verdict["change (%)"].split()[0]) == pytest.approx(-6.2, abs=0.4)
    assert verdict["level"] == "high" and verdict["reads"] == "10000"
    figure = RETENTION.figure(frame(rows), recipe)
    fitted = figure.panels[1].lines[1]
    assert fitted.y[-1] == pytest.approx(1e4**-0.02 - 1, rel=0.03)


def test_levels_made_alike_tell_how_they_and_their_noise_scatter():
    levels = tuple({"name": str(number), "prepare": (SET,)} for number in range(6))
    recipe = recipe_for(levels=levels, times={"duration": 5.0})
    rows = frame(retention(cell(), recipe))
    rng = np.random.default_rng(4)
    means, noises = 1e-4 * np.exp(rng.normal(0, 0.2, 6)), 0.01 * np.exp(rng.normal(0, 0.5, 6))
    for level, (mean, noise) in enumerate(zip(means, noises, strict=True)):
        at = rows["level"] == level
        rows.loc[at, "conductance"] = mean * (1 + noise * rng.standard_normal(at.sum()))
    found = numbers(RETENTION.results(rows, recipe))
    assert found["level_scatter"] == pytest.approx(np.std(np.log(means), ddof=1), rel=0.02)
    assert found["rsd_scatter"] == pytest.approx(np.std(np.log(noises), ddof=1), rel=0.1)
    assert found["median_noise_exponent"] == pytest.approx(0.0, abs=0.1)
    rows["conductance"] = 1e-4 * (1 + 1e-3 * np.cumsum(rng.standard_normal(len(rows))))
    walk = numbers(RETENTION.results(rows, recipe))
    assert walk["median_noise_exponent"] == pytest.approx(2.0, abs=0.3)


def test_reads_at_uneven_times_have_no_spectrum():
    recipe = recipe_for(times={"spacing": "log", "first": 1.0, "duration": 1e4, "per_decade": 50})
    found = RETENTION.results(frame(retention(cell(nu=0.01), recipe)), recipe)
    (exponent,) = (one for one in found if one.name == "noise_exponent")
    assert "not evenly spaced" in exponent.undetermined


@pytest.mark.parametrize(("nu", "held"), [(0.0, "> 100"), (0.05, "0.0")])
def test_the_time_that_a_level_held(nu, held):
    recipe = recipe_for(levels=TWO_LEVELS[:1], times={"duration": 100.0})
    rows = list(retention(cell(nu=nu), recipe))
    summary = RETENTION.summary(frame(rows), recipe)
    cell_ = dict(zip(summary.headers, summary.rows[0], strict=True))["held (s)"]
    assert cell_.startswith(held), cell_


def test_the_control_shows_what_time_does_without_reads():
    recipe = recipe_for(
        levels=TWO_LEVELS[:1], times={"duration": 100.0}, control={"reads": 10}
    )  # fmt: skip
    rows = list(retention(cell(nu=0.02), recipe))
    summary = RETENTION.summary(frame(rows), recipe)
    verdict = dict(zip(summary.headers, summary.rows[0], strict=True))
    # From about 0.05 s to 100 s.
    expected = ((100 / 0.048) ** -0.02 - 1) * 100
    assert float(verdict["untouched (%)"].split()[0]) == pytest.approx(expected, abs=0.5)
    assert len(RETENTION.figure(frame(rows), recipe).panels[0].lines) == 2


def test_log_bins_are_means_in_every_decade():
    x = np.arange(1, 10_001)
    centres, means = log_bins(x, np.log10(x), per_decade=4)
    assert len(centres) == 16 and np.all(np.diff(centres) > 0)  # 1 to 1.78 and up to 3.16: 1, 2, 3
    assert means == pytest.approx(np.log10(centres))
    late = (x > 10**3.75) & (x <= 10**4)
    assert means[-1] == pytest.approx(np.mean(np.log10(x[late])), rel=1e-4)
    centres, _ = log_bins([np.nan, 0.0, -1.0, 10.0], [1.0, 1.0, 1.0, np.inf])
    assert len(centres) == 0


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ({"duration": 1.0, "interval": 2.0}, "no read at all"),
        ({"spacing": "log", "duration": 1.0, "first": 2.0}, "no read at all"),
        ({"spacing": "linear", "duration": 1.0, "interval": 5e-3}, "but one takes 0.01 s"),
        ({"spacing": "log", "duration": 9.0, "first": 0.02}, "reads come 0.00508 s after"),
        ({"duration": 1e9, "interval": 1e-3}, "at most 10000000"),
    ],
)
def test_mistakes_are_refused(times, message):
    with pytest.raises(ValidationError, match=message):
        recipe_for(times=times)


pulses = st.fixed_dictionaries(
    {"does": st.sampled_from(["set", "reset"]), "amplitude": st.floats(0.1, 2.6)},
    optional={"count": st.integers(1, 5), "width": st.floats(1e-4, 1e-1)},
)
recipes = st.fixed_dictionaries(
    {
        "times": st.fixed_dictionaries(
            {
                "spacing": st.sampled_from(["continuous", "linear", "log"]),
                "duration": st.floats(1e-2, 1e6),
            },
            optional={
                "interval": st.floats(1e-2, 1e5),
                "first": st.floats(1e-2, 1e3),
                "per_decade": st.integers(1, 30),
            },
        )
    },
    optional={
        "levels": st.lists(
            st.fixed_dictionaries({}, optional={"prepare": st.lists(pulses, max_size=3)}),
            min_size=1,
            max_size=3,
        ),
        "control": st.fixed_dictionaries({"reads": st.integers(2, 30)}),
        "read": st.fixed_dictionaries({"voltage": st.floats(-0.5, 0.5).filter(bool)}),
    },
)


@settings(max_examples=150, deadline=None)
@given(given_recipe=recipes, nu=st.floats(-0.1, 0.1), silent_after=st.integers(0, 500))
def test_whatever_is_applied_lies_within_the_plan(given_recipe, nu, silent_after):
    try:
        recipe = RetentionRecipe(**given_recipe)
    except ValidationError:
        return
    if recipe.times.count > 1200:
        return
    bench = cell(nu=nu, silent_after=silent_after)
    plan = RETENTION.plan(recipe, bench.profile)
    if any(refusals(p.stimulus, bench.profile, bench.limits) for p in plan.planned):
        return
    rows = rows_within_dose(retention(GuardedBench(bench), recipe))
    assert bench.clock.now() <= plan.duration * (1 + 1e-9)
    assert sum(isinstance(s, Pulse) for s in bench.applied) <= plan.pulses
    assert len(bench.applied) <= sum(p.at_most for p in plan.planned)
    for stimulus in bench.applied:
        assert any(covers(planned.stimulus, stimulus) for planned in plan.planned), stimulus
    if rows:
        data = frame(rows)
        RETENTION.summary(data, recipe)
        RETENTION.figure(data, recipe)
    assert all(0 <= RETENTION.progress(row, recipe)[0] <= 1 for row in rows)


def rows_within_dose(rows) -> list:
    """The rows until the charge of the run is used up, the one thing that no plan can foresee."""
    taken = []
    with suppress(LimitError):
        for row in rows:
            taken.append(row)
    return taken


def covers(worst, stimulus) -> bool:
    if isinstance(stimulus, Hold) and isinstance(worst, Hold):
        same = (worst.level, worst.interval, worst.compliance)
        return same == (stimulus.level, stimulus.interval, stimulus.compliance) and (
            stimulus.count <= worst.count
        )
    return worst == stimulus


def test_progress_is_told_a_few_times_a_level_not_a_read():
    rows = list(retention(cell(), recipe_for(levels=TWO_LEVELS, times={"duration": 10.0})))
    shares = [
        RETENTION.progress(row, recipe_for(levels=TWO_LEVELS, times={"duration": 10.0}))[0]
        for row in rows
    ]
    assert shares == sorted(shares) and shares[-1] == 1.0
    assert len(set(shares)) <= 21


@pytest.mark.parametrize(
    ("bench", "device", "recipe", "options"),
    [
        ("ideal", "alpha-fe2o3", "alpha-fe2o3-14900-s", ["times.interval=100 s"]),
        ("ideal", "cu-te", "cu-te-100-s", ["times.interval=1 s"]),
        ("ni-pxie-4139", "cu-te", "cu-te-100-s", ["times.interval=1 s"]),
        ("ni-pxie-4139", "cu-te-1t1r", "log-time", ["times.per_decade=2"]),
        ("ideal", "cu-te", "log-time", []),
    ],
)
def test_every_shipped_recipe_runs(bench, device, recipe, options):
    recipe, rows = run(bench, device, recipe, options=options)
    per_level = recipe.times.count + (2 * recipe.control.reads if recipe.control else 0)
    assert len(rows) == len(recipe.levels) * per_level
    assert all(row.conductance > 0 for row in rows)


def test_the_synapse_keeps_its_states_for_the_published_time():
    recipe, rows = run(
        "ideal", "alpha-fe2o3", "alpha-fe2o3-14900-s", options=["times.interval=20 s"]
    )
    summary = RETENTION.summary(frame(rows), recipe)
    low, high = (dict(zip(summary.headers, row, strict=True)) for row in summary.rows)
    assert [low["level"], high["level"]] == ["LRS", "HRS"]
    for level in (low, high):
        assert level["held (s)"] == "> 1.49e+04"
        assert abs(float(level["change (%)"].split()[0])) < 5
    assert float(low["mean (uS)"]) > 3 * float(high["mean (uS)"])


def test_an_open_circuit_is_told_after_three_reads():
    _, rows = run("ideal", "open", "log-time")
    assert len(rows) == 3 and rows[-1].end == "contact lost"


@pytest.mark.parametrize(
    "times", [{"duration": 100.0}, {"spacing": "log", "duration": 100.0, "first": 0.1}]
)
def test_one_noisy_first_read_does_not_end_the_retention(times):
    """The reference is a mean over a decade, as the table says, not the very first read."""
    recipe = recipe_for(levels=TWO_LEVELS[:1], times=times)
    data = frame(list(retention(cell(), recipe)))
    data.loc[0, "conductance"] *= 1.3
    summary = RETENTION.summary(data, recipe)
    assert dict(zip(summary.headers, summary.rows[0], strict=True))["held (s)"] == "> 100"


def test_reads_faster_than_their_aperture_are_refused():
    with pytest.raises(ValidationError, match=r"times.interval 5 ms is shorter than read.aperture"):
        recipe_for(times={"duration": 1.0, "interval": 5e-3})
    recipe_for(times={"duration": 1.0, "interval": 5e-3}, read={"aperture": 5e-3})


def test_reads_that_overflow_are_no_lost_contact_and_are_told():
    class Shorted(Cell):
        def apply(self, stimulus):
            readings = super().apply(stimulus)
            return Trace(tuple(r._replace(current=np.nan, in_compliance=True) for r in readings))

    bench = Shorted(make_profile(), {"TE": make_limits(), "gate": make_limits()})
    recipe = recipe_for(levels=TWO_LEVELS[:1], times={"duration": 0.1})
    rows = list(retention(bench, recipe))
    assert rows[-1].end is End.TIME_OVER
    notes = RETENTION.summary(frame(rows), recipe).notes
    assert any("10 of 10 reads were held by the current limit" in note for note in notes)
