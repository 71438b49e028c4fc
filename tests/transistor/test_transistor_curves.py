"""Transfer and output curves: what is applied, what is told, plan and benches."""

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mho.bench.guard import GuardedBench
from mho.bench.plan_refusals import plan_refusals
from mho.device.profile import DeviceProfile, TerminalLimits
from mho.protocols.transistor import TRANSISTOR, Curve, TransistorRecipe, Verdict, transistor
from mho.readings import Reading, Trace
from mho.result import numbers
from mho.stimuli import Family, Hold
from mho.testing.noting_bench import NotingBench
from mho.testing.profiles import make_limits, make_profile
from mho.testing.protocol_runs import bench_of, run_shipped

KP, RATIO, VTH, LAMBDA = 50e-6, 10, 0.5, 0.05


class LevelOne(NotingBench):
    """The level-1 transistor, exactly."""

    def apply(self, stimulus):
        self.events.append(stimulus)
        trace = super().apply(stimulus)
        along = list(stimulus.score().at(stimulus.terminal))
        if isinstance(stimulus, Family):
            gates = [p.level for p in stimulus.score().at(stimulus.stepped)]
        else:
            gates = [self.biased[-1][1]] * len(along)
        read = [(gate, p.level) for gate, p in zip(gates, along, strict=True) if p.aperture]
        readings = [
            Reading(r.time, drain, self.current(gate, drain), False)
            for r, (gate, drain) in zip(trace, read, strict=True)
        ]
        return Trace(tuple(readings))

    def bias(self, terminal, level, compliance):
        super().bias(terminal, level, compliance)
        self.events.append((terminal, level))

    def current(self, gate, drain):
        over = max(gate - VTH, 0.0)
        beta = KP * RATIO
        if drain < over:
            return beta * (over - drain / 2) * drain * (1 + LAMBDA * drain)
        return beta / 2 * over**2 * (1 + LAMBDA * drain)


def nmos(**changes: object) -> DeviceProfile:
    terminals = {
        "drain": TerminalLimits(min_voltage=0, max_voltage=4, max_compliance=60e-3),
        "gate": TerminalLimits(
            min_voltage=0, max_voltage=4, max_compliance=1e-3, bias=3.0, bias_compliance=1e-3
        ),
    }
    return make_profile(write_at="drain", terminals=terminals, **changes)


def bench() -> LevelOne:
    return bench_of(LevelOne, profile=nmos())


class Lost(LevelOne):
    """Draws nothing any more after so many stimuli."""

    lost_after = 0

    def current(self, gate, drain):
        lost = sum(isinstance(event, Hold | Family) for event in self.events) > self.lost_after
        return 1e-12 if lost else super().current(gate, drain)


TRANSFER = {"gate": (0, 3), "gate_step": 0.1, "drain": 0.1}
OUTPUT = {"gates": (1.5, 3), "drain": (0, 4), "drain_step": 0.02}


@pytest.mark.parametrize(("lost_after", "transfer", "rows", "curve"), [
    (0, TRANSFER, 31, Curve.TRANSFER),
    (31, TRANSFER, 31 + 2 * 201, Curve.OUTPUT),
    (0, None, 2 * 201, Curve.OUTPUT),
])  # fmt: skip
def test_a_curve_without_current_ends_the_run(lost_after, transfer, rows, curve):
    on = bench_of(Lost, profile=nmos(), lost_after=lost_after)
    recipe = TransistorRecipe(transfer=transfer, output=OUTPUT)
    points = list(transistor(on, recipe))
    assert len(points) == rows and points[-1].curve is curve
    lost = [point.verdict is Verdict.CONTACT_LOST for point in points]
    assert lost == [False] * (rows - 1) + [True]
    assert on.biased[-1] == ("gate", 3.0, recipe.gate_compliance)
    assert "the contact was lost" in " ".join(
        TRANSISTOR.summary(pd.DataFrame(points), recipe).notes
    )


def test_points_come_as_they_are_measured():
    """And not when the next one is there: a run may be killed between them."""
    on = bench()
    points = transistor(on, TransistorRecipe(transfer=TRANSFER, output=OUTPUT))
    for number in range(1, 31):
        next(points)
        assert len(on.applied) == number


def run(**changes):
    recipe = TransistorRecipe(**{"transfer": TRANSFER, "output": OUTPUT, **changes})
    on = bench()
    return on, recipe, list(transistor(on, recipe))


def table(rows, recipe):
    return {row[0]: row[1] for row in TRANSISTOR.summary(pd.DataFrame(rows), recipe).rows}


def test_the_gate_is_held_while_the_current_is_read_at_the_drain():
    on, _, rows = run(transfer={**TRANSFER, "gate_step": 1.0})
    gates = [event for event in on.events if isinstance(event, tuple)]
    assert gates == [("gate", v) for v in (0, 1, 2, 3, 3)]
    assert [type(s) for s in on.applied] == 4 * [Hold] + [Family]
    assert (on.applied[-1].stepped, on.applied[-1].steps) == ("gate", (1.5, 3))
    assert {s.terminal for s in on.applied} == {"drain"}
    order = [type(event).__name__ for event in on.events]
    assert order[:4] == ["tuple", "Hold", "tuple", "Hold"]
    transfer = [row for row in rows if row.curve is Curve.TRANSFER]
    assert [row.gate for row in transfer] == [0, 1, 2, 3]
    assert {row.level for row in transfer} == {0.1}
    assert [row.level for row in rows[4:7]] == pytest.approx([0, 0.02, 0.04])
    assert [row.gate for row in rows[4:]] == 201 * [1.5] + 201 * [3]


