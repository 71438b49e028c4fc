"""``mho campaign``: the whole plan, the work, and where it stands."""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import click
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mho.campaign import CampaignFile, Finished, State, read_campaign, works
from mho.campaign.conduct import Conduct, cells_of, conduct, jobs_of, standings
from mho.cli.campaign_plan import print_campaign_plan, rehearses
from mho.cli.campaign_standing import print_standing, standing_as_json
from mho.cli.checking import print_plan
from mho.cli.ending_gently import ending_gently
from mho.cli.exit_codes import DONE, INTERRUPTED, STOPPED, WRONG_INPUT
from mho.cli.reaching import ask_for
from mho.cli.screen import console, is_interactive, print_refusals, say
from mho.samples import Cell


def check_campaign(path: Path) -> int:
    """Show everything that a campaign may do, and every refusal."""
    file = read_campaign(path)
    cells = cells_of(file)
    jobs = jobs_of(file, cells)
    refused = print_campaign_plan(file, cells, jobs)
    if refused:
        print_refusals(refused)
        return WRONG_INPUT
    console().print("nothing is refused; nothing was energised")
    return DONE


def run_campaign(path: Path, out: Path, *, confirmed: bool, workers: str, as_json: bool) -> int:
    """Carry out what is left of a campaign, one line a finished run."""
    file = read_campaign(path)
    cells = cells_of(file)
    jobs = jobs_of(file, cells)
    rehearsed = rehearses(jobs)
    refused = print_campaign_plan(file, cells, jobs)
    if workers and not rehearsed:
        refused.append("--workers is for rehearsals: a real bench measures one cell at a time")
    if workers and any(job.setup.profile.array is not None for job in jobs.values()):
        refused.append("--workers is for cells that know nothing of each other; those of an array "
                       "share lines, and age together: take it out")  # fmt: skip
    if refused:
        print_refusals(refused)
        return WRONG_INPUT
    if not rehearsed and not confirmed:
        if not is_interactive():
            print_refusals(["nobody is here to agree to the plan; give --yes to run unattended"])
            return WRONG_INPUT
        for job in jobs.values():
            print_plan(job)
        click.confirm("Energise the devices?", abort=True)
    with ending_gently() as ending:
        how = Conduct(
            out=out,
            reach=partial(ask_for, confirmed=confirmed),
            is_to_end=ending.is_wanted,
            say=lambda text: say(text, console(errors=True), style="yellow"),
        )
        finished = _finished(file, cells, how, workers)
        interrupted = _show_progress(file, cells, finished, rehearsed=rehearsed)
    found = standings(file, cells, rehearsed=rehearsed)
    if as_json:
        click.echo(json.dumps(standing_as_json(file, found), indent=1))
    else:
        print_standing(file, cells, found)
    if interrupted or ending.is_wanted():
        return INTERRUPTED
    is_done = all(one.state in (State.DONE, State.LEFT_OUT) for one in found)
    return DONE if is_done else STOPPED


def show_campaign(path: Path, result: str, *, as_json: bool) -> int:
    """Show how every step stands on every cell, or a result of each."""
    file = read_campaign(path)
    cells = cells_of(file)
    found = standings(file, cells, rehearsed=rehearses(jobs_of(file, cells)))
    if as_json:
        click.echo(json.dumps(standing_as_json(file, found), indent=1))
    else:
        print_standing(file, cells, found, result)
    return DONE


def _finished(
    file: CampaignFile, cells: Sequence[Cell], how: Conduct, workers: str
) -> Iterator[Finished]:
    if not workers:
        return conduct(file, how)
    from mho.campaign.workers import conduct_on_workers  # Dask, which few have

    return conduct_on_workers(file, cells, how, workers)


def _show_progress(
    file: CampaignFile, cells: Sequence[Cell], finished: Iterator[Finished], *, rehearsed: bool
) -> bool:
    """Print each run as it ends, with a bar below; gives whether one was interrupted."""
    every = works(file.campaign, cells)
    found = standings(file, cells, rehearsed=rehearsed)
    done = sum(one.state in (State.DONE, State.FAILED) for one in found)
    interrupted = False
    with Progress(
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
        TimeRemainingColumn(),
        console=console(errors=True),
        transient=True,
    ) as progress:
        task = progress.add_task("runs", total=len(every), completed=done)
        for one in finished:
            interrupted |= isinstance(one.error, KeyboardInterrupt)
            progress.console.print(escape(_line(one)), soft_wrap=True)
            progress.update(task, advance=1)
    return interrupted


def _line(finished: Finished) -> str:
    work, entry = finished.work, finished.entry
    again = f" ({work.repeat})" if work.repeat > 1 else ""
    ended = entry.status if entry.status == "success" else f"{entry.status}: {entry.reason}"
    folder = entry.folder
    with suppress(ValueError):  # as a person here types it
        folder = folder.resolve().relative_to(Path.cwd())
    return f"{work.cell} {work.step}{again}: {ended}, {entry.rows} rows, {folder}"
