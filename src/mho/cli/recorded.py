"""``mho show``: what a recorded run did, from its folder alone."""

import logging
import shlex
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.text import Text

from mho.cli.exit_codes import DONE, STOPPED
from mho.cli.result_lines import HEADERS, beside, lines, reasons
from mho.cli.screen import console, explain, print_summary, print_table, say
from mho.errors import MhoError, Problem, SettingsError
from mho.half_select import half_selected_lines
from mho.owner.lock import holder_of_run
from mho.recorded_results import protocol_and_recipe, results_of
from mho.recording import RecordedRun, RunResults, RunStart, RunStop, read_run
from mho.recording.documents import cell_of_run, results_text
from mho.recording.folder import HDF5
from mho.recording.stimuli_file import READINGS, REFUSED, STIMULI, read_kept, read_notes
from mho.summary import Summary

CONTACT_LOST = "contact lost"
"""The word that all protocols have for it."""

_LOG = logging.getLogger(__name__)

_MOST_NAMED = 5


def show_json(folder: Path) -> int:
    """Print the results of a run as JSON, as they stand in ``results.json``."""
    run = read_run(folder)
    for difference in run.differences:
        click.echo(difference, err=True)
    results = results_of(run)
    click.echo(results_text(results), nl=False)
    return STOPPED if results.problem and len(run.rows) else DONE


def show_run(folder: Path) -> int:
    """Print start, verdict, figures of merit and stop of a run."""
    run, to, code = read_run(folder), console(), DONE
    start, stop = run.start, run.stop
    _say(to, start.run_id, "bold")
    _say(to, f"protocol {start.protocol}, device {start.device}, seed {start.seed}")
    _say(to, f"bench {start.bench}; times by the {start.time_source}")
    for line in _said(start):
        _say(to, line)
    for instrument in start.instruments:
        _say(
            to,
            f"  {instrument.terminal}: {instrument.model}, serial {instrument.serial}, "
            f"at {instrument.address}",
        )
    if not len(run.rows):
        _say(to, "no rows were recorded")
    else:
        try:
            print_summary(summarise(run), to)
            print_contact_notes(run, to)
            code = _print_results(results_of(run), to)
        except MhoError as error:  # the rest of what is known is shown all the same
            code = explain(error) or STOPPED
    for difference in run.differences:
        _say(to, difference, "yellow")
    if stop is not None:
        _say(to, f"{start.start_time} to {stop.stop_time}: {stop.exit_status}")
        _say(to, f"{stop.reason}; {stop.rows} rows")
        for failed in stop.observers_failed:
            _say(to, f"it went on without {failed}")
        if not (run.folder / HDF5).exists():
            command = shlex.join(["mho", "export", str(folder), "--hdf5"])
            _say(to, f"there is no {HDF5}; {command} builds it")
    for line in half_selected_lines(start, stop):
        _say(to, line)
    _print_outputs(run.folder, start, stop, to)
    if stop is None or stop.exit_status != "success":
        _print_applied(run, to)
        _say(to, f"to go on with it: {shlex.join(['mho', 'resume', str(folder)])}")
    return code


def _said(start: RunStart) -> Iterator[str]:
    """What was said of a run, and the cell that it was made on."""
    cell, campaign = start.cell, start.campaign
    if cell is not None:
        kind = "simulated cell" if cell.rehearsed else "cell"
        yield f"{kind} {cell.cell} of sample {cell.sample}"
        if cell.on_other_profiles:
            last = cell.on_other_profiles[-1]
            yield (
                "the device file said something else for "
                f"{len(cell.on_other_profiles)} of the runs before on it (the last is {last})"
            )
    if start.selected is not None:
        at = f"r{start.selected.row}c{start.selected.column}"
        yield f"selected: {at}, by {', '.join(start.selected.paths)}"
    if campaign is not None:
        again = f", repeat {campaign.repeat}" if campaign.repeat > 1 else ""
        yield f"step {campaign.step} of campaign {campaign.name}{again}"
    if start.operator:
        yield f"measured by {start.operator}"
    if start.note:
        yield f"note: {start.note}"
    if start.tags:
        yield f"tags: {', '.join(start.tags)}"
    for moment in start.resumed:
        yield f"it broke off, and went on at {moment}"


