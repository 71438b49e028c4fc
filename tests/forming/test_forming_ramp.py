"""The forming loop against a bench that answers with conductances written down beforehand."""

from functools import partial
from math import nan

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mho.bench.guard import GuardedBench
from mho.job import read_job
from mho.protocols.forming import FORMING, FormingRecipe, Phase, Stop, Verdict, forming
from mho.readings import Trace
from mho.result import by_name, numbers
from mho.stimuli import Hold, Pulse, Sweep
from mho.testing.noting_bench import NotingBench
from mho.testing.profiles import make_limits, make_profile
from mho.testing.protocol_runs import bench_of, frame, run_shipped

PRISTINE, FORMED, SHORT = 1e-7, 1e-4, 5e-2


class Pristine(NotingBench):
    """Forms at a voltage (V) to a conductance (S); one that lasts no longer than the level if
    ``volatile``."""

    state, at, to, volatile = PRISTINE, 1.0, FORMED, False

    def next_conductance(self, stimulus):
        if isinstance(stimulus, Hold):
            return self.state
        levels = stimulus.levels if isinstance(stimulus, Sweep) else (stimulus.amplitude,)
        if max(map(abs, levels)) >= self.at - 1e-9:
            if self.volatile:
                return self.to
            self.state = self.to
        return self.state


run = partial(run_shipped, "forming")
bench = partial(bench_of, Pristine)
recipe_for = partial(
    FormingRecipe,
    start=0.8,
    limit=1.2,
    step=0.1,
    width=1e-3,
    formed_below=1e5,
    damaged_below=100,
    reads=2,
)


def played(on: NotingBench) -> list[float]:
    return [round(s.amplitude, 9) for s in on.applied if isinstance(s, Pulse)]


def test_pulses_grow_until_a_read_is_low_enough_then_stop():
    on = bench()
    rows = list(forming(on, recipe_for()))
    assert played(on) == [0.8, 0.9, 1.0]
    assert [row.phase for row in rows] == ["before", "step", "step", "step", "after"]
    assert [row.stop for row in rows] == ["none"] * 3 + ["resistance"] * 2
    assert [row.verdict for row in rows] == ["going on"] * 4 + ["formed"]
    assert rows[-1].conductance == pytest.approx(FORMED)


def test_levels_start_above_zero_and_follow_the_polarity():
    on = bench(at=9)
    list(forming(on, recipe_for(start=0, limit=0.3, polarity="reset")))
    assert played(on) == [-0.1, -0.2, -0.3]
    on = bench(at=9)
    on.profile = make_profile(set_polarity="negative")
    list(forming(on, recipe_for(start=0.2, limit=0.2)))
    assert played(on) == [-0.2]


def test_the_last_level_without_success_is_not_formed():
    rows = list(forming(bench(at=2), recipe_for()))
    assert (rows[-1].stop, rows[-1].verdict) == (Stop.LIMIT, Verdict.NOT_FORMED)
    assert rows[-1].step == 5


def test_a_short_is_damaged():
    rows = list(forming(bench(to=SHORT), recipe_for()))
    assert (rows[-1].stop, rows[-1].verdict) == (Stop.RESISTANCE, Verdict.DAMAGED)


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        (FORMED, Verdict.ALREADY_FORMED),
        (SHORT, Verdict.DAMAGED),
        (1e-9, Verdict.CONTACT_LOST),
        (float("nan"), Verdict.CONTACT_LOST),
    ],
)
def test_a_device_that_needs_no_forming_is_left_alone(state, verdict):
    on = bench(state=state)
    rows = list(forming(on, recipe_for()))
    assert [row.verdict for row in rows] == [verdict]
    assert not played(on)


class Noisy(Pristine):
    """Readings scatter about the state and an offset (S)."""

    noise, offset = 0.0, 0.0

    def apply(self, stimulus):
        """One reading above, the next below."""
        return Trace(
            tuple(
                reading._replace(
                    current=reading.current
                    + reading.voltage * (self.offset + (-1) ** at * self.noise)
                )
                for at, reading in enumerate(super().apply(stimulus))
            )
        )


