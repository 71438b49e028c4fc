"""``mho campaign``: the whole plan, the work, and where it stands."""

import json
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import click
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mho.bench import Plan
from mho.bench.plan import covers
from mho.campaign import CampaignFile, Finished, Standing, State, read_campaign, works
from mho.campaign.conduct import Conduct, cells_of, conduct, jobs_of, standings
from mho.cli.checking import print_plan
from mho.cli.exit_codes import DONE, INTERRUPTED, STOPPED, WRONG_INPUT
from mho.cli.reaching import ask_for
from mho.cli.screen import console, is_interactive, print_refusals, print_table, say
from mho.errors import SettingsError
from mho.job import Job
from mho.ledger import Ledger, ledger_path
from mho.plugins import unknown
from mho.quantities import AMPERE, SECOND, UNITS, VOLT
from mho.result import Result
from mho.samples import Cell
from mho.stimuli import Source

_SHORT = {
    State.TO_DO: "-",
    State.WAITING: "-",
    State.DONE: "done",
    State.BROKEN: "broke off",
    State.FAILED: "failed",
    State.LEFT_OUT: "left out",
}


def check_campaign(path: Path) -> int:
    """Show everything that a campaign may do, and every refusal."""
    file = read_campaign(path)
    cells = cells_of(file)
    jobs = jobs_of(file, cells)
    refused = _print_whole(file, cells, jobs)
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
    rehearsed = _rehearses(jobs)
    refused = _print_whole(file, cells, jobs)
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
    with _ending_gently() as ending:
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
        click.echo(json.dumps(_as_json(file, found), indent=1))
    else:
        _print_standing(file, cells, found)
    if interrupted or ending.is_wanted():
        return INTERRUPTED
    is_done = all(one.state in (State.DONE, State.LEFT_OUT) for one in found)
    return DONE if is_done else STOPPED


def show_campaign(path: Path, result: str, *, as_json: bool) -> int:
    """Show how every step stands on every cell, or a result of each."""
    file = read_campaign(path)
    cells = cells_of(file)
    found = standings(file, cells, rehearsed=_rehearses(jobs_of(file, cells)))
    if as_json:
        click.echo(json.dumps(_as_json(file, found), indent=1))
    else:
        _print_standing(file, cells, found, result)
    return DONE


def _finished(
    file: CampaignFile, cells: Sequence[Cell], how: Conduct, workers: str
) -> Iterator[Finished]:
    if not workers:
        return conduct(file, how)
    from mho.campaign.workers import conduct_on_workers  # Dask, which few have

    return conduct_on_workers(file, cells, how, workers)


def _rehearses(jobs: dict[str, Job]) -> bool:
    return next(iter(jobs.values())).setup.rehearses


def _print_whole(file: CampaignFile, cells: Sequence[Cell], jobs: dict[str, Job]) -> list[str]:
    """Print the plan of all cells; gives every refusal."""
    to, campaign = console(), file.campaign
    rows, pulses, seconds = [], 0, 0.0
    refused: list[str] = []
    conditions: list[str] = []
    if not cells:
        where = f' with "{campaign.where}"' if campaign.where else ""
        return [f"campaign {campaign.name}: there is no cell{where}"]
    for step in campaign.steps:
        job = jobs[step.name]
        plan = job.plan()
        refused += (f"step {step.name}: {why}" for why in job.refusals())
        pulses += plan.pulses
        seconds += plan.duration + step.pause
        conditions += (f"{step.name} only where {when}" for when in step.when)
        rows.append(
            (
                step.name,
                f"{step.protocol}/{step.recipe}",
                _at_worst(plan),
                str(plan.pulses),
                SECOND.show(float(f"{plan.duration:.3g}")),
            )
        )
    headers = ("step", "recipe", "at worst", "pulses", "lasts")
    real = "a rehearsal" if _rehearses(jobs) else "REAL"
    print_table(f"{campaign.name}: {len(cells)} cells of {file.sample.sample.name} ({real})",
                headers, tuple(rows), to)  # fmt: skip
    for condition in conditions:
        say(condition, to)
    runs = len(works(campaign, cells))
    times = campaign.repeats * len(cells)
    say(
        f"at most {runs} runs, {pulses * times} programming pulses ({pulses * campaign.repeats} a "
        f"cell), {_time(seconds * times)} at the bench",
        to,
    )
    refused += _beyond_dose(file, cells, jobs, pulses * campaign.repeats)
    return list(dict.fromkeys(refused))


