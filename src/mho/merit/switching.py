"""SET and RESET voltage of a sweep, by a named rule, and over the cycles of many sweeps."""

from dataclasses import dataclass
from enum import Enum
from math import nan

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mho.merit.half_way import Event, half_way
from mho.merit.samples import FloatArray, NotEnoughData, usable
from mho.merit.spread import Spread, spread
from mho.merit.sweep_branches import Polarity, branches


class Rule(Enum):
    """What counts as the switching voltage; rules differ by 0.2-0.3 V when the HRS is SCLC."""

    HALF_WAY = "half-way"
    """Where the current is half-way from the branch before to the branch after; `half_way`."""
    STEEPEST = "steepest"
    """SET: largest dI/dV before compliance. RESET: steepest drop of I/V against abs(V)."""
    CURRENT_JUMP = "current jump"
    """First reading whose current is ``jump`` times (SET) or 1/``jump`` times (RESET) what Ohm's
    law expects from the reading before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchingVoltage:
    """Where one sweep switched.

    Attributes
    ----------
    voltage
        V. For `Rule.HALF_WAY` between two readings; else the level of the first reading after the
        change, which lies within ``resolution`` (V) before it. That bracket takes the place of a
        confidence interval.
    quarter, three_quarters
        V, where a quarter and three quarters of the way are done; NaN for the other rules.
    resistance_ratio
        abs(I/V) after the change over abs(I/V) before it: near 1, the steepest place of a sweep
        that did not switch.
    """

    voltage: float
    quarter: float
    three_quarters: float
    resolution: float
    resistance_ratio: float
    event: Event
    rule: Rule
    points: int
    ignored: int
    source: str


def switching_voltage(
    voltage: ArrayLike,
    current: ArrayLike,
    *,
    event: Event,
    polarity: Polarity,
    rule: Rule = Rule.HALF_WAY,
    in_compliance: ArrayLike | None = None,
    jump: float = 3.0,
    least_voltage: float = 0.0,
    noise_floor: float = 1e-10,
) -> SwitchingVoltage:
    """The voltage at which a sweep sets or resets, on its way out from 0 V.

    Parameters
    ----------
    voltage, current
        One sweep, shape (n,): levels asked for (V) and measured current (A), in order of time.
    polarity
        Sign of the voltages that cause this event on this device.
    in_compliance
        Shape (n,), true where the current limit held the output. A SET is searched up to and
        including the step into compliance, a RESET where neither end of a step is in compliance
        (there I/V falls because the limit holds I).
    jump
        For `Rule.CURRENT_JUMP`: the factor that counts as a jump.
    least_voltage
        Readings below this magnitude (V) are left out, where noise drowns the current.
    noise_floor
        A, for `Rule.HALF_WAY`: what the instrument reads where no current flows.

    Raises
    ------
    NotEnoughData
        Fewer than 3 usable readings on the way out, or no step that fits the rule.
    """
    what = f"the {event.upper()} voltage"
    limited = np.zeros(np.shape(voltage)) if in_compliance is None else in_compliance
    (volts, amps, held), ignored = usable(what, 3, voltage=voltage, current=current, held=limited)
    out, back = branches(what, volts, polarity)
    if rule is Rule.HALF_WAY:
        side = slice(out.start, back.stop)
        heights, amps = polarity * volts[side], polarity * amps[side]
        far = heights >= least_voltage
        found = half_way(
            heights[far], amps[far], held[side][far] > 0, event, noise_floor=noise_floor
        )
        if found is None:
            raise NotEnoughData(
                f"{what}: the ways out and back are too short, or alike, to find the middle between"
            )
        return SwitchingVoltage(
            voltage=polarity * found.voltage,
            quarter=polarity * found.quarter,
            three_quarters=polarity * found.three_quarters,
            resolution=found.resolution,
            resistance_ratio=found.ratio,
            event=event,
            rule=rule,
            points=int(np.count_nonzero(far)),
            ignored=ignored,
            source=_source(rule, event, jump),
        )
    far = np.abs(volts[out]) >= least_voltage
    v, i = np.abs(volts[out][far]), polarity * amps[out][far]
    in_limit = held[out][far] > 0
    if len(v) < 3:
        raise NotEnoughData(f"{what} needs 3 readings on the way out of the sweep, got {len(v)}")
    g = i / v
    rising = np.diff(v) > 0
    allowed = rising & ~np.logical_or.accumulate(in_limit)[:-1]
    if event == "reset":
        allowed = rising & ~in_limit[:-1] & ~in_limit[1:]
    step = _step(rule, event, v, i, g, allowed, jump)
    if step is None:
        raise NotEnoughData(f"{what}: no step of the sweep fits the rule ({rule.value})")
    ratio = abs(float(g[step + 1] / g[step])) if g[step] else float("inf")
    return SwitchingVoltage(
        voltage=polarity * float(v[step + 1]),
        quarter=nan,
        three_quarters=nan,
        resolution=float(v[step + 1] - v[step]),
        resistance_ratio=ratio,
        event=event,
        rule=rule,
        points=len(v),
        ignored=ignored,
        source=_source(rule, event, jump),
    )


def switching_voltages(
    cycle: ArrayLike,
    voltage: ArrayLike,
    current: ArrayLike,
    *,
    event: Event,
    polarity: Polarity,
    rule: Rule = Rule.HALF_WAY,
    in_compliance: ArrayLike | None = None,
    jump: float = 3.0,
    least_voltage: float = 0.0,
) -> tuple[NDArray[np.int64], FloatArray]:
    """`switching_voltage` of every cycle in long columns of equal length.

    Returns
    -------
    The cycle numbers in ascending order, and their switching voltages; NaN where a cycle has none.
    """
    cycles, volts, amps = np.asarray(cycle), np.asarray(voltage), np.asarray(current)
    held = None if in_compliance is None else np.asarray(in_compliance)
    numbers = np.unique(cycles)
    found = np.full(len(numbers), np.nan)
    for place, number in enumerate(numbers):
        rows = cycles == number
        try:
            found[place] = switching_voltage(
                volts[rows],
                amps[rows],
                event=event,
                polarity=polarity,
                rule=rule,
                in_compliance=None if held is None else held[rows],
                jump=jump,
                least_voltage=least_voltage,
            ).voltage
        except NotEnoughData:
            continue
    return numbers.astype(np.int64), found


def switching_statistics(voltages: ArrayLike) -> Spread:
    """Median, mean and sd of switching voltages over cycles, with intervals.

    A cycle that did not switch is NaN, and counted as ignored.

    Raises
    ------
    NotEnoughData
        Fewer than two cycles switched.
    """
    return spread(voltages, what="switching voltages over cycles")


def _step(
    rule: Rule,
    event: Event,
    v: FloatArray,
    i: FloatArray,
    g: FloatArray,
    allowed: NDArray[np.bool_],
    jump: float,
) -> int | None:
    steps = np.flatnonzero(allowed)
    if rule is Rule.STEEPEST:
        rise = np.diff(i) if event == "set" else -np.diff(g)
        slope = rise[steps] / np.diff(v)[steps]
        if len(steps) == 0 or np.max(slope) <= 0:
            return None
        return int(steps[np.argmax(slope)])
    if event == "set":
        jumped = (g[1:] >= jump * g[:-1]) & (g[1:] > 0)
    else:
        jumped = (g[1:] <= g[:-1] / jump) & (g[:-1] > 0)
    hits = steps[jumped[steps]]
    return int(hits[0]) if len(hits) else None


def _source(rule: Rule, event: Event, jump: float) -> str:
    if rule is Rule.HALF_WAY:
        return "current half-way between the branch before and the way back"
    if rule is Rule.STEEPEST:
        return (
            "steepest dI/dV on the way out, up to the step into compliance"
            if event == "set"
            else "steepest drop of I/V against abs(V) on the way out, outside compliance"
        )
    factor = f"{jump:g}" if event == "set" else f"1/{jump:g}"
    return f"first reading on the way out at {factor} times the current of Ohm's law"
