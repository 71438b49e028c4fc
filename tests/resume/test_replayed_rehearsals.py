"""A rehearsal cut anywhere and gone on with equals one that was not interrupted, byte for byte."""

import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from mho import settings
from mho.clock import RealClock
from mho.dose import Dose
from mho.errors import MhoError, SettingsError
from mho.job import read_job
from mho.ledger import Ledger, ledger_path
from mho.recording.broken_run import read_broken_run
from mho.recording.documents import read_start, read_stop
from mho.recording.dose_file import DoseFile, dose_of
from mho.resume import recorded_job
from mho.run import execute, go_on

RUNS = (
    ("ispp", "one-target", "cu-te-1t1r", "ideal"),
    ("ispp", "one-target", "cu-te-1t1r", "ni-pxie-4139"),
    ("iv", "double-sweep", "cu-te", "keithley-4200a"),
    ("ltp_ltd", "cu-te", "cu-te", "ideal"),
    ("endurance", "published-275", "alpha-fe2o3", "ideal"),
)


def sample_file(folder: Path, device: str) -> str:
    path = folder / "W12.toml"
    path.write_text(f'name = "W12"\ndevice = "{device}"\n[cells]\ngrid = "2 x 2"\n', "utf-8")
    return str(path)


def cut(folder: Path, cut_folder: Path, size: int) -> Path:
    """The folder of a run as it is when its process is killed."""
    shutil.copytree(folder, cut_folder)
    rows = cut_folder / "rows.csv"
    rows.write_bytes(rows.read_bytes()[:size])
    for name in ("stop.json", "run.h5", "cell_after.npz", "results.json"):
        (cut_folder / name).unlink(missing_ok=True)
    return cut_folder


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run[0]}-{run[3]}")
def test_cut_anywhere_and_gone_on_with(tmp_path: Path, run: tuple[str, ...]) -> None:
    protocol, recipe, device, bench = run
    whole = execute(read_job(protocol, bench, device, recipe), tmp_path / "whole").folder
    written = (whole / "rows.csv").read_bytes()
    chance = random.Random(protocol)
    for number, size in enumerate((5, len(written), *chance.sample(range(len(written)), 2))):
        folder = cut(whole, tmp_path / f"cut{number}", size)
        broken = read_broken_run(folder, RealClock().wall_time(), rehearsed=True)
        outcome = go_on(recorded_job(broken.start), broken)
        assert outcome.error is None
        assert (folder / "rows.csv").read_bytes() == written
        assert len(read_start(folder).resumed) == 1
        with pytest.raises(SettingsError, match="came to its end"):
            read_broken_run(folder, RealClock().wall_time(), rehearsed=True)


def test_rows_that_come_out_otherwise_stop_it(tmp_path: Path) -> None:
    whole = execute(read_job("ispp", "ideal", "cu-te-1t1r", "one-target"), tmp_path / "whole")
    written = (whole.folder / "rows.csv").read_bytes()
    folder = cut(whole.folder, tmp_path / "cut", len(written) // 2)
    rows = folder / "rows.csv"
    edited = rows.read_bytes().replace(b"above", b"below", 1)
    rows.write_bytes(edited)
    broken = read_broken_run(folder, RealClock().wall_time(), rehearsed=True)
    outcome = go_on(recorded_job(broken.start), broken)
    assert "comes out otherwise this time" in str(outcome.error)
    assert rows.read_bytes().startswith(edited[: edited.rfind(b"\n")])


def test_a_cell_is_as_if_nothing_had_happened(tmp_path: Path) -> None:
    """Dose, state and the runs that follow, whether a run was killed in between or not."""
    found = {}
    for kind in ("whole", "cut"):
        (tmp_path / kind).mkdir()
        sample = sample_file(tmp_path / kind, "cu-te-1t1r")

        def run(recipe: str, sample: str = sample, kind: str = kind) -> Path:
            job = read_job("ispp", "ideal", None, recipe, sample=sample, cell="r1c0")
            outcome = execute(job, tmp_path / kind / "runs")
            assert outcome.error is None
            return outcome.folder

        run("one-target")
        folder = run("one-target")
        if kind == "cut":
            _kill_afterwards(folder, Path(sample))
            broken = read_broken_run(folder, RealClock().wall_time(), rehearsed=True)
            assert go_on(recorded_job(broken.start), broken).error is None
        folders = (folder, run("one-target"))
        with Ledger(ledger_path(Path(sample), rehearsed=True)) as ledger:
            state = ledger.state("r1c0")
            assert state is not None
            found[kind] = (
                [(one / "rows.csv").read_bytes() for one in folders],
                ledger.dose("r1c0"),
                state.packed,
            )
    assert found["whole"] == found["cut"]


def _kill_afterwards(folder: Path, sample: Path) -> None:
    """Make of a run one that was killed half-way, in its folder and in the ledger."""
    stop = read_stop(folder)
    assert stop is not None
    assert stop.dose is not None
    terminals = list(settings.read_device("cu-te-1t1r")[1].terminals)
    for name in ("stop.json", "run.h5", "cell_after.npz", "results.json"):
        (folder / name).unlink(missing_ok=True)
    rows = folder / "rows.csv"
    rows.write_bytes(rows.read_bytes()[: rows.stat().st_size // 2])
    kept = DoseFile(folder, terminals, dose_of(stop.dose))
    kept.close(forget=False)
    with Ledger(ledger_path(sample, rehearsed=True)) as ledger:
        entry = next(one for one in ledger.runs() if one.run == folder.name)
        ledger.put(replace(entry, status="running", stopped=None, dose=Dose()))
        ledger._base.execute(
            "update states set arrays = ?, age = 0",
            ((folder / "cell_before.npz").read_bytes(),),
        )


def test_a_folder_that_does_not_say_the_dose_is_not_gone_on_with(tmp_path: Path) -> None:
    sample = sample_file(tmp_path, "cu-te-1t1r")
    job = read_job("ispp", "ideal", None, "one-target", sample=sample, cell="r0c0")
    folder = execute(job, tmp_path / "runs").folder
    (folder / "stop.json").unlink()
    with pytest.raises(MhoError, match="does not say what it did to its cell"):
        read_broken_run(folder, RealClock().wall_time(), rehearsed=True)
