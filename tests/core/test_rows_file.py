"""The journal as it is read: the quick way takes nothing that the strict one refuses."""

import random
from enum import StrEnum
from typing import Annotated, NamedTuple

import numpy as np
import pandas as pd
import pytest

from mho.errors import SettingsError
from mho.quantities import Volts
from mho.recording import LongName, rows_file
from mho.recording.columns import columns, line_writer
from mho.recording.frame import frame_of
from mho.recording.rows_file import RowsFile


class Way(StrEnum):
    UP = "up"
    LEFT_OVER = "left over"


class Row(NamedTuple):
    level: Annotated[Volts, LongName("level")]
    number: Annotated[int, LongName("number")]
    limited: Annotated[bool, LongName("limit active")]
    status: Annotated[str, LongName("status")]
    way: Annotated[Way, LongName("way it went")]


COLUMNS = columns(Row)
LINE = line_writer(COLUMNS)
HEADER = b"level,number,limited,status,way\n"

CELLS = (
    b"", b"nan", b"inf", b"-inf", b"1", b"-1", b"1.5", b" 1", b"1 ", b"+1", b"0x1", b"1e5", b"1_0",
    b"1e400", b"9223372036854775807", b"9223372036854775808", b"99999999999999999999", b"NaN",
    b"NA", b"None", b"True", b"False", b"true", b"TRUE", b"up", b"left over", b"up ", b"x", b"\xff",
    b"\xc2\xb5", b"\0", b"\r", b"#", b"'", b"\t", b"\xef\xbb\xbf1", b"Infinity", b"1d5", b"1,5",
    b"01", b"1.0", b"2.5e1", b"1e18", b"1e19",
)  # fmt: skip


def a_row(rng):
    return Row(rng.gauss(0, 1), rng.randrange(99), rng.random() < 0.5, "TC", rng.choice(list(Way)))


def read(path):
    return frame_of(COLUMNS, RowsFile(path, COLUMNS).blocks())


def outcome(path):
    try:
        return read(path), ""
    except SettingsError as error:
        return None, str(error)


def test_the_quick_way_and_the_strict_one_agree(tmp_path, monkeypatch):
    """On lines with a strange cell, one too many, one too few, or none at all."""
    rng, path = random.Random(1), tmp_path / "rows.csv"
    taken = {True: 0, False: 0}
    for _ in range(500):
        lines = [LINE(a_row(rng)).rstrip(b"\n").split(b",") for _ in range(4)]
        line = rng.choice(lines)
        match rng.randrange(5):
            case 0:
                del line[rng.randrange(5)]
            case 1:
                line.insert(rng.randrange(6), rng.choice(CELLS))
            case _:
                line[rng.randrange(5)] = rng.choice(CELLS)
        path.write_bytes(HEADER + b"".join(b",".join(one) + b"\n" for one in lines))
        quick = outcome(path)
        with monkeypatch.context() as patch:
            patch.setattr(RowsFile, "_parsed_quickly", lambda self, data: None)
            strict = outcome(path)
        assert quick[1] == strict[1]
        taken[quick[0] is not None] += 1
        if quick[0] is not None:
            pd.testing.assert_frame_equal(quick[0], strict[0], check_exact=True)
    assert taken[True] > 100 and taken[False] > 200, taken


class Bare(NamedTuple):
    first: Annotated[str, LongName("first")]
    last: Annotated[str, LongName("last")]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (b"1.0,2.0\n3.0\n", "line 3: 1 cells for 2 columns"),
        (b"1.0\n3.0,4.0,5.0\n", "line 2: 1 cells for 2 columns"),
        (b"1.0,2.0,3.0\n4.0\n", "line 2: 3 cells for 2 columns"),
        (b"1.0,2.0\n\n", "line 3: 0 cells for 2 columns"),
    ],
)
def test_a_cell_that_is_missing_is_not_taken_for_one_without_a_value(tmp_path, lines, told):
    path = tmp_path / "rows.csv"
    path.write_bytes(b"first,last\n" + lines)
    with pytest.raises(SettingsError, match=told):
        frame_of(columns(Bare), RowsFile(path, columns(Bare)).blocks())


