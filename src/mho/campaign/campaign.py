"""The campaign file: which steps, over which cells, on which conditions."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from mho import settings
from mho.errors import Problem, SettingsError
from mho.frozen import Frozen
from mho.quantities import UNITS, Seconds
from mho.samples import SampleFile, read_sample, sample_from
from mho.samples.sample import NAME
from mho.settings import SettingsFile
from mho.settings_text import printable, table_of, text_of

Bound = float | str
"""A number, or one with its unit in quotes."""


class When(Frozen):
    """A condition on a result of an earlier step on the same cell.

    A result that is not there, or that the data did not support, meets no condition.
    """

    step: str = Field(description="name of an earlier step")
    result: str = Field(description="name of one of its results (mho show RUN lists them)")
    part: str = Field(default="", description="of which part of the run, where it has several")
    equals: str | float | None = Field(
        default=None, alias="is", description="the word, or the number, that it is"
    )
    is_not: str | float | None = Field(default=None, description="the word that it is not")
    above: Bound | None = Field(default=None, description='its value is greater, e.g. "50 uS"')
    below: Bound | None = Field(default=None, description="its value is smaller")
    interval_above: Bound | None = Field(
        default=None, description="the whole of its 95 % interval is greater"
    )
    interval_below: Bound | None = Field(
        default=None, description="the whole of its 95 % interval is smaller"
    )

    def __str__(self) -> str:
        asked = ((word, getattr(self, name)) for name, word in _WORDS.items())
        said = " and ".join(
            f"{word} {value:g}" if isinstance(value, float) else f"{word} {value}"
            for word, value in asked
            if value is not None
        )
        return f"{self.result} of {self.step} {said}"

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not any(getattr(self, name) is not None for name in COMPARISONS):
            raise ValueError("says nothing of the result; give is, is_not, above, below, ...")
        for name in COMPARISONS[2:]:
            bound = getattr(self, name)
            if bound is not None:
                number(bound)
        return self


_WORDS = {
    "equals": "is",
    "is_not": "is not",
    "above": "is above",
    "below": "is below",
    "interval_above": "with all of its interval is above",
    "interval_below": "with all of its interval is below",
}

COMPARISONS = tuple(_WORDS)


class Step(Frozen):
    """One measurement of every cell."""

    name: str = Field(description="what the step is called in tables and conditions")
    protocol: str = Field(description="name of a protocol")
    recipe: str = Field(description="shipped name or path of its recipe")
    set: tuple[str, ...] = Field(
        default=(), description="key=value laid over the recipe, as --set of mho run"
    )
    pause: Seconds = Field(
        default=0.0, ge=0, description="time that passes before it, with nothing at the cell"
    )
    when: tuple[When, ...] = Field(
        default=(), description="only where all of these hold; a table or a list of tables"
    )

    @model_validator(mode="before")
    @classmethod
    def _one_or_several(cls, data: object) -> object:
        if isinstance(data, dict) and isinstance(data.get("when"), dict):
            return {**data, "when": (data["when"],)}
        return data


class Campaign(Frozen):
    """Steps over cells."""

    name: str = Field(description="what the campaign is called in runs and lists")
    sample: str = Field(description="the sample: name or path of its file")
    bench: str = Field(description="the bench: shipped name or path of its file")
    cells: tuple[str, ...] = Field(
        default=("all",), description='names, ranges ("r0c0..r3c7"), or "all"'
    )
    where: str = Field(
        default="",
        description="only cells with a run of which this is true, e.g. "
        '"protocol = forming and outcome = formed"',
    )
    order: Literal["cell by cell", "step by step"] = Field(
        default="cell by cell", description="all steps of a cell first, or one step of all cells"
    )
    repeats: int = Field(default=1, ge=1, le=10_000, description="how often all steps are done")
    when_a_step_fails: Literal["next cell", "stop", "retry once"] = Field(
        default="next cell",
        description="what to do when a run ends with an error: leave that cell, stop the campaign, "
        "or run the step once more and then leave the cell",
    )
    operator: str = Field(default="", description="who measures")
    note: str = Field(default="", description="for every run of the campaign")
    tags: tuple[str, ...] = Field(default=(), description="words to find the runs by")
    steps: tuple[Step, ...] = Field(min_length=1, description="tables [[steps]], in their order")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        seen: list[str] = []
        for step in self.steps:
            if not NAME.fullmatch(step.name):
                raise ValueError(
                    f'"{step.name}" cannot be the name of a step; take letters, digits, - and _'
                )
            if step.name in seen:
                raise ValueError(f"two steps are called {step.name}")
            for when in step.when:
                if when.step not in seen:
                    known = ", ".join(seen) or "it is the first one"
                    raise ValueError(
                        f'step {step.name} asks for a result of "{when.step}", which is no step '
                        f"before it ({known})"
                    )
            seen.append(step.name)
        if not NAME.fullmatch(self.name):
            raise ValueError(
                f'"{self.name}" cannot be the name of a campaign; take letters, digits, - and _'
            )
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFile:
    """A campaign as it was read, with its sample."""

    path: Path
    file: SettingsFile
    campaign: Campaign
    sample: SampleFile


def read_campaign(path: Path) -> CampaignFile:
    """Read a campaign file and the sample file that it names.

    A name without ``.toml`` is looked for here and in a folder ``campaigns``.

    Raises
    ------
    SettingsError
        Everything wrong in both, at once.
    """
    if path.suffix != ".toml":
        named = path.with_name(f"{path.name}.toml")
        path = named if named.is_file() else Path("campaigns") / named
    place = printable(str(path), 200)
    text = text_of(place, path)
    file = SettingsFile(place, text, table_of(place, text))
    campaign = settings.validate(file, Campaign)
    beside = path.parent / campaign.sample
    try:
        is_file = campaign.sample.endswith(".toml") and beside.is_file()
        sample = sample_from(beside) if is_file else read_sample(campaign.sample)
    except SettingsError as error:
        raise SettingsError(_placed(place, error)) from None
    return CampaignFile(path=path, file=file, campaign=campaign, sample=sample)


def changed_files(file: CampaignFile) -> tuple[Path, ...]:
    """Which of the two files say something else by now, or cannot be read."""
    found = []
    for path, read in ((file.path, file.file), (file.sample.path, file.sample.file)):
        try:
            same = text_of(str(path), path) == read.text
        except SettingsError:
            same = False
        if not same:
            found.append(path)
    return tuple(found)


def number(bound: Bound) -> float:
    """A bound in SI.

    Raises
    ------
    ValueError
        It is a text that is no quantity.
    """
    if not isinstance(bound, str):
        return float(bound)
    for unit in UNITS:
        try:
            return unit.parse(bound)
        except ValueError:
            continue
    raise ValueError(f'"{bound}" is in no unit that mho knows; write for example "50 uS"')


def _placed(place: str, error: SettingsError) -> Iterator[Problem]:
    for problem in error.problems:
        yield Problem(f"{place}: sample", str(problem))
