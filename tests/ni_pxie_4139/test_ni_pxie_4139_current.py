"""Stimuli that source a current: programs, what is sent, what is read, how they end."""

from dataclasses import replace
from itertools import pairwise

import pytest
from compiling import compiled, families, unhurried
from gated_cell import FARADS, OHMS, GatedCell, make_profile
from gated_cell_on_ni import GATE, bench_on, listening, simulated
from hypothesis import given
from hypothesis import strategies as st

from mho.bench.limits import refusals
from mho.drivers.ni_pxie_4139.ranges import MODELS
from mho.drivers.ni_pxie_4139.steps import CurrentStep
from mho.errors import LimitError, UnsupportedError
from mho.stimuli import (
    RETURN_TO_ZERO,
    Drive,
    Family,
    Hold,
    Pulse,
    PulseTrain,
    Read,
    Source,
    Sweep,
    duration,
)

CURRENT = Source.CURRENT
POWER = 20.0
READ = Read(voltage=0.1, aperture=9e-3, compliance=1e-6, settle=1e-3)
PULSE = Pulse(terminal="gate", amplitude=2e-8, width=10e-3, compliance=2.5, source=CURRENT)
TRAIN = PulseTrain(
    terminal="gate", amplitudes=(3e-8, -4e-8, 5e-8), width=10e-3, compliance=2.5, rest=5e-3,
    source=CURRENT,
)  # fmt: skip
HOLD = Hold(
    terminal="gate", level=-1e-8, count=3, interval=20e-3, aperture=9e-3, compliance=2.5,
    source=CURRENT,
)  # fmt: skip
SWEEP = Sweep(
    terminal="gate", levels=(-1e-8, 0.0, 2e-8), dwell=20e-3, aperture=9e-3, compliance=2.5,
    source=CURRENT,
)  # fmt: skip
METER = replace(HOLD, level=0.0, count=1)
STIMULI = (PULSE, TRAIN, HOLD, SWEEP, METER)


@pytest.fixture(autouse=True)
def logged(caplog):
    """Sessions are logged only where somebody listens when they are opened."""
    caplog.set_level("DEBUG", "mho.drivers.ni_pxie_4139")


@pytest.fixture
def server():
    with simulated() as server:
        yield server


@pytest.fixture
def bench(server):
    with bench_on(server, profile=make_profile(rests="grounded")) as bench:
        server.world.changes.clear()
        yield bench


def played(stimulus):
    return [step for program in compiled(stimulus, POWER) for step in program.steps]


# ---- programs


levels = st.sampled_from([0.0, 1e-9, -9e-7, 1.1e-6, -5e-5, 2e-3])
limits = st.sampled_from([12e-3, 0.6, 0.61, 5.9, 6.1, 60.0])
pulses = st.builds(
    Pulse, terminal=st.just("gate"), amplitude=levels, width=st.sampled_from([1e-4, 0.3]),
    compliance=limits, source=st.just(CURRENT),
)  # fmt: skip
holds = st.builds(
    Hold, terminal=st.just("gate"), level=levels, count=st.integers(1, 3),
    interval=st.sampled_from([2e-3, 0.5]), aperture=st.just(1e-3), compliance=limits,
    source=st.just(CURRENT),
)  # fmt: skip
trains = st.builds(
    PulseTrain, terminal=st.just("gate"),
    amplitudes=st.lists(levels, min_size=1, max_size=5).map(tuple), width=st.just(1e-3),
    rest=st.sampled_from([0.0, 1e-3]), compliance=limits, source=st.just(CURRENT),
)  # fmt: skip
sweeps = st.builds(
    Sweep, terminal=st.just("gate"), levels=st.lists(levels, min_size=1, max_size=5).map(tuple),
    dwell=st.just(2e-3), aperture=st.just(1e-3), compliance=limits, source=st.just(CURRENT),
)  # fmt: skip


@unhurried
@given(pulses | holds | trains | sweeps)
def test_a_program_sources_the_currents_of_the_score_and_limits_their_voltage(stimulus):
    for is_advanced in families(stimulus):
        assert_score(stimulus, compiled(stimulus, POWER, is_advanced))


