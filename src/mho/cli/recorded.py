"""``mho show`` and ``mho plot``: what a recorded run did, from its folder alone."""

import json
import shlex
from pathlib import Path

import click
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from mho import plugins
from mho.cli.exit_codes import DONE
from mho.cli.screen import console, print_summary
from mho.drawing import draw
from mho.errors import Problem, SettingsError
from mho.frozen import Frozen
from mho.owner.lock import holder_of_run
from mho.plugin_kinds import MeasurementProtocol
from mho.recording import RunStart, RunStop, load, read_start, read_stop
from mho.summary import Summary

_CONTACT_LOST = "contact lost"
_PICTURES = (".png", ".pdf", ".svg")


def show_run(folder: Path) -> int:
    """Print start, verdict and stop of a run."""
    start, to = read_start(folder), console()
    summary = summarise(folder) if len(load(folder)) else None
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
    if summary is None:
        to.print("no rows were recorded")
    else:
        print_summary(summary, to)
        print_contact_notes(folder, to)
    stop = read_stop(folder)
    if stop is not None:
        to.print(escape(f"{start.start_time} to {stop.stop_time}: {stop.exit_status}"))
        to.print(escape(f"{stop.reason}; {stop.rows} rows"))
        for failed in stop.observers_failed:
            to.print(escape(f"it went on without {failed}"))
    _print_outputs(folder, start, stop, to)
    return DONE


def _print_outputs(folder: Path, start: RunStart, stop: RunStop | None, to: Console) -> None:
    """What is known of the outputs of a run, and what to type if they may be on."""
    command = escape(_off_command(start))
    if stop is not None:
        if stop.outputs_off and stop.exit_status == "killed":
            to.print("its outputs are known to be off")
        if not stop.outputs_off:
            to.print(f"[bold red]an output may still be on; type:[/] {command}", soft_wrap=True)
        return
    if start.time_source.startswith("virtual"):
        to.print("how it ended is not written: it goes on, or its process died; the rows are whole")
        to.print("it is a rehearsal: nothing real was on")
        return
    holder = holder_of_run(folder)
    if holder is not None:
        to.print(escape(f"it goes on: {holder}"), soft_wrap=True)
        return
    to.print("how it ended is not written: its process died; the rows are whole")
    to.print(
        f"[bold red]whether its outputs are off is not known; type:[/] {command}", soft_wrap=True
    )


def _off_command(start: RunStart) -> str:
    bench = start.settings["bench_source"].removeprefix("bench ")
    options = start.settings["bench_options"].splitlines()
    return shlex.join(["mho", "off", bench, *(word for o in options for word in ("--set", o))])


def print_contact_notes(folder: Path, to: Console) -> None:
    """Where a contact was lost: what the instruments know that may stand in its way."""
    rows = load(folder)
    choices = rows.select_dtypes("category")
    lost = any((choices[name] == _CONTACT_LOST).any() for name in choices)
    for instrument in read_start(folder).instruments if lost else ():
        note = instrument.get("note", "")
        if note:
            to.print(escape(note))


def plot_run(folder: Path, out: Path | None) -> int:
    """Draw the figure of a run and print where it is."""
    start = read_start(folder)
    path = out or folder / f"{start.protocol}.png"
    if path.suffix.lower() not in _PICTURES:
        message = f"the name of a figure ends in {', '.join(_PICTURES)}"
        raise SettingsError([Problem(f"--out {path}", message)])
    if not len(load(folder)):
        raise SettingsError([Problem(str(folder), "there are no rows to draw")])
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
    try:
        recipe = protocol.recipe.model_validate(json.loads(start.settings["recipe_resolved"]))
    except ValidationError as error:
        recorded = start.versions.get("mho", "?")
        advice = (
            f"the recipe was recorded by mho {recorded} and does not fit the protocol of this one; "
            "mho.load gives the rows all the same"
        )
        raise SettingsError(
            Problem(".".join(map(str, detail["loc"])), f"{detail['msg']}; {advice}")
            for detail in error.errors()
        ) from None
    return protocol, recipe
