"""Carrying a campaign out: one run after another, gone on with where it stopped."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from mho.campaign.campaign import Campaign, CampaignFile, Step, changed_files
from mho.campaign.standing import LEFT, Standing, State, Work, standing_of, step_named, works
from mho.clock import Clock, RealClock
from mho.errors import Problem, SettingsError
from mho.job import Job, Said, read_job
from mho.ledger import Entry, Ledger, ledger_path
from mho.ledger.entry import RUNNING, read_entry
from mho.life import by_now, held
from mho.owner.lock import BenchLock
from mho.owner.owner import this_holder
from mho.recording.broken_run import read_broken_run
from mho.recording.documents import RecordedStep
from mho.resume import recorded_job
from mho.run import execute, go_on
from mho.samples import Cell, chosen_cells

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """How a campaign is carried out.

    Attributes
    ----------
    out
        Where run folders are made.
    reach
        Brings the cell of a job to the bench, or asks somebody to; a rehearsal does not call it.
    is_to_end
        Asked before each run: whether no further one is to begin.
    say
        Told what somebody at the bench should know meanwhile.
    """

    out: Path
    reach: Callable[[Job], None] = lambda _: None
    is_to_end: Callable[[], bool] = lambda: False
    say: Callable[[str], None] = _LOG.warning


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A piece of work whose run has just ended; ``error`` is what ended it, if something did."""

    work: Work
    entry: Entry
    error: BaseException | None


def cells_of(file: CampaignFile) -> list[Cell]:
    """The cells of a campaign, in its order.

    Raises
    ------
    SettingsError
        One is not on the sample, or the condition cannot be read.
    """
    cells = chosen_cells(file.sample, file.campaign.cells)
    if not file.campaign.where:
        return cells
    rehearsed = any(job.setup.rehearses for job in jobs_of(file, cells[:1]).values())
    path = ledger_path(file.sample.path, rehearsed=rehearsed)
    if not path.is_file():
        return []
    with Ledger(path) as ledger:
        met = ledger.cells_where(file.campaign.where)
    return [cell for cell in cells if cell.name in met]


def jobs_of(file: CampaignFile, cells: Sequence[Cell]) -> dict[str, Job]:
    """The job of each step, on the first of some cells.

    Raises
    ------
    SettingsError
        Everything wrong in recipes, bench and device, at once, each with its step.
    """
    campaign = file.campaign
    found: dict[str, Job] = {}
    problems: list[Problem] = []
    for step in campaign.steps:
        try:
            found[step.name] = read_job(
                step.protocol,
                campaign.bench,
                None,
                step.recipe,
                options=step.set,
                sample=str(file.sample.path),
                cell=cells[0].name if cells else None,
                said=Said(operator=campaign.operator, note=campaign.note, tags=campaign.tags),
            )
        except SettingsError as error:
            problems += (
                Problem(f"step {step.name}: {problem.place}", problem.message)
                for problem in error.problems
                if problem not in problems
            )
    if problems:
        raise SettingsError(problems)
    return found


def conduct(file: CampaignFile, how: Conduct) -> Iterator[Finished]:
    """Carry out what is left of a campaign; gives each run as it ends.

    Ends where everything is done, where `Conduct.is_to_end` says so, where a run fails and the
    campaign is to stop then, and where a run was interrupted.

    Raises
    ------
    BenchInUse
        Another process carries out a campaign on this sample, or has the bench; nothing was done.
    MhoError
        As `cells_of` and `jobs_of`; a run could not be opened.
    """
    cells = cells_of(file)
    if not cells:
        return
    jobs = {
        name: job if job.refusals() else job.once_checked()
        for name, job in jobs_of(file, cells).items()
    }
    _see_completed(jobs, cells)
    rehearsed = next(iter(jobs.values())).setup.rehearses
    with sample_to_oneself(file, rehearsed=rehearsed):
        yield from _carried_out(file, cells, jobs, how)


def _see_completed(jobs: dict[str, Job], cells: Sequence[Cell]) -> None:
    """See that recipes that are completed for their cell can be, for every cell.

    Raises
    ------
    SettingsError
        Everything in the way, at once, each with its step and cell.
    """
    problems: list[Problem] = []
    for name, job in jobs.items():
        for cell in cells if job.protocol.laid is not None else ():
            try:
                job.on(cell).completed()
            except SettingsError as error:
                problems += (
                    Problem(f"step {name}, cell {cell.name}: {one.place}", one.message)
                    for one in error.problems
                )
    if problems:
        raise SettingsError(problems)


