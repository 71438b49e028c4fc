"""The Configure calls, and settings that are exported, kept and imported."""

import json

import nidcpower
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

INVALID_VALUE = -1074135024
INVALID_CONFIGURATION = -1074135016
ALREADY_RUNNING = -1074118652
FILE_ACCESS = -1073807199

CONFIGURED = [
    ("ConfigureSourceMode", {"source_mode_raw": 1021}, {"source_mode": 1021}),
    ("ConfigureSourceModeWithChannels", {"source_mode": 1021}, {"source_mode": 1021}),
    ("ConfigureOutputFunction", {"function_raw": 1007}, {"output_function": 1007}),
    ("ConfigureOutputFunction", {"function": 1050}, {"output_function": 1050}),
    ("ConfigureOutputEnabled", {"enabled": False}, {"output_enabled": False}),
    ("ConfigureVoltageLevel", {"level": 3.0}, {"voltage_level": 3.0}),
    ("ConfigureVoltageLevelRange", {"range": 7.0}, {"voltage_level_range": 60.0}),
    ("ConfigureCurrentLimit", {"behavior_raw": 0, "limit": 0.5}, {"current_limit": 0.5}),
    ("ConfigureCurrentLimitRange", {"range": 0.5}, {"current_limit_range": 1.0}),
    ("ConfigureCurrentLevel", {"level": -1.5}, {"current_level": -1.5}),
    ("ConfigureCurrentLevelRange", {"range": 2e-6}, {"current_level_range": 1e-5}),
    ("ConfigureVoltageLimit", {"limit": 2.5}, {"voltage_limit": 2.5}),
    ("ConfigureVoltageLimitRange", {"range": 0.6}, {"voltage_limit_range": 0.6}),
    ("ConfigureOutputResistance", {"resistance": 12.5}, {"output_resistance": 12.5}),
    ("ConfigureSense", {"sense_raw": 1009}, {"sense": 1009}),
    ("ConfigurePowerLineFrequency", {"powerline_frequency_raw": 50}, {"power_line_frequency": 50}),
    ("ConfigureApertureTime", {"aperture_time": 2.0, "units_raw": 1029}, {"aperture_time": 2.0}),
    ("ConfigurePulseVoltageLevel", {"level": 2.0}, {"pulse_voltage_level": 2.0}),
    ("ConfigurePulseCurrentLimit", {"limit": 5.0}, {"pulse_current_limit": 5.0}),
    ("ConfigurePulseBiasVoltageLevel", {"level": 0.1}, {"pulse_bias_voltage_level": 0.1}),
    ("ConfigurePulseBiasCurrentLimit", {"limit": 0.2}, {"pulse_bias_current_limit": 0.2}),
    ("ConfigurePulseVoltageLevelRange", {"range": 60.0}, {"pulse_voltage_level_range": 60.0}),
    ("ConfigurePulseCurrentLimitRange", {"range": 9.0}, {"pulse_current_limit_range": 10.0}),
    ("ConfigurePulseCurrentLevel", {"level": 9.0}, {"pulse_current_level": 9.0}),
    ("ConfigurePulseVoltageLimit", {"limit": 1.0}, {"pulse_voltage_limit": 1.0}),
    ("ConfigurePulseBiasCurrentLevel", {"level": 0.3}, {"pulse_bias_current_level": 0.3}),
    ("ConfigurePulseBiasVoltageLimit", {"limit": 1.1}, {"pulse_bias_voltage_limit": 1.1}),
    ("ConfigurePulseCurrentLevelRange", {"range": 0.05}, {"pulse_current_level_range": 0.1}),
    ("ConfigurePulseVoltageLimitRange", {"range": 3.0}, {"pulse_voltage_limit_range": 6.0}),
]


@pytest.fixture
def smu(lab):
    with lab.session(name="smu") as session:
        yield session


def refused(call, *arguments):
    with pytest.raises(nidcpower.errors.DriverError) as error:
        call(*arguments)
    return error.value.code


@pytest.mark.parametrize(("call", "fields", "expected"), CONFIGURED)
def test_a_configure_call_writes_its_attribute(smu, raw, call, fields, expected):
    raw(call, **fields)
    for name, value in expected.items():
        got = getattr(smu, name)
        assert getattr(got, "value", got) == value


