"""``mho show`` and ``mho plot``: what a recorded run did, from its folder alone."""

import logging
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from mho import plugins
from mho.cli.exit_codes import DONE, STOPPED
from mho.cli.screen import console, explain, print_summary
from mho.drawing import draw
from mho.errors import MhoError, Problem, SettingsError
from mho.figure import Figure
from mho.frozen import Frozen
from mho.owner.lock import holder_of_run
from mho.plugin_kinds import MeasurementProtocol
from mho.recording import RecordedRun, RunStart, RunStop, read_run
from mho.recording.stimuli_file import REFUSED, Note, read_kept, read_notes
from mho.summary import Summary

CONTACT_LOST = "contact lost"
"""The word that all protocols have for it."""

_LOG = logging.getLogger(__name__)

_PICTURES = (".png", ".pdf", ".svg")

_MOST_NAMED = 5


def show_run(folder: Path) -> int:
    """Print start, verdict and stop of a run."""
    run, to, code = read_run(folder), console(), DONE
    start, stop = run.start, run.stop
    to.print(f"[bold]{escape(start.run_id)}[/]")
    to.print(escape(f"protocol {start.protocol}, device {start.device}, seed {start.seed}"))
    to.print(escape(f"bench {start.bench}; times by the {start.time_source}"))
    for instrument in start.instruments:
        to.print(
            escape(
                f"  {instrument.terminal}: {instrument.model}, serial {instrument.serial}, "
                f"at {instrument.address}"
            )
        )
    if not len(run.rows):
        to.print("no rows were recorded")
    else:
        try:
            print_summary(summarise(run), to)
            print_contact_notes(run, to)
        except MhoError as error:  # the rest of what is known is shown all the same
            code = explain(error) or STOPPED
    for difference in run.differences:
        to.print(f"[yellow]{escape(difference)}[/]", soft_wrap=True)
    if stop is not None:
        to.print(escape(f"{start.start_time} to {stop.stop_time}: {stop.exit_status}"))
        to.print(escape(f"{stop.reason}; {stop.rows} rows"))
        for failed in stop.observers_failed:
            to.print(escape(f"it went on without {failed}"))
    _print_outputs(run.folder, start, stop, to)
    if stop is None or stop.exit_status != "success":
        _print_applied(run, to)
    return code


def _print_applied(run: RecordedRun, to: Console) -> None:
    """Which rows are whole, and what may have been applied since."""
    rows = len(run.rows)
    try:
        notes, kept = read_notes(run.folder), read_kept(run.folder)
    except SettingsError as error:
        to.print(f"[yellow]what it was about to apply is not known: {escape(str(error))}[/]")
        return
    to.print(f"{rows} rows are whole; what may have been applied since the last one:")
    refused = {note.number - 1 for note in notes if note.kind == REFUSED}
    done = [note for note in notes if note.kind != REFUSED and note.number not in refused]
    since = [note for note in done if note.after_row >= rows]
    if done and not since:
        to.print(
            _noted(done[-1], f"{rows - done[-1].after_row} rows came after it"), soft_wrap=True
        )
    for note in since[-_MOST_NAMED:]:
        came = int((kept["stimulus"] == note.number).sum())
        told = f"{came} of its readings are in readings.csv" if came else "wholly or in part"
        to.print(_noted(note, told), soft_wrap=True)
    if len(since) > _MOST_NAMED:
        to.print(f"  and {len(since) - _MOST_NAMED} before these, see stimuli.csv")
    to.print("  and at most one stimulus of up to 0.1 s and one row, which is not noted")


def _noted(note: Note, told: str) -> str:
    return f"  {escape(str(note))}: {told}"


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
        to.print("how it ended is not written: it goes on, or its process died")
        to.print("it is a rehearsal: nothing real was on")
        return
    holder = holder_of_run(folder)
    if holder is not None:
        to.print(escape(f"it goes on: {holder}"), soft_wrap=True)
        return
    to.print("how it ended is not written: its process died")
    to.print(
        f"[bold red]whether its outputs are off is not known; type:[/] {command}", soft_wrap=True
    )


def _off_command(start: RunStart) -> str:
    bench = start.settings.get("bench_source", "BENCH").removeprefix("bench ")
    options = start.settings.get("bench_options", "").splitlines()
    return shlex.join(["mho", "off", bench, *(word for o in options for word in ("--set", o))])


def print_contact_notes(run: RecordedRun, to: Console) -> None:
    """Where a contact was lost: what the instruments know that may stand in its way."""
    choices = run.rows.select_dtypes("category")
    lost = any((choices[name] == CONTACT_LOST).any() for name in choices)
    for instrument in run.start.instruments if lost else ():
        if instrument.note:
            to.print(escape(instrument.note))


def plot_run(folder: Path, out: Path | None) -> int:
    """Draw the figure of a run and print where it is."""
    run = read_run(folder)
    path = out or run.folder / f"{file_name(run.start)}.png"
    if path.suffix.lower() not in _PICTURES:
        message = f"the name of a figure ends in {', '.join(_PICTURES)}"
        raise SettingsError([Problem(f"--out {path}", message)])
    if not len(run.rows):
        raise SettingsError([Problem(str(folder), "there are no rows to draw")])
    draw_run(run, path)
    click.echo(str(path))
    return DONE


def file_name(start: RunStart) -> str:
    """How files that are made of a run begin."""
    return start.protocol if start.protocol.isidentifier() else "figure"


def summarise(run: RecordedRun) -> Summary:
    """The verdict of a recorded run.

    Raises
    ------
    SettingsError
        The recipe is not one of this version of the protocol, or the rows do not fit it.
    """
    protocol, recipe = _recorded(run.start)
    return made(run, "verdict", lambda: protocol.summary(run.rows, recipe))


def draw_run(run: RecordedRun, path: Path) -> None:
    """Draw the figure of a recorded run into ``path``; raises as `summarise`, and as `draw`."""
    protocol, recipe = _recorded(run.start)
    figure: Figure = made(run, "figure", lambda: protocol.figure(run.rows, recipe))
    made(run, "figure", lambda: draw(figure, path))


Made = TypeVar("Made")


def made(run: RecordedRun, what: str, make: Callable[[], Made]) -> Made:
    """What somebody makes of the rows of a run; rows that nobody measured may lead him astray.

    Raises
    ------
    SettingsError
        It failed; says how.
    """
    try:
        return make()
    except MhoError:
        raise
    except Exception as error:
        _LOG.debug("no %s of %s", what, run.folder, exc_info=True)
        message = (
            f"the {what} cannot be made of these rows ({type(error).__name__}: {error}): they do "
            f"not fit the recipe, or {run.start.protocol} has a fault. mho.load gives the rows all "
            "the same"
        )
        raise SettingsError([Problem(str(run.folder), message)]) from error


def _recorded(start: RunStart) -> tuple[MeasurementProtocol, Frozen]:
    protocol: MeasurementProtocol = plugins.load(plugins.PROTOCOLS, start.protocol)
    text = start.settings.get("recipe_resolved")
    if text is None:
        message = "does not hold the recipe; mho.load gives the rows all the same"
        raise SettingsError([Problem("start.json", message)])
    try:
        recipe = protocol.recipe.model_validate_json(text)
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
