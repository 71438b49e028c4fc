"""Conditions on runs: the legal ones find what they say, the others are refused in words."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mho.condition import condition
from mho.errors import SettingsError

FACTS = {"run": "text", "device": "text", "tag": "text", "seed": "number", "conductance": "number"}
RESULTS = ("on_off_ratio", "outcome")


class Run(NamedTuple):
    device: str
    tags: tuple[str, ...]
    seed: int
    conductance: float | None
    results: tuple[tuple[str, float | str | None], ...]


RUNS = {
    "a": Run("cu-te", ("night", "wafer 12"), 1, 5e-5, (("on_off_ratio", 3.5), ("outcome", "ok"))),
    "b": Run("cu-te", (), 2, None, (("on_off_ratio", None), ("outcome", "broke"))),
    "c": Run("alpha-fe2o3", ("night",), 3, 1e-6, ()),
    "d": Run('100% "it\'s"', ("a_b",), -1, 0.0, (("on_off_ratio", 12.0), ("on_off_ratio", 1.0))),
}


@pytest.fixture(scope="module")
def base() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as base:
        base.execute("create table runs (run text, device text, seed integer, conductance real)")
        base.execute("create table tags (run text, tag text)")
        base.execute("create table results (run text, name text, value)")
        for name, run in RUNS.items():
            row = (name, run.device, run.seed, run.conductance)
            base.execute("insert into runs values (?, ?, ?, ?)", row)
            base.executemany("insert into tags values (?, ?)", ((name, tag) for tag in run.tags))
            base.executemany(
                "insert into results values (?, ?, ?)", ((name, *one) for one in run.results)
            )
        yield base


def found(base: sqlite3.Connection, text: str) -> str:
    met = condition(text, FACTS, RESULTS)
    rows = base.execute(f"select run from runs where {met.sql} order by run", met.values)
    return "".join(name for (name,) in rows)


FOUND = {
    "": "abcd",
    "device = cu-te": "ab",
    "device == cu-te": "ab",
    "device != cu-te": "cd",
    "device ~ TE": "ab",
    "device ~ %": "d",
    "device ~ _": "",
    "tag ~ _": "d",
    "device = '100% \"it'": "",
    'device ~ "it\'s"': "d",
    "tag = night": "ac",
    "tag = wafer 12": "a",
    'tag = "wafer 12"': "a",
    "not tag = night": "bd",
    "seed > 1": "bc",
    "seed>=1": "abc",
    "seed < 0": "d",
    "conductance > 50 nS": "ac",
    'conductance >= "50 uS"': "a",
    "conductance = 0": "d",
    "on_off_ratio > 3": "ad",
    "on_off_ratio < 3": "d",
    "not on_off_ratio > 3": "bc",
    "outcome = ok": "a",
    "outcome != ok": "b",
    "outcome ~ o": "ab",
    "outcome > 3": "",
    "device = cu-te and seed = 1 or seed = 3": "ac",
    "device = cu-te and (seed = 1 or seed = 3)": "a",
    "not (device = cu-te or seed = 3)": "d",
    "not device = cu-te or seed = 1": "acd",
    "NOT tag = night AND seed > 0": "b",
    "not not seed = 1": "a",
}


@pytest.mark.parametrize("text", FOUND)
def test_what_conditions_find(base: sqlite3.Connection, text: str) -> None:
    assert found(base, text) == FOUND[text]


ONES = {text: runs for text, runs in FOUND.items() if text and "and" not in text.lower().split()
        and "or" not in text.split()}  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=50)
@given(st.data())
def test_joined_at_random(base: sqlite3.Connection, data: st.DataObject) -> None:
    """Facts that are not known (null) are left out of what is negated; none of these has one."""
    known = [text for text in ONES if not text.startswith("conductance")]

    def any_of(depth: int) -> tuple[str, set[str]]:
        kind = data.draw(st.sampled_from(["one", "and", "or", "not"] if depth else ["one"]))
        if kind == "one":
            text = data.draw(st.sampled_from(known))
            return text, set(ONES[text])
        text, runs = any_of(depth - 1)
        if kind == "not":
            return f"not ({text})", set(RUNS) - runs
        other, others = any_of(depth - 1)
        return f"({text}) {kind} ({other})", runs & others if kind == "and" else runs | others

    text, runs = any_of(data.draw(st.integers(0, 4)))
    assert set(found(base, text)) == runs


BROKEN = {
    "device": 'after "device" one of',
    "device =": "a value was expected before",
    "= cu-te": "stands where a name was expected",
    "device = cu-te and": "stands where a name was expected",
    "device = cu-te seed = 1": "stands where an end was expected",
    "device = cu-te or or seed = 1": "stands where a name was expected",
    "(device = cu-te": "a bracket is not closed",
    "device = cu-te)": "stands where an end was expected",
    "device = (cu-te)": "a value was expected before",
    'device = "cu-te': "is not understood",
    "device = 'cu-te": "is not understood",
    "device <> cu-te": "a value was expected before",
    "! device = cu-te": "is not understood",
    "devise = cu-te": 'Did you mean "device"',
    "on_of_ratio > 3": 'Did you mean "on_off_ratio"',
    "seed > many": '"many" is no number',
    "on_off_ratio > 3 bananas": '"3 bananas" is no number',
    "not": "stands where a name was expected",
    "(" * 40 + "seed = 1" + ")" * 40: "more than 30 brackets",
    "not " * 3000 + "seed = 1": "more than 1000 words",
    " or ".join(["seed = 1"] * 5000): "more than 1000 words",
}


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_no_condition(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        condition(text, FACTS, RESULTS)
    assert BROKEN[text] in str(caught.value)


def test_as_long_as_it_may_be(base: sqlite3.Connection) -> None:
    assert found(base, " or ".join(["seed = 1"] * 250)) == "a"
    assert found(base, "(" * 30 + "seed = 1" + ")" * 30) == "a"
    assert found(base, "not " * 30 + "seed = 1") == "a"


INJECTIONS = (
    "1 = 1; drop table runs",
    "device = x; drop table runs --",
    "device = 'x' union select 1",
    "device = x' or '1'='1",
    'device" = 1 or "1 = 1',
    '"device"" or 1=1 --" = x',
    "run in (select run from tags)",
    "seed = 1 /* or */",
    "device = cu-te -- and seed = 9",
    "randomblob(1) > 0",
    "device = \0",
    "tag like '%'",
    "device ~ \\%",
)


@pytest.mark.parametrize("text", INJECTIONS)
def test_sql_is_never_evaluated(base: sqlite3.Connection, text: str) -> None:
    with suppress(SettingsError):
        assert found(base, text) == ""
    assert found(base, "") == "abcd"


@given(st.text(alphabet=st.sampled_from("adenrostvilu =<>!~()\"'%_\\;-0159.\0\n"), max_size=30))
def test_whatever_is_written(base: sqlite3.Connection, text: str) -> None:
    """It is a condition that SQLite takes, or it is refused in words."""
    with suppress(SettingsError):
        found(base, text)
    assert found(base, "") == "abcd"