def test_output_curves_are_recorded_at_least_every_minute():
    gates = tuple(n / 10 for n in range(1, 31))
    on, _, rows = run(transfer=None, output={**OUTPUT, "gates": gates}, dwell=0.1)
    assert [len(family.steps) for family in on.applied] == [2] * 15  # 2 * 201 * 0.1 s
    assert [row.gate for row in rows[::201]] == list(gates)


def test_compliances_and_times():
    on, _, _ = run(dwell=4e-3)
    read, sweep = on.applied[0], on.applied[-1].sweep
    assert (read.compliance, sweep.compliance) == (1e-4, 5e-3)  # the profile's: read and pulse
    assert (read.interval, read.aperture, sweep.dwell, sweep.aperture) == (4e-3, 2e-3, 4e-3, 2e-3)
    on, _, _ = run(transfer={**TRANSFER, "compliance": 1e-3}, output={**OUTPUT, "compliance": 2e-3})
    assert (on.applied[0].compliance, on.applied[-1].sweep.compliance) == (1e-3, 2e-3)
    assert on.applied[-1].step_compliance == 1e-3


def test_the_gate_settles_and_goes_back_to_the_bias_of_the_profile():
    on, _, rows = run(settle=0.5, output=None, transfer={**TRANSFER, "gate_step": 1.5})
    assert rows[1].time - rows[0].time > 0.5
    assert on.biased[-1] == ("gate", 3.0, 1e-3)
    on, _, _ = run(settle=0.5, transfer=None)
    assert on.applied[0].lead == pytest.approx(0.49)  # the drain waits 10 ms by itself


def test_figures_of_merit_of_a_level_one_transistor():
    _, recipe, rows = run(width_over_length=RATIO)
    found = {name: float(text.split()[0]) for name, text in table(rows, recipe).items()}
    assert found["Vth (V)"] == pytest.approx(VTH, abs=0.02)  # its corner is sharper than the law
    assert found["gm,max (uS)"] == pytest.approx(KP * RATIO * 0.1 * 1.005 * 1e6, rel=0.1)
    assert found["lambda at VG 3 V (1/V)"] == pytest.approx(LAMBDA, rel=1e-3)
    assert found["lambda at VG 1.5 V (1/V)"] == pytest.approx(LAMBDA, rel=1e-3)
    ron = 1 / (KP * RATIO * (3 - VTH - 0.04))
    assert found["Ron at VG 3 V (ohm)"] == pytest.approx(ron, rel=5e-3)
    assert found["kp at VG 3 V (uA/V^2)"] == pytest.approx(KP * 1e6, rel=0.01)
    merits = numbers(TRANSISTOR.results(pd.DataFrame(rows), recipe))
    assert merits["on_resistance"] == pytest.approx(ron, rel=5e-3)
    assert merits["threshold"] == pytest.approx(VTH, abs=0.02)
    assert merits["length_modulation"] == pytest.approx(LAMBDA, rel=1e-3)


def test_the_off_resistance_is_that_at_the_lowest_gate_voltage():
    resolved, rows = run_shipped("transistor", "ideal", "nmos", "transfer")
    off = numbers(TRANSISTOR.results(pd.DataFrame(rows), resolved))["off_resistance"]
    leakage = 1 / 1e-11  # of the simulated transistor, beside it what it conducts at VG 0
    assert 0.1 * leakage < off < leakage
    _, recipe, dead = run(width_over_length=RATIO)  # no current there at all
    assert "off_resistance" not in numbers(TRANSISTOR.results(pd.DataFrame(dead), recipe))


def test_what_the_curves_cannot_tell_is_said():
    _, recipe, rows = run(transfer=None)
    assert set(table(rows, recipe)) == {"Ron at VG 1.5 V (ohm)", "Ron at VG 3 V (ohm)"}
    _, recipe, rows = run(output=None, transfer={**TRANSFER, "gate": (0, 0.2)})
    summary = TRANSISTOR.summary(pd.DataFrame(rows), recipe)
    assert summary.rows == ()
    assert any("threshold" in note for note in summary.notes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"transfer": None, "output": None}, "transfer"),
        ({"transfer": {**TRANSFER, "drain": 0}}, "no current would flow"),
        ({"transfer": {**TRANSFER, "noise_floor": 0}}, "noise_floor"),
        ({"transfer": {**TRANSFER, "gate_step": 1e-6}}, "at most 100000"),
        ({"output": {**OUTPUT, "gates": (1, 1)}}, "twice"),
        ({"aperture": 1.0}, "longer than dwell"),
    ],
)
def test_the_recipe_refuses(changes, message):
    with pytest.raises(ValidationError, match=message):
        TransistorRecipe(**{"transfer": TRANSFER, "output": OUTPUT, **changes})


