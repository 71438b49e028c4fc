"""LTP/LTD against a bench that notes what reaches it, and on simulated devices."""

from functools import cache, partial
from math import isnan
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mho.bench.guard import GuardedBench
from mho.bench.limits import refusals
from mho.job import read_job
from mho.merit.nonlinearity import neurosim_label
from mho.protocols.ltp_ltd import LTP_LTD, Direction, LtpLtdRecipe, Verdict, ltp_ltd
from mho.protocols.ltp_ltd.traces import Traces, half_way, series_merits
from mho.result import numbers
from mho.stimuli import Hold, Pulse, PulseTrain
from mho.testing.noting_bench import NotingBench
from mho.testing.profiles import make_limits, make_profile
from mho.testing.protocol_runs import bench_of, frame, run_shipped

TEN = {"pulses": 10, "amplitude": 1.0, "width": 1e-3}


noting = partial(bench_of, NotingBench)


recipe_for = partial(LtpLtdRecipe, potentiation=TEN, depression=TEN)


run = partial(run_shipped, "ltp_ltd")


def test_a_branch_is_one_train_after_a_start_read_of_no_amplitude():
    bench = noting()
    rows = list(ltp_ltd(bench, recipe_for(read_every=5)))
    assert [type(s) for s in bench.applied] == [PulseTrain] * 4
    assert [s.amplitudes for s in bench.applied] == [(0.0,), (1.0,) * 10, (0.0,), (-1.0,) * 10]
    assert [s.verify_every for s in bench.applied] == [1, 5, 1, 5]
    assert len(rows) == 2 * (1 + 10)
    up = rows[:11]
    assert [row.pulse for row in up] == list(range(11))
    assert [row.pulse for row in up if row.read] == [0, 5, 10]
    assert all(isnan(row.conductance) is not row.read for row in up)
    assert {row.direction for row in up} == {Direction.POTENTIATION}
    assert [row.amplitude for row in up] == [0.0] + [1.0] * 10
    assert [row.time for row in rows] == sorted(row.time for row in rows)


def test_polarity_width_and_compliance_come_from_the_profile():
    bench = noting(set_polarity="negative")
    ten = {"pulses": 10, "amplitude": 1.0}
    list(ltp_ltd(bench, recipe_for(potentiation=ten, depression=ten)))
    assert [s.amplitudes[0] for s in bench.applied] == [0.0, -1.0, 0.0, 1.0]
    assert {(s.width, s.compliance) for s in bench.applied} == {(10e-3, 5e-3)}


def test_amplitudes_grow_in_equal_steps_and_widths_in_equal_ratios():
    bench = noting()
    grown = {"pulses": 5, "amplitude": 0.5, "last_amplitude": 0.9}
    widened = {"pulses": 5, "amplitude": 1.0, "width": 1e-4, "last_width": 1.6e-3}
    rows = list(ltp_ltd(bench, recipe_for(potentiation=grown, depression=widened)))
    assert bench.applied[1].amplitudes == pytest.approx((0.5, 0.6, 0.7, 0.8, 0.9))
    singles = [s for s in bench.applied if isinstance(s, Pulse)]
    assert [s.width for s in singles[1:]] == pytest.approx([1e-4, 2e-4, 4e-4, 8e-4, 1.6e-3])
    assert singles[-1].width == 1.6e-3
    assert [row.width for row in rows[-5:]] == [s.width for s in singles[1:]]


def test_single_pulses_are_read_every_nth_and_rest_between():
    bench = noting()
    rows = list(ltp_ltd(bench, recipe_for(apply="single pulses", read_every=2, rest=0.5)))
    assert all(isinstance(s, Pulse) for s in bench.applied)
    assert [s.verify is not None for s in bench.applied[:5]] == [True, False, True, False, True]
    assert bench.clock.now() > 20 * 0.5
    assert [row.read for row in rows[:5]] == [True, False, True, False, True]


