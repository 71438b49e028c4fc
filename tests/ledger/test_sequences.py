"""Runs one after another on a cell give what one session gives."""

from pathlib import Path

import pandas as pd
import pytest

from mho.clock import VirtualClock
from mho.job import Job, read_job
from mho.recording import load
from mho.rehearsal import World
from mho.run import execute

BENCHES = ("ideal", "ni-pxie-4139", "keithley-4200a", "keithley-4200a-pmu")
SEQUENCE = (
    ("forming", "cu-te-ramp", ()),
    ("iv", "double-sweep", ()),
    ("ispp", "one-target", ("width='10 ms'",)),
    ("read_disturb", "cu-te", ()),
)


def sample_file(folder: Path, device: str = "cu-te-pristine", cells: str = 'grid = "2 x 2"') -> str:
    path = folder / "W12.toml"
    path.write_text(f'name = "W12"\ndevice = "{device}"\n[cells]\n{cells}\n', "utf-8")
    return str(path)


def job(sample: str, bench: str, number: int, cell: str = "r0c1") -> Job:
    protocol, recipe, options = SEQUENCE[number]
    return read_job(protocol, bench, None, recipe, options=options, sample=sample, cell=cell)


@pytest.mark.parametrize("bench", BENCHES)
def test_four_runs_give_what_one_session_gives(tmp_path: Path, bench: str) -> None:
    jobs = [job(sample_file(tmp_path), bench, number) for number in range(len(SEQUENCE))]
    separate = []
    for one in jobs:
        outcome = execute(one, tmp_path / "runs")
        assert outcome.error is None
        separate.append(load(outcome.folder))
    world = jobs[0].setup.simulated_world(VirtualClock())
    for one, rows in zip(jobs, separate, strict=True):
        began = world.clock.now()
        with one.setup.open(world=world) as opened:
            together = pd.DataFrame(list(one.rows(opened)))
        assert len(together) == len(rows)
        for column in ("time", "voltage", "current", "conductance"):
            if column in rows:
                shift = began if column == "time" else 0.0
                expected = together[column].to_numpy() - shift
                assert rows[column].to_numpy() == pytest.approx(expected, rel=1e-9, nan_ok=True)


def _world(one: Job) -> World:
    return one.setup.simulated_world(VirtualClock())
