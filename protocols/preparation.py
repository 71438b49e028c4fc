"""Preparation: the pulses that bring the device to a start state before it is measured."""

from typing import Literal

from pydantic import Field

from mho.bench import Bench, Planned
from mho.device.profile import DeviceProfile
from mho.frozen import Frozen
from mho.quantities import Amperes, Seconds, Volts
from mho.stimuli import Pulse


class PreparationPulse(Frozen):
    """A pulse, given by what it does; the profile says which polarity that is."""

    does: Literal["set", "reset"] = Field(description="what it does")
    amplitude: Volts = Field(gt=0, description="of the pulse, its magnitude")
    width: Seconds | None = Field(
        default=None, gt=0, description="of the pulse; left out: pulse_width of the device"
    )
    compliance: Amperes | None = Field(
        default=None, gt=0, description="current limit; left out: pulse_compliance of the device"
    )
    count: int = Field(default=1, ge=1, description="how many of these pulses")


def preparation_pulse(pulse: PreparationPulse, profile: DeviceProfile) -> Pulse:
    """The stimulus of one preparation pulse."""
    sign = profile.set_sign if pulse.does == "set" else -profile.set_sign
    return Pulse(
        terminal=profile.write_at,
        amplitude=sign * pulse.amplitude,
        width=pulse.width or profile.pulse_width,
        compliance=pulse.compliance or profile.pulse_compliance,
    )


def prepare(bench: Bench, pulses: tuple[PreparationPulse, ...]) -> None:
    """Apply the pulses in their order."""
    for pulse in pulses:
        for _ in range(pulse.count):
            bench.apply(preparation_pulse(pulse, bench.profile))


def planned_preparation(
    pulses: tuple[PreparationPulse, ...], profile: DeviceProfile, times: int = 1
) -> tuple[Planned, ...]:
    """What `prepare` applies, if it is called ``times`` times in a run."""
    return tuple(
        Planned(
            what=f"preparation {pulse.does}",
            stimulus=preparation_pulse(pulse, profile),
            at_most=pulse.count * times,
        )
        for pulse in pulses
    )
