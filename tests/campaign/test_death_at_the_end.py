"""A process that dies while a run is brought to its end: the campaign goes on as if it had not."""

import subprocess
import sys
from pathlib import Path

import pytest
from campaigns import laboratory, rows_by_work

from mho.campaign import State, read_campaign
from mho.campaign.conduct import Conduct, cells_of, conduct, standings

PLACES = {
    "the cell is laid aside": "mho.life.HeldCell.leave",
    "the stop is written": "mho.recording.folder.write_stop",
    "run.h5 is built": "mho.recording.folder._build",
    "the results are written": "mho.recording.folder.write_results",
}

DIES = """\
import os, pkgutil, sys
from pathlib import Path
from mho.campaign import read_campaign
from mho.campaign.conduct import Conduct, conduct

path, place = Path(sys.argv[1]), sys.argv[2]
owner, _, name = place.rpartition(".")
owner = pkgutil.resolve_name(owner)
works = getattr(owner, name)

def dies(*arguments, **how):
    works(*arguments, **how)
    os._exit(9)

setattr(owner, name, dies)
list(conduct(read_campaign(path), Conduct(out=path.parent / "runs")))
"""


def carried_out(path: Path) -> None:
    list(conduct(read_campaign(path), Conduct(out=path.parent / "runs")))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same campaign, undisturbed."""
    path = laboratory(tmp_path_factory.mktemp("whole"), "1 x 1")
    carried_out(path)
    return path


@pytest.mark.parametrize(
    ("place", "deaths"),
    [
        ("the cell is laid aside", 1),
        ("run.h5 is built", 1),
        *(
            pytest.param(place, deaths, marks=pytest.mark.slow)
            for place, deaths in (
                ("the stop is written", 1),
                ("the results are written", 1),
                *((place, 2) for place in PLACES),
            )
        ),
    ],
)
def test_it_goes_on(tmp_path: Path, whole: Path, place: str, deaths: int) -> None:
    died = laboratory(tmp_path / "died", "1 x 1")
    # In the first step, where that is gone on with comes to its end, and in the next step.
    for where in ("mho.recording.recorder.RunRecorder.write", *[PLACES[place]] * deaths):
        command = [sys.executable, "-c", DIES, str(died), where]
        assert subprocess.run(command, check=False).returncode == 9
    carried_out(died)
    assert rows_by_work(whole.parent) == rows_by_work(died.parent)
    file = read_campaign(died)
    found = standings(file, cells_of(file), rehearsed=True)
    assert [one.state for one in found] == [State.DONE] * 3
