"""Currents and open terminals when an exchange fails or Ctrl-C comes: to 0 first, then off."""

import signal

import pytest
from faulty_4200a import STILL_BUSY, no_waiting
from gate_scenario import (
    PROFILE,
    RAMP,
    SCENARIO,
    GateWithPotential,
    Strictly,
    assert_scenario,
)
from gated_cell import assert_opened_at_zero
from gated_cell_on_4200a import assert_zero_before_off, messages, simulated
from test_keithley_4200a_faults import EXPECTED, LAST_OF_CONNECTING
from test_keithley_4200a_interrupts import TrappedLink

from mho.drivers.keithley_4200a.conversation import visa
from mho.errors import ConnectionFailed, InstrumentTimeout
from mho.interrupts import termination_as_interrupt
from mho.sim_instruments.keithley_4200a import Fault
from mho.testing.faults import Trap, TrappedClock, assert_right, play

TOLERANCE = 1e-4
STRIDE = 6
INTERRUPT_STRIDE = 17


@pytest.fixture(autouse=True)
def time(monkeypatch):
    return no_waiting(monkeypatch)


def cell(*faults, **options):
    return simulated(
        GateWithPotential(), *faults, profile=PROFILE, **{"timeout": 0.5, **STILL_BUSY, **options}
    )  # fmt: skip


def assert_off(instrument, outcome):
    """Nothing is driven, and no output went off at a level.

    But for those of tests: a linear sweep ends on standby at its last level, an aborted test where
    it was.
    """
    assert instrument.world.drives() == {}
    assert_zero_before_off(messages(instrument))
    if not outcome.errors:
        assert_opened_at_zero(instrument.world, {RAMP.levels[-1]})


@pytest.fixture(scope="module")
def undisturbed():
    with cell() as (bench, instrument):
        outcome = play(bench, Strictly(instrument), SCENARIO)
        assert outcome.errors == []
        assert_off(instrument, outcome)
        return outcome.played, messages(instrument)


def assert_recovers(kind, number, told, wanted, **options):
    where = f"{kind} at message {number}, {told[number - 1][:60]}"
    with cell(Fault(kind=kind, at=number), **options) as (bench, instrument):
        outcome = play(bench, Strictly(instrument), SCENARIO)
        assert_right(outcome, wanted, TOLERANCE)
        assert len(outcome.errors) <= 1, where
        allowed = {EXPECTED[kind]}
        if number <= LAST_OF_CONNECTING:
            allowed.add(ConnectionFailed)
        if kind == "closed" and options.get("tcp"):
            allowed.add(InstrumentTimeout)
        assert {type(error) for error in outcome.errors} <= allowed, where
        assert_off(instrument, outcome)
        return bool(outcome.errors)


def test_the_scenario_reads_what_it_should(undisturbed):
    played, told = undisturbed
    assert_scenario(played, TOLERANCE)
    assert len(told) > 100


def faulted(kind):
    begin = 1 + list(EXPECTED).index(kind) % STRIDE
    return lambda told: range(begin, len(told) + 1, STRIDE)


@pytest.mark.parametrize("kind", EXPECTED)
def test_after_a_fault_all_other_readings_are_right_and_the_gate_is_open(undisturbed, kind):
    wanted, told = undisturbed
    numbers = faulted(kind)(told)
    failed = [assert_recovers(kind, number, told, wanted) for number in numbers]
    assert any(failed)


@pytest.mark.slow
@pytest.mark.parametrize("kind", EXPECTED)
def test_after_a_fault_at_any_message_the_gate_is_open(undisturbed, kind):
    wanted, told = undisturbed
    for number in range(1, len(told) + 1):
        assert_recovers(kind, number, told, wanted)


@pytest.mark.parametrize("kind", EXPECTED)
def test_over_tcp_the_gate_is_open_after_a_fault_where_it_opens(undisturbed, kind):
    wanted, told = undisturbed
    for message in ("DV2", "DI2,1,0,2"):
        number = told.index(message) + 1
        assert_recovers(kind, number, told, wanted, tcp=True, timeout=0.25)


@pytest.mark.parametrize("kind", EXPECTED)
@pytest.mark.parametrize("level", [0.7, None])
def test_a_bias_at_an_open_terminal_that_fails_comes_to_0_v_before_it_goes_off(kind, level):
    def hold(*faults):
        with cell(*faults) as (bench, instrument):
            error = None
            with bench:
                if level is None:
                    bench.bias("gate", -0.3, 1e-6)
                before = len(instrument.exchanges)
                try:
                    bench.bias("gate", level, 1e-6)
                except tuple(EXPECTED.values()) as caught:
                    error = type(caught)
            assert instrument.world.drives() == {}
            assert_zero_before_off(messages(instrument))
            return before, error

    before, error = hold()
    assert error is None
    _, error = hold(Fault(kind=kind, at=before + 1))
    assert error is EXPECTED[kind]


@pytest.fixture
def interrupted(monkeypatch):
    """``interrupted(moment)``: the scenario's outcome, and its trap."""
    really_open = visa.open_link

    def run(moment, number=signal.SIGINT):
        trap = Trap(moment, number)
        monkeypatch.setattr(
            visa, "open_link", lambda *arguments: TrappedLink(really_open(*arguments), trap)
        )
        with cell(clock=lambda clock: TrappedClock(clock, trap)) as (bench, instrument):
            outcome = play(bench, Strictly(instrument), SCENARIO, (KeyboardInterrupt,))
            assert_off(instrument, outcome)
        return outcome, trap

    return run


def assert_every_moment_is_safe(run, wanted, stride, number=signal.SIGINT):
    outcome, trap = run(0)
    assert outcome.errors == [] and trap.passed > 300
    for moment in range(1 + number % stride, trap.passed + 1, stride):
        outcome, _ = run(moment, number)
        assert [type(error) for error in outcome.errors] == [KeyboardInterrupt], moment
        assert_right(outcome, wanted, TOLERANCE)


def test_ctrl_c_at_any_moment_leaves_nothing_on_and_the_gate_open(interrupted, undisturbed):
    assert_every_moment_is_safe(interrupted, undisturbed[0], INTERRUPT_STRIDE)


def test_sigterm_at_any_moment_leaves_nothing_on_and_the_gate_open(interrupted, undisturbed):
    with termination_as_interrupt():
        stride = 4 * INTERRUPT_STRIDE
        assert_every_moment_is_safe(interrupted, undisturbed[0], stride, signal.SIGTERM)


@pytest.mark.slow
def test_ctrl_c_at_every_moment_leaves_nothing_on_and_the_gate_open(interrupted, undisturbed):
    assert_every_moment_is_safe(interrupted, undisturbed[0], 1)
