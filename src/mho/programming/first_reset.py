"""Where the RESET pulses of the conventional loops begin."""

import numpy as np

from mho.device.profile import DeviceProfile
from mho.programming.algorithm import Floats

WITHOUT_CURVE = 0.2
"""Of the largest amplitude: the first one where nothing is known of the device."""


def on_reset_curve(profile: DeviceProfile, target: Floats) -> Floats | None:
    """Magnitude (V) of the RESET pulse that leads to each target (S); None without a curve.

    Linear in ln G between the points of the curve, carried on beyond its ends.
    """
    if profile.reset_curve is None:
        return None
    points = sorted((np.log(p.conductance), p.amplitude) for p in profile.reset_curve)
    known, volts = np.array(points).T
    x = np.log(target)
    upper = np.clip(np.searchsorted(known, x, side="right"), 1, len(known) - 1)
    x0, x1, v0, v1 = known[upper - 1], known[upper], volts[upper - 1], volts[upper]
    return np.asarray(v0 + (v1 - v0) * (x - x0) / (x1 - x0), dtype=np.float64)


def first_reset(
    profile: DeviceProfile, target: Floats, margin: float, step: float, limit: float
) -> Floats:
    """Magnitude (V) of the first RESET pulse: so far below the curve, at least one step."""
    curve = on_reset_curve(profile, target)
    if curve is None:
        return np.full(len(target), max(WITHOUT_CURVE * limit, step))
    return np.minimum(np.maximum(curve - margin, step), limit)
