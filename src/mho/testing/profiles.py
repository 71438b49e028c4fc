"""A device profile and limits of a channel to test with; a test changes what it is about."""

from dataclasses import replace
from typing import Any

from mho.bench import ChannelLimits
from mho.device.profile import CurvePoint, DeviceProfile, Dose, TerminalLimits

_PROFILE: dict[str, object] = {
    "name": "test cell",
    "terminals": {
        "TE": TerminalLimits(
            min_voltage=-2.6, max_voltage=2.6, max_compliance=5e-3, rests="grounded"
        ),
        "gate": TerminalLimits(
            min_voltage=0.0,
            max_voltage=4.0,
            max_compliance=1e-3,
            bias=3.0,
            bias_compliance=1e-3,
        ),
    },
    "dose": Dose(max_pulses=1000, max_charge=1.0),
    "set_polarity": "positive",
    "read_voltage": 0.05,
    "pulse_compliance": 5e-3,
    "read_compliance": 1e-4,
    "pulse_width": 10e-3,
    "contact_floor": 5e-8,
    "reset_curve": (
        CurvePoint(amplitude=0.5, conductance=200e-6),
        CurvePoint(amplitude=2.0, conductance=5.7e-6),
    ),
}

_LIMITS = ChannelLimits(
    instrument="test SMU",
    max_voltage=60.0,
    max_compliance=3.0,
    min_width=50e-6,
    min_aperture=1e-6,
    max_aperture=9.0,
    max_source_power=20.0,
    max_points=10_000,
    min_compliance=1e-9,
    time_axis="test",
)


def make_profile(**changes: object) -> DeviceProfile:
    """A cell with terminals TE (driven, 2.6 V, 5 mA) and gate (held at 3 V).

    ``changes`` are fields of `DeviceProfile`. One that contradicts the others is refused as in a
    file, with a ValueError.
    """
    return DeviceProfile.model_validate({**_PROFILE, **changes})


def make_limits(**changes: Any) -> ChannelLimits:
    """What an SMU can do that is wider than the profile; ``changes`` are its fields, SI units."""
    return replace(_LIMITS, **changes)
