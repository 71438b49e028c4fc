"""``mho check``: the plan of a job and its worst case, and every refusal.

Nothing that only a run or its verdict needs is imported here.
"""

from collections.abc import Iterator

from rich.markup import escape

from mho.bench import Planned
from mho.bench.losses import losses
from mho.bench.unlimited import unlimited
from mho.bench.unseen_breakdown import unseen_breakdown
from mho.changed_limits import changed_limits
from mho.cli.exit_codes import DONE, WRONG_INPUT
from mho.cli.screen import console, print_refusals, print_table, say
from mho.job import Job
from mho.quantities import AMPERE, COULOMB, SECOND, VOLT, WATT, Unit
from mho.stimuli import Source


def check_job(job: Job) -> int:
    """Show plan and refusals."""
    refused = job.refusals()
    print_plan(job)
    if refused:
        print_refusals(refused)
        return WRONG_INPUT
    if not job.setup.rehearses:
        from mho.owner.owner import require_free

        require_free(job.setup.parts, job.setup.profile.terminals)
    console().print("nothing is refused; nothing was energised")
    return DONE


def print_plan(job: Job) -> None:
    """Print what may be applied, at its worst."""
    to = console()
    setup, plan = job.setup, job.plan()
    real = "a rehearsal, nothing real is energised" if setup.rehearses else "[bold red]REAL[/]"
    to.print(f"[bold]{escape(job.protocol.title)}[/]")
    for file in (setup.bench_file, setup.device_file, job.recipe_file):
        note = f" ({real})" if file is setup.bench_file else ""
        to.print(f"  {escape(file.place)}{note}", soft_wrap=True)
    for changed in changed_limits(setup.device_file, setup.profile):
        say(f"limit changed: {changed}", to, style="yellow")
    selection = setup.selection
    if selection is not None and setup.selector is not None:
        say(f"cell {selection.cell}, by {setup.selector.kind}: {selection.said}", to)
    _say_life(job)
    for notice in () if setup.rehearses else setup.notices:
        say(notice, to, style="yellow")
    limits = setup.limits
    for told in (
        *unlimited(plan, setup.profile, limits),
        *losses(plan, setup.profile, limits),
        *unseen_breakdown(plan, setup.profile, limits),
    ):
        say(told, to, style="yellow")
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
    print_table("Plan", headers, tuple(rows), to)
    charges = plan.charge_at
    passed = ", ".join(
        f"{_rounded(charge, COULOMB)} through {name}" for name, charge in charges.items() if charge
    )
    say(
        f"at most {plan.pulses} programming pulses and {_time(plan.duration)} at the bench; with "
        f"every current at its limit {passed or '0 C'}",
        to,
    )
    for name, charge in charges.items():
        most = setup.profile.dose.charge_at(name, setup.profile.write_at)
        if charge > most:
            say(
                f"terminal {name}: {setup.profile.name} allows {COULOMB.show(most)} in one run; "
                "the run ends where that has passed",
                to,
                style="yellow",
            )


def _say_life(job: Job) -> None:
    """What the cell had before, and what is left of its life."""
    life, to = job.life(), console()
    if life is None:
        return
    profile, cell = job.setup.profile, life.cell
    most, had = profile.dose.max_pulses, life.suffered.most_pulses
    kind = "simulated cell" if life.rehearsed else "cell"
    say(
        f"{kind} {cell.name} of {cell.sample.sample.name}: {len(life.runs)} "
        f"run{'s' * (len(life.runs) != 1)} before this one, "
        f"{had} of {most} programming pulses used, {max(most - had, 0)} left",
        to,
    )
    at = job.setup.at
    if profile.array is not None and at is not None:
        half = life.half_selected(profile.array)
        saw = {name: half.pulses(at, name) for name in profile.array.lines}
        if any(saw.values()):
            told = ", ".join(f"{count} at {name}" for name, count in saw.items() if count)
            allowed = profile.array.max_half_selected_pulses
            of = "" if allowed is None else f" of {allowed}"
            say(f"half-selected, it saw {told}{of} programming pulses of other cells", to)
    other = life.on_other_profiles(profile)
    if other:
        say(
            f"the device file says something else now than for {len(other)} of these runs (the "
            f"last is {other[-1].run}); what they did to the cell counts all the same",
            to,
            style="yellow",
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
