"""The plan binds: what it does not cover is refused, and both are named."""

import random
from dataclasses import replace
from typing import Annotated, NamedTuple

import pytest
from legal_stimuli import KINDS, LIMITS, PROFILE, legal

from mho.bench import Plan, Planned, PlannedBias
from mho.bench.guard import GuardedBench
from mho.device.profile import Dose
from mho.errors import LimitError
from mho.frozen import Frozen
from mho.job import Job
from mho.laboratory import read_setup
from mho.plugin_kinds import MeasurementProtocol
from mho.quantities import Amperes
from mho.recording.columns import LongName
from mho.run import execute
from mho.settings import SettingsFile
from mho.stimuli import Hold, Pulse, PulseTrain, Read, Source, Sweep
from mho.testing.noting_bench import NotingBench
from mho.testing.profiles import make_limits, make_profile

READ = Read(voltage=0.1, aperture=1e-3, compliance=1e-4)
PULSE = Pulse(terminal="TE", amplitude=1.0, width=1e-3, compliance=1e-3, rest=1e-3, verify=READ)


def plan_of(*stimuli, at_most=3, biases=(), budget=None):
    planned = tuple(Planned(what="it", stimulus=one, at_most=at_most) for one in stimuli)
    return Plan(planned=planned, duration=1.0, biases=biases, budget=budget)


def bound(plan, **changes):
    limits = {name: make_limits(sources_current=True) for name in ("TE", "gate")}
    bench = NotingBench(make_profile(**changes), limits)
    guarded = GuardedBench(bench)
    guarded.bind(plan)
    return bench, guarded


def refusals_of(action, *arguments):
    with pytest.raises(LimitError) as caught:
        action(*arguments)
    return "\n".join(caught.value.refusals)


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        (replace(PULSE, amplitude=1.1), "level 1.1 V is above 1 V, what the plan covers"),
        (replace(PULSE, amplitude=-0.1), "level -100 mV is below 0 V, what the plan covers"),
        (replace(PULSE, compliance=2e-3), "compliance of level 2 mA is above 1 mA, what the plan"),
        (replace(PULSE, terminal="gate"), "pulse at gate: level 1 V is above 0 V, what the plan"),
        (
            replace(PULSE, verify=replace(READ, voltage=-0.1)),
            "read level -100 mV is below 0 V, what the plan covers",
        ),
        (
            replace(PULSE, amplitude=1e-4, source=Source.CURRENT, verify=None),
            "level 100 uA is above 0 A, what the plan covers",
        ),
        (
            replace(PULSE, verify=replace(READ, terminal="gate")),
            "pulse at gate: read level 100 mV is above 0 V, what the plan covers",
        ),
        (
            PulseTrain(
                terminal="TE", amplitudes=(1.0,) * 4, width=1e-3, rest=1e-3, compliance=1e-3
            ),
            "0 programming pulses were applied at TE in this run and 4 more would exceed the 3 "
            "that the plan covers",
        ),
        (
            Sweep(
                terminal="TE", levels=(0.5, 1.0, 1.5), dwell=1e-3, aperture=1e-4, compliance=1e-3
            ),
            "level 1.5 V is above 1 V, what the plan covers",
        ),
    ],
)
def test_what_the_plan_does_not_cover_is_refused_and_both_are_named(asked, named):
    bench, guarded = bound(plan_of(PULSE))
    assert named in refusals_of(guarded.apply, asked)
    assert bench.applied == []
    guarded.apply(PULSE)


def test_pulses_are_bound_terminal_by_terminal():
    read = Hold(terminal="gate", level=1.0, count=1, interval=1e-3, aperture=1e-3, compliance=1e-3)
    bench, guarded = bound(plan_of(PULSE, read))
    for _ in range(3):
        guarded.apply(PULSE)
    assert "3 programming pulses were applied at TE" in refusals_of(guarded.apply, PULSE)
    other = replace(PULSE, terminal="gate", verify=None)
    assert "would exceed the 0 that the plan covers" in refusals_of(guarded.apply, other)
    guarded.apply(read)  # what only reads goes on
    assert len(bench.applied) == 4


def test_a_budget_is_fewer_than_everything_that_is_planned():
    other = replace(PULSE, amplitude=-1.0)
    plan = plan_of(PULSE, other, at_most=10, budget=12)
    assert (plan.pulses, plan.pulses_at) == (12, {"TE": 12})
    _, guarded = bound(plan)
    for number in range(12):
        guarded.apply(other if number % 2 else PULSE)
    assert "the 12 that the plan covers" in refusals_of(guarded.apply, PULSE)
    assert plan_of(PULSE, other, at_most=10).pulses == 20


def test_pulses_that_share_a_count_are_counted_once():
    other = replace(PULSE, amplitude=-1.0)
    up = Planned(what="up", stimulus=PULSE, at_most=10, shares="preparation")
    down = Planned(what="down", stimulus=other, at_most=10, shares="preparation")
    again = replace(up, shares="another", at_most=4)
    alone = replace(up, shares="", at_most=3)
    plan = Plan(planned=(up, down, again, alone), duration=1.0)
    assert (plan.pulses, plan.pulses_at) == (17, {"TE": 17})
    once = Plan(planned=(replace(up, shares="", at_most=17),), duration=1.0)
    assert plan.charge_at == pytest.approx(once.charge_at)


