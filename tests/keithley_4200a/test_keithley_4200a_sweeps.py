"""Sweeps of system mode: linear, listed, stepped and stopped in compliance."""

import pytest
from benches import keithley_bench
from hypothesis import given
from hypothesis import strategies as st
from scripted_4200a import PROFILE, Scripted4200A, commands

from mho.bench.guard import GuardedBench
from mho.drivers.keithley_4200a.codec.numerals import numeral
from mho.drivers.keithley_4200a.codec.system_mode import LevelSweep
from mho.drivers.keithley_4200a.compiler.smu import Smu
from mho.drivers.keithley_4200a.compiler.smu_program import Steps, compile_stimulus
from mho.drivers.keithley_4200a.compiler.smu_sweep import compile_family, ramp_of
from mho.drivers.keithley_4200a.settings import KeithleySettings, SmuTerminal
from mho.errors import InstrumentTimeout, LimitError, ReplyError, UnsupportedError
from mho.stimuli import Family, Pulse, Sweep

SMU = Smu.of(SmuTerminal(channel="SMU1"), 50)
GATE = Smu.of(SmuTerminal(channel="SMU2"), 50)
SMUS = {"TE": {"channel": "SMU1"}, "gate": {"channel": "SMU2"}}


def sweep(levels, **changes):
    facts = {
        "terminal": "TE", "levels": tuple(levels), "dwell": 20e-3, "aperture": 10e-3,
        "compliance": 1e-3,
    }  # fmt: skip
    return Sweep(**{**facts, **changes})


def family(**changes):
    facts = {
        "sweep": sweep((0.0, 0.1, 0.2)), "stepped": "gate", "steps": (1.0, 2.0, 3.0),
        "step_compliance": 1e-4,
    }  # fmt: skip
    return Family(**{**facts, **changes})


@pytest.fixture
def instrument():
    return Scripted4200A()


@pytest.fixture
def bench(instrument):
    settings = KeithleySettings(connection="GPIB0::17::INSTR", terminals=SMUS)
    with keithley_bench(settings, PROFILE, instrument.clock, instrument.connect) as bench:
        instrument.take()
        yield bench


def sent(instrument, start):
    return [command for command in commands(instrument.take()) if command.startswith(start)]


EVEN = st.tuples(
    st.integers(-5000, 5000),
    st.integers(1, 100),
    st.sampled_from([-1, 1]),
    st.integers(2, 200),
)


@given(EVEN)
def test_what_a_ramp_says_is_what_was_asked(facts):
    first, step, sign, count = facts
    levels = [(first + sign * step * index) / 1000 for index in range(count)]
    ramp = ramp_of(levels)
    assert ramp is not None
    start, stop, step = (float(numeral(x)) for x in (ramp.start, ramp.stop, ramp.step))
    assert int(abs((stop - start) / step) + 1.5) == count  # manual p. 5-19
    for index, level in enumerate(levels):
        assert start + index * step == pytest.approx(level, abs=1e-6)


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=20))
def test_no_level_is_lost_to_a_ramp(levels):
    program = compile_stimulus(sweep(levels), SMU)
    if program.ramp is not None:
        found = [program.ramp.start + i * program.ramp.step for i in range(len(levels))]
        assert found == pytest.approx(levels, abs=1.1e-6)
    else:
        assert program.levels == (*levels, 0.0)


@pytest.mark.parametrize(
    "levels",
    [
        [0.0, 1.0, 0.0],  # there and back
        [0.0, 0.1, 0.3],
        [0.0, 0.0005, 0.001],  # steps below 1 mV would become 0
        [0.0005, 0.1005, 0.2005],  # so would the start
        [index / 30 for index in range(31)],  # a step of 33.3333... mV is not sendable
        [0.01 * 10 ** (index / 10) for index in range(21)],  # logarithmic
        [n / 1000 for n in range(1025)],  # more than a linear sweep takes
        [0.5],
    ],
)
def test_all_other_levels_are_listed(levels):
    program = compile_stimulus(sweep(levels), SMU)
    assert isinstance(program, LevelSweep) and program.ramp is None
    assert program.levels == (*levels, 0.0)