@pytest.mark.parametrize(
    ("state", "noise", "offset", "lost"),
    [
        (1e-9, 1e-9, 0.0, True),
        (1e-9, 2e-7, 0.0, False),  # the floor of 50 nS is within the noise
        (1e-9, 1e-9, -1e-7, False),  # or within the accuracy of the instrument
        (0.0, 2e-7, 0.0, False),  # so would a probe in the air be
    ],
)
def test_reads_that_do_not_resolve_the_floor_do_not_doubt_the_contact(state, noise, offset, lost):
    on = bench_of(Noisy, state=state, noise=noise, offset=offset, at=1.0, to=state)
    rows = list(forming(on, recipe_for(reads=20)))
    assert (rows[0].verdict is Verdict.CONTACT_LOST) is lost
    assert rows[-1].verdict is (Verdict.CONTACT_LOST if lost else Verdict.NOT_FORMED)
    assert bool(played(on)) is not lost


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("instrument", ["keithley-4200a", "ni-pxie-4139"])
def test_every_pristine_cell_is_formed_by_every_instrument(instrument, seed):
    _, rows = run(instrument, "cu-te-pristine", "cu-te-ramp", seed=seed)
    assert rows[-1].verdict is Verdict.FORMED


def test_contact_lost_on_the_way_shows_in_the_end():
    rows = list(forming(bench(to=0.0), recipe_for()))
    assert (rows[-1].stop, rows[-1].verdict) == (Stop.LIMIT, Verdict.CONTACT_LOST)


def test_a_jump_of_the_current_stops_though_no_read_confirms_it():
    jump = {"factor": 10, "least_current": 1e-6}
    on = bench(volatile=True)
    on.apply = _forgetting(on)
    rows = list(forming(on, recipe_for(jump=jump)))
    assert (rows[-1].stop, rows[-1].verdict) == (Stop.JUMP, Verdict.NOT_FORMED)
    assert played(on) == [0.8, 0.9, 1.0]
    on = bench(volatile=True)
    on.apply = _forgetting(on)
    rows = list(forming(on, recipe_for(jump={"factor": 10, "least_current": 1e-3})))
    assert rows[-1].stop is Stop.LIMIT


def _forgetting(on):
    """Verify reads see the resting state, whatever the pulse drew."""
    original = on.apply

    def apply(stimulus):
        trace = original(stimulus)
        if isinstance(stimulus, Pulse):
            pulse, read = trace.readings
            return Trace((pulse, read._replace(current=read.voltage * on.state)))
        return trace

    return apply


def test_energy_stops():
    # 1 ms at 0.8, 0.9, 1.0 V and 0.1 uS: 64, 81, 100 pJ
    on = bench(at=9)
    rows = list(forming(on, recipe_for(energy=150e-12)))
    assert [row.energy for row in rows] == pytest.approx([0, 64e-12, 145e-12, 245e-12, 245e-12])
    assert rows[-1].stop is Stop.ENERGY


def test_a_ramp_looks_after_each_group_of_levels_and_sweeps_back():
    on = bench()
    rows = list(forming(on, recipe_for(method="ramp", levels_at_once=2, back=True)))
    assert [type(s) for s in on.applied] == [Hold, Sweep, Hold, Sweep, Hold, Sweep, Hold]
    sweeps = [s.levels for s in on.applied if isinstance(s, Sweep)]
    assert sweeps[0] == pytest.approx((0.8, 0.9)) and sweeps[1] == pytest.approx((1.0, 1.1))
    assert sweeps[2] == pytest.approx((1.1, 1.0, 0.9, 0.8, 0.0))
    steps = [row for row in rows if row.phase is Phase.STEP]
    assert [row.reads for row in steps] == [0, 1, 0, 1]
    assert [row.step for row in steps] == [1, 2, 3, 4]
    assert rows[-1].verdict is Verdict.FORMED


