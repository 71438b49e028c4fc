"""Preparation: pulses that bring the device to a start state before it is measured."""

from collections import Counter
from collections.abc import Iterator
from math import inf
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mho.bench import Bench, Planned
from mho.device.profile import DeviceProfile
from mho.errors import PreparationFailed, Problem, SettingsError
from mho.frozen import Frozen
from mho.protocols.approach import Approach, Verdict, approach, on_reset_curve, unreadable
from mho.protocols.contact import planned_contact_reads
from mho.protocols.verify import ReadSettings, read_if_compensated, single_read
from mho.quantities import SIEMENS, VOLT, Amperes, Fraction, Seconds, Siemens, Volts
from mho.stimuli import Pulse, PulseTrain

_LONGEST = 1000
"""Pulses of one train: every instrument takes so many, and Ctrl-C need not wait for more."""


_AS_PROFILE = ReadSettings()


class PreparationPulse(Frozen):
    """Pulses, given by what they do, or the conductance that pulses are to bring the device to.

    For ``does`` the profile says which polarity that is. For a ``conductance`` the device is read;
    then pulses up or down follow, each with its read and larger than the last of its polarity,
    until it is there.
    """

    does: Literal["set", "reset"] | None = Field(
        default=None, description="what a pulse does; it needs amplitude"
    )
    conductance: Annotated[Siemens, Field(gt=0)] | None = Field(
        default=None, description="instead of does: where pulses are to bring the device to"
    )
    tolerance: Fraction = Field(
        default=0.1, gt=0, lt=1, description="how far from the conductance counts as reached"
    )
    max_pulses: int = Field(
        default=100, ge=1, le=100_000, description="most pulses towards the conductance"
    )
    step: Volts = Field(
        default=0.02, gt=0, description="growth from pulse to pulse towards the conductance"
    )
    limit: Volts | None = Field(
        default=None,
        gt=0,
        description="pulses towards the conductance grow no further; left out: what the device may "
        "have",
    )
    amplitude: Volts | None = Field(
        default=None,
        gt=0,
        description="of the pulse, its magnitude; towards a conductance of the first pulses, left "
        "out: half of the limit, or where the reset_curve of the device begins",
    )
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

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.does is None) is (self.conductance is None):
            raise ValueError(
                'give what the pulse does ("set" or "reset"), or a conductance; one of the two'
            )
        what, strange = ("conductance", _PLAIN) if self.does is None else ("does", _TOWARDS)
        fields = type(self).model_fields
        given = [name for name in strange if getattr(self, name) != fields[name].default]
        if given:
            raise ValueError(f"{', '.join(given)} does not belong to {what}; take it out")
        if self.does is not None and self.amplitude is None:
            raise ValueError(f"amplitude is missing; write {VOLT.advice()}")
        if self.amplitude is not None and self.amplitude > (self.limit or inf):
            raise ValueError("amplitude is above limit")
        return self


_PLAIN = ("count", "rest")
_TOWARDS = ("tolerance", "max_pulses", "step", "limit")
_MARGIN = 0.25
"""Volts below the RESET curve at which pulses towards a conductance begin."""
_STUCK_AFTER = 40


def preparation(pulse: PreparationPulse, profile: DeviceProfile) -> tuple[Pulse | PulseTrain, ...]:
    """What is applied for it: a single pulse, or trains that the instrument times."""
    sign = profile.set_sign if pulse.does == "set" else -profile.set_sign
    amplitude, width = sign * (pulse.amplitude or 0.0), pulse.width or profile.pulse_width
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
    """Apply the pulses in their order; on a bench that compensates, each after a ``read``.

    Raises
    ------
    PreparationFailed
        A conductance was not reached.
    """
    for pulse in pulses:
        if pulse.conductance is not None:
            _reach(bench, towards(pulse, pulse.conductance, bench.profile, read))
            continue
        for stimulus in preparation(pulse, bench.profile):
            read_if_compensated(bench, read)
            bench.apply(stimulus)