def test_a_linear_sweep_is_sent_as_one(bench, instrument):
    trace = bench.apply(sweep([0.0, 0.5, 1.0]))
    told = commands(instrument.take())
    assert "VR1,0,1,0.5,0.001" in told and not any("VL" in m for m in told)
    assert [m for m in told if m.startswith("CH") and "," in m] == [
        "CH1,'V1','I1',1,1",
        "CH2,'V2','I2',1,3",
    ]
    assert [r.voltage for r in trace] == [0.0, 0.5, 1.0]
    assert instrument.outputs == {1: 0.0, 2: 3.0}
    bench.apply(sweep([1.0, 0.5, 0.0, -0.5]))
    assert "VR1,1,-0.5,-0.5,0.001" in commands(instrument.take())


def test_a_logarithmic_sweep_is_a_list_with_its_compliance(bench, instrument):
    levels = [0.01 * 10 ** (index / 10) for index in range(11)]
    bench.apply(sweep(levels))
    (message,) = sent(instrument, "VL")
    compliance, *values = message.split(",")[2:]
    assert compliance == "0.001"
    assert [float(value) for value in values] == pytest.approx([*levels, 0.0], abs=1e-6)


def test_a_sweep_stops_in_compliance_only_if_asked(bench, instrument):
    bench.apply(sweep([0.0, 0.5, 1.0]))
    assert any(";EC 0;" in m for m in instrument.take())
    instrument.limit_at = 2
    trace = bench.apply(sweep([0.0, 0.5, 1.0], stop_in_compliance=True))
    messages = instrument.take()
    assert any(";EC 1;" in m for m in messages)
    assert [(r.voltage, r.in_compliance) for r in trace] == [(0.0, False), (0.5, True)]
    assert instrument.outputs == {1: 0.0, 2: 3.0}
    instrument.limit_at = None
    assert len(bench.apply(sweep([0.0, 0.5, 1.0]))) == 3
    assert any(";EC 0;" in m for m in instrument.take())


def test_points_lost_without_compliance_are_an_error(bench, instrument):
    instrument.limit_at, instrument.last_letter = 2, "N"
    with pytest.raises(ReplyError, match="3 points were asked for"):
        bench.apply(sweep([0.0, 0.5, 1.0], stop_in_compliance=True))
    assert set(instrument.outputs.values()) == {None}


def test_a_slow_sweep_stops_in_compliance_too(bench, instrument):
    slow = sweep([0.1, 0.2, 0.3], dwell=10.0, stop_in_compliance=True)
    assert isinstance(compile_stimulus(slow, SMU), Steps)
    instrument.letter = "C"
    (reading,) = bench.apply(slow)
    assert reading.in_compliance
    assert instrument.outputs[1] == 0.0


def test_a_family_is_one_test(bench, instrument):
    bench.bias("gate", 2.0, 1e-4)
    instrument.take()
    trace = bench.apply(family())
    messages = instrument.take()
    told = commands(messages)
    assert "VR1,0,0.2,0.1,0.001" in told and "VP 1,1,3,0.0001" in told
    assert [m for m in told if m.startswith("CH") and "," in m] == [
        "CH1,'V1','I1',1,1",
        "CH2,'V2','I2',1,2",
    ]
    assert len(messages) <= 10
    assert [r.voltage for r in trace] == pytest.approx(3 * [0.0, 0.1, 0.2])
    assert instrument.outputs == {1: 0.0, 2: 0.0}
    bench.apply(sweep([0.0, 0.5, 1.0]))
    assert "VC2,0,0.0001" in commands(instrument.take())  # its bias ended with the family


