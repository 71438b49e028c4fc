"""``mho runs``: what a thousand runs say, asked at once."""

import json
import math
from collections.abc import Hashable, Mapping
from pathlib import Path

import click
import pandas as pd

from mho.catalogue import Catalogue
from mho.cli.exit_codes import DONE
from mho.cli.screen import console, print_table, say
from mho.errors import SettingsError
from mho.plugins import unknown

_SHOWN = ("protocol", "recipe", "device", "cell", "status", "rows")
_WIDE = 100
"""Columns of a terminal in which all of it fits."""

_IN_NAME = ("protocol",)
"""What the name of a run says, too."""

_MOST = 50
"""Runs that a table shows; ``--csv`` and ``--json`` give all."""


def show_runs(
    folder: Path,
    where: str,
    sample: str,
    sort: str,
    columns: tuple[str, ...],
    *,
    as_csv: bool,
    as_json: bool,
) -> int:
    """Print the runs below a folder that meet a condition."""
    if sample:
        where = f'sample = "{sample}"' + (f" and ({where})" if where else "")
    with Catalogue(folder) as catalogue:
        for unread in catalogue.update():
            say(f"left out: {unread}", console(errors=True), style="yellow")
        found = catalogue.select(where)
    known = [found.index.name, *found.columns]
    missing = [unknown("column", name, known, "--show") for name in columns if name not in known]
    if sort and sort.lstrip("-") not in known:
        missing.append(unknown("column", sort.lstrip("-"), known, "--sort"))
    if missing:
        raise SettingsError(missing)
    if sort:
        found = found.sort_values(sort.lstrip("-"), ascending=not sort.startswith("-"))
    if as_json:
        click.echo(json.dumps([_as_json(row) for row in found.reset_index().to_dict("records")],
                              indent=1))  # fmt: skip
    elif as_csv:
        click.echo(found.to_csv(lineterminator="\n"), nl=False)
    else:
        _print(found, (*columns, sort.lstrip("-")) if sort else columns)
    return DONE


def _print(found: pd.DataFrame, columns: tuple[str, ...]) -> None:
    shown = found.tail(_MOST)
    units = found.attrs.get("units", {})
    asked = [name for name in dict.fromkeys(columns) if name not in ("run", *_SHOWN)]
    chosen = ["run", *_SHOWN, *asked]
    alike = {}
    to = console()
    if to.width < _WIDE and len(shown) > 1:  # what all have alike is said once
        alike = {name: shown[name].iloc[0] for name in _SHOWN if shown[name].nunique() == 1}
        chosen = [name for name in chosen if name not in alike and name not in _IN_NAME]
    headers = tuple(
        f"{name} ({units[name]})" if units.get(name, "1") not in ("1", "") else name
        for name in chosen
    )
    rows = tuple(
        tuple(_cell(value) for value in row)
        for row in shown.reset_index()[chosen].itertuples(index=False)
    )
    said = "".join(f", {name} {_cell(value)}" for name, value in alike.items())
    print_table(f"{len(found)} run{'s' * (len(found) != 1)}{said}", headers, rows, to)
    if len(shown) < len(found):
        say(f"the last {len(shown)} are shown; --csv and --json give all", to)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "-" if math.isnan(value) else f"{value:.4g}"
    return str(value) if value is not None and value != "" else "-"


def _as_json(row: Mapping[Hashable, object]) -> dict[str, object]:
    """A row without what the run does not have."""
    return {
        str(name): value
        for name, value in row.items()
        if value is not None and not (isinstance(value, float) and math.isnan(value))
    }
