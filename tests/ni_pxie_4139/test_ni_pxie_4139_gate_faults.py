"""Currents and open terminals when an exchange fails or Ctrl-C comes: 0 V first, then the relay."""

import signal
import warnings

import pytest
from gate_scenario import GateWithPotential, Strictly, assert_scenario
from gate_scenario_on_ni import play_scenario
from gated_cell import assert_opened_at_zero
from gated_cell_on_ni import simulated
from test_ni_pxie_4139_faults import KINDS, OPENING

from mho.clock import VirtualClock
from mho.drivers.ni_pxie_4139 import connection
from mho.errors import ConnectionFailed
from mho.interrupts import termination_as_interrupt
from mho.sim_instruments.ni_device_server.faults import Fault
from mho.testing.faults import Trap, TrappedClock, assert_right

TOLERANCE = 0.01
STRIDE, INTERRUPT_STRIDE = 13, 83


@pytest.fixture(scope="module")
def undisturbed():
    clock = VirtualClock()
    with simulated(GateWithPotential(), clock) as server:
        outcome, calls = play_scenario(server, clock)
    assert outcome.errors == []
    return outcome.played, calls


def assert_off(server):
    """Nothing is driven, no current can flow into the gate, and its relay opened at 0 V."""
    drives = Strictly(server).world.drives()
    assert not any(drive.level for drive in drives.values()), drives
    assert_opened_at_zero(server.world)


def assert_recovers(kind, number, wanted, label):
    expected, fault = KINDS[kind]
    where = f"{kind} at call {number}, {label}"
    clock = VirtualClock()
    with simulated(GateWithPotential(), clock) as server, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        outcome, calls = play_scenario(server, clock, Fault(at=number, **fault))
        assert calls[number - 1] == label
        assert_right(outcome, wanted, TOLERANCE)
        assert len(outcome.errors) <= 1, where
        allowed = {expected} | ({ConnectionFailed} if label in OPENING else set())
        assert {type(error) for error in outcome.errors} <= allowed, where
        assert_off(server)
        if outcome.errors:
            again, _ = play_scenario(server, clock)
            assert again.errors == [], where
            assert_right(again, wanted, TOLERANCE)
            assert_off(server)


def test_the_scenario_reads_what_it_should(undisturbed):
    played, calls = undisturbed
    assert_scenario(played, TOLERANCE)
    assert {"Disable", "CommitWithChannels"} <= set(calls)


@pytest.mark.parametrize("kind", KINDS)
def test_after_a_fault_all_other_readings_are_right_and_the_gate_is_open(undisturbed, kind):
    wanted, calls = undisturbed
    index = list(KINDS).index(kind)
    for number in range(1 + STRIDE * index, len(calls) + 1, STRIDE * len(KINDS)):
        assert_recovers(kind, number, wanted, calls[number - 1])


RELAYS = ("Disable", "CommitWithChannels", "SetAttributeViBoolean[output_connected]")


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        pytest.param(label, kind, marks=pytest.mark.slow if (n + m) % 2 else ())
        for n, label in enumerate(RELAYS)
        for m, kind in enumerate(("refused", "answer lost", "session lost"))
    ],
)
def test_a_relay_that_fails(undisturbed, kind, label):
    wanted, calls = undisturbed
    numbers = [number for number, name in enumerate(calls, start=1) if name == label]
    for number in (numbers[0], numbers[1], numbers[-1]):
        assert_recovers(kind, number, wanted, label)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", KINDS)
def test_after_a_fault_in_any_call_the_gate_is_open(undisturbed, kind):
    wanted, calls = undisturbed
    for number, label in enumerate(calls, start=1):
        assert_recovers(kind, number, wanted, label)


@pytest.fixture
def interrupted(monkeypatch):
    """``interrupted(moment)``: the scenario's outcome, and its trap."""
    plain = connection.TimedChannel.unary_unary

    def run(moment, number=signal.SIGINT):
        trap = Trap(moment, number)

        def trapped(self, *args, **kwargs):
            call = plain(self, *args, **kwargs)

            def exchange(request, metadata=None):
                trap.spring()
                reply = call(request, metadata)
                trap.spring()
                return reply

            return exchange

        monkeypatch.setattr(connection.TimedChannel, "unary_unary", trapped)
        clock = VirtualClock()
        with simulated(GateWithPotential(), clock) as server:
            benchs_clock = TrappedClock(clock, trap)
            outcome, _ = play_scenario(server, benchs_clock, kinds=(KeyboardInterrupt,))
            assert_off(server)
        return outcome, trap

    return run


def assert_every_moment_is_safe(run, wanted, stride, number=signal.SIGINT):
    outcome, trap = run(0)
    assert outcome.errors == [] and trap.passed > 230
    for moment in range(1 + number % stride, trap.passed + 1, stride):
        outcome, _ = run(moment, number)
        assert [type(error) for error in outcome.errors] == [KeyboardInterrupt], moment
        assert_right(outcome, wanted, TOLERANCE)


def test_ctrl_c_at_any_moment_leaves_nothing_on_and_the_gate_open(interrupted, undisturbed):
    assert_every_moment_is_safe(interrupted, undisturbed[0], INTERRUPT_STRIDE)


def test_sigterm_at_any_moment_leaves_nothing_on_and_the_gate_open(interrupted, undisturbed):
    with termination_as_interrupt():
        stride = 3 * INTERRUPT_STRIDE
        assert_every_moment_is_safe(interrupted, undisturbed[0], stride, signal.SIGTERM)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ctrl_c_at_every_moment_leaves_nothing_on_and_the_gate_open(interrupted, undisturbed):
    assert_every_moment_is_safe(interrupted, undisturbed[0], 1)
