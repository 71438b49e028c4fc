"""The only loop: takes rows from a protocol, makes each safe, ends with outputs off."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mho.bench import Bench, Plan
from mho.bench.guard import GuardedBench
from mho.bench.replayed import ReplayedBench
from mho.clock import RealClock, VirtualClock
from mho.device.model import State
from mho.dose import Dose
from mho.errors import LimitError, MhoError, UnsafeStateError
from mho.interrupts import came, deferred, look, measuring
from mho.job import Job
from mho.ledger import Entry
from mho.life import HeldCell, held, world_of
from mho.pausing import Pause, paused_by_signal
from mho.readings import Answer
from mho.recorded_results import made_results
from mho.recording import folder as run_folder
from mho.recording.answers_file import AnswersFile
from mho.recording.broken_run import BrokenRun
from mho.recording.cell_state import CellState, write_cell_state
from mho.recording.documents import STOP, RunResults, RunStop, write_start
from mho.recording.dose_file import DoseFile
from mho.recording.folder import RecordedRun
from mho.recording.journal import Journal
from mho.recording.recorder import RunRecorder
from mho.recording.resumed_journal import ResumedJournal
from mho.rehearsal import World
from mho.run_documents import instruments_of, started, stopped

Observer = Callable[[Any], None]

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A finished run: where it is, how it ended, and the error that ended it, if one did."""

    folder: Path
    stop: RunStop
    entry: Entry | None = None
    """What the ledger of its sample says of it; None without one, or if it could not be written."""
    error: BaseException | None = None


@dataclass(slots=True)
class KeptWorld:
    """The simulated device between two rehearsed runs on cells that belong to no sample."""

    state: State | None = None


def execute(
    job: Job,
    out: str | Path,
    observers: Iterable[Observer] = (),
    pause: Pause | None = None,
    kept: KeptWorld | None = None,
) -> Outcome:
    """Run a job and record it in a new folder under ``out``; ``pause`` may hold it up.

    A rehearsal goes on with the device that is ``kept``, and leaves it there.

    Whatever ends the run (its own end, an error, Ctrl-C), the order is: the protocol stops, the
    outputs go off, the stop is written, the results are made and ``run.h5`` is built. An observer
    that fails is dropped; it is named in a warning and in the stop.

    Returns
    -------
    Outcome
        Errors of instruments, limits and disk, and interrupts, are in it, not raised.

    Raises
    ------
    LimitError
        The plan goes beyond a limit; every refusal, and nothing was opened.
    BenchInUse
        Another process holds the bench, or the cell; nothing was sent.
    MhoError
        The bench could not be opened, or the run folder not be made; no folder is left behind.
    """
    folder = Path(out) / run_folder.run_name(job.protocol.name, RealClock().wall_time())
    return _executed(job, folder, observers, None, pause or Pause(), kept)


def go_on(
    job: Job,
    broken: BrokenRun,
    observers: Iterable[Observer] = (),
    pause: Pause | None = None,
) -> Outcome:
    """Go on with a run that broke off, in its folder; see `mho.resume`.

    ``job`` is that of the run (`mho.resume.recorded_job`). Returns and raises as `execute`; a run
    that could not be opened again is as it was before.
    """
    return _executed(job, broken.folder, observers, broken, pause or Pause())


def _executed(
    job: Job,
    folder: Path,
    observers: Iterable[Observer],
    broken: BrokenRun | None,
    pause: Pause,
    kept: KeptWorld | None = None,
) -> Outcome:
    refused = [] if job.checked else job.refusals(broken)
    if refused:
        raise LimitError(refused)
    with deferred():  # interrupts wait, but while it measures
        with _cell(job, folder, broken) as cell, paused_by_signal(pause):
            outcome = _recorded(job, cell, folder, list(observers), broken, pause, kept)
        if came() and outcome.error is None:  # not while it measured: later, when all was done
            return replace(outcome, error=KeyboardInterrupt("at the end of the run"))
        return outcome


@contextmanager
def _cell(job: Job, folder: Path, broken: BrokenRun | None) -> Iterator[HeldCell | None]:
    """The cell that nobody else uses meanwhile; None without a sample."""
    if job.cell is None:
        yield None
        return
    with held(job.cell, rehearsed=job.setup.rehearses, run=folder, broken=broken) as cell:
        yield cell


