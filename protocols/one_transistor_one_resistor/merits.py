"""Figures of merit of 1T1R loops by name, for holding against published numbers."""

from math import isfinite

import numpy as np
import pandas as pd

from mho.merit.samples import FloatArray, NotEnoughData
from mho.protocols.one_transistor_one_resistor.division import (
    division,
    state_resistances,
    turn_currents,
    window_kept,
)
from mho.protocols.one_transistor_one_resistor.point import Phase
from mho.protocols.one_transistor_one_resistor.recipe import OneTransistorOneResistorRecipe


def merits(rows: pd.DataFrame, recipe: OneTransistorOneResistorRecipe) -> dict[str, float]:
    """Resistances (ohm) of the cell in both states and of its parts, windows, shares, volts.

    ``transistor_share`` is Ron over the LRS of the memristor; ``window_kept`` the window of the
    cell over that of its memristor; ``set_turn_voltage`` stands over the memristor (V) at the turn
    of the SET sweep.
    """
    on, off = (_mean(state_resistances(rows, p)) for p in (Phase.AFTER_SET, Phase.AFTER_RESET))
    found = {"lrs": on, "hrs": off, "window": off / on}
    if recipe.bare is not None:
        found["window_over_bare"] = off / on / (recipe.bare.off / recipe.bare.on)
    if recipe.gate_series is not None:
        try:
            parts = division(rows, recipe.gate_series, recipe.gate)
        except NotEnoughData:
            pass
        else:
            transistor, memristor = parts.transistor.value, parts.memristor.value
            found["transistor_resistance"] = transistor
            found["memristor_resistance"] = memristor
            found["transistor_share"] = transistor / memristor
            found["window_kept"] = window_kept(on, off, transistor)
            found["set_turn_voltage"] = memristor * _mean(turn_currents(rows, Phase.SET))
    return {name: value for name, value in found.items() if isfinite(value)}


def _mean(values: FloatArray) -> float:
    finite = values[np.isfinite(values)]
    return float(np.mean(finite)) if len(finite) else float("nan")
