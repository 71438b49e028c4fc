"""Ctrl-C or SIGTERM before, in or after any exchange with the NI device server: outputs off."""

import signal
from collections import deque

import pytest
from faulty_ni import CURVES, SINGLE, TOLERANCE, bench_on, play_scenario, simulated

from mho.clock import RealClock, VirtualClock
from mho.drivers.ni_pxie_4139 import connection
from mho.errors import CommandRejected
from mho.interrupts import termination_as_interrupt
from mho.sim_instruments.ni_device_server.faults import Fault, Faults
from mho.testing.faults import Trap, TrappedClock, assert_right, is_off

STRIDE = 53


class TrappedRecord(deque):
    """The server's record of calls: a call that has come, but is not yet carried out."""

    def __init__(self, traps):
        super().__init__()
        self._traps = traps

    def append(self, label):
        super().append(label)
        spring(self._traps)


def spring(traps):
    for trap in traps:
        trap.spring()


@pytest.fixture
def trapped_scenario(monkeypatch):
    """``trapped_scenario(moment, ...)``: the scenario's outcome, its calls and its first trap."""
    plain = connection.TimedChannel.unary_unary

    def run(*moments, faults=(), number=signal.SIGINT, kinds=(KeyboardInterrupt,)):
        traps = [Trap(moment, number) for moment in moments]

        def trapped(self, *args, **kwargs):
            call = plain(self, *args, **kwargs)

            def exchange(request, metadata=None):
                spring(traps)
                reply = call(request, metadata)
                spring(traps)
                return reply

            return exchange

        monkeypatch.setattr(connection.TimedChannel, "unary_unary", trapped)
        clock = VirtualClock()
        with simulated(clock=clock) as server:
            server.exchanges = TrappedRecord(traps)
            benchs_clock = TrappedClock(clock, traps[0])
            outcome, calls = play_scenario(server, benchs_clock, *faults, kinds=kinds)
            assert is_off(server)
        return outcome, calls, traps[0]

    return run


@pytest.fixture(scope="module")
def wanted():
    clock = VirtualClock()
    with simulated(clock=clock) as server:
        return play_scenario(server, clock)[0].played


def assert_every_moment_is_safe(run, wanted, stride, number=signal.SIGINT):
    outcome, _, trap = run(0)
    assert outcome.errors == [] and trap.passed > 500
    for moment in range(1 + number % stride, trap.passed + 1, stride):
        outcome, _, _ = run(moment, number=number)
        assert [type(error) for error in outcome.errors] == [KeyboardInterrupt], moment
        assert_right(outcome, wanted, TOLERANCE)


def test_ctrl_c_at_any_moment_leaves_nothing_on_and_nothing_shifted(trapped_scenario, wanted):
    assert_every_moment_is_safe(trapped_scenario, wanted, STRIDE)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ctrl_c_at_every_moment_leaves_nothing_on_and_nothing_shifted(trapped_scenario, wanted):
    assert_every_moment_is_safe(trapped_scenario, wanted, 1)


def test_sigterm_at_any_moment_leaves_nothing_on_and_nothing_shifted(trapped_scenario, wanted):
    with termination_as_interrupt():
        assert_every_moment_is_safe(trapped_scenario, wanted, 3 * STRIDE, signal.SIGTERM)


def test_a_second_ctrl_c_waits_until_the_outputs_are_off(trapped_scenario, wanted):
    _, calls, untrapped = trapped_scenario(0)
    first = 3 * calls.index("FetchMultiple")
    assert first < untrapped.passed
    for later in range(1, 18, 3):  # two outputs take three calls each, of three moments
        outcome, calls, _ = trapped_scenario(first, first + later)
        assert [type(error) for error in outcome.errors] == [KeyboardInterrupt], later
        assert_right(outcome, wanted, TOLERANCE)


def test_while_a_bench_closes_an_interrupt_is_not_taken(trapped_scenario):
    """The last moments of a scenario belong to it: all is done, then the interrupt is told."""
    _, _, trap = trapped_scenario(0)
    closing = 3 * 8  # two outputs and sessions, in four exchanges each
    for moment in range(trap.passed - closing + 1, trap.passed + 1, 4):
        outcome, calls, _ = trapped_scenario(moment)
        assert [type(error) for error in outcome.errors] == [KeyboardInterrupt]
        assert isinstance(outcome.closing, KeyboardInterrupt), moment
        assert calls[-2:] == ["Close", "Close"]


def test_ctrl_c_while_a_fault_is_recovered_from_waits_for_the_outputs(trapped_scenario, wanted):
    _, calls, _ = trapped_scenario(0)
    number = calls.index("FetchMultiple") + 1
    fault = Fault(at=number, carried_out=False, status="UNKNOWN", code=-1074135024)
    together = 0
    moments = range(3 * number, 3 * number + 24, 4)
    for moment in moments:
        outcome, _, _ = trapped_scenario(
            moment, faults=[fault], kinds=(KeyboardInterrupt, CommandRejected)
        )
        assert [type(error) for error in outcome.errors].count(KeyboardInterrupt) == 1, moment
        assert_right(outcome, wanted, TOLERANCE)
        together += len(outcome.errors) == 1  # the interrupt took the place of the fault's error
    assert 0 < together < len(moments)


def test_ctrl_c_while_an_exchange_waits_is_taken_once_it_is_answered():
    """So that it cannot be carried out after the outputs went off, and gRPC is left in order."""
    clock, real = VirtualClock(), RealClock()
    with simulated(clock=clock) as server, bench_on(server, clock) as bench:
        bench.apply(SINGLE)
        server.faults = Faults(calls=(Fault(at=2, hangs=0.5),))
        server.exchanges = TrappedRecord([Trap(2)])
        start = real.now()
        with pytest.raises(KeyboardInterrupt):
            bench.apply(SINGLE)
        assert real.now() - start >= 0.5
        assert is_off(server)
        assert list(server.exchanges)[2:5] == [
            "AbortWithChannels",
            "SetAttributeViBoolean[output_enabled]",
            "ResetWithChannels",
        ]
        assert len(bench.apply(SINGLE)) == 1


def test_ctrl_c_is_not_lost_in_an_exchange_that_fails():
    clock = VirtualClock()
    with simulated(clock=clock) as server, bench_on(server, clock) as bench:
        bench.apply(SINGLE)
        refused = Fault(at=2, carried_out=False, status="UNKNOWN", code=-1074097933)
        server.faults = Faults(calls=(refused,))  # as of points that are still to come
        server.exchanges = TrappedRecord([Trap(2)])
        with pytest.raises(KeyboardInterrupt):
            bench.apply(SINGLE)
        assert list(server.exchanges)[1] == "FetchMultiple"
        assert is_off(server)


def test_ctrl_c_between_two_curves_switches_off_before_it_goes_on():
    clock = VirtualClock()
    trap = Trap(1)
    with simulated(clock=clock) as server:
        bench = bench_on(server, TrappedClock(clock, trap))
        with bench:
            with pytest.raises(KeyboardInterrupt):
                bench.apply(CURVES)
            assert trap.passed == 1
            assert is_off(server)