def test_a_plan_does_not_widen_what_the_device_may_suffer():
    _, guarded = bound(plan_of(PULSE, at_most=10), dose=Dose(max_pulses=2, max_charge=1.0))
    guarded.apply(PULSE)
    guarded.apply(PULSE)
    assert "1 more would exceed max_pulses = 2" in refusals_of(guarded.apply, PULSE)


def test_pulses_before_a_plan_are_not_of_it():
    bench, guarded = bound(plan_of(PULSE, at_most=2))
    guarded.apply(PULSE)
    guarded.bind(plan_of(PULSE, at_most=2))
    guarded.apply(PULSE)
    guarded.apply(PULSE)
    assert "3 programming pulses were applied" in refusals_of(guarded.apply, PULSE)
    assert len(bench.applied) == 3


def test_biases_are_planned_by_themselves():
    held = PlannedBias(what="gate", terminal="gate", levels=(0.5, 2.0), limit=1e-4)
    bench, guarded = bound(plan_of(PULSE, biases=(held,)))
    for level in (0.0, 1.0, 2.0):
        guarded.bias("gate", level, 1e-4)
    text = refusals_of(guarded.bias, "gate", 2.1, 1e-4)
    assert "held level 2.1 V is above 2 V, what the plan covers" in text
    text = refusals_of(guarded.bias, "gate", 1.0, 2e-4)
    assert "compliance of held level 200 uA is above 100 uA, what the plan covers" in text
    # a level that is covered as a pulse is none that may be held, nor the reverse
    text = refusals_of(guarded.bias, "TE", 1.0, 1e-3)
    assert "held level 1 V is above 0 V, what the plan covers" in text
    pulse = replace(PULSE, terminal="gate", amplitude=2.0)
    assert "level 2 V is above 0 V, what the plan covers" in refusals_of(guarded.apply, pulse)
    # what the profile holds it at, and 0 V, need no plan
    guarded.bias("gate", 3.0, 1e-3)
    guarded.bias("TE", 0.0, 1e-3)
    assert len(bench.biased) == 5


@pytest.mark.parametrize("kind", KINDS)
def test_a_plan_covers_what_is_in_it_and_nothing_that_is_further(kind):
    rng = random.Random(f"{kind.__name__} planned")
    for _ in range(30):
        bench = NotingBench(PROFILE, LIMITS)
        stimuli = [legal(rng, kind) for _ in range(3)]
        guarded = GuardedBench(bench)
        guarded.bind(plan_of(*stimuli, at_most=1))
        for stimulus in stimuli:
            guarded.apply(stimulus)
        assert bench.applied == stimuli
        nothing = GuardedBench(NotingBench(PROFILE, LIMITS))
        nothing.bind(plan_of())
        assert "what the plan covers" in refusals_of(nothing.apply, stimuli[0])


class Nothing(Frozen):
    pass


class Row(NamedTuple):
    current: Annotated[Amperes, LongName("Current")]


def job_that_plans(plan, run):
    protocol = MeasurementProtocol(
        name="liar", title="", recipe=Nothing, row=Row, run=run, plan=lambda *_: plan,
        summary=None, figure=None, results=lambda *_: (), progress=None,
    )  # fmt: skip
    recipe = SettingsFile(place="here", text="", data={})
    return Job(
        protocol=protocol, setup=read_setup("ideal", "resistor"), recipe_file=recipe,
        recipe=Nothing(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("planned", "applied", "named"),
    [
        (PULSE, replace(PULSE, amplitude=1.5), "level 1.5 V is above 1 V, what the plan covers"),
        (PULSE, replace(PULSE, amplitude=-1.0), "level -1 V is below 0 V, what the plan covers"),
        (replace(PULSE, amplitude=0.0), PULSE, "exceed the 0 that the plan covers"),
    ],
)
def test_a_protocol_that_lies_in_its_plan_is_stopped_before_its_first_stimulus(
    planned, applied, named, tmp_path
):
    played = []

    def run(bench, recipe):
        inner = bench._bench
        inner.apply = lambda stimulus: played.append(stimulus)
        yield Row(bench.apply(applied)[0].current)

    outcome = execute(job_that_plans(plan_of(planned), run), tmp_path)
    assert isinstance(outcome.error, LimitError)
    assert named in outcome.stop.reason and outcome.stop.rows == 0
    assert played == [] and outcome.stop.outputs_off


def test_a_protocol_that_keeps_to_its_plan_runs(tmp_path):
    def run(bench, recipe):
        for _ in range(3):
            yield Row(bench.apply(PULSE)[0].current)

    outcome = execute(job_that_plans(plan_of(PULSE), run), tmp_path)
    assert outcome.error is None and outcome.stop.rows == 3
