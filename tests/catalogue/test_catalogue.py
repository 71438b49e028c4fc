"""The catalogue says what the run folders say, whatever became of them and of its file."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from mho.catalogue import Catalogue, catalogue_path, runs
from mho.errors import SettingsError
from mho.job import Said, read_job
from mho.recording.documents import (
    RESULTS,
    START,
    STOP,
    read_results,
    read_start,
    read_stop,
    write_results,
    write_start,
)
from mho.run import execute


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three recorded runs, one of them deeper."""
    folder = tmp_path_factory.mktemp("runs")
    for place, tags, target in (
        (".", ("night",), "50 uS"),
        (".", (), "30 uS"),
        ("w/x", (), "20 uS"),
    ):
        options = (f"targets=['{target}']", "max_pulses=3")
        said = Said(operator="Ada", tags=tags)
        job = read_job("ispp", "ideal", "cu-te", "one-target", options=options, said=said)
        execute(job, folder / place)
    return folder


@pytest.fixture
def folder(three: Path, tmp_path: Path) -> Path:
    shutil.copytree(three, tmp_path / "runs", ignore=shutil.ignore_patterns(".catalogue*"))
    return tmp_path / "runs"


def one_of(folder: Path) -> Path:
    return next(folder.glob("*_ispp_*"))


def unread(folder: Path) -> tuple[str, ...]:
    with Catalogue(folder) as catalogue:
        return catalogue.update()


def test_it_says_what_the_folders_say(folder: Path) -> None:
    found = runs(folder)
    assert len(found) == 3
    assert list(found["started"]) == sorted(found["started"])
    for name, row in found.iterrows():
        run = folder / row["folder"]
        start, stop, results = read_start(run), read_stop(run), read_results(run)
        assert stop is not None and results is not None
        assert (start.run_id, start.protocol, start.start_time) == (name, "ispp", row["started"])
        assert (row["recipe"], row["device"], row["bench"]) == ("one-target", "cu-te", "ideal")
        assert (row["status"], row["rows"]) == (stop.exit_status, stop.rows)
        assert row["conductance"] == stop.conductance
        assert row["tags"] == " ".join(start.tags)
        for one in results.results:
            value = row[f"{one.name} [{one.part}]" if one.part else one.name]
            assert pd.isna(value) if one.value is None else value == one.value
            if one.interval is not None and not one.part:
                low, high = found.attrs["intervals"][name, one.name]
                assert [low, high] == [pytest.approx(end) for end in one.interval]
    assert unread(folder) == ()


def test_only_those_that_are_meant(folder: Path) -> None:
    assert len(runs(folder, "tag = night")) == 1
    assert len(runs(folder, "operator = Ada and not tag = night")) == 2
    assert len(runs(folder, "outcome = nothing")) == 0
    with pytest.raises(SettingsError, match="unknown name"):
        runs(folder, "colour = red")


def test_what_changes_is_noticed(folder: Path) -> None:
    assert set(runs(folder)["status"]) == {"success"}
    run = one_of(folder)
    results = read_results(run)
    assert results is not None
    changed = (replace(results.results[0], name="brightness", value=7.0, interval=None),)
    write_results(run, replace(results, results=changed))
    assert list(runs(folder, "brightness > 6.5").index) == [run.name]
    write_start(run, replace(read_start(run), note="look again", tags=("day",)))
    assert list(runs(folder, "note ~ again and tag = day").index) == [run.name]
    shutil.rmtree(run)
    assert len(runs(folder)) == 2
    with Catalogue(folder) as catalogue, pytest.raises(SettingsError, match="brightness"):
        catalogue.select("brightness > 6.5")


def test_a_run_that_goes_on_and_one_that_was_killed(folder: Path) -> None:
    run = one_of(folder)
    stop = (run / STOP).read_bytes()
    (run / STOP).unlink()
    (run / RESULTS).unlink()
    found = runs(folder).loc[run.name]
    assert found["status"] == "running or killed"
    assert found["rows"] == 0
    (run / STOP).write_bytes(stop)
    assert runs(folder).loc[run.name, "status"] == "success"


def test_a_copy_is_another_run_named_by_its_folder(folder: Path) -> None:
    run = one_of(folder)
    copy = run.with_name(f"copy of {run.name}")
    for _ in range(2):
        shutil.copytree(run, copy)
        assert set(runs(folder).index) >= {run.name, f"{run.name} ({copy.name})"}
        assert len(runs(folder)) == 4
        shutil.rmtree(copy)
        assert len(runs(folder)) == 3


def test_a_folder_that_was_moved_is_the_same_run(folder: Path) -> None:
    before, run = runs(folder), one_of(folder)
    (folder / "archive").mkdir()
    run.rename(folder / "archive" / "the good one")
    after = runs(folder)
    assert after.loc[run.name, "folder"] == "archive/the good one"
    pd.testing.assert_frame_equal(before.drop(columns="folder"), after.drop(columns="folder"))


DAMAGES = {
    START: (b"", b"{", b"[]", b"\xff\xfe", b'{"run_id": 1}'),
    STOP: (b"", b"{", b"null", b'{"exit_status": "fine"}'),
    RESULTS: (b"", b"[1", b'{"results": 3}'),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_broken_folder_is_named_and_hides_no_other(folder: Path, name: str) -> None:
    run = one_of(folder)
    right = (run / name).read_bytes()
    for damage in DAMAGES[name]:
        (run / name).write_bytes(damage)
        said = unread(folder)
        assert len(said) == 1 and said[0].startswith(f"{run.name}: "), (damage, said)
        assert len(runs(folder)) == 2
        assert unread(folder) == said
    (run / name).write_bytes(right)
    assert unread(folder) == ()
    assert len(runs(folder)) == 3


@pytest.mark.parametrize("damage", ["garbage", "empty", "cut", "newer", "gone"])
def test_its_file_is_made_again(folder: Path, damage: str) -> None:
    before, path = runs(folder), catalogue_path(folder)
    match damage:
        case "garbage":
            path.write_bytes(b"no database at all" * 500)
        case "empty":
            path.write_bytes(b"")
        case "cut":
            path.write_bytes(path.read_bytes()[:1000])
        case "newer":
            with closing(sqlite3.connect(path)) as base:
                base.execute("pragma user_version = 99")
        case "gone":
            path.unlink()
    pd.testing.assert_frame_equal(before, runs(folder))


def test_folders_without_runs(tmp_path: Path) -> None:
    assert len(runs(tmp_path)) == 0
    with pytest.raises(SettingsError, match="is no folder"):
        runs(tmp_path / "nothing")
