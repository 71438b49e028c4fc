"""Runs against requirements: every verdict, files of one's own, and what is refused."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

import mho
from mho.cli import main
from mho.errors import SettingsError
from mho.merit.pulse_states import states_of_pulses
from mho.merit.samples import NotEnoughData
from mho.recording.documents import write_results
from mho.requirements import Verdict, read_requirements, report
from mho.result import Result


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A short run of a cell up and down."""
    job = mho.read_job(
        "ltp_ltd", "ideal", "ecram-lithium", "ecram-lithium",
        options=["potentiation.pulses=20", "depression.pulses=20"],
    )  # fmt: skip
    return mho.execute(job, tmp_path_factory.mktemp("runs")).folder


def with_result(folder, tmp_path, value, interval, name="window"):
    """A copy of the run that came to this."""
    into = tmp_path / "changed"
    shutil.copytree(folder, into)
    kept = mho.results_of(folder)
    results = tuple(
        replace(one, value=value, interval=interval, undetermined="")
        if one.name == name else one
        for one in kept.results
    )  # fmt: skip
    write_results(into, replace(kept, results=results))
    return into


@pytest.mark.parametrize(
    ("value", "interval", "verdict"),
    [
        (9.0, (8.5, 9.5), Verdict.MET),
        (9.0, None, Verdict.MET),
        (8.5, (7.5, 9.5), Verdict.UNDECIDED),
        (9.0, (8.5, None), Verdict.MET),
        (9.0, (None, 9.5), Verdict.UNDECIDED),
        (7.0, (6.5, 7.9), Verdict.NOT_MET),
        (7.0, None, Verdict.NOT_MET),
    ],
)
def test_the_whole_interval_decides(run, tmp_path, value, interval, verdict):
    _, asked = read_requirements("neural-network-cell")
    found = report(asked, [with_result(run, tmp_path, value, interval)])
    answers = {one.requirement.name: one for one in found.answers}
    assert answers["on/off ratio"].verdict is verdict


def test_what_no_run_gives_is_not_measured(run, tmp_path):
    _, asked = read_requirements("neural-network-cell")
    iv = mho.execute(
        mho.read_job("read_disturb", "ideal", "ecram-lithium", "ecram-lithium"), tmp_path
    ).folder
    found = report(asked, [iv])
    assert {one.verdict for one in found.answers} == {Verdict.NOT_MEASURED}
    assert found.lost is None
    both = report(asked, [iv, run])
    assert {one.verdict for one in both.answers} != {Verdict.NOT_MEASURED}
    assert 0.3 < both.lost < 0.7


def test_runs_that_disagree_are_named_and_the_last_one_counts(run, tmp_path):
    _, asked = read_requirements("neural-network-cell")
    other = with_result(run, tmp_path, 9.0, None)
    kept = mho.results_of(other)
    later = replace(kept, run_id="later", start_time="2099-01-01T00:00:00+00:00")
    write_results(other, later)
    found = report(asked, [other, run])
    answer = next(one for one in found.answers if one.requirement.name == "on/off ratio")
    assert answer.verdict is Verdict.MET and answer.run == "later"
    assert answer.contradicted == (kept.run_id,)


def test_runs_of_two_devices_are_refused(run, tmp_path):
    _, asked = read_requirements("neural-network-cell")
    job = mho.read_job("read_disturb", "ideal", "ecram-metal-oxide", "ecram-metal-oxide")
    other = mho.execute(job, tmp_path).folder
    report(asked, [run])
    with pytest.raises(SettingsError, match="take runs of one device"):
        report(asked, [run, other])


LEGAL = """
title = "mine"
source = "me"

[[requirement]]
name = "window"
results = ["window"]
unit = "1"
at_least = 1.01

[[requirement]]
name = "width"
results = ["write_time"]
unit = "s"
at_most = "10 ms"
"""

BROKEN = {
    'at_most = "10 ms"': ('at_most = 0.01', "has no unit"),
    'unit = "s"': ('unit = "furlong"', "is none of"),
    "at_least = 1.01": ("", "give at_least or at_most"),
    'at_least = 1.01\n': ('at_least = 1.01\nat_most = 1\n', "nothing can meet it"),
    'results = ["write_time"]': ("results = []", "results"),
    'source = "me"': ('source = "me"\nsources = "x"', "sources"),
}  # fmt: skip


