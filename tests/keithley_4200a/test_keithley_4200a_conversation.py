"""The wire by itself, and the waits: no answer is taken for another, no sleep is long."""

import pytest
from scripted_4200a import IDENTITY, Scripted4200A

from mho.clock import VirtualClock
from mho.drivers.keithley_4200a.conversation.waiting import polls, wait_until
from mho.drivers.keithley_4200a.conversation.wire import Wire
from mho.errors import CommandRejected, ConnectionFailed, InstrumentTimeout, ReplyError


@pytest.fixture
def instrument():
    return Scripted4200A()


@pytest.fixture
def wire(instrument):
    wire = Wire(instrument.connect)
    wire.open()
    return wire


@pytest.mark.parametrize("kind", ["lost", "late"])
@pytest.mark.parametrize("asked", ["US", "SP"])
def test_after_a_timeout_the_next_answer_belongs_to_the_next_query(instrument, wire, kind, asked):
    instrument.faults = [(asked, kind)]
    with pytest.raises(InstrumentTimeout):
        wire.send(asked) if asked == "US" else wire.query(asked, int)
    assert wire.query("*OPT?", str) == instrument.cards
    assert wire.query("SP", int) == 1


def test_a_query_that_shares_its_message_with_setters_has_one_answer(wire):
    assert wire.query("US;DV1,1,1,0.001;TI1", str).startswith("NAI")
    assert wire.query("*IDN?", str) == IDENTITY


@pytest.mark.parametrize("reply", ["-980", "KXCI error (-980)"])
def test_an_error_in_place_of_a_reading_is_told(instrument, wire, reply):
    instrument.faults = [("SP", ("answers", reply))]

    def refuse(text):
        raise ReplyError(text)

    with pytest.raises(CommandRejected, match="while a test runs"):
        wire.query("SP", refuse)


def test_a_latched_error_is_told_once(instrument, wire):
    """Reading the latch does not clear it."""
    instrument.error = "KXCI command error. (-992)"
    with pytest.raises(CommandRejected, match="-992"):
        wire.check_errors("what was asked")
    wire.check_errors("what is asked next")


def test_another_instrument_after_reconnecting_is_refused(instrument, wire):
    instrument.faults = [("*IDN?", ("answers", "SOMEBODY,ELSE,1,1"))]
    with pytest.raises(ConnectionFailed, match="SOMEBODY"):
        wire.reconnect()
    wire.reconnect()


def test_a_closed_wire_says_so(wire):
    wire.close()
    wire.close()
    with pytest.raises(ConnectionFailed, match="open the bench"):
        wire.send("US")


class NotingClock(VirtualClock):
    def __init__(self):
        super().__init__()
        self.sleeps = []

    def sleep(self, duration):
        self.sleeps.append(duration)
        super().sleep(duration)


@pytest.mark.parametrize("duration", [0.0, 1e-6, 1.2345, 1e6])
def test_virtual_time_jumps_however_long_the_wait(duration):
    clock = NotingClock()
    clock.sleep(1e3)
    clock.sleeps.clear()
    wait_until(clock, 1e3 + duration)
    assert clock.now() == pytest.approx(1e3 + duration, abs=2e-9)
    assert len(clock.sleeps) == (duration > 0)


def test_polls_are_few_however_late_the_end_is():
    clock = NotingClock()
    moments = [clock.now() for _ in polls(clock, 1.0, 60.0)]
    assert moments[:2] == [0.0, pytest.approx(1.0)]
    assert moments[-1] >= 60.0 and len(moments) < 30
