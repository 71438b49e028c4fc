"""``mho show`` and ``mho plot``: what a recorded run did, from its folder alone."""

import json
from pathlib import Path

import click
from rich.markup import escape

from mho import plugins
from mho.cli.commands import DONE
from mho.cli.screen import console, print_summary
from mho.drawing import draw
from mho.frozen import Frozen
from mho.plugin_kinds import MeasurementProtocol
from mho.recording import RunStart, load, read_start, read_stop
from mho.summary import Summary


def show_run(folder: Path) -> int:
    """Print start, verdict and stop of a run."""
    start, to = read_start(folder), console()
    summary = summarise(folder)
    to.print(f"[bold]{escape(start.run_id)}[/]")
    to.print(f"protocol {start.protocol}, device {escape(start.device)}, seed {start.seed}")
    to.print(f"bench {escape(start.bench)}; times by the {start.time_source}")
    for instrument in start.instruments:
        to.print(
            escape(
                f"  {instrument['terminal']}: {instrument['model']}, serial "
                f"{instrument['serial']}, at {instrument['address']}"
            )
        )
    print_summary(summary, to)
    stop = read_stop(folder)
    if stop is None:
        to.print("the process died before it could write how the run ended; the rows are whole")
    else:
        to.print(escape(f"{start.start_time} to {stop.stop_time}: {stop.exit_status}"))
        to.print(escape(f"{stop.reason}; {stop.rows} rows"))
    return DONE


def plot_run(folder: Path, out: Path | None) -> int:
    """Draw the figure of a run and print where it is."""
    start = read_start(folder)
    path = out or folder / f"{start.protocol}.png"
    draw_run(folder, path)
    click.echo(str(path))
    return DONE


def summarise(folder: Path) -> Summary:
    """The verdict of a recorded run."""
    protocol, recipe = _recorded(read_start(folder))
    return protocol.summary(load(folder), recipe)


def draw_run(folder: Path, path: Path) -> None:
    """Draw the figure of a recorded run into ``path``."""
    protocol, recipe = _recorded(read_start(folder))
    draw(protocol.figure(load(folder), recipe), path)


def _recorded(start: RunStart) -> tuple[MeasurementProtocol, Frozen]:
    protocol: MeasurementProtocol = plugins.load(plugins.PROTOCOLS, start.protocol)
    return protocol, protocol.recipe.model_validate(json.loads(start.settings["recipe_resolved"]))
