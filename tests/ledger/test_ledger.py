"""The ledger: dose and state of cells over runs, whatever happens to the file."""

import multiprocessing
import os
import signal
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from mho.dose import Charge, Dose, TerminalDose
from mho.errors import BenchInUse, LimitError, SettingsError
from mho.job import Job, read_job
from mho.ledger import Entry, Ledger, ledger_path, rebuilt
from mho.recording import load
from mho.recording.dose_file import DoseFile, dose_of, read_dose, recorded_dose
from mho.run import execute
from mho.stimuli import Purpose


def sample_file(folder: Path, more: str = "") -> Path:
    path = folder / "W12.toml"
    path.write_text(
        f'name = "W12"\ndevice = "cu-te-1t1r"\n{more}\n[cells]\ngrid = "2 x 2"\n', "utf-8"
    )
    return path


def job(sample: Path, cell: str = "r0c0", **more: object) -> Job:
    return read_job("ispp", "ideal", None, "one-target", sample=str(sample), cell=cell, **more)  # type: ignore[arg-type]


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as base:
        return {
            name: sorted(base.execute(f"select * from {name}"), key=repr)
            for name in ("runs", "dose", "results", "states")
        }


def test_the_dose_is_what_the_rows_say(tmp_path: Path) -> None:
    sample = sample_file(tmp_path)
    pulses, program, read = 0, 0.0, 0.0
    for _ in range(3):
        outcome = execute(job(sample), tmp_path / "runs")
        rows = load(outcome.folder)
        pulses += len(rows)
        program += float((rows["pulse_current"].abs() * rows["width"]).sum())
        read += float(rows["current"].abs().sum()) * 10e-3
    with Ledger(ledger_path(sample, rehearsed=True)) as ledger:
        at = ledger.dose("r0c0")["TE"]
        assert ledger.dose("r0c1") == Dose()
    assert at.pulses == pulses
    assert at.charges[Purpose.PROGRAM].magnitude == pytest.approx(program, rel=1e-9)
    assert at.charges[Purpose.READ].magnitude == pytest.approx(read, rel=1e-9)


def test_the_limits_hold_over_the_life_of_a_cell(tmp_path: Path) -> None:
    sample = sample_file(tmp_path)
    limited = {"options": ["device.dose.max_pulses=150", "max_pulses=100"]}
    first = execute(job(sample, **limited), tmp_path / "runs")
    had = len(load(first.folder))
    assert 50 < had <= 100
    (refused,) = job(sample, **limited).refusals()
    assert refused == (
        "up to 100 programming pulses are planned; the device Cu:Te 1T1R allows 150 in its life "
        f"(dose.max_pulses), and this cell had {had}"
    )
    with pytest.raises(LimitError):
        execute(job(sample, **limited), tmp_path / "runs")
    assert job(sample, "r0c1", **limited).refusals() == []
    fewer = {"options": ["device.dose.max_pulses=150", f"max_pulses={150 - had}"]}
    assert job(sample, **fewer).refusals() == []


def test_it_is_made_again_from_the_folders(tmp_path: Path) -> None:
    sample = sample_file(tmp_path)
    for cell in ("r0c0", "r0c1", "r0c0"):
        assert execute(job(sample, cell), tmp_path / "runs").error is None
    other = tmp_path / "other"
    other.mkdir()
    text = sample_file(other).read_text("utf-8").replace("W12", "W13")
    sample_file(other).write_text(text, "utf-8")
    assert execute(job(other / "W12.toml"), tmp_path / "runs").error is None
    path = ledger_path(sample, rehearsed=True)
    kept = tables(path)
    path.write_bytes(b"not a ledger at all" * 1000)
    with pytest.raises(SettingsError, match="mho ledger rebuild"):
        Ledger(path)
    made, left_out = rebuilt(path, "W12", [tmp_path / "runs"], rehearsed=True)
    assert (made, left_out) == (3, [])
    assert tables(path) == kept
    assert rebuilt(path, "W99", [tmp_path / "runs"], rehearsed=True) == (0, [])
    assert tables(path) == kept
    assert not ledger_path(sample, rehearsed=False).exists()


