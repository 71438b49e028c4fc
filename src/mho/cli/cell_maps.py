"""``mho plot --result``: the cells of several runs from above, coloured by a result."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from mho.campaign.map import map_panels, quantity_of
from mho.cli.exit_codes import DONE
from mho.cli.plotting import picture_path
from mho.drawing import Look, draw
from mho.drawing.look import width_of
from mho.errors import Problem, SettingsError
from mho.figure import Figure
from mho.plugins import unknown
from mho.recorded_results import results_of
from mho.recording import RecordedRun, RunStart, read_run
from mho.result import Result


class RunCell(NamedTuple):
    """The cell that a run was made on; see `mho.campaign.map.Placed`."""

    name: str
    die: str
    row: int | None
    column: int | None


def plot_map(
    folders: Sequence[Path],
    result: str,
    part: str,
    out: Path | None,
    picture: str | None,
    width: str,
    style: Path | None,
) -> int:
    """Draw a result of runs on cells and print where the figure is; of a cell its last run counts.

    Raises
    ------
    SettingsError
        A run was made on no cell, or none has that result.
    """
    look = Look(width=width_of(width), style=style)
    runs = [read_run(folder) for folder in dict.fromkeys(one.resolve() for one in folders)]
    runs.sort(key=lambda run: run.start.start_time)
    cells = {(cell := _cell(run.start)).name: cell for run in runs}
    found = {_cell(run.start).name: (*results_of(run).results, *_last(run)) for run in runs}
    of_cell = {
        name: one
        for name, results in found.items()
        for one in results
        if (one.name, one.part) == (result, part) and one.value is not None
    }
    if not of_cell:
        raise SettingsError([_no_result(result, part, found.values())])
    start, path = runs[0].start, picture_path(out, picture, Path(f"map_{result}"))
    ordered = sorted(cells.values(), key=lambda one: (one.die, one.row or 0, one.column or 0))
    quantity = quantity_of(result, part)
    title = f"{start.protocol}: {quantity} of {len(of_cell)} of {len(cells)} cells"
    devices = ", ".join(dict.fromkeys(run.start.device for run in runs))
    note = f"{len(runs)} runs, {runs[0].start.run_id} to {runs[-1].start.run_id} · device {devices}"
    figure = Figure(title=title, panels=tuple(map_panels(ordered, of_cell, quantity)))
    draw(figure, path, note=note, look=look)
    click.echo(str(path))
    return DONE


def _last(run: RecordedRun) -> tuple[Result, ...]:
    """The conductance that a run left the cell with, as a result."""
    conductance = None if run.stop is None else run.stop.conductance
    if conductance is None:
        return ()
    return (
        Result(
            name="conductance",
            value=conductance,
            unit="S",
            method="the last row that has a conductance",
            source="stop.json",
        ),
    )


def _cell(start: RunStart) -> RunCell:
    """Where the cell of a run stands."""
    if start.cell is not None:
        return RunCell(start.cell.cell, start.cell.die, start.cell.row, start.cell.column)
    if start.selected is not None:
        row, column = start.selected.row, start.selected.column
        return RunCell(f"r{row}c{column}", "", row, column)
    message = "was made on no cell of a sample or an array; --result draws runs on cells"
    raise SettingsError([Problem(start.run_id, message)])


def _no_result(result: str, part: str, found: Iterable[Sequence[Result]]) -> Problem:
    every = [one for results in found for one in results]
    parts = list(dict.fromkeys(one.part for one in every if one.name == result and one.part))
    if parts and not part:
        message = f"belongs to parts of a run; say of which with --part: {', '.join(parts)}"
        return Problem(f"result {result}", message)
    known = list(dict.fromkeys(one.name for one in every))
    if result in known:
        return Problem(f"result {result}", f"no run has it with a value for --part {part}")
    return unknown("result", result, known, "--result")
