"""Campaigns for tests: a folder with a sample and a campaign, run in another process."""

import subprocess
import sys
from pathlib import Path

CAMPAIGN = """\
name = "night"
sample = "W12.toml"
bench = "{bench}"
{more}

[[steps]]
name = "form"
protocol = "forming"
recipe = "cu-te-ramp"

[[steps]]
name = "look"
protocol = "iv"
recipe = "double-sweep"
set = ["step='200 mV'"]
when = {{ step = "form", result = "outcome", is = "formed" }}

[[steps]]
name = "tune"
protocol = "ispp"
recipe = "one-target"
set = ["targets=['50 uS']", "max_pulses=20"]
pause = "1 h"
"""


def laboratory(
    folder: Path, grid: str = "1 x 2", bench: str = "ideal", more: str = "", seed: int = 3
) -> Path:
    """A folder with a sample of pristine cells; gives the campaign file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "W12.toml").write_text(
        f'name = "W12"\ndevice = "cu-te-pristine"\n[cells]\ngrid = "{grid}"\n'
        f"[rehearsal]\nseed = {seed}\n",
        "utf-8",
    )
    path = folder / "night.toml"
    path.write_text(CAMPAIGN.format(bench=bench, more=more), "utf-8")
    return path


def started(path: Path, *options: str) -> subprocess.Popen[bytes]:
    """The campaign in a process of its own, runs beside its file."""
    return subprocess.Popen(
        [
            sys.executable, "-m", "mho", "campaign", "run", str(path),
            "--out", str(path.parent / "runs"), *options,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=path.parent,
    )  # fmt: skip


def rows_by_work(folder: Path) -> dict[tuple[str, str], bytes]:
    """The rows of every run, by cell and step.

    Raises
    ------
    AssertionError
        A step was done twice on a cell.
    """
    from mho.recording.documents import read_start

    found: dict[tuple[str, str], bytes] = {}
    for run in sorted((folder / "runs").iterdir()):
        if not run.is_dir():
            continue
        start = read_start(run)
        assert start.cell is not None
        assert start.campaign is not None
        key = (start.cell.cell, start.campaign.step)
        assert key not in found, key
        found[key] = (run / "rows.csv").read_bytes()
    return found
