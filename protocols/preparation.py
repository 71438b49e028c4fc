"""Preparation: the pulses that bring the device to a start state before it is measured."""

from collections import Counter
from typing import Literal

from pydantic import Field

from mho.bench import Bench, Planned
from mho.device.profile import DeviceProfile
from mho.frozen import Frozen
from mho.protocols.verify import ReadSettings, read_if_compensated
from mho.quantities import Amperes, Seconds, Volts
from mho.stimuli import Pulse, PulseTrain

_LONGEST = 1000
"""Pulses of one train: every instrument takes so many, and Ctrl-C need not wait for more."""


_AS_PROFILE = ReadSettings()


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
    count: int = Field(
        default=1, ge=1, le=1_000_000, description="how many; several are played as one train"
    )
    rest: Seconds | None = Field(
        default=None, gt=0, description="at rest after each of several; left out: the width"
    )


def preparation(pulse: PreparationPulse, profile: DeviceProfile) -> tuple[Pulse | PulseTrain, ...]:
    """What is applied for it: a single pulse, or trains that the instrument times."""
    sign = profile.set_sign if pulse.does == "set" else -profile.set_sign
    amplitude, width = sign * pulse.amplitude, pulse.width or profile.pulse_width
    compliance = pulse.compliance or profile.pulse_compliance
    if pulse.count == 1:
        return (
            Pulse(
                terminal=profile.write_at, amplitude=amplitude, width=width, compliance=compliance
            ),
        )

    def train(count: int) -> PulseTrain:
        return PulseTrain(
            terminal=profile.write_at,
            amplitudes=(amplitude,) * count,
            width=width,
            compliance=compliance,
            rest=pulse.rest or width,
        )

    whole, left = divmod(pulse.count, _LONGEST)
    return (train(_LONGEST),) * whole + ((train(left),) if left else ())


def prepare(
    bench: Bench, pulses: tuple[PreparationPulse, ...], read: ReadSettings = _AS_PROFILE
) -> None:
    """Apply the pulses in their order; on a bench that compensates, each after a ``read``."""
    for pulse in pulses:
        for stimulus in preparation(pulse, bench.profile):
            read_if_compensated(bench, read)
            bench.apply(stimulus)


def planned_preparation(
    pulses: tuple[PreparationPulse, ...], profile: DeviceProfile, times: int = 1
) -> tuple[Planned, ...]:
    """What `prepare` applies, if it is called ``times`` times in a run."""
    return tuple(
        Planned(what=f"preparation {pulse.does}", stimulus=stimulus, at_most=number * times)
        for pulse in pulses
        for stimulus, number in Counter(preparation(pulse, profile)).items()
    )
