"""Recording: every row safe at once, both files equal, and readable without mho."""

import csv
import io
import json
import math
import os
import re
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NamedTuple

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mho
from mho.clock import VirtualClock
from mho.errors import MhoError, RecordingError, SettingsError
from mho.quantities import Seconds, Siemens
from mho.recording import (
    LongName,
    RecordedInstrument,
    RunStart,
    RunStop,
    documents,
    folder,
    follow,
    read_start,
    read_stop,
    rows_file,
)
from mho.recording.columns import columns, line_writer
from mho.recording.documents import RunResults, write_start, write_stop
from mho.recording.journal import Journal
from mho.result import Result


class Way(StrEnum):
    UP = "up"
    LEFT_OVER = "left over"


class Row(NamedTuple):
    time: Annotated[Seconds, LongName("time")]
    conductance: Annotated[Siemens, LongName("conductance")]
    number: Annotated[int, LongName("number of the thing")]
    limited: Annotated[bool, LongName("limit active")]
    status: Annotated[str, LongName("status")]
    way: Annotated[Way, LongName("way it went")]


START = RunStart(
    run_id="run",
    protocol="ispp",
    start_time="2026-01-01T00:00:00+00:00",
    time_source="virtual",
    seed=7,
    bench="bench",
    device="device",
    settings={"recipe": '# µ comment\ntargets = ["50 uS"]\n', "device": "x = 1\n"},
    instruments=(RecordedInstrument(terminal="TE", model="m", serial="1", address="a"),),
    versions={"mho": "0"},
    columns=columns(Row),
)
STOP = RunStop(
    stop_time="2026-01-01T00:00:01+00:00", exit_status="success", reason="end", rows=2, duration=1.0
)

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
rows = st.builds(
    Row,
    time=st.floats(),
    conductance=st.floats(allow_nan=False),
    number=st.integers(-(2**63), 2**63 - 1),
    limited=st.booleans(),
    status=texts,
    way=st.sampled_from(Way),
)


LINE = line_writer(columns(Row))


RESULTS = (
    Result(
        name="conductance",
        value=1e-6,
        interval=(None, 2e-6),
        unit="S",
        method="mean of 2",
        source="2 rows",
    ),
    Result(name="outcome", value="done", unit="", method="the last row", source="1 row"),
    Result(name="drift", value=None, unit="1", method="fit", source="0 rows", undetermined="few"),
)


def made(run) -> RunResults:
    return RunResults(
        run_id=run.start.run_id,
        protocol=run.start.protocol,
        device=run.start.device,
        bench=run.start.bench,
        seed=run.start.seed,
        start_time=run.start.start_time,
        exit_status=run.stop.exit_status,
        rows=len(run.rows),
        results=RESULTS,
    )


def record(path: Path, written, *, finish=True) -> Path:
    journal = folder.create(path, START)
    journal.append([LINE(row) for row in written])
    journal.close()
    if finish:
        folder.finish(path, STOP, made)
    return path


def same(a, b):
    return a == b or (a != a and b != b)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(written=st.lists(rows, max_size=6))
def test_round_trip_of_every_value_in_both_files(tmp_path_factory, written):
    path = record(tmp_path_factory.mktemp("runs") / "run", written)
    loaded = mho.load(path)
    in_csv = list(csv.reader(io.StringIO((path / "rows.csv").read_bytes().decode(), newline="")))
    assert in_csv[0] == list(Row._fields)
    assert len(loaded) == len(in_csv) - 1 == len(written)
    with h5py.File(path / "run.h5") as file:
        stream = file["primary"]
        for number, row in enumerate(written):
            for field, cell in zip(Row._fields, in_csv[1 + number], strict=True):
                value = getattr(row, field)
                in_frame = loaded[field].iloc[number]
                assert same(in_frame, value) or str(in_frame) == str(value)
                stored = stream[field][number]
                match value:
                    case bool():
                        assert stored == int(value)
                        assert cell == str(value)
                    case Way():
                        assert list(Way)[stored] == value
                        assert cell == value
                    case float():
                        assert same(float(stored), value)
                        assert same(float(cell), value)
                    case int():
                        assert int(stored) == value == int(cell)
                    case str():
                        assert stored.decode() == value == cell


