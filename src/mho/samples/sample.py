"""The sample file: which cells there are on a chip, and how one is reached."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from mho import settings
from mho.errors import Problem, SettingsError
from mho.frozen import Frozen
from mho.settings import SettingsFile
from mho.settings_text import printable, table_of, text_of

MOST_CELLS = 1_000_000
"""Of one sample: a grid beyond that is a slip of the pen."""

_GRID = re.compile(r"\s*([0-9]{1,6})\s*[x×]\s*([0-9]{1,6})\s*")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")

Demand = Literal["operator", "note", "tags"]
"""What a bench or sample may ask to be said of every run."""


class Cells(Frozen):
    """Which cells there are: a grid, a list of names, or neither, which is one cell."""

    grid: str | None = Field(
        default=None,
        description='rows x columns, e.g. "8 x 8"; the cells are called r0c0, r0c1, ...',
    )
    names: tuple[str, ...] = Field(default=(), description="a name for each cell, without a grid")
    dies: tuple[str, ...] = Field(
        default=(),
        description="dies of the sample, each with all these cells; they are called DIE.r0c0",
    )

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.grid is not None and self.names:
            raise ValueError("cells are a grid or a list of names; take one of the two out")
        for what, names in (("cell", self.names), ("die", self.dies)):
            for name in names:
                if not NAME.fullmatch(name):
                    raise ValueError(
                        f'"{name}" cannot be the name of a {what}; take letters, digits, - and _'
                    )
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"the {what} {twice[0]} stands there twice")
        rows, columns = self.shape or (1, 1)
        if not rows or not columns:
            raise ValueError(f'a grid of "{self.grid}" has no cell')
        if rows * columns * max(1, len(self.dies)) > MOST_CELLS:
            raise ValueError(f'"{self.grid}" are more than {MOST_CELLS:,} cells')
        return self

    @property
    def shape(self) -> tuple[int, int] | None:
        """Rows and columns; None where there is no grid.

        Raises
        ------
        ValueError
            The grid is not written as rows x columns.
        """
        if self.grid is None:
            return None
        match = _GRID.fullmatch(self.grid)
        if match is None:
            raise ValueError(f'"{self.grid}" is no grid; write rows x columns, e.g. "8 x 8"')
        return int(match[1]), int(match[2])


class Reach(Frozen):
    """How a cell is brought to the terminals of the bench."""

    by: Literal["fixed wiring", "operator", "selector"] = Field(
        default="fixed wiring",
        description='"operator": somebody moves the probe; mho names the cell and waits. '
        '"selector": only benches with a table [select], which connects it',
    )


class Rehearsal(Frozen):
    """What stands for the cells in a rehearsal."""

    seed: int = Field(
        default=0, ge=0, description="every cell is another device, drawn from this number"
    )
    seeds: dict[str, int] = Field(
        default_factory=dict, description="of single cells, by name, instead"
    )


class Sample(Frozen):
    """One chip: its type of device, its cells, how they are reached."""

    name: str = Field(description="what the sample is called in runs, figures and lists")
    device: str = Field(description="device profile of its cells: shipped name or path of a file")
    notes: str = Field(default="", description="for people: batch, process, who made it")
    require: tuple[Demand, ...] = Field(
        default=(), description="what must be said of every run: operator, note, tags"
    )
    cells: Cells = Field(default_factory=Cells, description="which cells there are")
    reach: Reach = Field(default_factory=Reach, description="how a cell is reached")
    rehearsal: Rehearsal = Field(
        default_factory=Rehearsal, description="the simulated cells of a rehearsal"
    )

    @model_validator(mode="after")
    def _named(self) -> Self:
        if not NAME.fullmatch(self.name):
            raise ValueError(
                f'"{self.name}" cannot be the name of a sample; take letters, digits, - and _'
            )
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFile:
    """A sample as it was read: its file, and what stands in it."""

    path: Path
    file: SettingsFile
    sample: Sample

    @property
    def device(self) -> str:
        """Shipped name, or path from here, of the device file."""
        named = self.sample.device
        is_path = named.endswith(".toml") or "/" in named or "\\" in named
        beside = self.path.parent / named
        return str(beside) if is_path and not Path(named).is_absolute() else named


def read_sample(name: str) -> SampleFile:
    """Read a sample file by path, or by name: NAME.toml here or in a folder ``samples``.

    Raises
    ------
    SettingsError
        There is none, or everything wrong in it, at once.
    """
    return sample_from(_path_of(name))


def sample_from(path: Path) -> SampleFile:
    """As `read_sample`, from the file at ``path``."""
    place = printable(str(path), 200)
    text = text_of(place, path)
    file = SettingsFile(place, text, table_of(place, text))
    sample = settings.validate(file, Sample)
    problems = list(_unknown_seeds(place, sample))
    if problems:
        raise SettingsError(problems)
    return SampleFile(path=path, file=file, sample=sample)


def _path_of(name: str) -> Path:
    if name.endswith(".toml") or "/" in name or "\\" in name:
        return Path(name)
    places = [Path(f"{name}.toml"), Path("samples") / f"{name}.toml"]
    found = next((path for path in places if path.is_file()), None)
    if found is None:
        known = sorted(path.stem for path in Path("samples").glob("*.toml"))
        there = f" Samples here: {', '.join(known)}." if known else ""
        message = (
            f"there is no file {name}.toml here or in samples/.{there} "
            f"Write one with: mho new sample {name}"
        )
        raise SettingsError([Problem(f"sample {printable(name)}", message)])
    return found


def _unknown_seeds(place: str, sample: Sample) -> Iterator[Problem]:
    from mho.samples.cell import names_of  # which reads the sample in turn

    if not sample.rehearsal.seeds:
        return
    known = set(names_of(sample.cells))
    for name in sample.rehearsal.seeds:
        if name not in known:
            message = f'there is no cell "{name}" on this sample'
            yield Problem(f"{place}: rehearsal.seeds.{name}", message)
