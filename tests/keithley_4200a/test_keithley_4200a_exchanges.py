"""Every shipped recipe that runs on a 4200A takes few more exchanges than the least there could be.

``python exchanges_of_recipes.py`` prints the numbers, `least_exchanges_of_4200a` is the rule.
"""

import pytest
from exchanges_of_recipes import counted, device_for, shipped

MOST = 1.3
FEW_ROWS = 40
CASES = pytest.mark.parametrize(("protocol", "recipe", "bench"), list(shipped()))
LAST = {(protocol, bench): (protocol, recipe, bench) for protocol, recipe, bench in shipped()}
ONE_EACH = pytest.mark.parametrize(
    ("protocol", "recipe", "bench"),
    [
        pytest.param(*case, marks=() if case in list(LAST.values())[::2] else pytest.mark.slow)
        for case in shipped()
    ],
)
"""By default one recipe of every second pair of a protocol and a bench."""


def assert_near_the_least(protocol, recipe, bench, rows):
    device = device_for(protocol, recipe, bench)
    if device is None:  # microseconds on SMUs, currents or open terminals on pulse cards
        return
    found = counted(protocol, recipe, bench, device, rows)
    assert found.told and found.ratio <= MOST, found


@ONE_EACH
def test_the_first_rows_of_a_recipe_take_few_more_exchanges_than_the_least(protocol, recipe, bench):
    assert_near_the_least(protocol, recipe, bench, FEW_ROWS)


@pytest.mark.slow
@pytest.mark.timeout(600)
@CASES
def test_a_recipe_takes_few_more_exchanges_than_the_least(protocol, recipe, bench):
    assert_near_the_least(protocol, recipe, bench, None)


def test_most_recipes_run_on_one_of_the_benches():
    assert len({case[:2] for case in shipped()}) >= 50
