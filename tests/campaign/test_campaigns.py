"""A campaign does what is left, once, and goes on where it stopped, also after kills."""

import json
import random
import time
from pathlib import Path

import pytest
from campaigns import laboratory, rows_by_work, started

from mho.campaign import State, read_campaign
from mho.campaign.conduct import Conduct, cells_of, conduct, standings
from mho.errors import BenchInUse, SettingsError
from mho.ledger import Ledger, ledger_path


def carried_out(path: Path, **how: object) -> list[str]:
    """Conducts a campaign here; one line a finished run."""
    file = read_campaign(path)
    found = conduct(file, Conduct(out=path.parent / "runs", **how))  # type: ignore[arg-type]
    return [f"{one.work.cell} {one.work.step} {one.entry.status}" for one in found]


def states(path: Path) -> dict[tuple[str, str], State]:
    file = read_campaign(path)
    found = standings(file, cells_of(file), rehearsed=True)
    return {(one.work.cell, one.work.step): one.state for one in found}


def test_everything_is_done_once_in_order(tmp_path: Path) -> None:
    path = laboratory(tmp_path)
    lines = carried_out(path)
    cells, steps = ("r0c0", "r0c1"), ("form", "look", "tune")
    assert lines == [f"{cell} {step} success" for cell in cells for step in steps]
    assert set(states(path).values()) == {State.DONE}
    assert carried_out(path) == []


def test_step_by_step_gives_the_same_cells(tmp_path: Path) -> None:
    by_cell = laboratory(tmp_path / "cell")
    by_step = laboratory(tmp_path / "step", more='order = "step by step"')
    carried_out(by_cell)
    lines = carried_out(by_step)
    assert lines[:3] == ["r0c0 form success", "r0c1 form success", "r0c0 look success"]
    assert rows_by_work(by_cell.parent) == rows_by_work(by_step.parent)


def test_it_ends_when_it_is_to_and_goes_on(tmp_path: Path) -> None:
    whole, parted = laboratory(tmp_path / "whole"), laboratory(tmp_path / "parted")
    carried_out(whole)
    runs = 0
    while left := [state for state in states(parted).values() if state is not State.DONE]:
        done = len(carried_out(parted, is_to_end=_after(2)))
        assert done == min(2, len(left))
        runs += done
    assert runs == 6
    assert rows_by_work(whole.parent) == rows_by_work(parted.parent)


def test_a_condition_that_is_not_met_leaves_a_step_out(tmp_path: Path) -> None:
    path = laboratory(tmp_path)
    text = path.read_text("utf-8").replace('is = "formed"', 'is = "melted"')
    path.write_text(text, "utf-8")
    assert "r0c0 look success" not in carried_out(path)
    found = standings(read_campaign(path), cells_of(read_campaign(path)), rehearsed=True)
    why = {one.work.step: one.why for one in found if one.state is State.LEFT_OUT}
    assert why == {"look": "outcome of form is formed, not melted"}


def test_only_cells_that_a_query_finds(tmp_path: Path) -> None:
    path = laboratory(tmp_path)
    carried_out(path, is_to_end=_after(2))
    text = path.read_text("utf-8").replace('name = "night"', 'name = "later"', 1)
    later = tmp_path / "later.toml"
    later.write_text(text.replace("bench =", 'where = "protocol = iv"\nbench ='), "utf-8")
    assert [cell.name for cell in cells_of(read_campaign(later))] == ["r0c0"]


def _after(runs: int):  # type: ignore[no-untyped-def]
    count = iter(range(runs))
    return lambda: next(count, None) is None


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("next cell", ["r0c0 form fail", "r0c1 form fail"]),
        ("stop", ["r0c0 form fail"]),
        ("retry once", ["r0c0 form fail"] * 2 + ["r0c1 form fail"] * 2),
    ],
)
def test_what_is_done_when_a_step_fails(tmp_path: Path, policy: str, expected: list[str]) -> None:
    path = laboratory(tmp_path, bench="ni-pxie-4139", more=f'when_a_step_fails = "{policy}"')
    fault = '"bench.simulator.faults.dies_after=5"'
    text = path.read_text("utf-8")
    text = text.replace('recipe = "cu-te-ramp"\n', f'recipe = "cu-te-ramp"\nset = [{fault}]\n')
    path.write_text(text, "utf-8")
    assert carried_out(path) == expected
    assert carried_out(path) == ([] if policy != "stop" else ["r0c1 form fail"])


