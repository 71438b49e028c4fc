"""Quantities: parsing and showing, with pint as the oracle."""

import pint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from mho import quantities
from mho.quantities import FRACTION, OHM, SECOND, SIEMENS, VOLT, Volts

REGISTRY = pint.UnitRegistry()
UNITS = [
    getattr(quantities, name) for name in ("VOLT", "AMPERE", "SIEMENS", "OHM", "SECOND", "WATT")
]
numbers = st.decimals(
    allow_nan=False, allow_infinity=False, places=4, min_value=-999, max_value=999
)


@settings(deadline=None)  # pint reads its units when the first is asked for
@given(
    numbers, st.sampled_from(["f", "p", "n", "u", "m", "", "k", "M", "G"]), st.sampled_from(UNITS)
)
def test_parsing_agrees_with_pint(number, prefix, unit):
    written = f"{number} {prefix}{unit.symbol}"
    oracle = REGISTRY.Quantity(float(number), f"{prefix}{unit.symbol}").to(unit.symbol).magnitude
    assert unit.parse(written) == pytest.approx(oracle, rel=1e-12, abs=0)


@given(st.floats(min_value=1e-14, max_value=1e9), st.sampled_from(UNITS))
def test_what_is_shown_reads_back_to_the_same_float(value, unit):
    assert unit.parse(unit.show(value)) == value
    assert unit.parse(unit.show(-value)) == -value


def test_scaling_is_decimal():
    assert SIEMENS.parse("50 uS") == 5e-05
    assert FRACTION.parse("3 %") == 0.03
    assert SECOND.parse("150us") == 150e-6
    assert SECOND.parse("150 µs") == 150e-6  # micro sign
    assert SECOND.parse("150 μs") == 150e-6  # Greek mu
    assert OHM.parse("10 kΩ") == 10_000


@pytest.mark.parametrize(
    ("unit", "text", "words"),
    [
        (SIEMENS, "50 us", ["is a time", 'did you mean "50 uS"?', "Upper and lower case"]),
        (SECOND, "50 uS", ["is a conductance", 'did you mean "50 us"?']),
        (SECOND, "5 mS", ["is a conductance", 'did you mean "5 ms"?']),
        (VOLT, "5 mv", ["is no voltage", 'did you mean "5 mV"?', "Upper and lower case"]),
        (OHM, "5 MOHM", ['did you mean "5 Mohm"?']),
        (OHM, "5 Kohm", ['did you mean "5 kohm"?']),
        (SIEMENS, "20 kohm", ["is a resistance", 'as a conductance that is "50 uS"']),
        (SIEMENS, "0 ohm", ["is a resistance", "write a conductance"]),
        (OHM, "50 uS", ["is a conductance", 'as a resistance that is "20 kohm"']),
        (SECOND, "50 Hz", ["is a frequency", 'as a time that is "20 ms"']),
        (SECOND, "10 m", ["is a length", 'did you mean "10 min"?']),
        (SECOND, "2 hours", ["is no time", 'did you mean "2 h"?']),
        (VOLT, "5 volts", ["is no voltage", 'did you mean "5 V"?']),
        (VOLT, "3 %", ["is a fraction", '"50 mV"']),
        (FRACTION, "3", ["no unit", 'did you mean "3 %"?']),
        (FRACTION, "3 percent", ['did you mean "3 %"?']),
        (VOLT, "1,5 V", ["decimal comma", 'did you mean "1.5 V"?']),
        (VOLT, "2", ["no unit", "50 mV"]),
        (VOLT, "two V", ["not a number"]),
        (VOLT, "", ["not a number"]),
        (VOLT, "1e400 V", ["beyond anything"]),
        (VOLT, "1e-500 V", ["beyond anything"]),
        (VOLT, "1e" + "9" * 50 + " V", ["beyond anything"]),
        (VOLT, "9" * 5000 + " V", ["beyond anything"]),
        (VOLT, "\x1b[31m", ['"\\u001b[31m" is not a number']),
        (SECOND, "5 Ms s", ["is no time"]),
    ],
)
def test_mistakes_say_what_to_write(unit, text, words):
    with pytest.raises(ValueError, match=r".") as caught:
        unit.parse(text)
    for word in words:
        assert word in str(caught.value)
    assert len(str(caught.value)) < 200 and str(caught.value).isprintable()


def test_times_are_in_minutes_hours_and_days_too():
    assert SECOND.parse("5 min") == 300
    assert SECOND.parse("1.5 h") == 5400
    assert SECOND.parse("2 d") == 172_800
    assert SECOND.parse("0.1min") == 6


@given(st.sampled_from(UNITS), st.sampled_from(["", "m", "u", "k"]), st.sampled_from(UNITS))
def test_another_quantity_is_called_by_its_name(unit, prefix, other):
    written = f"5 {prefix}{other.symbol}"
    if unit is other:
        assert unit.parse(written)
        return
    with pytest.raises(ValueError, match=f"is {other.quantity};"):
        unit.parse(written)


class Model(BaseModel):
    level: Volts


def test_files_must_quote_the_unit_and_code_need_not():
    assert Model(level=2.0).level == 2.0
    assert Model.model_validate({"level": "2 V"}, context={"quoted_units": True}).level == 2.0
    with pytest.raises(ValidationError, match="has no unit"):
        Model.model_validate({"level": 2.0}, context={"quoted_units": True})
    for wrong in ("1e400 V", True, None, [], "nan V"):
        with pytest.raises(ValidationError):
            Model.model_validate({"level": wrong}, context={"quoted_units": True})


@pytest.mark.parametrize(
    ("text", "fraction"), [("3 %", 0.03), ("20 ppm", 20e-6), ("-0.5 %", -0.005)]
)
def test_percent_and_ppm_are_fractions(text, fraction):
    assert FRACTION.parse(text) == fraction


@settings(deadline=None)
@given(numbers, st.sampled_from(["f", "p", "n", "u", "m", "", "k", "M"]), st.sampled_from(UNITS))
def test_a_number_in_a_scaled_unit_is_the_number_that_is_written_with_it(number, prefix, unit):
    scaled = unit.scaled(prefix)
    value = unit.parse(f"{number} {scaled}")
    assert scaled.of(value) == pytest.approx(float(number), rel=1e-12, abs=1e-12)
    assert scaled.to_si(float(number)) == pytest.approx(value, rel=1e-12, abs=0)


def test_a_fraction_is_scaled_to_percent():
    assert str(FRACTION.scaled("%")) == "%" and FRACTION.scaled("%").of(0.03) == pytest.approx(3)
    assert str(FRACTION.readable(1e-9)) == str(FRACTION.readable(5)) == "%"


def test_a_prefix_that_is_none_is_refused():
    with pytest.raises(ValueError, match='"xS" is no unit of siemens'):
        SIEMENS.scaled("x")


@given(st.floats(min_value=1e-15, max_value=1e11), st.sampled_from(UNITS))
def test_a_readable_unit_gives_one_to_three_digits(value, unit):
    shown = unit.readable(value).of(value)
    assert 1 - 1e-9 <= shown < 1000 or (unit is SECOND and value >= 1000)


@pytest.mark.parametrize("value", [0.0, float("nan"), float("inf")])
def test_what_has_no_magnitude_keeps_the_bare_unit(value):
    assert str(VOLT.readable(value)) == "V"
