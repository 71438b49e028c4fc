"""Single point: programming states, levels against ranges, compliance, on-the-fly changes."""

import nidcpower
import pytest

from mho.stimuli import Drive

EVENT = nidcpower.Event
AUTOMATIC = nidcpower.MeasureWhen.AUTOMATICALLY_AFTER_SOURCE_COMPLETE


@pytest.fixture
def smu(lab):
    with lab.session() as session:
        session.current_limit = 1e-3
        session.current_limit_range = 1e-3
        session.aperture_time = 1e-3
        session.source_delay = 2e-3
        yield session


def code(error):
    return error.value.code


def test_states(smu):
    with pytest.raises(nidcpower.errors.DriverError) as error:
        smu.measure_multiple()
    assert code(error) == -1074118650
    with pytest.raises(nidcpower.errors.DriverError) as error:
        smu.wait_for_event(EVENT.SOURCE_COMPLETE)
    assert code(error) == -1074118650
    with smu.initiate():
        with pytest.raises(nidcpower.errors.DriverError) as error:
            smu.initiate()
        assert code(error) == -1074118652
        with pytest.raises(nidcpower.errors.DriverError) as error:
            smu.source_mode = nidcpower.SourceMode.SEQUENCE
        assert code(error) == -1074118652
    smu.abort()  # twice does no harm
    smu.source_mode = nidcpower.SourceMode.SEQUENCE


def test_measure_reads_the_device(smu, lab):
    smu.voltage_level = 0.5
    with smu.initiate():
        (point,) = smu.measure_multiple()
        assert point.voltage == pytest.approx(0.5, abs=2e-5)
        assert point.current == pytest.approx(0.5e-3, abs=1e-8)
        assert point.channel == "PXI1Slot2/0"
        assert smu.measure(nidcpower.MeasurementTypes.VOLTAGE) == pytest.approx(0.5, abs=2e-5)
        assert smu.measure(nidcpower.MeasurementTypes.CURRENT) == pytest.approx(5e-4, abs=1e-8)
        assert smu.query_in_compliance() is False
        assert smu.query_output_state(nidcpower.OutputStates.CONSTANT_VOLTAGE) is True
        assert smu.query_output_state(nidcpower.OutputStates.CONSTANT_CURRENT) is False
    assert lab.clock.now() == 0.0  # measuring on demand takes no virtual time


def test_compliance(smu):
    smu.voltage_level = -5.0
    with smu.initiate():
        (point,) = smu.measure_multiple()
        assert point.current == pytest.approx(-1e-3, rel=1e-4)
        assert point.voltage == pytest.approx(-1.0, rel=1e-4)
        assert smu.query_in_compliance() is True
        assert smu.query_output_state(nidcpower.OutputStates.CONSTANT_CURRENT) is True
        smu.voltage_level = 0.5
        assert smu.query_in_compliance() is False


def test_a_level_set_while_running_applies_at_once(smu, lab):
    smu.measure_when = AUTOMATIC
    with smu.initiate():
        assert smu.fetch_multiple(1)[0].voltage == pytest.approx(0.0, abs=1e-4)
        assert lab.clock.now() == pytest.approx(3e-3)
        smu.voltage_level = 0.25
        assert lab.drives()["te"] == Drive(0.25, 1e-3)
        assert smu.fetch_backlog == 0
        assert smu.fetch_multiple(1)[0].voltage == pytest.approx(0.25, abs=1e-4)
        assert lab.clock.now() == pytest.approx(6e-3)
        smu.aperture_time = 5e-3  # sources nothing
        with pytest.raises(nidcpower.errors.DriverError):
            smu.fetch_multiple(1, timeout=0.1)


def test_a_level_set_before_the_reading_replaces_it(smu, lab):
    smu.measure_when = AUTOMATIC
    with smu.initiate():
        lab.clock.sleep(2.5e-3)
        smu.voltage_level = 0.25
        lab.clock.sleep(1.0)
        assert smu.fetch_backlog == 1


def test_levels_against_ranges(smu, lab):
    smu.voltage_level = 6.1
    with pytest.raises(nidcpower.errors.DriverError, match="Voltage Level") as error:
        smu.initiate()
    assert code(error) == -1074135024
    assert lab.drives() == {}
    smu.overranging_enabled = True
    with smu.initiate():
        assert lab.drives()["te"].level == 6.1
        with pytest.raises(nidcpower.errors.DriverError):
            smu.voltage_level = 6.4
        assert smu.voltage_level == 6.1
        assert lab.drives()["te"].level == 6.1
        smu.voltage_level = 1.0
        smu.voltage_level_range = 60.0
        smu.voltage_level = 20.0
        assert lab.drives()["te"].level == 20.0


def test_limits_against_ranges(smu):
    smu.current_limit = 2e-3
    with pytest.raises(nidcpower.errors.DriverError, match="Current Limit"):
        smu.commit()
    smu.current_limit = 0.9e-5
    with pytest.raises(nidcpower.errors.DriverError, match="smallest"):
        smu.commit()
    smu.current_limit = 1e-5
    smu.commit()
    with smu.initiate():
        smu.current_limit = 1e-6  # limit first, then its range: the only way down
        smu.current_limit_range = 1e-6


def test_asymmetric_limits(smu, lab):
    smu.compliance_limit_symmetry = nidcpower.ComplianceLimitSymmetry.ASYMMETRIC
    smu.current_limit_high = 1e-3
    smu.current_limit_low = -1e-4
    smu.voltage_level = 5.0
    with smu.initiate():
        assert smu.measure_multiple()[0].current == pytest.approx(1e-3, rel=1e-4)
        smu.voltage_level = -5.0
        assert smu.measure_multiple()[0].current == pytest.approx(-1e-4, rel=1e-4)


