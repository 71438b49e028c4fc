"""Results of a run: written whatever ended it, shown, exported, made again where it was killed."""

import csv
import json
import os
import shutil
import signal
from dataclasses import replace

import h5py
import pytest

import mho
from mho.cli import main
from mho.errors import InstrumentTimeout
from mho.plugin_kinds import OnDemand
from mho.recording import read_run
from mho.result import Result, by_name
from mho.run import execute


@pytest.fixture(scope="module")
def job():
    return mho.read_job("iv", "ideal", "cu-te", "double-sweep", options=["cycles=7"])


@pytest.fixture(scope="module")
def recorded(job, tmp_path_factory):
    return execute(job, tmp_path_factory.mktemp("runs")).folder


@pytest.fixture
def folder(recorded, tmp_path):
    return shutil.copytree(recorded, tmp_path / "run")


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return code, captured.out, captured.err


def kill(folder):
    for name in ("results.json", "stop.json", "run.h5"):
        (folder / name).unlink()


def with_results(job, results):
    return replace(job, protocol=replace(job.protocol, results=results))


def test_the_table_shows_values_with_their_intervals(capsys, folder):
    code, out, _ = run(capsys, "show", folder)
    found = by_name(mho.results_of(folder).results)["set_voltage"]
    low, high = found.interval
    (line,) = [line for line in out.splitlines() if line.strip().startswith("set_voltage ")]
    assert code == 0
    assert line.split() == [
        "set_voltage",
        f"{found.value:.4g}",
        f"{low:.4g}",
        "to",
        f"{high:.4g}",
        "V",
    ]


def test_json_is_the_file(capsys, folder):
    code, out, err = run(capsys, "show", "--json", folder)
    assert (code, err) == (0, "")
    assert out == (folder / "results.json").read_text("utf-8")
    assert json.loads(out)["exit_status"] == "success"


def test_a_killed_run_has_the_same_results_and_its_folder_is_left_alone(capsys, folder):
    before = json.loads((folder / "results.json").read_text("utf-8"))
    kill(folder)
    files = {path: path.read_bytes() for path in folder.iterdir()}
    code, out, _ = run(capsys, "show", folder, "--json")
    assert code == 0
    assert json.loads(out) == before | {"exit_status": None}
    code, out, _ = run(capsys, "show", folder)
    assert code == 0 and "set_voltage" in out
    assert {path: path.read_bytes() for path in folder.iterdir()} == files
    assert run(capsys, "export", folder, "--hdf5")[0] == 0
    with h5py.File(folder / "run.h5") as file:
        names = file["results/name"].asstr()[:].tolist()
    assert names == [one["name"] for one in before["results"]]


