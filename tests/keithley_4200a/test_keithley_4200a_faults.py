"""Any one exchange with the 4200A fails: no reading is lost or shifted, no output stays on.

The driver and PyVISA are the real ones, the instrument is simulated: in this process through
pyvisa-sim, and on a socket through pyvisa-py.
"""

from contextlib import suppress

import pytest
from benches import only_instrument
from faulty_4200a import (
    FLAVOURS,
    PULSE,
    SCENARIOS,
    STILL_BUSY,
    SWEEP,
    faulty,
    no_waiting,
    undisturbed,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scripted_4200a import Scripted4200A

from mho.drivers.keithley_4200a.conversation.visa import open_link
from mho.drivers.keithley_4200a.conversation.wire import Wire
from mho.errors import (
    CommandRejected,
    ConnectionFailed,
    InstrumentTimeout,
    ReplyError,
    UnsafeStateError,
)
from mho.sim_instruments.keithley_4200a import Fault
from mho.testing.faults import assert_right, is_off, play

EXPECTED = {
    "dropped": InstrumentTimeout,
    "late": InstrumentTimeout,
    "stale": ReplyError,
    "garbled": ReplyError,
    "closed": ConnectionFailed,
}
STRIDE = 4
"""Every fourth message, the kinds of faults beginning with different ones."""

LAST_OF_CONNECTING = 2
"""The first messages of a connection are identity queries; without an answer there is none."""


@pytest.fixture(autouse=True)
def time(monkeypatch):
    return no_waiting(monkeypatch)


def assert_recovers(flavour, kind, number, told, wanted, **options):
    """One fault: at most one stimulus fails, with the right error; all others are right."""
    where = f"{kind} at message {number}, {told[number - 1][:60]}"
    with faulty(flavour, Fault(kind=kind, at=number), **options) as (bench, instrument):
        outcome = play(bench, instrument, SCENARIOS[flavour])
        assert_right(outcome, wanted)
        assert len(outcome.errors) <= 1, where
        allowed = {EXPECTED[kind]}
        if number <= LAST_OF_CONNECTING:
            allowed.add(ConnectionFailed)
        if kind == "closed" and options.get("tcp"):  # to pyvisa-py a closed socket is a silent one
            allowed.add(InstrumentTimeout)
        assert {type(error) for error in outcome.errors} <= allowed, where
        assert instrument.world.drives() == {}, where
        return bool(outcome.errors)


def matrix(flavour, kind, numbers, **options):
    wanted, told = undisturbed(flavour, **STILL_BUSY)
    failed = [
        assert_recovers(flavour, kind, number, told, wanted, **STILL_BUSY, **options)
        for number in numbers(told)
    ]
    assert any(failed)


def sampled(kind):
    begin = 1 + list(EXPECTED).index(kind) % STRIDE
    return lambda told: range(begin, len(told) + 1, STRIDE)


def every(told):
    return range(1, len(told) + 1)


@pytest.mark.parametrize("kind", EXPECTED)
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_after_a_fault_all_other_readings_are_right(flavour, kind):
    matrix(flavour, kind, sampled(kind))


@pytest.mark.slow
@pytest.mark.parametrize("terminator", ["none", "auto"])
@pytest.mark.parametrize("kind", EXPECTED)
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_after_a_fault_at_any_message_all_other_readings_are_right(flavour, kind, terminator):
    matrix(flavour, kind, every, terminator=terminator)


STARTS = {"SMU": "MD;ME1", "PMU": ":PMU:EXECUTE", "RPM": "MD;ME1"}
POLLS = {"SMU": "SP", "PMU": ":PMU:TEST:STATUS?", "RPM": "SP"}


@pytest.mark.parametrize("failed_query", ["empty", "code", "text", "ACK"])
@pytest.mark.parametrize("kind", EXPECTED)
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_running_test_is_stopped_though_a_busy_instrument_refuses_its_identity(
    flavour, kind, failed_query
):
    wanted, told = undisturbed(flavour, **STILL_BUSY)
    start = told.index(STARTS[flavour])
    poll = start + told[start:].index(POLLS[flavour])
    for index in (start, poll):
        assert_recovers(
            flavour, kind, index + 1, told, wanted, failed_query=failed_query, **STILL_BUSY
        )


TCP = {"tcp": True, "timeout": 0.25}
"""Real waiting: short, but longer than a busy computer may hold up an answer."""


@pytest.mark.parametrize(
    ("flavour", "kind"), [*(("SMU", kind) for kind in EXPECTED), ("PMU", "closed")]
)
def test_over_tcp_after_a_fault_all_other_readings_are_right(flavour, kind):
    matrix(flavour, kind, lambda told: [told.index(STARTS[flavour]) + 1], **TCP)


@pytest.mark.slow
@pytest.mark.parametrize("kind", EXPECTED)
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_over_tcp_after_a_fault_at_any_message_all_other_readings_are_right(flavour, kind):
    matrix(flavour, kind, sampled(kind), **TCP)


def faults(last):
    fault = st.builds(Fault, kind=st.sampled_from(list(EXPECTED)), at=st.integers(1, last))
    return st.lists(fault, min_size=2, max_size=4)


def assert_several_faults_do_no_harm(flavour, several):
    """Two attempts are made to switch off; if both fail, `UnsafeStateError` says so."""
    wanted, _ = undisturbed(flavour, **STILL_BUSY)
    with faulty(flavour, *several, **STILL_BUSY) as (bench, instrument):
        outcome = play(bench, instrument, SCENARIOS[flavour])
        assert_right(outcome, wanted)
        if any(isinstance(error, UnsafeStateError) for error in outcome.errors):
            with suppress(UnsafeStateError):
                bench.off()


several_faults = given(flavour=st.sampled_from(list(FLAVOURS)), several=faults(180))
patched_once = [HealthCheck.function_scoped_fixture]


@settings(max_examples=30, deadline=None, suppress_health_check=patched_once)
@several_faults
def test_several_faults_do_no_harm(flavour, several):
    assert_several_faults_do_no_harm(flavour, several)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None, suppress_health_check=patched_once)
