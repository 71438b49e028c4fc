"""Runs one after another on a cell give what one session gives."""

from pathlib import Path

import pandas as pd
import pytest

from mho.job import Job, read_job
from mho.recording import load
from mho.run import execute

BENCHES = ("ideal", "ni-pxie-4139", "keithley-4200a", "keithley-4200a-pmu")
SEQUENCE = (
    ("forming", "cu-te-ramp", ()),
    ("iv", "double-sweep", ()),
    ("ispp", "one-target", ("width='10 ms'",)),
    ("read_disturb", "as-found", ()),
)
LIKE = {(bench, False): {"rel": 0.0, "abs": 0.0} for bench in BENCHES}  # to the last bit
LIKE |= {(bench, True): {"rel": 1e-9} for bench in BENCHES}
# A session of the NI driver keeps the program of its last stimulus; a new one loads it anew, and
# what follows comes up to 10 ms later, with the noise of that moment: so without any there.
STILL = ("device.model.parameters.noise=false",)
LIKE["ni-pxie-4139", True] = {"abs": 10e-3}
LIKE["ni-pxie-4139", False] = {"rel": 1e-3}


def sample_file(folder: Path, device: str = "cu-te-pristine", cells: str = 'grid = "2 x 2"') -> str:
    path = folder / "W12.toml"
    path.write_text(f'name = "W12"\ndevice = "{device}"\n[cells]\n{cells}\n', "utf-8")
    return str(path)


def job(sample: str, bench: str, number: int, cell: str = "r0c1") -> Job:
    protocol, recipe, options = SEQUENCE[number]
    if bench == "ni-pxie-4139":
        options += STILL
    return read_job(protocol, bench, None, recipe, options=options, sample=sample, cell=cell)


@pytest.mark.parametrize(
    ("bench", "cell"),
    [
        pytest.param("ideal", "r0c1", marks=pytest.mark.slow),
        ("ni-pxie-4139", "r0c1"),
        pytest.param("keithley-4200a", "r0c1", marks=pytest.mark.slow),
        ("keithley-4200a-pmu", "r1c1"),
    ],
)
def test_four_runs_give_what_one_session_gives(tmp_path: Path, bench: str, cell: str) -> None:
    """On the PMU a duration that is off by its last bit moves a digit of one read of cell r1c1."""
    jobs = [job(sample_file(tmp_path), bench, number, cell) for number in range(len(SEQUENCE))]
    separate = []
    for one in jobs:
        outcome = execute(one, tmp_path / "runs")
        assert outcome.error is None
        separate.append(load(outcome.folder))
    with jobs[0].setup.open() as session:
        for one, rows in zip(jobs, separate, strict=True):
            began = session.clock.now()
            together = pd.DataFrame(list(one.rows(session)))
            assert len(together) == len(rows)
            for column in ("time", "voltage", "current", "conductance"):
                if column in rows:
                    shift = began if column == "time" else 0.0
                    expected = together[column].to_numpy() - shift
                    near = pytest.approx(expected, **LIKE[bench, column == "time"], nan_ok=True)
                    assert rows[column].to_numpy() == near
