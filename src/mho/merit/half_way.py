"""The voltage where a sweep is half-way from the branch before an event to the branch after it.

No derivative is taken, so one rule serves abrupt and gradual switching, sublinear branches and
noise; the steepest place of a gradual curve is wherever its noise is.
"""

from dataclasses import dataclass
from math import inf, log, pi
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mho.merit.estimate import Estimate, student_quantile
from mho.merit.samples import FloatArray

_CONVERGED = 1e-3
"""V between two rounds."""

_ROUNDS = 4
_FEWEST_OUT, _FEWEST_BACK = 8, 4
_NOISE = 3.0
"""Times the noise floor from which on a current tells its branch."""

Event = Literal["set", "reset"]
BEFORE: dict[Event, tuple[float, float]] = {"reset": (0.0, 0.45), "set": (0.45, 0.75)}
"""Part of the way out that is the branch before, as shares of the switching voltage."""

FOOT = 0.1
"""Way at which a SET has begun: the branch before ends there at the latest. A gradual SET is well
on its way at 0.75 of its voltage, where a power law would take its growth for the branch."""

OHMIC: dict[Event, float] = {"reset": 0.3, "set": 1.5}
"""How closely that branch follows Ohm's law: half width of its exponent about 1. A SET starts from
a space-charge limited state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfWay:
    """Where a sweep switched, in magnitudes.

    Attributes
    ----------
    voltage, quarter, three_quarters
        V, at a half, a quarter and three quarters of the way; the latter two are NaN if the current
        limit hides them.
    resolution
        V between the readings around ``voltage``.
    ratio
        Current of the branch after over that of the branch before, there; infinite where the limit
        hides the branch after.
    """

    voltage: float
    quarter: float
    three_quarters: float
    resolution: float
    ratio: float


def half_way(
    voltage: FloatArray,
    current: FloatArray,
    held: NDArray[np.bool_],
    event: Event,
    *,
    noise_floor: float = 1e-10,
) -> HalfWay | None:
    """Half-way voltage of one side of a loop: magnitudes (V, A) in order of time, out, then back.

    w(V) = (I_before - I) / (I_before - I_after): I_before is the power law of the way out below the
    event, I_after the way back. w is made monotone and read at a half. ``held`` marks readings in
    the current limit: those of a SET count as past the middle. None where the data do not tell.
    """
    turn = int(np.argmax(voltage)) + 1
    used = voltage[:turn] > 0
    out, drawn, limited = voltage[:turn][used], current[:turn][used], held[:turn][used]
    free = (voltage[turn:] > 0) & ~held[turn:] & (current[turn:] > _NOISE * noise_floor)
    back, returned = voltage[turn:][free], current[turn:][free]
    if len(out) < _FEWEST_OUT:
        return None
    if len(back) >= _FEWEST_BACK:
        after = _after(back, returned, out, event)
    elif event == "set" and np.any(limited):  # whatever the limit holds is past the middle
        after = np.full(len(out), inf)
    else:
        return None
    loud = (drawn > _NOISE * noise_floor) & ~limited
    at: float | None = None
    foot = inf
    before = out
    for _ in range(_ROUNDS):
        branch = _before(out, drawn, loud, event, at, foot)
        if branch is None:
            return None
        before = branch
        way = _monotone(_share(before, drawn, after, limited, event))
        found, resolution = _crossing(out, way, 0.5)
        if not np.isfinite(found):
            return None
        if at is not None and abs(found - at) < _CONVERGED:
            break
        if at is None and event == "set":
            foot = _crossing(out, way, FOOT)[0]
        at = found
    place = min(int(np.searchsorted(out, found)), len(out) - 1)
    return HalfWay(
        voltage=found,
        quarter=_crossing(out, way, 0.25)[0],
        three_quarters=_crossing(out, way, 0.75)[0],
        resolution=resolution,
        ratio=float(after[place] / before[place]),
    )


def mean_over_cycles(voltages: FloatArray, resolution: float) -> Estimate:
    """Mean of half-way voltages of many cycles, of which each is known to ``resolution`` (V).

    Cycles that scatter by less than the step do not average it out: what is left of it is added
    (the first harmonic of a rounding error, B. Widrow and I. Kollar, Quantization Noise, 2008).
    """
    centre, count = float(np.mean(voltages)), len(voltages)
    if count < 2:
        return Estimate(value=centre, low=-inf, high=inf)
    scatter = float(np.std(voltages, ddof=1))
    half = student_quantile(count - 1) * scatter / count**0.5
    if resolution > 0:
        half += resolution / 2 * float(np.exp(-2 * (pi * scatter / resolution) ** 2))
    return Estimate(value=centre, low=centre - half, high=centre + half)


def _after(back: FloatArray, returned: FloatArray, at: FloatArray, event: Event) -> FloatArray:
    """The branch after the event: the way back, smooth in double logarithms.

    Above the last free reading of a SET only its power law is known.
    """
    if event == "set":
        return _power_law(back, returned, at, OHMIC["reset"])
    degree = 2 if len(back) > 2 * _FEWEST_BACK else 1
    law = np.polyfit(np.log(back), np.log(returned), degree)
    return np.asarray(np.exp(np.polyval(law, np.log(at))), dtype=np.float64)


def _before(
    out: FloatArray,
    drawn: FloatArray,
    loud: NDArray[np.bool_],
    event: Event,
    at: float | None,
    foot: float,
) -> FloatArray | None:
    """The branch before an event ``at`` some voltage that begins at ``foot``, over the way out."""
    order = np.arange(len(out))
    if at is None:
        used = order < max(5, len(out) // 6)
    else:
        low, high = BEFORE[event]
        end = min(high * at, foot)
        used = (out >= low / high * end) & (out <= end)
    used = used & loud
    if np.count_nonzero(used) < 4:
        used = (order < 5) & (drawn > 0)
    if np.count_nonzero(used) < 3:
        return None
    return _power_law(out[used], drawn[used], out, OHMIC[event])


def _power_law(
    voltage: FloatArray, current: FloatArray, at: FloatArray, prior: float
) -> FloatArray:
    """Ln I = a + m ln V with m = 1 +- ``prior``, where the points leave it open."""
    x, y = np.log(voltage), np.log(current)
    scatter = max(float(np.std(np.diff(y - x))) / 1.4, 1e-3) if len(x) > 2 else 0.1
    design = np.vstack([np.column_stack([np.ones_like(x), x]) / scatter, [0, 1 / prior]])
    target = np.append(y / scatter, 1 / prior)
    (shift, slope), *_ = np.linalg.lstsq(design, target, rcond=None)
    exponent = np.clip(shift + slope * np.log(at), log(1e-300), log(1e300))
    return np.asarray(np.exp(exponent), dtype=np.float64)


def _share(
    before: FloatArray,
    drawn: FloatArray,
    after: FloatArray,
    limited: NDArray[np.bool_],
    event: Event,
) -> FloatArray:
    sign = 1.0 if event == "reset" else -1.0
    gap = sign * (before - after)
    apart = np.where(gap > 0, gap, 1.0)
    way = np.where(gap > 0, sign * (before - drawn) / apart, 0.0)
    if event == "set":
        way = np.where(np.logical_or.accumulate(limited), np.maximum(way, 1.0), way)
    else:
        way = np.where(limited, 0.0, way)
    return np.clip(way, -0.5, 1.5)


def _monotone(values: FloatArray) -> FloatArray:
    """The least-squares sequence that does not fall (pool adjacent violators)."""
    means: list[float] = []
    counts: list[int] = []
    for value in values.tolist():
        means.append(value)
        counts.append(1)
        while len(means) > 1 and means[-2] > means[-1]:
            both = counts[-2] + counts[-1]
            means[-2:] = [(means[-2] * counts[-2] + means[-1] * counts[-1]) / both]
            counts[-2:] = [both]
    return np.repeat(np.array(means), counts)


def _crossing(out: FloatArray, way: FloatArray, share: float) -> tuple[float, float]:
    """Where the way crosses a share of itself, and how far apart the readings around it are."""
    after = int(np.searchsorted(way, share))
    if after == 0 or after >= len(way):
        return float("nan"), float("nan")
    rise, step = way[after] - way[after - 1], out[after] - out[after - 1]
    return float(out[after - 1] + step * (share - way[after - 1]) / rise), float(step)