@pytest.mark.parametrize("method", ["ramp", "pulses"])
def test_the_current_limit_ends_forming_if_asked(method):
    class Limited(Pristine):
        """In compliance from 1 V on; a sweep that may stop there does."""

        def apply(self, stimulus):
            readings = [r._replace(in_compliance=r.voltage > 0.99) for r in super().apply(stimulus)]
            if isinstance(stimulus, Sweep) and stimulus.stop_in_compliance:
                first = next((i for i, r in enumerate(readings) if r.in_compliance), len(readings))
                readings = readings[: first + 1]
            return Trace(tuple(readings))

    on = Limited(make_profile(), {"TE": make_limits(), "gate": make_limits()}, [])
    on.at = 5.0  # never forms
    asked = recipe_for(method=method, levels_at_once=100, stop_in_compliance=True, back=True)
    rows = list(forming(on, asked))
    steps = [row for row in rows if row.phase is Phase.STEP]
    assert [row.level for row in steps] == pytest.approx([0.8, 0.9, 1.0])
    assert steps[-1].stop is Stop.COMPLIANCE and steps[-1].in_compliance and steps[-1].reads == 1
    back = [row.level for row in rows if row.phase is Phase.BACK]
    assert back == pytest.approx([1.0, 0.9, 0.8, 0.0])
    assert rows[-1].stop is Stop.COMPLIANCE and rows[-1].verdict is Verdict.NOT_FORMED


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"start": 2}, "above limit"),
        ({"damaged_below": 1e6}, "must be less than formed_below"),
        ({"step": 1e-6}, "more than 10000 levels"),
        ({"jump": {"factor": 1}}, "greater than 1"),
        ({"reads": 1}, "greater than or equal to 2"),
    ],
)
def test_the_recipe_refuses(changes, message):
    with pytest.raises(ValidationError, match=message):
        recipe_for(**changes)


recipes = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["ramp", "pulses"]),
        "start": st.floats(0, 1),
        "limit": st.floats(1, 2.5),
        "step": st.floats(0.02, 1),
        "width": st.none() | st.floats(1e-3, 0.1),
        "rest": st.sampled_from([0, 1e-3]),
        "levels_at_once": st.integers(1, 30),
        "back": st.booleans(),
        "stop_in_compliance": st.booleans(),
        "jump": st.none() | st.just({}),
        "energy": st.none() | st.floats(1e-12, 1e-3),
        "formed_below": st.just(1e5),
        "damaged_below": st.just(100),
        "reads": st.integers(2, 5),
    }
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(recipes, st.floats(0, 3), st.sampled_from([FORMED, SHORT, 0.0, -1e-6]))
def test_whatever_is_asked_stays_within_plan_and_limits_and_is_reported(fields, at, to):
    recipe, on = FormingRecipe(**fields), bench(at=at, to=to)
    plan = FORMING.plan(recipe, on.profile)
    with GuardedBench(on) as guarded:
        rows = list(forming(guarded, recipe))
    for kind in (Pulse, Sweep, Hold):
        bounds = [one for one in plan.planned if isinstance(one.stimulus, kind)]
        applied = [s for s in on.applied if isinstance(s, kind)]
        assert len(applied) <= sum(one.at_most for one in bounds)
        highest = max((_highest(one.stimulus) for one in bounds), default=0)
        assert all(_highest(s) <= highest * (1 + 1e-9) for s in applied)
    assert len(played(on)) <= plan.pulses
    assert on.clock.now() <= plan.duration * (1 + 1e-9)
    assert rows[-1].verdict is not Verdict.GOING_ON
    assert all(row.verdict is Verdict.GOING_ON for row in rows[:-1])
    frame = pd.DataFrame(rows)
    assert FORMING.summary(frame, recipe).rows and FORMING.figure(frame, recipe).panels
    assert all(0 <= FORMING.progress(row, recipe)[0] <= 1 for row in rows)


def _highest(stimulus):
    match stimulus:
        case Pulse():
            return abs(stimulus.amplitude)
        case Sweep():
            return max(map(abs, stimulus.levels))
        case Hold():
            return abs(stimulus.level)


@pytest.mark.parametrize("bench_name", ["ideal", "ni-pxie-4139"])
@pytest.mark.parametrize("recipe", ["cu-te-ramp", "stepped-pulses"])
def test_a_pristine_cu_te_cell_forms_below_2_v(bench_name, recipe):
    resolved, recorded = run(bench_name, "cu-te-pristine", recipe)
    rows = frame(recorded)
    assert rows["verdict"].iloc[-1] == Verdict.FORMED
    table = dict(FORMING.summary(rows, resolved).rows)
    assert 1.5 < float(table["forming voltage"].split()[0]) < 2
    if recipe == "cu-te-ramp":  # published: 1 kohm, limited by the device itself
        assert rows["conductance"].iloc[-1] == pytest.approx(1e-3, rel=0.25)
        assert "limited itself" in table["current limit"]


