"""The driver on a simulated GPIB: setters are silent, and the bus polls the status byte.

A serial poll clears data ready, error and request, so nothing that was told is told again.
"""

import logging

import pytest
import pyvisa
from faulty_4200a import (
    FLAVOURS,
    SCENARIOS,
    STILL_BUSY,
    SWEEP,
    faulty,
    messages,
    no_waiting,
    undisturbed,
)
from pyvisa.constants import StatusCode
from scripted_4200a import Scripted4200A
from test_keithley_4200a_bench import bench_on, sweep
from test_keithley_4200a_faults import EXPECTED, assert_recovers

from mho.clock import VirtualClock
from mho.drivers.keithley_4200a.conversation.visa import VisaLink, open_link
from mho.drivers.keithley_4200a.conversation.wire import Wire
from mho.errors import CommandRejected, ConnectionFailed, InstrumentTimeout
from mho.rehearsal import World
from mho.sim_instruments.keithley_4200a import KeithleyOptions, serve_on_visa
from mho.testing.faults import Resistors, assert_right, is_off, play

GPIB = {"transport": "gpib", "terminator": "LF"}


@pytest.fixture(autouse=True)
def time(monkeypatch):
    return no_waiting(monkeypatch)


@pytest.fixture
def polls(monkeypatch):
    """The status bytes that the driver polled."""
    found = []
    really = VisaLink.serial_poll

    def serial_poll(link):
        found.append(really(link))
        return found[-1]

    monkeypatch.setattr(VisaLink, "serial_poll", serial_poll)
    return found


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_bus_polls_where_a_socket_asks(flavour, polls):
    """Otherwise both are told the same, and give the same."""
    wanted, told = undisturbed(flavour)
    assert not polls
    with faulty(flavour, **GPIB) as (bench, instrument):
        outcome = play(bench, instrument, SCENARIOS[flavour])
        assert outcome.errors == []
        assert_right(outcome, wanted)
        on_the_bus = messages(instrument)
    assert "SP" not in on_the_bus
    assert on_the_bus == [message for message in told if message != "SP"]
    assert len(polls) == 1 + told.count("SP") + _tests_after_readings(told)  # one at opening
    assert (told.count("SP") > 0) == (flavour != "PMU")


def _tests_after_readings(told):
    """Tests before which a reading of user mode may have requested service: polled away first."""
    count, stands = 0, False
    for message in told:
        stands |= message.startswith("TI")
        if "ME1" in message and stands:
            count, stands = count + 1, False
    return count


def test_data_ready_and_errors_of_somebody_else_are_not_ours(polls):
    with faulty("SMU", **GPIB) as (bench, instrument):
        instrument.status.flags = 1 | 2 | 64
        outcome = play(bench, instrument, [SWEEP, SWEEP])
    assert outcome.errors == []
    assert polls[0] == 67 and not any(status & 66 for status in polls[1:])


def test_a_test_whose_end_somebody_else_polled_has_ended(monkeypatch):
    """A serial poll between ours takes data ready away; being idle is enough then."""
    really = VisaLink.serial_poll

    def after_another(link):
        really(link)
        return really(link)

    monkeypatch.setattr(VisaLink, "serial_poll", after_another)
    wanted, _ = undisturbed("SMU")
    with faulty("SMU", **GPIB) as (bench, instrument):
        outcome = play(bench, instrument, SCENARIOS["SMU"])
        assert outcome.errors == []
        assert_right(outcome, wanted)


@pytest.mark.parametrize("acknowledges", [False, True])
def test_an_error_in_a_test_is_told_although_there_was_one_before(acknowledges):
    """Over Ethernet the bits of before may have been left standing; a serial poll clears them."""
    instrument = Scripted4200A(acknowledges=acknowledges)

    def misunderstand():
        instrument.status_bits = 66

    instrument.faults = [("MD;ME1", misunderstand)]
    with bench_on(instrument) as bench:
        misunderstand()  # before its first test, and then in it
        if acknowledges:
            assert len(bench.apply(sweep(11))) == 11
        else:
            with pytest.raises(CommandRejected, match="syntax error"):
                bench.apply(sweep(11))