ROWS = [
    Row(0.5, 1e-5, 1, False, "", Way.UP),
    Row(1.0, math.nan, 2, True, 'a,"b"', Way.LEFT_OVER),
]


def test_opens_in_xarray_and_pandas_and_tells_its_units(tmp_path):
    path = record(tmp_path / "run", ROWS)
    with xr.open_dataset(path / "run.h5", group="primary", engine="h5netcdf") as data:
        assert data["conductance"].attrs["units"] == "S"
        assert data["conductance"].attrs["long_name"] == "conductance"
        assert data["conductance"].dims == ("seq",)
        assert list(data["seq"]) == [0, 1]
        assert data["way"].attrs["flag_meanings"] == "up left_over"
        assert data["time"].dtype == np.float64
    plain = pd.read_csv(path / "rows.csv", keep_default_na=False, na_values=["nan"])
    assert plain["limited"].tolist() == [False, True]
    assert plain["status"].tolist() == ["", 'a,"b"']
    with h5py.File(path / "run.h5") as file:
        assert file["settings/recipe"].asstr()[()] == START.settings["recipe"]
        assert file.attrs["seed"] == 7
        assert json.loads(file.attrs["instruments"])[0]["terminal"] == "TE"
        assert file.attrs["exit_status"] == "success"
    loaded = mho.load(path)
    assert loaded.attrs["units"]["time"] == "s"
    assert loaded.index.name == "seq"


def test_a_row_is_in_the_file_as_soon_as_it_is_written(tmp_path):
    journal = folder.create(tmp_path / "run", START)
    journal.append([LINE(ROWS[0])])
    assert (tmp_path / "run" / "rows.csv").read_text().splitlines()[1] == "0.5,1e-05,1,False,,up"
    journal.close()


def test_a_run_whose_process_died_is_read_and_built_without_its_torn_line(tmp_path):
    path = record(tmp_path / "run", ROWS, finish=False)
    with (path / "rows.csv").open("ab") as file:
        file.write(b"2.0,1e-0")
    loaded = mho.load(path)
    assert len(loaded) == 2
    assert loaded.attrs["differences"] == (
        "rows.csv ends with half a line of 8 bytes, which is left out",
    )
    folder.rebuild(path)
    with h5py.File(path / "run.h5") as file:
        assert file.attrs["exit_status"] == "fail"
        assert "without writing a stop" in file.attrs["reason"]


TORN = [
    b"2.0,1e-05,3,False,\xc2",  # in the middle of a letter
    b'2.0,1e-05,3,False,"first\n',  # in the middle of a text of two lines
    b'2.0,1e-05,3,False,"first\nsec',
]


@pytest.mark.parametrize("torn", TORN)
def test_a_line_torn_anywhere_is_left_out(tmp_path, torn):
    two_lines = ROWS[0]._replace(status='"one"\ntwo')
    path = record(tmp_path / "run", [*ROWS, two_lines], finish=False)
    with (path / "rows.csv").open("ab") as file:
        file.write(torn)
    assert mho.load(path)["status"].tolist() == ["", 'a,"b"', '"one"\ntwo']


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"2.0,1e-05,3,False,\n", "line 4: 5 cells for 6 columns"),
        (b"2.0,1e-05,3,False,,up,up\n", "line 4: 7 cells for 6 columns"),
        (b"2.0,much,3,False,,up\n", 'line 4: "much" in the column conductance is no float'),
        (b"2.0,1e-05,3,1,,up\n", 'line 4: "1" in the column limited is no bool'),
        (b"2.0,1e-05,3,False,,down\n", 'line 4: "down" in the column way is no choice'),
        (b"2.0,1e-05,3,False,\xff,up\n", "line 4: "),
        (b"\0\0\0\0\n", "line 4: "),
    ],
)
def test_a_line_that_is_no_row_is_told_and_never_passed_over(tmp_path, line, told):
    path = record(tmp_path / "run", ROWS, finish=False)
    with (path / "rows.csv").open("ab") as file:
        file.write(line)
        file.write(b"3.0,1e-05,4,False,,up\n")
    with pytest.raises(SettingsError) as caught:
        mho.load(path)
    assert str(path / "rows.csv") in str(caught.value)
    assert told in str(caught.value)


