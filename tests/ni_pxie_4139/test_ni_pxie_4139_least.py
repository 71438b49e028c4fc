"""Every shipped recipe on the NI bench: its exchanges beside the least that the commands permit."""

import pytest
from least_exchanges_of_ni import Count, counted

from mho import settings

RATIO = 1.3
REFUSED = {
    ("forming", "ramp-to-compliance"): "cannot stop a sweep in compliance",
    ("ltp_ltd", "width-modulated"): "duration of level 15 us (the worst of",
    ("program", "ecram-oxide-10-ns"): "duration of level 10 ns",
    ("pulse_response", "alpha-fe2o3-set"): "level 5 us (the worst of",
    ("stdp", "published"): "rest 25 us (the worst of",
}
"""What this bench cannot play, and why."""

FEW_ROWS = 200
WHOLE_ARRAYS = ("gates", "logistic", "xor")
"""They take a channel a line."""

RECIPES = [
    (protocol, recipe)
    for protocol, recipe in settings.shipped_recipes()
    if protocol not in WHOLE_ARRAYS and recipe != "ecram-full-range"  # on the larger cell only
]


ONE_EACH = [
    pytest.param(*case, marks=() if case in list(dict(RECIPES).items())[::2] else pytest.mark.slow)
    for case in RECIPES
]
"""By default one recipe of every second protocol."""


def assert_near_the_least(protocol, recipe, rows):
    found = counted(protocol, recipe, rows)
    if isinstance(found, Count):
        print(found)
        assert (protocol, recipe) not in REFUSED
        assert found.rows > 0
        assert found.least <= found.exchanges <= RATIO * found.least, str(found)
    else:
        assert any(REFUSED[protocol, recipe] in reason for reason in found), found


@pytest.mark.parametrize(("protocol", "recipe"), ONE_EACH)
def test_the_first_rows_of_a_recipe_take_little_more_than_the_least(protocol, recipe):
    assert_near_the_least(protocol, recipe, FEW_ROWS)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("protocol", "recipe"), RECIPES)
def test_a_recipe_takes_little_more_than_the_least(protocol, recipe):
    assert_near_the_least(protocol, recipe, None)