_NAMES, _BESIDE = 22, 14
"""Columns of a terminal for the names of results, and for each run beside them."""


def compare_runs(folders: Sequence[Path]) -> int:
    """Print the results of several runs side by side, with their intervals."""
    runs = [read_run(folder) for folder in folders]
    made = [results_of(run) for run in runs]
    to = console()
    columns = tuple(f"run {number}" for number in range(1, len(runs) + 1))
    for column, run in zip(columns, runs, strict=True):
        cell = cell_of_run(run.start)
        where = f", cell {cell}" if cell else ""
        _say(to, f"{column}: {run.start.run_id}, {run.start.device}{where}")
    found = dict.fromkeys((one.name, one.part) for results in made for one in results.results)
    rows = []
    for name, part in found:
        cells = []
        for results in made:
            same = [one for one in results.results if (one.name, one.part) == (name, part)]
            cells.append(beside(same[0]) if same else "-")
        what = f"{name} [{part}]" if part else name
        rows.append((what, *cells))
    to.print()
    most = max(1, (to.width - _NAMES) // _BESIDE)
    for first in range(0, len(runs), most):
        beside_one_another = slice(1 + first, 1 + first + most)
        headers = ("figure of merit", *columns[first : first + most])
        of_these = tuple((row[0], *row[beside_one_another]) for row in rows)
        print_table("Figures of merit", headers, of_these, to)
    return DONE


def _print_results(results: RunResults, to: Console) -> int:
    if results.results:
        to.print()
        print_table("Figures of merit", HEADERS, lines(results.results), to)
        say("how each was made, and of which rows: with --json", to)
    for reason in reasons(results.results):
        say(reason, to)
    if results.problem:
        say(results.problem, to, style="yellow")
    return STOPPED if results.problem else DONE


def _say(to: Console, text: str, style: str = "") -> None:
    """Print a text as it is, whatever is in it; lines are folded by the terminal alone."""
    to.print(Text(text, style), soft_wrap=True)


def _print_outputs(folder: Path, start: RunStart, stop: RunStop | None, to: Console) -> None:
    """What is known of the outputs of a run, and what to type if they may be on."""
    command = _off_command(start)
    if stop is not None:
        if stop.outputs_off and stop.exit_status == "killed":
            _say(to, "its outputs are known to be off")
        if not stop.outputs_off:
            _say(to, f"an output may still be on; type: {command}", "bold red")
        return
    if start.time_source.startswith("virtual"):
        _say(to, "how it ended is not written: it goes on, or its process died")
        _say(to, "it is a rehearsal: nothing real was on")
        return
    holder = holder_of_run(folder)
    if holder is not None:
        _say(to, f"it goes on: {holder}")
        return
    _say(to, "how it ended is not written: its process died")
    _say(to, f"whether its outputs are off is not known; type: {command}", "bold red")


def _print_applied(run: RecordedRun, to: Console) -> None:
    """Which rows are whole, and what may have been applied since."""
    rows = len(run.rows)
    try:
        notes, kept = read_notes(run.folder), read_kept(run.folder)
    except SettingsError as error:
        _say(to, f"what it was about to apply is not known: {error}", "yellow")
        return
    _say(to, f"{rows} rows are whole; what may have been applied since the last one:")
    refused = {note.number - 1 for note in notes if note.kind == REFUSED}
    done = [note for note in notes if note.kind != REFUSED and note.number not in refused]
    since = [note for note in done if note.after_row >= rows]
    if done and not since:
        _say(to, f"  {done[-1]}: {rows - done[-1].after_row} rows came after it")
    for note in since[-_MOST_NAMED:]:
        came = int((kept["stimulus"] == note.number).sum())
        told = f"{came} of its readings are in {READINGS}" if came else "wholly or in part"
        _say(to, f"  {note}: {told}")
    if len(since) > _MOST_NAMED:
        _say(to, f"  and {len(since) - _MOST_NAMED} before these, see {STIMULI}")
    if run.start.short_stimuli:
        _say(to, "  and at most one that is too short to be noted, at worst")
        for short in run.start.short_stimuli:
            _say(to, f"    {short}")
    elif not since:
        _say(to, "  nothing")


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
            say(instrument.note, to)


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
    protocol, recipe = protocol_and_recipe(run.start)
    return made(run, "verdict", lambda: protocol.summary(run.rows, recipe))


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
