"""Ctrl-C or SIGTERM in the middle of any exchange: outputs off, and the conversation in step."""

import signal

import pytest
from faulty_4200a import (
    FLAVOURS,
    SCENARIOS,
    STILL_BUSY,
    faulty,
    no_waiting,
    undisturbed,
)

from mho.drivers.keithley_4200a.conversation import visa
from mho.errors import InstrumentTimeout
from mho.interrupts import termination_as_interrupt
from mho.sim_instruments.keithley_4200a import Fault
from mho.testing.faults import Trap, TrappedClock, assert_right, is_off, play

STRIDE = 7


@pytest.fixture(autouse=True)
def time(monkeypatch):
    return no_waiting(monkeypatch)


class TrappedLink:
    """A link with moments before and after everything that goes over it."""

    def __init__(self, link, trap):
        self._link, self._trap = link, trap

    def __getattr__(self, name):
        what = getattr(self._link, name)
        if name not in ("write", "read", "drain"):
            return what

        def trapped(*arguments):
            self._trap.spring()
            result = what(*arguments)
            self._trap.spring()
            return result

        return trapped


@pytest.fixture
def trapped_scenario(monkeypatch):
    """``trapped_scenario(flavour, moment)``: its outcome, the trap and the instrument."""
    really_open = visa.open_link

    def run(flavour, moment, *faults, number=signal.SIGINT, kinds=(KeyboardInterrupt,)):
        trap = Trap(moment, number)
        monkeypatch.setattr(
            visa, "open_link", lambda *arguments: TrappedLink(really_open(*arguments), trap)
        )
        clock = lambda clock: TrappedClock(clock, trap)  # noqa: E731
        with faulty(flavour, *faults, clock=clock, **STILL_BUSY) as (bench, instrument):
            outcome = play(bench, instrument, SCENARIOS[flavour], kinds)
            assert instrument.world.drives() == {}
        return outcome, trap

    return run


def assert_interrupted_once(outcome, wanted, moment):
    assert [type(error) for error in outcome.errors] == [KeyboardInterrupt], moment
    assert_right(outcome, wanted)


def assert_every_moment_is_safe(run, flavour, stride, number=signal.SIGINT):
    wanted, _ = undisturbed(flavour, **STILL_BUSY)
    outcome, trap = run(flavour, 0)
    assert outcome.errors == [] and trap.passed > 200
    for moment in range(1 + number % stride, trap.passed + 1, stride):
        outcome, _ = run(flavour, moment, number=number)
        assert_interrupted_once(outcome, wanted, moment)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_ctrl_c_at_any_moment_leaves_nothing_on_and_nothing_shifted(trapped_scenario, flavour):
    assert_every_moment_is_safe(trapped_scenario, flavour, STRIDE)


@pytest.mark.slow
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_ctrl_c_at_every_moment_leaves_nothing_on_and_nothing_shifted(trapped_scenario, flavour):
    assert_every_moment_is_safe(trapped_scenario, flavour, 1)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_sigterm_at_any_moment_leaves_nothing_on_and_nothing_shifted(trapped_scenario, flavour):
    with termination_as_interrupt():
        assert_every_moment_is_safe(trapped_scenario, flavour, 4 * STRIDE, signal.SIGTERM)


def test_ctrl_c_while_a_fault_is_recovered_from_waits_for_the_outputs(trapped_scenario):
    wanted, told = undisturbed("SMU", **STILL_BUSY)
    fault = Fault(kind="late", at=told.index("MD;ME1") + 1)
    _, untrapped = trapped_scenario("SMU", 0)
    first = untrapped.passed // 5
    together = 0
    for moment in range(first, first + 100, 2):
        outcome, _ = trapped_scenario(
            "SMU", moment, fault, kinds=(KeyboardInterrupt, InstrumentTimeout)
        )
        assert [type(error) for error in outcome.errors].count(KeyboardInterrupt) == 1, moment
        assert_right(outcome, wanted)
        together += len(outcome.errors) == 1  # the interrupt took the place of the fault's error
    assert 0 < together < 50


def test_while_outputs_go_off_an_interrupt_is_not_taken(trapped_scenario):
    """The last moments of a scenario belong to it: all is done, then the interrupt is told."""
    _, trap = trapped_scenario("SMU", 0)
    for moment in range(trap.passed - 15, trap.passed + 1):
        outcome, _ = trapped_scenario("SMU", moment)
        assert isinstance(outcome.closing, KeyboardInterrupt)


def test_the_trap_catches_a_driver_that_would_leave_an_output_on():
    """The device does see the voltages that the bench drives, and what holds them."""
    with faulty("SMU") as (bench, instrument):
        bench.__enter__()
        assert not is_off(instrument)
        bench.__exit__(None, None, None)
        assert is_off(instrument)
