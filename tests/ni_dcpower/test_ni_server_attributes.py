"""Attributes: defaults, kinds, coercion, refusals."""

from collections import Counter
from datetime import timedelta

import nidcpower
import pytest
from nidcpower import nidcpower_pb2, nidcpower_pb2_grpc

from mho.sim_instruments.ni_dcpower.attributes import ATTRIBUTES


@pytest.fixture
def session(lab):
    with lab.session() as opened:
        yield opened


def refused(session, name, value):
    with pytest.raises(nidcpower.errors.DriverError) as error:
        setattr(session, name, value)
    return error.value.code


DEFAULTS = {
    "output_enabled": True,
    "output_connected": True,
    "output_function": nidcpower.OutputFunction.DC_VOLTAGE,
    "source_mode": nidcpower.SourceMode.SINGLE_POINT,
    "source_delay": timedelta(seconds=0.01667),
    "aperture_time": 0.01666666,
    "aperture_time_units": nidcpower.ApertureTimeUnits.SECONDS,
    "power_line_frequency": 60.0,
    "sense": nidcpower.Sense.LOCAL,
    "auto_zero": nidcpower.AutoZero.OFF,
    "overranging_enabled": False,
    "measure_record_length": 1,
    "measure_record_length_is_finite": True,
    "sequence_loop_count": 1,
    "sequence_loop_count_is_finite": True,
    "pulse_on_time": timedelta(seconds=0.034),
    "pulse_off_time": timedelta(seconds=0.034),
    "active_advanced_sequence": "",
    "active_advanced_sequence_step": 0,
    "voltage_level_autorange": 0,
    "compliance_limit_symmetry": nidcpower.ComplianceLimitSymmetry.SYMMETRIC,
    "fetch_backlog": 0,
    "merged_channels": "",
    "simulate": False,
    "instrument_manufacturer": "National Instruments",
    "instrument_model": "NI PXIe-4139",
    "actual_power_allocation": -1.0,
    "start_trigger_type": nidcpower.TriggerType.NONE,
    "source_trigger_type": nidcpower.TriggerType.NONE,
    "measure_trigger_type": nidcpower.TriggerType.DIGITAL_EDGE,
    "shutdown_trigger_type": nidcpower.TriggerType.NONE,
    "digital_edge_start_trigger_input_terminal": "",
    "exported_measure_trigger_output_terminal": "",
    "source_complete_event_pulse_width": 250e-9,
    "source_complete_event_pulse_polarity": nidcpower.Polarity.HIGH,
    "measure_complete_event_delay": timedelta(0),
    "sequence_step_delta_time": 0.05,
    "query_instrument_status": True,
    "ovp_enabled": False,
    "ovp_limit": 210.0,
    "output_resistance": 0.0,
    "autorange": 0,
    "autorange_behavior": nidcpower.AutorangeBehavior.UP_TO_LIMIT_THEN_DOWN,
    "autorange_threshold_mode": nidcpower.AutorangeThresholdMode.NORMAL,
    "autorange_maximum_delay_after_range_change": timedelta(seconds=0.5),
    "output_cutoff_enabled": False,
    "output_cutoff_delay": timedelta(0),
}


@pytest.mark.parametrize(("name", "value"), DEFAULTS.items())
def test_defaults(session, name, value):
    assert getattr(session, name) == value


def test_every_attribute_of_the_service_is_answered_or_refused_with_its_code(lab, raw):
    """In whatever kind it is asked for, what a module has is read, the rest refused."""
    lab.session(name="smu")
    outcomes = Counter()
    for label, number in nidcpower_pb2.NiDCPowerAttribute.items():
        name = label.removeprefix("NIDCPOWER_ATTRIBUTE_")
        if name == "UNSPECIFIED":
            continue
        if name not in ATTRIBUTES:
            assert raw.code("GetAttributeViReal64", attribute_id=number) == -1074118619, name
            outcomes["refused"] += 1
            continue
        for kind in ("Int32", "Int64", "Real64", "String", "Boolean"):
            code = raw.code(f"GetAttributeVi{kind}", attribute_id=number)
            assert code == (0 if kind == ATTRIBUTES[name].kind else -1074135019), name
        outcomes["read"] += 1
    assert outcomes == {"read": 171, "refused": 69}


