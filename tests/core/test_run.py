"""The run loop: how a run ended is told as it was, and nothing is left on or unsaid."""

import logging
import signal
import subprocess
import sys
from dataclasses import replace
from typing import Annotated, NamedTuple

import pytest

import mho
from mho.bench import guard
from mho.bench.guard import GuardedBench
from mho.errors import (
    ConnectionFailed,
    InstrumentTimeout,
    LimitError,
    RecordingError,
    UnsafeStateError,
)
from mho.job import read_job
from mho.recording import LongName, folder, read_stop
from mho.run import execute
from mho.stimuli import Hold, Pulse
from mho.testing.noting_bench import NotingBench
from mho.testing.profiles import make_limits, make_profile


class Row(NamedTuple):
    number: Annotated[int, LongName("number")]


PULSE = Pulse(terminal="TE", amplitude=1.0, width=1e-3, compliance=1e-3)


class Setup:
    """A setup whose bench the test can look at."""

    def __init__(self, setup, bench):
        self._setup, self.bench, self.closed = setup, bench, 0

    def __getattr__(self, name):
        return getattr(self._setup, name)

    def open(self, folder=None, world=None, passed=0.0, around=None):
        return GuardedBench(self.bench, self._close)

    def _close(self):
        self.closed += 1


def make_job(run, bench=None):
    job = read_job("ispp", "ideal", "resistor", "one-target")
    bench = bench or NotingBench(make_profile(), {"TE": make_limits(), "gate": make_limits()})
    protocol = replace(job.protocol, run=run, row=Row)
    return replace(job, protocol=protocol, setup=Setup(job.setup, bench))


def three_rows(bench, recipe):
    for number in range(3):
        bench.apply(PULSE)
        yield Row(number)


def test_a_run_is_recorded_from_a_script(tmp_path):
    job = make_job(three_rows)
    outcome = mho.execute(job, str(tmp_path))
    assert (outcome.stop.exit_status, outcome.stop.rows, outcome.error) == ("success", 3, None)
    assert mho.load(outcome.folder)["number"].tolist() == [0, 1, 2]
    assert job.setup.bench.events == ["on", "off"] and job.setup.closed == 1


def test_an_observer_that_fails_or_leaves_does_not_end_the_run_and_is_named_once(tmp_path, caplog):
    seen = []

    def fail(row):
        raise OSError("no screen")

    def leave(row):  # what a closed pipe does to a rich console
        raise SystemExit(1)

    outcome = execute(make_job(three_rows), tmp_path, [fail, leave, seen.append])
    assert (outcome.stop.exit_status, outcome.stop.rows) == ("success", 3)
    assert [row.number for row in seen] == [0, 1, 2]
    stop = read_stop(outcome.folder)
    assert [name.rpartition(".")[2] for name in stop.observers_failed] == [
        "fail: OSError: no screen", "leave: SystemExit: 1",
    ]  # fmt: skip
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", f"the run goes on without {name}") for name in stop.observers_failed
    ]


def test_a_warning_that_cannot_be_given_does_not_end_the_run_either(tmp_path):
    class Closed(logging.Handler):
        def emit(self, record):
            raise SystemExit(1)

    def fail(row):
        raise OSError("no screen")

    handler = Closed()
    logging.getLogger("mho").addHandler(handler)
    try:
        outcome = execute(make_job(three_rows), tmp_path, [fail])
    finally:
        logging.getLogger("mho").removeHandler(handler)
    assert (outcome.stop.exit_status, outcome.stop.rows) == ("success", 3)
    assert len(outcome.stop.observers_failed) == 1