@contextmanager
def sample_to_oneself(file: CampaignFile, *, rehearsed: bool) -> Iterator[None]:
    """One campaign at a time on a sample.

    Raises
    ------
    BenchInUse
        There is another one; says whose.
    """
    path = ledger_path(file.sample.path, rehearsed=rehearsed).resolve()
    holder = this_holder(f"campaign {file.campaign.name}")
    lock = BenchLock([f"sample {file.sample.sample.name} ({path})"], holder)
    lock.take()
    try:
        yield
    finally:
        lock.release()


def conduct_cell(
    file: CampaignFile, cell: Cell, jobs: dict[str, Job], how: Conduct
) -> list[Finished]:
    """What is left of a campaign on one cell, for a worker; the sample is held by who sent it.

    ``jobs`` are those of `jobs_of`, on any of the cells; they were refused nothing there.
    """
    return list(_carried_out(file, [cell], jobs, how))


def standings(file: CampaignFile, cells: Sequence[Cell], *, rehearsed: bool) -> list[Standing]:
    """How every piece of work stands."""
    path = ledger_path(file.sample.path, rehearsed=rehearsed)
    by_cell: dict[str, list[Entry]] = {}
    if path.is_file():
        with Ledger(path) as ledger:
            for run in ledger.runs():
                if run.campaign == file.campaign.name:
                    by_cell.setdefault(run.cell, []).append(_by_now(run))
    return [
        standing_of(file.campaign, work, by_cell.get(work.cell, ()))
        for work in works(file.campaign, cells)
    ]


def _carried_out(
    file: CampaignFile, cells: Sequence[Cell], jobs: dict[str, Job], how: Conduct
) -> Iterator[Finished]:
    campaign, by_name = file.campaign, {cell.name: cell for cell in cells}
    rehearsed = next(iter(jobs.values())).setup.rehearses
    path = ledger_path(file.sample.path, rehearsed=rehearsed)
    at: Cell | None = None
    said: set[Path] = set()
    with Ledger(path) as ledger:
        for work in works(campaign, cells):
            say_changed(file, said, how)
            cell = by_name[work.cell]
            if ledger.without_end(work.cell):
                with held(cell, rehearsed=rehearsed, run=path):
                    pass  # its process died; by now the ledger knows how far it came
            while (standing := _standing(campaign, work, ledger)).state in LEFT:
                if how.is_to_end():
                    return
                step = step_named(campaign, work.step)
                job = _job(jobs[work.step], cell, step, work, file)
                if not rehearsed and cell != at:
                    how.reach(job)
                    at = cell
                finished = _run(standing, step, job, how)
                yield finished
                if isinstance(finished.error, KeyboardInterrupt):
                    return
                if finished.error is not None and campaign.when_a_step_fails == "stop":
                    return


def say_changed(file: CampaignFile, said: set[Path], how: Conduct) -> None:
    """Say once of each file that it was changed since the campaign began."""
    for path in changed_files(file):
        if path not in said:
            said.add(path)
            how.say(
                f"{path} was changed since this campaign began, which goes on with what it said "
                "then. What is done stays; to go on with the new file, end it (Ctrl-C) and run it "
                "again"
            )


def _standing(campaign: Campaign, work: Work, ledger: Ledger) -> Standing:
    runs = (_by_now(run) for run in ledger.runs(work.cell) if run.campaign == campaign.name)
    return standing_of(campaign, work, list(runs))


def _by_now(run: Entry) -> Entry:
    """A run as its folder has it, where its process died before the ledger was told of its end."""
    return by_now(run) if run.status == RUNNING else run


def _job(job: Job, cell: Cell, step: Step, work: Work, file: CampaignFile) -> Job:
    """The job of a step, for another cell."""
    recorded = RecordedStep(name=file.campaign.name, step=work.step, repeat=work.repeat)
    on_cell = replace(
        job.on(cell),
        waited=step.pause if job.setup.rehearses else 0.0,
        said=replace(job.said, campaign=recorded),
    )
    return on_cell.completed()


def _run(standing: Standing, step: Step, job: Job, how: Conduct) -> Finished:
    broke_off = standing.entry
    rehearsed = job.setup.rehearses
    if standing.state is State.BROKEN and broke_off is not None:
        now = RealClock().wall_time()
        broken = read_broken_run(broke_off.folder, now, rehearsed=rehearsed)
        outcome = go_on(recorded_job(broken.start), broken)
    else:
        if step.pause and not rehearsed:
            _wait(step.pause, RealClock())
        outcome = execute(job, how.out)
    entry = outcome.entry or read_entry(outcome.folder)
    return Finished(work=standing.work, entry=entry, error=outcome.error)


_SLICE = 0.2


def _wait(duration: float, clock: Clock) -> None:
    """Let time pass on a real bench, in slices that an interrupt ends."""
    until = clock.now() + duration
    while (left := until - clock.now()) > 0:
        clock.sleep(min(_SLICE, left))
