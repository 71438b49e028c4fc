"""1T1R loops: what is applied, what is told, plan and benches."""

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mho.bench.guard import GuardedBench
from mho.bench.plan_refusals import plan_refusals
from mho.device.profile import DeviceProfile, TerminalLimits
from mho.errors import SettingsError
from mho.protocols.one_transistor_one_resistor import (
    ONE_TRANSISTOR_ONE_RESISTOR,
    OneTransistorOneResistorRecipe,
    Phase,
    Verdict,
    one_transistor_one_resistor,
)
from mho.readings import Reading, Trace
from mho.result import numbers
from mho.stimuli import Sweep
from mho.testing.noting_bench import NotingBench
from mho.testing.profiles import make_profile
from mho.testing.protocol_runs import bench_of, run_shipped

SERIES = {"gates": (1.5, 2.0, 3.0, 4.0), "threshold": 0.5}


class Cell(NotingBench):
    """1 kohm or 100 kohm in series with 1/(2 mS/V (VG - 0.5 V)); sets at 1 V, resets at 0.5 V."""

    on = False

    def bias(self, terminal, level, compliance):
        super().bias(terminal, level, compliance)
        self.events.append((terminal, level))

    def apply(self, stimulus):
        self.events.append(type(stimulus).__name__)
        trace = super().apply(stimulus)
        gate = next(level for name, level, _ in reversed(self.biased) if name == "gate")
        readings = []
        for reading, plateau in zip(
            trace,
            (p for p in stimulus.score().at(stimulus.terminal) if p.aperture is not None),
            strict=True,
        ):
            over = plateau.level if stimulus.terminal == "TE" else -plateau.level
            if over >= 1 - 1e-9:
                self.on = True
            if over <= -0.5 + 1e-9:
                self.on = False
            ohms = (1e3 if self.on else 1e5) + 1 / (2e-3 * (gate - 0.5))
            current = plateau.level / ohms
            readings.append(Reading(reading.time, plateau.level, current, False))
        return Trace(tuple(readings))


def cell_profile(**changes: object) -> DeviceProfile:
    limits = {"min_voltage": -2.6, "max_voltage": 2.6, "max_compliance": 5e-3}
    terminals = {
        "TE": TerminalLimits(**limits),
        "gate": TerminalLimits(
            min_voltage=0, max_voltage=4, max_compliance=1e-3, bias=2.5, bias_compliance=1e-3
        ),
        "source": TerminalLimits(**limits, bias=0.0, bias_compliance=5e-3),
    }
    return make_profile(terminals=terminals, **changes)


def bench(cls=Cell, **changes: object) -> NotingBench:
    return bench_of(cls, profile=cell_profile(**changes))


def recipe_for(**changes: object) -> OneTransistorOneResistorRecipe:
    fields = {
        "configuration": "MOD",
        "set_voltage": 2.0,
        "reset_voltage": 1.0,
        "step": 0.1,
        "dwell": 1e-3,
        "reads": 3,
        "cycles": 2,
    }
    return OneTransistorOneResistorRecipe(**{**fields, **changes})


def table(rows, recipe):
    frame = pd.DataFrame(rows)
    return {name: text.split()[0] for name, text in summary(frame, recipe).rows}


def summary(frame, recipe):
    return ONE_TRANSISTOR_ONE_RESISTOR.summary(frame, recipe)


def test_one_cycle_sets_reads_steps_the_gate_resets_and_reads():
    on = bench()
    rows = list(one_transistor_one_resistor(on, recipe_for(gate_series=SERIES, cycles=1)))
    gate = [("gate", v) for v in (3.0, 1.5, 2.0, 3.0, 4.0, 3.0, 2.5)]
    assert on.events == [
        gate[0], "Sweep", "Hold",
        gate[1], "Hold", gate[2], "Hold", gate[3], "Hold", gate[4], "Hold",
        gate[5], "Sweep", "Hold",
        gate[6],
    ]  # fmt: skip
    sweeps = [s for s in on.applied if isinstance(s, Sweep)]
    assert (max(sweeps[0].levels), min(sweeps[1].levels)) == (2.0, -1.0)
    assert {s.terminal for s in on.applied} == {"TE"}
    assert [row.verdict for row in rows] == ["going on"] * (len(rows) - 1) + ["complete"]
    assert [row.gate for row in rows if row.phase is Phase.GATE_SERIES] == [
        gate for gate in SERIES["gates"] for _ in range(3)
    ]