def test_a_lab_folder_may_be_moved(tmp_path: Path) -> None:
    """The ledger is in its folder of samples, the runs beside that: their paths move along."""
    lab, moved, far = tmp_path / "lab", tmp_path / "moved", tmp_path / "elsewhere" / "run2"
    (lab / "samples").mkdir(parents=True)
    with Ledger(lab / "samples" / "W12.rehearsal.sqlite") as ledger:
        ledger.put(replace(entry(1), folder=lab / "data" / "runs" / "run1"))
        ledger.put(replace(entry(2), folder=far))
        assert [one.folder for one in ledger.runs()] == [lab / "data" / "runs" / "run1", far]
    lab.rename(moved)
    with Ledger(moved / "samples" / "W12.rehearsal.sqlite") as ledger:
        assert [one.folder for one in ledger.runs()] == [moved / "data" / "runs" / "run1", far]


def test_a_folder_that_cannot_be_read_is_left_out_and_named(tmp_path: Path) -> None:
    sample = sample_file(tmp_path)
    folders = [execute(job(sample), tmp_path / "runs").folder for _ in range(3)]
    (folders[1] / "start.json").write_text("{", "utf-8")
    path = ledger_path(sample, rehearsed=True)
    made, left_out = rebuilt(path, "W12", [tmp_path / "runs"], rehearsed=True)
    assert made == 2
    assert len(left_out) == 1
    assert folders[1].name in left_out[0]


def test_a_ledger_of_a_newer_mho_and_a_foreign_file_are_refused(tmp_path: Path) -> None:
    newer, foreign = tmp_path / "newer.sqlite", tmp_path / "foreign.sqlite"
    Ledger(newer).close()
    with closing(sqlite3.connect(newer)) as base:
        base.execute("pragma user_version = 99")
    with closing(sqlite3.connect(foreign)) as base:
        base.execute("create table recipes (name text)")
    with pytest.raises(SettingsError, match="version 99, written by a newer mho"):
        Ledger(newer)
    with pytest.raises(SettingsError, match="is no ledger of mho"):
        Ledger(foreign)


def test_one_cell_at_a_time(tmp_path: Path) -> None:
    sample = sample_file(tmp_path)

    def begin_another(_row: object) -> None:
        with pytest.raises(BenchInUse, match=r"cell r0c0 of .* is in use"):
            execute(job(sample), tmp_path / "runs")
        if not busy:
            busy.append(execute(job(sample, "r1c1"), tmp_path / "runs").error)

    busy: list[BaseException | None] = []
    outcome = execute(job(sample), tmp_path / "runs", [begin_another])
    assert (outcome.error, outcome.stop.observers_failed, busy) == (None, (), [None])


def test_what_a_sample_demands_of_a_run(tmp_path: Path) -> None:
    sample = sample_file(tmp_path, 'require = ["operator", "tags"]')
    with pytest.raises(SettingsError) as caught:
        job(sample)
    assert len(caught.value.problems) == 2
    assert "asks for operator of every run; give --operator" in str(caught.value)
    assert "give --tag" in str(caught.value)


def entry(number: int) -> Entry:
    dose = Dose({"TE": TerminalDose(number, {Purpose.PROGRAM: Charge(1e-9, 2e-9, 1e-3)})})
    return Entry(
        run=f"run{number}",
        cell=f"r0c{number % 3}",
        folder=Path(f"run{number}"),
        protocol="ispp",
        recipe="one-target",
        bench="ideal",
        device="cu-te",
        profile="0",
        started="2026-01-01T00:00:00+00:00",
        stopped=None,
        status="running",
        reason="",
        rows=0,
        conductance=None,
        dose=dose,
    )


def write_for_ever(path: Path, begin: int) -> None:
    number = begin
    while True:
        with Ledger(path) as ledger:
            ledger.put(entry(number))
        number += 1


