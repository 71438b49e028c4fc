"""What rows say of delivery: shares, energy, and the words of the verdict."""

from math import nan

import pandas as pd
import pytest

from mho.merit.samples import NotEnoughData
from mho.protocols.delivered import (
    as_pulses,
    delivered,
    delivered_notes,
    delivered_results,
    pulse_energy,
)


def rows(**columns):
    base = {
        "amplitude": [0.0, 1.0, -2.0, 1.0, 1.0, 1.0, 1.0],
        "sent": [0.0, 1.0, -2.0, 1.0, 1.0, 1.0, 1.0],
        "sent_at_limit": [False] * 7,
        "pulse_voltage": [0.0, 0.9, -1.8, 0.9, 0.8, 0.9, 0.95],
        "pulse_current": [0.0, 1e-3, -2e-3, 1e-3, 1e-3, 1e-3, 1e-3],
        "width": [1e-3] * 7,
    }
    return pd.DataFrame({**base, **columns})


def test_shares_and_energy_of_pulses():
    found = delivered(rows())
    assert (found.share.value, found.smallest, found.largest) == pytest.approx((0.9, 0.8, 0.95))
    assert found.share.low <= 0.9 <= found.share.high
    assert pulse_energy(rows()).value == pytest.approx(0.9e-6)
    assert (found.pulses, found.unknown, found.at_limit) == (6, 0, 0)


def test_what_is_not_known_is_counted_and_never_a_number():
    voltages = [0.0, nan, -2.0, nan, 1.0, 1.0, 1.0]
    found = delivered(rows(pulse_voltage=voltages))
    assert (found.share.value, found.unknown) == (1.0, 2)
    assert delivered_notes(rows(pulse_voltage=voltages)) == [
        "the voltage at the device is not known in 2 of 6 pulses"
    ]
    with pytest.raises(NotEnoughData):
        delivered(rows(pulse_voltage=[nan] * 7))
    (told,) = delivered_notes(rows(pulse_voltage=[nan] * 7))
    assert told == "the voltage at the device is not known in any of 6 pulses"


def test_a_current_that_is_not_known_leaves_no_energy():
    unknown = rows(pulse_current=[nan] * 7)
    with pytest.raises(NotEnoughData):
        pulse_energy(unknown)
    (found,) = (one for one in delivered_results(unknown) if one.name == "pulse_energy")
    assert found.value is None and "energy" in found.undetermined


def test_a_current_beyond_its_range_is_said_and_leaves_no_energy():
    """What stood as asked was not limited; what fell was, and its current is known."""
    asked, held = rows()["amplitude"], [False] + [True] * 6
    clipped = rows(pulse_voltage=asked, pulse_in_compliance=held)
    assert delivered(clipped).beyond == 6
    with pytest.raises(NotEnoughData, match="whose current is known"):
        pulse_energy(clipped)
    (told,) = delivered_notes(clipped)
    assert "in 6 of 6 pulses the current left the range" in told
    limited = rows(pulse_in_compliance=held)
    assert delivered(limited).beyond == 0
    assert pulse_energy(limited).value == pytest.approx(0.9e-6)


def test_nothing_is_said_where_all_is_as_asked():
    asked = rows()["amplitude"]
    assert delivered_notes(rows(pulse_voltage=asked * 1.005)) == []
    assert delivered_notes(rows(amplitude=[0.0] * 7)) == []


def test_losses_and_limits_are_said():
    limited = [False, True, False, True, False, False, False]
    lost, short = delivered_notes(rows(sent_at_limit=limited))
    assert lost.startswith("delivered: 90 % of the amplitude asked for")
    assert "80 % to 95 %" in lost
    assert short.startswith("2 of 6 pulses could not be raised")


def test_other_names_of_the_same():
    named = rows().rename(columns={"amplitude": "level", "pulse_voltage": "voltage"})
    found = delivered(as_pulses(named, "level", "voltage", "pulse_current"))
    assert found.share.value == pytest.approx(0.9)


def test_results_of_pulses():
    found = {(one.name, one.part): one for one in delivered_results(rows())}
    assert found["delivered_share", ""].value == pytest.approx(0.9)
    assert found["delivered_amplitude", "positive pulses"].value == pytest.approx(0.9)
    assert found["delivered_amplitude", "negative pulses"].value == pytest.approx(-1.8)
    assert found["pulse_energy", ""].unit == "J"
    assert found["pulses_at_limit", ""].value == 0.0
    assert found["delivered_share", ""].interval is not None


@pytest.mark.parametrize("some", [rows().iloc[:0], rows().iloc[:1]])
def test_without_a_pulse_there_is_no_number(some):
    for one in delivered_results(some):
        assert one.value is None or one.name == "pulses_at_limit"


def test_a_run_from_before_these_columns_says_that_they_are_not_known():
    old = rows().drop(columns=["pulse_voltage", "sent", "sent_at_limit"])
    assert delivered_notes(old) == ["the voltage at the device is not known in any of 6 pulses"]
    assert all(one.value is None for one in delivered_results(old) if "pulses" not in one.name)
