"""Published numbers against simulated ones: what counts as inside, and that it can fail."""

import json
from math import inf, nan

import pytest

from mho.cli import main
from mho.validation import Comparison, Published, references, validate


def number(**changes):
    fields = {
        "id": "x", "what": "x", "kind": "result", "where": "x", "used_for_fitting": False,
    }  # fmt: skip
    return Published.model_validate({**fields, **changes}, context={"quoted_units": True})


@pytest.mark.parametrize(
    ("fields", "low", "high", "unit"),
    [
        ({"value": "-1.2 V", "tolerance": "10 %"}, -1.32, -1.08, "V"),
        ({"value": 23, "tolerance": "35 %"}, 14.95, 31.05, ""),
        ({"value": "12 %", "tolerance": "10 %"}, 0.108, 0.132, ""),
        ({"at_least": "14900 s"}, 14900, inf, "s"),
        ({"at_most": 60}, -inf, 60, ""),
        ({"range": ["5.7 uS", "200 uS"]}, 5.7e-6, 200e-6, "S"),
        ({"statement": "rises", "criterion": "x", "counts_from": 0}, 0, inf, ""),
    ],
)
def test_what_counts_as_inside(fields, low, high, unit):
    one = number(**fields)
    assert one.bounds == pytest.approx((low, high))
    assert one.unit == unit


@pytest.mark.parametrize(
    ("values", "inside"),
    [((10.0, 11.0, 50.0), True), ((9.0, 13.0, 14.0), False), ((), False), ((nan,), False)],
)
def test_the_median_over_the_devices_is_judged(values, inside):
    one = number(value=10, tolerance="20 %")
    assert Comparison(paper="x", number=one, values=values).inside is inside


def test_enough_numbers_are_measured_and_enough_were_not_used_for_fitting():
    measured = [n for r in references().values() for n in r.number if n.merit is not None]
    assert len(measured) >= 30
    assert sum(not n.used_for_fitting for n in measured) >= len(measured) / 4
    for one in measured:
        assert one.bounds != (-inf, inf), one.id


def test_one_device_through_the_command_line(capsys):
    assert main(["validate", "--device", "nmos", "--seeds", "1", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["id"] == "on-resistance"
    assert found["inside"] is True
    assert found["simulated"][0] == pytest.approx(120, rel=0.05)


def test_a_number_that_does_not_come_out_is_told(monkeypatch, capsys):
    shipped = references()
    wrong = shipped["cu-te-1t1r"].model_copy(
        update={
            "number": tuple(
                n.model_copy(update={"value": "60 ohm"})
                for n in shipped["cu-te-1t1r"].number
                if n.id == "on-resistance"
            )
        }
    )
    monkeypatch.setattr("mho.validation.references", lambda: {"cu-te-1t1r": wrong})
    assert main(["validate", "--seeds", "1"]) == 1
    out = capsys.readouterr().out
    assert "NO" in out and "0 of 1 inside" in out


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_number_is_inside_or_explained():
    for comparison in validate():
        assert comparison.inside or comparison.number.explanation, comparison.number.id
        assert comparison.values, comparison.failure
