"""``mho show`` and ``mho plot`` of runs that did not end well, or were recorded long ago."""

import json
import shutil
from pathlib import Path

import pytest

import mho
from mho.cli import main

FORMING = ("forming", "--bench", "ideal", "--device", "cu-te-pristine", "--recipe")


@pytest.fixture(scope="module")
def forming(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs")
    assert main(["run", *FORMING, "stepped-pulses", "--out", str(out)]) == 0
    return next(out.iterdir())


@pytest.fixture
def folder(forming, tmp_path):
    return shutil.copytree(forming, tmp_path / "run")


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return code, captured.out, captured.err


def test_a_run_without_rows_has_no_verdict_and_no_figure(capsys, folder):
    header = (folder / "rows.csv").read_bytes().splitlines(keepends=True)[0]
    (folder / "rows.csv").write_bytes(header)
    (folder / "run.h5").unlink()
    code, out, _ = run(capsys, "show", folder)
    assert code == 0 and "no rows were recorded" in out and "success" in out
    code, _, err = run(capsys, "plot", folder)
    assert code == 2 and "no rows" in err


def test_a_run_that_may_still_go_on_is_not_called_dead(capsys, folder):
    (folder / "stop.json").unlink()
    code, out, _ = run(capsys, "show", folder)
    assert code == 0 and "it goes on, or its process died" in out


def test_a_recipe_of_another_version_is_told_and_the_rows_can_be_had(capsys, folder):
    start = json.loads((folder / "start.json").read_text("utf-8"))
    recipe = json.loads(start["settings"]["recipe_resolved"])
    start["settings"]["recipe_resolved"] = json.dumps({**recipe, "old": 1})
    start["versions"]["mho"] = "0.0.1"
    (folder / "start.json").write_text(json.dumps(start), "utf-8")
    for command in ("show", "plot"):
        code, _, err = run(capsys, command, folder)
        assert code == 2
        assert "old: " in err and "mho 0.0.1" in err and "mho.load" in err
    assert len(mho.load(folder)) > 0


@pytest.mark.parametrize("name", ["figure.foo", "figure"])
def test_a_figure_goes_only_where_it_is_said_to_go(capsys, folder, tmp_path, name):
    code, out, err = run(capsys, "plot", folder, "--out", tmp_path / name)
    assert (code, out) == (2, "")
    assert "--out" in err and ".png" in err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run"]
    code, out, _ = run(capsys, "plot", folder, "--out", tmp_path / "figure.pdf")
    assert code == 0 and Path(out.strip()).read_bytes().startswith(b"%PDF")


def test_who_failed_while_looking_on_is_named(capsys, folder):
    _, out, _ = run(capsys, "show", folder)
    assert "went on without" not in out
    path = folder / "stop.json"
    stop = json.loads(path.read_text("utf-8"))
    assert stop["observers_failed"] == []
    path.write_text(json.dumps(stop | {"observers_failed": ["report: OSError: [no screen]"]}))
    _, out, _ = run(capsys, "show", folder)
    assert "it went on without report: OSError: [no screen]" in out
    del stop["observers_failed"]  # recorded before there was such a word
    path.write_text(json.dumps(stop))
    assert run(capsys, "show", folder)[0] == 0
