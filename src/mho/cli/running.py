"""``mho run``, ``mho demo`` and ``mho check``: the plan, the question, the run, the verdict."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from mho.bench import Planned
from mho.changed_limits import changed_limits
from mho.cli.exit_codes import DONE, INTERRUPTED, STOPPED, WRONG_INPUT
from mho.cli.recorded import draw_run, summarise
from mho.cli.screen import (
    console,
    explain,
    is_interactive,
    print_refusals,
    print_summary,
    table,
)
from mho.errors import MhoError
from mho.interrupts import came, deferred, measuring, termination_as_interrupt
from mho.job import Job
from mho.owner.owner import see_free
from mho.plugin_kinds import MeasurementProtocol
from mho.quantities import AMPERE, COULOMB, SECOND, VOLT, WATT, Unit
from mho.run import Outcome, execute
from mho.stimuli import Source


def check_job(job: Job) -> int:
    """Show plan and refusals."""
    refused = job.refusals()
    _print_plan(job)
    if refused:
        print_refusals(refused)
        return WRONG_INPUT
    see_free(job.setup.instruments, job.setup.profile.terminals)
    console().print("nothing is refused; nothing was energised")
    return DONE


def run_job(job: Job, out: Path, *, confirmed: bool) -> int:
    """Show the plan, ask if a real bench is to be energised, run, show the verdict."""
    refused = job.refusals()
    _print_plan(job)
    if refused:
        print_refusals(refused)
        return WRONG_INPUT
    see_free(
        job.setup.instruments, job.setup.profile.terminals
    )  # nobody is to agree to what cannot be done
    if not confirmed and not job.setup.rehearses:
        if not is_interactive():
            print_refusals(["nobody is here to agree to the plan; give --yes to run unattended"])
            return WRONG_INPUT
        changed = changed_limits(job.setup.device_file, job.setup.profile)
        within = f" {len(changed)} of its limits were changed, see above." if changed else ""
        click.confirm(f"Energise the device?{within}", abort=True)
    with termination_as_interrupt(), deferred():  # from here on the last line is printed
        with _progress() as progress:
            outcome = execute(job, out, [_reporter(job.protocol, job, progress)])
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
        return DONE
    try:
        print_summary(summarise(outcome.folder), console())
        draw_run(outcome.folder, outcome.folder / f"{job.protocol.name}.png")
    except MhoError as error:
        if outcome.error is None:
            explain(error)
        return STOPPED
    return DONE


def _progress() -> Progress:
    return Progress(
        BarColumn(bar_width=24),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=console(errors=True),
        transient=True,
    )


def _reporter(protocol: MeasurementProtocol, job: Job, progress: Progress) -> Callable[[Any], None]:
    task = progress.add_task("opening the bench", total=1.0)
    reached = 0.0

    def report(row: Any) -> None:
        nonlocal reached
        share, text = protocol.progress(row, job.recipe)
        if share > reached:
            reached = share
            progress.console.print(escape(text))
        progress.update(task, completed=share, description=escape(text))

    return report


def _print_plan(job: Job) -> None:
    to = console()
    setup, plan = job.setup, job.plan()
    real = "a rehearsal, nothing real is energised" if setup.rehearses else "[bold red]REAL[/]"
    to.print(f"[bold]{escape(job.protocol.title)}[/]")
    for file in (setup.bench_file, setup.device_file, job.recipe_file):
        note = f" ({real})" if file is setup.bench_file else ""
        to.print(f"  {escape(file.place)}{note}", soft_wrap=True)
    for changed in changed_limits(setup.device_file, setup.profile):
        to.print(f"[yellow]limit changed: {escape(changed)}[/]", soft_wrap=True)
    for notice in () if setup.rehearses else setup.notices:
        to.print(f"[yellow]{escape(notice)}[/]")
    limits = setup.limits
    for name in setup.profile.terminals:
        if name in limits and not limits[name].limits_current:
            what = limits[name].instrument
            to.print(
                f"[yellow]terminal {name}: {escape(what)} does not limit the current; compliance "
                "picks its range only, so the device must limit itself[/]"
            )
    rows = [cells for planned in plan.planned for cells in _planned_rows(planned)]
    for bias in plan.biases:
        largest = max(bias.levels, key=abs)
        rows.append((bias.what, bias.terminal, *_worst(largest, bias.limit), "-", "-"))
    for name, terminal in setup.profile.terminals.items():
        if terminal.bias is not None and terminal.bias_compliance is not None:
            worst = _worst(terminal.bias, terminal.bias_compliance)
            rows.append(("held throughout", name, *worst, "-", "-"))
        elif terminal.rests == "open":
            rows.append(("open while nothing drives it", name, "-", "-", "-", "-", "-"))
    headers = ("at worst", "terminal", "level", "compliance", "power", "lasts", "times")
    to.print(table("Plan", headers, tuple(rows)))
    charges = plan.charge_at
    passed = ", ".join(
        f"{_rounded(charge, COULOMB)} through {name}" for name, charge in charges.items() if charge
    )
    to.print(
        f"at most {plan.pulses} programming pulses and {_time(plan.duration)} at the bench; with "
        f"every current at its limit {passed or '0 C'}"
    )
    for name, charge in charges.items():
        most = setup.profile.dose.charge_at(name, setup.profile.write_at)
        if charge > most:
            to.print(
                f"[yellow]terminal {name}: {escape(setup.profile.name)} allows "
                f"{COULOMB.show(most)} in one run; the run ends where that has passed[/]"
            )


def _planned_rows(planned: Planned) -> Iterator[tuple[str, ...]]:
    """One row for each terminal that it drives."""
    score = planned.stimulus.score()
    for index, terminal in enumerate(score.terminals):
        segments = (segment for bar in score.bars() for segment in bar.parts[index])
        worst = max(segments, key=lambda segment: abs(segment.level), default=None)
        if worst is None:
            continue  # it has no point, and is refused for that
        yield (
            planned.what,
            terminal,
            *_worst(worst.level, worst.limit, worst.source),
            _time(score.duration),
            f"<= {planned.at_most}",
        )


def _worst(level: float, limit: float, source: Source = Source.VOLTAGE) -> tuple[str, str, str]:
    """A level, its limit, and their power."""
    power = _rounded(abs(level) * limit, WATT)
    if source is Source.CURRENT:
        return AMPERE.show(level), VOLT.show(limit), power
    return VOLT.show(level), AMPERE.show(limit), power


def _rounded(value: float, unit: Unit) -> str:
    return unit.show(float(f"{value:.4g}"))


def _time(seconds: float) -> str:
    if seconds >= 120:
        return f"{seconds / 60:.3g} min"
    return SECOND.show(float(f"{seconds:.3g}"))
