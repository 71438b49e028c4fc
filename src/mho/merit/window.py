"""On/off ratio at a read voltage, of one state pair, of a sweep, and over cycles."""

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import ArrayLike

from mho.merit.estimate import Estimate
from mho.merit.samples import NotEnoughData, usable
from mho.merit.slow_noise import ratio_of_records
from mho.merit.spread import Spread, spread
from mho.merit.sweep_branches import Polarity, branches


@dataclass(frozen=True, slots=True, kw_only=True)
class OnOffRatio:
    """Conductance of the on state over that of the off state.

    Attributes
    ----------
    read_voltage
        V; states that differ in the shape of their I-V have another ratio at another voltage.
    on, off
        Mean conductances (S).
    """

    ratio: Estimate
    on: float
    off: float
    read_voltage: float
    points: int
    ignored: int
    source: str


def on_off_ratio(on: ArrayLike, off: ArrayLike, *, read_voltage: float) -> OnOffRatio:
    """mean(on) / mean(off) from repeated reads (S) of both states, each of any length.

    The interval is that of the long-run means, with reads evenly spaced in time and as much alike
    as they are seen to be (`mho.merit.slow_noise`); it is open where a state was read once.

    Raises
    ------
    NotEnoughData
        A state without a single positive conductance.
    """
    what = "the on/off ratio"
    (upper,), lost_on = usable(f"{what} (on state)", 1, positive=("on",), on=on)
    (lower,), lost_off = usable(f"{what} (off state)", 1, positive=("off",), off=off)
    high, low = float(np.mean(upper)), float(np.mean(lower))
    return OnOffRatio(
        ratio=ratio_of_records(upper, lower),
        on=high,
        off=low,
        read_voltage=read_voltage,
        points=len(upper) + len(lower),
        ignored=lost_on + lost_off,
        source="G_on / G_off, means of the reads at the stated read voltage",
    )


def sweep_on_off_ratio(
    voltage: ArrayLike,
    current: ArrayLike,
    *,
    read_voltage: float,
    in_compliance: ArrayLike | None = None,
) -> OnOffRatio:
    """On/off ratio of one DC sweep: the way out against the way back at the read voltage.

    Currents are interpolated linearly between the two nearest levels; the larger is the on state.

    Parameters
    ----------
    voltage, current
        One sweep, shape (n,): levels asked for (V) and measured current (A), in order of time.
    in_compliance
        Shape (n,), true where the current limit held the output: those currents are the limit's,
        not the device's, and the levels were not reached.

    Raises
    ------
    NotEnoughData
        A branch does not reach the read voltage outside compliance, or carries no current of its
        sign there.
    """
    what = "the on/off ratio of a sweep"
    if read_voltage == 0:
        raise NotEnoughData(f"{what} has no meaning at a read voltage of 0 V")
    polarity: Polarity = 1 if read_voltage > 0 else -1
    limited = np.zeros(np.shape(voltage)) if in_compliance is None else in_compliance
    (volts, amps, held), ignored = usable(what, 4, voltage=voltage, current=current, held=limited)
    states: list[float] = []
    for way in branches(what, volts, polarity):
        free = held[way] == 0
        height, drawn = polarity * volts[way][free], polarity * amps[way][free]
        order = np.argsort(height, kind="stable")
        if not len(order) or not height[order[0]] <= abs(read_voltage) <= height[order[-1]]:
            raise NotEnoughData(
                f"{what}: a branch does not cross {read_voltage:g} V outside compliance"
            )
        states.append(float(np.interp(abs(read_voltage), height[order], drawn[order])))
    low, high = sorted(state / abs(read_voltage) for state in states)
    if low <= 0:
        raise NotEnoughData(f"{what}: no current of the voltage's sign at {read_voltage:g} V")
    return OnOffRatio(
        ratio=Estimate(value=high / low, low=0.0, high=inf),
        on=high,
        off=low,
        read_voltage=read_voltage,
        points=4,
        ignored=ignored,
        source="I on the way back over I on the way out (or its inverse), linear interpolation",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleWindow:
    """The window over cycles.

    Attributes
    ----------
    ratios
        On/off ratio per cycle; NaN where a cycle has no usable pair.
    smallest
        The smallest ratio within one cycle.
    worst_case
        Smallest on over largest off, of any two cycles: below 1 the states overlap.
    """

    ratios: tuple[float, ...]
    spread: Spread
    smallest: float
    worst_case: float
    points: int
    ignored: int
    source: str


def window_over_cycles(on: ArrayLike, off: ArrayLike) -> CycleWindow:
    """On/off ratio of every cycle from one conductance (S) per cycle and state, shapes (cycles,).

    Raises
    ------
    NotEnoughData
        Fewer than two cycles with positive conductance in both states.
    """
    what = "the window over cycles"
    cycles = np.arange(np.size(on))
    (cycle, upper, lower), ignored = usable(
        what, 2, positive=("on", "off"), cycle=cycles, on=on, off=off
    )
    ratios = upper / lower
    per_cycle = np.full(len(cycles), np.nan)
    per_cycle[cycle.astype(int)] = ratios
    return CycleWindow(
        ratios=tuple(per_cycle.tolist()),
        spread=spread(ratios, what=what),
        smallest=float(np.min(ratios)),
        worst_case=float(np.min(upper) / np.max(lower)),
        points=len(ratios),
        ignored=ignored,
        source="G_on / G_off of each cycle; worst case min(G_on) / max(G_off)",
    )