def test_a_reset_by_the_source_line_frees_the_driven_terminal_from_the_limit_of_a_read():
    on = bench()
    list(one_transistor_one_resistor(on, recipe_for(reset_by="source line", cycles=1)))
    reset = next(s for s in on.applied if s.terminal == "source")
    assert (max(reset.levels), min(reset.levels)) == (1.0, 0.0)
    assert ("TE", 0.0, reset.compliance) in on.biased
    assert on.events.index(("TE", 0.0)) == on.events.index("Hold") + 1


def test_the_cell_is_taken_apart():
    recipe = recipe_for(gate_series=SERIES, bare={"on": 1e3, "off": 1e5})
    found = table(list(one_transistor_one_resistor(bench(), recipe)), recipe)
    values = {name: float(text) for name, text in found.items()}
    assert values["SET voltage (V)"] == pytest.approx(0.95)  # in the middle of a step
    assert values["RESET voltage (V)"] == pytest.approx(-0.45, abs=0.05)
    assert values["LRS of the cell (ohm)"] == pytest.approx(1200)
    assert values["HRS of the cell (ohm)"] == pytest.approx(100200)
    assert values["Ron of the transistor at VG 3 V (ohm)"] == pytest.approx(200)
    assert values["LRS of the memristor (ohm)"] == pytest.approx(1000)
    assert values["Ron over it (%)"] == pytest.approx(20)
    assert values["on/off of the cell"] == pytest.approx(83.5)
    kept = 100 * (100200 / 1200) / 100
    assert values["on/off of the cell over that of its memristor (%)"] == pytest.approx(kept)
    assert values["on/off of the cell over that (%)"] == pytest.approx(kept)
    at_turn = 2.0 * 1000 / 1200
    frame = pd.DataFrame(list(one_transistor_one_resistor(bench(), recipe)))
    merits = numbers(ONE_TRANSISTOR_ONE_RESISTOR.results(frame, recipe))
    assert merits["window_kept"] == pytest.approx(kept / 100)
    assert merits["window_over_bare"] == pytest.approx(kept / 100)
    assert merits["transistor_share"] == pytest.approx(0.2)
    assert merits["set_turn_voltage"] == pytest.approx(at_turn)
    assert merits["reset_turn_voltage"] == pytest.approx(1.0 * 1e5 / 100200)
    name = "over the memristor at the turn of SET, 2 V (V)"
    assert values[name] == pytest.approx(at_turn, abs=1e-3)


@pytest.mark.parametrize(
    ("configuration", "reset_by", "bounds"),
    [
        ("MOD", "source line", ("2", "0.5")),
        ("MOS", "source line", ("0.5", "1")),
        ("MOD", "top electrode", ("2", "1")),
    ],
)
def test_the_bounds_of_table_1(configuration, reset_by, bounds):
    """Published: MOD set VDD, MOD reset VDD - Vth, MOS set VDD - Vth, MOS reset VDD."""
    recipe = recipe_for(
        configuration=configuration, reset_by=reset_by, gate=1.0, gate_series=SERIES
    )
    found = table(list(one_transistor_one_resistor(bench(), recipe)), recipe)
    assert tuple(found[f"bound over the memristor, {does}"] for does in ("SET", "RESET")) == bounds


def test_lost_contact_ends_the_run_and_a_silent_hrs_does_not():
    dead = bench(NotingBench)
    dead.next_conductance = lambda stimulus: 1e-9
    rows = list(one_transistor_one_resistor(dead, recipe_for()))
    assert {row.cycle for row in rows} == {1}
    assert rows[-1].verdict is Verdict.CONTACT_LOST
    assert "contact was lost" in summary(pd.DataFrame(rows), recipe_for()).notes[-1]
    half = bench(NotingBench)
    conductances = iter([1e-4, 1e-4, 1e-9, 1e-9] * 2)
    half.next_conductance = lambda stimulus: next(conductances)
    assert list(one_transistor_one_resistor(half, recipe_for()))[-1].verdict is Verdict.COMPLETE


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"gate_series": {"gates": (0.5, 1, 2), "threshold": 0.7}}, "does not open"),
        ({"gate_series": {"gates": (1, 1, 2), "threshold": 0.7}}, "three different"),
        ({"step": 1e-6}, "more than 100000 levels"),
        ({"configuration": "MOB"}, "MOD"),
    ],
)
def test_the_recipe_refuses(changes, message):
    with pytest.raises(ValidationError, match=message):
        recipe_for(**changes)


def test_a_rising_source_line_cannot_reset_a_device_that_it_sets():
    with pytest.raises(SettingsError, match="top electrode"):
        ONE_TRANSISTOR_ONE_RESISTOR.plan(
            recipe_for(reset_by="source line"), cell_profile(set_polarity="negative")
        )


