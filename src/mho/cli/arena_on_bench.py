"""``mho arena --bench``: the contest through driver, recording and guard, one cell at a time."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from mho.arena.contest import Entrant
from mho.arena.on_bench import Match, Replay, matches
from mho.arena.recorded import Played, played, rounds_of
from mho.cli.arena import as_document, draw_contest
from mho.cli.arena_options import DEVICE, Asked
from mho.cli.arena_tables import round_lines
from mho.cli.checking import print_plan
from mho.cli.exit_codes import DONE, INTERRUPTED, STOPPED, WRONG_INPUT
from mho.cli.options import DEFAULT_OUT
from mho.cli.pause_key import pause_key
from mho.cli.reaching import ask_for
from mho.cli.running import progress_bar, reporter
from mho.cli.screen import console, explain, is_interactive, print_refusals, say
from mho.errors import MhoError
from mho.interrupts import came, deferred, termination_as_interrupt
from mho.job import Job, Said
from mho.owner.owner import require_free
from mho.pausing import Pause
from mho.quantities import FRACTION
from mho.run import Observer
from mho.walk import Stop, walk


def replay(options: Mapping[str, Any], asked: Asked, entrants: Sequence[Entrant]) -> int:
    """Tell what it takes, ask where a real bench is to be energised, hold it, show the standings.

    Raises
    ------
    SettingsError
        Everything wrong in options and files, at once.
    """
    found = matches(_replay(options, asked, entrants))
    first, as_json = found[0].job, bool(options["as_json"])
    say_to = console(errors=as_json)
    title = _title(found, asked, entrants)
    refused = _refused(found)
    if not as_json:
        print_plan(first)
    say(title, say_to)
    say(_time_told(found, asked), say_to)
    if refused:
        print_refusals(refused)
        return WRONG_INPUT
    require_free(first.setup.parts, first.setup.profile.terminals)
    if not options["yes"] and not first.setup.rehearses:
        if not is_interactive():
            print_refusals(["nobody is here to agree to the plan; give --yes to run unattended"])
            return WRONG_INPUT
        click.confirm(f"Energise the device for {len(found)} runs like this one?", abort=True)
    runs: list[Played] = []
    with termination_as_interrupt(), deferred():
        code = _played(found, options, runs)
    standings = list(rounds_of(runs))
    if as_json:
        about = _about(first, runs)
        document = as_document(about, asked.terms, standings)
        click.echo(json.dumps(document, indent=1, allow_nan=False))
    else:
        for one in standings:
            lines = round_lines(one, with_calibration=options["calibration"])
            click.echo("\n".join(lines))
    if standings:
        draw_contest(title, standings, options["figure"], as_json=as_json)
    return INTERRUPTED if came() else code


def _replay(options: Mapping[str, Any], asked: Asked, entrants: Sequence[Entrant]) -> Replay:
    device = options["device"]
    if options["sample"] is None:
        device = device or DEVICE
    return Replay(
        bench=options["bench"],
        device=device,
        sample=options["sample"],
        cells=options["cells"],
        devices=asked.devices,
        targets=asked.targets,
        ends=asked.ends,
        tolerances=asked.tolerances,
        entrants=entrants,
        terms=asked.terms,
        seed=options["seed"],
        options=options["options"],
        wire=options["wire"],
        said=Said(
            operator=options["operator"], note=options["note"], tags=("arena", *options["tags"])
        ),
    )


def _title(found: Sequence[Match], asked: Asked, entrants: Sequence[Entrant]) -> str:
    setup = found[0].job.setup
    cells = len({match.cell for match in found})
    tolerances = ", ".join(FRACTION.show(one) for one in asked.tolerances)
    return (
        f"{len(entrants)} algorithms on {setup.profile.name}, {setup.bench_file.place}: {cells} "
        f"cell{'s' * (cells != 1)} x {asked.targets} targets, at {tolerances}"
    )


def _time_told(found: Sequence[Match], asked: Asked) -> str:
    """How long it takes, at the least and at the most, and how many pulses a cell may get."""
    plans = [match.job.plan() for match in found]
    cells = len({match.cell for match in found})
    judging = (asked.terms.judged_after + asked.terms.judged_for) * asked.targets * len(found)
    return (
        f"{len(found)} runs one after the other, cell by cell: the judged means alone take "
        f"{_time(judging)}, everything at the very most {_time(sum(p.duration for p in plans))}; "
        f"at most {sum(p.pulses for p in plans) // cells} programming pulses for each cell"
    )


def _refused(found: Sequence[Match]) -> list[str]:
    """Every refusal, once: of each plan on the first cell, of the life of each cell."""
    refused: list[str] = []
    for number, (cell, of_cell) in enumerate(groupby(found, key=lambda match: match.cell)):
        jobs = [match.job for match in of_cell]
        if not number:
            refused += [why for job in jobs for why in job.refusals()]
        life = jobs[0].life()
        most = jobs[0].setup.profile.dose.max_pulses
        left = most if life is None else most - life.suffered.most_pulses
        pulses = sum(job.plan().pulses for job in jobs)
        if pulses > left:
            refused.append(
                f"{cell}: {pulses} programming pulses may be applied in all, and {left} of its "
                f"life of {most} are left; take fewer algorithms, targets or --max-pulses"
            )
    return list(dict.fromkeys(refused))


def _played(found: Sequence[Match], options: Mapping[str, Any], runs: list[Played]) -> int:
    """Make the runs; each that has a folder is in ``runs``. The exit code."""
    say_to, pause = console(errors=bool(options["as_json"])), Pause()
    with progress_bar() as progress, pause_key(pause):
        report = reporter(found[0].job.protocol, found[0].job, progress, says=False)
        try:
            for match, stop in _stops(found, options, pause, [report]):
                if stop.outcome is None:
                    print_refusals([f"{match.cell}: {why}" for why in stop.refused])
                    return STOPPED
                one = played(match.entrant, match.tolerance, match.cell, stop.outcome.folder)
                runs.append(one)
                say(_line(one), say_to)
                error = stop.outcome.error
                if error is not None:
                    explain(error)
                    return INTERRUPTED if isinstance(error, KeyboardInterrupt) else STOPPED
        except MhoError as error:  # a run that could not be opened; those before are kept
            explain(error)
            return STOPPED
    return DONE


def _stops(
    found: Sequence[Match], options: Mapping[str, Any], pause: Pause, observers: list[Observer]
) -> Iterator[tuple[Match, Stop]]:
    """Run after run. A simulated cell that belongs to no sample begins each as a new one.

    Those of an array know of one another: they are one device from the first run to the last.
    """
    out: Path = options["out"] or DEFAULT_OUT
    jobs = _asked(found, confirmed=options["yes"])
    if found[0].job.setup.profile.array is not None:
        yield from zip(found, walk(jobs, out, observers, pause), strict=False)
        return
    for match, job in zip(found, jobs, strict=True):
        for stop in walk([job], out, observers, pause):
            yield match, stop


def _asked(found: Sequence[Match], *, confirmed: bool) -> Iterator[Job]:
    """The jobs; where somebody has to bring the next cell to the bench, mho waits for that."""
    before: str | None = None
    for match in found:
        if match.cell != before and not match.job.setup.rehearses:
            ask_for(match.job, confirmed=confirmed)
        before = match.cell
        yield match.job


def _line(one: Played) -> str:
    return (
        f"{one.cell}: {one.entrant} at {FRACTION.show(one.tolerance)}: {one.true} of "
        f"{len(one.targets)} targets true, {one.folder}"
    )


def _about(first: Job, runs: Sequence[Played]) -> dict[str, Any]:
    recipe = first.recipe.model_dump()
    return {
        "device": first.setup.profile.name,
        "bench": first.setup.bench_file.place,
        "preset": None,
        "devices": len({run.cell for run in runs}),
        "targets": list(recipe["targets"]),
        "seed": first.setup.seed,
        "runs": [
            {
                "algorithm": run.entrant,
                "tolerance": run.tolerance,
                "cell": run.cell,
                "folder": str(run.folder),
                "exchanges": run.exchanges,
            }
            for run in runs
        ],
        "composite": None,
    }


def _time(seconds: float) -> str:
    if seconds >= 7200:
        return f"{seconds / 3600:.3g} h"
    return f"{seconds / 60:.3g} min" if seconds >= 120 else f"{seconds:.3g} s"
