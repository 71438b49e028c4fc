"""``mho plot RUN RUN...``: runs of one protocol in one figure, or how their results spread."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import click

from mho.campaign.map import axis_of, distribution
from mho.cli.exit_codes import DONE
from mho.cli.plotting import picture_path
from mho.cli.recorded import file_name, made
from mho.drawing import Look, draw
from mho.drawing.look import width_of
from mho.errors import Problem, SettingsError
from mho.figure import Band, Figure, Line, Panel
from mho.recorded_results import protocol_and_recipe, results_of
from mho.recording import RecordedRun, read_run
from mho.recording.documents import cell_of_run
from mho.result import numbers

MOST_LAID_OVER = 8
"""Runs whose lines can still be told apart."""

_TOLD_APART = 5
"""Colours without an order."""


def plot_runs(
    folders: Sequence[Path], out: Path | None, picture: str | None, width: str, style: Path | None
) -> int:
    """Draw several runs and print where the figure is."""
    look = Look(width=width_of(width), style=style)
    runs = [read_run(folder) for folder in dict.fromkeys(one.resolve() for one in folders)]
    start = runs[0].start
    path = picture_path(out, picture, Path(f"{file_name(start)}_{len(runs)}_runs"))
    _see_alike(runs)
    figure = _figure(runs)
    devices = ", ".join(dict.fromkeys(run.start.device for run in runs))
    names = sorted(run.start.run_id for run in runs)
    note = f"{len(runs)} runs, {names[0]} to {names[-1]} · device {devices}"
    draw(figure, path, note=note, look=look)
    click.echo(str(path))
    return DONE


def _see_alike(runs: Sequence[RecordedRun]) -> None:
    protocols = sorted({run.start.protocol for run in runs})
    problems = [
        Problem(str(run.folder), "there are no rows to draw") for run in runs if not len(run.rows)
    ]
    if len(protocols) > 1:
        message = f"are of {', '.join(protocols)}; take runs of one protocol"
        problems.append(Problem("the runs", message))
    if problems:
        raise SettingsError(problems)


def _figure(runs: Sequence[RecordedRun]) -> Figure:
    if len(runs) <= MOST_LAID_OVER:
        figures = [_of_run(run) for run in runs]
        if len({_shape(figure) for figure in figures}) == 1:
            return laid_over(figures, _names(runs))
    return spread(runs)


def _of_run(run: RecordedRun) -> Figure:
    protocol, recipe = protocol_and_recipe(run.start)
    figure: Figure = made(run, "figure", lambda: protocol.figure(run.rows, recipe))
    return figure


def _shape(figure: Figure) -> tuple[tuple[str, str], ...]:
    """What its panels show; those of two runs can be laid over one another if it is the same."""
    return tuple((panel.x.quantity, panel.y.quantity) for panel in figure.panels)


def _names(runs: Sequence[RecordedRun]) -> list[str]:
    """What tells the runs apart: their cells, or else their names."""
    cells = [cell_of_run(run.start) for run in runs]
    if all(cells) and len(set(cells)) == len(cells):
        return [f"cell {cell}" for cell in cells]
    return [run.start.run_id for run in runs]


def laid_over(figures: Sequence[Figure], names: Sequence[str]) -> Figure:
    """Figures of one shape in one, a colour for each."""
    panels = []
    for beside in zip(*(figure.panels for figure in figures), strict=True):
        lines: list[Line] = []
        bands: list[Band] = []
        for number, (panel, name) in enumerate(zip(beside, names, strict=True)):
            lines += _of_one(panel.lines, number, name, lines)
            bands += _bands_of_one(panel.bands, number, bands)
        several = len(figures) > _TOLD_APART
        panels.append(
            replace(
                beside[0],
                lines=tuple(lines),
                bands=tuple(bands),
                legend="",
                notes=(),
                ordered=several,
            )
        )
    titles = {figure.title for figure in figures}  # some end with what came of the run
    title = figures[0].title if len(titles) == 1 else figures[0].title.partition(":")[0]
    return Figure(title=f"{title}: {len(figures)} runs", panels=tuple(panels))


def _of_one(
    lines: Iterable[Line], number: int, name: str, before: Sequence[Line]
) -> Iterable[Line]:
    """The lines of one run in its colour; what belongs to no series, such as a limit, once."""
    is_named = False
    for line in lines:
        if line.series is None:
            same = any(list(one.x) == list(line.x) and list(one.y) == list(line.y)
                       for one in before if one.series is None)  # fmt: skip
            if not same:
                yield line
            continue
        yield replace(line, series=number, label="" if is_named else name)
        is_named = True


def _bands_of_one(bands: Iterable[Band], number: int, before: Sequence[Band]) -> Iterable[Band]:
    for band in bands:
        if band.series is not None:
            yield replace(band, series=number, label="")
        elif not any(list(one.x) == list(band.x) for one in before if one.series is None):
            yield band


def spread(runs: Sequence[RecordedRun]) -> Figure:
    """How each result that is a number is distributed over the runs.

    Raises
    ------
    SettingsError
        They have no result that differs.
    """
    results = [results_of(run).results for run in runs]
    names = dict.fromkeys(name for of_run in results for name in numbers(of_run))
    panels: list[Panel] = []
    for name in names:
        same = [one for of_run in results for one in of_run if one.name == name and not one.part]
        values = sorted(one.value for one in same if isinstance(one.value, float))
        if len(values) > 1 and values[0] < values[-1]:
            axis = axis_of(name.replace("_", " "), same, values)
            panel = distribution(axis, values, beside=len(panels) % 2 == 1, of="runs")
            panels.append(replace(panel, height=1.0))
    if not panels:
        message = "have no result that is a number and differs between them"
        raise SettingsError([Problem("the runs", message)])
    title = f"{runs[0].start.protocol}: results of {len(runs)} runs"
    return Figure(title=title, panels=tuple(panels))
