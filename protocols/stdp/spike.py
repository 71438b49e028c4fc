"""Spikes: the waveform of one neuron, as constant pieces, and two of them on one time axis.

A positive level points in the SET direction of the device: on a device that sets at negative
voltages the spike is applied upside down. So one recipe serves both polarities.
"""

from bisect import bisect_right
from csv import reader
from functools import lru_cache
from itertools import accumulate, pairwise
from math import exp
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from mho.frozen import Frozen
from mho.quantities import Seconds, Volts

Pieces = tuple[tuple[float, float], ...]
"""Duration (s) and level (V) of each constant piece."""

TICK = 1e-9
"""Edges of both spikes are rounded to this (s), so that equal times are equal."""

DIGITS = 6
"""Computed levels are rounded to microvolts, finer than any source resolves."""


class Rectangle(Frozen):
    """A rectangular spike."""

    shape: Literal["rectangle"] = Field(description="picks this form of a spike")
    amplitude: Volts = Field(description="of the spike; positive in the SET direction")
    width: Seconds = Field(gt=0, description="of the spike")

    def pieces(self) -> Pieces:
        """The spike as constant pieces."""
        return ((self.width, self.amplitude),)


class Triangle(Frozen):
    """A staircase up to the amplitude and down again."""

    shape: Literal["triangle"] = Field(description="picks this form of a spike")
    amplitude: Volts = Field(description="of the peak; positive in the SET direction")
    width: Seconds = Field(gt=0, description="of the whole spike")
    steps: int = Field(default=9, ge=1, le=1001, description="pieces; odd, so that one is the peak")

    def pieces(self) -> Pieces:
        """The spike as constant pieces."""
        half = (self.steps + 1) / 2
        heights = (half - abs(n + 1 - half) for n in range(self.steps))
        return tuple(
            (self.width / self.steps, round(self.amplitude * h / half, DIGITS)) for h in heights
        )


class Biphasic(Frozen):
    """A rectangular main lobe, then a tail of the other sign that decays exponentially."""

    shape: Literal["biphasic"] = Field(description="picks this form of a spike")
    amplitude: Volts = Field(description="of the main lobe; positive in the SET direction")
    width: Seconds = Field(gt=0, description="of the main lobe")
    tail: Volts = Field(description="where the tail starts; it has the sign opposite to amplitude")
    tail_constant: Seconds = Field(gt=0, description="time constant of the tail")
    tail_length: Seconds = Field(gt=0, description="the tail is cut after this")
    tail_steps: int = Field(default=40, ge=1, le=10_000, description="constant pieces of the tail")

    @model_validator(mode="after")
    def _two_signs(self) -> Self:
        if self.amplitude * self.tail > 0:
            raise ValueError("the tail of a biphasic spike has the sign opposite to its amplitude")
        return self

    def pieces(self) -> Pieces:
        """The spike as constant pieces; the tail is taken in the middle of each piece."""
        tail = _decay(self.tail, self.tail_constant, self.tail_length, self.tail_steps)
        return ((self.width, self.amplitude), *tail)


class Exponential(Frozen):
    """A sudden rise, then an exponential decay to 0 V."""

    shape: Literal["exponential"] = Field(description="picks this form of a spike")
    amplitude: Volts = Field(description="where it rises to; positive in the SET direction")
    constant: Seconds = Field(gt=0, description="time constant of the decay")
    length: Seconds = Field(gt=0, description="the spike is cut after this")
    steps: int = Field(default=40, ge=1, le=10_000, description="constant pieces of the decay")

    def pieces(self) -> Pieces:
        """The spike as constant pieces, each at its level in the middle of it."""
        return _decay(self.amplitude, self.constant, self.length, self.steps)


