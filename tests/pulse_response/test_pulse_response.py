"""The sampled pulse against a bench that notes what reaches it, and on simulated devices."""

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mho.bench.guard import GuardedBench
from mho.bench.limits import refusals
from mho.protocols.pulse_response import (
    PULSE_RESPONSE,
    Phase,
    PulseResponseRecipe,
    pulse_response,
)
from mho.result import numbers
from mho.stimuli import PulseTrain, Sweep
from mho.testing.noting_bench import NotingBench
from mho.testing.protocol_runs import bench_of, frame, run_shipped

GIVEN = {"amplitude": 2.0, "width": 4e-3, "before": 2e-3, "after": 1e-3, "sample": 1e-3}


noting = partial(bench_of, NotingBench)


recipe_for = partial(PulseResponseRecipe, **GIVEN)


run = partial(run_shipped, "pulse_response")


def test_the_pulse_is_a_staircase_of_equal_samples_between_base_levels():
    bench = noting()
    rows = list(pulse_response(bench, recipe_for()))
    (sweep,) = bench.applied
    assert sweep == Sweep(
        terminal="TE",
        levels=(0.05, 0.05, 2.0, 2.0, 2.0, 2.0, 0.05),
        dwell=1e-3,
        aperture=1e-3,
        compliance=5e-3,
        read_up_to=0.05,
        is_pulse=True,
    )
    assert [row.phase for row in rows] == [Phase.BEFORE] * 2 + [Phase.PULSE] * 4 + [Phase.AFTER]
    assert [row.level for row in rows] == list(sweep.levels)
    assert [row.moment for row in rows] == pytest.approx([n * 1e-3 for n in range(1, 8)])


@pytest.mark.parametrize(("does", "polarity", "level"), [
    ("set", "positive", 2.0), ("reset", "positive", -2.0), ("reset", "negative", 2.0),
])  # fmt: skip
def test_polarity_comes_from_the_profile(does, polarity, level):
    bench = noting(set_polarity=polarity)
    list(pulse_response(bench, recipe_for(does=does, base=0.0)))
    assert bench.applied[0].levels == (0.0, 0.0, level, level, level, level, 0.0)


def test_energy_is_that_of_the_plateau():
    recipe = recipe_for(repeats=2)
    rows = frame(pulse_response(noting(), recipe))
    energy = 2.0 * (2.0 * 1e-5) * 4e-3
    assert numbers(PULSE_RESPONSE.results(rows, recipe))["energy"] == pytest.approx(energy)
    assert numbers(PULSE_RESPONSE.results(rows, recipe))["charge"] == pytest.approx(2e-5 * 4e-3)
    first, second = PULSE_RESPONSE.summary(rows, recipe).rows
    assert first[1:] == ("10 uS", "20 uA", "20 uA", "160 nJ", "80 nC", "10 uS", "no")
    assert second[0] == "2"
    voltage, current = PULSE_RESPONSE.figure(rows, recipe).panels
    assert max(voltage.lines[0].y) == 2.0 and max(current.lines[0].y) == pytest.approx(20e-6)


def test_every_pulse_is_prepared():
    bench = noting()
    prepared = ({"does": "reset", "amplitude": 2.0, "count": 2},)
    list(pulse_response(bench, recipe_for(repeats=3, preparation=prepared)))
    assert [type(s) for s in bench.applied] == [PulseTrain, Sweep] * 3
    assert bench.applied[0].amplitudes == (-2.0, -2.0)


def test_mistakes_are_refused_together_and_name_the_sample():
    with pytest.raises(ValidationError) as refused:
        recipe_for(width=4.5e-3, after=0.3e-3, aperture=2e-3)
    message = str(refused.value)
    assert "width = 4.5 ms is no multiple of sample = 1 ms" in message
    assert "after = 300 us is no multiple" in message
    assert "aperture is longer than sample" in message


spans = st.integers(0, 20)
recipes = st.tuples(
    st.floats(1e-4, 1e-1), st.integers(1, 20), spans, spans,
    st.fixed_dictionaries(
        {"amplitude": st.floats(0.01, 2.6)},
        optional={
            "does": st.sampled_from(["set", "reset"]),
            "base": st.floats(-0.1, 0.1),
            "repeats": st.integers(1, 3),
            "compliance": st.floats(1e-6, 5e-3),
            "preparation": st.just(({"does": "set", "amplitude": 1.0, "count": 2},)),
        },
    ),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(recipes)
def test_whatever_is_applied_was_planned_and_whatever_was_recorded_has_a_verdict(made):
    sample, width, before, after, given_recipe = made
    recipe = PulseResponseRecipe(
        sample=sample,
        width=width * sample,
        before=before * sample,
        after=after * sample,
        **given_recipe,
    )
    bench = noting()
    plan = PULSE_RESPONSE.plan(recipe, bench.profile)
    for planned in plan.planned:
        assert refusals(planned.stimulus, bench.profile, bench.limits) == []
    guarded = GuardedBench(bench)
    rows = list(pulse_response(guarded, recipe))
    assert guarded.dose.most_pulses <= plan.pulses
    assert bench.clock.now() <= plan.duration * (1 + 1e-9)
    assert set(bench.applied) == {p.stimulus for p in plan.planned}
    assert len(rows) == recipe.repeats * (width + before + after)
    for part in (frame(rows), frame(rows[:1])):
        assert PULSE_RESPONSE.summary(part, recipe).rows
        assert PULSE_RESPONSE.figure(part, recipe).panels
        assert numbers(PULSE_RESPONSE.results(part, recipe)) is not None
    shares = [PULSE_RESPONSE.progress(row, recipe)[0] for row in rows]
    assert shares == sorted(shares) and shares[-1] == 1


def test_a_set_of_alpha_fe2o3_draws_more_current_as_it_goes_on():
    recipe, rows = run("ideal", "alpha-fe2o3", "alpha-fe2o3-set")
    pulse = frame(rows)[lambda table: table["phase"] == Phase.PULSE]
    for _, of_one in pulse.groupby("repeat"):
        assert abs(of_one["current"].iloc[-1]) > 1.1 * abs(of_one["current"].iloc[0])
    begun = rows[0].time - rows[0].moment
    for row in rows[:50]:
        assert row.time - begun == pytest.approx(row.moment, abs=1e-9)
    energy = numbers(PULSE_RESPONSE.results(frame(rows), recipe))["energy"]
    assert 0.3e-6 < energy < 2e-6


def test_cu_te_through_the_simulated_4139_takes_the_energy_of_the_ideal_bench():
    recipe, ideal = run("ideal", "cu-te", "cu-te-reset")
    _, wire = run("ni-pxie-4139", "cu-te", "cu-te-reset")
    energies = [numbers(PULSE_RESPONSE.results(frame(r), recipe))["energy"] for r in (ideal, wire)]
    assert energies[1] == pytest.approx(energies[0], rel=0.25)
