"""``mho new sample`` and ``mho ledger``: samples, their cells, and what these have suffered."""

from itertools import pairwise
from pathlib import Path

import click

from mho.cli.exit_codes import DONE
from mho.cli.screen import console, print_table, say
from mho.dose import Dose
from mho.errors import Problem, SettingsError
from mho.ledger import Entry, Ledger, ledger_path, rebuilt
from mho.quantities import COULOMB, SIEMENS
from mho.samples import SampleFile, read_sample

_WIDE = 100
"""Columns of a terminal in which all of it fits."""

HEADERS = ("cell", "runs", "last run", "ended", "last G", "pulses", "charge")


def show_ledger(sample: str, cell: str | None, *, rehearsed: bool | None) -> int:
    """Print what the cells of a sample have suffered, and how their last run ended."""
    file = read_sample(sample)
    there = [kind for kind in (False, True) if ledger_path(file.path, rehearsed=kind).is_file()]
    chosen = [kind for kind in there if rehearsed in (None, kind)]
    if not chosen:
        which = {None: "", True: " of rehearsals", False: " of the real cells"}[rehearsed]
        click.echo(f"sample {file.sample.name}: no run{which} was made on it yet")
        return DONE
    for kind in chosen:
        _show(file, cell, rehearsed=kind)
    return DONE


def _show(file: SampleFile, cell: str | None, *, rehearsed: bool) -> None:
    title = f"{file.sample.name}: {'simulated cells of rehearsals' if rehearsed else 'real cells'}"
    with Ledger(ledger_path(file.path, rehearsed=rehearsed)) as ledger:
        runs = ledger.runs(cell)
        by_cell: dict[str, list[Entry]] = {}
        for run in runs:
            by_cell.setdefault(run.cell, []).append(run)
        if cell is not None:
            rows: tuple[tuple[str, ...], ...] = tuple(_run_cells(run) for run in runs)
            headers: tuple[str, ...] = (
                "run", "recipe", "ended", "rows", "G after", "pulses", "charge",
            )  # fmt: skip
            if console().width < _WIDE:  # the name of a run says its protocol at least
                headers = headers[:1] + headers[2:]
                rows = tuple(row[:1] + row[2:] for row in rows)
            print_table(f"{title}, {cell}", headers, rows, console())
            for before, run in pairwise(runs):
                if run.profile != before.profile:
                    say(f"from {run.run} on, the device file said something else", console())
            return
        rows = tuple(
            (name, str(len(ran)), ran[-1].protocol, *_state(ran[-1], ledger.dose(name)))
            for name, ran in by_cell.items()
        )
    print_table(title, HEADERS, rows, console())


def _run_cells(run: Entry) -> tuple[str, ...]:
    recipe = run.recipe.removeprefix("recipe ")
    ended, conductance, pulses, charge = _state(run, run.dose)
    return (run.run, recipe, ended, str(run.rows), conductance, pulses, charge)


def _state(run: Entry, dose: Dose) -> tuple[str, str, str, str]:
    conductance = "-" if run.conductance is None else SIEMENS.show(_rounded(run.conductance))
    charge = max((at.charge for at in dose.values()), default=0.0)
    return run.status, conductance, str(dose.most_pulses), COULOMB.show(_rounded(charge))


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def rebuild_ledger(sample: str, runs: tuple[Path, ...]) -> int:
    """Make both ledgers of a sample again from its run folders."""
    file = read_sample(sample)
    missing = [Problem(str(folder), "is no folder") for folder in runs if not folder.is_dir()]
    if missing:
        raise SettingsError(missing)
    said: dict[str, None] = {}
    for rehearsed in (False, True):
        path = ledger_path(file.path, rehearsed=rehearsed)
        made, left_out = rebuilt(path, file.sample.name, runs, rehearsed=rehearsed)
        said.update(dict.fromkeys(left_out))
        if made:
            click.echo(f"{path}: {made} run{'s' if made > 1 else ''}")
        elif path.is_file():
            click.echo(f"{path}: no run of this sample was found, so it is as it was")
    for why in said:
        say(f"left out: {why}", console(errors=True), style="yellow")
    if said:
        say(
            "if they were made on cells of this sample, what they did is not counted; put them "
            "right and rebuild again",
            console(errors=True),
            style="yellow",
        )
    return DONE
