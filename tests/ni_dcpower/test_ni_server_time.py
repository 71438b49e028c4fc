"""Time: virtual waits jump, real waits block, and channels share one device in order."""

import threading
import time

import nidcpower
import pytest

from mho.clock import RealClock
from mho.device.model import Response
from mho.stimuli import OPEN

EVENT = nidcpower.Event


def prepare(session, level=0.5, delay=1e-3, aperture=1e-3):
    session.current_limit = 1e-3
    session.current_limit_range = 1e-3
    session.voltage_level = level
    session.source_delay = delay
    session.aperture_time = aperture
    session.measure_when = nidcpower.MeasureWhen.AUTOMATICALLY_AFTER_SOURCE_COMPLETE


def sequence(session, values, delays, aperture=1e-3):
    prepare(session, 0.0, aperture=aperture)
    session.source_mode = nidcpower.SourceMode.SEQUENCE
    session.set_sequence(values, delays)


def test_a_long_virtual_wait_is_short(lab):
    with lab.session() as smu:
        prepare(smu, delay=10.0)
        begin = time.monotonic()
        with smu.initiate():
            smu.wait_for_event(EVENT.SOURCE_COMPLETE, timeout=60.0)
        assert time.monotonic() - begin < 0.5
    assert lab.clock.now() == 10.0


def test_a_virtual_timeout_takes_exactly_the_timeout(lab):
    with lab.session() as smu:
        prepare(smu, delay=10.0)
        with smu.initiate():
            with pytest.raises(nidcpower.errors.DriverError) as error:
                smu.wait_for_event(EVENT.SOURCE_COMPLETE, timeout=3.0)
            assert error.value.code == -1074116059
            assert lab.clock.now() == 3.0
            with pytest.raises(nidcpower.errors.DriverError) as error:
                smu.fetch_multiple(1, timeout=2.0)
            assert error.value.code == -1074097933
            assert lab.clock.now() == 5.0
            with pytest.raises(nidcpower.errors.DriverError):
                smu.wait_for_event(EVENT.PULSE_COMPLETE, timeout=100.0)
            assert lab.clock.now() == 105.0
            assert smu.fetch_backlog == 1


def test_no_other_call_lets_virtual_time_pass(lab):
    with lab.session() as smu:
        prepare(smu)
        smu.measure_when = nidcpower.MeasureWhen.ON_DEMAND
        smu.commit()
        with smu.initiate():
            smu.measure_multiple()
            smu.voltage_level = 0.1
            smu.query_in_compliance()
        smu.reset()
    assert lab.clock.now() == 0.0


def test_real_waits_take_real_time(open_lab):
    lab = open_lab(RealClock())
    with lab.session() as smu:
        prepare(smu, delay=0.1)
        begin = time.monotonic()
        with smu.initiate():
            smu.fetch_multiple(1)
            assert 0.1 <= time.monotonic() - begin < 0.6
            begin = time.monotonic()
            with pytest.raises(nidcpower.errors.DriverError):
                smu.wait_for_event(EVENT.PULSE_COMPLETE, timeout=0.1)
            assert 0.1 <= time.monotonic() - begin < 0.6


def test_a_script_that_fetches_what_the_backlog_says(open_lab):
    lab = open_lab(RealClock())
    with lab.session("PXI1Slot2,PXI1Slot3") as session:
        session.measure_record_length = 20
        session.measure_when = nidcpower.MeasureWhen.AUTOMATICALLY_AFTER_SOURCE_COMPLETE
        session.aperture_time = 1e-3
        session.voltage_level = 2.0
        session.commit()
        assert session.measure_record_delta_time.total_seconds() == pytest.approx(1e-3)
        with session.initiate():
            for name in session.get_channel_names(f"0-{session.channel_count - 1}"):
                channel, points = session.channels[name], []
                while len(points) < 20:
                    points += channel.fetch_multiple(count=channel.fetch_backlog)
                assert {point.channel for point in points} == {name}
                assert [round(point.voltage, 2) for point in points] == [2.0] * 20


def test_stopping_releases_an_endless_virtual_wait(lab):
    smu = lab.session()
    sequence(smu, [0.1], [0.0], aperture=1e-6)
    smu.sequence_loop_count_is_finite = False
    smu.measure_when = nidcpower.MeasureWhen.ON_DEMAND
    smu.initiate()
    outcome = []

    def wait():
        try:
            smu.wait_for_event(EVENT.SEQUENCE_ENGINE_DONE, timeout=1e6)
        except nidcpower.errors.Error as error:
            outcome.append(error)

    waiter = threading.Thread(target=wait)
    waiter.start()
    while "WaitForEventWithChannels" not in lab.server.exchanges:
        time.sleep(1e-3)
    begin = time.monotonic()
    lab.server.stop()
    waiter.join(timeout=5)
    assert len(outcome) == 1
    assert time.monotonic() - begin < 1


def test_an_abort_releases_a_real_wait(open_lab):
    lab = open_lab(RealClock())
    smu = lab.session(name="smu")
    prepare(smu, delay=30.0)
    smu.initiate()
    other = lab.session(name="smu")
    outcome = []

    def wait():
        try:
            smu.wait_for_event(EVENT.SOURCE_COMPLETE, timeout=30.0)
        except nidcpower.errors.DriverError as error:
            outcome.append(error.code)

    waiter = threading.Thread(target=wait)
    begin = time.monotonic()
    waiter.start()
    while "WaitForEventWithChannels" not in lab.server.exchanges:
        time.sleep(1e-3)
    other.output_enabled = False
    assert lab.drives()["te"].level == 0.0
    other.abort()
    waiter.join(timeout=5)
    assert outcome == [-1074118650]
    assert time.monotonic() - begin < 2


