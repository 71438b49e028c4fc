"""The ISPP loop against a bench that answers with conductances written down beforehand."""

from functools import partial
from math import isnan, nan

import pytest
from pydantic import ValidationError

from mho.errors import SettingsError
from mho.protocols.ispp import ISPP, IsppRecipe, Phase, Verdict, ispp
from mho.protocols.ispp.recipe import first_reset_amplitude
from mho.readings import Trace
from mho.result import numbers
from mho.stimuli import Hold, Pulse
from mho.testing.noting_bench import NotingBench
from mho.testing.profiles import make_profile
from mho.testing.protocol_runs import bench_of, frame


def bench_answering(*micro_siemens: float, **changes: object) -> NotingBench:
    return bench_of(NotingBench, [g * 1e-6 for g in micro_siemens], **changes)


recipe_for = partial(IsppRecipe, targets=(50e-6,), reset={"amplitude": 0.5, "limit": 0.55})


def amplitudes(bench: NotingBench) -> list[float]:
    return [round(s.amplitude, 6) for s in bench.applied if isinstance(s, Pulse)]


def test_set_first_then_depression_grows_by_the_step_until_one_read_is_inside():
    bench = bench_answering(1000, 400, 90, 51.4)
    rows = list(ispp(bench, recipe_for()))
    assert amplitudes(bench) == [2.0, -0.5, -0.51, -0.52]
    assert [row.verdict for row in rows] == ["above", "above", "above", "reached"]
    assert [row.pulse for row in rows] == [1, 2, 3, 4]
    assert rows[-1].conductance == pytest.approx(51.4e-6)


def test_a_row_holds_the_pulse_and_the_read_after_it():
    (row,) = ispp(bench_answering(50), recipe_for())
    assert (row.amplitude, row.width) == (2.0, 10e-3)
    assert row.pulse_current == pytest.approx(2.0 * 50e-6)
    assert (row.voltage, row.current) == pytest.approx((0.05, 0.05 * 50e-6))
    assert row.conductance == pytest.approx(50e-6) and (row.reads, row.target) == (1, 50e-6)


def test_after_an_undershoot_it_sets_at_the_first_amplitude_then_grows():
    bench = bench_answering(1000, 40, 1000, 40, 1000, 50)
    list(ispp(bench, recipe_for()))
    assert amplitudes(bench) == [2.0, -0.5, 2.0, -0.51, 2.01, -0.52]


@pytest.mark.parametrize(
    ("rule", "after"), [("continue", -0.53), ("step back", -0.51), ("restart", -0.5)]
)
def test_the_rule_after_a_set(rule, after):
    bench = bench_answering(1000, 200, 100, 40, 1000, 50)
    list(ispp(bench, recipe_for(after_set=rule, step_back=2)))
    assert amplitudes(bench) == [2.0, -0.5, -0.51, -0.52, 2.0, after]


def test_polarity_comes_from_the_profile():
    bench = bench_answering(1000, 400, 50, set_polarity="negative")
    list(ispp(bench, recipe_for()))
    assert amplitudes(bench) == [-2.0, 0.5, 0.51]


@pytest.mark.parametrize("edge", [50 * 0.97 + 1e-9, 50 * 1.03 - 1e-9])
def test_the_edges_of_the_tolerance_count(edge):
    rows = list(ispp(bench_answering(edge), recipe_for()))
    assert [row.verdict for row in rows] == [Verdict.REACHED]


@pytest.mark.parametrize("outside", [50 * 0.97 - 1e-6, 50 * 1.03 + 1e-6])
def test_just_outside_does_not_count(outside):
    rows = list(ispp(bench_answering(outside), recipe_for(max_pulses=2)))
    assert rows[-1].verdict == Verdict.PULSE_BUDGET


def test_amplitudes_grow_no_further_than_their_limit_which_then_ends_the_target():
    falling = [1000 - n for n in range(60)]
    bench = bench_answering(*falling)
    rows = list(ispp(bench, recipe_for()))
    assert min(amplitudes(bench)) == -0.55
    assert amplitudes(bench).count(-0.55) == 5
    assert rows[-1].verdict == Verdict.AMPLITUDE_LIMIT


def test_a_device_that_does_not_move_is_stuck():
    rows = list(ispp(bench_answering(100), recipe_for(stuck_after=12, reset={"amplitude": 0.5})))
    assert rows[-1].verdict == Verdict.STUCK
    assert len(rows) == 1 + 12


def test_a_device_that_moves_slowly_is_not_stuck():
    falling = [100 * 0.99**n for n in range(80)]
    rows = list(
        ispp(bench_answering(*falling), recipe_for(stuck_after=12, reset={"amplitude": 1.0}))
    )
    assert rows[-1].verdict == Verdict.REACHED


def test_lost_contact_is_confirmed_by_reads_without_pulses():
    bench = bench_answering(1000, 0.0)
    rows = list(ispp(bench, recipe_for(check={"reads": 10})))
    assert rows[-1].verdict == Verdict.CONTACT_LOST
    assert [type(s) for s in bench.applied] == [Pulse, Pulse, Hold]
    assert all(row.phase is Phase.TUNING for row in rows)


def test_one_silent_read_is_not_yet_a_lost_contact():
    bench = bench_answering(1000, 0.0, 60, 50)
    rows = list(ispp(bench, recipe_for()))
    assert [row.verdict for row in rows] == ["above", "below", "reached"]


def test_the_check_is_the_mean_of_many_reads_some_time_later():
    bench = bench_answering(50, 52)
    check = {"delay": 1.0, "interval": 10e-3, "reads": 100}
    tuned, checked = ispp(bench, recipe_for(check=check))
    assert checked.phase is Phase.CHECK
    assert checked.verdict is tuned.verdict is Verdict.REACHED
    assert checked.conductance == pytest.approx(52e-6)
    assert checked.reads == 100
    assert checked.spread == pytest.approx(0, abs=1e-12)
    assert checked.time - tuned.time == pytest.approx(1 + 1, rel=1e-3)
    assert isnan(checked.amplitude)