class FromFile(Frozen):
    """A spike from a CSV file with the columns time (s) and voltage (V).

    A level holds from its time to the next; the last line ends the spike, its voltage is not
    played. The points are kept with the run, so an old run needs no file.
    """

    shape: Literal["file"] = Field(description="picks this form of a spike")
    file: str = Field(
        min_length=1, description="path of the CSV file, with the columns time (s) and voltage (V)"
    )
    points: tuple[tuple[float, float], ...] = Field(
        default=(), description="what was read from the file: leave this out"
    )

    @model_validator(mode="before")
    @classmethod
    def _read(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("file"), str) and not data.get("points"):
            return {**data, "points": _points(data["file"])}
        return data

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if len(self.points) < 2:
            raise ValueError(f"{self.file} needs two lines or more of time,voltage")
        if any(not later[0] - earlier[0] >= TICK for earlier, later in pairwise(self.points)):
            raise ValueError(
                f"{self.file}: times must increase from line to line, by 1 ns at least"
            )
        return self

    def pieces(self) -> Pieces:
        """The spike as constant pieces."""
        return tuple((end - start, level) for (start, level), (end, _) in pairwise(self.points))


Spike = Annotated[
    Rectangle | Triangle | Biphasic | Exponential | FromFile, Field(discriminator="shape")
]


class Pair(NamedTuple):
    """Two spikes on one time axis: durations (s), and a level (V) a piece for either."""

    durations: tuple[float, ...]
    pre: tuple[float, ...]
    post: tuple[float, ...]


@lru_cache(maxsize=64)  # planned, played and recorded
def pair(pre: Pieces, post: Pieces, pre_minus_post: float, rest: float) -> Pair:
    """Both spikes, the later one begun ``abs(pre_minus_post)`` s after the other, then 0 V."""
    starts = max(pre_minus_post, 0.0), max(-pre_minus_post, 0.0)
    tracks = [_edges(pieces, start) for pieces, start in zip((pre, post), starts, strict=True)]
    moments = sorted({moment for edges, _ in tracks for moment in edges} | {0})
    moments.append(moments[-1] + max(1, round(rest / TICK)))
    levels = [
        tuple(_level(edges, heights, moment) for moment in moments[:-1])
        for edges, heights in tracks
    ]
    durations = tuple(round((end - start) * TICK, 9) for start, end in pairwise(moments))
    return Pair(durations, levels[0], levels[1])


@lru_cache(maxsize=16)
def _decay(start: float, constant: float, length: float, steps: int) -> Pieces:
    """An exponential decay from ``start`` (V) in equal pieces."""
    step = length / steps
    levels = (start * exp(-(n + 0.5) * step / constant) for n in range(steps))
    return tuple((step, round(level, DIGITS)) for level in levels)


def _edges(pieces: Pieces, start: float) -> tuple[list[int], list[float]]:
    """Moments (ticks) at which the level changes, and the level from each on; 0 V at the end."""
    moments = accumulate((duration for duration, _ in pieces), initial=start)
    return [round(moment / TICK) for moment in moments], [*(level for _, level in pieces), 0.0]


def _level(edges: list[int], levels: list[float], moment: int) -> float:
    place = bisect_right(edges, moment) - 1
    return levels[place] if place >= 0 else 0.0


def _points(path: str) -> tuple[tuple[float, float], ...]:
    try:
        with Path(path).open(encoding="utf-8", newline="") as lines:
            table = [row for row in reader(lines) if row and not row[0].lstrip().startswith("#")]
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
    if table and not _is_number(table[0][0]):
        table = table[1:]
    for number, row in enumerate(table, start=1):
        if len(row) != 2 or not all(_is_number(cell) for cell in row):
            raise ValueError(
                f"{path}: line {number} of the data is {','.join(row)!r}; write time,voltage "
                "in seconds and volts"
            )
    return tuple((float(time), float(voltage)) for time, voltage in table)


def _is_number(cell: str) -> bool:
    try:
        value = float(cell)
    except ValueError:
        return False
    return abs(value) < float("inf")
