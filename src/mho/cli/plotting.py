"""``mho plot``: the figure of a recorded run, from its folder alone."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

import click

from mho.cli.exit_codes import DONE
from mho.cli.recorded import file_name, made
from mho.drawing import Look, draw
from mho.drawing.look import width_of
from mho.errors import Problem, SettingsError
from mho.figure import Figure
from mho.recorded_results import protocol_and_recipe
from mho.recording import RecordedRun, read_run
from mho.recording.documents import START

PICTURES = ("png", "pdf", "svg")


def plot_run(
    folder: Path, out: Path | None, picture: str | None, width: str, style: Path | None
) -> int:
    """Draw the figure of a run and print where it is."""
    look = Look(width=width_of(width), style=style)
    run = read_run(folder)
    path = picture_path(out, picture, run.folder / file_name(run.start))
    if not len(run.rows):
        raise SettingsError([Problem(str(folder), "there are no rows to draw")])
    draw_run(run, path, look)
    click.echo(str(path))
    return DONE


def runs_in(folders: Sequence[Path]) -> list[Path]:
    """The run folders that are meant: a folder that is none stands for those in it."""
    found: list[Path] = []
    for folder in folders:
        within = [] if (folder / START).exists() else sorted(folder.glob(f"*/{START}"))
        found += [start.parent for start in within] or [folder]
    return found


def picture_path(out: Path | None, picture: str | None, otherwise: Path) -> Path:
    """Where a figure goes: ``out``, or else ``otherwise`` with the ending of its format.

    Raises
    ------
    SettingsError
        The name ends in none that can be drawn, or in another one than was asked for.
    """
    path = out or otherwise.with_name(f"{otherwise.name}.{picture or PICTURES[0]}")
    ending = path.suffix.lower().removeprefix(".")
    if ending not in PICTURES:
        message = f"the name of a figure ends in {', '.join(f'.{one}' for one in PICTURES)}"
        raise SettingsError([Problem(f"--out {path}", message)])
    if picture is not None and ending != picture:
        message = f"the name ends in .{ending}, but --format is {picture}; leave one of them out"
        raise SettingsError([Problem(f"--out {path}", message)])
    return path


def draw_run(run: RecordedRun, path: Path, look: Look | None = None) -> None:
    """Draw the figure of a recorded run into ``path``; raises as `made`, and as `draw`."""
    protocol, recipe = protocol_and_recipe(run.start)
    figure: Figure = made(run, "figure", lambda: protocol.figure(run.rows, recipe))
    made(run, "figure", lambda: draw(figure, path, note=small_print(run), look=look or Look()))


def small_print(run: RecordedRun) -> str:
    """Which run a figure shows, on what, with what, by whom; an end too soon."""
    start, stop, cell = run.start, run.stop, run.start.cell
    parts = [
        f"run {start.run_id}",
        "" if cell is None else f"cell {cell.cell} of {cell.sample}",
        f"device {start.device}",
        start.bench,
        _recipe(start.settings),
        f"rehearsal, seed {start.seed}" if start.time_source.startswith("virtual") else "measured",
        f"by {start.operator}" if start.operator else "",
        start.note,
        f"mho {start.versions.get('mho', '?')}",
    ]
    if stop is None:
        parts.append(f"{len(run.rows)} rows so far; its end is not written")
    elif stop.exit_status != "success":
        parts.append(f"broken off after {stop.rows} rows")
    return " · ".join(part for part in parts if part)


def _recipe(settings: Mapping[str, str]) -> str:
    """Its shipped name or the name of its file, and how many values were changed."""
    source = settings.get("recipe_source", "").removeprefix("recipe ")
    if not source:
        return ""
    changed = len(settings.get("recipe_options", "").splitlines())
    said = f" with {changed} value{'s' * (changed > 1)} changed" if changed else ""
    return f"recipe {PurePath(source).name}{said}"
