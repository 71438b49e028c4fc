"""Programming against a bench that answers with conductances written down beforehand."""

from functools import partial
from math import isnan

import numpy as np
import pytest
import step_towards

from mho.errors import MhoError, SettingsError
from mho.programming.algorithm import End
from mho.programming.judged import judged
from mho.protocols.learnt import learnt_before, learnt_option
from mho.protocols.program import PROGRAM, Phase, ProgramRecipe, program
from mho.protocols.programming import means_of
from mho.readings import Trace
from mho.result import Result, by_name, numbers
from mho.stimuli import Hold, Pulse
from mho.testing import NotingBench, bench_of, frame, make_profile

recipe_for = partial(
    ProgramRecipe,
    targets=(50e-6,),
    tolerance=0.03,
    algorithm="step_towards",
    settings={"reads": 1},
    judge={"lasts": 0.1},
)


class Answering(NotingBench):
    """A pulse finds what the read after it will find."""

    def next_conductance(self, stimulus):
        if isinstance(stimulus, Pulse) and stimulus.verify is None:
            return self.conductances[0]
        return super().next_conductance(stimulus)


def bench_answering(*micro_siemens, **changes):
    return bench_of(Answering, [g * 1e-6 for g in micro_siemens], **changes)


def amplitudes(bench):
    return [round(s.amplitude, 6) for s in bench.applied if isinstance(s, Pulse)]


def test_it_looks_first_then_steps_towards_the_target_and_is_judged():
    bench = bench_answering(40, 45, 56, 51, 48)
    rows = list(program(bench, recipe_for()))
    assert amplitudes(bench) == [1.0, 1.05, -0.5]
    assert [row.verdict for row in rows] == ["below", "below", "above", "reached", "reached"]
    assert [row.pulse for row in rows] == [0, 1, 2, 3, 3]
    assert [row.phase for row in rows] == [Phase.TUNING] * 4 + [Phase.CHECK]
    assert rows[-1].conductance == pytest.approx(48e-6) and rows[-1].reads == 10
    assert rows[-1].wait == 1.0 and isnan(rows[-1].amplitude)


def test_polarity_comes_from_the_profile():
    bench = bench_answering(40, 45, 56, 50, set_polarity="negative")
    rows = list(program(bench, recipe_for()))
    assert amplitudes(bench) == [-1.0, -1.05, 0.5]
    assert [row.sent for row in rows[1:4]] == pytest.approx([-1.0, -1.05, 0.5])


def test_a_pulse_and_one_read_are_one_stimulus_and_a_look_is_one():
    bench = bench_answering(40, 50)
    list(program(bench, recipe_for(settings={"reads": 1, "looks_first": False})))
    assert [type(s) for s in bench.applied] == [Pulse, Pulse, Hold]
    assert all(s.verify is not None for s in bench.applied[:2])
    bench = bench_answering(40, 50)
    list(program(bench, recipe_for(settings={"reads": 7})))
    assert [type(s) for s in bench.applied] == [Hold, Pulse, Hold, Hold]
    assert [s.count for s in bench.applied if isinstance(s, Hold)] == [7, 7, 10]
    assert [s.verify for s in bench.applied if isinstance(s, Pulse)] == [None]


class Noisy(NotingBench):
    """Reads of a look differ; the last of them is at its limit."""

    def apply(self, stimulus):
        trace = super().apply(stimulus)
        reads = [
            one._replace(current=one.current * (1 + 0.01 * n), in_compliance=n == 4)
            for n, one in enumerate(trace)
        ]
        return Trace(tuple(reads))


def test_a_row_has_the_mean_of_its_look_without_reads_at_their_limit():
    bench = bench_of(Noisy, [50e-6])
    row = next(iter(program(bench, recipe_for(settings={"reads": 5}))))
    known = 50e-6 * np.array([1, 1.01, 1.02, 1.03])
    assert row.conductance == pytest.approx(known.mean())
    assert row.spread == pytest.approx(known.std(ddof=1))
    assert row.reads == 5 and row.in_compliance and row.seconds == pytest.approx(0.05)


def test_targets_come_round_after_round_and_what_was_learnt_goes_on():
    bench = bench_answering(*[40] * 12, 50, 50, 40, 50)
    rows = list(program(bench, recipe_for(targets=(50e-6, 49.5e-6), repeats=2)))
    ends = [row for row in rows if row.phase is Phase.CHECK]
    assert [row.round for row in ends] == [1, 1, 2, 2]
    assert [row.target_index for row in ends] == [0, 1, 2, 3]
    assert [row.target for row in ends] == [50e-6, 49.5e-6] * 2
    learnt = [row.learnt for row in rows if row.learnt]
    assert len(learnt) == 4 and '"up": 1.4' in learnt[0]
    second = [row.amplitude for row in rows if row.target_index == 1 and row.amplitude > 0]
    assert second[0] == pytest.approx(1.4)
    bench = bench_answering(40, 50)
    list(program(bench, recipe_for(learnt={"up": 1.35, "nothing": 3.0})))
    assert amplitudes(bench) == [1.35]


