"""Published numbers against simulated ones: what counts as inside, and that it can fail."""

import json
import re
from math import inf, nan
from pathlib import Path

import pytest
from pydantic import ValidationError

from mho.cli import main
from mho.cli.validating import counted
from mho.validation import Comparison, Figure, Published, references, validate
from mho.validation.measuring import comparison, cores, runs_of

SETTING = {"id": "x", "what": "x", "kind": "setting", "where": "x", "not_measured": "x"}
MEASURED = {
    "id": "x", "what": "x", "kind": "result", "where": "x", "basis": "predicted", "device": "nmos",
    "protocol": "transistor", "recipe": "cu-te-selector", "merit": "on_resistance",
    "benches": ["ideal"],
}  # fmt: skip
VALUE = {"value": 10, "measurand": "state"}


def number(**changes):
    fields = {key: value for key, value in {**MEASURED, **changes}.items() if value is not None}
    return Published.model_validate(fields, context={"quoted_units": True})


def held(one, *figures):
    return Comparison(paper="x", number=one, bench="ideal", figures=figures)


@pytest.mark.parametrize(
    ("fields", "low", "high", "unit"),
    [
        ({"value": "-1.2 V", "measurand": "voltage"}, -1.32, -1.08, "V"),
        ({"value": 23, "measurand": "state"}, 18.4, 27.6, None),
        ({"value": "12 %", "measurand": "division"}, 0.108, 0.132, "1"),
        ({"at_least": "14900 s"}, 14900, inf, "s"),
        ({"at_most": 60}, -inf, 60, None),
        ({"range": ["5.7 uS", "200 uS"]}, 5.7e-6, 200e-6, "S"),
        ({"statement": "rises", "criterion": "x", "counts_from": 0}, 0, inf, None),
        ({"statement": "flat", "criterion": "x", "counts_from": -1, "counts_to": 2}, -1, 2, None),
    ],
)
def test_what_counts_as_inside(fields, low, high, unit):
    one = number(**fields)
    assert one.bounds == pytest.approx((low, high))
    assert (one.unit and one.unit.symbol) == unit


LEGAL = [
    VALUE,
    {"at_least": 3},
    {"at_most": "2 V"},
    {"statement": "x", "criterion": "x", "counts_to": 0},
    {**VALUE, "over": {key: MEASURED[key] for key in ("protocol", "recipe", "device", "merit")}},
    {**VALUE, "part": "level 1", "options": ["cycles=5"], "judged_by": "interval", "sample": 10},
    {**VALUE, "benches": ["ideal", "ni-pxie-4139"], "explanation": "x"},
    {**VALUE, "bench_options": {"ideal": ["bench.a=1"]}},
]
BROKEN = [
    ({**VALUE, "basis": None}, "needs basis"),
    ({**VALUE, "benches": None}, "needs basis, benches"),
    ({**VALUE, "device": None}, "recipe and device"),
    ({**VALUE, "recipe": None}, "protocol and recipe belong together"),
    ({"value": 10}, "needs a measurand"),
    ({**VALUE, "counts_to": 0}, "counts_from and counts_to belong to a statement"),
    ({"statement": "x", "criterion": "x"}, "counts_from and counts_to belong to a statement"),
    ({**VALUE, "merit": None}, "belong to a merit"),
    ({**VALUE, "basis": "guessed"}, "basis"),
    ({**VALUE, "measurand": "colour"}, "measurand"),
    ({**VALUE, "sample": 1}, "sample"),
    ({**VALUE, "bench_options": {"ni-pxie-4139": ["bench.a=1"]}}, "one of the benches"),
    ({**VALUE, "tolerance": "5 %"}, "tolerance"),
]


@pytest.mark.parametrize("fields", LEGAL)
def test_a_whole_number_is_taken(fields):
    assert number(**fields).measured.merit == "on_resistance"


@pytest.mark.parametrize(("fields", "told"), BROKEN)
def test_a_number_that_cannot_be_judged_is_refused(fields, told):
    with pytest.raises(ValidationError, match=told):
        number(**fields)


def test_what_nothing_measures_must_say_why():
    assert Published.model_validate(SETTING).measured is None
    with pytest.raises(ValidationError, match="not_measured must say why"):
        Published.model_validate({**SETTING, "not_measured": None})


