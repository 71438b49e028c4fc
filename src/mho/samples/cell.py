"""One physical cell: its name, its address, the seed that stands for it in a rehearsal."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from mho.errors import Problem, SettingsError
from mho.plugins import unknown
from mho.samples.sample import Cells, SampleFile

_FEW = 12
"""Names that a message lists."""

_RANGE = re.compile(r"(?:(?P<die>[^.]+)\.)?r(\d+)c(\d+)\s*(?:\.\.|:)\s*r(\d+)c(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a sample.

    Attributes
    ----------
    name
        As it is asked for: ``r3c4``, or ``A1.r3c4`` on a sample of several dies.
    die, row, column
        Its address, as far as it has one.
    seed
        What draws the simulated device that stands for it.
    world
        The name under which a rehearsal keeps that device: its own, or that of its array.
    """

    sample: SampleFile
    name: str
    die: str
    row: int | None
    column: int | None
    seed: int
    world: str


@dataclass(frozen=True, slots=True)
class _Place:
    die: str
    row: int | None
    column: int | None


def cell_of(sample: SampleFile, name: str | None) -> Cell:
    """The cell of that name; a sample of one cell needs none.

    Raises
    ------
    SettingsError
        There is no such cell, or it must be said which.
    """
    places = _places(sample.sample.cells)
    if name is None:
        if len(places) > 1:
            message = f"say which of its {len(places)} cells is meant: {_some(places)}"
            raise SettingsError([Problem(f"sample {sample.sample.name}", message)])
        name = next(iter(places))
    if name not in places:
        raise SettingsError([_no_cell(sample, name)])
    return _cell(sample, name)


def chosen_cells(sample: SampleFile, chosen: Iterable[str]) -> list[Cell]:
    """The cells of names, of ranges (``r0c0..r3c7``) and of ``all``, each once, in their order.

    Raises
    ------
    SettingsError
        Every name that is none, at once.
    """
    places, found, problems = _places(sample.sample.cells), dict[str, None](), []
    for name in chosen:
        within = list(_within(sample.sample.cells, name))
        if not within or any(one not in places for one in within):
            problems.append(_no_cell(sample, name))
        found.update(dict.fromkeys(within))
    if problems:
        raise SettingsError(problems)
    return [_cell(sample, name) for name in found]


def names_of(cells: Cells) -> tuple[str, ...]:
    """The name of every cell, in order: die by die, row by row."""
    return tuple(_places(cells))


def _cell(sample: SampleFile, name: str) -> Cell:
    place = _places(sample.sample.cells)[name]
    rehearsal = sample.sample.rehearsal
    seed = rehearsal.seeds.get(name)
    if seed is None:  # by its name: it stays the same device when the grid grows
        seed = _seed_of(name, rehearsal.seed)
    return Cell(
        sample=sample,
        name=name,
        die=place.die,
        row=place.row,
        column=place.column,
        seed=seed,
        world=name,
    )


def in_array(cell: Cell) -> Cell:
    """The cell as a part of an array: all cells of a die stand for one simulated device."""
    name = f"{cell.die}.array" if cell.die else "array"
    return replace(cell, seed=_seed_of(name, cell.sample.sample.rehearsal.seed), world=name)


def _seed_of(name: str, seed: int) -> int:
    sequence = np.random.SeedSequence([seed, int.from_bytes(name.encode(), "big")])
    return int(sequence.generate_state(1, np.uint32)[0])


@cache
def _places(cells: Cells) -> dict[str, _Place]:
    return dict(_named_places(cells))


def _named_places(cells: Cells) -> Iterator[tuple[str, _Place]]:
    shape = cells.shape
    for die in cells.dies or ("",):
        before = f"{die}." if die else ""
        if shape is None:
            for name in cells.names or ("cell",):
                yield before + name, _Place(die, None, None)
            continue
        for row in range(shape[0]):
            for column in range(shape[1]):
                yield f"{before}r{row}c{column}", _Place(die, row, column)


def _within(cells: Cells, name: str) -> Iterator[str]:
    """The names that one entry of a choice stands for."""
    if name == "all":
        yield from names_of(cells)
        return
    match = _RANGE.fullmatch(name.strip())
    if match is None:
        yield name.strip()
        return
    before = f"{match['die']}." if match["die"] else ""
    first_row, first_column, last_row, last_column = (int(match[n]) for n in (2, 3, 4, 5))
    shape = cells.shape or (0, 0)
    if last_row >= shape[0] or last_column >= shape[1]:
        return
    for row in range(first_row, last_row + 1):
        for column in range(first_column, last_column + 1):
            yield f"{before}r{row}c{column}"


def _no_cell(sample: SampleFile, name: str) -> Problem:
    place, known = f"sample {sample.sample.name}", names_of(sample.sample.cells)
    if len(known) <= _FEW:
        return unknown("cell", name, known, place)
    return Problem(place, f'has no cell "{name}"; it has {_some(known)}')


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    if len(listed) <= _FEW:
        return ", ".join(listed)
    return f"{', '.join(listed[:3])} ... {listed[-1]}"
