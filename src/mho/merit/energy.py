"""Energy and charge of programming pulses, from samples or estimated from the conductances."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mho.merit.samples import FloatArray, NotEnoughData, usable


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseEnergy:
    """What one pulse took.

    Attributes
    ----------
    energy
        J. For a gate pulse pass gate voltage and gate current; add the terminals of a cell.
    charge
        C, signed.
    """

    energy: float
    charge: float
    points: int
    ignored: int
    source: str


def sampled_energy(time: ArrayLike, voltage: ArrayLike, current: ArrayLike) -> PulseEnergy:
    """Integral of V I dt by trapezia over samples, shapes (n,), in s, V and A, time rising.

    A missing sample is bridged by a straight line between its neighbours.

    Raises
    ------
    NotEnoughData
        Fewer than two usable samples.
    ValueError
        Times that do not increase.
    """
    (t, v, i), ignored = usable(
        "the energy of a pulse", 2, time=time, voltage=voltage, current=current
    )
    steps = np.diff(t)
    if np.any(steps <= 0):
        raise ValueError("the energy of a pulse: the times of the samples must increase")
    return PulseEnergy(
        energy=_trapezia(v * i, steps),
        charge=_trapezia(i, steps),
        points=len(t),
        ignored=ignored,
        source="integral of V I dt by trapezia over the samples",
    )


def plateau_energy(voltage: ArrayLike, current: ArrayLike, duration: ArrayLike) -> PulseEnergy:
    """Sum of V_k I_k dt_k over constant plateaus, each with one reading; shapes (n,), V, A and s.

    A plateau without a finite reading counts as ignored, and its energy is missing from the sum.

    Raises
    ------
    NotEnoughData
        No usable plateau.
    """
    (v, i, dt), ignored = usable(
        "the energy of plateaus", 1, voltage=voltage, current=current, duration=duration
    )
    return PulseEnergy(
        energy=float(np.sum(v * i * dt)),
        charge=float(np.sum(i * dt)),
        points=len(v),
        ignored=ignored,
        source="sum of V_k I_k dt_k over the plateaus",
    )


def estimated_energy(
    *,
    amplitude: float,
    width: float,
    before: float,
    after: float,
    line_capacitance: float = 0.0,
) -> PulseEnergy:
    """V^2 (G_before + G_after)/2 tp + C V^2, for a pulse whose waveform was not recorded.

    Parameters
    ----------
    amplitude, width
        V and s.
    before, after
        Conductances (S) read before and after the pulse: at the read voltage, so the estimate
        ignores any curvature of the I-V and the compliance.
    line_capacitance
        F, charged once to the amplitude from a supply (half is lost charging, half discharging).

    Raises
    ------
    NotEnoughData
        A number that is not finite.
    """
    if not np.all(np.isfinite([amplitude, width, before, after, line_capacitance])):
        raise NotEnoughData("the estimated energy needs a finite amplitude, width and conductances")
    mean = (before + after) / 2
    return PulseEnergy(
        energy=amplitude**2 * (mean * width + line_capacitance),
        charge=amplitude * mean * width,
        points=2,
        ignored=0,
        source="V^2 (G_before + G_after)/2 tp + C V^2, an estimate without the waveform",
    )


def _trapezia(values: FloatArray, steps: FloatArray) -> float:
    return float(np.sum((values[1:] + values[:-1]) / 2 * steps))
