"""``mho show`` and ``mho plot`` of runs that did not end well, or were recorded long ago."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from recorded_runs import SHORT_RUNS

import mho
from mho.cli import main
from mho.cli.running import run_job

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


NOTES = "number,time,after_row,kind,drives,duration,readings\n"
KEPT = "stimulus,time,voltage,current,in_compliance,status,terminal\n"


def test_what_may_have_been_applied_since_the_last_row_is_named(capsys, folder):
    rows = len(mho.load(folder))
    (folder / "stop.json").unlink()
    notes = [
        f"1,0.0,{rows - 4},Hold,TE 50 mV up to 100 uA,1.0,4\n",
        f"2,1.0,{rows},Sweep,TE 0 V to 1 V up to 1 mA,3.0,300\n",
        f"3,4.0,{rows},refused,,nan,0\n",
        f"4,4.0,{rows},Sweep,[bold]TE[/] 0 V to 2 V up to 1 mA,3.0,300\n",
    ]
    (folder / "stimuli.csv").write_text(NOTES + "".join(notes[:1]))
    _, out, _ = run(capsys, "show", folder)
    assert f"{rows} rows are whole" in out and "Hold: TE 50 mV up to 100 uA, 1 s, 4 rea" in out
    assert "4 rows came after it" in out
    (folder / "stimuli.csv").write_text(NOTES + "".join(notes))
    (folder / "readings.csv").write_text(KEPT + "4,4.0,0.1,1e-6,False,,TE\n" * 7)
    _, out, _ = run(capsys, "show", folder)
    assert "[bold]TE[/] 0 V to 2 V" in out and "7 of its readings are in readings.csv" in out
    assert "0 V to 1 V" not in out  # the bench refused it
    assert "at most one that is too short to be noted, at worst\n    " in out
    (folder / "stimuli.csv").write_bytes(b"\0" * 100)
    code, out, _ = run(capsys, "show", folder)
    assert code == 0 and "what it was about to apply is not known" in out


def test_what_does_not_agree_is_said(capsys, folder):
    lines = (folder / "rows.csv").read_bytes().splitlines(keepends=True)
    (folder / "rows.csv").write_bytes(b"".join(lines[:-2]) + b"0.5,")
    (folder / "run.h5").unlink()
    code, out, _ = run(capsys, "show", folder)
    assert code == 0
    assert "rows.csv ends with half a line of 4 bytes" in out
    assert f"stop.json says {len(lines) - 1} rows, there are {len(lines) - 3}: 2 fewer" in out
    assert f"there is no run.h5; mho export {folder} --hdf5 builds it" in out
    (folder / "stop.json").write_bytes(b"")
    code, out, _ = run(capsys, "show", folder)
    assert code == 0 and "stop.json: is empty" in out


@pytest.mark.parametrize("text", ["[/bold]", "[red]", "[link=x]\\", "\\[", "[bold"])
def test_markup_in_texts_is_shown_as_it_is(capsys, folder, text):
    for name in ("start.json", "stop.json"):
        path = folder / name
        data = json.loads(path.read_text("utf-8"))
        for key in ("run_id", "device", "bench", "time_source", "stop_time", "reason"):
            if key in data:
                data[key] = text
        if "instruments" in data:
            data["instruments"][0]["serial"] = text
        path.write_text(json.dumps(data))
    code, out, _ = run(capsys, "show", folder)
    assert code == 0 and out.count(text) >= 6


@pytest.mark.parametrize("command", ["show", "plot"])
def test_a_run_is_read_once(capsys, folder, monkeypatch, command):
    opened, path_open = [], Path.open

    def counting(self, *arguments, **options):
        opened.append(self.name)
        return path_open(self, *arguments, **options)

    monkeypatch.setattr(Path, "open", counting)
    assert run(capsys, command, folder)[0] == 0
    assert opened.count("rows.csv") == 1 and "run.h5" not in opened


OPEN_CIRCUIT = (
    "endurance", "forming", "ispp", "iv", "ltp_ltd", "multilevel_compliance", "ppf",
    "read_disturb", "reset_stop", "retention",
)  # fmt: skip


@pytest.mark.parametrize("protocol", OPEN_CIRCUIT)
def test_a_lost_contact_is_no_success(capsys, tmp_path, protocol):
    _, recipe, options = SHORT_RUNS[protocol]
    job = ["--bench", "ideal", "--device", "open", "--recipe", recipe, "--out", str(tmp_path)]
    code, out, _ = run(
        capsys, "run", protocol, *job, *(word for option in options for word in ("--set", option))
    )
    assert code == 1 and "the contact to the device was lost" in out
    (folder,) = tmp_path.iterdir()
    assert out.splitlines()[-1] == str(folder) and len(mho.load(folder)) > 0


def test_a_run_without_a_row_is_no_success(capsys, tmp_path):
    def nothing(bench, recipe):
        yield from ()

    job = mho.read_job("ispp", "ideal", "resistor", "one-target")
    job = replace(job, protocol=replace(job.protocol, run=nothing))
    assert run_job(job, tmp_path, confirmed=True) == 1
    assert "nothing was measured" in capsys.readouterr().out


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
