"""``run.h5``: in blocks, for h5py, xarray and pandas alike, and safe on a disk that is full."""

import os
from contextlib import suppress
from enum import StrEnum
from errno import ENOSPC
from typing import Annotated, NamedTuple

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mho.errors import RecordingError, SettingsError
from mho.quantities import Volts
from mho.recording import LongName, hdf5_file
from mho.recording.columns import columns
from mho.recording.frame import frame_of


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


def block(rows, *, texts=("", "T", "µ"), seed=0):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 2, rows).astype(np.int8)
    return {
        "level": rng.normal(size=rows),
        "number": rng.integers(0, 10, rows),
        "limited": rng.random(rows) < 0.5,
        "status": pd.Categorical.from_codes(
            rng.integers(0, len(texts), rows), categories=pd.Index(texts, dtype=object)
        ),
        "way": pd.Categorical.from_codes(codes, categories=pd.Index(list(map(str, Way)))),
    }


def write(path, blocks):
    hdf5_file.write(path, COLUMNS, blocks, lambda rows: {"rows": rows}, {"recipe": "x = 1\n"})


MANY = [block(3000, seed=1), block(70_000, texts=("a text longer than any before", "x"), seed=2)]


@pytest.mark.parametrize("blocks", [[], [block(1)], [block(400)], [block(401)], MANY])
def test_what_was_written_is_read_by_everybody(tmp_path, blocks):
    path = tmp_path / "run.h5"
    write(path, iter(blocks))
    frame = frame_of(COLUMNS, blocks)
    pd.testing.assert_frame_equal(frame_of(COLUMNS, hdf5_file.read(path, COLUMNS)), frame)
    with xr.open_dataset(path, group="primary", engine="h5netcdf") as data:
        found = data.to_dataframe()[list(Row._fields)]
        assert found["status"].tolist() == frame["status"].tolist()
        assert found["limited"].dtype == bool and found["level"].dtype == np.float64
        assert found["limited"].tolist() == frame["limited"].tolist()
        assert found["way"].tolist() == frame["way"].cat.codes.tolist()
        assert data["way"].attrs["flag_meanings"] == "up left_over"
        assert data["way"].attrs["flag_values"].tolist() == [0, 1]
        assert data["way"].dtype.metadata["enum"] == {"up": 0, "left over": 1}
        assert data["level"].attrs == {"long_name": "level", "units": "V"}
        assert data["seq"].values.tolist() == list(range(len(frame)))
    with h5py.File(path) as file:
        stream = file["primary"]
        assert file.attrs["rows"] == len(frame)
        assert h5py.check_enum_dtype(stream["way"].dtype) == {"up": 0, "left over": 1}
        assert stream["status"].asstr()[:].tolist() == frame["status"].tolist()
        assert stream["limited"][:].tolist() == frame["limited"].tolist()
        assert set(stream) == {"seq", *Row._fields}


def test_a_long_run_is_chunked_and_compressed(tmp_path):
    path = tmp_path / "run.h5"
    write(path, [block(70_000)] * 2)
    with h5py.File(path) as file:
        for name, data in file["primary"].items():
            assert (data.compression, data.shuffle, data.chunks) == ("gzip", True, (65_536,)), name
    assert path.stat().st_size < 140_000 * 10  # of 18 bytes a row with the row's number


@pytest.mark.skipif(os.name == "nt", reason="file sizes are not limited so on Windows")
@pytest.mark.parametrize("room", [*range(0, 40_000, 2500), 100_000, 300_000, 900_000])
def test_a_disk_that_is_full_at_any_moment_is_said_and_nothing_is_left(tmp_path, monkeypatch, room):
    """HDF5 itself must never see it: it would bring the process down."""
    disk, path = hdf5_file.UnfailingFile, tmp_path / "run.h5"

    class Small:
        def __init__(self, file):
            self.file, self.room = file, room

        def write(self, data):
            taken = min(len(data), max(self.room - self.file.tell(), 0))
            if not taken:
                raise OSError(ENOSPC, "No space left on device")
            return self.file.write(data[:taken])

        def __getattr__(self, name):
            return getattr(self.file, name)

    path.write_bytes(b"the one before")
    monkeypatch.setattr(hdf5_file, "UnfailingFile", lambda file: disk(Small(file)))
    with pytest.raises(RecordingError, match=r"run\.h5 cannot be written: No space left"):
        write(path, MANY * 2)
    assert [p.name for p in tmp_path.iterdir()] == ["run.h5"]
    assert path.read_bytes() == b"the one before"


def test_what_is_no_run_file_is_refused_in_words(tmp_path):
    path = tmp_path / "run.h5"
    write(path, MANY[:1])
    whole = path.read_bytes()
    rng, taken = np.random.default_rng(5), 0
    for _ in range(60):
        damaged = bytearray(whole[: rng.integers(len(whole))] if rng.random() < 0.3 else whole)
        for _ in range(rng.choice((1, 30))):
            if damaged:
                damaged[rng.integers(len(damaged))] = rng.integers(256)
        path.write_bytes(damaged)
        with suppress(SettingsError):
            frame_of(COLUMNS, hdf5_file.read(path, COLUMNS))
            taken += 1
    assert 0 < taken < 40
    with h5py.File(path, "w") as file:
        file["primary/level"] = np.arange(3)
    with pytest.raises(SettingsError, match="level is stored as int64, not as float"):
        frame_of(COLUMNS, hdf5_file.read(path, COLUMNS))