def test_a_journal_that_is_gone_is_told(tmp_path):
    path = record(tmp_path / "run", ROWS, finish=False)
    (path / "rows.csv").unlink()
    with pytest.raises(SettingsError, match=r"rows\.csv: cannot be read"):
        mho.load(path)


def test_a_run_looked_at_while_it_goes_on_shows_every_row_afterwards(tmp_path):
    journal = folder.create(tmp_path / "run", START)
    journal.append([LINE(ROWS[0])])
    assert len(mho.load(tmp_path / "run")) == 1
    journal.append([LINE(ROWS[1])])
    assert len(mho.load(tmp_path / "run")) == 2  # and if the process dies here
    journal.close()
    assert len(mho.load(tmp_path / "run")) == 2


def test_to_read_a_run_changes_nothing_in_its_folder(tmp_path):
    for name, finish in (("goes on", False), ("ended", True)):
        path = record(tmp_path / name, ROWS, finish=finish)
        before = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in path.iterdir()}
        assert len(mho.load(path)) == 2
        assert {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in path.iterdir()} == before
        assert ("run.h5" in before) is finish


def test_the_journal_is_the_truth_whatever_became_of_run_h5(tmp_path):
    path = record(tmp_path / "run", ROWS)
    whole = (path / "run.h5").read_bytes()
    (path / "run.h5").write_bytes(whole[:3000])
    assert len(mho.load(path / "run.h5")) == 2
    folder.rebuild(path)
    assert len((path / "run.h5").read_bytes()) == len(whole)


def test_rows_are_had_from_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    path = record(tmp_path / "run", ROWS, finish=False)
    opened = Path.open

    def refuse(self, mode="r", *rest, **options):
        if mode[0] != "r":
            raise PermissionError(13, "Permission denied")
        return opened(self, mode, *rest, **options)

    monkeypatch.setattr(Path, "open", refuse)
    loaded = mho.load(path)
    assert loaded["conductance"].iloc[0] == 1e-5 and loaded["way"].tolist() == list(Way)
    with pytest.raises(RecordingError, match=r"Permission denied; every row is safe"):
        folder.rebuild(path)
    assert not (path / "run.h5").exists()


def test_rows_are_had_from_run_h5_without_its_journal(tmp_path):
    path = record(tmp_path / "run", ROWS)
    (path / "rows.csv").unlink()
    assert len(mho.load(path)) == 2