def _recorded(
    job: Job,
    cell: HeldCell | None,
    folder: Path,
    observers: list[Observer],
    broken: BrokenRun | None,
    pause: Pause,
    kept: KeptWorld | None,
) -> Outcome:
    plan, world = job.plan(), None
    if job.checked:  # but for what its cell has suffered
        refused = job.dose_refusals(plan, None if cell is None else cell.life)
        if refused:
            raise LimitError(refused)
    if cell is not None and cell.life.rehearsed:
        world = world_of(cell.life, job.setup, VirtualClock(), job.waited)
    elif job.setup.rehearses and cell is None:
        world, kept = _kept_world(job, broken, kept)
    passed = 0.0 if broken is None else broken.passed
    replayed: list[ReplayedBench] = []
    keeper = _AnswerKeeper()

    def around(bench: Bench) -> Bench:
        if job.setup.rehearses:  # its cell gives the answers anew
            return bench
        before = () if broken is None or broken.answers is None else broken.answers
        replayed.append(ReplayedBench(bench, before, keeper.keep))
        return replayed[0]

    with closing(job.setup.open(folder, world, passed, around)) as guarded:
        if cell is not None:
            guarded.suffered(cell.life.suffered)
        guarded.bind(plan)
        guarded.take()
        pause.watch(folder)
        guarded.pause_with(pause)
        record = _Record(job, plan, cell, folder, guarded, observers, broken)
        if kept is not None and kept.state is not None:
            write_cell_state(folder, "before", CellState(0.0, kept.state))
        if replayed:
            record.keep_answers(keeper, replayed[0])
        error: BaseException | None = None
        try:
            with measuring():
                record.measure()
        except BaseException as caught:
            error = caught
            if not isinstance(caught, MhoError | KeyboardInterrupt) and came():
                error = KeyboardInterrupt(f"it became {type(caught).__name__}: {caught}")
        unsafe = isinstance(error, UnsafeStateError)
        if isinstance(error, MhoError) and not guarded.was_opened and not unsafe:
            record.take_back()
            raise error
        outcome = record.finish(error, world)
        if kept is not None and world is not None:
            kept.state = world.laid_aside()
    if outcome.error is not None and not isinstance(outcome.error, MhoError | KeyboardInterrupt):
        raise outcome.error
    return outcome


def _kept_world(
    job: Job, broken: BrokenRun | None, kept: KeptWorld | None
) -> tuple[World | None, KeptWorld | None]:
    """The world that a rehearsed run without a sample goes on in; None where it is a new one."""
    if broken is not None and broken.before is not None:
        kept = KeptWorld(broken.before.world)
    if kept is None:
        return None, None
    world = job.setup.simulated_world(VirtualClock())
    if kept.state is not None:
        world.restore(kept.state)
    return world, kept


class _AnswerKeeper:
    """Keeps answers once there is a folder for them."""

    def __init__(self) -> None:
        self.file: AnswersFile | None = None

    def keep(self, answer: Answer) -> None:
        if self.file is not None:
            self.file.keep(answer)


