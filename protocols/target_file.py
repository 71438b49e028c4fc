"""Targets from a CSV file: one list, or the list of each cell of a sample."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from mho.errors import Problem, SettingsError
from mho.quantities import SIEMENS
from mho.settings_text import printable, text_of

_UNIT = re.compile(r"target\s*[(\[]\s*(\S+)\s*[)\]]")
_MOST_PROBLEMS = 20


def targets_in(path: Path, cell: str) -> tuple[float, ...]:
    """The targets (S) in a file, in the order of its lines.

    The column ``target`` holds conductances with their unit, or is called ``target (uS)``. Where
    there is a column ``cell``, only the lines of that cell count.

    Raises
    ------
    SettingsError
        Everything wrong in the file, at once; or it has no target of the cell.
    """
    place = printable(str(path), 200)
    rows = list(csv.reader(text_of(place, path).splitlines(), skipinitialspace=True))
    header = [name.strip().lstrip("\ufeff") for name in rows[0]] if rows else []
    target = next((n for n, name in enumerate(header) if _is_target(name)), None)
    if target is None:
        message = f'has no column "target"; its first line has: {", ".join(header) or "nothing"}'
        raise SettingsError([Problem(place, message)])
    at_cell = header.index("cell") if "cell" in header else None
    if at_cell is not None and not cell:
        message = "has targets for the cells of a sample; say which with --sample and --cell"
        raise SettingsError([Problem(place, message)])
    found, problems = list[float](), list[Problem]()
    for number, row in enumerate(rows[1:], start=2):
        if not any(value.strip() for value in row):
            continue
        if len(row) != len(header):
            message = f"has {len(row)} values; the first line names {len(header)}"
            problems.append(Problem(f"{place}: line {number}", message))
            continue
        try:
            value = _conductance(row[target], header[target])
        except ValueError as error:
            problems.append(Problem(f"{place}: line {number}", str(error)))
            continue
        if at_cell is None or row[at_cell].strip() == cell:
            found.append(value)
    if problems:
        raise SettingsError(_some(problems, place))
    if not found:
        what = f"no target of cell {cell}" if at_cell is not None else "no target"
        raise SettingsError([Problem(place, f"has {what}")])
    return tuple(found)


def _is_target(name: str) -> bool:
    return name == "target" or _UNIT.fullmatch(name) is not None


def _conductance(written: str, column: str) -> float:
    """A target (S).

    Raises
    ------
    ValueError
        It is no conductance above 0; says what to write.
    """
    unit = _UNIT.fullmatch(column)
    text = written.strip() if unit is None else f"{written.strip()} {unit[1]}"
    value = SIEMENS.parse(text)
    if not value > 0:
        raise ValueError(f"{text} is no conductance above 0")
    return value


def _some(problems: list[Problem], place: str) -> Iterator[Problem]:
    yield from problems[:_MOST_PROBLEMS]
    if len(problems) > _MOST_PROBLEMS:
        yield Problem(place, f"has {len(problems) - _MOST_PROBLEMS} more lines that are wrong")