def test_a_long_journal_is_read_in_little_memory(tmp_path):
    path = record(tmp_path / "run", [ROWS[0]] * 200_000)
    tracemalloc.start()
    folder.read_run(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most / 200_000 < 200  # bytes a row; a day of reads every 10 ms is 8.6 million rows


def test_run_h5_is_built_in_memory_that_does_not_grow_with_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr(rows_file, "BLOCK_BYTES", 100_000)
    most = {}
    for rows in (5_000, 10_000, 100_000):  # the first one loads what is loaded once
        path = record(tmp_path / str(rows), ROWS * (rows // 2), finish=False)
        tracemalloc.start()
        folder.rebuild(path)
        most[rows] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert most[100_000] < 1.5 * most[10_000]


def test_a_run_is_followed_while_it_goes_on(tmp_path):
    path = tmp_path / "run"
    journal, clock = folder.create(path, START), VirtualClock()
    before = sorted(p.name for p in path.iterdir())
    following = follow(path, every=0.5, clock=clock)
    journal.append([LINE(ROWS[0])])
    assert next(following)["number"].tolist() == [1]
    half = LINE(ROWS[1])
    with (path / "rows.csv").open("ab") as file:
        file.write(half[:9])
        looks = []

        def look(duration):
            looks.append(duration)
            if len(looks) == 3:
                file.write(half[9:] + LINE(ROWS[0]))
                file.flush()

        file.flush()
        clock.sleep = look
        new = next(following)
    assert new["number"].tolist() == [2, 1] and new.index.tolist() == [1, 2]
    assert new.index.name == "seq" and new.attrs["units"]["time"] == "s"
    assert looks == [0.5] * 3
    assert sorted(p.name for p in path.iterdir()) == before
    journal.close()
    folder.finish(path, STOP, made)
    assert list(following) == []
    assert [len(rows) for rows in follow(path)] == [3]


def test_who_follows_a_dead_run_loses_patience(tmp_path):
    path, clock = record(tmp_path / "run", ROWS, finish=False), VirtualClock()
    assert [len(rows) for rows in follow(path, every=1.0, patience=10.0, clock=clock)] == [2]
    assert 10.0 < clock.now() < 13.0


@pytest.mark.parametrize(
    "content", [b"", b" \n", b"{", b'{"stop_time": "2026', b"\0" * 4096, b"[]"]
)
def test_a_stop_that_cannot_be_read_hides_no_row_and_is_said(tmp_path, content):
    path = record(tmp_path / "run", ROWS)
    (path / "stop.json").write_bytes(content)
    loaded = mho.load(path)
    assert len(loaded) == 2
    (told,) = loaded.attrs["differences"]
    assert str(path / "stop.json") in told and ("is empty" in told or "cannot be read" in told)


def test_a_start_of_a_size_that_mho_never_writes_is_not_read(tmp_path, monkeypatch):
    path = record(tmp_path / "run", ROWS)
    monkeypatch.setattr(documents, "_LARGEST", 100)
    with pytest.raises(SettingsError, match=r"start\.json: is larger than"):
        mho.load(path)


@pytest.mark.parametrize(("said", "words"), [(5, "3 fewer"), (1, "1 more")])
def test_rows_are_held_against_the_stop(tmp_path, said, words, caplog):
    path = record(tmp_path / "run", ROWS, finish=False)
    write_stop(path, replace(STOP, rows=said))
    told = f"stop.json says {said} rows, there are 2: {words}"
    assert mho.load(path).attrs["differences"] == (told,)
    assert caplog.messages == [f"{path}: {told}"]


def test_a_document_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    done, replaced = [], Path.replace
    monkeypatch.setattr(os, "fsync", lambda number: done.append(os.fstat(number).st_size))
    monkeypatch.setattr(Path, "replace", lambda *ab: done.append("replace") or replaced(*ab))
    write_stop(tmp_path, STOP)
    size = (tmp_path / "stop.json").stat().st_size
    assert done[:2] == [size, "replace"] and len(done) == (2 if os.name == "nt" else 3)


def test_a_document_that_cannot_be_written_leaves_the_one_before(tmp_path, monkeypatch):
    write_stop(tmp_path, STOP)

    def fail(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(RecordingError, match=r"stop\.json cannot be written: No space left"):
        write_stop(tmp_path, replace(STOP, rows=7))
    assert read_stop(tmp_path) == STOP
    assert [p.name for p in tmp_path.iterdir()] == ["stop.json"]


BAD_STARTS = (
    ({"seed": "7"}, "seed: Input should be a valid integer"),
    ({"settings": []}, "settings: "),
    ({"settings": {"a/b": "x"}}, '"a/b" is none of its settings'),
    ({"bench": "\0"}, "there is a NUL"),
    ({"start_time": "yesterday"}, '"yesterday" is no time'),
    ({"start_time": "2026-01-01T00:00:00"}, "does not say in which time zone"),
    ({"instruments": [{"terminal": "TE"}]}, "instruments.0.model: "),
    ({"columns": [{"name": "time"}]}, "columns.0.kind: "),
)


@pytest.mark.parametrize(("change", "told"), BAD_STARTS)
def test_a_start_that_is_no_start_is_refused_by_its_key(tmp_path, change, told):
    path = record(tmp_path / "run", ROWS)
    start = json.loads((path / "start.json").read_text("utf-8"))
    (path / "start.json").write_text(json.dumps(start | change))
    with pytest.raises(SettingsError) as caught:
        mho.load(path)
    assert f"{path / 'start.json'}: " in str(caught.value) and told in str(caught.value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": "a b"}, '"a b" cannot be the name of a column'),
        ({"name": "seq"}, '"seq" cannot be'),
        ({"name": "number"}, "two of its columns have one name"),
        ({"choices": ["a"]}, "time is a float with 1 choices"),
        ({"kind": "choice"}, "time is a choice with 0 choices"),
        ({"kind": "choice", "choices": ["a", "a"]}, "two are the same"),
    ],
)
def test_columns_that_no_run_has_are_refused(tmp_path, change, told):
    path = record(tmp_path / "run", ROWS)
    start = json.loads((path / "start.json").read_text("utf-8"))
    start["columns"][0] |= change
    (path / "start.json").write_text(json.dumps(start))
    with pytest.raises(SettingsError, match=re.escape(told)):
        mho.load(path)


def test_a_start_is_read_back_as_it_was_written(tmp_path):
    """Whatever letters are in it."""
    start = replace(START, device='µ "[bold]" \\ \u2126\n', seed=2**70)
    path = record(tmp_path / "run", ROWS, finish=False)
    write_start(path, start)
    assert read_start(path) == start
    with h5py.File(folder.rebuild(path)) as file:
        assert file.attrs["seed"] == str(2**70) and file.attrs["device"] == start.device


class FullDisk(io.RawIOBase):
    def __init__(self, room):
        self.room = room

    def write(self, line):
        taken = min(self.room, len(line))
        self.room -= taken
        if not taken:
            raise OSError(28, "No space left on device")
        return taken


@pytest.mark.parametrize("room", [0, 5])
def test_a_full_disk_stops_the_run_and_says_so(tmp_path, room):
    journal = Journal(tmp_path / "rows.csv", columns(Row))
    journal.append([LINE(ROWS[0])])
    journal._file.close()
    journal._file = FullDisk(room)
    with pytest.raises(RecordingError, match=r"disk is full|No space left"):
        journal.append([LINE(ROWS[1])])
    assert journal.rows == 1


def test_an_existing_folder_and_a_missing_run_are_refused(tmp_path):
    record(tmp_path / "run", ROWS)
    with pytest.raises(RecordingError, match="--out"):
        folder.create(tmp_path / "run", START)
    with pytest.raises(SettingsError, match="not a run folder"):
        mho.load(tmp_path / "elsewhere")
    for text in ("{", "[]", '{"a": 1}'):
        (tmp_path / "run" / "start.json").write_text(text)
        with pytest.raises(SettingsError, match="cannot be read"):
            mho.load(tmp_path / "run")


def test_a_start_whose_columns_are_not_columns_is_told(tmp_path):
    path = record(tmp_path / "run", ROWS)
    start = json.loads((path / "start.json").read_text("utf-8"))
    start["columns"][0] = {"name": "time"}
    (path / "start.json").write_text(json.dumps(start))
    with pytest.raises(SettingsError, match=r"start\.json: cannot be read"):
        mho.load(path)


def test_a_column_without_long_name_is_our_mistake():
    class Nameless(NamedTuple):
        time: Seconds

    with pytest.raises(MhoError, match="LongName"):
        columns(Nameless)


def test_a_column_named_as_the_row_number_is_our_mistake():
    class Numbered(NamedTuple):
        seq: Annotated[int, LongName("number")]

    with pytest.raises(MhoError, match="seq"):
        columns(Numbered)


def test_runs_that_begin_in_one_second_have_names_of_their_own_that_sort_by_time():
    moment = datetime(2026, 1, 1, 12, tzinfo=UTC)
    names = {folder.run_name("ispp", moment) for _ in range(3000)}
    assert len(names) == 3000
    later = {folder.run_name("ispp", moment + timedelta(seconds=1)) for _ in range(10)}
    assert max(names) < min(later)
    assert all(re.fullmatch(r"20260101T120000000_ispp_[a-z2-7]{8}", name) for name in names)
