"""``mho prior``: what characterised cells tell, as the table [prior] of a device file."""

from pathlib import Path

import click

from mho.cli.exit_codes import DONE
from mho.errors import Problem, SettingsError
from mho.programming.measured_prior import prior_of, prior_table
from mho.recorded_results import results_of
from mho.recording.documents import RunResults

_PROTOCOL = "characterise"


def show_prior(runs: tuple[Path, ...]) -> int:
    """Print the table of these runs, one or more cells of one type of device.

    Raises
    ------
    SettingsError
        A folder is no run, or one of something else; the devices differ; or what is needed is not
        known of any of them.
    """
    found, problems = list[RunResults](), list[Problem]()
    for run in runs:
        try:
            results = results_of(run)
        except SettingsError as error:
            problems += error.problems
            continue
        if results.protocol != _PROTOCOL:
            message = f"is a run of {results.protocol}; a prior is made of runs of {_PROTOCOL}"
            problems.append(Problem(str(run), message))
        found.append(results)
    devices = dict.fromkeys(one.device for one in found)
    if len(devices) > 1:
        message = f"were made on several types of device: {', '.join(devices)}; take one at a time"
        problems.append(Problem("these runs", message))
    if problems:
        raise SettingsError(problems)
    (device,) = devices
    prior = prior_of(device, [one.results for one in found])
    names = ", ".join(one.run_id for one in found)
    click.echo(f"# Measured: {names}\n\n{prior_table(prior)}", nl=False)
    return DONE
