"""``mho export``: rows for Origin, Excel and xarray."""

import csv
import json
import sys
import zipfile
from xml.etree import ElementTree

import h5py
import numpy as np
import pandas as pd
import pytest

import mho
from mho.cli import main


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    job = mho.read_job("iv", "ideal", "cu-te", "double-sweep", options=["cycles=2", "reads=3"])
    return mho.execute(job, tmp_path_factory.mktemp("runs")).folder


def run(capsys, *arguments):
    code = main(["export", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out.splitlines(), captured.err


def table(path, between=","):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter=between))


def test_rows_with_long_names_units_and_names_above_them(capsys, sweep, tmp_path):
    code, paths, _ = run(capsys, sweep, "--csv", "--out", tmp_path)
    name = sweep.name
    assert code == 0
    assert paths == [str(tmp_path / f"{name}_{what}.csv") for what in ("rows", "curves", "results")]
    long_names, units, names, *cells = table(tmp_path / f"{name}_rows.csv")
    frame = mho.load(sweep)
    assert names == list(frame) and len(cells) == len(frame)
    assert dict(zip(names, units, strict=True)) == frame.attrs["units"]
    assert dict(zip(names, long_names, strict=True)) == frame.attrs["long_names"]
    read = pd.DataFrame(cells, columns=names)
    assert read["current"].astype(float).tolist() == frame["current"].tolist()
    assert read["verdict"].tolist() == frame["verdict"].tolist()
    assert read["in_compliance"].astype(int).tolist() == frame["in_compliance"].tolist()
    unknown = frame["conductance"].isna()
    assert unknown.any() and set(read["conductance"][unknown]) == {""}


def test_a_pair_of_columns_a_cycle_without_the_reads(capsys, sweep, tmp_path):
    run(capsys, sweep, "--csv", "--out", tmp_path)
    long_names, units, comments, *cells = table(tmp_path / f"{sweep.name}_curves.csv")
    assert long_names == ["measured voltage", "measured current"] * 2
    assert units == ["V", "A"] * 2
    assert comments == ["cycle 1", "cycle 1", "cycle 2", "cycle 2"]
    frame = mho.load(sweep)
    for number in (1, 2):
        curve = frame[(frame["cycle"] == number) & (frame["part"] != "read")]
        for column, name in ((2 * number - 2, "voltage"), (2 * number - 1, "current")):
            assert [float(row[column]) for row in cells if row[column]] == curve[name].tolist()


def test_a_decimal_comma_on_request(capsys, sweep, tmp_path):
    code, _, _ = run(capsys, sweep, "--csv", "--decimal-comma", "--out", tmp_path)
    assert code == 0
    *_, names, first, second = table(tmp_path / f"{sweep.name}_rows.csv", ";")[:5]
    assert second[names.index("level")] == "0,02" and "." not in first[names.index("time")]


def sheets(path):
    """Each sheet of a workbook as rows of texts and numbers."""
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(path) as book:
        names = [
            sheet.get("name")
            for sheet in ElementTree.fromstring(book.read("xl/workbook.xml")).iterfind(
                ".//m:sheet", space
            )
        ]
        for number, name in enumerate(names, start=1):
            tree = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
            rows = []
            for row in tree.iterfind(".//m:row", space):
                cells = {}
                for cell in row.iterfind("m:c", space):
                    column = "".join(filter(str.isalpha, cell.get("r")))
                    text = cell.find("m:is/m:t", space)
                    value = cell.find("m:v", space)
                    cells[column] = (text.text or "") if text is not None else float(value.text)
                rows.append(cells)
            yield name, rows


def test_a_workbook_holds_rows_curves_and_what_the_run_was(capsys, sweep, tmp_path):
    pytest.importorskip("xlsxwriter")
    code, paths, _ = run(capsys, sweep, "--xlsx", "--out", tmp_path)
    assert (code, paths) == (0, [str(tmp_path / f"{sweep.name}.xlsx")])
    book = dict(sheets(tmp_path / f"{sweep.name}.xlsx"))
    frame = mho.load(sweep)
    assert list(book) == ["rows", "curves", "results", "run"]
    assert len(book["rows"]) == len(frame) + 3 and book["rows"][2]["A"] == "time"
    assert [row["A"] for row in book["rows"][3:]] == pytest.approx(
        frame["time"].tolist(), rel=1e-14
    )
    assert book["rows"][3]["P"] == "going on"
    assert "M" not in book["rows"][3]  # a conductance at 0 V is no number
    assert book["curves"][2] == dict.fromkeys("AB", "cycle 1") | dict.fromkeys("CD", "cycle 2")
    assert {row["A"]: row.get("B", "") for row in book["run"]}["protocol"] == "iv"


def test_run_h5_is_built_again(capsys, sweep):
    (sweep / "run.h5").write_bytes(b"broken")
    code, paths, _ = run(capsys, sweep, "--hdf5")
    assert (code, paths) == (0, [str(sweep / "run.h5")])
    with h5py.File(sweep / "run.h5") as file:
        assert np.array_equal(file["primary/current"][:], mho.load(sweep)["current"])


def test_mistakes_are_told(capsys, sweep, tmp_path, monkeypatch):
    for arguments, words in (
        ((), "--csv, --xlsx, --hdf5"),
        (("--xlsx", "--decimal-comma"), "is for --csv"),
        (("--csv", "--out", tmp_path / "nowhere"), "is no folder"),
    ):
        code, out, err = run(capsys, sweep, *arguments)
        assert (code, out) == (2, []) and words in err
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    code, _, err = run(capsys, sweep, "--xlsx", "--out", tmp_path)
    assert code == 2 and 'pip install "mho[xlsx]"' in err
    assert list(tmp_path.iterdir()) == []


def test_what_does_not_go_into_a_sheet_is_refused(capsys, sweep, tmp_path, monkeypatch):
    pytest.importorskip("xlsxwriter")
    monkeypatch.setattr("mho.recording.workbook.MOST_ROWS", 100)
    code, _, err = run(capsys, sweep, "--xlsx", "--out", tmp_path)
    assert code == 2 and "do not go into a sheet of at most 100" in err and "--csv" in err


def test_a_run_of_a_protocol_that_is_not_installed_is_exported_all_the_same(
    capsys, sweep, tmp_path
):
    start = json.loads((sweep / "start.json").read_text("utf-8"))
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "rows.csv").write_bytes((sweep / "rows.csv").read_bytes())
    (folder / "start.json").write_text(json.dumps(start | {"protocol": "of/somebody"}))
    code, paths, _ = run(capsys, folder, "--csv")
    assert (code, paths) == (0, [str(folder / "figure_rows.csv")])