def test_the_client_reads_what_it_knows(session):
    known = [name for name in ATTRIBUTES if name.lower() in dir(session)]
    assert len(known) > 140
    for name in known:
        getattr(session, name.lower())


def test_measure_when_follows_the_source_mode(session):
    when = nidcpower.MeasureWhen
    assert session.measure_when == when.ON_DEMAND
    session.source_mode = nidcpower.SourceMode.SEQUENCE
    assert session.measure_when == when.AUTOMATICALLY_AFTER_SOURCE_COMPLETE
    session.measure_when = when.ON_MEASURE_TRIGGER
    session.source_mode = nidcpower.SourceMode.SINGLE_POINT
    assert session.measure_when == when.ON_MEASURE_TRIGGER


@pytest.mark.parametrize(
    ("name", "asked", "got"),
    [
        ("voltage_level_range", 0.5, 0.6),
        ("voltage_level_range", 0.7, 6.0),
        ("voltage_level_range", 60.0, 60.0),
        ("current_limit_range", 1e-6, 1e-6),
        ("current_limit_range", 1.1e-6, 1e-5),
        ("current_limit_range", 2.0, 3.0),
        ("pulse_current_limit_range", 5.0, 10.0),
        ("current_level_range", 5e-4, 1e-3),
        ("aperture_time", 1e-3, 1e-3),
        ("aperture_time", 0.0, 1 / 1.8e6),
        ("aperture_time", 1e-6, 2 / 1.8e6),
        ("aperture_time", 1.01 / 1.8e6, 2 / 1.8e6),
    ],
)
def test_coercion_goes_up(session, name, asked, got):
    setattr(session, name, asked)
    assert getattr(session, name) == pytest.approx(got, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("voltage_level_range", 61.0),
        ("current_limit_range", 3.5),
        ("current_level_range", 10.0),
        ("voltage_level", 70.0),
        ("voltage_level", float("nan")),
        ("aperture_time", float("nan")),
        ("current_limit", -1e-3),
        ("source_delay", 168.0),
        ("pulse_on_time", 5e-6),
        ("pulse_off_time", 49e-6),
        ("power_line_frequency", 55.0),
        ("measure_record_length", 0),
        ("measure_buffer_size", 10),
        ("sequence_loop_count", 0),
    ],
)
def test_values_out_of_bounds_keep_the_old_one(session, name, value):
    before = getattr(session, name)
    assert refused(session, name, value) == -1074135024
    assert getattr(session, name) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("auto_zero", nidcpower.AutoZero.ON),
        ("ovp_enabled", True),
        ("instrument_mode", nidcpower.InstrumentMode.LCR),
        ("merged_channels", "PXI1Slot2/1"),
    ],
)
def test_values_that_a_4139_does_not_have_are_refused(session, name, value):
    assert refused(session, name, value) == -1074135021


@pytest.mark.parametrize("name", ["instrument_model", "serial_number", "fetch_backlog"])
def test_read_only(session, name):
    value = 1 if name == "fetch_backlog" else "mine"
    assert refused(session, name, value) == -1074135027


def test_unknown_attribute(session):
    with pytest.raises(nidcpower.errors.DriverError) as error:
        _ = session.lcr_frequency
    assert error.value.code == -1074118619
    assert refused(session, "conduction_voltage_on_threshold", 1.0) == -1074118619


def test_wrong_kind_and_unknown_number(lab):
    lab.session(name="smu")
    stub = nidcpower_pb2_grpc.NiDCPowerStub(lab.wire)

    def code(number):
        request = nidcpower_pb2.GetAttributeViInt32Request(vi={"name": "smu"}, attribute_id=number)
        with pytest.raises(Exception, match="ttribute") as error:
            stub.GetAttributeViInt32(request)
        return dict(error.value.trailing_metadata())["ni-error"]

    assert code(nidcpower_pb2.NIDCPOWER_ATTRIBUTE_VOLTAGE_LEVEL) == "-1074135019"
    assert code(1) == "-1074135022"