def test_where_a_block_ends_makes_no_difference(tmp_path, monkeypatch):
    rng, path = random.Random(2), tmp_path / "rows.csv"
    texts = (
        "",
        "plain",
        "01",
        "1.0",
        "TRUE",
        "true",
        "nan",
        "NA",
        'a "quoted" one',
        "two\nlines",
        "a,b",
        'three\n"\n,',
    )
    rows = [a_row(rng)._replace(status=rng.choice(texts)) for _ in range(300)]
    path.write_bytes(HEADER + b"".join(map(LINE, rows)))
    whole = read(path)
    assert whole["status"].tolist() == [row.status for row in rows]
    assert whole["level"].tolist() == [row.level for row in rows]
    assert whole["way"].tolist() == [str(row.way) for row in rows]
    for size in (1, 7, 64, 1000, 5000):
        monkeypatch.setattr(rows_file, "BLOCK_BYTES", size)
        pd.testing.assert_frame_equal(read(path), whole, check_exact=True)


def test_columns_in_another_order_are_read_by_name_and_said(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(b"number,level,way,limited,status\n3,0.5,up,True,T\n")
    file = RowsFile(path, COLUMNS)
    frame = frame_of(COLUMNS, file.blocks())
    assert list(frame) == list(Row._fields)
    assert frame.iloc[0].tolist() == [0.5, 3, True, "T", "up"]
    assert file.differences == [
        "the columns of rows.csv stand in another order than start.json says; each was read by its "
        "name"
    ]


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (b"level,number,limited,status\n", "missing way"),
        (b"level,number,limited,status,way,more\n", "not in start.json: more"),
        (b"level,number,limited,status,weg\n", "missing way; not in start.json: weg"),
        (b"level,level,limited,status,way\n", "missing number"),
        (b"level,number,limited,status,way,way\n", "one stands there twice"),
        (b"\xff\xfe\n", "missing level, number"),
    ],
)
def test_other_columns_are_refused_by_name(tmp_path, header, told):
    path = tmp_path / "rows.csv"
    path.write_bytes(header + b"0.5,3,True,T,up\n")
    _, problem = outcome(path)
    assert told in problem and f"{path}: line 1: its columns are not those" in problem


@pytest.mark.parametrize("content", [b"", b"level,num"])
def test_a_file_without_its_names_has_no_rows_and_that_is_said(tmp_path, content):
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    file = RowsFile(path, COLUMNS)
    assert len(frame_of(COLUMNS, file.blocks())) == 0
    assert file.differences == ["rows.csv does not even hold the names of its columns"]


def test_a_quote_that_is_never_closed_hides_no_rows_in_silence(tmp_path):
    rng, path = random.Random(3), tmp_path / "rows.csv"
    lines = [LINE(a_row(rng)) for _ in range(20)]
    lines[4] = b'0.5,3,True,"T,up\n'
    path.write_bytes(HEADER + b"".join(lines))
    assert "line 6: a quote that is never closed" in outcome(path)[1]


def test_a_line_without_end_is_refused_and_not_kept_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(rows_file, "BLOCK_BYTES", 1000)
    monkeypatch.setattr(rows_file, "_LONGEST_ROW", 5000)
    path = tmp_path / "rows.csv"
    path.write_bytes(HEADER + b"7" * 100_000)
    assert "line 2: a row without end" in outcome(path)[1]


def test_rows_that_come_later_are_read_from_where_one_stopped(tmp_path):
    rng, path = random.Random(4), tmp_path / "rows.csv"
    rows = [a_row(rng)._replace(status='"two"\nlines') for _ in range(30)]
    data = HEADER + b"".join(map(LINE, rows))
    file, found, written = RowsFile(path, COLUMNS), [], 0
    while written < len(data):
        more = rng.randrange(1, 60)
        with path.open("ab") as out:
            out.write(data[written : written + more])
        written += more
        found.append(frame_of(COLUMNS, file.blocks()))
    assert sum(map(len, found)) == len(rows)
    levels = np.concatenate([frame["level"] for frame in found])
    assert levels.tolist() == [row.level for row in rows]
    assert file.differences == []