@pytest.mark.parametrize(
    "kills", [2, pytest.param(60, marks=[pytest.mark.slow, pytest.mark.timeout(0)])]
)
def test_two_processes_and_kills_leave_it_whole(tmp_path: Path, kills: int) -> None:
    path = tmp_path / "W12.ledger.sqlite"
    spawning = multiprocessing.get_context("spawn")
    Ledger(path).close()
    runs = 0
    for number in range(kills):
        writers = [
            spawning.Process(target=write_for_ever, args=(path, begin + number * 10_000))
            for begin in (0, 5_000)
        ]
        for writer in writers:
            writer.start()
        for _ in range(6_000):
            with Ledger(path) as ledger:
                now = len(ledger.runs())
            if now >= runs + 4:
                break
            writers[0].join(0.01)
        for writer in writers:
            os.kill(writer.pid or 0, getattr(signal, "SIGKILL", signal.SIGTERM))
            writer.join()
        with closing(sqlite3.connect(path)) as base:
            assert base.execute("pragma integrity_check").fetchall() == [("ok",)]
        with Ledger(path) as ledger:
            found = ledger.runs()
        assert len(found) >= runs + 4
        assert all(one.dose["TE"].pulses == int(one.run.removeprefix("run")) for one in found)
        runs = len(found)


def test_the_kept_dose_is_never_less_than_what_was_applied(tmp_path: Path) -> None:
    """The file before each pulse: all before it, and the worst of this one."""
    sample, kept = sample_file(tmp_path), []

    def look(_row: object) -> None:
        (folder,) = (tmp_path / "runs").iterdir()
        kept.append(read_dose(folder))

    outcome = execute(job(sample), tmp_path / "runs", [look])
    rows = load(outcome.folder)
    applied = (rows["pulse_current"].abs() * rows["width"]).cumsum()
    worst = 5e-3 * 10e-3
    for number, (dose, charge) in enumerate(zip(kept, applied, strict=True), start=1):
        assert dose is not None
        assert dose["TE"].pulses == number
        program = dose["TE"].charges[Purpose.PROGRAM].magnitude
        assert charge <= program <= charge + worst * (1 + 1e-9)
    assert read_dose(outcome.folder) is None
    assert outcome.stop.dose is not None
    total = dose_of(outcome.stop.dose)["TE"].charges[Purpose.PROGRAM].magnitude
    assert total == pytest.approx(float(applied.iloc[-1]), rel=1e-9)


def test_a_dose_is_written_and_read_back(tmp_path: Path) -> None:
    dose = entry(7).dose
    DoseFile(tmp_path, ["TE", "gate"], dose).close(forget=False)
    found = read_dose(tmp_path)
    assert found is not None
    assert found["TE"].charges[Purpose.PROGRAM] == Charge(1e-9, 2e-9, 1e-3)
    assert found["TE"].pulses == 7
    assert dose_of(recorded_dose(found))["TE"].pulses == 7
    (tmp_path / "dose.bin").write_bytes(b"{}")
    with pytest.raises(SettingsError, match="what this run did to its cell is not known"):
        read_dose(tmp_path)


def test_a_run_that_died_before_it_could_apply_anything_leaves_nothing(tmp_path: Path) -> None:
    sample = sample_file(tmp_path)
    execute(job(sample), tmp_path / "runs")
    path = ledger_path(sample, rehearsed=True)
    left = tmp_path / "runs" / "half made"
    left.mkdir()
    (left / "start.json").write_text("{", "utf-8")
    with Ledger(path) as ledger:
        (first,) = ledger.runs()
        ledger.put(replace(first, run="half made", folder=left, status="beginning"))
    outcome = execute(job(sample), tmp_path / "runs")
    assert outcome.error is None
    assert not left.exists()
    with Ledger(path) as ledger:
        assert [one.run for one in ledger.runs()] == [first.run, outcome.folder.name]


def test_a_run_that_died_after_its_end_has_its_state(tmp_path: Path) -> None:
    """Its folder is whole, the ledger does not know it yet."""
    sample = sample_file(tmp_path)
    found = []
    for dies in (False, True):
        base = tmp_path / str(dies)
        base.mkdir()
        sample = sample_file(base)
        first = execute(job(sample), base / "runs").folder
        path = ledger_path(sample, rehearsed=True)
        if dies:
            with Ledger(path) as ledger:
                (entry,) = ledger.runs()
                ledger.put(replace(entry, status="running", stopped=None, dose=Dose()))
                ledger._base.execute("delete from states")
        second = execute(job(sample), base / "runs").folder
        found.append([(folder / "rows.csv").read_bytes() for folder in (first, second)])
    assert found[0] == found[1]