def test_two_campaigns_on_one_sample(tmp_path: Path) -> None:
    path = laboratory(tmp_path)
    first = conduct(read_campaign(path), Conduct(out=tmp_path / "runs"))
    next(first)
    with pytest.raises(BenchInUse, match=r"sample W12 .* is in use"):
        carried_out(path)
    first.close()  # type: ignore[attr-defined]
    assert len(carried_out(path)) == 5


def test_a_sample_that_is_changed_meanwhile_is_said_once(tmp_path: Path) -> None:
    path, said = laboratory(tmp_path), []
    file = read_campaign(path)
    finished = conduct(file, Conduct(out=tmp_path / "runs", say=said.append))
    next(finished)
    assert not said
    text = file.sample.path.read_text("utf-8")
    file.sample.path.write_text(text.replace("W12", "W12", 1) + "\n# another\n", "utf-8")
    assert len(list(finished)) == 5
    assert len(said) == 1 and "W12.toml was changed since" in said[0]


WRONG = {
    'protocol = "iv"': ('protocol = "vi"', 'unknown protocol "vi"'),
    'recipe = "double-sweep"': ('recipe = "double"', "step look: "),
    'step = "form", result': ('step = "watch", result', "which is no step before it"),
    ', is = "formed"': ("", "says nothing of the result"),
    'name = "tune"': ('name = "look"', "two steps are called look"),
    'pause = "1 h"': ('pause = "1 volt"', "pause"),
    'sample = "W12.toml"': ('sample = "W13.toml"', "cannot be read"),
    'bench = "ideal"': ('bench = "idael"', 'Did you mean "ideal"'),
}


@pytest.mark.parametrize("right", WRONG)
def test_what_is_wrong_in_a_campaign(tmp_path: Path, right: str) -> None:
    path = laboratory(tmp_path)
    wrong, said = WRONG[right]
    text = path.read_text("utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), "utf-8")
    with pytest.raises(SettingsError) as caught:
        carried_out(path)
    assert said in str(caught.value)
    assert not (tmp_path / "runs").exists()


WATCH = """
[[steps]]
name = "watch"
protocol = "read_disturb"
recipe = "as-found"
set = ["reads=50"]
"""


@pytest.mark.parametrize(
    ("grid", "kills"),
    [("1 x 2", 3), pytest.param("8 x 8", 20, marks=[pytest.mark.slow, pytest.mark.timeout(0)])],
)
def test_killed_at_random_and_started_again(tmp_path: Path, grid: str, kills: int) -> None:
    whole, killed = laboratory(tmp_path / "whole", grid), laboratory(tmp_path / "killed", grid)
    for path in (whole, killed):
        path.write_text(path.read_text("utf-8") + WATCH, "utf-8")
    carried_out(whole)
    chance = random.Random(5)
    for _ in range(kills):
        process = started(killed)
        _wait_for_rows(killed.parent, chance.randrange(1, 200))
        process.kill()
        process.communicate()
    output, errors = started(killed, "--json").communicate()
    assert rows_by_work(whole.parent) == rows_by_work(killed.parent), (errors + output).decode()
    shown = output.decode()
    found = json.loads(shown[shown.index("{\n") :])
    assert {run["state"] for run in found["runs"]} == {"done"}
    doses = []
    for path in (whole, killed):
        with Ledger(ledger_path(path.with_name("W12.toml"), rehearsed=True)) as ledger:
            cells = sorted({run.cell for run in ledger.runs()})
            doses.append([ledger.dose(cell) for cell in cells])
    assert doses[0] == doses[1]


def _wait_for_rows(folder: Path, more: int) -> None:
    """Until that many rows were written, or the process has nothing left to do."""
    at_first = _rows(folder)
    for _ in range(2000):
        if _rows(folder) >= at_first + more:
            return
        time.sleep(0.01)


def _rows(folder: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in folder.glob("runs/*/rows.csv"))


class Killed(BaseException):
    """As if the process were gone: nothing is written any more."""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # files left open
@pytest.mark.parametrize("step", ["results", "hdf5", "ledger"])
def test_killed_after_the_end_of_a_run_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """A run that came to its end is not done again, whatever was left to be written of it."""
    from mho import life
    from mho.recording import folder

    whole, killed = laboratory(tmp_path / "whole"), laboratory(tmp_path / "killed")
    carried_out(whole)
    files = {"results": (folder, "write_results"), "hdf5": (folder, "rebuild")}

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(life.HeldCell, "end", die)
        if step in files:
            patched.setattr(*files[step], die)
        for _ in range(3):  # form and look end so, and what comes then
            with pytest.raises(Killed):
                carried_out(killed)
    carried_out(killed)
    assert set(states(killed).values()) == {State.DONE}
    assert rows_by_work(whole.parent) == rows_by_work(killed.parent)