def test_series_cycles_and_preparation_stand_in_their_order():
    bench = noting()
    prepared = ({"does": "reset", "amplitude": 2.0, "width": 5e-3},)
    recipe = recipe_for(amplitude_series=(0.8, 1.2), cycles=2, preparation=prepared)
    rows = list(ltp_ltd(bench, recipe))
    kinds = [
        "prepare" if isinstance(s, Pulse) else max(map(abs, s.amplitudes)) for s in bench.applied
    ]
    assert kinds[:10] == ["prepare", *(0.0, 0.8) * 4, "prepare"]
    assert kinds.count("prepare") == 2
    assert [s.amplitude for s in bench.applied if isinstance(s, Pulse)] == [-2.0] * 2
    assert [(row.series, row.cycle) for row in rows[::22]] == [(0, 1), (0, 2), (1, 1), (1, 2)]
    bench = noting()
    each = recipe_for(cycles=3, preparation=prepared, prepare="each cycle")
    list(ltp_ltd(bench, each))
    assert sum(isinstance(s, Pulse) for s in bench.applied) == 3


class Silent(NotingBench):
    def next_conductance(self, stimulus):
        return 0.0 if len(self.applied) > 3 else 1e-5


def test_lost_contact_ends_the_run_and_keeps_its_rows():
    bench = Silent(make_profile(), {"TE": make_limits(), "gate": make_limits()})
    rows = list(ltp_ltd(bench, recipe_for(cycles=50)))
    assert isinstance(bench.applied[-1], Hold)
    assert [row.verdict for row in rows].count(Verdict.CONTACT_LOST) == 1
    assert rows[-1].verdict is Verdict.CONTACT_LOST
    assert len(rows) == 2 * 11
    notes = LTP_LTD.summary(frame(rows), recipe_for(cycles=50)).notes
    assert any("contact lost" in note for note in notes)


def test_mistakes_are_refused_together_and_say_what_to_do():
    with pytest.raises(ValidationError) as refused:
        recipe_for(
            read_every=3,
            amplitude_series=(1.0,),
            potentiation={**TEN, "last_amplitude": 1.2},
        )
    message = str(refused.value)
    assert "potentiation.pulses = 10 is no multiple of read_every = 3" in message
    assert "leave out last_amplitude" in message


magnitudes = st.floats(0.01, 2.6)
branches = st.fixed_dictionaries(
    {"pulses": st.integers(1, 6), "amplitude": magnitudes},
    optional={
        "last_amplitude": magnitudes,
        "width": st.floats(1e-4, 1e-2),
        "last_width": st.floats(1e-4, 1e-2),
        "compliance": st.floats(1e-6, 5e-3),
    },
)
recipes = st.fixed_dictionaries(
    {"potentiation": branches, "depression": branches},
    optional={
        "amplitude_series": st.lists(magnitudes, max_size=2).map(tuple),
        "cycles": st.integers(1, 3),
        "read_every": st.integers(1, 3),
        "rest": st.floats(1e-4, 1.0),
        "apply": st.sampled_from(["train", "single pulses"]),
        "prepare": st.sampled_from(["each series", "each cycle"]),
        "preparation": st.just(({"does": "set", "amplitude": 1.0, "count": 2},)),
    },
)


