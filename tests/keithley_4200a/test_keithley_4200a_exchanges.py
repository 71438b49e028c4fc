"""Every shipped recipe that runs on a 4200A takes few more exchanges than the least there could be.

``python exchanges_of_recipes.py`` prints the numbers, `least_exchanges_of_4200a` is the rule.
"""

import pytest
from exchanges_of_recipes import counted, device_for, shipped

MOST = 1.3
LONG = {
    ("characterise", "cu-te"),
    ("program", "nine-targets"),
    ("ladder", "eight-levels"),
    ("reset_stop", "methods"),
    ("reset_stop", "results"),
    ("reset_stop", "with-retention"),
    ("retention", "alpha-fe2o3-14900-s"),
    ("retention", "cu-te-100-s"),
    ("read_disturb", "cu-te-six-voltages"),
    ("iv", "alpha-fe2o3-100-cycles"),
    ("stdp", "published"),
    ("ispp", "nine-targets-1-percent"),
    ("multilevel_compliance", "alpha-fe2o3-100-ua-to-1-ma"),
    ("one_transistor_one_resistor", "mod-source-line"),
    ("one_transistor_one_resistor", "mos-source-line"),
    ("ltp_ltd", "ecram-metal-oxide"),
}
"""Thousands of rows; others of the same protocol are shorter."""


def cases():
    for protocol, recipe, bench in shipped():
        marks = [pytest.mark.slow] if (protocol, recipe) in LONG else []
        yield pytest.param(protocol, recipe, bench, marks=marks)


@pytest.mark.parametrize(("protocol", "recipe", "bench"), list(cases()))
def test_a_recipe_takes_few_more_exchanges_than_the_least(protocol, recipe, bench):
    device = device_for(protocol, recipe, bench)
    if device is None:  # microseconds on SMUs, currents or open terminals on pulse cards
        return
    found = counted(protocol, recipe, bench, device)
    assert found.told and found.ratio <= MOST, found


def test_most_recipes_run_on_one_of_the_benches():
    assert len({case[:2] for case in shipped()}) >= 50
