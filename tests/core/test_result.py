"""A result is a number with its interval, a word, or a reason; anything else is refused."""

from dataclasses import asdict, replace
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mho.result import Result, by_name, numbers

LEGAL = {
    "number": Result(
        name="set_voltage", value=1.2, interval=(1.1, 1.3), unit="V", method="median", source="rows"
    ),
    "word": Result(name="outcome", value="formed", unit="", method="last row", source="rows"),
    "reason": Result(
        name="nu", value=None, unit="1", method="fit", source="rows", undetermined="3 reads"
    ),
}

BROKEN = [
    ("number", {"value": nan}, "is nan"),
    ("number", {"value": inf, "interval": None}, "is inf"),
    ("number", {"value": None}, "exactly one"),
    ("number", {"value": None, "undetermined": "few"}, "an interval and no value"),
    ("number", {"undetermined": "few"}, "exactly one"),
    ("number", {"unit": ""}, "without a unit"),
    ("number", {"interval": (1.3, 1.4)}, "does not hold"),
    ("number", {"interval": (1.0, 1.1)}, "does not hold"),
    ("number", {"interval": (nan, 1.3)}, "or None where it is open"),
    ("number", {"interval": (1.1, inf)}, "or None where it is open"),
    ("number", {"name": "SET voltage"}, "snake_case"),
    ("number", {"name": "ltp_r2 at 1.6 V"}, "snake_case"),
    ("number", {"name": ""}, "snake_case"),
    ("number", {"method": ""}, "how it was made"),
    ("number", {"source": ""}, "how it was made"),
    ("word", {"value": ""}, "is not empty"),
    ("word", {"unit": "V"}, "neither unit nor interval"),
    ("word", {"interval": (0.0, 1.0)}, "neither unit nor interval"),
    ("reason", {"undetermined": ""}, "exactly one"),
]


@pytest.mark.parametrize(("legal", "broken", "told"), BROKEN)
def test_what_contradicts_itself_is_refused(legal, broken, told):
    with pytest.raises(ValueError, match=told):
        replace(LEGAL[legal], **broken)


@given(st.floats(), st.none() | st.floats(), st.none() | st.floats())
def test_no_number_stands_outside_its_interval(value, low, high):
    legal = (
        abs(value) < inf
        and (low is None or -inf < low <= value)
        and (high is None or value <= high < inf)
    )
    data = asdict(LEGAL["number"]) | {"value": value, "interval": (low, high)}
    if legal:
        assert Result(**data).value == value
    else:
        with pytest.raises(ValueError, match="set_voltage"):
            Result(**data)


def test_results_of_the_run_as_a_whole_are_found_by_name():
    part = replace(LEGAL["number"], part="cycle 1", value=1.25)
    found = [*LEGAL.values(), part]
    assert by_name(found)["set_voltage"] is LEGAL["number"]
    assert numbers(found) == {"set_voltage": 1.2}
