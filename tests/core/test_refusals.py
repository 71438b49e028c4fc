"""Refusals: alike ones are one line with the worst; what no driver can play is told unopened."""

from itertools import product
from math import nan

import pytest

from mho import settings
from mho.bench.refusal import Refusal, excess, plain, sentences
from mho.errors import MhoError
from mho.job import read_job


def refusal(value: float, like: str = "limit", times: int = 1) -> Refusal:
    return Refusal(
        begin=f"level {value:g} V", end=" is above 2 V", like=like, excess=excess(value, 2),
        times=times,
    )  # fmt: skip


def test_of_alike_refusals_the_worst_is_told_with_their_number():
    lines = sentences(
        [("first", refusal(3)), ("second", refusal(5, times=4)), ("second", refusal(4))]
    )
    assert lines == ["second (and 1 more): level 5 V (the worst of 6) is above 2 V"]


def test_what_is_no_number_is_the_worst():
    (line,) = sentences([("a", refusal(1e9)), ("b", refusal(nan))])
    assert line.startswith("b (and 1 more): level nan V")


def test_refusals_of_other_limits_stay_apart_in_their_order():
    lines = sentences([("a", refusal(3, "x")), ("b", refusal(4, "y")), ("c", refusal(3, "x"))])
    assert [line.partition(":")[0] for line in lines] == ["a (and 1 more)", "b"]


def test_a_text_says_its_number_by_itself():
    texts = (
        plain("5 points; it takes 4"),
        plain("7 points; it takes 4"),
        plain("no such terminal"),
    )
    assert sentences([("train", text) for text in texts]) == [
        "train: 5 points; it takes 4",
        "train: no such terminal",
    ]
    assert sentences([]) == []


def test_a_series_beyond_an_instrument_is_a_few_lines():
    job = read_job("ltp_ltd", "keithley-4200a", "ecram-lithium", "amplitude-series")
    refused = job.refusals()
    assert len(refused) == 3
    shortest = next(line for line in refused if "at gate: duration" in line)
    assert "(and 9 more)" in shortest and "150 us" in shortest and "below 5 ms" in shortest


OF_ARRAYS = ("ni-switch", "ni-daq-array", "ideal-crossbar")
"""Benches for cells of arrays."""


@pytest.mark.parametrize(
    "bench",
    [
        pytest.param(name, marks=() if name in ("ni-pxie-4139", "ni-daq") else pytest.mark.slow)
        for name in settings.shipped(settings.BENCHES)
        if name not in OF_ARRAYS
    ],
)
def test_no_shipped_recipe_is_refused_at_length(bench):
    lengths = []
    for (protocol, recipe), device in product(
        settings.shipped_recipes(), ("ecram-lithium", "alpha-fe2o3", "nmos")
    ):
        try:
            lengths.append(len(read_job(protocol, bench, device, recipe).refusals()))
        except MhoError:
            continue
    assert 0 in lengths and max(lengths) <= 6


def test_what_a_driver_cannot_play_is_told_before_anything_is_opened():
    options = ["pre.tail_constant=0.08194 ms"]
    job = read_job("stdp", "keithley-4200a-pmu", "alpha-fe2o3", "published", options=options)
    (line,) = job.refusals()
    assert line.startswith("spikes ") and "slower than the 1 V" in line
    assert not read_job("stdp", "keithley-4200a-pmu", "alpha-fe2o3", "published").refusals()


def test_levels_that_no_instrument_plays_together_are_sentences():
    job = read_job("stdp", "ni-pxie-4139", "alpha-fe2o3", "published")
    assert any("share no time axis" in line for line in job.refusals())
    assert any("time axis" in line for line in job.setup.unplayable(job.plan()))
