"""Sequences: simple and advanced, loops, triggers, timing, flags."""

import nidcpower
import pytest

from mho.stimuli import Drive

EVENT = nidcpower.Event


@pytest.fixture
def smu(lab):
    with lab.session() as session:
        session.source_mode = nidcpower.SourceMode.SEQUENCE
        session.current_limit = 1e-3
        session.current_limit_range = 1e-3
        session.aperture_time = 1e-3
        session.source_delay = 2e-3
        yield session


def voltages(points):
    return [round(point.voltage, 2) for point in points]


def test_simple_sequence(smu, lab):
    smu.set_sequence([0.5, 2.0, -0.5], [1e-3, 2e-3, 3e-3])
    lab.server.exchanges.clear()
    with smu.initiate():
        smu.wait_for_event(EVENT.SEQUENCE_ENGINE_DONE)
        points = smu.fetch_multiple(3)
    assert list(lab.server.exchanges) == [
        "InitiateWithChannels",
        "WaitForEventWithChannels",
        "FetchMultiple",
        "AbortWithChannels",
    ]
    assert voltages(points) == [0.5, 1.0, -0.5]
    assert [point.in_compliance for point in points] == [False, True, False]
    assert lab.clock.now() == pytest.approx(9e-3)
    assert lab.drives()["te"] == Drive(-0.5, 1e-3)  # the last level stays
    levels = [stretch[0]["te"] for stretch in lab.device.stretches]
    durations = [stretch[1] for stretch in lab.device.stretches]
    assert levels == [0.5, 2.0, -0.5]  # one stretch a level
    assert durations == pytest.approx([2e-3, 3e-3, 4e-3])


def test_without_delays_the_source_delay_holds(smu, lab):
    smu.set_sequence([0.1, 0.2], None)
    with smu.initiate():
        smu.wait_for_event(EVENT.SEQUENCE_ENGINE_DONE)
    assert lab.clock.now() == pytest.approx(6e-3)


def test_an_event_waits_once(smu):
    smu.set_sequence([0.1, 0.2], [1e-3, 1e-3])
    with smu.initiate():
        smu.wait_for_event(EVENT.SOURCE_COMPLETE)
        smu.wait_for_event(EVENT.SOURCE_COMPLETE)
        with pytest.raises(nidcpower.errors.DriverError) as error:
            smu.wait_for_event(EVENT.SOURCE_COMPLETE, timeout=1.0)
        assert error.value.code == -1074116059
        smu.wait_for_event(EVENT.SEQUENCE_ITERATION_COMPLETE, timeout=0.0)
        smu.wait_for_event(EVENT.SEQUENCE_ENGINE_DONE, timeout=0.0)
    with smu.initiate():
        smu.wait_for_event(EVENT.SEQUENCE_ENGINE_DONE)  # a new initiate, a new event


def test_initiate_forgets_events_and_measurements(smu, lab):
    smu.set_sequence([0.1, 0.2], [1e-3, 1e-3])
    with smu.initiate():
        lab.clock.sleep(1.0)
    with smu.initiate():
        assert smu.fetch_backlog == 0
        smu.wait_for_event(EVENT.SEQUENCE_ENGINE_DONE)
        assert lab.clock.now() == pytest.approx(1.004)


def test_closing_stops_a_sequence_where_it_is(smu, lab):
    with lab.session("PXI1Slot3") as other:
        other.source_mode = nidcpower.SourceMode.SEQUENCE
        other.set_sequence([1.0, 2.0], [1.0, 1.0])
        other.initiate()
        lab.clock.sleep(0.5)
    lab.clock.sleep(10.0)
    _ = smu.fetch_backlog
    assert lab.drives()["gate"].level == 1.0


def test_loops(smu, lab):
    smu.set_sequence([0.1, 0.2], [1e-3, 1e-3])
    smu.sequence_loop_count = 3
    with smu.initiate():
        smu.wait_for_event(EVENT.SEQUENCE_ITERATION_COMPLETE)
        assert lab.clock.now() == pytest.approx(4e-3)
        smu.wait_for_event(EVENT.SEQUENCE_ENGINE_DONE)
        assert voltages(smu.fetch_multiple(6)) == [0.1, 0.2] * 3
    assert lab.clock.now() == pytest.approx(12e-3)
    smu.sequence_loop_count_is_finite = False
    with smu.initiate():
        assert voltages(smu.fetch_multiple(101)) == [0.1, 0.2] * 50 + [0.1]
        with pytest.raises(nidcpower.errors.DriverError):
            smu.wait_for_event(EVENT.SEQUENCE_ENGINE_DONE, timeout=0.1)
    lab.clock.sleep(10.0)
    smu.abort()
    assert lab.drives()["te"].level in (0.1, 0.2)


