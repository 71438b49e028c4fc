"""A closed loop of pulses that brings the device to a conductance: each is read, then the next."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import isnan, log
from typing import Literal, NamedTuple, Protocol

from mho.bench import Bench
from mho.device.profile import DeviceProfile
from mho.protocols.contact import contact_lost, is_silent
from mho.protocols.stuck import unmoved
from mho.protocols.verify import ReadSettings, verify_read
from mho.quantities import AMPERE, SIEMENS, VOLT
from mho.readings import Trace
from mho.stimuli import Pulse

LIMIT_PULSES = 5
"""Pulses at the largest amplitude of a polarity, one after another, that may fail to cross."""


class Verdict(StrEnum):
    """What the loop concluded from a verify read; all but the first two end the target.

    A lost contact, or a breakdown, ends the run.
    """

    ABOVE = "above"
    BELOW = "below"
    REACHED = "reached"
    PULSE_BUDGET = "pulse budget"
    AMPLITUDE_LIMIT = "amplitude limit"
    STUCK = "stuck"
    NOISE_LIMITED = "noise limited"
    CONTACT_LOST = "contact lost"
    BREAKDOWN = "breakdown"
    ABORTED = "aborted"


END_REASONS = frozenset(Verdict) - {Verdict.ABOVE, Verdict.BELOW}

AfterSet = Literal["continue", "step back", "restart"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    """How the device is brought to ``target``; SI units, amplitudes are magnitudes.

    Attributes
    ----------
    low, high
        What counts as the target.
    set_amplitude, reset_amplitude
        Of the first pulse of each polarity; they grow by ``step`` up to ``set_limit`` and
        ``reset_limit``.
    after_set
        The RESET amplitude after a SET that followed it: it goes on growing, goes back by
        ``step_back`` steps, or starts again.
    stuck_after
        Pulses of one polarity without any change that count as stuck.
    to_the_limit
        The device is given up only at the largest amplitude, and only as stuck: pulses that grow
        need not move it yet, as of cells that respond exponentially, and pulses at the limit go on
        as long as they move it.
    """

    target: float
    low: float
    high: float
    set_amplitude: float
    set_limit: float
    reset_amplitude: float
    reset_limit: float
    step: float
    max_pulses: int
    width: float
    compliance: float
    rest: float
    read: ReadSettings
    stuck_after: int
    after_set: AfterSet = "continue"
    step_back: int = 1
    to_the_limit: bool = False

    def pulse(self, amplitude: float, profile: DeviceProfile) -> Pulse:
        """A pulse of that amplitude (signed), and its read."""
        return Pulse(
            terminal=profile.write_at,
            amplitude=amplitude,
            width=self.width,
            compliance=self.compliance,
            rest=self.rest,
            verify=verify_read(self.read, profile),
        )


class Attempt(NamedTuple):
    """A pulse of an approach (its number from 1, its amplitude with sign) and what came of it."""

    number: int
    asked: float
    trace: Trace
    verdict: Verdict


def approach(bench: Bench, how: Approach, *, raising: bool = True) -> Iterator[Attempt]:
    """Pulse until the target is reached or there is a reason to give up: the last verdict.

    Above the target it pulses down, below it up. ``raising``: the first pulse is one up.
    """
    profile = bench.profile
    sign = profile.set_sign
    set_amplitude, reset_amplitude = how.set_amplitude, how.reset_amplitude
    amplitude = set_amplitude if raising else reset_amplitude
    unmet: list[float] = []  # reads since the last crossing, all on the far side of the target
    at_limit = pulses = 0
    while True:
        asked = sign * amplitude if raising else -sign * amplitude
        trace = bench.apply(how.pulse(asked, profile))
        _, read = trace
        pulses += 1
        conductance = read.conductance
        # A current too large to be measured leaves the conductance NaN: it is above, not below.
        above = conductance > how.target or (isnan(conductance) and read.in_compliance)
        silent = is_silent(read, profile)
        if above is raising:
            unmet, at_limit = [], 0
        else:
            unmet.append(conductance)
            limit = how.set_limit if raising else how.reset_limit
            at_limit = at_limit + 1 if amplitude >= limit else 0

        verdict = Verdict.ABOVE if above else Verdict.BELOW
        if how.low <= conductance <= how.high:
            verdict = Verdict.REACHED
        elif silent and contact_lost(bench, how.read):
            verdict = Verdict.CONTACT_LOST
        elif pulses >= how.max_pulses:
            verdict = Verdict.PULSE_BUDGET
        elif (
            len(unmet) >= how.stuck_after
            and (at_limit or not how.to_the_limit)
            and unmoved(unmet[-how.stuck_after :])
        ):
            verdict = Verdict.STUCK
        elif at_limit >= LIMIT_PULSES and not how.to_the_limit:
            verdict = Verdict.AMPLITUDE_LIMIT
        yield Attempt(pulses, asked, trace, verdict)
        if verdict in END_REASONS:
            return

        if above:
            amplitude, raising = reset_amplitude, False
            reset_amplitude = min(reset_amplitude + how.step, how.reset_limit)
        else:
            if not raising:
                reset_amplitude = _after_set(how, reset_amplitude)
            amplitude, raising = set_amplitude, True
            set_amplitude = min(set_amplitude + how.step, how.set_limit)


def _after_set(how: Approach, amplitude: float) -> float:
    """The RESET amplitude that follows a SET."""
    match how.after_set:
        case "continue":
            return amplitude
        case "step back":
            return max(amplitude - how.step_back * how.step, how.step)
        case "restart":
            return how.reset_amplitude


def on_reset_curve(profile: DeviceProfile, target: float) -> float | None:
    """Magnitude (V) of the RESET pulse that leads to ``target`` (S); None without a curve."""
    return None if profile.reset_curve is None else on_curve(profile.reset_curve, target)


class CurvePoint(Protocol):
    """An amplitude that leads to a conductance."""

    @property
    def amplitude(self) -> float:
        """Volts, a magnitude."""
        ...

    @property
    def conductance(self) -> float:
        """Siemens."""
        ...


def on_curve(curve: Iterable[CurvePoint], conductance: float) -> float:
    """Amplitude (V) at a conductance (S).

    Linear in ln G between the points of the curve, carried on beyond its ends.
    """
    points = sorted((log(p.conductance), p.amplitude) for p in curve)
    x = log(conductance)
    upper = next((n for n, (at, _) in enumerate(points[1:-1], 1) if x < at), len(points) - 1)
    (x0, v0), (x1, v1) = points[upper - 1], points[upper]
    return v0 + (v1 - v0) * (x - x0) / (x1 - x0)


def unreadable(
    target: float, low: float, high: float, read: ReadSettings, profile: DeviceProfile
) -> Iterator[str]:
    """Why reads of a target (S), from ``low`` to ``high``, would tell nothing of it."""
    voltage = abs(verify_read(read, profile).voltage)
    if low < profile.contact_floor:
        yield (
            f"{SIEMENS.show(target)} lies too near the contact floor of {profile.name}, "
            f"{SIEMENS.show(profile.contact_floor)}: its reads would pass for a lost contact"
        )
    if high * voltage > profile.read_compliance:
        yield (
            f"{SIEMENS.show(target)} read at {VOLT.show(voltage)} draws more than the "
            f"read_compliance of {profile.name}, {AMPERE.show(profile.read_compliance)}; lower "
            "read.voltage or raise read_compliance"
        )