@pytest.mark.parametrize(
    ("values", "inside", "seeds"),
    [
        ((10.0, 11.0, 50.0), True, 2),
        ((9.0, 13.0, 14.0), False, 1),
        ((8.0, 12.0), True, 2),  # the bounds themselves count
        ((), False, 0),
        ((nan,), False, 0),
    ],
)
def test_the_median_over_the_devices_is_judged_and_each_device_counted(values, inside, seeds):
    found = held(number(**VALUE), *map(Figure, values))
    assert found.inside is inside
    assert found.seeds_inside == seeds


def test_a_device_without_a_figure_counts_as_outside_and_leaves_the_median_alone():
    found = held(number(**VALUE), Figure(10.0), None, Figure(11.0), None, None)
    assert found.inside
    assert found.values == (10.0, 11.0)
    assert (found.seeds_inside, len(found.figures)) == (2, 5)


@pytest.mark.parametrize(
    ("figures", "inside", "seeds"),
    [
        ([(0.3, 0.1, 0.5), (0.2, 0.05, 0.4), (0.2, -0.1, 0.5)], True, 2),
        ([(0.3, -0.1, 0.7), (0.2, -0.05, 0.4), (0.2, 0.1, 0.5)], False, 1),
        ([(0.3, 0.1, 0.5), (0.2, nan, nan)], False, 1),  # an interval that nobody knows
        ([(0.3, 0.1, inf)] * 3, True, 3),  # an open end towards the open side
        ([(0.3, -inf, 0.5)] * 3, False, 0),
    ],
)
def test_where_the_text_says_interval_the_interval_is_judged(figures, inside, seeds):
    fields = {"statement": "x", "criterion": "its interval lies above 0", "counts_from": 0}
    by_interval = number(**fields, judged_by="interval")
    found = held(by_interval, *(Figure(*figure) for figure in figures))
    assert found.inside is inside
    assert found.seeds_inside == seeds
    by_value = held(number(**fields), *(Figure(*figure) for figure in figures))
    assert by_value.inside and by_value.seeds_inside == len(figures)


def test_options_of_one_bench_are_laid_there_only():
    benches = ["ideal", "ni-pxie-4139"]
    one = number(**VALUE, benches=benches, options=["a=1"], bench_options={"ideal": ["bench.b=2"]})
    assert [(run[3], run[4]) for run in runs_of(one)] == [
        ("ideal", ("a=1", "bench.b=2")),
        ("ni-pxie-4139", ("a=1",)),
    ]


def test_a_quotient_takes_both_figures_of_the_same_device():
    other = {key: MEASURED[key] for key in ("protocol", "recipe", "device")}
    one = number(**VALUE, over={**other, "merit": "threshold", "options": ["a=1"]})
    mine = ("transistor", "cu-te-selector", "nmos", "ideal", ())
    its = ("transistor", "cu-te-selector", "nmos", "ideal", ("a=1",))
    by_seed = [
        {mine: {("on_resistance", ""): Figure(20.0, 19.0, 21.0)}, its: {("threshold", ""): other}}
        for other in (Figure(2.0), Figure(4.0), Figure(0.0), "too few points")
    ]
    found = comparison("x", one, "ideal", by_seed)
    assert [figure and figure.value for figure in found.figures] == [10.0, 5.0, None, None]
    assert found.failure == "on_resistance is not a number"


@pytest.mark.parametrize(
    ("results", "told"),
    [
        ("refused", "refused"),
        ({}, 'the protocol transistor gave no figure of merit "on_resistance"'),
        ({("on_resistance", "level 1"): Figure(10.0)}, "gave no figure of merit"),
        ({("on_resistance", ""): "too few points"}, "too few points"),
        ({("on_resistance", ""): Figure(nan)}, "not a number"),
    ],
)
def test_why_a_device_gave_no_figure_is_told(results, told):
    run = ("transistor", "cu-te-selector", "nmos", "ideal", ())
    found = comparison("x", number(**VALUE), "ideal", [{run: results}])
    assert found.figures == (None,)
    assert told in found.failure
    assert not found.inside


MEASURED_NUMBERS = [
    pytest.param(one, id=f"{name}:{one.id}")
    for name, reference in references().items()
    for one in reference.number
    if one.measured is not None
]