def test_without_a_handler_the_warning_is_on_standard_error(tmp_path):
    script = """
import mho
job = mho.read_job("ispp", "ideal", "resistor", "one-target", options=["max_pulses=3"])
outcome = mho.execute(job, "runs", [lambda row: 1 / 0])
print(len(outcome.stop.observers_failed), outcome.stop.rows)
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert ended.stderr == (
        "the run goes on without <lambda>: ZeroDivisionError: division by zero\n"
    )
    failed, rows = map(int, ended.stdout.split())
    assert failed == 1 and rows > 1


@pytest.mark.parametrize("kind", [SystemExit, RuntimeError])
def test_a_run_that_was_left_half_way_is_no_success(tmp_path, kind):
    def leaves(bench, recipe):
        yield Row(0)
        raise kind("gone")

    job = make_job(leaves)
    with pytest.raises(kind):
        execute(job, tmp_path)
    stop = read_stop(next(tmp_path.iterdir()))
    assert (stop.exit_status, stop.rows, stop.outputs_off) == ("fail", 1, True)
    assert kind.__name__ in stop.reason
    assert job.setup.bench.events == ["on", "off"]


def test_an_interrupt_that_a_library_made_an_error_of_its_own_ends_the_run_in_order(tmp_path):
    def translated(bench, recipe):
        yield Row(0)
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise ValueError("bad callback") from None

    outcome = execute(make_job(translated), tmp_path)
    assert isinstance(outcome.error, KeyboardInterrupt)
    assert (outcome.stop.exit_status, outcome.stop.rows) == ("abort", 1)


class Stuck(NotingBench):
    """An output of it cannot be switched off."""

    def off(self):
        super().off()
        raise UnsafeStateError("TE is still on")


def test_an_interrupt_while_the_file_is_built_hides_no_output_that_is_still_on(
    tmp_path, monkeypatch
):
    finish = folder.finish

    def interrupted(*arguments, **how):
        signal.raise_signal(signal.SIGINT)
        return finish(*arguments, **how)

    monkeypatch.setattr(folder, "finish", interrupted)
    stuck = Stuck(make_profile(), {"TE": make_limits(), "gate": make_limits()})
    outcome = execute(make_job(three_rows, stuck), tmp_path)
    assert isinstance(outcome.error, UnsafeStateError)
    assert not outcome.stop.outputs_off
    outcome = execute(make_job(three_rows), tmp_path)
    assert isinstance(outcome.error, KeyboardInterrupt)
    assert outcome.stop.exit_status == "success" and len(mho.load(outcome.folder)) == 3


def test_an_interrupt_on_the_way_out_leaves_no_output_on(tmp_path, monkeypatch):
    """A second Ctrl-C strikes after the protocol was left and before the outputs are off."""
    deferred, came = guard.deferred, []

    def struck():
        came.append("interrupt")
        if len(came) == 3:  # before, the bench is taken and opened
            raise KeyboardInterrupt
        return deferred()

    monkeypatch.setattr(guard, "deferred", struck)
    job = make_job(three_rows)
    outcome = execute(job, tmp_path)
    assert isinstance(outcome.error, KeyboardInterrupt)
    assert job.setup.bench.events == ["on", "off"] and job.setup.closed == 1
    assert outcome.stop.outputs_off
    came.clear()
    stuck = Stuck(make_profile(), {"TE": make_limits(), "gate": make_limits()})
    outcome = execute(make_job(three_rows, stuck), tmp_path)
    assert isinstance(outcome.error, UnsafeStateError)
    assert not outcome.stop.outputs_off


def test_a_run_folder_that_cannot_be_made_leaves_nothing_running(tmp_path):
    (tmp_path / "file").write_text("")
    job = make_job(three_rows)
    with pytest.raises(RecordingError, match="--out"):
        execute(job, tmp_path / "file")
    assert job.setup.bench.events == [] and job.setup.closed == 1


class Shut(NotingBench):
    """A bench that cannot be opened."""

    error = ConnectionFailed("nobody is there")

    def __enter__(self):
        raise self.error


def shut(error):
    bench = Shut(make_profile(), {"TE": make_limits(), "gate": make_limits()})
    bench.error = error
    return bench


def test_a_bench_that_cannot_be_opened_leaves_no_folder(tmp_path):
    for error in (ConnectionFailed("nobody is there"), InstrumentTimeout("it is asleep")):
        job = make_job(three_rows, shut(error))
        with pytest.raises(type(error)):
            execute(job, tmp_path / "data" / "runs")
        assert list(tmp_path.iterdir()) == [] and job.setup.closed == 1
    (tmp_path / "mine").mkdir()
    with pytest.raises(InstrumentTimeout):
        execute(make_job(three_rows, shut(error)), tmp_path / "mine" / "runs")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]  # what was there stays


def test_an_output_that_may_be_on_after_opening_is_told_in_a_run(tmp_path):
    outcome = execute(make_job(three_rows, shut(UnsafeStateError("TE is on"))), tmp_path)
    assert isinstance(outcome.error, UnsafeStateError)
    stop = read_stop(outcome.folder)
    assert (stop.rows, stop.outputs_off, stop.exit_status) == (0, False, "fail")


def test_the_rows_of_a_trace_are_safe_when_the_protocol_fails_after_it(tmp_path):
    hold = Hold(terminal="TE", level=0.05, count=4, interval=0.01, aperture=5e-3, compliance=1e-4)

    def fails(bench, recipe):
        for number, _ in enumerate(bench.apply(hold)):
            yield Row(number)
        raise InstrumentTimeout("it fell asleep")

    job = make_job(fails)
    plan = job.plan()
    planned = (replace(plan.planned[-1], stimulus=hold, at_most=1),)
    job = replace(
        job, protocol=replace(job.protocol, plan=lambda *_: replace(plan, planned=planned))
    )
    outcome = execute(job, tmp_path)
    assert isinstance(outcome.error, InstrumentTimeout)
    assert mho.load(outcome.folder)["number"].tolist() == [0, 1, 2, 3]
    assert outcome.stop.rows == 4
    assert sorted(path.name for path in outcome.folder.iterdir()) == [
        "readings.csv", "results.json", "rows.csv", "run.h5", "start.json", "stimuli.csv",
        "stop.json",
    ]  # fmt: skip


def test_a_script_cannot_start_what_the_command_line_refuses(tmp_path):
    job = read_job(
        "ispp", "ideal", "cu-te-1t1r", "one-target", options=["set.limit=4 V", "reset.limit=5 V"]
    )
    with pytest.raises(LimitError) as caught:
        execute(job, tmp_path)
    assert caught.value.refusals == tuple(job.refusals())
    assert "4 V is above 2.6 V" in str(caught.value) and "-5 V" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_planned_stimulus_that_the_dose_can_never_allow_is_refused_before_the_run():
    job = read_job("retention", "ideal", "cu-te", "cu-te-100-s")
    assert job.refusals() == []
    day = Hold(terminal="TE", level=0.05, count=86_400, interval=1.0, aperture=0.1, compliance=1e-4)
    plan = job.plan()
    planned = (*plan.planned, replace(plan.planned[-1], what="a day", stimulus=day))
    job = replace(
        job,
        protocol=replace(job.protocol, plan=lambda *_: replace(plan, planned=planned)),
    )
    (refusal,) = job.refusals()
    assert refusal.startswith("a day: dose: ") and "up to 8.64 C more" in refusal
    with job.setup.open() as bench, pytest.raises(LimitError, match=r"up to 8\.64 C"):
        bench.apply(day)