def assert_score(stimulus, programs):
    now, moments = 0.0, []
    for program in programs:
        assert program.source is CURRENT
        for step in program.steps * program.loops:
            assert type(step) is CurrentStep
            assert abs(step.current_level) <= step.current_level_range <= 3.0
            assert step.voltage_limit <= step.voltage_limit_range <= 60.0
            assert step.voltage_limit == stimulus.compliance
            now += step.source_delay + step.aperture_time
            moments.append((now, step.current_level))
    now, moments = 0.0, iter(moments)
    segments = list(stimulus.score().at("gate"))
    longest = programs[0].steps[0].aperture_time if programs[0].uniform else 0.0
    for segment in segments[:-1] if programs[-1].rest else segments:
        now += segment.duration
        end = 0.0
        while end < now - 1e-9:
            end, level = next(moments)
            assert level == segment.level
        assert end - now <= (longest if segment is segments[-1] else 0.0) + 1e-9
        now = end
    assert next(moments, None) is None


def test_ranges_are_those_of_the_current_and_of_its_voltage():
    pulse = replace(PULSE, amplitude=-5e-6, compliance=0.5)
    assert [step[:4] for step in played(pulse)] == [
        (10e-6, 0.6, -5e-6, 0.5), (10e-6, 0.6, 0.0, 0.5),
    ]  # fmt: skip
    assert {step[:2] for step in played(replace(TRAIN, amplitudes=(1e-9, -2e-3)))} == {(10e-3, 6.0)}
    assert {step[:2] for step in played(METER)} == {(1e-6, 6.0)}


@pytest.mark.parametrize(
    ("stimulus", "words"),
    [
        (replace(PULSE, amplitude=-3.1), "-3.1 A limited to 2.5 V"),
        (replace(TRAIN, amplitudes=(1e-9, 4.0)), "limited to 2.5 V"),
        (replace(METER, compliance=61.0), "0 A limited to 61 V"),
    ],
)
def test_what_has_no_range_is_refused(stimulus, words):
    with pytest.raises(LimitError, match=words):
        compiled(stimulus, POWER)


def test_one_program_has_one_source():
    with pytest.raises(UnsupportedError, match="current and voltage"):
        compiled(replace(PULSE, verify=READ), POWER)
    with pytest.raises(UnsupportedError, match="current and voltage"):
        compiled(replace(TRAIN, verify=READ), POWER)


def test_the_guard_knows_the_limits_of_a_current_source():
    profile = make_profile(rests="grounded")
    found = MODELS["20 W"].limits()
    limits = dict.fromkeys(profile.terminals, found)
    assert found.sources_current and found.opens
    assert refusals(PULSE, profile, limits) == []
    (refusal,) = refusals(replace(PULSE, compliance=11e-3), profile, limits)
    assert "11 mV is below 12 mV" in refusal
    free = {
        name: terminal.model_copy(update={"max_compliance": 10.0, "max_voltage": 100.0})
        for name, terminal in profile.terminals.items()
    }
    wide = profile.model_copy(update={"terminals": free})
    refused = refusals(replace(PULSE, amplitude=3.5, compliance=70.0), wide, limits)
    assert any("3.5 A is above 3 A" in one for one in refused)
    assert any("70 V is above 60 V" in one for one in refused)
    (refusal,) = refusals(replace(PULSE, amplitude=1.0, compliance=21.0), wide, limits)
    assert "21 W is above 20 W" in refusal


# ---- what is played whole


@pytest.mark.parametrize("stimulus", STIMULI)
def test_one_source_at_one_terminal_is_played_whole(server, stimulus):
    bench = bench_on(server, profile=make_profile(rests="grounded"))
    (instrument,) = bench._instruments.values()
    assert instrument.plays(stimulus)
    assert instrument.plays(replace(stimulus, source=Source.VOLTAGE))
    for read in (READ, replace(READ, terminal="gate")):
        if isinstance(stimulus, Pulse | PulseTrain):
            assert not instrument.plays(replace(stimulus, verify=read))
            assert instrument.plays(replace(stimulus, verify=read, source=Source.VOLTAGE))


def test_two_terminals_are_not_played_whole(server):
    bench = bench_on(server, profile=make_profile(rests="grounded"))
    (instrument,) = bench._instruments.values()
    away = replace(READ, terminal="drain")
    assert not instrument.plays(replace(PULSE, verify=away))
    assert not instrument.plays(replace(PULSE, verify=away, source=Source.VOLTAGE))
    assert not instrument.plays(
        Family(sweep=SWEEP, stepped="drain", steps=(0.1,), step_compliance=1e-3)
    )