def test_a_latched_error_is_told_although_there_was_one_before():
    with faulty("SMU", **GPIB) as (bench, simulated), bench:
        bench.apply(SWEEP)
        for _ in range(2):
            simulated.status.refuse(-991)
            with pytest.raises(CommandRejected, match="-991"):
                bench.apply(SWEEP)
            bench.apply(SWEEP)
    assert is_off(simulated)


@pytest.mark.parametrize("kind", EXPECTED)
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_after_a_fault_on_the_bus_all_other_readings_are_right(flavour, kind):
    wanted, told = undisturbed(flavour, **GPIB, **STILL_BUSY)
    first = 1 + list(EXPECTED).index(kind)
    failed = [
        assert_recovers(flavour, kind, number, told, wanted, **GPIB, **STILL_BUSY)
        for number in range(first, len(told) + 1, len(EXPECTED))
    ]
    assert any(failed)


def test_a_serial_poll_is_logged(caplog):
    caplog.set_level(logging.DEBUG, "mho.drivers.keithley_4200a")
    running = serve_on_visa(
        World(Resistors(), VirtualClock(), 1),
        {"SMU1": "TE"},
        options=KeithleyOptions(transport="gpib"),
    )
    try:
        link = open_link(running.address, 1.0, "LF")
        link.write("nonsense")
        caplog.clear()
        assert [link.serial_poll(), link.serial_poll()] == [66, 0]
        link.close()
    finally:
        running.stop()
    ours = [record.getMessage() for record in caplog.records if "drivers" in record.name]
    assert ours[:-1] == ["-> serial poll", "<- 66", "-> serial poll", "<- 0"]


@pytest.mark.parametrize(
    "error", [NotImplementedError(), pyvisa.VisaIOError(StatusCode.error_nonsupported_operation)]
)
def test_a_library_that_cannot_poll_is_told_before_anything_is_on(monkeypatch, error):
    def read_stb(_resource):
        raise error

    monkeypatch.setattr(pyvisa.resources.MessageBasedResource, "read_stb", read_stb)
    with faulty("SMU", **GPIB) as (bench, instrument):
        with pytest.raises(ConnectionFailed, match=r"no serial poll.*Install NI-VISA"):
            bench.__enter__()
        assert messages(instrument) == ["*IDN?"]
        assert is_off(instrument)


def test_a_poll_that_fails_is_a_failure_of_the_wire(monkeypatch):
    really, left = pyvisa.resources.MessageBasedResource.read_stb, [1]

    def read_stb(resource):
        if left and instrument.activity.is_busy:
            left.pop()
            raise pyvisa.VisaIOError(StatusCode.error_timeout)
        return really(resource)

    with faulty("SMU", **GPIB) as (bench, instrument), bench:
        monkeypatch.setattr(pyvisa.resources.MessageBasedResource, "read_stb", read_stb)
        with pytest.raises(InstrumentTimeout, match="serial poll"):
            bench.apply(SWEEP)
        assert not left
        assert len(bench.apply(SWEEP)) == len(SWEEP.levels)
    assert is_off(instrument)


def test_after_a_poll_that_failed_the_connection_is_made_anew():
    instrument = Scripted4200A(acknowledges=False)
    links = []
    wire = Wire(lambda: links.append(instrument.connect()) or links[-1])
    wire.open()
    links[-1].close()
    with pytest.raises(ConnectionFailed):
        wire.status()
    assert wire.query("*OPT?", str) == instrument.cards
    assert len(links) == 2


@pytest.mark.parametrize("terminator", ["auto", "none", "LF"])
def test_talking_as_on_gpib_through_a_socket_is_told_with_the_cure(terminator):
    with faulty("SMU", tcp=True, transport="gpib", terminator=terminator) as (bench, instrument):
        with pytest.raises(InstrumentTimeout) as caught:
            bench.__enter__()
        assert is_off(instrument)
    said = str(caught.value)
    assert "answers queries, but not the setter :ERROR:LAST:CLEAR: so a 4200A talks on GPIB" in said
    assert '"GPIB0::17::INSTR"' in said and 'transport = "ethernet"' in said


def test_an_acknowledgement_that_got_lost_later_is_a_timeout():
    instrument = Scripted4200A()
    wire = Wire(instrument.connect)
    wire.open()
    wire.send("US")
    instrument.faults = [("US", "lost")]
    with pytest.raises(InstrumentTimeout, match=r"^no answer$"):
        wire.send("US")