def test_the_plan_shows_a_gate_voltage_that_the_device_cannot_suffer():
    on = bench()
    plan = ONE_TRANSISTOR_ONE_RESISTOR.plan(recipe_for(gate=5.0), on.profile)
    found = plan_refusals(plan, on.profile, on.limits)
    assert any("gate" in refusal and "5 V" in refusal for refusal in found)


recipes = st.fixed_dictionaries(
    {
        "configuration": st.sampled_from(["MOD", "MOS"]),
        "gate": st.floats(0.6, 4),
        "set_voltage": st.floats(0.1, 2.6),
        "reset_voltage": st.floats(0.1, 2.6),
        "reset_by": st.sampled_from(["top electrode", "source line"]),
        "step": st.floats(0.1, 3),
        "settle": st.sampled_from([0, 1e-2]),
        "dwell": st.floats(1e-3, 0.1),
        "cycles": st.integers(1, 3),
        "reads": st.integers(2, 4),
        "gate_series": st.none() | st.just(SERIES),
        "bare": st.none() | st.just({"on": 1e3, "off": 1e5}),
    }
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(recipes, st.none() | st.floats(-1e-3, 1e-3))
def test_whatever_is_asked_stays_within_plan_and_limits_and_is_reported(fields, conductance):
    recipe = OneTransistorOneResistorRecipe(**fields)
    on = bench() if conductance is None else bench(NotingBench)
    if conductance is not None:
        on.next_conductance = lambda stimulus: conductance
    plan = ONE_TRANSISTOR_ONE_RESISTOR.plan(recipe, on.profile)
    with GuardedBench(on) as guarded:
        rows = list(one_transistor_one_resistor(guarded, recipe))
    levels = {bias.terminal: bias.levels for bias in plan.biases}
    assert all(level in levels[name] for name, level, _ in on.biased)
    for stimulus in set(on.applied):
        most = sum(one.at_most for one in plan.planned if one.stimulus == stimulus)
        assert on.applied.count(stimulus) <= most
    assert on.clock.now() <= plan.duration * (1 + 1e-9)
    frame = pd.DataFrame(rows)
    assert summary(frame, recipe).rows
    assert isinstance(numbers(ONE_TRANSISTOR_ONE_RESISTOR.results(frame, recipe)), dict)
    assert ONE_TRANSISTOR_ONE_RESISTOR.figure(frame, recipe).panels
    assert all(0 <= ONE_TRANSISTOR_ONE_RESISTOR.progress(row, recipe)[0] <= 1 for row in rows)


@pytest.mark.parametrize(
    ("bench_name", "device", "recipe"),
    [
        ("ideal", "cu-te-1t1r", "mod-top-electrode"),
        ("ni-pxie-4139", "cu-te-1t1r", "mod-top-electrode"),
        ("ideal", "cu-te-1t1r-source-line", "mod-source-line"),
        ("ni-pxie-4139", "cu-te-1t1r-source-line", "mod-source-line"),
    ],
)
def test_a_mod_cell_keeps_the_published_share_of_its_window(bench_name, device, recipe):
    """Published: Ron 120 ohm is 12 % of the LRS; the cell keeps 87.5 % of on/off."""
    values = measured(bench_name, device, recipe)
    assert values["Ron of the transistor at VG 3 V (ohm)"] == pytest.approx(120, rel=0.15)
    assert values["Ron over it (%)"] == pytest.approx(12, abs=2)
    assert values["on/off of the cell over that of its memristor (%)"] == pytest.approx(88, abs=3)


@pytest.mark.parametrize("bench_name", ["ideal", "ni-pxie-4139"])
def test_a_mos_cell_is_not_set_fully(bench_name):
    """Published: at most VDD - Vth reaches the memristor, and 1 kohm after a full SET.

    How much of the SET that costs is the model's.
    """
    values = measured(bench_name, "cu-te-1t1r-mos", "mos-source-line")
    assert values["over the memristor at the turn of SET, 3 V (V)"] < 2.3
    assert values["LRS of the memristor (ohm)"] > 1150


def measured(bench_name, device, recipe):
    # numbers of one published cell: the model's devices differ by 8 % in their LRS alone (assumed)
    nominal = "device.model.parameters.memristor.device_to_device=false"
    options = ["cycles=2", 'step="50 mV"', nominal]
    resolved, rows = run_shipped(
        "one_transistor_one_resistor", bench_name, device, recipe, options=options
    )
    found = table(rows, resolved)
    return {name: float(text) for name, text in found.items() if text != "-"}
