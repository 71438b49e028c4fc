"""``mho arena --bench``: the same table and JSON from recorded runs of `program` on a bench."""

import json
from dataclasses import replace

import numpy as np
import pytest

import mho
from mho.arena.entrants import entrants_of
from mho.arena.means import Terms
from mho.arena.on_bench import Replay, matches
from mho.arena.recorded import Played, played, rounds_of
from mho.cli import main
from mho.errors import SettingsError
from mho.job import Said
from mho.programming.judged import CHECK, TUNING, JudgedTarget, judged_targets
from mho.protocols.program import Phase
from mho.recording.folder import read_run

SHORT = ("--targets", "2", "--tolerance", "5 %", "--over", "1 s", "--look", "0.64 s")


def held(capsys, tmp_path, *options, bench="ideal"):
    out, picture = tmp_path / "runs", tmp_path / "arena.png"
    code = main(
        ["arena", "--bench", bench, *SHORT, "--out", str(out), "--figure", str(picture), *options]
    )
    folders = sorted(out.iterdir()) if out.exists() else []
    return code, capsys.readouterr(), folders, picture


REPLAY = Replay(
    bench="ideal", device="cu-te-1t1r", sample=None, cells=None, devices=1, targets=2, ends=None,
    tolerances=(0.03, 0.01), entrants=entrants_of(["ispp,adaptive:sure=0.95"]), terms=Terms(),
    seed=4, options=(), wire=False, said=Said(),
)  # fmt: skip


def test_phases_are_those_of_the_rows():
    assert {TUNING, CHECK} == set(Phase)


def test_every_algorithm_meets_every_cell_at_every_tolerance_and_each_is_first_somewhere():
    found = matches(replace(REPLAY, devices=2))
    assert [(one.cell, one.tolerance, one.entrant) for one in found] == [
        ("device 1", 0.03, "ispp"), ("device 1", 0.03, "adaptive sure=0.95"),
        ("device 1", 0.01, "ispp"), ("device 1", 0.01, "adaptive sure=0.95"),
        ("device 2", 0.03, "adaptive sure=0.95"), ("device 2", 0.03, "ispp"),
        ("device 2", 0.01, "adaptive sure=0.95"), ("device 2", 0.01, "ispp"),
    ]  # fmt: skip
    assert [one.job.setup.seed for one in found] == [4] * 4 + [5] * 4
    for one in found:
        recipe = one.job.recipe
        assert recipe.tolerance == one.tolerance
        assert recipe.settings == ({} if one.entrant == "ispp" else {"sure": 0.95})
        assert len(recipe.targets) == 2
        assert recipe.pulses.shortest < 10e-3 < recipe.pulses.longest


def test_what_is_set_is_laid_over_the_rest():
    (first, *_) = matches(
        replace(REPLAY, options=("pulses.most=7", "device.pulse_width=1 ms"), ends=(2e-5, 3e-5))
    )
    assert first.job.recipe.pulses.most == 7
    assert first.job.recipe.pulses.longest == pytest.approx(3e-3)
    assert first.job.recipe.targets == (20e-6, 30e-6)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"bench": "ni-pxie-4139", "devices": 2, "options": ("bench.target=local",)}, "one device"),
        ({"device": "constant-step"}, "reset_curve"),
        ({"options": ("pulses.mots=7",)}, "most"),
        ({"cells": "r0c0"}, "array"),
    ],
)
def test_what_cannot_be_replayed_is_refused(changes, said):
    with pytest.raises(SettingsError, match=said):
        matches(replace(REPLAY, **changes))


def test_the_command_tells_the_time_records_its_runs_and_ranks_them(capsys, tmp_path):
    code, said, folders, picture = held(
        capsys, tmp_path, "--algorithms", "ispp,adaptive", "--calibration"
    )
    assert code == 0, said.err
    assert len(folders) == 2
    assert picture.stat().st_size > 10_000
    assert said.out.index("the judged means alone take 8 s") < said.out.index("5 %: 2 targets each")
    for word in ("no cell is placed on a bench", "stress mV s", "said %", str(folders[0])):
        assert word in said.out
    assert all("_program_" in folder.name for folder in folders)
    assert {read_run(folder).start.tags for folder in folders} == {("arena",)}


