"""``mho list recipes --bench B --device D``: which shipped recipes run there, and why not."""

import re
from itertools import groupby

import click

from mho import plugins, settings
from mho.bench.limits import missing_terminals
from mho.cli.exit_codes import DONE
from mho.cli.lines import width
from mho.errors import Problem, SettingsError
from mho.job import Job
from mho.laboratory import read_setup
from mho.plugin_kinds import MeasurementProtocol
from mho.setup import Setup

_BRIEFLY = (
    (re.compile(r" \(the worst of \d+\)|; .*"), ""),
    (re.compile(r", the limit of the device .*"), " (device)"),
    (re.compile(r", what .* can$"), " (bench)"),
)


def show_fitting(bench: str | None, device: str | None) -> int:
    """Print one line for each shipped recipe: whether it runs, and the first reason why not.

    Raises
    ------
    SettingsError
        One of both is missing, or the bench has no channel for a terminal of the device.
    """
    if bench is None or device is None:
        missing = "--bench" if bench is None else "--device"
        message = "which recipes run is a matter of bench and device; give both"
        raise SettingsError([Problem(missing, message)])
    setup = read_setup(bench, device)
    absent = missing_terminals(setup.profile, setup.limits)
    if absent:
        raise SettingsError(absent)
    reasons = {recipe: _reason(setup, *recipe) for recipe in settings.named_recipes()}
    runs = sum(not reason for reason in reasons.values())
    click.echo(f"{runs} of {len(reasons)} recipes run on {bench} with {device}")
    columns, longest = width(), max(len(name) for _, name in reasons)
    for protocol, recipes in groupby(reasons, key=lambda recipe: recipe[0]):
        click.echo(f"\n{protocol}")
        for recipe in recipes:
            runs_there = "no " if reasons[recipe] else "yes"
            line = f"  {runs_there}  {recipe[1]:{longest}}  {reasons[recipe]}".rstrip()
            click.echo(line if len(line) <= columns else f"{line[: columns - 4].rstrip()} ...")
    click.echo("\nmho check PROTOCOL --recipe NAME with this bench and device says it in full")
    return DONE


def _reason(setup: Setup, protocol: str, name: str) -> str:
    """The first reason in brief; empty if there is none."""
    kind: MeasurementProtocol = plugins.load(plugins.PROTOCOLS, protocol)
    file = settings.read_recipe(name, protocol)
    try:
        recipe = settings.validate(file, kind.recipe)
        job = Job(protocol=kind, setup=setup, recipe_file=file, recipe=recipe)
        refused = job.refusals()
    except SettingsError as error:
        first = error.problems[0]
        return _briefly(f"{first.place.rpartition(': ')[2]} {first.message}".strip())
    return _briefly(refused[0].rpartition(": ")[2]) if refused else ""


def _briefly(reason: str) -> str:
    for pattern, instead in _BRIEFLY:
        reason = pattern.sub(instead, reason)
    return reason