def test_a_step_lasts_at_least_ten_microseconds(smu, lab):
    smu.measure_when = nidcpower.MeasureWhen.ON_DEMAND
    smu.set_sequence([0.1] * 100, [0.0] * 100)
    with smu.initiate():
        smu.wait_for_event(EVENT.SEQUENCE_ENGINE_DONE)
    assert lab.clock.now() == pytest.approx(1e-3)


def test_sequence_step_delta_time(smu, lab):
    smu.set_sequence([0.1, 0.2, 0.3], [1e-3, 1e-3, 1e-3])
    smu.sequence_step_delta_time_enabled = True
    smu.sequence_step_delta_time = 1e-3
    with pytest.raises(nidcpower.errors.DriverError, match="delta time"):
        smu.initiate()
    smu.sequence_step_delta_time = 5e-3
    with smu.initiate():
        smu.wait_for_event(EVENT.SEQUENCE_ENGINE_DONE)
    assert lab.clock.now() == pytest.approx(12e-3)  # it does not apply to the last step


def test_nothing_to_play_or_out_of_range(smu, lab):
    with pytest.raises(nidcpower.errors.DriverError, match="no sequence"):
        smu.initiate()
    smu.set_sequence([0.1, -6.5, 0.2], [1e-3] * 3)
    with pytest.raises(nidcpower.errors.DriverError, match="Voltage Level"):
        smu.initiate()
    with pytest.raises(nidcpower.errors.DriverError, match="source delay"):
        smu.set_sequence([0.1, 0.2], [1e-3, 200.0])
    with pytest.raises(nidcpower.errors.DriverError, match="source delay"):
        smu.set_sequence([0.1, 0.2], [1e-3, float("nan")])
    with pytest.raises(nidcpower.errors.DriverError, match="finite"):
        smu.set_sequence([0.1, float("nan")], [1e-3, 1e-3])
    assert lab.drives() == {}


def test_output_off_while_a_sequence_runs(smu, lab):
    smu.set_sequence([0.1, 0.2, 0.3], [1.0, 1.0, 1.0])
    smu.initiate()
    lab.clock.sleep(1.5)
    smu.output_enabled = False
    assert lab.drives()["te"].level == 0.0
    lab.clock.sleep(10.0)
    smu.wait_for_event(EVENT.SEQUENCE_ENGINE_DONE)
    assert lab.drives()["te"].level == 0.0  # the steps that followed stayed off
    assert voltages(smu.fetch_multiple(3)) == [0.1, 0.0, 0.0]


def test_a_running_sequence_cannot_be_changed(smu):
    smu.set_sequence([0.1], [10.0])
    with smu.initiate():
        for change in (
            lambda: smu.set_sequence([0.2], [1.0]),
            lambda: smu.create_advanced_sequence("a", ["voltage_level"]),
            lambda: setattr(smu, "sequence_loop_count", 2),
        ):
            with pytest.raises(nidcpower.errors.DriverError) as error:
                change()
            assert error.value.code == -1074118652


def test_advanced_sequence(smu, lab):
    smu.create_advanced_sequence("ramp", ["voltage_level", "current_limit", "source_delay"])
    for level, limit in ((0.5, 1e-3), (2.0, 1e-4)):
        smu.create_advanced_sequence_step()
        smu.voltage_level = level
        smu.current_limit = limit
        smu.source_delay = 1e-3
    assert smu.active_advanced_sequence == "ramp"
    assert smu.active_advanced_sequence_step == 1
    assert smu.voltage_level == 2.0
    smu.active_advanced_sequence_step = 0
    assert smu.voltage_level == 0.5
    with smu.initiate():
        smu.wait_for_event(EVENT.SEQUENCE_ENGINE_DONE)
        points = smu.fetch_multiple(2)
    assert voltages(points) == [0.5, 0.1]
    assert [point.in_compliance for point in points] == [False, True]
    assert lab.clock.now() == pytest.approx(4e-3)
    smu.active_advanced_sequence = ""
    assert smu.current_limit == 1e-3  # the channel's own


def test_a_step_starts_from_the_defaults(smu):
    smu.voltage_level = 0.75
    smu.create_advanced_sequence("a", ["voltage_level"])
    smu.create_advanced_sequence_step()
    smu.voltage_level = 0.5
    smu.create_advanced_sequence_step()
    assert smu.voltage_level == 0.0


