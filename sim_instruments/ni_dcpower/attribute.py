"""What an attribute is, which values it accepts, and how the rows of the tables are written."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mho.sim_instruments.ni_dcpower.errors import INVALID_VALUE, VALUE_NOT_SUPPORTED, NiError
from mho.sim_instruments.ni_dcpower.specifications import (
    OVERRANGE,
    ROUNDING,
    SAMPLE_RATE,
    Range,
    fitting,
)
from mho.sim_instruments.ni_dcpower.values import POWER_LINE_CYCLES

Settings = Mapping[str, Any]
Accept = Callable[[Any, Settings], Any]
"""Gives the value as the hardware takes it, or raises `NiError`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute.

    ``per_step``: an advanced sequence may hold it. ``sources``: written while a single point
    runs, it makes the output source again at once. ``idle_only``: refused while running
    (unverified which ones hardware refuses). ``of_instrument``: one value for the whole module,
    so a session without independent channels takes no channel name with it.
    """

    name: str
    kind: str
    default: Any = None
    accept: Accept | None = None
    read_only: bool = False
    per_step: bool = False
    sources: bool = False
    idle_only: bool = False
    of_instrument: bool = False


def any_value(value: Any, _: Settings) -> Any:
    """Anything of the right kind."""
    return value


def between(low: float, high: float) -> Accept:
    """Numbers from ``low`` to ``high``."""

    def accept(value: Any, _: Settings) -> Any:
        if not low - 1e-15 <= value <= high * ROUNDING:
            raise NiError(INVALID_VALUE, f"Requested value: {value:g}, valid: {low:g} to {high:g}.")
        return value

    return accept


def one_of(*values: int) -> Accept:
    """One of a set of values."""

    def accept(value: Any, _: Settings) -> Any:
        if value not in values:
            raise NiError(INVALID_VALUE, f"Requested value: {value}, valid: {values}.")
        return value

    return accept


def only(*values: Any) -> Accept:
    """A feature of which the module, or this model of it, has these values alone."""

    def accept(value: Any, _: Settings) -> Any:
        if value not in values:
            raise NiError(VALUE_NOT_SUPPORTED, f"Requested value: {value}, supported: {values}.")
        return value

    return accept


def coerced(ranges: tuple[Range, ...]) -> Accept:
    """A range, coerced up to the next hardware range."""
    return lambda value, _: fitting(ranges, value).full_scale


def whole_samples(value: Any, settings: Settings) -> Any:
    """An aperture time, coerced up to whole samples, in whatever unit it came."""
    unit = 1.0
    if settings["APERTURE_TIME_UNITS"] == POWER_LINE_CYCLES:
        unit = 1 / settings["POWER_LINE_FREQUENCY"]
    if not 0 <= value < math.inf:
        raise NiError(INVALID_VALUE, f"Requested aperture time: {value:g}.")
    samples = value * unit * SAMPLE_RATE
    whole = max(1, math.ceil(samples - 1e-6))
    return value if abs(samples - whole) < 1e-6 else whole / SAMPLE_RATE / unit


def level(name: str, ranges: tuple[Range, ...]) -> Attribute:
    """A level, at most 5 % over the largest range."""
    largest = ranges[-1].full_scale * OVERRANGE
    return Attribute(
        name=name, kind="Real64", default=0.0, accept=between(-largest, largest),
        per_step=True, sources=True,
    )  # fmt: skip


def limits(name: str, ranges: tuple[Range, ...], default: float) -> tuple[Attribute, ...]:
    """A limit: the symmetric one, and the two of asymmetric limits."""
    largest = ranges[-1].full_scale * OVERRANGE

    def limit(suffix: str, value: float, low: float, high: float) -> Attribute:
        return Attribute(
            name=name + suffix, kind="Real64", default=value, accept=between(low, high),
            per_step=True, sources=True,
        )  # fmt: skip

    return (
        limit("", default, 0.0, largest),
        limit("_HIGH", default, 0.0, largest),
        limit("_LOW", -default, -largest, 0.0),
    )


def range_row(name: str, ranges: tuple[Range, ...], default: float) -> Attribute:
    """A range of level or limit."""
    return Attribute(
        name=name, kind="Real64", default=default, accept=coerced(ranges),
        per_step=True, sources=True,
    )  # fmt: skip


def real(name: str, default: float, accept: Accept, **flags: bool) -> Attribute:
    """A number."""
    return Attribute(name=name, kind="Real64", default=default, accept=accept, **flags)


def choice(name: str, default: int, accept: Accept, **flags: bool) -> Attribute:
    """A whole number, mostly one that stands for a choice."""
    return Attribute(name=name, kind="Int32", default=default, accept=accept, **flags)


def switch(name: str, default: bool, accept: Accept = any_value, **flags: bool) -> Attribute:
    """On or off."""
    return Attribute(name=name, kind="Boolean", default=default, accept=accept, **flags)


def text(name: str, accept: Accept, **flags: bool) -> Attribute:
    """A text, at first empty."""
    return Attribute(name=name, kind="String", default="", accept=accept, **flags)


def reported(kind: str, *names: str, of_instrument: bool = False) -> tuple[Attribute, ...]:
    """What can only be read."""
    return tuple(
        Attribute(name=name, kind=kind, read_only=True, of_instrument=of_instrument)
        for name in names
    )