def test_current_source(smu):
    smu.output_function = nidcpower.OutputFunction.DC_CURRENT
    smu.current_level_range = 1e-3
    smu.voltage_limit_range = 6.0
    smu.voltage_limit = 0.5
    smu.current_level = 2e-4
    with smu.initiate():
        (point,) = smu.measure_multiple()
        assert point.current == pytest.approx(2e-4, abs=1e-8)
        assert point.voltage == pytest.approx(0.2, abs=2e-5)
        assert smu.query_in_compliance() is False
        assert smu.query_output_state(nidcpower.OutputStates.CONSTANT_CURRENT) is True
        smu.current_level = -8e-4
        (point,) = smu.measure_multiple()
        assert point.voltage == pytest.approx(-0.5, abs=2e-5)
        assert point.current == pytest.approx(-5e-4, abs=1e-8)
        assert smu.query_in_compliance() is True
        assert smu.query_output_state(nidcpower.OutputStates.CONSTANT_CURRENT) is False
        smu.current_level = 0.0
        assert smu.measure_multiple()[0].current == pytest.approx(0.0, abs=1e-8)
        assert smu.query_in_compliance() is False


def test_an_open_channel_reads_noise_around_zero(lab):
    with lab.session("PXI1Slot5") as smu:
        smu.voltage_level = 2.0
        smu.current_limit = 1e-6
        smu.current_limit_range = 1e-6
        with smu.initiate():
            currents = [smu.measure_multiple()[0].current for _ in range(20)]
            assert smu.measure_multiple()[0].voltage == pytest.approx(2.0, abs=1e-4)
            assert smu.query_in_compliance() is False
        assert 0 < max(map(abs, currents)) < 1e-11
        smu.output_function = nidcpower.OutputFunction.DC_CURRENT
        smu.current_level = 1e-3
        with smu.initiate():
            assert smu.measure_multiple()[0].voltage == pytest.approx(6.0, abs=1e-4)
            assert smu.query_in_compliance() is True


def test_measure_and_fetch_exclude_each_other(smu):
    with smu.initiate(), pytest.raises(nidcpower.errors.DriverError, match="Measure"):
        smu.fetch_multiple(1)
    smu.measure_when = AUTOMATIC
    with smu.initiate(), pytest.raises(nidcpower.errors.DriverError, match="Fetch"):
        smu.measure_multiple()


def test_measure_record(smu, lab):
    smu.measure_record_length = 5
    with pytest.raises(nidcpower.errors.DriverError, match="record"):
        smu.commit()
    smu.measure_when = AUTOMATIC
    smu.voltage_level = 0.5
    with smu.initiate():
        smu.wait_for_event(EVENT.MEASURE_COMPLETE)
        assert lab.clock.now() == pytest.approx(7e-3)
        assert smu.fetch_backlog == 5
        assert len(smu.fetch_multiple(3)) == 3
        assert smu.fetch_backlog == 2


def test_endless_record_and_its_buffer(smu, lab):
    smu.measure_when = AUTOMATIC
    smu.measure_record_length_is_finite = False
    smu.measure_buffer_size = 1000
    with smu.initiate():
        assert len(smu.fetch_multiple(700, timeout=2)) == 700
        lab.clock.sleep(0.5)
        assert smu.fetch_backlog == 500
        lab.clock.sleep(0.6)
        assert smu.fetch_backlog == 1000
        with pytest.raises(nidcpower.errors.DriverError, match="overflow"):
            smu.fetch_multiple(1)


def test_software_triggers(smu, lab):
    trigger = nidcpower.SendSoftwareEdgeTriggerType
    with smu.initiate():
        for which in trigger:  # nothing waits for them (NI tests: START to a running channel)
            smu.send_software_edge_trigger(which)
    with pytest.raises(nidcpower.errors.DriverError) as error:
        smu.send_software_edge_trigger(trigger.START)
    assert code(error) == -1074118650
    smu.source_trigger_type = nidcpower.TriggerType.SOFTWARE_EDGE
    smu.voltage_level = 0.5
    with smu.initiate():
        assert lab.drives()["te"].level == 0.0  # not yet
        with pytest.raises(nidcpower.errors.DriverError):
            smu.wait_for_event(EVENT.SOURCE_COMPLETE, timeout=1.0)
        smu.send_software_edge_trigger(trigger.SOURCE)
        assert lab.drives()["te"].level == 0.5
        smu.wait_for_event(EVENT.SOURCE_COMPLETE)
        assert lab.clock.now() == pytest.approx(1.002)
    smu.source_trigger_type = nidcpower.TriggerType.NONE
    smu.measure_when = nidcpower.MeasureWhen.ON_MEASURE_TRIGGER
    smu.measure_trigger_type = nidcpower.TriggerType.SOFTWARE_EDGE
    smu.measure_record_length = 3
    with smu.initiate():
        for _ in range(2):
            smu.send_software_edge_trigger(trigger.MEASURE)
            smu.wait_for_event(EVENT.MEASURE_COMPLETE)
        assert smu.fetch_backlog == 6
    smu.start_trigger_type = nidcpower.TriggerType.SOFTWARE_EDGE
    smu.sequence_advance_trigger_type = nidcpower.TriggerType.DIGITAL_EDGE
    with smu.initiate():  # which have no meaning for a single point
        smu.wait_for_event(EVENT.SOURCE_COMPLETE)