@pytest.mark.parametrize("bench_name", ["ideal", "keithley-4200a"])
def test_the_instrument_ends_a_ramp_in_compliance(bench_name):
    _, rows = run(bench_name, "cu-te-pristine", "ramp-to-compliance")
    steps = [row for row in rows if row.phase is Phase.STEP]
    assert [row.in_compliance for row in steps] == [False] * (len(steps) - 1) + [True]
    assert steps[-1].current == pytest.approx(500e-6, rel=1e-2)
    assert 1.5 < steps[-1].level < 2.2
    assert rows[-1].stop is Stop.COMPLIANCE and rows[-1].verdict is Verdict.FORMED


def test_a_bench_that_cannot_stop_in_compliance_says_so():
    job = read_job("forming", "ni-pxie-4139", "cu-te-pristine", "ramp-to-compliance")
    assert any("cannot stop a sweep in compliance" in refusal for refusal in job.refusals())


@pytest.mark.parametrize(("device", "verdict"), [("cu-te", "already formed"), ("open", "contact")])
def test_a_formed_cell_and_an_open_probe_are_left_alone(device, verdict):
    _, (row,) = run("ideal", device, "stepped-pulses")
    assert verdict in row.verdict


class Unknown(Pristine):
    """In compliance from 1 V on, where it does not know its voltage; reads see the old state."""

    def apply(self, stimulus):
        readings = list(super().apply(stimulus))
        if isinstance(stimulus, Pulse) and stimulus.amplitude > 0.99:
            readings[0] = readings[0]._replace(voltage=nan, current=5e-4, in_compliance=True)
            readings[1] = readings[1]._replace(current=readings[1].voltage * PRISTINE)
        return Trace(tuple(readings))


def unknown(**changes: object) -> Unknown:
    found = Unknown(make_profile(), {"TE": make_limits(), "gate": make_limits()})
    for name, value in changes.items():
        setattr(found, name, value)
    return found


def test_energy_counts_a_level_in_compliance_whose_voltage_is_not_known_at_its_most():
    # 1 ms at 1.0 V and 0.5 mA: 500 nJ
    rows = list(forming(unknown(at=9), recipe_for(energy=400e-9)))
    assert rows[-1].stop is Stop.ENERGY
    assert rows[-1].energy == pytest.approx(500e-9, rel=1e-3)


def test_a_jump_into_compliance_is_a_jump():
    rows = list(forming(unknown(at=9), recipe_for(jump={"factor": 10, "least_current": 1e-6})))
    assert rows[-1].stop is Stop.JUMP
    assert rows[-2].level == pytest.approx(1.0)


def test_a_read_that_overflows_stops_forming_and_is_damage_not_a_lost_contact():
    class Shorted(Pristine):
        def apply(self, stimulus):
            readings = list(super().apply(stimulus))
            if self.state == SHORT:
                readings[-1] = readings[-1]._replace(current=nan, in_compliance=True)
            return Trace(tuple(readings))

    on = Shorted(make_profile(), {"TE": make_limits(), "gate": make_limits()})
    on.to = SHORT
    rows = list(forming(on, recipe_for()))
    assert played(on) == [0.8, 0.9, 1.0]
    assert (rows[-1].stop, rows[-1].verdict) == (Stop.RESISTANCE, Verdict.DAMAGED)
    assert rows[-1].in_compliance and not rows[0].in_compliance


def test_what_did_not_form_has_no_forming_voltage():
    recipe = recipe_for()
    rows = frame(forming(bench(at=9), recipe))
    found = by_name(FORMING.results(rows, recipe))
    assert found["outcome"].value == "not formed"
    assert found["forming_voltage"].value is None and found["forming_voltage"].undetermined
    rows = frame(forming(bench(), recipe))
    assert numbers(FORMING.results(rows, recipe))["forming_voltage"] == pytest.approx(1.0)


def test_resistances_before_and_after_are_those_that_were_read():
    recipe, rows = run("ideal", "cu-te-pristine", "stepped-pulses")
    table = frame(rows)
    found = by_name(FORMING.results(table, recipe))
    for phase in ("before", "after"):
        read = table[table["phase"] == phase].iloc[0]
        result = found[f"resistance_{phase}"]
        low, high = result.interval
        error = read["spread"] / read["reads"] ** 0.5
        assert result.value == pytest.approx(1 / read["conductance"])
        assert low < 1 / (read["conductance"] + error) < result.value < high
    assert found["outcome"].value == "formed"
