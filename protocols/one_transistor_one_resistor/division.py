"""How the cell divides into transistor and memristor, from reads at several gate voltages."""

from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd

from mho.merit.estimate import Estimate, mean
from mho.merit.regression import line
from mho.merit.samples import FloatArray, NotEnoughData
from mho.protocols.one_transistor_one_resistor.recipe import GateSeries
from mho.protocols.one_transistor_one_resistor.row import Phase

SOURCE = "R_cell = R_memristor + 1/(beta (VG - Vth)), straight line in 1/(VG - Vth), each cycle"

_LEAST = 1e-200
"""Conductances (S) and overdrives (V) below have no reciprocal in a float."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """The LRS of the cell, taken apart; ohms.

    Attributes
    ----------
    transistor
        Ron at the gate voltage of the loops.
    memristor
        What remains at an infinite gate voltage.
    """

    transistor: Estimate
    memristor: Estimate


def division(rows: pd.DataFrame, series: GateSeries, gate: float) -> Division:
    """Transistor and memristor from the gate series of every cycle.

    Intervals are those over cycles, or of the fit where there is one cycle.

    Raises
    ------
    NotEnoughData
        No complete series, or resistances that do not fall with the gate voltage.
    """
    what = "the share of the transistor"
    if gate <= series.threshold:
        raise NotEnoughData(f"{what}: the gate voltage of the loops is not above the threshold")
    reads = rows[rows["phase"] == Phase.GATE_SERIES]
    fits = []
    for _, of_cycle in reads.groupby("cycle", sort=True):
        x, y = _resistances(of_cycle, series.threshold)
        if len(x) >= 3:
            fits.append(line(what, x, y))
    if not fits:
        raise NotEnoughData(f"{what} needs a gate series with current at three gate voltages")
    slopes = np.array([fit.values[0] for fit in fits])
    if not np.mean(slopes) > 0:
        raise NotEnoughData(f"{what}: the resistance does not fall with the gate voltage")
    open_gate = np.array([fit.values[1] for fit in fits])
    several = len(fits) > 1
    slope = mean(slopes) if several else fits[0].parameter(0)
    return Division(
        transistor=slope.mapped(lambda value: value / (gate - series.threshold)),
        memristor=mean(open_gate) if several else fits[0].parameter(1),
    )


LEAST_CONDUCTANCE = 1e-18
"""S; less is beyond every instrument, and its reciprocal no resistance."""


def state_resistances(rows: pd.DataFrame, phase: Phase) -> FloatArray:
    """Resistance (ohm) of the cell in each cycle, from its mean conductance; shape (cycles,).

    NaN where the mean lies below `LEAST_CONDUCTANCE`.
    """
    reads = rows[rows["phase"] == phase]
    conductance = reads.groupby("cycle")["conductance"].mean().to_numpy(dtype=float)
    return 1 / np.where(conductance >= LEAST_CONDUCTANCE, conductance, nan)


def window_kept(on: float, off: float, transistor: float) -> float:
    """On/off ratio of the cell over that of its memristor, whose LRS and HRS are less by Ron.

    All in ohms; NaN where Ron leaves nothing of a state.
    """
    if not transistor < min(on, off):
        return nan
    return (off / on) / ((off - transistor) / (on - transistor))


def turn_currents(rows: pd.DataFrame, phase: Phase) -> FloatArray:
    """Largest-level current (A, magnitude) of a sweep in each cycle, shape (cycles,)."""
    found = []
    for _, of_cycle in rows[rows["phase"] == phase].groupby("cycle", sort=True):
        turn = int(np.argmax(of_cycle["level"].abs().to_numpy(dtype=float)))
        found.append(abs(float(of_cycle["current"].to_numpy(dtype=float)[turn])))
    return np.array(found)


def _resistances(reads: pd.DataFrame, threshold: float) -> tuple[FloatArray, FloatArray]:
    """Reciprocal overdrive (1/V) and resistance (ohm) at each gate above the threshold."""
    conductance = reads.groupby("gate")["conductance"].mean()
    overdrive = conductance.index.to_numpy(dtype=float) - threshold
    values = conductance.to_numpy(dtype=float)
    usable = (values > _LEAST) & (overdrive > _LEAST)
    return 1 / overdrive[usable], 1 / values[usable]