class _Record:
    """What is written of a run, from its first file to its last."""

    def __init__(
        self,
        job: Job,
        plan: Plan,
        cell: HeldCell | None,
        folder: Path,
        guarded: GuardedBench,
        observers: list[Observer],
        broken: BrokenRun | None,
    ) -> None:
        self._job, self._cell, self._folder, self._guarded = job, cell, folder, guarded
        self._plan = plan
        self._observers, self._broken = _Observers(observers), broken
        self._durable = not job.setup.rehearses  # which can be made again from its seed
        self._within = next(around for around in folder.parents if around.exists())
        self._journal: Journal | ResumedJournal
        if broken is None:
            life = None if cell is None else cell.life
            self._start = started(job, plan, life, folder.name, guarded)
            if cell is not None:
                cell.announce(folder, self._start)
            self._journal = run_folder.create(folder, self._start, durable=self._durable)
        else:
            self._start = broken.start
            self._journal = broken.journal()
        self._recorder = RunRecorder(
            self._journal, folder, self._start.columns, guarded.clock, self._observers.show
        )
        guarded.record_with(self._recorder)
        self._answers: AnswersFile | None = None
        self._real: ReplayedBench | None = None
        self._dose: DoseFile | None = None
        if cell is not None:
            self._keep_dose(cell)

    def _keep_dose(self, cell: HeldCell) -> None:
        """Keep what the cell suffers safe from now on."""
        terminals = tuple(self._job.setup.profile.terminals)
        before = Dose() if self._broken is None else self._broken.dose
        self._dose = dose_file = DoseFile(self._folder, terminals, before)
        journal = self._journal

        def keep(dose: Dose) -> None:
            if not journal.replays:  # until then the file says what those rows took
                dose_file.write(dose)

        self._guarded.keep_dose_with(keep)
        cell.begin(self._folder, self._start, before)

    def keep_answers(self, keeper: _AnswerKeeper, bench: ReplayedBench) -> None:
        """Keep what a real bench answers from now on."""
        self._answers = keeper.file = AnswersFile(self._folder)
        self._guarded.record_with(self._recorder, bench.protocol_clock)
        self._real = bench

    def measure(self) -> None:
        """Take rows from the protocol and make each safe."""
        guarded, recorder = self._guarded, self._recorder
        with guarded:
            start = replace(self._start, instruments=instruments_of(guarded))
            if self._broken is not None:
                start = self._broken.reopen(start, guarded.clock.wall_time())
            write_start(self._folder, start, durable=self._durable)
            if self._real is not None and self._may_have_moved() and self._tells_contact():
                self._real.require_contact()
            with closing(self._job.rows(guarded)) as rows:
                for row in rows:
                    recorder.write(row)
                    look()
            recorder.flush()

    def _tells_contact(self) -> bool:
        """Whether a read tells of contact: a transistor whose gate is at 0 V is silent anyway.

        That may be where no terminal is held at a bias, and the protocol is to drive one that
        neither reads nor programs.
        """
        profile = self._job.setup.profile
        if any(terminal.bias for terminal in profile.terminals.values()):
            return True
        driven = {bias.terminal for bias in self._plan.biases}
        for planned in self._plan.planned:
            driven.update(planned.stimulus.terminals)
        return driven <= {profile.read_terminal, profile.write_at}

    def _may_have_moved(self) -> bool:
        """Whether the probes may stand elsewhere than when the device was last seen."""
        cell = self._job.cell
        by_hand = cell is not None and cell.sample.sample.reach.by == "operator"
        selector = self._job.setup.selector
        by_hand |= selector is not None and selector.driver.by_hand
        return by_hand or self._broken is not None

    def take_back(self) -> None:
        """Leave nothing of a run that never came to a bench; one that was there stays as it was."""
        self._recorder.close(complete=True)
        if self._answers is not None:
            self._answers.close(forget=False)
        if self._dose is not None:
            self._dose.close(forget=self._broken is None)
        if self._broken is not None:
            return
        if self._cell is not None:
            self._cell.discard(self._folder.name)
        run_folder.discard(self._folder, self._within)

    def finish(self, error: BaseException | None, world: World | None) -> Outcome:
        """Outputs off, if an interrupt struck before they were; then everything is written."""
        try:
            self._guarded.close()
        except MhoError as failure:
            error = failure
        try:
            self._recorder.close(complete=error is None)
        except MhoError as failure:
            error = error or failure
        if self._answers is not None:
            self._answers.close(forget=error is None)
        if self._cell is not None and world is not None:
            try:
                self._cell.leave(self._folder, world, self._job.waited)
            except MhoError as failure:
                error = error or failure
        stop = stopped(
            error, self._journal.rows, self._guarded, self._recorder, self._observers.failed
        )
        ended: RecordedRun | None = None
        try:
            ended = run_folder.finish(
                self._folder,
                stop,
                self._made,
                durable=self._durable,
                size=self._journal.size,
                kept=self._recorder.kept if self._broken is None else None,
            )
        except (MhoError, KeyboardInterrupt) as failure:
            error = error or failure
        if self._dose is not None:
            self._dose.close(forget=(self._folder / STOP).exists())
        entry: Entry | None = None
        if self._cell is not None:
            try:
                entry = self._cell.end(self._folder, ended)
            except MhoError as failure:
                error = error or failure
        return Outcome(folder=self._folder, stop=stop, entry=entry, error=error)

    def _made(self, run: RecordedRun) -> RunResults:
        with measuring():  # outputs are off: who does not want to wait for them interrupts
            return made_results(run, self._job.protocol, self._job.recipe)


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
