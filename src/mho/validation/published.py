"""Published numbers as the files of ``data/reference`` have them."""

from importlib.resources import files
from math import inf
from typing import Literal, Self

from pydantic import Field, model_validator

from mho import settings
from mho.errors import Problem, SettingsError
from mho.frozen import Frozen
from mho.quantities import UNITS, Unit
from mho.settings import SettingsFile
from mho.settings_text import table_of
from mho.validation.allowance import Measurand, allowance
from mho.validation.over_devices import OverDevices

FOLDER = "reference"

Basis = Literal["predicted", "fitted", "follows from the recipe"]
"""Where the simulated number comes from."""

FEWEST_DEVICES = 5
"""That a number over devices takes."""


class Measured(Frozen):
    """What is measured: a figure of merit of one run."""

    protocol: str
    recipe: str
    device: str
    merit: str
    part: str = ""
    options: tuple[str, ...] = ()


class Published(Frozen):
    """One published number; the keys are explained in the first file of ``data/reference``.

    Exactly one of ``value``, ``range``, ``at_least``, ``at_most`` and ``statement`` (with our
    ``criterion``) says what was published. ``merit`` names the figure of merit that ``protocol``
    gives for it; what is judged by a statement must lie from ``counts_from`` to ``counts_to``.
    """

    id: str
    what: str
    kind: Literal["result", "setting", "statement"]
    where: str
    value: str | int | float | None = None
    range: tuple[str, str] | None = None
    at_least: str | int | float | None = None
    at_most: str | int | float | None = None
    statement: str | None = None
    approximate: bool = False
    measurand: Measurand | None = None
    sample: int | None = Field(default=None, ge=2)
    criterion: str | None = None
    counts_from: str | int | float | None = None
    counts_to: str | int | float | None = None
    judged_by: Literal["value", "interval"] = "value"
    basis: Basis | None = None
    device: str | None = None
    parameters: tuple[str, ...] = ()
    protocol: str | None = None
    recipe: str | None = None
    options: tuple[str, ...] = ()
    verdict: str | None = None
    merit: str | None = None
    part: str = Field(default="", description="of the run, where the merit has several values")
    over: Measured | None = Field(default=None, description="its merit is divided by this one")
    over_devices: OverDevices | None = Field(
        default=None, description="one figure of several devices: what of them is taken"
    )
    devices: int = Field(default=1, ge=1, description="how many that figure is made of")
    benches: tuple[str, ...] = ()
    bench_options: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="options that a run has on one of the benches only"
    )
    not_measured: str | None = None
    explanation: str = Field(
        default="", description="why the simulation, or more than one device in ten, lies outside"
    )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        """A number that is measured has all that judging it takes; one that is not says so."""
        problems = []
        if self.merit is None:
            if self.basis or self.benches or self.over or self.explanation:
                problems.append("basis, benches, over and explanation belong to a merit")
            if self.protocol is None and self.not_measured is None:
                problems.append("nothing measures it, so not_measured must say why")
        else:
            if self.basis is None or not self.benches or None in (self.recipe, self.device):
                problems.append("has a merit, so it needs basis, benches, recipe and device")
            if self.value is not None and self.measurand is None:
                problems.append("has a merit and a value, so it needs a measurand")
            if (self.statement is None) is not (self.counts_from is self.counts_to is None):
                problems.append("counts_from and counts_to belong to a statement with a merit")
            if (self.over_devices is not None) is not (self.devices >= FEWEST_DEVICES):
                problems.append(f"over_devices takes {FEWEST_DEVICES} devices, and only it")
            if not set(self.bench_options) <= set(self.benches):
                problems.append("bench_options belong to one of the benches")
        if (self.protocol is None) is not (self.recipe is None):
            problems.append("protocol and recipe belong together")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def measured(self) -> Measured | None:
        """What measures it."""
        if not (self.protocol and self.recipe and self.device and self.merit):
            return None
        return Measured(
            protocol=self.protocol,
            recipe=self.recipe,
            device=self.device,
            merit=self.merit,
            part=self.part,
            options=self.options,
        )

    @property
    def printed(self) -> str:
        """The number as published."""
        about = "about " if self.approximate else ""
        if self.range is not None:
            return " to ".join(self.range)
        for words, value in (("", self.value), (">= ", self.at_least), ("<= ", self.at_most)):
            if value is not None:
                return f"{about}{words}{value}"
        return self.statement or ""

    @property
    def unit(self) -> Unit | None:
        """Its unit, or that of the figure that is judged; none for plain numbers."""
        given = (
            self.value,
            self.at_least,
            self.at_most,
            self.range and self.range[0],
            self.counts_from,
            self.counts_to,
        )
        return next((_amount(value)[1] for value in given if value is not None), None)

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest figure (SI) that counts as the published one."""
        if self.value is not None:
            middle, half = _amount(self.value)[0], 0.0
            if self.measurand is not None:
                half = allowance(
                    str(self.value),
                    self.measurand,
                    approximate=self.approximate,
                    sample=self.sample,
                )
            ends = sorted((middle * (1 - half), middle * (1 + half)))
            return ends[0], ends[1]
        if self.range is not None:
            return _amount(self.range[0])[0], _amount(self.range[1])[0]
        low = self.counts_from if self.at_least is None else self.at_least
        high = self.counts_to if self.at_most is None else self.at_most
        return (
            -inf if low is None else _amount(low)[0],
            inf if high is None else _amount(high)[0],
        )


class Source(Frozen):
    """The paper, as far as it is known."""

    key: str
    title: str
    authors: str
    journal: str
    doi: str
    known_as: str
    other_device: str = Field(
        default="", description="what it measured, where that is not the device that is simulated"
    )

    @property
    def name(self) -> str:
        """What to call it in a table."""
        name = self.title or " ".join(filter(None, (self.authors, self.journal))) or self.known_as
        return f"comparable cell, {self.other_device}: {name}" if self.other_device else name


class Reference(Frozen):
    """A file of published numbers."""

    source: Source
    number: tuple[Published, ...]


def references() -> dict[str, Reference]:
    """The shipped files of published numbers, by name: those on simulated devices, then the others.

    Raises
    ------
    SettingsError
        A file is not as it should be.
    """
    found = {}
    for name in settings.shipped(FOLDER):
        text = (files("mho.data") / FOLDER / f"{name}.toml").read_text("utf-8")
        file = SettingsFile(f"reference {name}", text, table_of(f"reference {name}", text))
        found[name] = settings.validate(file, Reference)
    return dict(sorted(found.items(), key=lambda one: bool(one[1].source.other_device)))


def _amount(value: str | int | float) -> tuple[float, Unit | None]:
    """SI value and unit of a quoted quantity; a plain number has none."""
    if not isinstance(value, str):
        return float(value), None
    for unit in UNITS:
        try:
            return unit.parse(value), unit
        except ValueError:
            continue
    raise SettingsError([Problem("reference", f'"{value}" is in no unit that mho knows')])
