"""Any one exchange with the 4200A fails: no reading is lost or shifted, no output stays on.

The driver and PyVISA are the real ones, the instrument is simulated: in this process through
pyvisa-sim, and on a socket through pyvisa-py.
"""

from contextlib import suppress

import pytest
from faulty_4200a import (
    FLAVOURS,
    SCENARIO,
    STILL_BUSY,
    assert_right,
    faulty,
    is_dark,
    no_waiting,
    play,
    undisturbed,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mho.drivers.keithley_4200a.visa import open_link
from mho.drivers.keithley_4200a.wire import Wire
from mho.errors import (
    CommandRejected,
    ConnectionFailed,
    InstrumentTimeout,
    ReplyError,
    UnsafeStateError,
)
from mho.sim_instruments.keithley_4200a import Fault

EXPECTED = {
    "dropped": InstrumentTimeout,
    "late": InstrumentTimeout,
    "stale": ReplyError,
    "garbled": ReplyError,
    "closed": ConnectionFailed,
}
STRIDE = 3
"""Every third message, the kinds of faults beginning with different ones."""

LAST_OF_CONNECTING = 2
"""The first messages of a connection are identity queries; without an answer there is none."""


@pytest.fixture(autouse=True)
def time(monkeypatch):
    return no_waiting(monkeypatch)


def assert_recovers(flavour, kind, number, told, wanted, **options):
    """One fault: at most one stimulus fails, with the right error; all others are right."""
    where = f"{kind} at message {number}, {told[number - 1][:60]}"
    with faulty(flavour, Fault(kind=kind, at=number), **options) as (bench, instrument):
        outcome = play(bench, instrument)
        assert_right(outcome, wanted)
        assert len(outcome.errors) <= 1, where
        allowed = {EXPECTED[kind]}
        if number <= LAST_OF_CONNECTING:
            allowed.add(ConnectionFailed)
        if kind == "closed" and options.get("tcp"):  # to pyvisa-py a closed socket is a silent one
            allowed.add(InstrumentTimeout)
        assert {type(error) for error in outcome.errors} <= allowed, where
        assert instrument.fixture.drives() == {}, where
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


STARTS = {"SMU": "ME1", "PMU": ":PMU:EXECUTE", "RPM": "ME1"}
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


@pytest.mark.parametrize("kind", EXPECTED)
@pytest.mark.parametrize("flavour", ["SMU", "PMU"])
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
        outcome = play(bench, instrument)
        assert_right(outcome, wanted)
        if any(isinstance(error, UnsafeStateError) for error in outcome.errors):
            with suppress(UnsafeStateError):
                bench.off()


several_faults = given(flavour=st.sampled_from(list(FLAVOURS)), several=faults(110))
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
    silence = Fault(kind="dropped", at=told.index("ME1") + 1, times=60)
    with faulty("SMU", silence) as (bench, instrument), bench:
        bench.apply(SCENARIO[0])
        with pytest.raises(UnsafeStateError, match=r"TE \(SMU1\)(?s:.*)gate \(SMU2\)"):
            bench.apply(SCENARIO[1])
        for _ in range(60):
            try:
                bench.off()
            except UnsafeStateError:
                continue
            break
        assert is_dark(instrument)


@pytest.mark.parametrize("tcp", [False, True])
def test_a_bench_opens_though_somebody_left_a_test_running(tcp):
    """A program that died in a sweep leaves it running; nobody else could get in before its end."""
    with faulty("SMU", tcp=tcp, timeout=0.2, **STILL_BUSY) as (bench, instrument):
        link = open_link(bench._address, 0.2, "none")
        lost = Wire(lambda: link)
        lost.open()
        for message in (
            "DE;CH1;CH2;CH3;CH4", "CH1,'V1','I1',1,1", "SS;HT 0;DT 1", "VL1,1,0.001,1,1,1,1,0",
            "SM DM2", "LI 'I1','V1'", "MD", "ME1",
        ):  # fmt: skip
            lost.tell(message)
        assert lost.ask("SP", int) == 16
        assert not is_dark(instrument)
        lost.close()
        assert play(bench, instrument).errors == []


def test_the_acknowledgement_of_a_setter_is_not_taken_for_no_error():
    """A left-over ACK ahead of the error that is latched must not hide it."""
    with faulty("SMU", Fault(kind="stale", starts_with="VL1")) as (bench, _), bench:
        bench._wire.tell("SS")
        bench._wire.tell("VL1,1,0.005,0.1,0.2")
        bench._wire.tell("XX")
        with pytest.raises(CommandRejected, match="-992"):
            bench._wire.check("XX")


@pytest.mark.parametrize(
    ("kind", "starts_with"),
    [
        ("stale", "*OPT?"), ("stale", "TI1"), ("stale", ":PMU:TEST:STATUS?"),
        ("garbled", "*OPT?"), ("garbled", "TI1"), ("garbled", "DO 'I1'"),
        ("garbled", ":PMU:DATA:COUNT?"),
    ],
)  # fmt: skip
def test_what_answers_no_query_is_a_reply_error_whatever_was_asked(kind, starts_with):
    flavour = "PMU" if starts_with.startswith(":") else "SMU"
    fault = Fault(kind=kind, starts_with=starts_with)
    with faulty(flavour, fault) as (bench, instrument):
        (error,) = play(bench, instrument).errors
        assert type(error) is ReplyError
        assert starts_with in str(error)


def test_a_missing_answer_takes_its_timeout_and_no_more(time):
    """Recovery costs one timeout and a few quiet moments, while outputs may be on."""
    _, told = undisturbed("SMU", **STILL_BUSY)
    fault = Fault(kind="dropped", at=told.index("ME1") + 1)
    with faulty("SMU", fault, timeout=5.0, **STILL_BUSY) as (bench, instrument), bench:
        bench.apply(SCENARIO[0])
        before = time.now
        with pytest.raises(InstrumentTimeout):
            bench.apply(SCENARIO[1])
        assert is_dark(instrument)
        assert time.now - before < 5.5


INTERLOCKED = {"SMU": True, "PMU": False, "RPM": True}
"""A pulse card works without the interlock."""


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_an_interlock_that_opens_gives_readings_as_asked_or_none(flavour):
    wanted, told = undisturbed(flavour, **STILL_BUSY)
    for number in every(told):
        if told[number - 1] == "TV1":
            continue  # the voltage alone reads 0 then, and nobody sees
        fault = Fault(kind="interlock", at=number)
        with faulty(flavour, fault, **STILL_BUSY) as (bench, instrument):
            outcome = play(bench, instrument)
            assert_right(outcome, wanted)
            for error in outcome.errors:
                assert type(error) is ReplyError and "interlock" in str(error), number
            if number < told.index(STARTS[flavour]):
                assert bool(outcome.errors) == INTERLOCKED[flavour], number
