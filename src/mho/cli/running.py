"""``mho run`` and ``mho demo``: the plan, the question, the run, the verdict."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from mho.changed_limits import changed_limits
from mho.cli.checking import print_plan
from mho.cli.exit_codes import DONE, INTERRUPTED, STOPPED, WRONG_INPUT
from mho.cli.pause_key import pause_key
from mho.cli.plotting import draw_run
from mho.cli.reaching import ask_for
from mho.cli.recorded import CONTACT_LOST, print_contact_notes, summarise
from mho.cli.screen import (
    console,
    explain,
    is_interactive,
    print_refusals,
    print_summary,
    say,
)
from mho.clock import RealClock
from mho.errors import BenchInUse, MhoError
from mho.half_select import half_selected_lines
from mho.interrupts import came, deferred, measuring, termination_as_interrupt
from mho.job import Job
from mho.owner.lock import holder_of_run
from mho.owner.owner import require_free
from mho.pausing import Pause
from mho.plugin_kinds import MeasurementProtocol
from mho.recording import RecordedRun, read_run
from mho.recording.broken_run import BrokenRun, read_broken_run
from mho.recording.documents import read_start
from mho.resume import recorded_job
from mho.run import Observer, Outcome, execute, go_on


def run_job(job: Job, out: Path, *, confirmed: bool) -> int:
    """Show the plan, ask if a real bench is to be energised, run, show the verdict."""
    return _agreed(job, lambda see, pause: execute(job, out, see, pause), confirmed=confirmed)


def resume_run(folder: Path, *, confirmed: bool) -> int:
    """Go on with a run that broke off, as `run_job` runs one."""
    job = recorded_job(read_start(folder))
    holder = holder_of_run(folder)
    if holder is not None:
        raise BenchInUse(f"{folder} goes on: {holder}")
    now, rehearsed = RealClock().wall_time(), job.setup.rehearses
    broken = read_broken_run(folder, now, rehearsed=rehearsed)
    return _agreed(
        job, lambda see, pause: go_on(job, broken, see, pause), broken, confirmed=confirmed
    )


def _agreed(
    job: Job,
    perform: Callable[[list[Observer], Pause], Outcome],
    broken: BrokenRun | None = None,
    *,
    confirmed: bool,
) -> int:
    refused = job.refusals(broken)
    print_plan(job)
    if refused:
        print_refusals(refused)
        return WRONG_INPUT
    require_free(
        job.setup.parts, job.setup.profile.terminals
    )  # nobody is to agree to what cannot be done
    if not confirmed and not job.setup.rehearses:
        if not is_interactive():
            print_refusals(["nobody is here to agree to the plan; give --yes to run unattended"])
            return WRONG_INPUT
        ask_for(job, confirmed=confirmed)
        changed = changed_limits(job.setup.device_file, job.setup.profile)
        within = f" {len(changed)} of its limits were changed, see above." if changed else ""
        click.confirm(f"Energise the device?{within}", abort=True)
    with termination_as_interrupt(), deferred():  # from here on the last line is printed
        pause = Pause()
        with progress_bar() as progress, pause_key(pause):
            outcome = perform([reporter(job.protocol, job, progress)], pause)
        if outcome.error is not None:
            explain(outcome.error)  # first: an output that is still on cannot wait for a figure
        try:
            with measuring():
                code = _verdict(job, outcome)
        except BaseException as error:
            if not (isinstance(error, KeyboardInterrupt) or came()):
                raise
            console().print("interrupted while the verdict was made; mho show makes it again")
            code = INTERRUPTED
        finally:
            click.echo(str(outcome.folder))
        return INTERRUPTED if came() else code


def _verdict(job: Job, outcome: Outcome) -> int:
    """What came of the run, and its exit code."""
    code = _show_outcome(job, outcome)
    if isinstance(outcome.error, KeyboardInterrupt):
        console().print(f"interrupted; outputs are off, {outcome.stop.rows} rows are kept")
        return INTERRUPTED
    if outcome.error is not None:
        console().print(f"the run was stopped; {outcome.stop.rows} rows are kept")
        return STOPPED
    return code


def _show_outcome(job: Job, outcome: Outcome) -> int:
    """The verdict, if the disk still lets it be made; a run that cannot be shown has stopped."""
    if not outcome.stop.rows:
        if outcome.error is None:
            console().print("it ended without a row: nothing was measured")
        return STOPPED
    try:
        run = read_run(outcome.folder)
        print_summary(summarise(run), console())
        print_contact_notes(run, console())
        for line in half_selected_lines(run.start, run.stop):
            say(line, console())
        draw_run(run, run.folder / f"{job.protocol.name}.png")
    except MhoError as error:
        if outcome.error is None:
            explain(error)
        return STOPPED
    if outcome.error is None and _lost_contact(run):
        console().print("the contact to the device was lost, so the run is not what was asked for")
        return STOPPED
    return DONE


def _lost_contact(run: RecordedRun) -> bool:
    """Whether the last row says that the device was gone: all protocols have one word for it."""
    verdicts = [column.name for column in run.start.columns if column.kind == "choice"]
    return any(run.rows[name].iloc[-1] == CONTACT_LOST for name in verdicts)


def progress_bar() -> Progress:
    """Where a run stands, below what it says."""
    return Progress(
        BarColumn(bar_width=24),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=console(errors=True),
        transient=True,
    )


def reporter(
    protocol: MeasurementProtocol, job: Job, progress: Progress, *, says: bool = True
) -> Callable[[Any], None]:
    """An observer of rows that moves a bar; where it ``says`` so, with a line for each step."""
    task = progress.add_task("opening the bench", total=1.0)
    reached = 0.0

    def report(row: Any) -> None:
        nonlocal reached
        share, text = protocol.progress(row, job.recipe)
        if share > reached and says:
            reached = share
            progress.console.print(escape(text))
        progress.update(task, completed=share, description=escape(text))

    return report