def test_the_plan_shows_a_gate_voltage_that_the_device_cannot_suffer():
    on = bench()
    recipe = TransistorRecipe(transfer={**TRANSFER, "gate": (0, 5)})
    found = plan_refusals(TRANSISTOR.plan(recipe, on.profile), on.profile, on.limits)
    assert any("gate" in refusal and "5 V" in refusal for refusal in found)
    recipe = TransistorRecipe(transfer=TRANSFER, gate_terminal="base")
    found = plan_refusals(TRANSISTOR.plan(recipe, on.profile), on.profile, on.limits)
    assert any("no terminal base" in refusal for refusal in found)


volts = st.floats(0, 4).map(lambda v: round(v, 6))
corners = st.lists(volts, min_size=2, max_size=3, unique=True)
recipes = st.fixed_dictionaries(
    {
        "settle": st.sampled_from([0, 1e-3]),
        "dwell": st.floats(1e-3, 0.1),
        "width_over_length": st.none() | st.floats(1, 300),
        "transfer": st.fixed_dictionaries(
            {"gate": corners, "gate_step": st.floats(0.1, 3), "drain": st.floats(0.01, 4)}
        ),
        "output": st.none()
        | st.fixed_dictionaries(
            {
                "gates": st.lists(st.floats(0, 4), min_size=1, max_size=3, unique=True),
                "drain": corners,
                "drain_step": st.floats(0.1, 3),
            }
        ),
    }
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(recipes)
@example(  # saturated throughout: the points hardly tell the parameters
    {
        "settle": 0,
        "dwell": 0.0625,
        "width_over_length": None,
        "transfer": {"gate": [3.75, 2.25], "gate_step": 0.109375, "drain": 3.875},
        "output": None,
    }
)
def test_whatever_is_asked_stays_within_plan_and_limits_and_is_reported(fields):
    recipe, on = TransistorRecipe(**fields), bench()
    plan = TRANSISTOR.plan(recipe, on.profile)
    with GuardedBench(on) as guarded:
        rows = list(transistor(guarded, recipe))
    (gates,) = plan.biases
    assert all(
        terminal == gates.terminal and level in gates.levels and compliance <= gates.limit
        for terminal, level, compliance in on.biased
    )
    for stimulus in set(on.applied):
        most = sum(one.at_most for one in plan.planned if one.stimulus == stimulus)
        assert on.applied.count(stimulus) <= most
    assert on.clock.now() <= plan.duration * (1 + 1e-9)
    frame = pd.DataFrame(rows)
    assert TRANSISTOR.summary(frame, recipe).headers
    assert TRANSISTOR.figure(frame, recipe).panels
    assert numbers(TRANSISTOR.results(frame, recipe))
    assert all(0 < TRANSISTOR.progress(row, recipe)[0] <= 1 for row in rows)


@pytest.mark.parametrize("bench_name", ["ideal", "ni-pxie-4139"])
def test_the_selector_has_the_published_on_resistance(bench_name):
    """Published: 120 ohm at VG 3 V and VDS 0.1 V for W/L 65."""
    options = ['transfer.gate_step="100 mV"', 'output.gates=["3 V"]']
    recipe, rows = run_shipped("transistor", bench_name, "nmos", "cu-te-selector", options=options)
    found = {name: float(text.split()[0]) for name, text in table(rows, recipe).items()}
    assert found["Ron at VG 3 V (ohm)"] == pytest.approx(120, rel=0.02)
    assert found["Vth (V)"] == pytest.approx(0.7106, abs=1e-3)
    assert found["Vth, pinch-off (V)"] == pytest.approx(0.7, abs=1e-3)
    assert found["lambda at VG 3 V (1/V)"] == pytest.approx(0.02, rel=0.05)


def test_points_in_compliance_are_no_curve_of_the_transistor():
    """0.4 mA end the output curve before it saturates."""

    class Limited(LevelOne):
        def current(self, gate, drain):
            return min(super().current(gate, drain), 4e-4)

        def apply(self, stimulus):
            return Trace(
                tuple(r._replace(in_compliance=r.current >= 4e-4) for r in super().apply(stimulus))
            )

    fields = {
        "transfer": {"gate": (0, 4), "gate_step": 0.1, "drain": 0.1},
        "output": {"gates": (2.0,), "drain": (0, 4), "drain_step": 0.05},
    }
    recipe = TransistorRecipe(**fields)
    limits = {"drain": make_limits(), "gate": make_limits()}
    free, held = (
        pd.DataFrame(list(transistor(kind(nmos(), limits), recipe))) for kind in (LevelOne, Limited)
    )
    assert held["in_compliance"].any()
    expected = numbers(TRANSISTOR.results(free, recipe))
    found = numbers(TRANSISTOR.results(held, recipe))
    assert expected["length_modulation"] == pytest.approx(LAMBDA, rel=2e-3)
    assert "length_modulation" not in found
    assert found["on_resistance"] == pytest.approx(expected["on_resistance"])
