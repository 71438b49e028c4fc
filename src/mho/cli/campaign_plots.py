"""``mho campaign plot``: the map of a sample coloured by a result."""

from pathlib import Path

import click

from mho.campaign import read_campaign
from mho.campaign.conduct import cells_of, jobs_of, standings
from mho.campaign.map import sample_map, step_with
from mho.cli.exit_codes import DONE
from mho.cli.plotting import picture_path
from mho.drawing import Look, draw
from mho.drawing.look import width_of


def plot_campaign(
    path: Path,
    shown: tuple[str, str, str],
    out: Path | None,
    picture: str | None,
    width: str,
    style: Path | None,
) -> int:
    """Draw a result (name, step, part) of a campaign and print where the figure is."""
    look = Look(width=width_of(width), style=style)
    result, step, part = shown
    file = read_campaign(path)
    cells = cells_of(file)
    rehearsed = next(iter(jobs_of(file, cells).values())).setup.rehearses
    found = standings(file, cells, rehearsed=rehearsed)
    step = step_with(file, found, result, part, step)
    name = f"{file.campaign.name}_{step}_{result}"
    to = picture_path(out, picture, file.path.with_name(name))
    figure = sample_map(file, cells, found, result, step, part)
    draw(figure, to, note=_small_print(file.campaign.bench, file.sample.sample.device, rehearsed),
         look=look)  # fmt: skip
    click.echo(str(to))
    return DONE


def _small_print(bench: str, device: str, rehearsed: bool) -> str:
    return f"device {device} · bench {bench} · {'rehearsal' if rehearsed else 'measured'}"