def test_commit_step(smu, lab):
    smu.create_advanced_sequence("a", ["voltage_level", "source_delay"])
    smu.create_advanced_sequence_commit_step()
    assert smu.active_advanced_sequence_step == -1
    smu.voltage_level = 0.3
    smu.source_delay = 5e-3
    smu.create_advanced_sequence_step()
    smu.voltage_level = 0.1
    smu.source_delay = 1e-3
    with smu.initiate():
        assert lab.drives()["te"].level == 0.3
        smu.wait_for_event(EVENT.SEQUENCE_ENGINE_DONE)
        assert voltages(smu.fetch_multiple(1)) == [0.1]
        assert smu.fetch_backlog == 0
    assert lab.clock.now() == pytest.approx(7e-3)


def test_several_advanced_sequences(smu):
    for name, level in (("a", 0.1), ("b", 0.2)):
        smu.create_advanced_sequence(name, ["voltage_level"])
        smu.create_advanced_sequence_step()
        smu.voltage_level = level
    smu.active_advanced_sequence = "a"
    with smu.initiate():
        assert voltages(smu.fetch_multiple(1)) == [0.1]
    smu.delete_advanced_sequence("a")
    assert smu.active_advanced_sequence == ""
    with pytest.raises(nidcpower.errors.DriverError):
        smu.active_advanced_sequence = "a"
    with pytest.raises(nidcpower.errors.DriverError):
        smu.delete_advanced_sequence("a")
    with pytest.raises(nidcpower.errors.DriverError):
        smu.create_advanced_sequence("b", ["voltage_level"])


def test_what_advanced_sequences_refuse(smu, lab):
    with pytest.raises(nidcpower.errors.DriverError, match="SEQUENCE_LOOP_COUNT"):
        smu.create_advanced_sequence("a", ["sequence_loop_count"])
    smu.create_advanced_sequence("a", ["voltage_level"])
    with pytest.raises(nidcpower.errors.DriverError, match="no step 0"):
        smu.voltage_level = 0.1
    with pytest.raises(nidcpower.errors.DriverError, match="beside"):
        smu.set_sequence([0.1], [0.1])
    with lab.session("PXI1Slot3") as other:
        with pytest.raises(nidcpower.errors.DriverError, match="source mode"):
            other.create_advanced_sequence("a", ["voltage_level"])
        other.source_mode = nidcpower.SourceMode.SEQUENCE
        other.set_sequence([0.1], [0.1])
        with pytest.raises(nidcpower.errors.DriverError, match="beside"):
            other.create_advanced_sequence("a", ["voltage_level"])


def test_triggers_of_a_sequence(smu, lab):
    trigger = nidcpower.SendSoftwareEdgeTriggerType
    software = nidcpower.TriggerType.SOFTWARE_EDGE
    smu.set_sequence([0.1, 0.2], [1e-3, 1e-3])
    smu.sequence_loop_count = 2
    smu.start_trigger_type = software
    smu.sequence_advance_trigger_type = software
    with smu.initiate():
        with pytest.raises(nidcpower.errors.DriverError):
            smu.wait_for_event(EVENT.SOURCE_COMPLETE, timeout=1.0)
        smu.send_software_edge_trigger(trigger.START)
        smu.wait_for_event(EVENT.SEQUENCE_ITERATION_COMPLETE)
        with pytest.raises(nidcpower.errors.DriverError):
            smu.wait_for_event(EVENT.SEQUENCE_ITERATION_COMPLETE, timeout=1.0)
        smu.send_software_edge_trigger(trigger.SEQUENCE_ADVANCE)
        smu.wait_for_event(EVENT.SEQUENCE_ENGINE_DONE)
        assert smu.fetch_backlog == 4


def test_a_sequence_of_currents(smu):
    smu.output_function = nidcpower.OutputFunction.DC_CURRENT
    smu.voltage_limit_range = 0.6
    smu.voltage_limit = 0.5
    smu.set_sequence([1e-4, -3e-4, 2e-3], [1e-3] * 3)
    with smu.initiate():
        points = smu.fetch_multiple(3)
    assert [round(point.current, 6) for point in points] == [1e-4, -3e-4, 5e-4]
    assert voltages(points) == [0.1, -0.3, 0.5]
    assert [point.in_compliance for point in points] == [False, False, True]


def test_a_disconnected_output_reads_nothing(smu, lab):
    smu.set_sequence([0.5], [1e-3])
    smu.output_connected = False
    with smu.initiate():
        (point,) = smu.fetch_multiple(1)
    assert abs(point.voltage) < 1e-3
    assert abs(point.current) < 1e-6
    assert lab.device.reads == 0