@settings(max_examples=300, deadline=None)
@given(recipes, st.lists(st.sampled_from([0.0, 1.0, 50.0]), min_size=1, max_size=5))
def test_whatever_is_applied_was_planned(given_recipe, micro_siemens):
    try:
        recipe = LtpLtdRecipe(**given_recipe)
    except ValidationError:
        return
    bench = noting([g * 1e-6 for g in micro_siemens])
    guarded = GuardedBench(bench)
    plan = LTP_LTD.plan(recipe, bench.profile)
    for planned in plan.planned:
        if planned.at_most:
            assert refusals(planned.stimulus, bench.profile, bench.limits) == []
    list(ltp_ltd(guarded, recipe))
    assert guarded.dose.most_pulses <= plan.pulses
    assert bench.clock.now() <= plan.duration * (1 + 1e-9)

    def levels(stimulus):
        return stimulus.amplitudes if isinstance(stimulus, PulseTrain) else (stimulus.amplitude,)

    pulsed = [p.stimulus for p in plan.planned if not isinstance(p.stimulus, Hold)]
    allowed = [level for stimulus in pulsed for level in levels(stimulus)]
    widths = [stimulus.width for stimulus in pulsed]
    for stimulus in bench.applied:
        if not isinstance(stimulus, Hold):
            assert min(allowed) <= min(levels(stimulus)) and max(levels(stimulus)) <= max(allowed)
            assert min(widths) <= stimulus.width <= max(widths)


@settings(max_examples=60, deadline=None)
@given(recipes, st.lists(st.sampled_from([0.0, 1.0, 50.0]), min_size=1, max_size=5))
def test_whatever_was_recorded_has_a_verdict_a_figure_and_a_progress(given_recipe, micro_siemens):
    try:
        recipe = LtpLtdRecipe(**given_recipe)
    except ValidationError:
        return
    rows = list(ltp_ltd(noting([g * 1e-6 for g in micro_siemens]), recipe))
    assert LTP_LTD.summary(frame(rows), recipe).rows
    assert LTP_LTD.summary(frame(rows[:1]), recipe).rows
    assert LTP_LTD.figure(frame(rows), recipe).panels
    shares = [LTP_LTD.progress(row, recipe)[0] for row in rows]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1) or rows[-1].verdict is Verdict.CONTACT_LOST


class Textbook(NotingBench):
    """Answers each read with the next point of an exponential rise, then of a fall."""

    def next_conductance(self, stimulus):
        self.pulse = getattr(self, "pulse", -1) + 1
        n = self.pulse % 42
        rise = 1 - np.exp(-min(n, 20) / 8)
        fall = np.exp(-max(n - 21, 0) / 5)
        return 1e-5 + 1e-4 * (rise if n < 21 else (1 - np.exp(-20 / 8)) * fall)


def test_the_verdict_finds_the_constants_and_both_nonlinearities_of_a_textbook_trace():
    bench = bench_of(Textbook)
    twenty = {"pulses": 20, "amplitude": 1.0}
    recipe = recipe_for(potentiation=twenty, depression=twenty, cycles=2, apply="single pulses")
    rows = frame(ltp_ltd(bench, recipe))
    merit = series_merits(rows)[0]
    up, down = (merit.directions[d] for d in Direction)
    assert up.exponential.constant.value == pytest.approx(8, rel=1e-3)
    assert down.exponential.constant.value == pytest.approx(5, rel=1e-3)
    assert up.exponential.r2 > 0.9999
    assert up.neurosim.label.value == pytest.approx(neurosim_label(8 / 20), rel=1e-3)
    assert down.neurosim.label.value == pytest.approx(-neurosim_label(5 / 20), rel=1e-3)
    assert merit.on_off.ratio.value == pytest.approx(
        (1e-5 + 1e-4 * (1 - np.exp(-2.5))) / (1e-5 + 1e-4 * (1 - np.exp(-2.5)) * np.exp(-4)),
        rel=1e-3,
    )
    assert up.variation.largest.value == pytest.approx(0, abs=1e-12)
    named = numbers(LTP_LTD.results(rows, recipe))
    assert named["ltp_n0"] == pytest.approx(8, rel=1e-3)
    assert named["ltd_n0"] == pytest.approx(5, rel=1e-3)
    assert "normality" not in named and "gain_ratio" not in named  # two cycles alike, one series
    table = LTP_LTD.summary(rows, recipe)
    names = [row[1] for row in table.rows]
    assert "NL (NeuroSim label)" in names and "alpha (power form)" in names
    drawn = LTP_LTD.figure(rows, recipe).panels[0]
    fit = next(line for line in drawn.lines if line.label == "exponential fit of the mean")
    assert fit.y[0] == pytest.approx(10e-6, abs=0.1e-6) and fit.x[-1] == 20
    assert len([line for line in drawn.lines if line.style == "points"]) == 2