@several_faults
def test_many_several_faults_do_no_harm(flavour, several):
    assert_several_faults_do_no_harm(flavour, several)


@pytest.mark.parametrize("kind", EXPECTED)
def test_a_failure_while_switching_off_is_made_good(kind):
    wanted, told = undisturbed("SMU")
    begin = len(told) - told[::-1].index("US")
    for number in range(begin, len(told) + 1):
        assert not assert_recovers("SMU", kind, number, told, wanted), told[number - 1]


def test_an_unsafe_state_ends_once_the_instrument_answers_again():
    _, told = undisturbed("SMU")
    silence = Fault(kind="dropped", at=told.index("MD;ME1") + 1, times=60)
    with faulty("SMU", silence) as (bench, instrument), bench:
        bench.apply(PULSE)
        with pytest.raises(UnsafeStateError, match=r"TE \(SMU1\)(?s:.*)gate \(SMU2\)"):
            bench.apply(SWEEP)
        for _ in range(60):
            try:
                bench.off()
            except UnsafeStateError:
                continue
            break
        assert is_off(instrument)


@pytest.mark.parametrize("tcp", [False, True])
def test_a_bench_opens_though_somebody_left_a_test_running(tcp):
    """A program that died in a sweep leaves it running; nobody else could get in before its end."""
    with faulty("SMU", tcp=tcp, timeout=0.2, **STILL_BUSY) as (bench, instrument):
        link = open_link(only_instrument(bench)._address, 0.2, "none")
        lost = Wire(lambda: link)
        lost.open()
        for message in (
            "DE;CH1;CH2;CH3;CH4", "CH1,'V1','I1',1,1", "SS;HT 0;DT 1", "VL1,1,0.001,1,1,1,1,0",
            "SM DM2", "LI 'I1','V1'", "MD", "ME1",
        ):  # fmt: skip
            lost.send(message)
        assert lost.query("SP", int) == 16
        assert not is_off(instrument)
        lost.close()
        assert play(bench, instrument, [PULSE, SWEEP]).errors == []


