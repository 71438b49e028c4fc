"""Rehearsals of a campaign on several processes: the same rows, whatever happens to a worker."""

import os
import signal
from pathlib import Path

import pytest
from campaigns import laboratory, rows_by_work

from mho.campaign import State, read_campaign
from mho.campaign.conduct import Conduct, cells_of, conduct, standings
from mho.campaign.workers import conduct_on_workers
from mho.errors import SettingsError

distributed = pytest.importorskip("distributed", exc_type=ImportError)

CELLS = "1 x 3"
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], bytes]:
    """The rows of one process that does everything."""
    path = laboratory(tmp_path_factory.mktemp("alone"), CELLS)
    list(conduct(read_campaign(path), Conduct(out=path.parent / "runs")))
    return rows_by_work(path.parent)


def test_two_workers_give_the_rows_of_one_process(
    tmp_path: Path, alone: dict[tuple[str, str], bytes]
) -> None:
    file = read_campaign(laboratory(tmp_path, CELLS))
    how = Conduct(out=tmp_path / "runs")
    conducted = conduct_on_workers(file, cells_of(file), how, "2")
    finished = [next(conducted)]
    if os.name == "posix":  # a Ctrl-C in the terminal, which is for the process that sent them
        for process in distributed.default_client().run(os.getpid).values():
            os.kill(process, signal.SIGINT)
    finished += conducted
    assert {(one.work.cell, one.work.step) for one in finished} == set(alone)
    assert rows_by_work(tmp_path) == alone


@pytest.mark.slow
def test_killed_workers_lose_nothing_that_was_finished(
    tmp_path: Path, alone: dict[tuple[str, str], bytes]
) -> None:
    file = read_campaign(laboratory(tmp_path, CELLS))
    finished = conduct_on_workers(file, cells_of(file), Conduct(out=tmp_path / "runs"), "2")
    first = next(finished)
    done = {run.name for run in (tmp_path / "runs").iterdir() if (run / "results.json").exists()}
    killed = distributed.default_client().run(os.getpid).values()
    assert len(set(killed)) == 2
    for process in killed:
        os.kill(process, KILL)
    list(finished)
    assert rows_by_work(tmp_path) == alone  # which finds a step that was done twice
    found = standings(file, cells_of(file), rehearsed=True)
    assert [one.state for one in found] == [State.DONE] * 9
    assert first.entry.folder.name in done
    assert done <= {one.entry.folder.name for one in found if one.entry is not None}


@pytest.mark.parametrize("workers", ["0", "-1", "two", "1.5"])
def test_what_is_no_number_of_workers(tmp_path: Path, workers: str) -> None:
    file = read_campaign(laboratory(tmp_path, CELLS))
    with pytest.raises(SettingsError, match="neither a number of workers"):
        list(conduct_on_workers(file, cells_of(file), Conduct(out=tmp_path / "runs"), workers))
    assert not (tmp_path / "runs").exists()
