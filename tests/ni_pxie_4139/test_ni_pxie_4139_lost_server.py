"""The NI device server goes away, comes back, hangs, or fails several times: how it ends."""

import threading

import pytest
from faulty_ni import (
    HOLD,
    PULSE,
    SCENARIO,
    SINGLE,
    SWEEP,
    TOLERANCE,
    TRAIN,
    bench_on,
    play_scenario,
    simulated,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tcp_relay import TcpRelay

from mho.clock import RealClock, VirtualClock
from mho.drivers.ni_grpc_channel import OPTIONS
from mho.drivers.ni_pxie_4139 import connection
from mho.errors import ConnectionFailed, InstrumentTimeout, UnsafeStateError
from mho.sim_instruments.ni_device_server.faults import NO_FAULTS, Fault, Faults
from mho.testing.faults import assert_off, assert_right, is_off, play

CALLS = 191
STRIDE = 67
UNREACHABLE = {"carried_out": False, "status": "UNAVAILABLE"}


@pytest.fixture(scope="module")
def wanted():
    clock = VirtualClock()
    with simulated(clock=clock) as server:
        outcome, calls = play_scenario(server, clock)
    assert len(calls) == CALLS
    return outcome.played


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(connection, "_READY_TIME", 0.2)
    monkeypatch.setattr(connection, "_READY_TIME_IF_LOST", 0.1)


@pytest.fixture
def disturbed_scenario(monkeypatch):
    """``disturbed_scenario(number, what)`` does ``what`` to the relay before an exchange."""
    plain = connection.TimedChannel.unary_unary

    def run(number, what):
        passed = 0

        def disturbed(self, *args, **kwargs):
            call = plain(self, *args, **kwargs)

            def exchange(request, metadata=None):
                nonlocal passed
                passed += 1
                if passed == number:
                    what(relay)
                return call(request, metadata)

            return exchange

        monkeypatch.setattr(connection.TimedChannel, "unary_unary", disturbed)
        clock = VirtualClock()
        with simulated(clock=clock) as server:
            relay = TcpRelay(server.address)
            try:
                outcome, _ = play_scenario(server, clock, address=relay.address)
            finally:
                relay.close()
            assert is_off(server), number
        return outcome

    return run


def down_for_a_moment(relay):
    relay.close()
    threading.Timer(0.2, relay.listen).start()


def assert_survives(run, wanted, what, numbers):
    for number in numbers:
        outcome = run(number, what)
        assert_right(outcome, wanted, TOLERANCE)
        assert {type(error) for error in outcome.errors} <= {ConnectionFailed}, number
        assert len(outcome.errors) <= 1, number


@pytest.mark.parametrize("what", [TcpRelay.cut, down_for_a_moment])
def test_a_connection_that_comes_back_is_no_reason_to_leave_outputs_on(
    disturbed_scenario, wanted, what
):
    assert_survives(disturbed_scenario, wanted, what, range(30, CALLS, STRIDE))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("what", [TcpRelay.cut, down_for_a_moment])
def test_a_connection_that_comes_back_at_any_exchange(disturbed_scenario, wanted, what):
    assert_survives(disturbed_scenario, wanted, what, range(20, CALLS + 1))


@pytest.mark.parametrize("last", [1, 5, 15, *range(24, CALLS, STRIDE)])
def test_a_server_that_is_gone_is_told_each_time_and_in_the_end(impatient, wanted, last):
    clock = VirtualClock()
    with simulated(clock=clock) as server:
        server.faults = Faults(dies_after=last)
        outcome = play(bench_on(server, clock), server, SCENARIO)
    opened = last > 4  # with a session there may be something to switch off
    if outcome.opening:
        assert type(outcome.opening) is (UnsafeStateError if opened else ConnectionFailed)
        return
    assert {type(error) for error in outcome.errors} == {UnsafeStateError}
    assert outcome.closing is not None
    assert_right(outcome, wanted, TOLERANCE)


def test_a_server_that_is_gone_is_waited_for_once(monkeypatch):
    """Not for every output anew, before anybody is told that they may be on."""
    monkeypatch.setattr(connection, "_READY_TIME", 0.4)
    monkeypatch.setattr(connection, "_READY_TIME_IF_LOST", 0.1)
    waits, plain = [], connection.TimedChannel.__init__

    def noting(self, channel, timeout, *, waits_for_server=False):
        plain(self, channel, timeout, waits_for_server=waits_for_server)
        if waits_for_server:
            waits.append(timeout)

    monkeypatch.setattr(connection.TimedChannel, "__init__", noting)
    clock = VirtualClock()
    with simulated(clock=clock) as server:
        bench = bench_on(server, clock)
        bench.__enter__()
        server.faults = Faults(dies_after=0)
        with pytest.raises(UnsafeStateError):
            bench.apply(PULSE)
        assert waits == [0.4, 0.1]
        with pytest.raises(UnsafeStateError):
            bench.__exit__(None, None, None)


def test_a_lost_server_is_tried_again_while_it_is_waited_for():
    options = dict(OPTIONS)
    assert 2 * options["grpc.max_reconnect_backoff_ms"] <= 1000 * connection._READY_TIME


def test_an_unsafe_state_ends_once_the_server_answers_again():
    clock = VirtualClock()
    with simulated(clock=clock) as server, bench_on(server, clock) as bench:
        bench.apply(PULSE)
        server.faults = Faults(calls=(Fault(at=3, times=10_000, **UNREACHABLE),))
        told = pytest.raises(UnsafeStateError, match=r"TE \(PXI1Slot2/0\)(?s:.*)gate \(PXI1Slot3/0")
        with told as caught:
            bench.apply(SWEEP)
        assert "NI MAX" in str(caught.value)
        assert not is_off(server)
        server.faults = NO_FAULTS
        bench.off()
        assert is_off(server)
        assert len(bench.apply(SWEEP)) == len(SWEEP.levels)


def test_what_this_program_left_on_goes_off_though_no_new_session_can_be_had():
    clock = VirtualClock()
    with simulated(clock=clock) as server:
        left = bench_on(server, clock)
        left.__enter__()
        left.bias("TE", 1.0, 1e-3)
        refused = Fault(at=7, carried_out=False, status="UNKNOWN", code=-1074118656)
        server.faults = Faults(calls=(refused,))
        with pytest.raises(ConnectionFailed, match="-1074118656"):
            bench_on(server, clock).__enter__()
        assert server.exchanges[-1] == "InitializeWithIndependentChannels"
        assert server.world.drives()["TE"].level == 0.0


def test_a_restarted_server_costs_one_stimulus():
    clock = VirtualClock()
    with simulated(clock=clock) as server, bench_on(server, clock) as bench:
        bench.apply(PULSE)
        server.faults = Faults(calls=(Fault(at=1, restarts=True),))
        assert not is_off(server)  # outputs outlive the server that drove them
        with pytest.raises(ConnectionFailed, match="open the bench again"):
            bench.apply(PULSE)
        assert is_off(server)
        assert len(bench.apply(PULSE)) == 2


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_server_that_hangs_is_waited_for_no_longer_than_its_deadline(carried_out):
    clock, real = VirtualClock(), RealClock()
    with simulated(clock=clock) as server, bench_on(server, clock, timeout=0.25) as bench:
        bench.apply(SINGLE)
        server.faults = Faults(calls=(Fault(at=2, hangs=0.5, carried_out=carried_out),))
        start = real.now()
        with pytest.raises(InstrumentTimeout):
            bench.apply(TRAIN)
        assert real.now() - start >= 0.25
        assert is_off(server)
        real.sleep(0.3)  # what hung is over, and has done no harm
        assert is_off(server)
        assert len(bench.apply(HOLD)) == HOLD.count


def test_a_slow_server_is_waited_for():
    clock = VirtualClock()
    with simulated(clock=clock) as server, bench_on(server, clock) as bench:
        server.faults = Faults(hangs={"FetchMultiple": 0.3, "InitiateWithChannels": 0.1})
        assert len(bench.apply(TRAIN)) == 5


def faults(last):
    kinds = [
        {"carried_out": False, "status": "UNKNOWN", "code": -1074135024},
        {"status": "DEADLINE_EXCEEDED"},
        {"restarts": True},
        {"reply": b"\xff"},
        UNREACHABLE,
    ]
    fault = st.builds(
        lambda kind, at, times: Fault(at=at, times=times, **kind),
        st.sampled_from(kinds),
        st.integers(1, last),
        st.integers(1, 4),
    )
    return st.lists(fault, min_size=2, max_size=4)


def assert_several_faults_do_no_harm(wanted, several):
    """Two attempts are made to switch off; if both fail, `UnsafeStateError` says so."""
    clock = VirtualClock()
    with simulated(clock=clock) as server:
        outcome, _ = play_scenario(server, clock, *several)
        assert_right(outcome, wanted, TOLERANCE)
        assert_off(server, outcome.closing or outcome.opening)


several_faults = given(several=faults(CALLS))
read_only = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=8, deadline=None, suppress_health_check=read_only)
@several_faults
def test_several_faults_do_no_harm(wanted, several):
    assert_several_faults_do_no_harm(wanted, several)


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(max_examples=500, deadline=None, suppress_health_check=read_only)
@several_faults
def test_many_several_faults_do_no_harm(wanted, several):
    assert_several_faults_do_no_harm(wanted, several)
