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
        (SIEMENS, "50 us", ["siemens", "50 uS"]),
        (SECOND, "50 uS", ["seconds"]),
        (VOLT, "2", ["no unit", "50 mV"]),
        (VOLT, "two V", ["not a number"]),
        (VOLT, "", ["not a number"]),
        (VOLT, "1e400 V", []),
        (SECOND, "5 Ms s", ["seconds"]),
    ],
)
def test_mistakes_say_what_to_write(unit, text, words):
    if text == "1e400 V":
        assert unit.parse(text) == float("inf")  # refused by the model, as not finite
        return
    with pytest.raises(ValueError, match=r".") as caught:
        unit.parse(text)
    for word in words:
        assert word in str(caught.value)


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