# ---- on the wire


def test_a_current_pulse_on_the_wire(bench):
    with listening(GATE) as wire:
        bench.apply(PULSE)
    sent = wire.take()
    assert "output_function = OutputFunction.DC_CURRENT" in sent
    steps = [line for line in sent if line.split(" = ")[0] in CurrentStep._fields]
    assert [line for line in steps if "delay" not in line and "aperture" not in line] == [
        "current_level = 0.0", "current_level_range = 1e-06",
        "voltage_limit = 2.5",
    ]  # fmt: skip
    assert sent.count("voltage_limit_autorange = 1") == 1
    assert "set_sequence([2e-08, 0.0], [0.005, 0.0])" in sent
    ended = sent[sent.index("fetch_multiple(2, 0.1)") :]
    assert ended[1:] == [
        "abort()", "source_mode = SourceMode.SINGLE_POINT",
        "output_function = OutputFunction.DC_VOLTAGE", "initiate()",
    ]  # fmt: skip


def test_a_repeated_current_pulse_sends_its_level_alone_of_all_levels_and_ranges(bench):
    bench.apply(PULSE)
    with listening(GATE) as wire:
        bench.apply(replace(PULSE, amplitude=-3e-7))
        assert wire.take() == [
            "abort()", "source_mode = SourceMode.SEQUENCE",
            "output_function = OutputFunction.DC_CURRENT",
            "set_sequence([-3e-07, 0.0], [0.005, 0.0])", "initiate()",
            "fetch_multiple(2, 0.1)", "abort()", "source_mode = SourceMode.SINGLE_POINT",
            "output_function = OutputFunction.DC_VOLTAGE", "initiate()",
        ]  # fmt: skip
        bench.apply(replace(PULSE, amplitude=1.5e-6))
        assert "current_level_range = 1e-05" in wire.take()


def test_levels_of_one_range_share_a_program_and_keep_their_own_values(bench):
    for amplitude in (1e-8, -3e-8, 9e-9, 1e-8, 1.1e-6, 1e-8):
        (reading,) = bench.apply(replace(PULSE, amplitude=amplitude, compliance=20.0))
        assert reading.current == pytest.approx(amplitude, rel=1e-2)


# ---- readings


@pytest.mark.parametrize("level", [2e-8, -2e-8])
def test_a_pulse_reads_the_current_and_the_voltage_it_takes(bench, server, level):
    before = server.world.device.potential
    reading = bench.apply(replace(PULSE, amplitude=level))[0]
    assert reading.current == pytest.approx(level, rel=1e-2)
    expected = before + level * OHMS + level * PULSE.width / FARADS
    assert reading.voltage == pytest.approx(expected, abs=1e-3)
    assert not reading.in_compliance


@pytest.mark.parametrize(("level", "limit"), [(1e-6, 2.0), (-1e-6, 2.0)])
def test_the_voltage_limit_holds_a_current(bench, level, limit):
    reading = bench.apply(replace(PULSE, amplitude=level, compliance=limit))[0]
    assert reading.in_compliance
    assert reading.voltage == pytest.approx(limit if level > 0 else -limit, rel=1e-3)
    assert abs(reading.current) < 0.3 * abs(level)


def test_trains_holds_and_sweeps_read_the_currents_they_source(bench):
    for stimulus, wanted in (
        (TRAIN, TRAIN.amplitudes), (HOLD, (HOLD.level,) * 3), (SWEEP, SWEEP.levels),
    ):  # fmt: skip
        start = bench.clock.now()
        trace = bench.apply(stimulus)
        assert [one.current for one in trace] == pytest.approx(wanted, rel=1e-2, abs=2e-10)
        assert {one.terminal for one in trace} == {"gate"}
        longer = bench.clock.now() - start - duration(stimulus)
        aperture = getattr(stimulus, "aperture", 5e-3)  # that of its return to rest as well
        assert longer == pytest.approx(aperture - RETURN_TO_ZERO, abs=1e-6)


