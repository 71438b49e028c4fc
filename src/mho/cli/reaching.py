"""Cells that somebody brings to the bench by hand: mho names the cell and waits."""

import click

from mho.job import Job


def ask_for(job: Job, *, confirmed: bool) -> None:
    """Wait until somebody says that the cell of a job is connected; or ``confirmed`` by --yes.

    Asks nothing where the wiring is fixed, or relays connect it.

    Raises
    ------
    click.Abort
        It is not.
    """
    if confirmed:
        return
    selector, selection, cell = job.setup.selector, job.setup.selection, job.cell
    by_hand = selector is not None and selector.driver.by_hand
    if by_hand and selection is not None:
        whose = "" if cell is None else f" of {cell.sample.sample.name}"
        name = selection.cell if cell is None else cell.name
        click.confirm(f"Is cell {name}{whose} connected ({selection.said})?", abort=True)
    elif cell is not None and cell.sample.sample.reach.by == "operator":
        click.confirm(f"Is the probe on cell {cell.name} of {cell.sample.sample.name}?", abort=True)
