"""Pulses: bias, on and off times, events, where the measurement falls."""

import nidcpower
import pytest

EVENT = nidcpower.Event


@pytest.fixture
def smu(lab):
    with lab.session() as session:
        session.output_function = nidcpower.OutputFunction.PULSE_VOLTAGE
        session.pulse_voltage_level = 1.0
        session.pulse_bias_voltage_level = 0.1
        session.pulse_current_limit_range = 10e-3
        session.pulse_on_time = 100e-6
        session.pulse_off_time = 900e-6
        session.pulse_bias_delay = 200e-6
        session.source_delay = 50e-6
        session.aperture_time = 50e-6
        yield session


def stretches(lab):
    return [(levels["te"], duration) for levels, duration in lab.device.stretches if levels]


def merged(pairs):
    total = []
    for level, duration in pairs:
        if total and total[-1][0] == level:
            total[-1][1] += duration
        else:
            total.append([level, duration])
    return total


def test_one_pulse(smu, lab):
    with smu.initiate():
        smu.wait_for_event(EVENT.SOURCE_COMPLETE)
        assert lab.clock.now() == pytest.approx(50e-6)
        smu.wait_for_event(EVENT.MEASURE_COMPLETE)
        assert lab.clock.now() == pytest.approx(100e-6)
        smu.wait_for_event(EVENT.PULSE_COMPLETE)
        assert lab.clock.now() == pytest.approx(300e-6)
        (point,) = smu.fetch_multiple(1)
        assert point.voltage == pytest.approx(1.0, rel=1e-3)  # read at the end of the pulse
        assert lab.drives()["te"].level == 0.1
        with pytest.raises(nidcpower.errors.DriverError, match="Fetch"):
            smu.measure_multiple()
        smu.pulse_voltage_level = 2.0  # another pulse
        assert smu.fetch_multiple(1)[0].voltage == pytest.approx(2.0, rel=1e-3)


def test_a_train(smu, lab):
    smu.source_mode = nidcpower.SourceMode.SEQUENCE
    smu.set_sequence([1.0, -2.0], [50e-6] * 2)
    with smu.initiate():
        smu.wait_for_event(EVENT.SEQUENCE_ENGINE_DONE)
        assert [round(p.voltage, 2) for p in smu.fetch_multiple(2)] == [1.0, -2.0]
    assert lab.clock.now() == pytest.approx(2e-3)
    lab.session("PXI1Slot3").reset()
    pulses = [pair for pair in merged(stretches(lab)) if pair[0] != 0.1]
    assert [level for level, _ in pulses] == [1.0, -2.0]
    assert [duration for _, duration in pulses] == pytest.approx([100e-6, 100e-6])


def test_a_measurement_that_outlasts_the_pulse_reads_the_bias(smu):
    smu.aperture_time = 100e-6
    with smu.initiate():
        assert smu.fetch_multiple(1)[0].voltage == pytest.approx(0.1, rel=1e-2)


def test_pulse_trigger(smu, lab):
    smu.pulse_trigger_type = nidcpower.TriggerType.SOFTWARE_EDGE
    with smu.initiate():
        smu.wait_for_event(EVENT.READY_FOR_PULSE_TRIGGER)
        assert lab.drives()["te"].level == 0.1
        lab.clock.sleep(1.0)
        smu.send_software_edge_trigger(nidcpower.SendSoftwareEdgeTriggerType.PULSE)
        assert lab.drives()["te"].level == 1.0
        smu.wait_for_event(EVENT.PULSE_COMPLETE)
    assert lab.clock.now() == pytest.approx(1.0003)


def test_pulse_current(smu):
    smu.output_function = nidcpower.OutputFunction.PULSE_CURRENT
    smu.pulse_current_level = 1e-3
    smu.pulse_voltage_limit = 6.0
    with smu.initiate():
        (point,) = smu.fetch_multiple(1)
    assert point.current == pytest.approx(1e-3, rel=1e-3)
    assert point.voltage == pytest.approx(1.0, rel=1e-3)
    assert point.in_compliance is False


def test_pulses_the_module_cannot_make(smu):
    smu.pulse_on_time = 20e-6  # the 40 W version could
    with pytest.raises(nidcpower.errors.DriverError, match="On Time"):
        smu.initiate()
    smu.pulse_on_time = 2e-3
    smu.pulse_off_time = 100e-3
    smu.pulse_current_limit_range = 10.0
    smu.pulse_current_limit = 5.0
    smu.pulse_bias_current_limit = 0.1
    with pytest.raises(nidcpower.errors.DriverError, match="10 A"):
        smu.initiate()
    smu.pulse_on_time = 1e-3
    smu.initiate()