def _at_worst(plan: Plan) -> str:
    """The widest levels and limits at each terminal: ``TE -2.4 V to 2 V, 5 mA``."""
    found = []
    for (terminal, source), most in covers(plan).stimuli.items():
        level, limit = (AMPERE, VOLT) if source is Source.CURRENT else (VOLT, AMPERE)
        ends = " to ".join(level.show(end) for end in (most.lowest, most.highest) if end)
        if ends:
            found.append(f"{terminal} {ends}, {limit.show(most.limit)}")
    return "; ".join(found)


def _beyond_dose(
    file: CampaignFile, cells: Sequence[Cell], jobs: dict[str, Job], pulses: int
) -> list[str]:
    """Cells that have not enough of their life left for all steps."""
    job = next(iter(jobs.values()))
    profile = job.setup.profile
    path = ledger_path(file.sample.path, rehearsed=job.setup.rehearses)
    most, before = profile.dose.max_pulses, {}
    if path.is_file():
        with Ledger(path) as ledger:
            before = {cell.name: ledger.dose(cell.name).most_pulses for cell in cells}
    least = most - max(before.values(), default=0)
    say(f"pulses left to the cell that has fewest: {least} of {most} ({profile.name})", console())
    return [
        f"cell {name} had {had} programming pulses, and {pulses} more would exceed the {most} of "
        f"its life (dose.max_pulses of {profile.name})"
        for name, had in before.items()
        if had + pulses > most
    ]


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


def _print_standing(
    file: CampaignFile, cells: Sequence[Cell], found: list[Standing], result: str = ""
) -> None:
    _see_result(file, found, result)
    names = [step.name for step in file.campaign.steps]
    at = {(one.work.cell, one.work.step): one for one in found}  # of the last repeat
    rows = tuple(
        (cell.name, *(_cell(at[cell.name, name], result) for name in names)) for cell in cells
    )
    title = f"{file.campaign.name}: {result or 'how each step stands'}"
    print_table(title, ("cell", *names), rows, console())
    counts = {state: sum(one.state is state for one in found) for state in State}
    said = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    say(f"{len(found)} runs: {said}", console())
    why = dict.fromkeys(f"{one.state}: {one.why}" for one in found if one.why)
    for reason in list(why)[:10]:
        say(reason, console())


def _see_result(file: CampaignFile, found: Sequence[Standing], result: str) -> None:
    """See that a result is one of those that there are."""
    entries = (one.entry for one in found if one.entry is not None)
    known = list(dict.fromkeys(one.name for entry in entries for one in entry.results))
    if result and known and result not in known:
        raise SettingsError([unknown("result", result, known, f"campaign {file.campaign.name}")])


def _cell(standing: Standing, result: str) -> str:
    """How it stands; or a result of its last run, of its parts one after another."""
    results = () if standing.entry is None else standing.entry.results
    values = [_value(one) for one in results if one.name == result]
    return ", ".join(values) or _SHORT[standing.state]


def _value(result: Result) -> str:
    if result.value is None:
        return "not known"
    if isinstance(result.value, str):
        return result.value
    unit = next((one for one in UNITS if one.symbol == result.unit != "1"), None)
    short = float(f"{result.value:.4g}")
    return f"{short:g}" if unit is None else unit.show(short)


def _as_json(file: CampaignFile, found: list[Standing]) -> dict[str, Any]:
    return {
        "campaign": file.campaign.name,
        "sample": file.sample.sample.name,
        "runs": [
            {
                **one.work._asdict(),
                "state": str(one.state),
                "why": one.why,
                "folder": None if one.entry is None else str(one.entry.folder),
                "results": {}
                if one.entry is None
                else {
                    f"{r.name} [{r.part}]" if r.part else r.name: r.value for r in one.entry.results
                },
            }
            for one in found
        ],
    }


class _Ending:
    """Whether somebody wants the campaign to end after the run that goes on."""

    def __init__(self) -> None:
        self._wanted = False

    def is_wanted(self) -> bool:
        return self._wanted

    def want(self, number: int, _frame: FrameType | None) -> None:
        """Ctrl-C: the first time after this run, the second time now."""
        if self._wanted:
            raise KeyboardInterrupt(signal.Signals(number).name)
        self._wanted = True
        say(
            "the run that goes on is finished first; Ctrl-C again stops it now",
            console(errors=True),
        )


@contextmanager
def _ending_gently() -> Iterator[_Ending]:
    ending = _Ending()
    before = signal.signal(signal.SIGINT, ending.want)
    try:
        yield ending
    finally:
        signal.signal(signal.SIGINT, before)


def _time(seconds: float) -> str:
    if seconds >= 7200:
        return f"{seconds / 3600:.3g} h"
    return f"{seconds / 60:.3g} min" if seconds >= 120 else f"{seconds:.3g} s"