def test_typed_enum_members_are_taken_like_raw_ones(lab):
    session = lab.session(name="smu")
    stub = nidcpower_pb2_grpc.NiDCPowerStub(lab.wire)
    stub.SetAttributeViInt32(
        nidcpower_pb2.SetAttributeViInt32Request(
            vi={"name": "smu"},
            attribute_id=nidcpower_pb2.NIDCPOWER_ATTRIBUTE_SENSE,
            attribute_value=1009,
        )
    )
    assert session.sense == nidcpower.Sense.REMOTE


def test_aperture_in_power_line_cycles(session, lab):
    session.power_line_frequency = 50
    session.configure_aperture_time(5, nidcpower.ApertureTimeUnits.POWER_LINE_CYCLES)
    assert session.aperture_time_units == nidcpower.ApertureTimeUnits.POWER_LINE_CYCLES
    assert session.aperture_time == 5
    assert session.measure_record_delta_time.total_seconds() == pytest.approx(0.1)
    session.samples_to_average = 2
    assert session.measure_record_delta_time.total_seconds() == pytest.approx(0.2)


def test_autorange_chooses_by_the_value_and_off_restores_the_range(session):
    session.current_limit_range = 0.1
    session.current_limit = 5e-5
    session.current_limit_autorange = 1
    assert session.current_limit_range == 1e-4
    session.current_limit_autorange = 0
    assert session.current_limit_range == 0.1


def test_version_and_identity(open_lab):
    lab = open_lab(version_40w=["PXI1Slot3"])
    with lab.session("PXI1Slot3") as session:
        assert session.instrument_model == "NI PXIe-4139 (40W)"
        assert session.query_max_current_limit(40.0) == pytest.approx(1.0)
    with lab.session("PXI1Slot2") as session:
        assert session.instrument_model == "NI PXIe-4139"
        assert session.query_max_current_limit(40.0) == pytest.approx(0.5)
        assert session.query_max_current_limit(0.0) == pytest.approx(3.0)
        assert session.query_max_voltage_level(1.0) == pytest.approx(20.0)
        assert session.query_min_current_limit(0.1) == pytest.approx(1e-8)
        assert session.read_current_temperature() == 25.0
        assert session.get_ext_cal_last_date_and_time().year == 1940
        assert session.get_ext_cal_recommended_interval().days == 365


@pytest.mark.parametrize(
    "name",
    [
        "voltage_level_autorange",
        "voltage_limit_autorange",
        "current_level_autorange",
        "current_limit_autorange",
        "autorange",
    ],
)
@pytest.mark.filterwarnings("ignore:.*bool.*:DeprecationWarning")
def test_the_client_writes_a_boolean_where_the_service_has_an_integer(session, name):
    """As users do. protobuf 6 warns of it, protobuf 7 refuses it: an older one is installed."""
    setattr(session, name, True)
    assert getattr(session, name) == 1
    setattr(session, name, False)
    assert getattr(session, name) == 0


def test_autorange_measures_in_the_smallest_range_that_fits(session, lab):
    """1 kohm at 10 mV is 10 uA, which the range of 10 mA reads with a noise of nanoamperes."""
    session.voltage_level = 0.01
    session.current_limit_range = session.current_limit = 1e-2
    spreads = {}
    for autorange, smallest in ((False, 0.0), (True, 0.0), (True, 1e-3)):
        session.autorange = int(autorange)
        session.autorange_minimum_current_range = smallest
        with session.initiate():
            currents = [session.measure_multiple()[0].current for _ in range(50)]
        spreads[autorange, smallest] = max(currents) - min(currents)
    assert spreads[True, 0.0] < spreads[True, 1e-3] / 5
    assert spreads[True, 1e-3] < spreads[False, 0.0] / 5