def test_no_pulse_beyond_the_budget_whatever_the_algorithm_says(monkeypatch):
    monkeypatch.setattr(step_towards.StepTowards, "go_on", _goes_on_for_ever)
    bench = bench_answering(40)
    rows = list(program(bench, recipe_for(pulses={"most": 7})))
    assert len(amplitudes(bench)) == 7
    assert rows[-1].verdict == "pulse budget" == rows[-2].verdict and rows[-1].pulse == 7


def _goes_on_for_ever(self, state, seen):
    return state, self._order(np.array([1.0]), [End.GOES_ON])


def test_looks_without_end_are_ended(monkeypatch):
    monkeypatch.setattr(
        step_towards.StepTowards,
        "go_on",
        lambda self, state, seen: (state, self._order(np.zeros(1), [End.GOES_ON])),
    )
    with pytest.raises(MhoError, match="comes to no end"):
        list(program(bench_answering(40), recipe_for(pulses={"most": 3})))


FAULTS = (
    ({"amplitude": np.array([3.0])}, r"pulse of 3 V; it may order up to 2.6 V"),
    ({"amplitude": np.array([-2.7])}, r"pulse of -2.7 V; it may order up to 2.6 V"),
    ({"amplitude": np.array([np.nan])}, "pulse of nan V"),
    ({"width": np.array([1.0]), "amplitude": np.array([1.0])}, "pulse of 1 s; it may order 10 ms"),
    ({"wait": np.array([-1.0])}, "wait of -1 s"),
    ({"reads": np.array([0])}, "look of 0 reads"),
    ({"interval": np.array([1e-3])}, "reads every 1 ms; each takes 10 ms"),
    ({"reads": np.array([2000])}, "look of 20 s; looks for one decision may take 10.24 s"),
    ({"end": np.array(["nonsense"], dtype=object)}, "no order"),
    ({"reads": np.array([])}, "no order"),
)


@pytest.mark.parametrize(("change", "said"), [({}, ""), *FAULTS])
def test_an_order_that_is_none_is_refused_before_anything_of_it(monkeypatch, change, said):
    """The first is legal; each of the others breaks one thing of it."""
    begin = step_towards.StepTowards.begin

    def begun(self, goal):
        state, order = begin(self, goal)
        return state, order._replace(**change)

    monkeypatch.setattr(step_towards.StepTowards, "begin", begun)
    bench = bench_answering(50)
    if not change:
        assert list(program(bench, recipe_for()))
        return
    with pytest.raises(MhoError, match=said):
        list(program(bench, recipe_for()))
    assert not bench.applied


def test_what_begins_at_its_end_applies_nothing_but_the_judge(monkeypatch):
    begin = step_towards.StepTowards.begin

    def begun(self, goal):
        state, order = begin(self, goal)
        return state, order._replace(end=np.array([End.NOISE_LIMITED], dtype=object))

    monkeypatch.setattr(step_towards.StepTowards, "begin", begun)
    bench = bench_answering(50)
    rows = list(program(bench, recipe_for()))
    assert [row.verdict for row in rows] == ["noise limited"] * 2
    assert [type(s) for s in bench.applied] == [Hold] and rows[0].reads == 0


class LostAfter(NotingBench):
    """The contact is lost in the middle of a look, after so many readings."""

    left: int = 0

    def apply(self, stimulus):
        trace = super().apply(stimulus)
        readings = []
        for one in trace:
            self.left -= 1
            readings.append(one if self.left >= 0 else one._replace(current=0.0))
        return Trace(tuple(readings))


@pytest.mark.parametrize("left", [0, 3, 8, 14])
def test_a_contact_lost_during_a_look_ends_the_run_without_another_pulse(left):
    bench = bench_of(LostAfter, [40e-6], left=left)
    rows = list(program(bench, recipe_for(settings={"reads": 7}, targets=(50e-6, 60e-6))))
    assert rows[-1].verdict == "contact lost" and rows[-1].phase is Phase.TUNING
    assert all(row.verdict == "below" for row in rows[:-1])
    assert isinstance(bench.applied[-1], Hold) and bench.applied[-1].count == 3
    lost_at = len(rows) - 1
    assert len(amplitudes(bench)) == lost_at


def test_a_few_silent_reads_are_no_lost_contact():
    bench = bench_answering(40, 0.0, 40, 50)
    rows = list(program(bench, recipe_for()))
    assert [row.verdict for row in rows][:3] == ["below", "below", "reached"]
    assert [type(s) for s in bench.applied[:3]] == [Hold, Pulse, Hold]


class Partly(NotingBench):
    """Every other read of the first look is silent, but not the last."""

    def apply(self, stimulus):
        trace = super().apply(stimulus)
        if len(self.applied) != 1:
            return trace
        return Trace(
            tuple(one._replace(current=0.0) if n % 2 else one for n, one in enumerate(trace))
        )


def test_reads_that_are_silent_now_and_then_call_for_no_further_ones():
    bench = bench_of(Partly, [40e-6])
    next(iter(program(bench, recipe_for(settings={"reads": 7}))))
    assert len(bench.applied) == 1


