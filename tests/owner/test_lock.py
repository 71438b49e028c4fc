"""The lock of a bench: one owner, told to the next; the dead are taken over; trouble is told."""

import json
import subprocess
import sys

import pytest

from mho.errors import BenchInUse, NoLock
from mho.owner import lock
from mho.owner.holder import Holder, read_note
from mho.owner.lock import BenchLock, holder_of_run, require_unlocked

SMUS = ("ni-dcpower rack:31763 pxi1slot2", "ni-dcpower rack:31763 pxi1slot3")

HOLD = """
import sys, time
from mho.owner.holder import Holder
from mho.owner.lock import BenchLock
lock = BenchLock(sys.argv[1:], Holder(process=4711, computer="lab", user="eva", since="1999",
                                      run="/data/runs/old", sessions=("lab 4711 ab",)))
lock.take()
print("held", flush=True)
sys.stdin.read()
"""


def holder(**changes):
    told = {"process": 12, "computer": "lab", "user": "ada", "since": "2026", "run": "script"}
    return Holder(**{**told, **changes})


@pytest.fixture
def held():
    """Another process holds both SMUs; ``held.kill()`` ends it without a word."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, *SMUS],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_second_is_refused_and_told_who_holds_it(held):
    for resources in (SMUS, SMUS[1:], ("anything else", SMUS[1])):
        with pytest.raises(BenchInUse) as caught:
            BenchLock(resources, holder()).take()
        for word in ("pxi1slot", "4711", "eva", "lab", "1999", "/data/runs/old"):
            assert word in str(caught.value)
    with pytest.raises(BenchInUse):
        require_unlocked(SMUS, holder())
    require_unlocked(["anything else"], holder())


def test_all_or_none_and_another_rack_is_free(held):
    first = BenchLock(("a", SMUS[0]), holder())
    with pytest.raises(BenchInUse):
        first.take()
    second = BenchLock(("a", "ni-dcpower rack:31763 pxi1slot4"), holder())
    second.take()
    second.release()


def test_the_lock_of_a_dead_process_is_taken_over_with_a_word(held, caplog, own_locks):
    held.kill()
    held.wait()
    taken = BenchLock(SMUS, holder(sessions=("lab 12 cd",)))
    taken.take()
    (note,) = taken.left
    assert (note.process, note.run, note.sessions) == (4711, "/data/runs/old", ("lab 4711 ab",))
    assert "4711" in caplog.text and "taken over" in caplog.text
    (path, _) = sorted(own_locks.glob("*.json"))
    assert read_note(path).sessions == ("lab 12 cd", "lab 4711 ab")  # should we die as well
    taken.release(forget=False)
    again = BenchLock(SMUS, holder())
    again.take()
    assert [note.process for note in again.left] == [12]
    again.release()
    assert not list(own_locks.glob("*.json"))
    third = BenchLock(SMUS, holder())
    third.take()
    assert third.left == ()
    third.release()


def test_a_note_that_is_garbage_is_told_and_taken_over(caplog, own_locks):
    for garbage in ("", "{", "[1]", '{"process": "x"}', '{"process": 1}', "\x00\x01"):
        one = BenchLock(SMUS[:1], holder())
        one.take()
        one.release(forget=False)
        (path,) = own_locks.glob("*.json")
        path.write_text(garbage, "utf-8")
        caplog.clear()
        one.take()
        assert one.left == () and "cannot be read" in caplog.text and str(path) in caplog.text
        assert json.loads(path.read_text("utf-8"))["process"] == 12
        one.release()


def test_a_lock_whose_note_is_garbage_is_held_all_the_same(held, own_locks):
    for path in own_locks.glob("*.json"):
        path.write_bytes(b"\xff\xfe")
    with pytest.raises(BenchInUse, match="cannot be read"):
        BenchLock(SMUS, holder()).take()
    for path in own_locks.glob("*.json"):
        path.unlink()
    with pytest.raises(BenchInUse, match="left no note"):
        BenchLock(SMUS, holder()).take()


def test_no_place_for_a_lock_is_told_before_anything(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MHO_LOCKS", str(tmp_path / "file" / "locks"))
    for ask in (BenchLock(SMUS, holder()).take, lambda: require_unlocked(SMUS, holder())):
        with pytest.raises(NoLock, match="MHO_LOCKS") as caught:
            ask()
        assert str(tmp_path / "file") in str(caught.value)
        assert not isinstance(caught.value, BenchInUse)


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(30, "ro")])
def test_a_folder_that_cannot_be_written_is_told(monkeypatch, error, own_locks):
    def refuse(*_args, **_options):
        raise error

    monkeypatch.setattr(lock.FileLock, "acquire", refuse)
    with pytest.raises(NoLock, match=str(own_locks)):
        BenchLock(SMUS, holder()).take()


def test_a_file_system_without_locks_is_told(monkeypatch, own_locks):
    def refuse(*_args, **_options):
        raise NotImplementedError("FileSystem does not appear to support flock")

    monkeypatch.setattr(lock.FileLock, "acquire", refuse)
    with pytest.raises(NoLock, match="has no locks"):
        BenchLock(SMUS, holder()).take()


def test_the_folder_is_one_of_the_user_unless_said_otherwise(monkeypatch):
    monkeypatch.delenv("MHO_LOCKS")
    assert "mho" in str(lock.folder())


def test_who_goes_on_with_a_run(tmp_path):
    one = BenchLock(SMUS, holder(run=str(tmp_path)))
    assert holder_of_run(tmp_path) is None
    one.take()
    assert holder_of_run(tmp_path).process == 12
    one.release(forget=False)
    assert holder_of_run(tmp_path) is None


def test_names_that_differ_in_odd_letters_are_kept_apart():
    one, other = BenchLock(["a::b"], holder()), BenchLock(["a//b"], holder())
    one.take()
    other.take()
    one.release()
    other.release()
