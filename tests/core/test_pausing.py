"""A run that pauses is off and loses nothing; when it goes on, all stands as it stood."""

import csv
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from test_run import PULSE, Row, make_job

from mho.clock import VirtualClock
from mho.job import read_job
from mho.pausing import FILE, Pause, paused_by_signal
from mho.recording import load
from mho.run import Outcome, execute
from mho.testing.noting_bench import NotingBench
from mho.testing.profiles import make_limits, make_profile

Happens = Callable[[], object]


class Scripted(VirtualClock):
    """A clock on which things happen while somebody waits: one each time."""

    def __init__(self, *happens: Happens) -> None:
        super().__init__()
        self.happens = list(happens)
        self.waits = 0

    def sleep(self, duration: float) -> None:
        super().sleep(duration)
        self.waits += 1
        assert self.happens, "it waits, and nobody lets it go on"
        self.happens.pop(0)()


def nothing() -> None:
    """Nobody wants anything."""


def kinds(folder: Path) -> list[str]:
    path = folder / "stimuli.csv"
    text = path.read_text("utf-8") if path.exists() else ""
    return [note["kind"] for note in csv.DictReader(text.splitlines())]


def job_of(bench: NotingBench, before: dict[int, Happens]):  # type: ignore[no-untyped-def]
    """Three pulses, with what happens before each of them."""

    def three(guarded, _recipe):  # type: ignore[no-untyped-def]
        guarded.bias("gate", 3.0, 1e-3)
        for number in range(3):
            before.get(number, nothing)()
            guarded.apply(PULSE)
            yield Row(number)

    return make_job(three, bench)


def noting_bench() -> NotingBench:
    return NotingBench(make_profile(), {"TE": make_limits(), "gate": make_limits()})


class Watched:
    """A run with pauses, and what stood while it waited."""

    def __init__(self, tmp_path: Path) -> None:
        self.bench, self.out = noting_bench(), tmp_path
        self.seen: list[tuple[str, int, int]] = []
        self.clock = Scripted()
        self.pause = Pause(self.clock)

    @property
    def folder(self) -> Path:
        (folder,) = (path for path in self.out.iterdir() if path.is_dir())
        return folder

    def look(self) -> None:
        """Note the last event, the stimuli so far and the rows that are safe."""
        rows = len((self.folder / "rows.csv").read_bytes().splitlines()) - 1
        self.seen.append((self.bench.events[-1], len(self.bench.applied), rows))

    def run(self, before: dict[int, Happens]) -> Outcome:
        return execute(job_of(self.bench, before), self.out, (), self.pause)


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_it_is_off_with_every_row_safe_until_it_is_toggled_again(watched: Watched) -> None:
    watched.clock.happens = [watched.look, watched.look, watched.pause.toggle]
    outcome = watched.run({1: watched.pause.toggle})
    assert watched.seen == [("off", 1, 1)] * 2
    assert (outcome.error, outcome.stop.exit_status, outcome.stop.rows) == (None, "success", 3)
    assert kinds(outcome.folder) == ["held", "paused", "goes on"]
    assert watched.bench.events == ["on", "off", "off"]
    assert len(watched.bench.applied) == 3


def test_it_pauses_as_long_as_there_is_a_file(watched: Watched) -> None:
    def put() -> None:
        VirtualClock.sleep(watched.clock, 1.0)  # it does not look all the time
        (watched.folder / FILE).touch()

    def take() -> None:
        (watched.folder / FILE).unlink()

    watched.clock.happens = [watched.look, take]
    outcome = watched.run({2: put})
    assert outcome.error is None
    assert watched.seen == [("off", 2, 2)]
    assert (outcome.stop.exit_status, outcome.stop.rows) == ("success", 3)
    assert kinds(outcome.folder).count("paused") == kinds(outcome.folder).count("goes on") == 1


def test_a_file_and_a_key_have_both_to_go(watched: Watched) -> None:
    def both() -> None:
        watched.pause.toggle()
        (watched.folder / FILE).touch()

    def take() -> None:
        (watched.folder / FILE).unlink()

    watched.clock.happens = [watched.pause.toggle, watched.look, take]
    watched.run({1: both})
    assert watched.seen == [("off", 1, 1)]
    assert watched.clock.happens == []


def test_the_file_is_looked_for_a_few_times_a_second_only(tmp_path: Path) -> None:
    clock = VirtualClock()
    pause = Pause(clock)
    pause.watch(tmp_path)
    assert not pause.asked()
    (tmp_path / FILE).touch()
    assert not pause.asked()
    clock.sleep(0.3)
    assert pause.asked()


def test_nobody_pauses_a_run_that_nobody_watches() -> None:
    assert not Pause().asked()


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="there is no such signal")
def test_a_signal_pauses_and_lets_go_on(watched: Watched) -> None:
    def press() -> None:
        signal.raise_signal(signal.SIGUSR1)

    before = signal.getsignal(signal.SIGUSR1)
    watched.clock.happens = [watched.look, press]
    outcome = watched.run({1: press})
    assert watched.seen == [("off", 1, 1)]
    assert outcome.stop.rows == 3
    assert signal.getsignal(signal.SIGUSR1) == before


def test_without_that_signal_there_is_a_file_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(signal, "SIGUSR1", raising=False)
    with paused_by_signal(Pause()):
        pass


def test_an_interrupt_while_it_pauses_ends_the_run(watched: Watched) -> None:
    watched.clock.happens = [watched.look, lambda: signal.raise_signal(signal.SIGINT)]
    outcome = watched.run({1: watched.pause.toggle})
    assert watched.seen == [("off", 1, 1)]
    assert isinstance(outcome.error, KeyboardInterrupt)
    assert (outcome.stop.exit_status, outcome.stop.rows) == ("abort", 1)
    assert outcome.stop.outputs_off
    assert len(watched.bench.applied) == 1
    assert kinds(outcome.folder)[-1] == "paused"
    assert len(load(outcome.folder)) == 1


class Twice:
    """Pauses before some stimuli, and does not wait for anybody."""

    def __init__(self, *before: int) -> None:
        self.before, self.number = before, 0

    def watch(self, folder: Path) -> None:
        """No file."""

    def asked(self) -> bool:
        self.number += 1
        return self.number in self.before

    def wait(self) -> None:
        """It goes on at once."""


@pytest.mark.parametrize("bench", ["ideal", "ni-pxie-4139", "keithley-4200a"])
def test_a_cell_with_a_gate_notices_nothing(tmp_path: Path, bench: str) -> None:
    """The gate is held again, so that not one row comes out otherwise; SMUs and modules are real
    drivers on simulated instruments, on which outputs that are off drive nothing."""
    rows = []
    for pause in (Twice(), Twice(2, 5, 6, 40)):
        job = read_job("ispp", bench, "cu-te-1t1r", "one-target")
        outcome = execute(job, tmp_path, (), pause)  # type: ignore[arg-type]
        assert outcome.error is None
        rows.append((outcome.folder / "rows.csv").read_bytes())
        assert kinds(outcome.folder).count("paused") == len(pause.before)
    assert rows[0].count(b"\n") > 40
    assert rows[0] == rows[1]
