"""What `adaptive` starts from where nobody has characterised the device: a broad prior.

The reset_curve of the profile, if there is one, tells where RESET begins; everything else is a
guess that covers memristors of many kinds, scaled by the largest amplitudes.
"""

import math

from mho.device.prior import (
    NoiseAtTime,
    NoiseLaw,
    NoisePoint,
    Prior,
    StressCurve,
    StressPoint,
)
from mho.device.profile import DeviceProfile
from mho.programming.algorithm import Means

_NOISE = (
    NoiseAtTime(time=0.0, share=0.30),
    NoiseAtTime(time=0.03, share=0.30),
    NoiseAtTime(time=0.3, share=0.30),
    NoiseAtTime(time=3.0, share=0.06),
    NoiseAtTime(time=30.0, share=0.04),
)
_DEVIATION = 0.02
_EFOLDS = 7.0
"""Over so many e-folds of conductance an unknown curve climbs from nothing to the limit."""


def broad_prior(profile: DeviceProfile, means: Means) -> Prior:
    """The start for a device that only its profile is known of."""
    largest = profile.read_compliance / abs(means.read_voltage)
    middle = math.log(math.sqrt(100.0 * profile.contact_floor * largest))
    return Prior(
        device=profile.name,
        pulse_width=means.width,
        set=_set_curve(profile, means, middle),
        reset=_reset_curve(profile, means, middle),
        noise=NoiseLaw(
            points=(NoisePoint(conductance=math.exp(middle), deviation=_DEVIATION),),
            times=_NOISE,
            spread=0.5,
            scatter=0.25,
            time_spread=0.5,
            fresh=1.0,
        ),
        relaxation=0.002,
    )


def _set_curve(profile: DeviceProfile, means: Means, middle: float) -> StressCurve:
    limit = means.set_limit
    low, high = middle - _EFOLDS / 2.0, middle + _EFOLDS / 2.0
    first, last = 0.25 * limit, 0.75 * limit
    if profile.reset_curve is not None:
        known = [math.log(point.conductance) for point in profile.reset_curve]
        low, high = min(known), max(known)
        first, last = 0.35 * limit, 0.6 * limit
    return StressCurve(
        points=(
            StressPoint(conductance=math.exp(low), amplitude=first),
            StressPoint(conductance=math.exp(high), amplitude=last),
        ),
        slope=limit / 60.0,
        spread=0.12 * limit,
        cycle_spread=0.02 * limit,
        steepness_spread=0.4,
        slope_spread=0.5,
        grain=0.02,
    )


def _reset_curve(profile: DeviceProfile, means: Means, middle: float) -> StressCurve:
    limit = means.reset_limit
    points: tuple[StressPoint, ...] = (
        StressPoint(conductance=math.exp(middle - _EFOLDS / 2.0), amplitude=0.75 * limit),
        StressPoint(conductance=math.exp(middle + _EFOLDS / 2.0), amplitude=0.25 * limit),
    )
    spread, steepness = 0.15 * limit, 0.5
    if profile.reset_curve is not None:
        points = tuple(
            StressPoint(conductance=p.conductance, amplitude=p.amplitude)
            for p in profile.reset_curve
        )
        spread, steepness = 0.04 * limit, 0.15
    return StressCurve(
        points=points,
        slope=limit / 70.0,
        spread=spread,
        cycle_spread=0.015 * limit,
        steepness_spread=steepness,
        slope_spread=0.5,
        grain=0.02,
    )
