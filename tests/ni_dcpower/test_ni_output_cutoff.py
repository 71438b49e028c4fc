"""Output cutoff: disconnected at once or after a delay, latched until it is cleared or reset."""

import nidcpower
import pytest

from mho.stimuli import OPEN

REASON = nidcpower.OutputCutoffReason


@pytest.fixture
def smu(lab):
    """1 kohm."""
    with lab.session(name="smu") as session:
        session.voltage_level = 2.0
        session.current_limit_range = session.current_limit = 10e-3
        session.source_delay = session.aperture_time = 1e-3
        session.output_cutoff_enabled = True
        yield session


def connected(lab):
    return lab.drives().get("te", OPEN) != OPEN


def latched(session):
    return {
        reason.name
        for reason in REASON
        if reason is not REASON.ALL and session.query_latched_output_cutoff_state(reason)
    }


@pytest.mark.parametrize(
    ("limits", "reasons"),
    [
        ({}, set()),
        ({"output_cutoff_voltage_output_limit_high": 1.9}, {"VOLTAGE_OUTPUT_HIGH"}),
        ({"output_cutoff_voltage_output_limit_high": 2.1}, set()),
        ({"output_cutoff_voltage_output_limit_low": 2.1}, {"VOLTAGE_OUTPUT_LOW"}),
        ({"output_cutoff_current_measure_limit_high": 1.9e-3}, {"CURRENT_MEASURE_HIGH"}),
        ({"output_cutoff_current_measure_limit_low": 2.1e-3}, {"CURRENT_MEASURE_LOW"}),
        ({"output_cutoff_current_overrange_enabled": True}, set()),
        (
            {
                "output_cutoff_current_overrange_enabled": True,
                "current_limit_range": 1e-3,
                "current_limit": 1e-3,
            },
            {"CURRENT_SATURATED"},
        ),
    ],
)
def test_what_cuts_off(lab, smu, limits, reasons):
    for name, value in limits.items():
        setattr(smu, name, value)
    smu.initiate()
    assert connected(lab) is not bool(reasons)
    assert latched(smu) == reasons
    assert smu.query_latched_output_cutoff_state(REASON.ALL) is bool(reasons)


def test_latched_until_cleared(lab, smu):
    smu.output_cutoff_voltage_output_limit_high = 1.0
    smu.initiate()
    smu.voltage_level = 0.5
    assert not connected(lab)
    assert latched(smu) == {"VOLTAGE_OUTPUT_HIGH"}
    smu.clear_latched_output_cutoff_state(REASON.CURRENT_MEASURE_HIGH)
    assert latched(smu) == {"VOLTAGE_OUTPUT_HIGH"}
    smu.clear_latched_output_cutoff_state(REASON.ALL)
    assert latched(smu) == set()
    assert not connected(lab)
    smu.voltage_level = 0.75  # sources again
    assert connected(lab)


def test_reset_clears(lab, smu):
    smu.output_cutoff_voltage_output_limit_high = 1.0
    smu.initiate()
    smu.reset()
    assert latched(smu) == set()
    smu.initiate()
    assert connected(lab)


def test_disabled_it_cuts_nothing(lab, smu):
    smu.output_cutoff_enabled = False
    smu.output_cutoff_voltage_output_limit_high = 1.0
    smu.initiate()
    assert connected(lab)


def test_a_delay(lab, smu):
    smu.output_cutoff_voltage_output_limit_high = 1.0
    smu.output_cutoff_delay = 0.5
    smu.initiate()
    lab.clock.sleep(0.499)
    assert latched(smu) == set()
    lab.clock.sleep(0.002)
    assert latched(smu) == {"VOLTAGE_OUTPUT_HIGH"}
    assert not connected(lab)


def test_abort_stops_a_delay(lab, smu):
    smu.output_cutoff_voltage_output_limit_high = 1.0
    smu.output_cutoff_delay = 0.5
    smu.initiate()
    smu.abort()
    lab.clock.sleep(1.0)
    assert latched(smu) == set()
    assert connected(lab)


def test_a_sequence_goes_on_without_output(lab, smu):
    smu.source_mode = nidcpower.SourceMode.SEQUENCE
    smu.set_sequence([0.5, 1.5, 0.5], [1e-3] * 3)
    smu.output_cutoff_current_measure_limit_high = 1e-3
    smu.initiate()
    currents = [m.current for m in smu.fetch_multiple(3)]
    assert currents == pytest.approx([0.5e-3, 0.0, 0.0], abs=1e-6)
    assert latched(smu) == {"CURRENT_MEASURE_HIGH"}


def test_unknown_reasons(smu, raw):
    for call in ("QueryLatchedOutputCutoffState", "ClearLatchedOutputCutoffState"):
        for number in (0, 3, 256, -2):
            assert raw.code(call, output_cutoff_reason_raw=number) == -1074135024
