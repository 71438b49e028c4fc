"""What a campaign may do at its worst, step by step, and what is against it."""

from collections.abc import Sequence

from mho.bench import Plan
from mho.bench.plan import covers
from mho.campaign import CampaignFile, works
from mho.cli.screen import console, print_table, say
from mho.job import Job
from mho.ledger import Ledger, ledger_path
from mho.quantities import AMPERE, SECOND, VOLT
from mho.samples import Cell
from mho.stimuli import Source


def rehearses(jobs: dict[str, Job]) -> bool:
    """Whether no step is on a real bench."""
    return next(iter(jobs.values())).setup.rehearses


def print_campaign_plan(
    file: CampaignFile, cells: Sequence[Cell], jobs: dict[str, Job]
) -> list[str]:
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
    real = "a rehearsal" if rehearses(jobs) else "REAL"
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


def _time(seconds: float) -> str:
    if seconds >= 7200:
        return f"{seconds / 3600:.3g} h"
    return f"{seconds / 60:.3g} min" if seconds >= 120 else f"{seconds:.3g} s"