def test_json_is_that_of_the_simulated_contest_and_names_the_runs(capsys, tmp_path):
    code, said, folders, _ = held(capsys, tmp_path, "--algorithms", "ispp,adaptive", "--json")
    assert code == 0, said.err
    found = json.loads(said.out)
    assert main(["arena", "--devices", "1", *SHORT, "--algorithms", "ispp,adaptive", "--json",
                 "--figure", str(tmp_path / "b.png")]) == 0  # fmt: skip
    simulated = json.loads(capsys.readouterr().out)
    assert set(found) - set(simulated) == {"runs"}
    ours, theirs = (one["rounds"][0]["algorithms"][0] for one in (found, simulated))
    assert set(ours) == set(theirs)
    assert {one["folder"] for one in found["runs"]} == {str(folder) for folder in folders}
    assert found["rounds"][0]["noise_ceiling"]["value"] is None
    np.testing.assert_allclose(found["targets"], simulated["targets"], rtol=1e-5)
    # the numbers are those of the runs
    by_name = {one["name"]: one for one in found["rounds"][0]["algorithms"]}
    for one in found["runs"]:
        run = mho.load(one["folder"])
        pulses = run.groupby("target_index")["pulse"].max()
        assert by_name[one["algorithm"]]["pulses"]["value"] == pulses.median()
        assert by_name[one["algorithm"]]["cells"] == len(pulses) == 2
    assert found["bench"].endswith("ideal") and simulated["bench"] is None


def test_cells_of_a_sample_are_met_one_after_the_other(capsys, tmp_path):
    sample = tmp_path / "wafer.toml"
    sample.write_text(
        'name = "wafer"\ndevice = "cu-te-1t1r"\n[cells]\ngrid = "1 x 3"\n', encoding="utf-8"
    )
    code, said, folders, _ = held(
        capsys, tmp_path, "--algorithms", "ispp,adaptive", "--sample", str(sample),
        "--cells", "r0c0,r0c2", "--json",
    )  # fmt: skip
    assert code == 0, said.err
    cells = [run["cell"] for run in json.loads(said.out)["runs"]]
    assert cells == ["r0c0"] * 2 + ["r0c2"] * 2
    assert len(folders) == 4
    told = [line for line in said.err.splitlines() if "targets true" in line]
    assert len(told) == 4


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--composite", "2"), "simulated cells"),
        (("--preset", "harsh"), "simulated cells"),
        (("--sample", "wafer"), "--cells"),
        (("--cells", "r0c0", "--devices", "2"), "one of the two"),
        (("--max-pulses", "15000"), "20000 are left"),
    ],
)
def test_what_does_not_fit_a_bench_is_refused_and_nothing_is_recorded(
    capsys, tmp_path, options, said
):
    code, found, folders, picture = held(capsys, tmp_path, *options)
    assert code == 2
    assert said in found.err
    assert not folders and not picture.exists()


@pytest.mark.parametrize(
    "option", [("--set", "a=1"), ("--cells", "all"), ("--yes",), ("--out", "x"), ("--wire",)]
)
def test_what_belongs_to_a_bench_is_refused_without_one(capsys, tmp_path, option):
    assert main(["arena", "--devices", "1", *option]) == 2
    assert "give --bench" in capsys.readouterr().err


def test_a_real_bench_is_not_energised_unless_somebody_agrees(capsys, tmp_path):
    code, said, folders, _ = held(
        capsys, tmp_path, "--set", 'bench.target="local"', bench="ni-pxie-4139"
    )
    assert code == 2
    assert "--yes" in said.err
    assert not folders


def test_a_run_that_broke_off_counts_as_far_as_it_came(tmp_path):
    job = mho.read_job(
        "program", "ideal", "cu-te-1t1r", "one-target",
        options=["targets=['20 uS', '60 uS']", "tolerance=10 %", "judge.lasts=1 s"],
    )  # fmt: skip
    outcome = mho.execute(job, tmp_path)
    whole = played("adaptive", 0.03, "device 1", outcome.folder)
    assert len(whole.targets) == 2 and whole.exchanges is None
    rows = mho.load(outcome.folder)
    cut = judged_targets(rows[rows["target_index"] == 0].iloc[:-2])
    assert [one.verdict for one in cut] == ["aborted"]
    assert np.isnan(cut[0].true)
    broken = Played("adaptive", 0.03, "device 2", outcome.folder, tuple(cut), None)
    nothing = Played("ispp", 0.03, "device 2", outcome.folder, (), None)
    (found,) = rounds_of([whole, broken, nothing])
    (standing,) = found.standings
    assert standing.cells == 3
    assert dict(standing.ends)["aborted"] == 1
    assert standing.true.value <= 2 / 3
    assert isinstance(whole.targets[0], JudgedTarget)


@pytest.mark.slow
@pytest.mark.parametrize("bench", ["ni-pxie-4139", "keithley-4200a"])
def test_on_a_wire_adaptive_is_the_best_and_exchanges_are_few(capsys, tmp_path, bench):
    code, said, folders, _ = held(capsys, tmp_path, "--targets", "4", "--json", bench=bench)
    assert code == 0, said.err
    (found,) = json.loads(said.out)["rounds"]
    by_name = {one["name"]: one for one in found["algorithms"]}
    assert len(by_name) == len(folders) == 5
    best = by_name.pop("adaptive")
    assert best["true"]["value"] >= max(one["true"]["value"] for one in by_name.values())
    for one in (best, *by_name.values()):
        assert 1.0 < one["exchanges_per_pulse_and_look"] <= 8.0, one["name"]