def test_each_target_begins_with_a_full_set():
    bench = bench_answering(1000, 50, 1000, 20)
    rows = list(ispp(bench, recipe_for(targets=(50e-6, 20e-6))))
    assert amplitudes(bench) == [2.0, -0.5, 2.0, -0.5]
    assert [row.target_index for row in rows] == [0, 0, 1, 1]


def test_the_first_reset_amplitude_comes_from_the_curve_of_the_profile():
    profile = make_profile()
    recipe = recipe_for(reset={"margin": 0.25})
    assert first_reset_amplitude(recipe, profile, 200e-6) == pytest.approx(0.25)
    assert first_reset_amplitude(recipe, profile, 5.7e-6) == pytest.approx(1.75)
    middle = (200e-6 * 5.7e-6) ** 0.5
    assert first_reset_amplitude(recipe, profile, middle) == pytest.approx(1.0)
    assert first_reset_amplitude(recipe, profile, 900e-6) == recipe.step
    with pytest.raises(SettingsError, match="no reset_curve"):
        ISPP.plan(recipe, make_profile(reset_curve=None))


def test_the_plan_bounds_every_pulse_the_loop_applies():
    recipe = recipe_for(check={"reads": 10})
    profile = make_profile()
    plan = ISPP.plan(recipe, profile)
    bench = bench_answering(*[1000 - n for n in range(60)], *[10 + 0.5 * n for n in range(60)])
    list(ispp(bench, recipe))
    worst = [p.stimulus.amplitude for p in plan.planned if isinstance(p.stimulus, Pulse)]
    assert min(worst) <= min(amplitudes(bench)) and max(amplitudes(bench)) <= max(worst)
    assert len(amplitudes(bench)) <= plan.pulses
    assert bench.clock.now() <= plan.duration


def test_a_read_that_overflows_is_above_the_target_and_no_lost_contact():
    """A current beyond the range of the read leaves NaN; SET would push a short further."""

    class Overflowing(NotingBench):
        def apply(self, stimulus):
            readings = super().apply(stimulus)
            return Trace(tuple(r._replace(current=nan, in_compliance=True) for r in readings))

    bench = bench_of(Overflowing)
    rows = list(ispp(bench, recipe_for(max_pulses=4)))
    assert [amplitude > 0 for amplitude in amplitudes(bench)] == [True, False, False, False]
    assert rows[-1].verdict is Verdict.PULSE_BUDGET
    assert not any(isinstance(stimulus, Hold) for stimulus in bench.applied)


@pytest.mark.parametrize(
    ("target", "message"),
    [(50e-9, "would pass for a lost contact"), (1.95e-3, "draws more than the read_compliance")],
)
def test_a_target_that_cannot_be_read_is_refused_before_any_pulse(target, message):
    bench = bench_answering(50)  # floor 50 nS; 100 uA at 50 mV are 2 mS
    recipe = recipe_for(targets=(50e-6, target))
    for ask in (lambda: ISPP.plan(recipe, bench.profile), lambda: list(ispp(bench, recipe))):
        with pytest.raises(SettingsError, match=message):
            ask()
    assert bench.applied == []
    assert ISPP.plan(recipe_for(targets=(60e-9, 1.9e-3)), bench.profile).pulses


def test_fields_that_contradict_one_another_are_refused():
    with pytest.raises(ValidationError, match=r"amplitude 2.5 V is above limit 2.3 V"):
        recipe_for(set={"amplitude": 2.5})
    with pytest.raises(ValidationError, match="amplitude 600 mV is above limit 550 mV"):
        recipe_for(reset={"amplitude": 0.6, "limit": 0.55})
    with pytest.raises(ValidationError, match=r"check.interval 5 ms is shorter than read.aperture"):
        recipe_for(check={"interval": 5e-3})


def test_no_target_is_pulsed_through_a_lost_contact():
    bench = bench_answering(0)
    recipe = recipe_for(targets=(50e-6, 60e-6, 70e-6))
    rows = list(ispp(bench, recipe))
    assert [row.verdict for row in rows] == [Verdict.CONTACT_LOST]
    assert amplitudes(bench) == [2.0]


@pytest.mark.parametrize(
    ("mean", "true"), [(30, "no"), (48.4, "no"), (48.6, "yes"), (51.4, "yes"), (51.6, "no")]
)
def test_a_target_is_true_if_the_mean_of_the_check_lies_within_the_tolerance(mean, true):
    recipe = recipe_for(check={"reads": 100})
    rows = frame(ispp(bench_answering(50, mean), recipe))
    summary = ISPP.summary(rows, recipe)
    assert dict(zip(summary.headers, summary.rows[0], strict=True))["true"] == true
    assert f"{int(true == 'yes')} of 1 true" in summary.notes[1]
    assert numbers(ISPP.results(rows, recipe))["true"] == (true == "yes")


def test_changes_of_polarity_are_counted_in_a_target_that_is_missed():
    # Full SET, one RESET too deep, SET, RESET, and on like that to the end of the budget.
    recipe = recipe_for(max_pulses=7)
    rows = frame(ispp(bench_answering(60, 40, 60, 40, 60, 40, 60), recipe))
    assert numbers(ISPP.results(rows, recipe))["reversals"] == 6
    reached = frame(ispp(bench_answering(60, 50), recipe))
    (none,) = [one for one in ISPP.results(reached, recipe) if one.name == "reversals"]
    assert none.value is None and none.undetermined