@pytest.mark.parametrize("potential", [0.45, -0.2])
def test_0_a_is_a_voltmeter_that_leaves_the_charge_alone(potential):
    device = GatedCell(potential)
    with simulated(device) as server, bench_on(server) as bench:
        (reading,) = bench.apply(replace(METER, interval=5.0, aperture=1.0))
        assert reading.voltage == pytest.approx(potential, abs=1e-4)
        assert reading.current == pytest.approx(0.0, abs=2e-10)
        assert not reading.in_compliance
        assert device.potential == potential
        for reading in bench.apply(replace(METER, count=4)):
            assert reading.voltage == pytest.approx(potential, abs=1e-4)
        assert device.potential == potential


def test_a_voltmeter_beyond_its_limit_says_so(bench):
    (reading,) = bench.apply(replace(METER, compliance=0.2))
    assert reading.in_compliance
    assert reading.voltage == pytest.approx(0.2, abs=1e-3)


# ---- how they end


def test_within_a_train_rests_are_0_a_and_afterwards_the_terminal_is_grounded(bench, server):
    bench.apply(TRAIN)
    found = server.world.at("gate")
    currents = [Drive(level, 2.5, CURRENT) for level in (3e-8, 0.0, -4e-8, 0.0, 5e-8, 0.0)]
    assert found == [*currents, Drive(0.0, 1e-6)]
    moments = [moment for moment, name, _ in server.world.changes if name == "gate"]
    gaps = [after - before for before, after in pairwise(moments)]
    assert gaps == pytest.approx([10e-3, 5e-3] * 2 + [10e-3, 5e-3 + 5e-3], abs=1e-6)


@pytest.mark.parametrize("stimulus", STIMULI)
def test_after_a_current_the_terminal_is_at_0_v(bench, server, stimulus):
    bench.apply(stimulus)
    assert server.world.drives()["gate"] == Drive(0.0, 1e-6)
    assert server.world.drives().keys() == {"gate", "drain", "source"}


def test_voltage_and_current_take_turns(bench, server):
    by_voltage = Pulse(terminal="gate", amplitude=1.0, width=10e-3, compliance=1e-6)
    curve = Sweep(
        terminal="gate", levels=(0.5, 1.0), dwell=20e-3, aperture=9e-3, compliance=1e-6
    )  # fmt: skip
    for one in (by_voltage, PULSE, by_voltage, TRAIN, curve, SWEEP, by_voltage, METER, curve):
        trace = bench.apply(one)
        wanted = [segment.level for segment in one.score().at("gate") if segment.aperture]
        found = [r.current if getattr(one, "source", 0) is CURRENT else r.voltage for r in trace]
        assert found == pytest.approx(wanted, rel=1e-2, abs=2e-10)
        assert server.world.drives()["gate"] == Drive(0.0, 1e-6)


def test_a_pulse_by_current_and_its_read_by_voltage_are_played_in_parts(bench, server):
    trace = bench.apply(replace(PULSE, rest=0.5, verify=READ))
    pulsed, read = trace
    assert pulsed.current == pytest.approx(2e-8, rel=1e-2)
    assert (read.voltage, read.terminal) == (pytest.approx(0.1, abs=1e-3), "gate")
    assert [drive.source for drive in server.world.at("gate") if drive.level] == [
        CURRENT, Source.VOLTAGE,
    ]  # fmt: skip


def test_a_bias_is_taken_off_before_a_current(bench, server):
    bench.bias("gate", 1.5, 1e-6)
    bench.apply(METER)
    levels = [(drive.level, drive.source) for drive in server.world.at("gate")]
    assert levels[:3] == [(1.5, "voltage"), (0.0, "voltage"), (0.0, "current")]
    assert server.world.drives()["gate"].level == 0.0


def test_the_instrument_holds_a_current(server):
    bench = bench_on(server, profile=make_profile(rests="grounded"))
    (instrument,) = bench._instruments.values()
    with bench:
        instrument.hold("gate", Drive(-1e-8, 2.0, CURRENT))
        assert server.world.drives()["gate"] == Drive(-1e-8, 2.0, CURRENT)
        instrument.hold("gate", Drive(0.0, 1e-6))
        assert server.world.drives()["gate"] == Drive(0.0, 1e-6)
        for drive in (Drive(4.0, 1.0, CURRENT), Drive(1e-6, 61.0, CURRENT), Drive(61.0, 1e-6)):
            sent = len(server.exchanges)
            with pytest.raises(LimitError, match="no ranges"):
                instrument.hold("gate", drive)
            assert len(server.exchanges) == sent
