"""The only loop: takes rows from a protocol, makes each safe, ends with outputs off."""

import json
import logging
import platform
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from mho.bench.guard import GuardedBench
from mho.bench.recorder import SHORT
from mho.clock import RealClock, VirtualClock
from mho.errors import LimitError, MhoError, UnsafeStateError
from mho.interrupts import came, deferred, look, measuring
from mho.job import Job
from mho.life import Life, begin, discard, end, held, world_of
from mho.recording import folder as run_folder
from mho.recording.columns import columns
from mho.recording.documents import STOP, RecordedInstrument, RunStart, RunStop, write_start
from mho.recording.dose_file import DoseFile, recorded_dose
from mho.recording.journal import Journal
from mho.recording.recorder import RunRecorder
from mho.recording.stimuli_file import drives
from mho.stimuli import duration
from mho.stimuli.score import RETURN_TO_ZERO

Observer = Callable[[Any], None]

_LOG = logging.getLogger(__name__)

_PACKAGES = ("mho", "numpy", "pandas", "h5py", "pydantic", "nidcpower", "grpcio")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A finished run: where it is, how it ended, and the error that ended it, if one did."""

    folder: Path
    stop: RunStop
    error: BaseException | None = None


def execute(job: Job, out: str | Path, observers: Iterable[Observer] = ()) -> Outcome:
    """Run a job and record it in a new folder under ``out``.

    Whatever ends the run (its own end, an error, Ctrl-C), the order is: the protocol stops, the
    outputs go off, the stop is written, ``run.h5`` is built. An observer that fails is dropped; it
    is named in a warning and in the stop.

    Returns
    -------
    Outcome
        Errors of instruments, limits and disk, and interrupts, are in it, not raised.

    Raises
    ------
    LimitError
        The plan goes beyond a limit; every refusal, and nothing was opened.
    BenchInUse
        Another process holds the bench; nothing was sent.
    MhoError
        The bench could not be opened, or the run folder not be made; no folder is left behind.
    """
    refused = job.refusals()
    if refused:
        raise LimitError(refused)
    with deferred():
        outcome = _execute(job, Path(out), list(observers))
        if came() and outcome.error is None:  # not while it measured: later, when all was done
            return replace(outcome, error=KeyboardInterrupt("at the end of the run"))
        return outcome


def _execute(job: Job, out: Path, observers: list[Observer]) -> Outcome:
    """As `execute`; interrupts wait, but while it measures."""
    name = run_folder.run_name(job.protocol.name, RealClock().wall_time())
    folder = out / name
    with ExitStack() as around:
        life = None
        if job.cell is not None:
            life = around.enter_context(held(job.cell, rehearsed=job.setup.rehearses, run=folder))
        return _execute_on(life, job, folder, observers)


def _execute_on(life: Life | None, job: Job, folder: Path, observers: list[Observer]) -> Outcome:
    world = None
    if life is not None and life.rehearsed:
        world = world_of(life, job.setup, VirtualClock())
    with closing(job.setup.open(folder, world)) as guarded:
        if life is not None:
            guarded.suffered(life.suffered)
        guarded.bind(job.plan())
        guarded.take()
        start, watching = _start(job, life, folder.name, guarded), _Observers(observers)
        within = next(around for around in folder.parents if around.exists())
        journal = run_folder.create(folder, start)
        recorder = RunRecorder(journal, folder, start.columns, guarded.clock, watching.show)
        guarded.record_with(recorder)
        dose_file = None
        if life is not None:
            dose_file = DoseFile(folder, tuple(job.setup.profile.terminals))
            guarded.keep_dose_with(dose_file.write)
            begin(life, folder)
        error: BaseException | None = None
        try:
            with measuring():
                _measure(job, guarded, start, folder, recorder)
        except BaseException as caught:
            error = caught
            if not isinstance(caught, MhoError | KeyboardInterrupt) and came():
                error = KeyboardInterrupt(f"it became {type(caught).__name__}: {caught}")
        unsafe = isinstance(error, UnsafeStateError)
        if isinstance(error, MhoError) and not guarded.was_opened and not unsafe:
            recorder.close(complete=True)
            if life is not None:
                discard(life, folder.name)
            run_folder.discard(folder, within)
            raise error
        stop, error = _finish(guarded, folder, journal, recorder, error, watching.failed)
        if dose_file is not None:
            dose_file.close(forget=(folder / STOP).exists())
        if life is not None:
            try:
                end(life, folder, world)
            except MhoError as failure:
                error = error or failure
    if error is not None and not isinstance(error, MhoError | KeyboardInterrupt):
        raise error
    return Outcome(folder=folder, stop=stop, error=error)


def _measure(
    job: Job, guarded: GuardedBench, start: RunStart, folder: Path, recorder: RunRecorder
) -> None:
    with guarded:
        write_start(folder, replace(start, instruments=_instruments(guarded)))
        with closing(job.rows(guarded)) as rows:
            for row in rows:
                recorder.write(row)
                look()
        recorder.flush()


def _finish(
    guarded: GuardedBench,
    folder: Path,
    journal: Journal,
    recorder: RunRecorder,
    error: BaseException | None,
    observers_failed: list[str],
) -> tuple[RunStop, BaseException | None]:
    """Outputs off, if an interrupt struck before they were; then everything that is written."""
    try:
        guarded.close()
    except MhoError as failure:
        error = failure
    try:
        recorder.close(complete=error is None)
    except MhoError as failure:
        error = error or failure
    stop = _stop(error, journal.rows, guarded, recorder, observers_failed)
    try:
        run_folder.finish(folder, stop)
    except MhoError as failure:
        error = error or failure
    return stop, error


class _Observers:
    """Who looks on; one that fails is dropped, and that is said."""

    def __init__(self, observers: Iterable[Observer]) -> None:
        self._working = list(observers)
        self.failed: list[str] = []

    def show(self, row: Any) -> None:
        for observer in tuple(self._working):
            try:
                observer(row)
            except (Exception, SystemExit) as error:  # SystemExit: rich, if its pipe was closed
                self._working.remove(observer)
                name = getattr(observer, "__qualname__", type(observer).__name__)
                self.failed.append(f"{name}: {type(error).__name__}: {error}")
                with suppress(Exception, SystemExit):  # the warning may go to that pipe, too
                    _LOG.warning("the run goes on without %s", self.failed[-1])


def _start(job: Job, life: Life | None, name: str, bench: GuardedBench) -> RunStart:
    setup = job.setup
    virtual = isinstance(bench.clock, VirtualClock)
    files = (
        ("bench", setup.bench_file, setup.bench_settings),
        ("device", setup.device_file, setup.profile.model_dump(mode="json")),
        ("recipe", job.recipe_file, job.recipe.model_dump(mode="json")),
    )
    settings = {}
    for what, file, resolved in files:
        settings[what] = file.text
        settings[f"{what}_source"] = file.place
        settings[f"{what}_options"] = "\n".join(file.overrides)
        settings[f"{what}_resolved"] = json.dumps(resolved)
    return RunStart(
        run_id=name,
        protocol=job.protocol.name,
        start_time=bench.clock.wall_time().isoformat(),
        time_source="virtual clock of the rehearsal" if virtual else "host clock",
        seed=setup.seed,
        bench=bench.name,
        device=setup.profile.name,
        settings=settings,
        instruments=(),
        versions=_versions(),
        columns=columns(job.protocol.row),
        short_stimuli=tuple(
            f"{planned.what}: {'; '.join(drives(planned.stimulus.score()))}"
            for planned in job.plan().planned
            if planned.stimulus.short and duration(planned.stimulus) <= SHORT + RETURN_TO_ZERO
        ),
        cell=None if life is None else life.recorded(setup.profile),
        operator=job.said.operator,
        note=job.said.note,
        tags=job.said.tags,
    )


def _instruments(bench: GuardedBench) -> tuple[RecordedInstrument, ...]:
    return tuple(
        RecordedInstrument(
            terminal=identity.terminal,
            model=identity.model,
            serial=identity.serial,
            address=identity.address,
            firmware=identity.firmware,
            note=identity.note,
        )
        for identity in bench.identities
    )


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _stop(
    error: BaseException | None,
    rows: int,
    bench: GuardedBench,
    recorder: RunRecorder,
    observers_failed: list[str],
) -> RunStop:
    status: Literal["success", "abort", "fail"]
    if error is None:
        status, reason = "success", "the protocol ended"
    elif isinstance(error, KeyboardInterrupt):
        status, reason = "abort", f"interrupted ({error or 'Ctrl-C'})"
    else:
        status, reason = "fail", f"{type(error).__name__}: {error}"
    return RunStop(
        stop_time=bench.clock.wall_time().isoformat(),
        exit_status=status,
        reason=reason,
        rows=rows,
        duration=bench.clock.now(),
        dose=recorded_dose(bench.dose),
        conductance=recorder.conductance,
        outputs_off=not isinstance(error, UnsafeStateError),
        observers_failed=tuple(observers_failed),
    )
