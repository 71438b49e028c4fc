"""Output resistance: what falls across it is missing at the terminal."""

import pytest

from mho.sim_instruments.ni_dcpower.output_resistance import behind


@pytest.mark.parametrize(
    ("current_at", "expected"),
    [
        (lambda volts: volts / 1000, 2 / 3),  # 1 V through 500 ohm into 1 kohm
        (lambda volts: volts / 100, 1 / 6),
        (lambda volts: volts / 1e12, 1.0),
        (lambda volts: 0.0, 1.0),
        (lambda volts: min(volts / 10, 1e-3), 0.5),  # held by the limit
        (lambda volts: max(-1e-3, (volts - 2.0) / 1000), 4 / 3),  # pushed by another source
        (lambda volts: 1e-6 * (2.718281828 ** min(volts / 0.1, 6.9) - 1), None),
    ],
)
def test_the_voltage_behind_a_resistance(current_at, expected):
    voltage = behind(1.0, 500.0, 1e-2, current_at)
    assert voltage + 500.0 * current_at(voltage) == pytest.approx(1.0, abs=1e-5)
    if expected is not None:
        assert voltage == pytest.approx(expected, abs=1e-6)


@pytest.fixture
def smu(lab):
    """1 kohm."""
    with lab.session(name="smu") as session:
        session.current_limit_range = session.current_limit = 10e-3
        session.voltage_level = 2.0
        session.source_delay = session.aperture_time = 1e-3
        yield session


def test_a_divider(lab, raw, smu):
    raw("ConfigureOutputResistance", resistance=1000.0)
    with smu.initiate():
        reading = smu.measure_multiple()[0]
        assert reading.voltage == pytest.approx(1.0, abs=1e-4)
        assert reading.current == pytest.approx(1e-3, abs=1e-6)
        assert not smu.query_in_compliance()
        smu.voltage_level = -4.0
        assert smu.measure_multiple()[0].voltage == pytest.approx(-2.0, abs=1e-4)
        smu.output_resistance = 3000.0  # at once, as other settings of a single point
        assert smu.measure_multiple()[0].voltage == pytest.approx(-1.0, abs=1e-4)
        smu.output_resistance = 0.0
        assert smu.measure_multiple()[0].voltage == pytest.approx(-4.0, abs=1e-4)
        smu.output_enabled = False
        assert lab.drives()["te"].level == 0.0


def test_it_follows_what_is_connected(lab, smu):
    smu.output_resistance = 1000.0
    smu.initiate()
    lab.device.ohms["te"] = 3000.0
    assert smu.measure_multiple()[0].voltage == pytest.approx(1.5, abs=1e-4)


def test_the_limit_holds_behind_it(smu):
    smu.current_limit_range = smu.current_limit = 1e-3
    smu.voltage_level = 5.0
    smu.output_resistance = 1000.0
    with smu.initiate():
        reading = smu.measure_multiple()[0]
        assert reading.current == pytest.approx(1e-3, abs=1e-6)
        assert smu.query_in_compliance()


@pytest.mark.parametrize("resistance", [-1.0, 2e9, float("nan")])
def test_values_that_are_refused(raw, smu, resistance):
    assert raw.code("ConfigureOutputResistance", resistance=resistance) == -1074135024
