"""Results of estimates: a number with its interval, or why there is none; never a NaN."""

from math import inf, nan

import pandas as pd
import pytest

from mho.merit.estimate import Estimate
from mho.merit.reporting import average, largest, measured, middle, outcome, taken_from
from mho.merit.samples import NotEnoughData


def made(value, source="rows", **told):
    return measured("slope", "1", value, method="fit", source=source, **told)


def estimate(value, low, high):
    return Estimate(value=value, low=low, high=high)


@pytest.mark.parametrize(
    ("value", "number", "interval"),
    [
        (2, 2.0, None),
        (estimate(2.0, 1.0, 3.0), 2.0, (1.0, 3.0)),
        (estimate(2.0, -inf, inf), 2.0, None),
        (estimate(2.0, 1.0, inf), 2.0, (1.0, None)),
        (estimate(2.0, -inf, 3.0), 2.0, (None, 3.0)),
        (estimate(2.0, nan, 3.0), 2.0, None),
        (estimate(2.0, 2.1, 3.0), 2.0, (2.0, 3.0)),
        (estimate(2.0, 1.0, 1.9), 2.0, (1.0, 2.0)),
        (lambda: estimate(2.0, 1.0, 3.0), 2.0, (1.0, 3.0)),
    ],
)
def test_what_is_known_is_a_number_with_its_interval(value, number, interval):
    found = made(value)
    assert (found.value, found.interval, found.undetermined) == (number, interval, "")


def too_few():
    raise NotEnoughData("the slope needs 3 points")


@pytest.mark.parametrize(
    ("value", "why", "told"),
    [
        (nan, "", "the rows give no number for it"),
        (inf, "", "the rows give no number for it"),
        (None, "no sweep was made", "no sweep was made"),
        (estimate(nan, nan, nan), "", "the rows give no number for it"),
        (estimate(inf, 1.0, inf), "it ran away", "it ran away"),
        (too_few, "", "the slope needs 3 points"),
        (too_few, "never mind", "the slope needs 3 points"),
    ],
)
def test_what_is_not_known_says_why(value, why, told):
    found = made(value, why=why)
    assert (found.value, found.interval, found.undetermined) == (None, None, told)


def rows(*held):
    return pd.DataFrame({"in_compliance": held, "write_in_compliance": held[::-1]})


@pytest.mark.parametrize(
    ("held", "text", "known"),
    [
        ((False, False, False), "3 rows of reads", True),
        ((True, False, True), "3 rows of reads, 2 of them held by the current limit", True),
        ((True, True), "2 rows of reads, 2 of them held by the current limit", False),
        ((False,), "1 row of reads", True),
        ((), "0 rows of reads", True),
    ],
)
def test_rows_that_the_limit_held_are_told_and_all_of_them_tell_nothing(held, text, known):
    source = taken_from(rows(*held), "reads")
    found = made(1.0, source)
    assert found.source == text
    assert (found.value is not None) is known
    if not known:
        assert "limit held every row" in found.undetermined
        assert made(1.0, source.text).value == 1.0  # a count does not mind


def test_a_row_is_held_if_any_of_its_flags_says_so():
    source = taken_from(rows(True, False, False), "r", "in_compliance", "write_in_compliance")
    assert "2 of them" in source.text and not source.limited


def test_means_and_medians_leave_out_what_is_no_number():
    values = [1.0, nan, 3.0, 2.0, inf]
    assert middle("the middle", values).value == average("the mean", values).value == 2.0
    assert middle("the middle", [1.0]).low == -inf
    for function in (middle, average):
        with pytest.raises(NotEnoughData, match="the thing needs 1"):
            function("the thing", [nan])


def test_the_largest_is_that_of_the_largest_magnitude():
    low, high = estimate(-3.0, -4.0, -2.0), estimate(2.0, 1.0, 3.0)
    assert largest([high, low]) is low and largest([]) is None


def test_an_outcome_is_a_word_or_why_it_is_not_known():
    assert outcome("formed", source="rows").value == "formed"
    assert "ended before" in outcome(None, source="rows").undetermined