class Series(Textbook):
    """Each series rises and falls three times as far as the one before; cycles scatter."""

    def next_conductance(self, stimulus):
        found = super().next_conductance(stimulus) - 1e-5
        cycle = self.pulse // 42
        scatter = np.random.default_rng(cycle).normal() if self.normal else float(cycle % 12 == 0)
        return 1e-5 + found * 3 ** (cycle // 12) * (1 + 0.01 * scatter)

    normal = True


@pytest.mark.parametrize("normal", [True, False])
def test_gains_of_a_series_and_whether_cycles_scatter_as_a_gaussian_does(normal):
    twenty = {"pulses": 20, "amplitude": 1.0}
    recipe = recipe_for(
        potentiation=twenty, depression=twenty, cycles=12, amplitude_series=(0.8, 1.0),
        apply="single pulses",
    )  # fmt: skip
    bench = bench_of(Series)
    bench.normal = normal
    found = list(LTP_LTD.results(frame(ltp_ltd(bench, recipe)), recipe))
    named = numbers(found)
    for name in ("gain_ratio", "loss_ratio", "gain_growth"):
        assert named[name] == pytest.approx(3, rel=0.02)
    normality = [one.value for one in found if one.name == "normality"]
    assert len(normality) == 2
    assert all((p > 0.05) is normal for p in normality)


def test_160_pulses_with_reads_are_rehearsed_in_under_a_second_of_cpu():
    job = read_job("ltp_ltd", "ideal", "alpha-fe2o3", "published-80", options=["cycles=1"])
    with job.setup.open() as bench:
        begun = process_time()
        rows = list(job.protocol.run(bench, job.recipe))
    assert process_time() - begun < 1.0
    assert sum(row.read for row in rows) == 162


def test_published_80_of_alpha_fe2o3_is_exponential():
    """Paper: 80 + 80 pulses of 1 V, 150 us, "fitted with exponential functions" (Fig. 3).

    A device may be slow in all of its five cycles: it hardly moves, and bends too little for a fit.
    """
    constants, shares, ratios, labels = [], [], [], []
    for seed in range(10):
        _, rows = run("ideal", "alpha-fe2o3", "published-80", seed=seed)
        merit = series_merits(frame(rows))[0]
        ratios.append(merit.on_off.ratio.value)
        both = [merit.directions[d] for d in Direction]
        fits = [one.exponential for one in both]
        shares.append([0.0 if fit is None else fit.r2 for fit in fits])
        constants.append([np.nan if fit is None else fit.constant.value for fit in fits])
        labels.append(
            [np.nan if one.neurosim is None else one.neurosim.label.value for one in both]
        )
    assert min(ratios) > 1 and np.median(ratios) > 2
    assert np.all(np.median(shares, axis=0) > 0.98)
    assert np.all(np.mean(np.array(shares) > 0.98, axis=0) >= 0.7)
    up, down = np.nanmedian(labels, axis=0)
    assert up > 0 > down
    for constant in np.nanmedian(constants, axis=0):
        assert 15 < constant < 40  # ours: 80 pulses do not draw an exponential of much less or more


def test_the_gain_of_the_amplitude_series_grows_with_amplitude():
    recipe, rows = run("ideal", "alpha-fe2o3", "amplitude-series")
    ends = [m.traces[Direction.POTENTIATION].mean[-1] for m in series_merits(frame(rows)).values()]
    assert len(ends) == 5
    assert ends == sorted(ends)
    found = list(LTP_LTD.results(frame(rows), recipe))
    (r2,) = [one for one in found if (one.name, one.part) == ("ltp_r2", "amplitude 1.6 V")]
    assert r2.value > 0.98 and numbers(found)["gain_growth"] > 0


APPLIED = ("single pulses", "train")
BY_CHANCE = ("device_to_device", "cycle_to_cycle", "noise", "relaxation")
CURRENT_NOISE = {
    ("ni-pxie-4139", "single pulses"): 6e-11,  # a range of its own for the read, 100 uA
    ("ni-pxie-4139", "train"): 8e-9,  # pulses and reads on one range, 10 mA
    ("keithley-4200a", "single pulses"): 3e-10,  # autorange, 100 uA
    ("keithley-4200a", "train"): 3e-10,
}
"""Standard deviation (A) of one read on the simulated instruments."""

SOURCE_STEPS = {"ni-pxie-4139": 0.0, "keithley-4200a": 50e-6}
"""Of the levels (V): an SMU of the 4200A has 20 000 a volt on its range of 2 V."""

RESET_SLOPE = 25e-3
"""Volts that make a state move e times as fast, so ln G is off by at most a level's error of it."""


@cache
def cu_te(bench, apply, seed=0, chance=False):
    off = () if chance else (f"device.model.parameters.{name}=false" for name in BY_CHANCE)
    options = [f"apply={apply}", "cycles=1", *off]
    _, rows = run(bench, "cu-te", "cu-te", options=options, seed=seed)
    return frame(rows)


@pytest.mark.parametrize("apply", APPLIED)
@pytest.mark.parametrize("bench", SOURCE_STEPS)
def test_cu_te_without_chance_reads_alike_on_every_bench(bench, apply):
    """What is left is the noise of a read, and levels that are rounded to steps of the source."""
    ideal, wire = cu_te("ideal", apply), cu_te(bench, apply)
    assert list(ideal["amplitude"]) == list(wire["amplitude"]) and len(ideal) == 122
    error = (wire["current"] - ideal["current"]).abs()
    rounded = SOURCE_STEPS[bench] / 2 / RESET_SLOPE
    assert (error <= 5 * CURRENT_NOISE[bench, apply] + rounded * ideal["current"]).all()
    ends = series_merits(ideal)[0].traces[Direction.POTENTIATION].mean
    assert ends[-1] > 10 * ends[0]


@pytest.mark.parametrize("seed", range(2))
def test_cu_te_by_chance_does_not(seed):
    """Chance is drawn for each piece of a stimulus, and benches cut one in other pieces.

    So a device of one seed goes other ways on them, as it would if it were programmed again.
    """
    ideal, wire = (cu_te(bench, "train", seed, True) for bench in ("ideal", "keithley-4200a"))
    assert list(ideal["amplitude"]) == list(wire["amplitude"])
    off = np.log(wire["conductance"] / ideal["conductance"]).abs()
    assert 0.02 < off.max() < 1


def test_a_branch_in_which_the_contact_was_lost_is_left_out_of_the_mean():
    bench = Silent(make_profile(), {"TE": make_limits(), "gate": make_limits()})
    rows = frame(ltp_ltd(bench, recipe_for(cycles=50)))
    merit = series_merits(rows)[0]
    assert rows["conductance"].min() == 0
    assert list(merit.traces) == [Direction.POTENTIATION]
    assert merit.traces[Direction.POTENTIATION].mean == pytest.approx(1e-5)


def test_half_of_a_change_is_found_between_pulses_and_not_where_nothing_changes():
    pulses = np.arange(11.0)
    cycles = [1 + pulses, 9 - pulses / 2, 1 - 0.8**pulses, np.ones(11), np.r_[0, np.ones(10)]]
    found = half_way(Traces(pulses=pulses, conductance=np.array(cycles)))
    assert found[:2] == pytest.approx([5.0, 5.0])
    assert found[2] == pytest.approx(np.log(1 - 0.5 * (1 - 0.8**10)) / np.log(0.8), abs=0.03)
    assert isnan(found[3]) and found[4] == pytest.approx(0.5)
