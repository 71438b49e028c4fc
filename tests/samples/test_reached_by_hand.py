"""A cell that somebody brings to the bench: asked for by name, and read before it is pulsed."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
import pytest
from core.test_run import PULSE, Row

from mho.bench import Bench
from mho.bench.guard import GuardedBench
from mho.cli import running
from mho.cli.reaching import ask_for
from mho.errors import InstrumentError
from mho.job import Job, read_job
from mho.run import execute
from mho.stimuli import Hold
from mho.testing.noting_bench import NotingBench
from mho.testing.profiles import make_limits


class Real:
    """A setup that passes for a real one, on a bench that a test can look at."""

    rehearses = False

    def __init__(self, setup, bench):  # type: ignore[no-untyped-def]
        self._setup, self._bench = setup, bench

    def __getattr__(self, name: str) -> object:
        return getattr(self._setup, name)

    def open(
        self,
        _run: Path,
        world: object,
        passed: float,
        around: Callable[[Bench], Bench],
    ) -> GuardedBench:
        del world, passed
        return GuardedBench(around(self._bench))


def sample_file(folder: Path, by: str) -> str:
    path = folder / "W12.toml"
    path.write_text(
        f'name = "W12"\ndevice = "resistor"\n[cells]\ngrid = "1 x 2"\n[reach]\nby = "{by}"\n',
        "utf-8",
    )
    return str(path)


def job_on(folder: Path, by: str, conductance: float) -> tuple[Job, NotingBench]:
    job = read_job("ispp", "ideal", None, "one-target", sample=sample_file(folder, by), cell="r0c1")
    bench = NotingBench(job.setup.profile, {"TE": make_limits()}, [conductance])

    def one_row(guarded, _recipe):  # type: ignore[no-untyped-def]
        guarded.apply(replace(PULSE, compliance=1e-4))
        yield Row(0)

    protocol = replace(job.protocol, run=one_row, row=Row)
    return replace(job, protocol=protocol, setup=Real(job.setup, bench)), bench  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("by", "conductance", "first", "ended"),
    [
        ("operator", 1e-4, [Hold, type(PULSE)], None),
        ("operator", 1e-9, [Hold], InstrumentError),
        ("fixed wiring", 1e-9, [type(PULSE)], None),
    ],
)
def test_contact_is_read_before_the_first_pulse(
    tmp_path: Path, by: str, conductance: float, first: list[type], ended: type | None
) -> None:
    job, bench = job_on(tmp_path, by, conductance)
    outcome = execute(job, tmp_path / "runs")
    assert [type(one) for one in bench.applied] == first
    assert (None if outcome.error is None else type(outcome.error)) == ended
    if ended:
        assert "below the contact floor of 1 uS: see to the probes of TE" in str(outcome.error)
        assert outcome.stop.outputs_off
    cell = json.loads((outcome.folder / "start.json").read_text("utf-8"))["cell"]
    assert (cell["cell"], cell["rehearsed"]) == ("r0c1", False)


@pytest.mark.parametrize(
    ("by", "confirmed", "asked"),
    [("operator", False, True), ("operator", True, False), ("fixed wiring", False, False)],
)
def test_the_cell_is_asked_for_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str, confirmed: bool, asked: bool
) -> None:
    questions: list[str] = []
    monkeypatch.setattr(click, "confirm", lambda text, abort: questions.append(text))
    job, _ = job_on(tmp_path, by, 1e-4)
    ask_for(job, confirmed=confirmed)
    assert questions == (["Is the probe on cell r0c1 of W12?"] if asked else [])
    ask_for(replace(job, cell=None), confirmed=False)
    assert len(questions) == asked


def test_a_run_asks_for_the_cell_before_it_asks_to_energise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, bench = job_on(tmp_path, "operator", 1e-4)
    questions: list[str] = []

    def answer(text: str, **_: object) -> None:
        questions.append(text)
        if len(questions) == 2:
            raise click.Abort

    monkeypatch.setattr(click, "confirm", answer)
    monkeypatch.setattr(running, "is_interactive", lambda: True)
    monkeypatch.setattr(Job, "refusals", lambda *_: [])
    monkeypatch.setattr(running, "require_free", lambda *_: None)
    with pytest.raises(click.Abort):
        running.run_job(job, tmp_path / "runs", confirmed=False)
    assert questions == ["Is the probe on cell r0c1 of W12?", "Energise the device?"]
    assert bench.applied == []
