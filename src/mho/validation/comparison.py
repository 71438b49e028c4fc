"""A published number beside what simulated devices gave for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, nan
from statistics import median, stdev

from mho.validation.published import Published


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of merit of one device (SI), with its 95 % interval where there is one."""

    value: float
    low: float = nan
    high: float = nan

    def __truediv__(self, other: "Figure") -> "Figure":
        """The quotient; two figures of one device have no joint interval."""
        return Figure(self.value / other.value if other.value else nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A published number and its simulated figures, one a seed.

    Attributes
    ----------
    figures
        None where a seed gave none.
    failure
        Why the first of those gave none.
    """

    paper: str
    number: Published
    bench: str
    figures: tuple[Figure | None, ...]
    failure: str = ""

    @property
    def values(self) -> tuple[float, ...]:
        """The figures that could be had, without their intervals."""
        return tuple(figure.value for figure in self.figures if figure is not None)

    @property
    def typical(self) -> float:
        """Median over the seeds; NaN if there is none."""
        return _median(self.values)

    @property
    def spread(self) -> float:
        """Standard deviation over the seeds; NaN for fewer than two."""
        return stdev(self.values) if len(self.values) > 1 else nan

    @property
    def low(self) -> float:
        """Lower end that is judged: of the median, or the median of the lower ends."""
        return self._judged("low")

    @property
    def high(self) -> float:
        """Upper end that is judged: of the median, or the median of the upper ends."""
        return self._judged("high")

    @property
    def inside(self) -> bool:
        """Whether the median over the seeds counts as the published number.

        Where it is judged by intervals, both ends do.
        """
        return self._is_inside(self.low, self.high)

    @property
    def seeds_inside(self) -> int:
        """How many single devices do; one that gave no figure does not."""
        name = ("low", "high") if self.number.judged_by == "interval" else ("value", "value")
        return sum(
            self._is_inside(*(getattr(figure, end) for end in name))
            for figure in self.figures
            if figure is not None
        )

    @property
    def in_question(self) -> bool:
        """The median lies outside, or more than one device in ten does."""
        return not self.inside or self.seeds_inside < 0.9 * len(self.figures)

    def _judged(self, end: str) -> float:
        if self.number.judged_by == "value":
            return self.typical
        return _median([getattr(figure, end) for figure in self.figures if figure is not None])

    def _is_inside(self, low: float, high: float) -> bool:
        least, most = self.number.bounds
        return least <= low and high <= most


def _median(values: Sequence[float]) -> float:
    """NaN if one is: an interval that nobody knows is inside nothing."""
    return median(values) if values and not any(map(isnan, values)) else nan