def planned_preparation(
    pulses: tuple[PreparationPulse, ...],
    profile: DeviceProfile,
    times: int = 1,
    read: ReadSettings = _AS_PROFILE,
) -> tuple[Planned, ...]:
    """What `prepare` applies, if it is called ``times`` times in a run.

    Raises
    ------
    SettingsError
        A conductance cannot be read.
    """
    planned: list[Planned] = []
    for pulse in pulses:
        if pulse.conductance is not None:
            how = towards(pulse, pulse.conductance, profile, read)
            found = list(unreadable(how.target, how.low, how.high, read, profile))
            if found:
                raise SettingsError(Problem("recipe: preparation", why) for why in found)
            planned += _planned_approach(how, profile, times, len(planned))
            continue
        planned += (
            Planned(what=f"preparation {pulse.does}", stimulus=stimulus, at_most=number * times)
            for stimulus, number in Counter(preparation(pulse, profile)).items()
        )
    return tuple(planned)


def towards(
    pulse: PreparationPulse, target: float, profile: DeviceProfile, read: ReadSettings
) -> Approach:
    """How the device is brought to the conductance that a recipe asks for (S)."""
    terminal = profile.terminals[profile.write_at]
    ends = (terminal.max_voltage, -terminal.min_voltage)
    up, down = ends if profile.set_sign > 0 else reversed(ends)
    set_limit, reset_limit = min(up, pulse.limit or inf), min(down, pulse.limit or inf)
    curve = on_reset_curve(profile, target)
    first_down = reset_limit / 2 if curve is None else max(curve - _MARGIN, pulse.step)
    return Approach(
        target=target,
        low=target * (1 - pulse.tolerance),
        high=target * (1 + pulse.tolerance),
        set_amplitude=pulse.amplitude or set_limit / 2,
        set_limit=set_limit,
        reset_amplitude=pulse.amplitude or min(first_down, reset_limit),
        reset_limit=reset_limit,
        step=pulse.step,
        max_pulses=pulse.max_pulses,
        width=pulse.width or profile.pulse_width,
        compliance=pulse.compliance or profile.pulse_compliance,
        rest=0.0,
        read=read,
        stuck_after=_STUCK_AFTER,
        to_the_limit=True,
    )


def _reach(bench: Bench, how: Approach) -> None:
    """Read the device, and pulse it until it is where it is wanted."""
    (read,) = bench.apply(single_read(how.read, bench.profile))
    if how.low <= read.conductance <= how.high:
        return
    raising = not read.conductance > how.target and not read.in_compliance
    for attempt in approach(bench, how, raising=raising):
        last = attempt
    if last.verdict is not Verdict.REACHED:
        found = SIEMENS.show(float(f"{last.trace[-1].conductance:.3g}"))
        raise PreparationFailed(
            f"preparation: {SIEMENS.show(how.target)} was not reached in {last.number} pulses "
            f"({last.verdict}); the device reads {found}. Allow more pulses, a wider tolerance or "
            "another limit, or see to the device"
        )


def _planned_approach(
    how: Approach, profile: DeviceProfile, times: int, number: int
) -> Iterator[Planned]:
    """The largest pulses up and down with their reads, and reads without a pulse."""
    most = how.max_pulses * times
    for does, amplitude in (("set", how.set_limit), ("reset", -how.reset_limit)):
        stimulus = how.pulse(profile.set_sign * amplitude, profile)
        yield Planned(
            what=f"preparation to {SIEMENS.show(how.target)}, {does}",
            stimulus=stimulus,
            at_most=most,
            shares=f"preparation {number}",  # so many pulses up and down together
        )
    yield Planned(
        what="read before preparation", stimulus=single_read(how.read, profile), at_most=times
    )
    yield planned_contact_reads(how.read, profile, most)