def test_stopping_releases_a_real_wait(open_lab):
    lab = open_lab(RealClock())
    smu = lab.session()
    prepare(smu, delay=30.0)
    smu.initiate()
    outcome = []

    def wait():
        try:
            smu.wait_for_event(EVENT.SOURCE_COMPLETE, timeout=30.0)
        except nidcpower.errors.Error as error:
            outcome.append(error)

    waiter = threading.Thread(target=wait)
    waiter.start()
    while "WaitForEventWithChannels" not in lab.server.exchanges:
        time.sleep(1e-3)
    begin = time.monotonic()
    lab.server.stop()
    waiter.join(timeout=5)
    assert len(outcome) == 1
    assert time.monotonic() - begin < 1


def test_two_channels_share_one_device_in_the_order_of_time(lab):
    with lab.session("PXI1Slot2,PXI1Slot3") as both:
        te, gate = both.channels["PXI1Slot2/0"], both.channels["PXI1Slot3/0"]
        sequence(te, [0.1, 0.2, 0.3], [1e-3] * 3)  # steps of 2 ms
        sequence(gate, [1.0, 2.0], [2e-3] * 2)  # steps of 3 ms
        both.initiate()
        both.wait_for_event(EVENT.SEQUENCE_ENGINE_DONE)
        assert [round(p.voltage, 1) for p in te.fetch_multiple(3)] == [0.1, 0.2, 0.3]
        assert [round(p.voltage, 1) for p in gate.fetch_multiple(2)] == [1.0, 2.0]
    assert lab.clock.now() == pytest.approx(6e-3)
    seen = [(d["te"], d["gate"], round(t * 1e3, 6)) for d, t in lab.device.stretches]
    assert seen == [(0.1, 1.0, 2), (0.2, 1.0, 1), (0.2, 2.0, 1), (0.3, 2.0, 2)]


class Gated:
    """A channel that conducts in proportion to the gate."""

    terminals = ("gate", "drain")

    def advance(self, drives, duration):
        pass

    def respond(self, drives):
        gate = drives["gate"].level if "gate" in drives else 0.0
        return {
            name: Response(level, gate * level / 1e3 if name == "drain" else 0.0, False)
            for name in self.terminals
            for level in (drives.get(name, OPEN).level,)
        }


@pytest.mark.parametrize("number", range(1, 10))
def test_readings_come_before_changes_of_the_same_moment(open_lab, number):
    lab = open_lab(device=Gated())
    with lab.session("PXI1Slot2") as gate, lab.session("PXI1Slot3") as drain:
        # the gate falls when the reading of the drain ends, summed up in another way
        sequence(gate, [1.0] * number + [0.0], [0.1] * (number + 1), aperture=0.1)
        sequence(drain, [0.5], [0.2 * number - 0.1], aperture=0.1)
        gate.initiate()
        drain.initiate()
        gate.wait_for_event(EVENT.SEQUENCE_ENGINE_DONE)
        assert drain.fetch_multiple(1)[0].current == pytest.approx(5e-4, rel=1e-3)


def test_every_channel_within_one_timeout(lab):
    with lab.session("PXI1Slot2,PXI1Slot3") as both:
        prepare(both, delay=0.6)
        both.channels["PXI1Slot3/0"].source_delay = 5.0
        both.initiate()
        with pytest.raises(nidcpower.errors.DriverError):
            both.wait_for_event(EVENT.SOURCE_COMPLETE, timeout=1.0)
    assert lab.clock.now() == 1.0


def test_two_sessions_at_once(lab):
    with lab.session("PXI1Slot2") as te, lab.session("PXI1Slot3") as gate:
        prepare(te, 0.5)
        prepare(gate, 1.0, delay=5e-3)
        gate.initiate()
        te.initiate()
        te.wait_for_event(EVENT.MEASURE_COMPLETE)
        assert gate.fetch_backlog == 0
        gate.wait_for_event(EVENT.MEASURE_COMPLETE)
        assert lab.clock.now() == pytest.approx(6e-3)
        te.abort()
        assert lab.drives()["te"].level == 0.5
    assert lab.drives()["te"].level == 0.5
    assert lab.drives()["gate"].level == 1.0


def test_fetch_is_for_one_channel(lab):
    with lab.session("PXI1Slot2,PXI1Slot3") as both:
        prepare(both)
        with both.initiate():
            with pytest.raises(nidcpower.errors.DriverError) as error:
                both.fetch_multiple(1)
            assert error.value.code == -1074118522


def test_initiating_several_channels_is_all_or_none(lab):
    with lab.session("PXI1Slot2,PXI1Slot3") as both:
        both.channels["PXI1Slot3/0"].voltage_level = 20.0
        with pytest.raises(nidcpower.errors.DriverError):
            both.initiate()
        assert lab.drives() == {}
        assert lab.device.reads == 0


def test_a_message_larger_than_four_megabytes(lab):
    number = 600_000
    with lab.session() as smu:
        smu.measure_when = nidcpower.MeasureWhen.ON_DEMAND
        smu.source_mode = nidcpower.SourceMode.SEQUENCE
        smu.set_sequence([0.0] * number, [0.0] * number)
        assert smu.source_mode == nidcpower.SourceMode.SEQUENCE