def test_results_that_cannot_be_read_are_made_again_and_that_is_said(capsys, folder):
    text = (folder / "results.json").read_text("utf-8")
    (folder / "results.json").write_text(text[: len(text) // 2])
    code, out, err = run(capsys, "show", "--json", folder)
    assert code == 0 and "results.json" in err and "no JSON" in err
    assert out == text


def test_results_of_other_rows_are_noticed(capsys, folder):
    lines = (folder / "rows.csv").read_bytes().splitlines(keepends=True)
    (folder / "rows.csv").write_bytes(b"".join(lines[:-2]))
    _, out, _ = run(capsys, "show", folder)
    assert f"results.json was made from {len(lines) - 1} rows, there are {len(lines) - 3}" in out


def test_they_are_exported_beside_the_rows(capsys, folder, tmp_path):
    assert run(capsys, "export", folder, "--csv", "--decimal-comma", "--out", tmp_path)[0] == 0
    (path,) = tmp_path.glob("*_results.csv")
    with path.open(encoding="utf-8", newline="") as file:
        _, _, names, *lines = csv.reader(file, delimiter=";")
    results = mho.results_of(folder).results
    assert len(lines) == len(results)
    for line, result in zip(lines, results, strict=True):
        cells = dict(zip(names, line, strict=True))
        value = cells["word"] or (
            float(cells["value"].replace(",", ".")) if cells["value"] else None
        )
        assert (cells["name"], value) == (result.name, result.value)


@pytest.mark.parametrize(
    ("error", "status"), [(InstrumentTimeout("gone"), "fail"), (KeyboardInterrupt(), "abort")]
)
def test_a_run_that_was_ended_has_results_of_the_rows_there_are(job, tmp_path, error, status):
    def breaks(bench, recipe):
        for number, row in enumerate(job.protocol.run(bench, recipe)):
            if number == 600:
                raise error
            yield row

    outcome = execute(replace(job, protocol=replace(job.protocol, run=breaks)), tmp_path)
    written = read_run(outcome.folder).results
    assert (written.exit_status, written.rows, written.problem) == (status, 600, "")
    found = by_name(written.results)
    assert found["set_voltage"].value > 0
    assert found["outcome"].value is None and "ended before" in found["outcome"].undetermined


def results_that_fail(rows, recipe):
    yield Result(name="rows", value=float(len(rows)), unit="1", method="count", source="all")
    raise ZeroDivisionError("float division")


def results_of_nan(rows, recipe):
    return [Result(name="slope", value=float("nan"), unit="1", method="fit", source="all")]


def results_that_are_none(rows, recipe):
    return {"slope": 1.0}


def results_twice(rows, recipe):
    one = Result(name="slope", value=1.0, unit="1", method="fit", source="all")
    return [one, replace(one, value=2.0)]


@pytest.mark.parametrize(
    ("results", "kept", "told"),
    [
        (results_that_fail, ["rows"], "ZeroDivisionError: float division"),
        (results_of_nan, [], 'the result "slope" is nan'),
        (results_that_are_none, [], "iv gave str 'slope', no mho.result.Result"),
        (results_twice, ["slope"], "iv gave slope twice"),
        (OnDemand("no_such_module:results"), [], "No module named 'no_such_module'"),
    ],
)
def test_a_protocol_whose_results_fail_costs_no_rows(job, tmp_path, results, kept, told):
    outcome = execute(with_results(job, results), tmp_path)
    assert outcome.error is None and outcome.stop.exit_status == "success"
    written = mho.results_of(outcome.folder)
    assert [one.name for one in written.results] == kept
    assert told in written.problem
    assert len(mho.load(outcome.folder)) == written.rows


def test_an_interrupt_while_results_are_made_costs_only_them(job, tmp_path):
    def struck(rows, recipe):
        signal.raise_signal(signal.SIGINT)
        return ()

    outcome = execute(with_results(job, struck), tmp_path)
    assert isinstance(outcome.error, KeyboardInterrupt)
    assert outcome.stop.exit_status == "success" and outcome.stop.outputs_off
    assert not (outcome.folder / "results.json").exists()
    assert (outcome.folder / "run.h5").exists()
    assert by_name(mho.results_of(outcome.folder).results)["set_voltage"].value > 0


def test_too_little_memory_for_results_costs_only_them(job, tmp_path, monkeypatch):
    def full(*_):
        raise MemoryError

    monkeypatch.setattr("mho.recording.folder._read_run", full)
    outcome = execute(job, tmp_path)
    assert "do not fit into the memory" in str(outcome.error)
    assert outcome.stop.exit_status == "success" and (outcome.folder / "run.h5").exists()


def test_nothing_is_left_of_results_that_cannot_be_written(job, tmp_path, monkeypatch):
    def refuse(self, target):
        if str(target).endswith("results.json"):
            raise OSError(28, "No space left on device")
        os.replace(self, target)  # noqa: PTH105 - the method is this one

    monkeypatch.setattr("pathlib.Path.replace", refuse)
    outcome = execute(job, tmp_path)
    assert "results.json cannot be written: No space left" in str(outcome.error)
    names = {path.name for path in outcome.folder.iterdir()}
    assert names == {"start.json", "rows.csv", "stimuli.csv", "stop.json", "run.h5"}