def test_a_file_of_ones_own(run, tmp_path, capsys):
    path = tmp_path / "mine.toml"
    path.write_text(LEGAL, "utf-8")
    assert main(["report", "requirements", str(run), "--targets", str(path)]) == 0
    said = capsys.readouterr().out
    assert said.count(" met") >= 2 and "mine (me)" in said
    assert main(["report", "requirements", str(run), "--targets", str(path), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [one["verdict"] for one in data["answers"]] == ["met", "met"]
    refused = 0
    for old, (new, told) in BROKEN.items():
        assert old in LEGAL
        path.write_text(LEGAL.replace(old, new, 1), "utf-8")
        assert main(["report", "requirements", str(run), "--targets", str(path)]) == 2
        assert told in capsys.readouterr().err
        refused += 1
    assert refused == len(BROKEN)


def test_the_report_says_what_is_asked_in_its_units_and_what_lines_lose(run, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["report", "requirements", str(run)]) == 1
    said = capsys.readouterr().out
    table = said[: said.index("conductance, low end: ")].splitlines()
    assert max(map(len, table[2:])) <= 80  # the title is as long as its source
    asymmetry = next(line for line in table if "asymmetry" in line)
    assert "at most 5 %" in asymmetry and "%" in asymmetry.split("at most 5 %")[1]
    assert "at most 9 nS" in said and "9 nS to 72 nS" in said and "at least 1000" in said
    # of the sheet: 0.18 % for the range asked for, some half for that of the cell
    assert "from 9 nS to 72 nS, as asked for: 0.18 %" in said
    assert main(["report", "requirements", str(run), "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["lost_in_lines_as_asked"] == pytest.approx(1.8e-3, rel=0.05)
    assert 0.3 < data["lost_in_lines"] < 0.7


def test_the_loss_in_lines_is_that_of_the_sheet():
    _, asked = read_requirements("neural-network-cell")
    assert asked.array.lost(9e-9, 72e-9) == pytest.approx(1.8e-3, rel=0.05)
    assert asked.array.lost(0.2e-6, 50e-6) == pytest.approx(0.51, abs=0.01)
    with pytest.raises(ValueError, match="to a higher one"):
        type(asked.array)(range=["72 nS", "9 nS"])


def test_the_exit_code_says_whether_all_is_met(run, capsys):
    assert main(["report", "requirements", str(run)]) == 1
    assert main(["report", "requirements", str(run.parent / "nothing")]) == 2
    capsys.readouterr()


@pytest.mark.parametrize("sigma", [5e-9, 2e-8])
def test_states_of_a_straight_staircase(sigma):
    """Predicted: 1 + range / (6 sigma), for white scatter on an even staircase."""
    rng = np.random.default_rng(3)
    counts, inside = [], 0
    for _ in range(200):
        traces = [
            np.linspace(1e-6, 11e-6, 200)[::way] + sigma * rng.standard_normal(200)
            for way in (1, -1)
        ]
        found = states_of_pulses(traces)
        truth = 1 + 10e-6 / (6 * sigma)
        counts.append(found.value / truth)
        inside += found.low <= truth <= found.high
    assert np.median(counts) == pytest.approx(1.0, rel=0.04)
    assert inside >= 150  # noise also widens the range that is seen, by one sigma


def test_slow_wandering_is_no_scatter():
    rng = np.random.default_rng(4)
    even = np.linspace(1e-6, 11e-6, 400) + 5e-9 * rng.standard_normal(400)
    wandering = even + 2e-7 * np.sin(np.linspace(0, 6, 400))
    assert states_of_pulses([wandering]).value == pytest.approx(
        states_of_pulses([even]).value, rel=0.05
    )


def test_too_few_reads_are_no_number_of_states():
    with pytest.raises(NotEnoughData):
        states_of_pulses([np.linspace(1e-6, 2e-6, 10)])
    with pytest.raises(NotEnoughData):
        states_of_pulses([np.linspace(1e-6, 2e-6, 100).round(9)[:0]])


def test_a_result_that_is_a_word_answers_nothing(run, tmp_path):
    _, asked = read_requirements("neural-network-cell")
    kept = mho.results_of(run)
    word = Result(name="window", value="wide", unit="", method="m", source="s")
    into = tmp_path / "word"
    shutil.copytree(run, into)
    others = tuple(one for one in kept.results if one.name != "window")
    write_results(into, replace(kept, results=(*others, word)))
    found = report(asked, [into])
    answer = next(one for one in found.answers if one.requirement.name == "on/off ratio")
    assert answer.verdict is Verdict.NOT_MEASURED