@pytest.mark.parametrize(
    "curves",
    [
        family(steps=(1.0, 2.0, 2.5)),
        family(steps=(1.0,)),
        family(sweep=sweep((0.0, 0.1, 0.3))),
        family(settle=0.5),
        family(steps=tuple(n / 10 for n in range(33))),
        family(steps=(1, 2, 3, 4, 5), sweep=sweep(n / 1000 for n in range(1024))),
    ],
    ids=["uneven steps", "one step", "uneven levels", "settle", "many steps", "buffer full"],
)
def test_what_fits_no_test_is_played_curve_by_curve(bench, instrument, curves):
    assert compile_family(curves, SMU, GATE) is None
    trace = bench.apply(curves)
    assert [r.voltage for r in trace] == pytest.approx(
        len(curves.steps) * list(curves.sweep.levels), abs=1e-4
    )
    assert commands(instrument.take()).count("ME1") == len(curves.steps)
    assert instrument.outputs == {1: 0.0, 2: 0.0}


def test_a_family_beyond_a_limit_is_refused_before_anything_is_sent(bench, instrument):
    guarded = GuardedBench(bench)
    for curves, limit in (
        (family(steps=(100.0, 200.0, 300.0)), r"gate: held level 300 V \(.*\) is above 210 V"),
        (family(step_compliance=0.2), r"gate: .* 200 mA \(.*\) is above 105 mA, what a 4200A SMU2"),
        (
            family(sweep=sweep([0.0, 0.1], compliance=0.5)),
            r"TE: .* 500 mA \(.*\) is above 105 mA, what a 4200A SMU1",
        ),
        (family(stepped="BE"), "no terminal BE"),
    ):
        with pytest.raises(LimitError, match=limit):
            guarded.apply(curves)
    with pytest.raises(UnsupportedError, match="no terminal BE"):
        bench.apply(family(stepped="BE"))
    assert instrument.take() == []


def test_a_pulse_card_cannot_be_stepped_with_an_smu(instrument):
    terminals = {"TE": SMUS["TE"], "gate": {"channel": "PMU1-1", "current_unlimited": True}}
    settings = KeithleySettings(connection="GPIB0::17::INSTR", terminals=terminals)
    gate = PROFILE.terminals["gate"].model_copy(update={"bias": None, "bias_compliance": None})
    profile = PROFILE.model_copy(update={"terminals": {**PROFILE.terminals, "gate": gate}})
    with keithley_bench(settings, profile, instrument.clock, instrument.connect) as bench:
        instrument.take()
        with pytest.raises(UnsupportedError, match="wire terminal gate to an SMU"):
            bench.apply(family())
        assert instrument.take() == []


@pytest.mark.parametrize("stimulus", [sweep((0.0, 0.5, 1.0)), Pulse(
    terminal="TE", amplitude=1.0, width=10e-3, compliance=1e-3
)])  # fmt: skip
def test_a_stimulus_begins_at_zero_also_on_a_biased_terminal(bench, instrument, stimulus):
    bench.bias("TE", 0.5, 1e-3)
    instrument.take()
    bench.apply(stimulus)
    assert instrument.take()[0] == "DV1,1,0,0.001"
    bench.apply(stimulus)
    assert instrument.take()[0] != "DV1,1,0,0.001"


@pytest.mark.parametrize("where", ["in a curve", "between two curves"])
def test_a_family_that_fails_leaves_nothing_on_and_its_step_at_zero(
    bench, instrument, monkeypatch, where
):
    curves = family(steps=(1.0, 2.0, 2.5))
    if where == "in a curve":
        instrument.faults = [("VR1", "lost")]
    else:
        hold = bench.bias

        def interrupted(terminal, level, compliance):
            hold(terminal, level, compliance)
            if level == 2.0:
                raise KeyboardInterrupt

        monkeypatch.setattr(bench, "bias", interrupted)
    with pytest.raises((InstrumentTimeout, KeyboardInterrupt)):
        bench.apply(curves)
    assert set(instrument.outputs.values()) == {None}
    bench.apply(sweep((0.0, 0.5, 1.0)))
    assert instrument.outputs == {1: 0.0, 2: 0.0}
