"""Composite values on the cells of a sample: what is left for the cell of a run."""

from collections.abc import Iterator, Sequence
from math import sqrt

import numpy as np

from mho.errors import Problem, SettingsError
from mho.plugin_kinds import Circumstances
from mho.programming.algorithm import Floats
from mho.programming.composite import Scales, next_target, value_of
from mho.protocols.program.recipe import Composite, ProgramRecipe
from mho.quantities import SIEMENS
from mho.result import Result

CONDUCTANCE = "conductance"
"""The results that tell what a target came to; their parts are "target 1: ...", in order."""


def composite_options(
    recipe: ProgramRecipe,
    composite: Composite,
    asked: Sequence[float],
    circumstances: Circumstances,
) -> tuple[str, ...]:
    """Options: the number of this cell, the values, and what the cells before it came to.

    Raises
    ------
    SettingsError
        The cell of the run is none of them.
    """
    if not circumstances.cell:
        message = "is for cells of a sample; say which with --sample and --cell"
        raise SettingsError([Problem("recipe: composite", message)])
    if circumstances.cell not in composite.cells:
        message = f"names {', '.join(composite.cells)}; this run is on {circumstances.cell}"
        raise SettingsError([Problem("recipe: composite.cells", message)])
    if recipe.range is None:
        message = 'is needed beside composite; write for example range = ["10 uS", "180 uS"]'
        raise SettingsError([Problem("recipe: range", message)])
    number = composite.cells.index(circumstances.cell)
    measured = [
        _came_to(circumstances.results_of(name), len(asked)) for name in composite.cells[:number]
    ]
    options: tuple[str, ...] = (f"composite.number={number}", f"composite.values={_listed(asked)}")
    if all(measured):
        table = ", ".join(_listed(values) for values in measured)
        targets = _targets(recipe, composite, asked, measured)
        options += (f"composite.measured=[{table}]", f"targets={_listed(targets)}")
    else:
        options += (f"targets={_listed(asked)}",)
    return options


def require_measured(recipe: ProgramRecipe) -> None:
    """Refuse a composite whose cells before this one have not been programmed.

    Raises
    ------
    SettingsError
        Says which come first.
    """
    composite = recipe.composite
    if composite is None:
        return
    if composite.number is None:
        message = "is for cells of a sample; say which with --sample and --cell"
        raise SettingsError([Problem("recipe: composite", message)])
    if len(composite.measured) < composite.number:
        before = ", ".join(composite.cells[: composite.number])
        message = (
            f"this is cell {composite.number + 1} of a value; program {before} first, with the "
            "same targets: what they came to is not known"
        )
        raise SettingsError([Problem("recipe: composite.cells", message)])


def _scales(recipe: ProgramRecipe, composite: Composite) -> Scales:
    low, high = recipe.range or (1.0, 1.0)  # without a range it is refused before
    return Scales(composite.factor, sqrt(low * high), low, high)


def composite_values(recipe: ProgramRecipe, composite: Composite, own: Floats) -> Floats:
    """The values (S) of the cells so far, with this cell's own conductances."""
    return value_of(np.array([*composite.measured, own]), _scales(recipe, composite))


def _targets(
    recipe: ProgramRecipe,
    composite: Composite,
    asked: Sequence[float],
    measured: Sequence[Sequence[float]],
) -> Floats:
    came_to = np.array(measured).reshape(-1, len(asked))
    return next_target(np.array(asked), came_to, _scales(recipe, composite))


def _came_to(runs: Sequence[Sequence[Result]], count: int) -> tuple[float, ...]:
    """Judged conductances (S) of the last run that has so many; empty if none has."""
    for run in reversed(runs):
        found = tuple(_judged(run))
        if len(found) == count:
            return found
    return ()


def _judged(run: Sequence[Result]) -> Iterator[float]:
    for one in run:
        if one.name == CONDUCTANCE and one.part.startswith("target ") and one.unit == "S":
            if not isinstance(one.value, float):
                return
            yield one.value


def _listed(conductances: Sequence[float] | Floats) -> str:
    return f"[{', '.join(_quoted(one) for one in conductances)}]"


def _quoted(conductance: float) -> str:
    """As it stands in a file."""
    return f'"{SIEMENS.show(float(conductance))}"'
