"""Recording: every row safe at once, both files equal, and readable without mho."""

import csv
import io
import json
import math
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
from mho.errors import MhoError, RecordingError, SettingsError
from mho.quantities import Seconds, Siemens
from mho.recording import LongName, RunStart, RunStop, columns, folder
from mho.recording.journal import Journal


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
    instruments=[{"terminal": "TE", "model": "m", "serial": "1", "address": "a", "firmware": ""}],
    versions={"mho": "0"},
    columns=[column.to_json() for column in columns(Row)],
)
STOP = RunStop(
    stop_time="2026-01-01T00:00:01+00:00", exit_status="success", reason="end", rows=0, duration=1
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


def record(path: Path, written, *, finish=True) -> Path:
    journal = folder.create(path, START)
    for row in written:
        journal.write(row)
    journal.close()
    if finish:
        folder.finish(path, STOP)
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
    journal.write(ROWS[0])
    assert (tmp_path / "run" / "rows.csv").read_text().splitlines()[1] == "0.5,1e-05,1,False,,up"
    journal.close()


def test_a_run_whose_process_died_is_rebuilt_without_its_torn_line(tmp_path):
    path = record(tmp_path / "run", ROWS, finish=False)
    with (path / "rows.csv").open("ab") as file:
        file.write(b"2.0,1e-0")
    loaded = mho.load(path)
    assert len(loaded) == 2
    with h5py.File(path / "run.h5") as file:
        assert file.attrs["exit_status"] == "fail"
        assert "without writing a stop" in file.attrs["reason"]


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
    journal.write(ROWS[0])
    journal._file.close()
    journal._file = FullDisk(room)
    with pytest.raises(RecordingError, match=r"disk is full|No space left"):
        journal.write(ROWS[1])
    assert journal.rows == 1


def test_an_existing_folder_and_a_missing_run_are_refused(tmp_path):
    record(tmp_path / "run", ROWS)
    with pytest.raises(RecordingError, match="--out"):
        folder.create(tmp_path / "run", START)
    with pytest.raises(SettingsError, match="not a run folder"):
        mho.load(tmp_path / "elsewhere")
    (tmp_path / "run" / "start.json").write_text("{")
    with pytest.raises(SettingsError, match="cannot be read"):
        mho.load(tmp_path / "run")


def test_a_column_without_long_name_is_our_mistake():
    class Nameless(NamedTuple):
        time: Seconds

    with pytest.raises(MhoError, match="LongName"):
        columns(Nameless)
