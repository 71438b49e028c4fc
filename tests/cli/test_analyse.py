"""``mho analyse`` of recorded runs and of files."""

import json
from pathlib import Path

import pandas as pd
import pytest
from recorded_runs import SHORT_RUNS

import mho
from mho.cli import main
from mho.result import Result


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs")
    job = ["--bench", "ideal", "--device", "cu-te", "--recipe", "double-sweep", "--out", str(out)]
    assert main(["run", "iv", *job]) == 0
    return next(out.iterdir())


def run(capsys, *arguments):
    code = main(["analyse", "conduction", *map(str, arguments)])
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return code, captured.out, captured.err


def test_every_mechanism_is_tried(capsys, sweep):
    code, out, _ = run(capsys, sweep, "--window", "0.05 V", "0.4 V", "--thickness", "30 nm")
    assert code == 0
    for name in ("ohmic", "SCLC", "Schottky", "Poole-Frenkel", "Fowler-Nordheim", "hopping"):
        assert name in out
    assert "50 mV to 400 mV" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--cycle", "99"), "it has cycles"),
        (("--window", "1 V", "0.5 V"), "lower magnitude first"),
        (("--window", "1", "2"), "no unit"),
        (("--thickness", "30 V"), "write a length"),
        (("--thickness", "0 nm"), "above 0"),
        (("--thickness", "-30 nm"), "above 0"),
        (("--thickness", "30 nm", "--temperature", "0 K"), "above 0"),
    ],
)
def test_mistakes_are_told(capsys, sweep, arguments, words):
    code, _, err = run(capsys, sweep, *arguments)
    assert code == 2
    assert words in err


def test_a_run_without_a_sweep_is_refused(capsys, tmp_path):
    job = ["--bench", "ideal", "--device", "cu-te-1t1r", "--recipe", "one-target"]
    assert main(["run", "ispp", *job, "--out", str(tmp_path)]) == 0
    capsys.readouterr()
    code, _, err = run(capsys, next(Path(tmp_path).iterdir()), "--cycle", 1)
    assert code == 1 and "the voltage is constant" in err


ANALYSES = {
    "conduction": ("iv", "slope"),
    "switching": ("iv", "set_voltage"),
    "noise": ("retention", "noise_exponent"),
    "levels": ("reset_stop", "distinguishable_states"),
    "weibull": ("endurance", "weibull_shape"),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    found = {}
    for protocol, _ in ANALYSES.values():
        device, recipe, options = SHORT_RUNS[protocol]
        if protocol == "retention":
            options = ["times.duration=10 s"]
        job = mho.read_job(protocol, "ideal", device, recipe, options=options)
        found[protocol] = mho.execute(job, tmp_path_factory.mktemp("runs")).folder
    return found


@pytest.mark.parametrize("analysis", ANALYSES)
def test_every_analysis_prints_and_draws(capsys, runs, analysis):
    protocol, figure_of_merit = ANALYSES[analysis]
    code, out, _ = main_run(capsys, analysis, runs[protocol])
    assert code == 0 and figure_of_merit in out
    picture = Path("".join(out.splitlines()[-1:]))
    assert picture == runs[protocol] / f"{analysis}.png"
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("analysis", ANALYSES)
def test_every_analysis_as_json(capsys, runs, analysis, tmp_path):
    protocol, figure_of_merit = ANALYSES[analysis]
    picture = tmp_path / "figure.svg"
    code, out, err = main_run(capsys, analysis, runs[protocol], "--json", "--out", picture)
    document = json.loads(out, parse_constant=pytest.fail)
    assert code == 0 and document["analysis"] == analysis and str(picture) in err
    assert picture.exists()
    results = [Result(**one | {"interval": pair(one["interval"])}) for one in document["results"]]
    assert figure_of_merit in {result.name for result in results}


def pair(interval):
    return None if interval is None else tuple(interval)


def main_run(capsys, *arguments):
    code = main(["analyse", *map(str, arguments)])
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return code, captured.out, captured.err


def test_a_run_and_a_table_of_it_say_the_same(capsys, runs, tmp_path):
    rows, table = mho.load(runs["iv"]), tmp_path / "theirs.csv"
    swept = rows[rows["part"] != "read"].assign(chip="A1")
    other = swept.assign(chip="B7", current=0.0)
    heads = {"level": "Bias / mV", "current": "I (uA)", "chip": "chip"}
    written = pd.concat([swept, other]).assign(
        level=lambda t: 1e3 * t["level"], current=lambda t: 1e6 * t["current"]
    )
    written[list(heads)].rename(columns=heads).to_csv(table, sep=";", decimal=",", index=False)
    _, of_run, _ = main_run(capsys, "switching", runs["iv"], "--json")
    code, of_file, _ = main_run(capsys, "switching", table, "--where", "chip=A1", "--json")
    assert code == 0
    of_run, of_file = (
        {one["name"]: one["value"] for one in json.loads(text)["results"]}
        for text in (of_run, of_file)
    )
    assert of_file == {
        name: value and pytest.approx(value, rel=1e-6) for name, value in of_run.items()
    }
    assert of_file["set_cycles"] == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("noise", "--interval", "10 V"), "a time"),
        (("noise", "--where", "level"), "write COLUMN=VALUE"),
        (("noise", "--where", "level=9"), "there are 0"),
        (("noise", "--current", "I (A)"), "the columns of a run are known"),
        (("noise", "--delimiter", ";"), "the columns of a run are known"),
        (("noise", "--out", "x.doc"), ".png, .pdf, .svg"),
        (("levels", "--minimum-gap", "0.2"), "no unit"),
        (("levels", "--z", "0"), "--z: 0 must be a number above 0"),
        (("levels", "--z", "nan"), "--z: nan must be a number above 0"),
        (("switching", "--compliance", "1 mA"), "a run has it in its rows"),
        (("weibull",), "give runs of the protocol endurance"),
    ],
)
def test_mistakes_of_every_analysis_are_told(capsys, runs, arguments, words):
    analysis, *options = arguments
    code, _, err = main_run(capsys, analysis, runs["retention"], *options)
    assert code == 2 and words in err


def test_cells_that_did_not_fail_are_survivors(capsys, runs):
    code, out, _ = main_run(capsys, "weibull", runs["endurance"], runs["endurance"], "--json")
    told = {one["name"]: one["value"] for one in json.loads(out)["results"]}
    assert code == 0 and (told["failures"], told["survivors"]) == (0.0, 2.0)


def test_too_few_rows_of_a_file_are_told(capsys, tmp_path):
    path = tmp_path / "short.csv"
    path.write_text("t (s),I (A)\n0,1e-6\n1,2e-6\n2,1e-6\n", encoding="utf-8")
    code, out, _ = main_run(capsys, "noise", path, "--json")
    told = {one["name"]: one for one in json.loads(out)["results"]}
    assert code == 0
    assert told["noise_exponent"]["value"] is None
    assert "16 reads" in told["noise_exponent"]["undetermined"]
    assert "needs 4 points" in told["rsd"]["undetermined"]


def test_the_figure_of_a_file_lands_where_one_works(capsys, tmp_path, monkeypatch):
    (tmp_path / "theirs").mkdir()
    path = tmp_path / "theirs" / "cells.csv"
    path.write_text("cell;lifetime\n" + "".join(f"{n};{100 * n}\n" for n in range(1, 9)))
    monkeypatch.chdir(tmp_path)
    code, out, _ = main_run(capsys, "weibull", path)
    assert code == 0 and out.splitlines()[-1] == "cells_weibull.png"
    assert (tmp_path / "cells_weibull.png").exists()
    assert list(path.parent.iterdir()) == [path]
