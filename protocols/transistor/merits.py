"""Figures of merit of a transistor by name, for holding against published numbers."""

import numpy as np
import pandas as pd

from mho.merit.samples import NotEnoughData
from mho.merit.transistor import (
    channel_length_modulation,
    on_resistance,
    subthreshold_swing,
    threshold_voltage,
)
from mho.protocols.transistor.recipe import TransistorRecipe
from mho.protocols.transistor.report import output_curves, transfer_curve


def merits(rows: pd.DataFrame, recipe: TransistorRecipe) -> dict[str, float]:
    """Threshold (V), gm,max (S), swing (V/decade); at the highest gate voltage Ron, lambda.

    ``on_resistance`` in ohm up to the triode voltage of the recipe, ``length_modulation`` in 1/V,
    ``largest_current`` in A.
    """
    found = {"largest_current": float(np.max(np.abs(rows["current"].to_numpy(dtype=float))))}
    if recipe.transfer is not None:
        gate, current = transfer_curve(rows)
        try:
            threshold = threshold_voltage(gate, current, drain_voltage=abs(recipe.transfer.drain))
            found["threshold"] = threshold.voltage.value
            found["transconductance"] = threshold.transconductance.value
            swing = subthreshold_swing(gate, current, between=recipe.transfer.swing_between)
            found["swing"] = swing.swing.value
        except NotEnoughData:
            pass
    curves = list(output_curves(rows))
    if recipe.output is not None and curves:
        gate_voltage, curve = curves[-1]
        voltage, drawn = (curve[name].to_numpy(dtype=float) for name in ("voltage", "current"))
        try:
            ron = on_resistance(voltage, drawn, up_to=recipe.output.triode_up_to)
            found["on_resistance"] = ron.resistance.value
            if "threshold" in found:
                above = max(gate_voltage - found["threshold"], 0.0)
                slope = channel_length_modulation(voltage, drawn, above=above)
                found["length_modulation"] = slope.modulation.value
        except NotEnoughData:
            pass
    return found
