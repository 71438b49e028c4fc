"""The map of a sample coloured by a result of a campaign, its yield and its distribution."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import ceil, sqrt
from typing import Literal, Protocol

from mho.campaign.campaign import CampaignFile
from mho.campaign.standing import LEFT, Standing
from mho.errors import Problem, SettingsError
from mho.figure import Axis, Figure, Line, Panel, Tile
from mho.merit.proportion import proportion
from mho.plugins import unknown
from mho.quantities import FRACTION, UNITS
from mho.result import Result
from mho.samples import Cell

_UNITS = {unit.symbol: unit for unit in UNITS if unit.symbol != "1"}

_DECADE = 10.0
"""Values that spread over more are shown on a logarithmic axis."""


def step_with(
    file: CampaignFile, found: Sequence[Standing], result: str, part: str, step: str
) -> str:
    """The step that a result is of: ``step``, or if that is empty the only one that has it.

    Raises
    ------
    SettingsError
        None has it, or several do; says which results and steps there are.
    """
    names = [one.name for one in file.campaign.steps]
    if step and step not in names:
        raise SettingsError([unknown("step", step, names, f"campaign {file.campaign.name}")])
    place = f"campaign {file.campaign.name}: result {result}"
    of_steps = {
        name: [one for s in found if s.entry and s.work.step == name for one in s.entry.results]
        for name in ([step] if step else names)
    }
    having = [
        name
        for name, results in of_steps.items()
        if any((one.name, one.part) == (result, part) for one in results)
    ]
    if len(having) == 1:
        return having[0]
    if having:
        message = f"is one of the steps {', '.join(having)}; say which with --step"
        raise SettingsError([Problem(place, message)])
    results = [one for several in of_steps.values() for one in several]
    parts = list(dict.fromkeys(one.part for one in results if one.name == result and one.part))
    if parts:
        message = f"belongs to parts of a run; say of which with --part: {', '.join(parts)}"
        raise SettingsError([Problem(place, message)])
    if not results:
        raise SettingsError([Problem(place, "no run of it has come to results yet")])
    known = dict.fromkeys(one.name for one in results)
    raise SettingsError([unknown("result", result, known, f"campaign {file.campaign.name}")])


def sample_map(
    file: CampaignFile,
    cells: Sequence[Cell],
    found: Sequence[Standing],
    result: str,
    step: str,
    part: str = "",
) -> Figure:
    """A result of a step on every cell: where it is found, how it is distributed.

    Of repeats the last one that has it counts. The yield is the share of cells that have it, of
    those on which nothing is left to be done; of words, that of each. With 95 % intervals.
    """
    of_cell = {
        s.work.cell: one
        for s in found
        if s.work.step == step and s.entry is not None
        for one in s.entry.results
        if (one.name, one.part) == (result, part) and one.value is not None
    }
    quantity = quantity_of(result, part)
    panels = map_panels(cells, of_cell, quantity)
    name = f"{file.campaign.name}: {quantity} of {step}, sample {file.sample.sample.name}"
    return Figure(title=f"{name}; {_yield(cells, found, of_cell)}", panels=tuple(panels))


class Placed(Protocol):
    """A cell that stands somewhere; one without an address stands where there is room."""

    @property
    def name(self) -> str:
        """What it is called, its die first."""
        ...

    @property
    def die(self) -> str:
        """The die that it is on, if there are several."""
        ...

    @property
    def row(self) -> int | None:
        """From 0."""
        ...

    @property
    def column(self) -> int | None:
        """From 0."""
        ...


def map_panels(
    cells: Sequence[Placed], of_cell: Mapping[str, Result], quantity: str
) -> list[Panel]:
    """A result on every cell, die by die, and how it is distributed, if it is a number."""
    values = [one.value for one in of_cell.values()]
    numbers = sorted(float(value) for value in values if isinstance(value, float | int))
    axis = axis_of(quantity, of_cell.values(), numbers)
    panels = [
        Panel(x=Axis("column"), y=Axis("row"), height=1.7, tiles=tiles, coloured=axis, legend=die)
        for die, tiles in _tiles(cells, of_cell).items()
    ]
    if numbers:
        panels.append(distribution(axis, numbers, beside=len(panels) == 1))
    return panels


def quantity_of(result: str, part: str = "") -> str:
    """A result as an axis names it."""
    return f"{result.replace('_', ' ')}{f', {part}' if part else ''}"


def axis_of(quantity: str, results: Iterable[Result], numbers: Sequence[float]) -> Axis:
    """The axis of a result; logarithmic where its ``numbers``, sorted, spread over decades."""
    symbol = next((one.unit for one in results if one.unit), "1")
    spread = len(numbers) > 1 and numbers[0] > 0 and numbers[-1] > _DECADE * numbers[0]
    scale: Literal["linear", "log"] = "log" if spread else "linear"
    if symbol in _UNITS:
        return Axis(quantity, _UNITS[symbol], scale)
    return Axis(quantity if symbol == "1" else f"{quantity} ({symbol})", None, scale)


def _tiles(cells: Sequence[Placed], of_cell: Mapping[str, Result]) -> dict[str, tuple[Tile, ...]]:
    """Die by die; cells without an address stand in rows, in their order."""
    dies: dict[str, list[Placed]] = {}
    for cell in cells:
        dies.setdefault(cell.die, []).append(cell)
    found = {}
    for die, of_die in dies.items():
        across = ceil(sqrt(len(of_die)))
        found[f"die {die}" if die else ""] = tuple(
            Tile(
                number // across if cell.row is None else cell.row,
                number % across if cell.column is None else cell.column,
                of_cell[cell.name].value if cell.name in of_cell else None,
                cell.name.removeprefix(f"{die}."),
            )
            for number, cell in enumerate(of_die)
        )
    return found


def distribution(axis: Axis, numbers: Sequence[float], *, beside: bool, of: str = "cells") -> Panel:
    """The share of cells, or of what it is made ``of``, at or below each value; sorted."""
    shares = [count / len(numbers) for count in range(len(numbers) + 1)]
    return Panel(
        x=axis,
        y=Axis(f"{of} at or below", FRACTION),
        lines=(
            Line(x=[numbers[0], *numbers], y=shares, style="steps"),
            Line(x=numbers, y=shares[1:], style="points"),
        ),
        height=1.7 if beside else 1.0,
        beside=beside,
    )


def _yield(cells: Sequence[Cell], found: Sequence[Standing], of_cell: dict[str, Result]) -> str:
    left = {one.work.cell for one in found if one.state in LEFT}
    decided = [cell.name for cell in cells if cell.name not in left]
    to_do = f"; {len(left)} cells are not finished" if left else ""
    if not decided:
        return f"no cell is finished of {len(cells)}"
    values = [of_cell[name].value for name in decided if name in of_cell]
    words = Counter(value for value in values if isinstance(value, str))
    if not words:
        return f"yield {_share(len(values), len(decided))}{to_do}"
    said = (f"{word} {_share(count, len(decided))}" for word, count in words.most_common())
    return f"{'; '.join(said)}{to_do}"


def _share(hits: int, cells: int) -> str:
    share = proportion(hits, cells)
    low, high = 100 * share.low, 100 * share.high
    return f"{hits} of {cells} cells, {100 * share.value:.3g} % ({low:.3g} % to {high:.3g} %)"
