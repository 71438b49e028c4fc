"""One figure of several devices: what it is, and that a device without a figure leaves it out."""

from math import inf

import numpy as np
import pytest

from mho.merit.estimate import Estimate
from mho.merit.samples import NotEnoughData
from mho.validation import Figure, Published
from mho.validation.measuring import comparison, devices_of, plays_of
from mho.validation.over_devices import over_devices

RUN = ("iv", "double-sweep", "cu-te", "ideal", ())


def estimates(values, high=None):
    return [Estimate(value=v, low=v, high=v if high is None else high) for v in values]


def number(**changes):
    fields = {
        "id": "x", "what": "x", "kind": "statement", "where": "x", "statement": "x",
        "criterion": "x", "counts_to": "0.2 V", "basis": "predicted", "device": "cu-te",
        "protocol": "iv", "recipe": "double-sweep", "merit": "set_voltage", "benches": ["ideal"],
        "over_devices": "deviation", "devices": 5, **changes,
    }  # fmt: skip
    return Published.model_validate(fields, context={"quoted_units": True})


def results(values):
    return [{RUN: {("set_voltage", ""): v}} for v in values]


def test_the_scatter_is_that_of_the_devices():
    values = [1.0, 1.2, 1.1, 0.9, 1.3]
    sd = float(np.std(values, ddof=1))
    found = over_devices("deviation", estimates(values))
    assert found.value == pytest.approx(sd) and found.low < sd < found.high
    relative = over_devices("relative deviation", estimates([-v for v in values]))
    assert relative.value == pytest.approx(sd / 1.1)


def test_lives_give_a_weibull_law_and_survivors_are_no_failures():
    rng = np.random.default_rng(3)
    lives = 1500 * rng.weibull(2.0, 300)
    shape = over_devices("Weibull shape", estimates(lives))
    scale = over_devices("Weibull scale", estimates(lives))
    assert shape.value == pytest.approx(2.0, rel=0.15)
    assert scale.value == pytest.approx(1500, rel=0.1)
    cut = [*estimates(lives[lives < 1200]), *estimates([1200.0] * int((lives >= 1200).sum()), inf)]
    assert over_devices("Weibull scale", cut).value == pytest.approx(scale.value, rel=0.12)
    with pytest.raises(NotEnoughData, match="3 devices that failed"):
        over_devices("Weibull scale", estimates([100.0] * 9, inf))


def test_so_many_seeds_make_a_figure():
    one = number()
    assert devices_of(one, 3) == 5
    assert [seed for _, seed in plays_of([one, number(id="y")], 3)] == list(range(5))
    values = [Figure(v) for v in (1.0, 1.2, 1.1, 0.9, 1.3)]
    found = comparison("x", one, "ideal", results(values))
    assert found.inside and len(found.figures) == 1
    assert found.values[0] == pytest.approx(0.158, abs=0.001)
    twice = comparison("x", one, "ideal", results([*values, *values, Figure(9.0)]))
    assert len(twice.figures) == 2


def test_a_device_without_a_figure_leaves_all_without():
    values = [Figure(1.0), Figure(1.2), "it did not switch", Figure(0.9), Figure(1.3)]
    found = comparison("x", number(), "ideal", results(values))
    assert found.figures == (None,) and found.failure == "it did not switch"


@pytest.mark.parametrize(
    "changes", [{"devices": 1}, {"devices": 4}, {"over_devices": None}, {"over_devices": "mean"}]
)
def test_a_figure_of_few_devices_is_refused(changes):
    with pytest.raises(ValueError, match="over_devices"):
        number(**changes)