@pytest.mark.parametrize(
    ("call", "fields", "code"),
    [
        ("ConfigureVoltageLevel", {"level": 70.0}, INVALID_VALUE),
        ("ConfigureCurrentLimit", {"behavior_raw": 0, "limit": -1.0}, INVALID_VALUE),
        ("ConfigureCurrentLimit", {"behavior_raw": 1, "limit": 1e-3}, -1074135021),
        ("ConfigureOutputFunction", {"function_raw": 1161}, INVALID_VALUE),  # constant resistance
        ("ConfigurePowerLineFrequency", {"powerline_frequency_raw": 55}, INVALID_VALUE),
        ("ConfigurePulseCurrentLevelRange", {"range": 11.0}, INVALID_VALUE),
        ("ConfigureSense", {"sense_raw": 3}, INVALID_VALUE),
    ],
)
def test_configure_calls_check_as_attributes_do(smu, raw, call, fields, code):
    assert raw.code(call, **fields) == code


def test_configure_calls_reach_the_channels_they_name(lab, raw):
    with lab.session("PXI1Slot2,PXI1Slot3", name="smu") as session:
        raw("ConfigureVoltageLevel", channel_name="PXI1Slot3/0", level=2.0)
        assert session.channels["PXI1Slot2/0"].voltage_level == 0.0
        raw("ConfigureVoltageLevel", level=1.0)
        assert session.voltage_level == 1.0


def test_a_measurement_by_configure_calls_alone(lab, raw, smu):
    """As old programs do it: function, level, ranges, limit, one by one."""
    raw("ConfigureSourceMode", source_mode_raw=1020)
    raw("ConfigureOutputFunction", function_raw=1006)
    raw("ConfigureVoltageLevelRange", range=6.0)
    raw("ConfigureVoltageLevel", level=2.0)
    raw("ConfigureCurrentLimitRange", range=10e-3)
    raw("ConfigureCurrentLimit", behavior_raw=0, limit=5e-3)
    raw("ConfigureOutputEnabled", enabled=True)
    raw("Initiate")
    raw("WaitForEvent", event_id_raw=1030, timeout=1.0)
    reading = raw("MeasureMultiple")
    assert list(reading.voltage_measurements) == pytest.approx([2.0], abs=1e-4)
    assert list(reading.current_measurements) == pytest.approx([2e-3], abs=1e-6)


# ---- export and import


def test_buffer(smu):
    smu.voltage_level = 1.0
    smu.output_function = nidcpower.OutputFunction.DC_CURRENT
    smu.source_complete_event_output_terminal = "PXI_Trig2"
    buffer = smu.export_attribute_configuration_buffer()
    assert isinstance(buffer, bytes)
    smu.reset()
    smu.current_limit = 1e-3
    smu.import_attribute_configuration_buffer(buffer)
    assert smu.voltage_level == 1.0
    assert smu.output_function == nidcpower.OutputFunction.DC_CURRENT
    assert smu.source_complete_event_output_terminal == "PXI_Trig2"
    assert smu.current_limit == 0.01  # what was not set is overwritten, too


def test_file(smu, tmp_path):
    path = tmp_path / "ramp.nidcpowerconfig"
    smu.voltage_level = 1.0
    smu.export_attribute_configuration_file(str(path))
    smu.voltage_level = 2.0
    smu.import_attribute_configuration_file(str(path))
    assert smu.voltage_level == 1.0
    assert path.read_bytes() == smu.export_attribute_configuration_buffer()
    with pytest.raises(nidcpower.errors.DriverError) as error:
        smu.import_attribute_configuration_file(str(tmp_path / "none"))
    assert error.value.code == FILE_ACCESS
    assert refused(smu.export_attribute_configuration_file, str(tmp_path)) == FILE_ACCESS
    assert refused(smu.import_attribute_configuration_file, "ramp.nidcpowerconfig") == INVALID_VALUE
    assert refused(smu.import_attribute_configuration_file, "") == INVALID_VALUE
    assert smu.voltage_level == 1.0