def test_the_acknowledgement_of_a_setter_is_not_taken_for_no_error():
    """A left-over ACK ahead of the error that is latched must not hide it."""
    with faulty("SMU", Fault(kind="stale", starts_with="VL1")) as (bench, _), bench:
        wire = only_instrument(bench)._wire
        wire.send("SS")
        wire.send("VL1,1,0.005,0.1,0.2")
        wire.send("XX")
        with pytest.raises(CommandRejected, match="-992"):
            wire.check_errors("XX")


@pytest.mark.parametrize(
    ("kind", "starts_with"),
    [
        ("stale", "*OPT?"), ("stale", "TI1"), ("stale", ":PMU:TEST:STATUS?"),
        ("garbled", "*OPT?"), ("garbled", "TI1"), ("garbled", "DO 'I1'"),
        ("garbled", ":PMU:DATA:GET"),
    ],
)  # fmt: skip
def test_what_answers_no_query_is_a_reply_error_whatever_was_asked(kind, starts_with):
    flavour = "PMU" if starts_with.startswith(":") else "SMU"
    fault = Fault(kind=kind, starts_with=starts_with)
    with faulty(flavour, fault) as (bench, instrument):
        (error,) = play(bench, instrument, SCENARIOS[flavour]).errors
        assert type(error) is ReplyError
        assert starts_with in str(error)


def test_a_missing_answer_takes_its_timeout_and_no_more(time):
    """Recovery costs one timeout and a few quiet moments, while outputs may be on."""
    _, told = undisturbed("SMU", **STILL_BUSY)
    fault = Fault(kind="dropped", at=told.index("MD;ME1") + 1)
    with faulty("SMU", fault, timeout=5.0, **STILL_BUSY) as (bench, instrument), bench:
        bench.apply(PULSE)
        before = time.now
        with pytest.raises(InstrumentTimeout):
            bench.apply(SWEEP)
        assert is_off(instrument)
        assert time.now - before < 5.5


def test_another_instrument_at_the_address_is_not_taken_for_the_one_that_is_gone():
    with faulty("SMU", Fault(kind="closed", starts_with="MD;ME1")) as (bench, instrument), bench:
        first = instrument.chassis
        instrument.chassis = first.model_copy(update={"serial": "0000001"})
        with pytest.raises(UnsafeStateError, match="0000001"):
            bench.apply(SWEEP)
        instrument.chassis = first
        bench.off()
        assert is_off(instrument)


@pytest.mark.parametrize("kind", ["dropped", "late", "garbled"])
def test_a_sweep_is_not_lost_with_its_time_stamps(kind):
    wanted, _ = undisturbed("SMU")
    with faulty("SMU", Fault(kind=kind, starts_with="DO 'V1T'")) as (bench, instrument):
        outcome = play(bench, instrument, SCENARIOS["SMU"])
        assert outcome.errors == []
        assert_right(outcome, wanted)


@pytest.mark.parametrize("refusal", ["", "ACK", "-980", "KXCI error. (-980)"])
def test_a_refused_identity_is_no_reason_to_hang_up(refusal):
    """Whether the status byte is busy while a pulse test runs is not documented."""
    instrument = Scripted4200A()
    wire = Wire(instrument.connect)
    wire.open()
    instrument.faults = [(":PMU:EXECUTE", "lost"), ("*IDN?", ("answers", refusal))]
    with pytest.raises(InstrumentTimeout):
        wire.send(":PMU:EXECUTE")
    wire.send(":PMU:ABORT")
    assert wire.query("SP", int) == 1
    assert instrument.connections == 1
