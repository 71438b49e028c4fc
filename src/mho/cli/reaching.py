"""Cells that somebody brings to the bench by hand: mho names the cell and waits."""

import click

from mho.samples import Cell


def ask_for(cell: Cell | None, *, confirmed: bool) -> None:
    """Wait until somebody says that the probe is on a cell; ``confirmed`` beforehand with --yes.

    Asks nothing where the wiring is fixed.

    Raises
    ------
    click.Abort
        It is not.
    """
    if cell is None or confirmed or cell.sample.sample.reach.by != "operator":
        return
    click.confirm(f"Is the probe on cell {cell.name} of {cell.sample.sample.name}?", abort=True)