def test_channels_are_mapped_in_order(lab):
    with lab.session("PXI1Slot2,PXI1Slot3") as first:
        first.channels["PXI1Slot2/0"].voltage_level = 1.0
        first.channels["PXI1Slot3/0"].voltage_level = 2.0
        buffer = first.export_attribute_configuration_buffer()
    with lab.session("PXI1Slot5,PXI1Slot4") as second:
        second.import_attribute_configuration_buffer(buffer)
        assert second.channels["PXI1Slot5/0"].voltage_level == 1.0
        assert second.channels["PXI1Slot4/0"].voltage_level == 2.0
    with lab.session("PXI1Slot4") as third:
        assert refused(third.import_attribute_configuration_buffer, buffer) == INVALID_CONFIGURATION


def test_only_between_equal_models(open_lab):
    lab = open_lab(version_40w=["PXI1Slot3"])
    with lab.session("PXI1Slot2") as small, lab.session("PXI1Slot3") as large:
        buffer = small.export_attribute_configuration_buffer()
        assert refused(large.import_attribute_configuration_buffer, buffer) == INVALID_CONFIGURATION


def test_neither_in_sequence_mode_nor_while_running_nor_invalid(smu):
    buffer = smu.export_attribute_configuration_buffer()
    with smu.initiate():
        assert smu.export_attribute_configuration_buffer() == buffer
        assert refused(smu.import_attribute_configuration_buffer, buffer) == ALREADY_RUNNING
    smu.voltage_level = 10.0  # beyond its range: verified at export
    assert refused(smu.export_attribute_configuration_buffer) == INVALID_VALUE
    smu.source_mode = nidcpower.SourceMode.SEQUENCE
    assert refused(smu.import_attribute_configuration_buffer, buffer) == INVALID_CONFIGURATION
    assert refused(smu.export_attribute_configuration_buffer) == INVALID_CONFIGURATION


def changed(buffer, **settings_):
    content = json.loads(buffer)
    content["settings"][0].update(settings_)
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    ("settings_", "code"),
    [
        ({"VOLTAGE_LEVEL": 70.0}, INVALID_VALUE),
        ({"VOLTAGE_LEVEL": "1"}, INVALID_CONFIGURATION),
        ({"VOLTAGE_LEVEL": None}, INVALID_CONFIGURATION),
        ({"VOLTAGE_LEVEL": True}, INVALID_CONFIGURATION),
        ({"OUTPUT_ENABLED": 1}, INVALID_CONFIGURATION),
        ({"SOURCE_MODE": 1021}, INVALID_CONFIGURATION),
        ({"LCR_FREQUENCY": 1.0}, INVALID_CONFIGURATION),
        ({"SERIAL_NUMBER": "1"}, INVALID_CONFIGURATION),
        ({"SEQUENCE_LOOP_COUNT": 1.5}, INVALID_CONFIGURATION),
        ({"SOURCE_DELAY": float("nan")}, INVALID_VALUE),
    ],
)
def test_what_is_imported_is_checked_and_nothing_changes(smu, settings_, code):
    smu.voltage_level = 0.5
    buffer = smu.export_attribute_configuration_buffer()
    smu.voltage_level = 1.5
    bad = changed(buffer, **settings_)
    assert refused(smu.import_attribute_configuration_buffer, bad) == code
    assert smu.voltage_level == 1.5
    smu.import_attribute_configuration_buffer(changed(buffer, VOLTAGE_LEVEL=0.75))
    assert smu.voltage_level == 0.75


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_damaged_bytes_are_refused_and_the_session_goes_on(smu, raw, data):
    buffer = smu.export_attribute_configuration_buffer()
    start = data.draw(st.integers(0, len(buffer) - 1))
    inserted = data.draw(st.binary(max_size=20))
    damaged = buffer[:start] + inserted + buffer[start + data.draw(st.integers(1, 50)) :]
    code = raw.code("ImportAttributeConfigurationBuffer", configuration=damaged)
    assert code in (0, INVALID_CONFIGURATION, INVALID_VALUE, -1074135021)
    smu.import_attribute_configuration_buffer(buffer)


@pytest.mark.parametrize(
    "garbage", [b"", b"\xff" * 100, b"[" * 100_000, b"{}", b"1", b'"x"', b"x" * 2_000_000]
)
def test_garbage_is_refused(smu, garbage):
    assert refused(smu.import_attribute_configuration_buffer, garbage) == INVALID_CONFIGURATION
