"""What a protocol yields is held against the row class that it promised, value by value."""

from dataclasses import replace
from enum import StrEnum
from types import SimpleNamespace
from typing import Annotated, NamedTuple

import numpy as np
import pytest

from mho.errors import MhoError
from mho.job import read_job
from mho.quantities import SECOND
from mho.recording.columns import LongName
from mho.run import execute
from mho.yielded_rows import yielded_rows


class End(StrEnum):
    GOOD = "good"
    BAD = "bad"


class Row(NamedTuple):
    time: Annotated[float, SECOND, LongName("time")]
    count: Annotated[int, LongName("count")]
    lost: Annotated[bool, LongName("lost")]
    note: Annotated[str, LongName("note")]
    end: Annotated[End, LongName("end")]


GOOD = Row(1.0, 2, False, "", End.GOOD)
PROTOCOL = SimpleNamespace(name="mine", row=Row)


def seen(*rows):
    return list(yielded_rows(PROTOCOL, (row for row in rows)))


@pytest.mark.parametrize(
    "right",
    [
        {"time": float("nan")}, {"time": np.float64(1)}, {"time": np.float32(1)}, {"time": 3},
        {"count": np.int64(3)}, {"lost": np.True_}, {"note": 'a,"b"'}, {"end": "bad"},
    ],
)  # fmt: skip
def test_values_that_a_column_holds_pass_as_they_are(right):
    rows = (GOOD, GOOD._replace(**right), GOOD)
    assert all(one is other for one, other in zip(seen(*rows), rows, strict=True))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"time": None}, "time = None; the column of Row holds a number"),
        ({"time": "1 s"}, 'time = "1 s"'),
        ({"time": True}, "time = true"),
        ({"count": 2.5}, "count = 2.5; the column of Row holds a whole number"),
        ({"lost": 0}, "lost = 0; the column of Row holds true or false"),
        ({"note": 5}, "note = 5; the column of Row holds a text"),
        ({"end": "ugly"}, 'end = "ugly"; the column of Row holds one of good, bad'),
    ],
)
def test_a_wrong_value_is_told_with_plug_in_row_and_field(wrong, words):
    row = GOOD._replace(**wrong)
    with pytest.raises(MhoError) as caught:
        seen(GOOD, GOOD, row)
    assert str(caught.value).startswith('the protocol "mine" yields row 3 with ')
    assert words in str(caught.value)
    with pytest.raises(MhoError):  # a right one of the same types does not excuse it
        seen(GOOD._replace(end="bad"), row)


@pytest.mark.parametrize("row", [(1.0, 2, False, "", End.GOOD), GOOD._asdict(), None, (1,)])
def test_a_row_of_another_class_is_told(row):
    with pytest.raises(MhoError, match=r'the protocol "mine" yields a .* as row 1, where a Row'):
        seen(row)


def test_a_run_ends_in_words_with_the_rows_before_and_closes_the_protocol(tmp_path):
    closed = []
    job = read_job("ispp", "ideal", "cu-te", "one-target")
    protocol = job.protocol

    def run(bench, recipe):
        try:
            for number, row in enumerate(protocol.run(bench, recipe)):
                yield row._replace(conductance=None) if number == 2 else row
        finally:
            closed.append(True)

    outcome = execute(replace(job, protocol=replace(protocol, run=run)), tmp_path)
    assert "yields row 3 with conductance = None" in str(outcome.error)
    assert outcome.stop.rows == 2 and outcome.stop.outputs_off and closed
