"""Rows that are kept in memory are what reading the journal gives, or they are not used."""

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from mho.recording import columns as kinds
from mho.recording import rows_in_memory
from mho.recording.frame import frame_of
from mho.recording.journal import header
from mho.recording.rows_file import RowsFile
from mho.recording.rows_in_memory import RowsInMemory

COLUMNS = tuple(
    kinds.Column(name=kind, kind=kind, units="", long_name=kind,
                 choices=("up", "down, or so") if kind == "choice" else ())
    for kind in ("float", "int", "bool", "text", "choice")
)  # fmt: skip

ROWS = st.tuples(
    st.floats() | st.floats().map(np.float64) | st.integers(-(2**60), 2**60),
    st.integers(-(2**63), 2**63 - 1),
    st.booleans() | st.booleans().map(np.bool_),
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=4),
    st.sampled_from(["up", "down, or so"]),
)


def kept_and_read(rows, folder):
    """The same rows: as they were kept, and as they are read from the journal."""
    kept, path, columns = RowsInMemory(COLUMNS), folder / "rows.csv", COLUMNS
    for row in rows:
        kept.add((row,))
    if any("," in row[-1] for row in rows):
        columns = COLUMNS[:-1]  # no journal holds a choice with a comma
        rows = [row[:-1] for row in rows]
    line = kinds.line_writer(columns)
    path.write_bytes(header(columns) + b"".join(map(line, rows)))
    return kept.block(), frame_of(columns, RowsFile(path, columns).blocks())


@given(st.lists(ROWS, max_size=12))
def test_what_is_kept_is_what_is_read(tmp_path_factory, rows):
    block, read = kept_and_read(rows, tmp_path_factory.mktemp("run"))
    assert block is not None and list(block) == [column.name for column in COLUMNS]
    kept = frame_of(COLUMNS, [block])
    pd.testing.assert_frame_equal(kept[list(read)], read)
    signs = [np.signbit(one["float"].dropna()) for one in (kept, read)]  # NaN is read without one
    assert not len(rows) or np.array_equal(*signs)


LEGAL = (0.5, 3, True, "so", "up")


@pytest.mark.parametrize(
    ("place", "value"),
    [(0, np.float32(0.1)), (1, np.int8(3)), (1, 2**63), (2, 1), (3, np.str_("so")), (4, "left")],
)
def test_what_might_be_read_otherwise_is_read(place, value):
    kept = RowsInMemory(COLUMNS)
    kept.add((LEGAL,))
    assert kept.block() is not None
    kept.add(((*LEGAL[:place], value, *LEGAL[place + 1 :]),))
    assert kept.block() is None


def test_more_than_a_few_are_not_kept(monkeypatch):
    monkeypatch.setattr(rows_in_memory, "_MOST", 3)
    kept = RowsInMemory(COLUMNS)
    kept.add([LEGAL] * 3)
    assert len(kept.block()["float"]) == 3
    kept.add([LEGAL])
    assert kept.block() is None and not kept._rows