def test_enough_numbers_are_measured_and_enough_of_them_are_predictions():
    measured = [parameter.values[0] for parameter in MEASURED_NUMBERS]
    assert len(measured) >= 55
    assert sum(one.basis == "predicted" for one in measured) >= 15


@pytest.mark.parametrize("one", MEASURED_NUMBERS)
def test_what_is_measured_can_fail(one):
    low, high = one.bounds
    assert (low, high) != (-inf, inf)
    far = [low - 10 * max(abs(low), 1) if low != -inf else high + 10 * max(abs(high), 1)]
    assert not held(one, *(Figure(value, value, value) for value in far)).inside


@pytest.mark.parametrize("one", MEASURED_NUMBERS)
def test_text_and_bounds_say_the_same(one):
    """What a criterion says in percent is the bound, and "interval" means that it is judged."""
    words = (one.criterion or "").replace(",", "").replace(";", "").split()
    percents = {float(words[n - 1]) / 100 for n, word in enumerate(words) if word == "%"}
    assert percents <= {abs(bound) for bound in one.bounds}
    assert ("interval" in words) is (one.judged_by == "interval")
    assert not (one.basis == "predicted" and one.parameters)
    assert (one.basis == "fitted") is bool(one.parameters)


def test_one_device_through_the_command_line(capsys):
    assert main(["validate", "--device", "nmos", "--seeds", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    mine = [one for one in found if one["id"] == "on-resistance"]
    assert [one["bench"] for one in mine] == ["keithley-4200a", "ni-pxie-4139"]
    for one in mine:
        assert one["inside"] is True and one["seeds_inside"] == 2
        assert one["simulated"] == pytest.approx([120, 120], rel=0.05)
        for (low, high), value in zip(one["intervals"], one["simulated"], strict=True):
            assert low <= value <= high


@pytest.fixture
def wrong(monkeypatch):
    """On-resistances of 60 ohm, which is half of what the transistor has."""
    shipped = references()["cu-te-1t1r"]
    numbers = tuple(
        one.model_copy(update={"value": "60 ohm", "benches": ("ideal",)})
        for one in shipped.number
        if one.id == "on-resistance"
    )
    changed = {"cu-te-1t1r": shipped.model_copy(update={"number": numbers})}
    monkeypatch.setattr("mho.validation.measuring.references", lambda: changed)


def test_a_number_that_does_not_come_out_is_told(wrong, capsys):
    assert main(["validate", "--seeds", "2"]) == 1
    out = capsys.readouterr().out
    assert "NO" in out and "0/2" in out and "0 of 1 medians inside" in out


def test_the_page_is_what_the_command_prints(wrong, capsys):
    assert main(["validate", "--seeds", "2", "--markdown"]) == 1
    out = capsys.readouterr().out
    row = next(line for line in out.splitlines() if "on-resistance" in line)
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1:3] == ["60 ohm", "57 to 63 ohm"]
    assert float(cells[3].split(" ± ")[0]) == pytest.approx(120, rel=0.05)
    assert cells[-4:] == ["0/2", "fitted", "ideal", "NO"]
    assert "**" not in out and "0 of 1 medians inside" in out


def test_all_cores_that_it_may_use_are_used():
    assert cores() >= 1


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_number_is_inside_or_explained():
    found = validate()
    for one in found:
        assert not one.in_question or one.number.explanation, one.number.id
        assert one.values, one.failure
    devices = sum(len(one.figures) for one in found)
    assert sum(one.seeds_inside for one in found) >= 0.9 * devices


def test_the_page_shows_every_number_that_is_measured_and_its_bounds():
    page = Path(__file__).parents[2] / "docs" / "validation.md"
    shown = {
        tuple(cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1])
        for line in page.read_text("utf-8").splitlines()
        if line.startswith("|")
    }
    shown = {(row[0], row[1], row[2], row[5], row[6]) for row in shown if len(row) == 8}
    for parameter in MEASURED_NUMBERS:
        one = parameter.values[0]
        for bench in one.benches:
            counts = counted(Comparison(paper="x", number=one, bench=bench, figures=()))
            assert (one.what, one.printed, counts, one.basis, bench) in shown, one.id