def test_the_algorithm_sees_what_stood_signed_by_what_it_does(monkeypatch):
    seen = []
    go_on = step_towards.StepTowards.go_on

    def noted(self, state, what):
        seen.append(float(what.pulse_voltage[0]))
        return go_on(self, state, what)

    monkeypatch.setattr(step_towards.StepTowards, "go_on", noted)
    for polarity in ("positive", "negative"):
        seen.clear()
        list(program(bench_answering(40, 60, 50, set_polarity=polarity), recipe_for()))
        assert isnan(seen[0]) and seen[1:] == [1.0, -0.5]


def test_means_are_those_of_recipe_and_device():
    terminal = {"min_voltage": -1.5, "max_voltage": 2.5, "max_compliance": 5e-3}
    for polarity, limits in (("positive", (2.5, 1.5)), ("negative", (1.5, 2.5))):
        profile = make_profile(terminals={"TE": terminal}, set_polarity=polarity)
        means = means_of(recipe_for(), profile)
        assert (means.set_limit, means.reset_limit) == limits
    recipe = recipe_for(judge={"lasts": 3.0, "after": 2.0, "interval": 0.02}, confidence=0.8)
    means = means_of(recipe, make_profile())
    assert (means.judged_after, means.judged_for, means.confidence) == (2.0, 3.0, 0.8)
    assert means.aperture == 10e-3 and means.width == 10e-3 and means.max_pulses == 200


def test_the_noise_of_the_instrument_counts_where_currents_are_small():
    profile = make_profile(contact_floor=1e-9, reset_curve=None)
    assert PROGRAM.plan(recipe_for(targets=(10e-6,), tolerance=0.01), profile)
    with pytest.raises(SettingsError, match="2 nS"):  # 100 pA at 50 mV
        PROGRAM.plan(recipe_for(targets=(0.1e-6,), tolerance=0.01), profile)


def test_what_the_last_run_learnt_is_taken():
    runs = [
        [learnt("other: a", 1.0)],
        [learnt("mine: a", 2.0)],
        [learnt("mine: a", 3.0), learnt("mine: b", 4.0)],
        [learnt("other: a", 5.0)],
        [],
    ]
    assert learnt_before(runs, "mine") == {"a": 3.0, "b": 4.0}
    assert learnt_before(runs, "nobody") == {}
    assert learnt_option({"a": 3.0}) == ('learnt={"a" = 3.0}',)


def learnt(part, value):
    return Result(name="learnt", value=value, unit="1", method="m", source="s", part=part)


def test_results_tell_declared_true_and_what_it_cost():
    bench = bench_answering(40, 45, 50, 53, 40, 59, 59.4)
    recipe = recipe_for(targets=(50e-6, 60e-6), judge={"lasts": 1.0})
    rows = frame(program(bench, recipe))
    table = judged(rows)
    assert table["pulses"].to_list() == [2, 1]
    assert table["true"].to_list() == [0.0, 1.0]
    assert table["reads"].to_list() == [3, 2]
    assert table["stress"][0] == pytest.approx((1.0 + 1.05) * 10e-3)
    pulses = 10e-3 * (1.0 * 45e-6 + 1.05**2 * 50e-6)
    looks = 0.05**2 * 10e-3 * (40e-6 + 45e-6 + 50e-6)
    assert table["energy"][0] == pytest.approx(pulses + looks)
    found = by_name(PROGRAM.results(rows, recipe))
    values = numbers(found.values())
    assert values["declared"] == 2 and values["true"] == 1
    assert values["true_share"] == values["false_accept_share"] == 0.5
    missed = rows.copy()
    missed.loc[missed["target_index"] == 0, "verdict"] = "pulse budget"
    values_then = numbers(PROGRAM.results(missed, recipe))
    assert values_then["false_accept_share"] == 0 and values_then["declared"] == 1
    assert values["predicted_share"] == pytest.approx(0.8)
    assert values["median_pulses"] == 1.5
    assert values["median_observation_time"] == pytest.approx(0.025)
    intervals = {name for name, one in found.items() if one.interval is not None}
    assert {"declared_share", "true_share", "false_accept_share", "predicted_share"} <= intervals
    said = PROGRAM.summary(rows, recipe)
    assert [row[-1] for row in said.rows] == ["no", "yes"]
    assert any("false accepts" in note for note in said.notes)


def test_the_plan_says_the_most_that_may_be_applied():
    bench = bench_answering(50)
    planned = PROGRAM.plan(recipe_for(pulses={"most": 5}), bench.profile)
    assert planned.budget == 5 and planned.pulses == 5
    assert {one.what for one in planned.planned} >= {"SET pulse + read", "look"}
    levels = [one.stimulus.amplitude for one in planned.planned if isinstance(one.stimulus, Pulse)]
    assert max(levels) == 2.6 and min(levels) == -2.6


def test_an_algorithm_that_is_none_is_refused():
    with pytest.raises(ValueError, match="no AlgorithmKind"):
        recipe_for(algorithm="not_one")
