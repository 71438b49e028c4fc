"""What every algorithm of the arena may do, and what it is asked for, from a device profile."""

from dataclasses import dataclass

import numpy as np

from mho.device.bank import CellBank
from mho.device.profile import DeviceProfile
from mho.programming.algorithm import Floats, Goal, Means

READ_NOISE, READ_OFFSET = 3e-4, 100e-12
"""Of one read by a source-measure unit: relative, and in A. Assumed."""

_APERTURE = 10e-3
_SHORTEST, _LONGEST = 1e-6, 1.0

FROM_CURVE = 1.75, 0.9
"""The lowest and highest target, of the lowest and highest conductance of a reset_curve."""

_INSIDE = 0.15, 0.85
"""The same between what full RESET and full SET reach, in ln G, where there is no curve."""

_STROKES = 200
"""Pulses that reach the ends of a range."""

_ENOUGH = 0.9
"""Of the amplitude limits, for these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is settable of a contest; s."""

    max_pulses: int = 200
    longest_look: float = 20.0
    judged_after: float = 1.0
    judged_for: float = 10.0
    confidence: float = 0.9


def means_of(profile: DeviceProfile, terms: Terms) -> Means:
    """Amplitudes up to the limits of the driven terminal, pulses of the profile's width."""
    limits = profile.terminals[profile.write_at]
    highest, lowest = limits.max_voltage, -limits.min_voltage
    up, down = (highest, lowest) if profile.set_sign > 0 else (lowest, highest)
    return Means(
        set_limit=up,
        reset_limit=down,
        amplitude_step=1e-3,
        width=profile.pulse_width,
        shortest=min(_SHORTEST, profile.pulse_width),
        longest=max(_LONGEST, profile.pulse_width),
        max_pulses=terms.max_pulses,
        read_voltage=abs(profile.read_voltage),
        aperture=_APERTURE,
        longest_look=terms.longest_look,
        read_noise=READ_NOISE,
        read_offset=READ_OFFSET,
        confidence=terms.confidence,
        judged_after=terms.judged_after,
        judged_for=terms.judged_for,
    )


def goal_of(target: Floats, tolerance: float) -> Goal:
    """Within a fraction of the target."""
    return Goal(target, target * (1.0 - tolerance), target * (1.0 + tolerance))


def target_range(profile: DeviceProfile, bank: CellBank, means: Means) -> tuple[float, float]:
    """Conductances (S) between which targets are asked for. Pulses the bank: take one of its own.

    Inside the reset_curve where there is one, else inside what full RESETs and SETs reach.
    """
    if profile.reset_curve is not None:
        known = [point.conductance for point in profile.reset_curve]
        return FROM_CURVE[0] * min(known), FROM_CURVE[1] * max(known)
    cells = np.arange(bank.count)
    width = np.full(bank.count, means.width)
    reached = []
    for amplitude in (-means.reset_limit, means.set_limit):
        for _ in range(_STROKES):
            bank.pulse(cells, np.full(bank.count, _ENOUGH * amplitude), width)
        reached.append(float(np.median(np.log(bank.conductance(cells)))))
    low, high = reached
    first, last = (low + part * (high - low) for part in _INSIDE)
    return float(np.exp(first)), float(np.exp(last))
