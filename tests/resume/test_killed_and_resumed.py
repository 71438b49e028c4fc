"""A rehearsal that is killed and gone on with ends as if nothing had happened.

``pytest -m slow tests/resume`` kills 500 runs over all protocols and benches.
"""

import json
import os
import random
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from core.test_protocol_rows import QUICK

import mho
from mho.clock import RealClock
from mho.errors import MhoError
from mho.job import read_job
from mho.recording import read_stop
from mho.recording.broken_run import read_broken_run
from mho.resume import recorded_job
from mho.run import go_on

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL on Windows")

BENCHES = ("ideal", "ni-pxie-4139", "keithley-4200a", "keithley-4200a-pmu")
KILLER = Path(__file__).parents[1] / "system" / "killed_runs.py"


@cache
def jobs_of(protocol: str) -> tuple[tuple[str, str, str, str], ...]:
    """A protocol on every bench that plays it."""
    device, recipe = QUICK[protocol]
    found = []
    for bench in BENCHES:
        try:
            if not read_job(protocol, bench, device, recipe).refusals():
                found.append((protocol, bench, device, recipe))
        except MhoError:  # the bench has no terminal of the device
            continue
    return tuple(found)


@cache
def jobs() -> tuple[tuple[str, str, str, str], ...]:
    """Every protocol on every bench that plays it."""
    return tuple(job for protocol in QUICK for job in jobs_of(protocol))


@pytest.mark.slow
def test_every_protocol_and_every_bench_is_among_them() -> None:
    assert {job[0] for job in jobs()} == set(QUICK)
    assert {job[1] for job in jobs()} == set(BENCHES)


@pytest.mark.parametrize(
    "kills", [4, pytest.param(500, marks=[pytest.mark.slow, pytest.mark.timeout(0)])]
)
def test_killed_anywhere_and_gone_on_with(tmp_path: Path, kills: int) -> None:
    chance = random.Random(kills)
    whole: dict[tuple[str, ...], bytes] = {}
    killed = 0
    with subprocess.Popen(
        [sys.executable, str(KILLER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(kills):
            some = jobs() if kills > 50 else jobs_of(chance.choice(list(QUICK)))
            job = some[number % len(some)]
            order = {
                "folder": str(tmp_path / str(number)),
                "moment": chance.expovariate(4.0),
                "job": job,
                "seed": 1,
            }
            print(json.dumps(order), file=process.stdin, flush=True)
            killed += json.loads(process.stdout.readline())["killed"]
            (run,) = (path for path in (tmp_path / str(number)).iterdir() if path.is_dir())
            if job not in whole:
                whole[job] = _rows_undisturbed(job, tmp_path / "whole")
            stop = read_stop(run)
            if stop is None or stop.exit_status != "success":
                broken = read_broken_run(run, RealClock().wall_time(), rehearsed=True)
                assert go_on(recorded_job(broken.start), broken).error is None
            assert (run / "rows.csv").read_bytes() == whole[job], job
        process.stdin.close()
    assert killed >= kills // 4


def _rows_undisturbed(job: tuple[str, str, str, str], out: Path) -> bytes:
    protocol, bench, device, recipe = job
    outcome = mho.execute(mho.read_job(protocol, bench, device, recipe, seed=1), out)
    return (outcome.folder / "rows.csv").read_bytes()
