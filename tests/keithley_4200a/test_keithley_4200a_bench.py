"""The bench over a scripted link: messages counted, outputs off on every way out."""

import signal
from dataclasses import replace

import pytest
from benches import keithley_bench
from scripted_4200a import PROFILE, Scripted4200A, commands

from mho.bench.guard import GuardedBench
from mho.drivers.keithley_4200a.settings import KeithleySettings
from mho.errors import (
    CommandRejected,
    ConnectionFailed,
    InstrumentTimeout,
    LimitError,
    ReplyError,
    SettingsError,
    UnsafeStateError,
    UnsupportedError,
)
from mho.stimuli import Hold, Pulse, PulseTrain, Read, Sweep

READ = Read(voltage=0.05, aperture=9e-3, settle=1e-3, compliance=1e-4)
SMUS = {"TE": {"channel": "SMU1"}, "gate": {"channel": "SMU2"}}
PULSES = {"TE": {"channel": "PMU1-1", "current_unlimited": True}, "gate": {"channel": "SMU2"}}


def pulse(**changes):
    facts = {
        "terminal": "TE", "amplitude": 2.0, "width": 10e-3, "compliance": 5e-3, "verify": READ,
    }  # fmt: skip
    return Pulse(**{**facts, **changes})


def sweep(points=201):
    up = [2.0 * index / 100 for index in range(points // 2)]
    return Sweep(
        terminal="TE",
        levels=(*up, *reversed(up), 0.0),
        dwell=20e-3,
        aperture=5e-3,
        compliance=5e-3,
    )


def train(number=160):
    half = number // 2
    return PulseTrain(
        terminal="TE",
        amplitudes=(1.5,) * half + (-1.5,) * half,
        width=10e-3,
        rest=10e-3,
        compliance=5e-3,
        verify=READ,
    )


HOLD = Hold(terminal="TE", level=0.1, count=100, interval=20e-3, aperture=9e-3, compliance=1e-4)


def bench_on(instrument, terminals=SMUS, **settings):
    settings = KeithleySettings(connection="GPIB0::17::INSTR", terminals=terminals, **settings)
    return keithley_bench(settings, PROFILE, instrument.clock, instrument.connect)


@pytest.fixture
def instrument():
    return Scripted4200A()


def again_after(bench, instrument, stimulus):
    """How many messages a stimulus takes that was applied before, whatever came between."""
    bench.apply(replace(stimulus, compliance=2e-4))
    instrument.take()
    bench.apply(stimulus)
    return len(instrument.take())


def all_off(instrument):
    return bool(instrument.outputs) and all(v is None for v in instrument.outputs.values())


@pytest.mark.parametrize(("rest", "most"), [(0.0, 6), (10e-3, 7)])
def test_a_closed_loop_step_takes_few_messages(instrument, rest, most):
    with bench_on(instrument) as bench:
        for amplitude in (2.0, 1.9, -1.0):
            instrument.take()
            pulsed, read = bench.apply(pulse(amplitude=amplitude, rest=rest)).readings
            assert len(instrument.take()) <= most
            assert pulsed.current == pytest.approx(amplitude * 1e-4)
            assert pulsed.voltage == amplitude
            assert (read.voltage, read.current) == (0.05, pytest.approx(5e-6))
            assert (pulsed.status, read.status) == ("NAI", "NAI")


def test_a_pulse_is_played_as_asked(instrument):
    with bench_on(instrument) as bench:
        start = instrument.clock.now()
        instrument.take()
        trace = bench.apply(pulse(rest=10e-3))
        assert instrument.take() == [
            "RG 1,0.01;IT4,0,0,0.25;DV1,1,2,0.005",
            "TI1",
            "DV1,1,0,0.005",
            "RG 1,0.0001;IT4,0,0,0.45;DV1,1,0.05,0.0001",
            "TI1",
            "DV1,1,0,0.005",
            ":ERROR:LAST:GET",
        ]
        # The stand-in measures in no time, so a reading is stamped at the start of its aperture.
        assert [r.time - start for r in trace] == pytest.approx([5e-3, 21e-3])
        assert instrument.clock.now() - start == pytest.approx(30.05e-3)


def test_the_voltage_of_a_pulse_in_compliance_is_not_known(instrument):
    instrument.letter = "C"
    with bench_on(instrument) as bench:
        pulsed, read = bench.apply(pulse()).readings
    assert pulsed.in_compliance and read.in_compliance
    assert pulsed.voltage != pulsed.voltage
    assert (pulsed.status, read.status) == ("CAI", "CAI CAV")


def test_other_letters_reach_the_status_and_are_no_compliance(instrument):
    instrument.letter = "T"
    with bench_on(instrument) as bench:
        pulsed, read = bench.apply(pulse()).readings
        swept = bench.apply(sweep(11)).readings
    assert not pulsed.in_compliance and pulsed.status == "TAI"
    assert read.status == "TAI TAV"
    assert {reading.status for reading in swept} == {"T T"}


def test_a_double_sweep_takes_few_messages_and_keeps_the_gate_held(instrument):
    with bench_on(instrument) as bench:
        start = instrument.clock.now()
        instrument.take()
        trace = bench.apply(sweep())
        messages = instrument.take()
        again = again_after(bench, instrument, sweep())
    assert len(messages) <= 10 and again <= 7
    assert len(trace) == len(sweep().levels)
    assert "VC2,3,0.001" in commands(messages)
    assert messages[0].startswith("DE;CH1;CH2;CH3;CH1,")
    assert trace[50].voltage == pytest.approx(1.0)
    assert trace[50].time - start == pytest.approx(51 * instrument.per_point)
    assert messages[-2] == "US;DV1,1,0,0.005;DV2,1,3,0.001"


def test_a_train_with_a_read_after_every_pulse_takes_few_messages(instrument):
    with bench_on(instrument) as bench:
        instrument.take()
        trace = bench.apply(train())
        assert len(instrument.take()) <= 60
    assert len(trace) == 320
    assert [r.voltage for r in trace][:2] == [1.5, 0.05]
    assert [r.voltage for r in trace][-2:] == [-1.5, 0.05]


def test_a_slow_instrument_is_polled_seldom(instrument):
    instrument.per_point = 0.5
    with bench_on(instrument) as bench:
        instrument.take()
        bench.apply(sweep())
        assert instrument.take().count("SP") < 25


def test_a_hold_is_sampled(instrument):
    with bench_on(instrument) as bench:
        instrument.take()
        trace = bench.apply(HOLD)
        messages = instrument.take()
        again = again_after(bench, instrument, HOLD)
    assert ";NR 100;IN 0.02;WT 0.011;" in messages[0]
    assert len(trace) == 100 and len(messages) <= 10 and again <= 7


def test_without_time_stamps_the_readings_are_spread_over_the_test(instrument):
    instrument.faults = [("DO 'V1T'", ("answers", ""))]
    with bench_on(instrument) as bench:
        start = instrument.clock.now()
        first = bench.apply(sweep(11))
        again = bench.apply(sweep(11))
    assert [r.time for r in first] == sorted(r.time for r in first)
    assert first[-1].time - start <= instrument.clock.now()
    assert len(again) == 11


@pytest.mark.parametrize(
    ("stimulus", "limit"),
    [
        (train(4100), "pulsetrain at TE: 8200 points; a 4200A SMU1 takes 1 to 4095"),
        (replace(HOLD, count=5000), "hold at TE: 5000 points; a 4200A SMU1 takes 1 to 4095"),
        (pulse(amplitude=300.0), "level 300 V is above 210 V, what a 4200A SMU1 can"),
        (pulse(compliance=0.5), "level 500 mA is above 105 mA, what a 4200A SMU1 can"),
        (
            pulse(amplitude=100.0, compliance=0.1),
            "power of level 10 W is above 2.205 W, what a 4200A SMU1 can",
        ),
        (pulse(compliance=1e-9), "level 1 nA is below 100 nA, what a 4200A SMU1 can"),
        (pulse(amplitude=float("nan")), "level nan V is above 210 V, what a 4200A SMU1 can"),
        (pulse(width=1e-3), "duration of level 1 ms is below 5 ms, what a 4200A SMU1 can"),
        (
            replace(sweep(), dwell=1e-3, aperture=5e-4),
            "duration of level 1 ms (the worst of 198) is below 5 ms, what a 4200A SMU1 can",
        ),
    ],
)
def test_what_is_beyond_a_limit_is_refused_before_anything_is_sent(instrument, stimulus, limit):
    with GuardedBench(bench_on(instrument)) as bench:
        bench.apply(pulse())
        instrument.take()
        with pytest.raises(LimitError) as caught:
            bench.apply(stimulus)
        assert any(reason.endswith(limit) for reason in caught.value.refusals)
        assert instrument.take() == []


@pytest.mark.parametrize("stimulus", [train(4100), replace(HOLD, count=5000)])
def test_what_the_buffer_does_not_hold_is_not_encoded(instrument, stimulus):
    with bench_on(instrument) as bench:
        instrument.take()
        with pytest.raises(LimitError, match="4096"):
            bench.apply(stimulus)
        assert instrument.take() == []


PLAYED = [pulse(rest=10e-3), sweep(11), train(4), HOLD]


def exchanges(stimulus, terminals=SMUS, again=False):
    instrument = Scripted4200A()
    with bench_on(instrument, terminals) as bench:
        if again:
            for before in (pulse(), stimulus, HOLD, train(4)) * 2:
                bench.apply(before)
        instrument.take()
        bench.apply(stimulus)
        return instrument.take()


FAULTS = [
    ("lost", InstrumentTimeout),
    ("late", InstrumentTimeout),
    ("drop", ConnectionFailed),
    (("answers", "#!%"), ReplyError),
    (KeyboardInterrupt(), KeyboardInterrupt),
]


@pytest.mark.parametrize(("kind", "error"), FAULTS, ids=lambda value: str(value)[:20])
@pytest.mark.parametrize("terminals", [SMUS, PULSES], ids=["SMU", "PMU"])
@pytest.mark.parametrize("stimulus", PLAYED, ids=lambda s: type(s).__name__)
def test_whatever_fails_outputs_go_off_and_the_next_reading_is_right(
    stimulus, terminals, kind, error
):
    for message in dict.fromkeys(exchanges(stimulus, terminals)):
        instrument = Scripted4200A()
        with bench_on(instrument, terminals) as bench:
            instrument.faults = [(message, kind)]
            try:
                bench.apply(stimulus)
            except error:
                assert all_off(instrument), message
            else:  # only time stamps can be done without
                assert message == "DO 'V1T'"
            assert not instrument.faults, message
            trace = bench.apply(stimulus)
            expected = Scripted4200A()
            with bench_on(expected, terminals) as reference:
                wanted = reference.apply(stimulus)
            assert [r[1:] for r in trace] == [r[1:] for r in wanted], message
        assert all_off(instrument)


@pytest.mark.parametrize("stimulus", PLAYED, ids=lambda s: type(s).__name__)
@pytest.mark.parametrize("terminals", [SMUS, PULSES], ids=["SMU", "PMU"])
def test_a_latched_error_is_told_with_its_meaning(instrument, stimulus, terminals):
    with bench_on(instrument, terminals) as bench:

        def latch():
            instrument.error = "KXCI argument error. (-993)"

        first = exchanges(stimulus, terminals)[0]
        instrument.faults = [(first, latch)]
        with pytest.raises(CommandRejected, match=r"\(-993\).*argument wrong"):
            bench.apply(stimulus)
        assert all_off(instrument)
        assert "MD;ME1" not in instrument.log and ":PMU:EXECUTE" not in instrument.log
        bench.apply(stimulus)


@pytest.mark.parametrize("reply", ["", "KXCI command error. (-992)", "-992"])
def test_a_setter_that_is_not_acknowledged_is_refused(instrument, reply):
    with bench_on(instrument) as bench:
        instrument.faults = [("VL1", ("answers", reply))]
        with pytest.raises((CommandRejected, ReplyError), match="VL1"):
            bench.apply(sweep(11))
        assert all_off(instrument)


@pytest.mark.parametrize("nothing", ["", "0", "ACK", "No error. (0)"])
def test_every_way_to_tell_no_error_is_taken(instrument, nothing):
    instrument.no_error = nothing
    with bench_on(instrument) as bench:
        assert len(bench.apply(pulse())) == 2


@pytest.mark.parametrize("bits", [2, 66, 64 + 16])
def test_a_syntax_error_in_the_status_ends_the_wait(instrument, bits):
    with bench_on(instrument) as bench:

        def misunderstand():
            instrument.status_bits = bits

        instrument.faults = [("MD;ME1", misunderstand)]
        instrument.never_ready = bits == 80
        before = instrument.clock.now()
        with pytest.raises((CommandRejected, UnsafeStateError)) as caught:
            bench.apply(sweep())
        instrument.never_ready = False
        assert "syntax error" in f"{caught.value} {caught.value.__context__}"
        assert instrument.clock.now() - before < 30


def test_a_stale_error_bit_does_not_end_the_wait(instrument):
    instrument.status_bits = 66
    with bench_on(instrument) as bench:
        assert len(bench.apply(sweep(11))) == 11


def test_a_test_that_never_ends_is_aborted(instrument):
    with bench_on(instrument) as bench:
        instrument.per_point = 1e9
        with pytest.raises(InstrumentTimeout, match="not ended"):
            bench.apply(sweep(11))
        assert "ME4" in instrument.log and all_off(instrument)


def test_zeros_from_an_open_interlock_are_no_data(instrument):
    instrument.faults = [("TI1", ("answers", "NAI 0.0000E+00"))] * 1
    with bench_on(instrument) as bench:
        instrument.conductance = 0.0
        instrument.faults = [("TV1", ("answers", "NAV 0.0000E+00"))]
        with pytest.raises(ReplyError, match="interlock"):
            bench.apply(pulse())


def test_an_unreachable_output_is_named(instrument):
    bench = bench_on(instrument)
    bench.__enter__()
    instrument.faults = [(what, "always times out") for what in ("DV", "US")]
    with pytest.raises(UnsafeStateError, match=r"TE \(SMU1\)(?s:.*)gate \(SMU2\)"):
        bench.__exit__(None, None, None)


def test_a_dropped_connection_is_made_anew_once_to_switch_off(instrument):
    with bench_on(instrument) as bench:
        instrument.faults = [("TI1", "drop")]
        with pytest.raises(ConnectionFailed):
            bench.apply(pulse())
        assert all_off(instrument) and instrument.connections == 2


def test_a_lost_instrument_leaves_outputs_unsafe(instrument):
    bench = bench_on(instrument)
    bench.__enter__()
    instrument.faults = [("TI1", "drop")]
    instrument.refuses_connection = True
    with pytest.raises(UnsafeStateError):
        bench.apply(pulse())
    instrument.refuses_connection = False
    bench.off()
    assert all_off(instrument)


def test_a_second_interrupt_waits_until_outputs_are_off(instrument):
    with bench_on(instrument) as bench:
        instrument.faults = [
            ("TI1", KeyboardInterrupt()),
            ("DV1,1,0,0.001", lambda: signal.raise_signal(signal.SIGINT)),
        ]
        with pytest.raises(KeyboardInterrupt):
            bench.apply(pulse())
        assert all_off(instrument)


def test_a_card_that_is_not_there_is_told_before_anything_is_energised(instrument):
    instrument.cards = "SMU1,SMU3"
    with pytest.raises(SettingsError, match=r"terminals.gate.channel: is SMU2(.*)SMU1,SMU3"):
        bench_on(instrument).__enter__()
    assert not instrument.outputs


@pytest.mark.parametrize(
    ("terminal", "complaint"),
    [
        ({"channel": "SMU1", "preamp": True}, "preamp"),
        ({"channel": "SMU1", "high_power": True}, "high_power"),
        ({"channel": "PMU2-1", "current_unlimited": True}, "PMU2-1"),
    ],
)
def test_a_card_must_be_what_the_file_says(instrument, terminal, complaint):
    with pytest.raises(SettingsError, match=complaint):
        bench_on(instrument, {**SMUS, "TE": terminal}).__enter__()


def test_another_instrument_is_not_taken_for_a_4200a(instrument):
    instrument.leftovers = []
    instrument.faults = [("*IDN?", ("answers", "KEITHLEY INSTRUMENTS,MODEL 2450,1,1"))]
    with pytest.raises(SettingsError, match="MODEL 2450"):
        bench_on(instrument).__enter__()


def test_answers_left_over_by_somebody_else_are_not_ours(instrument):
    instrument.leftovers = ["ACK", "NAI 1.0000E-03"]
    with bench_on(instrument) as bench:
        assert bench.identities[0].serial == "1442736"
        assert bench.apply(pulse())[1].current == pytest.approx(5e-6)


@pytest.mark.parametrize("terminals", [SMUS, PULSES], ids=["SMU", "PMU"])
def test_over_gpib_setters_are_not_answered(instrument, terminals):
    """Nor is what was set up, or started, taken for answered: a second round is as the first."""
    instrument.acknowledges = False
    with bench_on(instrument, terminals) as bench:
        for _ in range(2):
            assert [len(bench.apply(s)) for s in (pulse(), sweep(11), HOLD, train(4))] == [
                2, 11, 100, 8,
            ]  # fmt: skip
        told = exchanges_over_gpib(instrument, bench, sweep(11))
    polled = ["SP" if message == "serial poll" else message for message in told]
    assert "SP" not in told and ("serial poll" in told) == (terminals is SMUS)
    assert polled == exchanges(sweep(11), terminals, again=True)
    assert all_off(instrument)


@pytest.mark.parametrize("terminals", [SMUS, PULSES], ids=["SMU", "PMU"])
@pytest.mark.parametrize("kind", ["lost", "drop", ("answers", "#!%")], ids=str)
@pytest.mark.parametrize("stimulus", [sweep(11), pulse()], ids=lambda s: type(s).__name__)
def test_after_an_error_everything_is_told_again(instrument, terminals, kind, stimulus):
    with bench_on(instrument, terminals) as bench:
        instrument.take()
        bench.apply(stimulus)
        first = [m for m in instrument.take() if m != "SP"]
        bench.apply(stimulus)
        assert len(instrument.take()) < len(first) or terminals is SMUS
        instrument.faults = [(":ERROR:LAST:GET", kind)]
        with pytest.raises((InstrumentTimeout, ConnectionFailed, ReplyError)):
            bench.apply(HOLD)
        instrument.take()
        bench.apply(stimulus)
        told = instrument.take()
    start = next(i for i, m in enumerate(told) if m == first[0])
    assert [m for m in told[start:] if m != "SP"] == first


def exchanges_over_gpib(instrument, bench, stimulus):
    instrument.take()
    bench.apply(stimulus)
    return instrument.take()


def test_after_off_the_biases_come_back(instrument):
    with bench_on(instrument) as bench:
        bench.off()
        bench.off()
        assert all_off(instrument)
        bench.apply(pulse())
        assert instrument.outputs == {1: 0.0, 2: 3.0}


def test_a_fixed_integration_serves_every_reading(instrument):
    terminals = {**SMUS, "TE": {"channel": "SMU1", "integration": "short"}}
    with bench_on(instrument, terminals) as bench:
        instrument.take()
        bench.apply(pulse())
        assert [m.count("IT4,0,0,0.1;") for m in instrument.take()] == [1, 0, 0, 0, 0, 0]


def test_a_pulse_card_sends_only_what_changed(instrument):
    verify = Read(voltage=0.05, aperture=9e-6, settle=1e-6, compliance=5e-3)
    with bench_on(instrument, PULSES) as bench:
        bench.apply(pulse(width=10e-6, verify=verify))
        instrument.take()
        bench.apply(pulse(amplitude=1.9, width=10e-6, verify=verify))
        messages = instrument.take()
    assert [m.split()[0] for m in messages[:2]] == [
        ":PMU:SARB:SEQ:STARTV",
        ":PMU:SARB:SEQ:STOPV",
    ]
    assert len(messages) <= 8


def test_a_pulse_card_reads_a_sensitive_range_in_a_test_of_its_own(instrument):
    with bench_on(instrument, PULSES) as bench:
        instrument.take()
        trace = bench.apply(pulse())
        messages = instrument.take()
    ranges = [m for m in messages if m.startswith(":PMU:MEASURE:RANGE")]
    assert ranges == [":PMU:MEASURE:RANGE 1,2,0.01", ":PMU:MEASURE:RANGE 1,2,0.0001"]
    assert messages.count(":PMU:EXECUTE") == 2 and len(trace) == 2
    with bench_on(instrument, PULSES) as bench:
        bench.apply(pulse())
        instrument.take()
        bench.apply(pulse(amplitude=1.9))
        assert len(instrument.take()) <= 16


def test_many_points_of_a_pulse_card_come_in_blocks(instrument):
    hold = Hold(terminal="TE", level=0.1, count=5000, interval=1e-3, aperture=5e-4, compliance=1e-4)
    with bench_on(instrument, PULSES) as bench:
        instrument.take()
        trace = bench.apply(hold)
        blocks = [m for m in instrument.take() if ":PMU:DATA:GET" in m]
    assert blocks == [f":PMU:DATA:GET 1,{a},{b}" for a, b in [(0, 2048), (2048, 2048), (4096, 905)]]
    assert len({r.voltage for r in trace}) == 5000


def test_a_pulse_card_holds_no_bias(instrument):
    with bench_on(instrument, PULSES) as bench:
        bench.bias("TE", 0.0, 1e-3)
        with pytest.raises(UnsupportedError, match="TE"):
            bench.bias("TE", 1.0, 1e-3)


def test_an_smu_behind_an_rpm_is_routed_and_cut_off_again(instrument):
    terminals = {**SMUS, "TE": {"channel": "SMU1", "through_rpm": "PMU1-1"}}
    with bench_on(instrument, terminals):
        assert ":PMU:RPM:CONFIGURE PMU1-1,2" in instrument.log
    assert instrument.log[-1] == ":PMU:RPM:CONFIGURE PMU1-1,0" or (
        ":PMU:RPM:CONFIGURE PMU1-1,0" in instrument.log
    )
