"""Where each cycle switched and how wide its window was, from the recorded rows."""

from dataclasses import dataclass
from functools import partial
from math import nan

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mho.merit.samples import FloatArray
from mho.merit.sweep_branches import Polarity
from mho.merit.switching import Rule, switching_voltage
from mho.merit.window import sweep_on_off_ratio
from mho.protocols.iv.recipe import IvRecipe
from mho.protocols.iv.row import Part, Side, Verdict
from mho.protocols.quoting import value_or_reason


@dataclass(frozen=True, slots=True, kw_only=True)
class SideCycles:
    """One side of the loops, cycle by cycle: arrays of shape (cycles,), NaN where there is none.

    Attributes
    ----------
    switching
        V; NaN where way out and way back differ by less than the least window of the recipe.
    quarter, three_quarters
        V, where a quarter and three quarters of the change are done, by the half-way rule.
    read_voltage
        V, signed: the read voltage, or the lowest level swept where no level lies below that.
    on, off
        Conductance (S) of the better and the worse conducting way at ``read_voltage``.
    power
        W; largest product of measured voltage and current.
    """

    side: Side
    cycle: FloatArray
    switching: FloatArray
    quarter: FloatArray
    three_quarters: FloatArray
    resolution: float
    read_voltage: float
    on: FloatArray
    off: FloatArray
    power: FloatArray
    source: str


def in_contact(rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether the contact held in the cycle that each row is of."""
    cycle = rows["cycle"].to_numpy()
    lost = cycle[(rows["verdict"] == Verdict.CONTACT_LOST).to_numpy(bool)]
    return ~np.isin(cycle, lost)


def side_cycles(rows: pd.DataFrame, recipe: IvRecipe, side: Side) -> SideCycles | None:
    """What the sweeps of one side tell, where the contact held; None if it was never swept so."""
    swept = in_contact(rows) & ((rows["part"] != Part.READ) & (rows["side"] == side)).to_numpy(bool)
    levels, volts, amperes, least_read = (
        rows[name].to_numpy(dtype=float)[swept]
        for name in ("level", "voltage", "current", "read_voltage")
    )
    if not levels.any():
        return None
    numbers, held = rows["cycle"].to_numpy()[swept], rows["in_compliance"].to_numpy(bool)[swept]
    polarity: Polarity = 1 if levels.sum() > 0 else -1
    heights = np.abs(levels)
    lowest = float(np.min(heights[heights > 0]))
    read_voltage = polarity * max(float(least_read[0]), lowest)
    columns: dict[str, list[float]] = {
        name: []
        for name in ("cycle", "switching", "quarter", "three_quarters", "on", "off", "power")
    }
    resolution, source = nan, ""
    for cycle in np.unique(numbers):
        of_cycle = numbers == cycle
        level, current, limited = levels[of_cycle], amperes[of_cycle], held[of_cycle]
        at = partial(sweep_on_off_ratio, level, current, read_voltage=read_voltage)
        # With currents that the limit held, the window is the least that it can be.
        least = value_or_reason(at, [])
        window = value_or_reason(partial(at, in_compliance=limited), [])
        on, off = (nan, nan) if window is None else (window.on, window.off)
        voltage = quarter = three_quarters = nan
        if least is not None and least.ratio.value >= recipe.least_window:
            search = partial(
                switching_voltage,
                level,
                current,
                event="set" if side == Side.SET else "reset",
                polarity=polarity,
                rule=Rule(recipe.rule),
                in_compliance=limited,
                jump=recipe.jump,
                least_voltage=recipe.least_voltage,
            )
            found = value_or_reason(search, [])
            if found is not None:
                voltage, resolution, source = found.voltage, found.resolution, found.source
                quarter, three_quarters = found.quarter, found.three_quarters
        power = np.abs(volts[of_cycle] * current)
        of_this = {
            "cycle": float(cycle),
            "switching": voltage,
            "quarter": quarter,
            "three_quarters": three_quarters,
            "on": on,
            "off": off,
            "power": float(np.max(power)),
        }
        for name, value in of_this.items():
            columns[name].append(value)
    arrays = {name: np.array(values) for name, values in columns.items()}
    return SideCycles(
        side=side, resolution=resolution, read_voltage=read_voltage, source=source, **arrays
    )


def verify_states(rows: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    """Mean conductance (S) of the verify reads after SET and after RESET, shapes (cycles,).

    NaN where there is none, or none above zero.
    """
    held = in_contact(rows)
    numbers, conductance = rows["cycle"].to_numpy(), rows["conductance"].to_numpy(dtype=float)
    read = held & (rows["part"] == Part.READ).to_numpy(bool) & np.isfinite(conductance)
    cycles = np.unique(numbers[held])
    found = []
    for side in (Side.SET, Side.RESET):
        of_side = read & (rows["side"] == side).to_numpy(bool)
        reads = (conductance[of_side & (numbers == cycle)] for cycle in cycles)
        states = np.array([np.mean(one) if len(one) else nan for one in reads])
        found.append(np.where(states > 0, states, nan))
    return found[0], found[1]
