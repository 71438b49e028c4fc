"""How a verdict quotes a figure of merit: value, 95 % interval, and why there is none."""

from collections.abc import Callable
from math import isfinite, isnan
from typing import TYPE_CHECKING, TypeVar

from mho.merit.samples import NotEnoughData
from mho.quantities import ScaledUnit, Unit

if TYPE_CHECKING:
    import pandas as pd

    from mho.merit.estimate import Estimate

Result = TypeVar("Result")

NONE = "-"
SI = ScaledUnit("", 1.0)
INTERVALS = "in brackets: 95 % confidence interval"


def quoted(estimate: "Estimate", unit: ScaledUnit = SI) -> str:
    """``1.234 [1.2, 1.3]``, numbers of a unit that stands elsewhere; an open end shows as such."""
    low, high = (_end(unit.of(end)) for end in (estimate.low, estimate.high))
    interval = "" if low == high == "open" else f" [{low}, {high}]"
    return f"{unit.of(estimate.value):.4g}{interval}"


def brief(value: float, unit: Unit, digits: int = 4) -> str:
    """A value with its unit, rounded to so many digits; a dash for what is no number."""
    if isnan(value):
        return NONE
    return unit.show(float(f"{value:.{digits}g}"))


def value_or_reason(compute: Callable[[], Result], reasons: list[str]) -> Result | None:
    """What ``compute`` returns; None, and the reason added once, where there is not enough data."""
    try:
        return compute()
    except NotEnoughData as reason:
        if str(reason) not in reasons:
            reasons.append(str(reason))
        return None


def limited_reads(reads: "pd.DataFrame") -> list[str]:
    """A warning, where the current limit held some of these reads."""
    limited = int(reads["in_compliance"].sum())
    if not limited:
        return []
    return [
        f"{limited} of {len(reads)} reads were held by the current limit: their conductances are "
        "doubtful; give the device profile a larger read_compliance, or the read a lower voltage"
    ]


def _end(value: float) -> str:
    return f"{value:.4g}" if isfinite(value) else "open"
