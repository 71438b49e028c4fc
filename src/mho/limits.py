"""Limits: every reason why a stimulus or a bias must not be applied, from device and instrument."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass

from mho.across import refusals_across, windows
from mho.bench import ChannelLimits
from mho.device_profile import DeviceProfile
from mho.errors import Problem
from mho.quantities import AMPERE, SECOND, VOLT, WATT, Unit
from mho.stimuli import Family, Hold, Pulse, PulseTrain, Read, Stimulus, Sweep, Waveforms, driven

_LONGEST = 1e9


@dataclass(frozen=True, slots=True)
class Bounds:
    """The narrower of both sides at one terminal; volts, amperes, seconds, watts."""

    lowest: float
    highest: float
    min_compliance: float
    max_compliance: float
    min_width: float
    min_aperture: float
    max_aperture: float
    max_power: float


def standing_levels(profile: DeviceProfile) -> dict[str, float]:
    """The levels (V) that the profile holds terminals at."""
    return {name: terminal.bias or 0.0 for name, terminal in profile.terminals.items()}


def bounds_of(
    profile: DeviceProfile, limits: Mapping[str, ChannelLimits], held: Mapping[str, float]
) -> dict[str, Bounds]:
    """The bounds of every terminal that device and bench share while the others are ``held``."""
    across = {name: tuple(windows(profile, name, held)) for name in profile.terminals}
    return {
        name: Bounds(
            max(terminal.min_voltage, -limits[name].max_voltage, *(w[0] for w in across[name])),
            min(terminal.max_voltage, limits[name].max_voltage, *(w[1] for w in across[name])),
            limits[name].min_compliance,
            min(terminal.max_compliance, limits[name].max_compliance),
            limits[name].min_width,
            limits[name].min_aperture,
            limits[name].max_aperture,
            limits[name].max_source_power,
        )
        for name, terminal in profile.terminals.items()
        if name in limits
    }


def missing_terminals(profile: DeviceProfile, wired: Container[str]) -> list[Problem]:
    """Terminals of the device that no channel of the bench is wired to."""
    return [
        Problem(
            f"terminals.{name}",
            f"is missing, but the device {profile.name} has this terminal; add "
            f"[terminals.{name}] with its channel to the bench file",
        )
        for name in profile.terminals
        if name not in wired
    ]


def bias_refusals(profile: DeviceProfile, limits: Mapping[str, ChannelLimits]) -> list[str]:
    """Every reason why a terminal cannot be held as the profile wants it."""
    bounds = bounds_of(profile, limits, standing_levels(profile))
    return [
        refusal
        for name, terminal in profile.terminals.items()
        if terminal.bias is not None and terminal.bias_compliance is not None
        for refusal in bias_refusal(bounds, name, terminal.bias, terminal.bias_compliance)
    ]


def bias_refusal(
    all_bounds: Mapping[str, Bounds], terminal: str, level: float, compliance: float
) -> list[str]:
    """Why a terminal must not be held so; empty if it may be."""
    bounds = all_bounds.get(terminal)
    if bounds is None:
        known = ", ".join(all_bounds)
        return [f"bias: there is no terminal {terminal}; the terminals are {known}"]
    within = (
        bounds.lowest <= level <= bounds.highest
        and 0 < compliance <= bounds.max_compliance
        and compliance >= bounds.min_compliance
        and abs(level) * compliance <= bounds.max_power
    )
    if within:
        return []
    return [
        f"bias at {terminal}: {VOLT.show(level)} limited to {AMPERE.show(compliance)}; "
        f"allowed are {VOLT.show(bounds.lowest)} to {VOLT.show(bounds.highest)}, "
        f"{AMPERE.show(bounds.min_compliance)} to {AMPERE.show(bounds.max_compliance)} "
        f"and {WATT.show(bounds.max_power)}"
    ]


def refusals(
    stimulus: Stimulus,
    profile: DeviceProfile,
    limits: Mapping[str, ChannelLimits],
    held: Mapping[str, float] | None = None,
) -> list[str]:
    """Every reason why this stimulus must not be applied; empty if it may be.

    ``held`` are the levels (V) of the terminals that it does not drive; by default those that the
    profile holds.
    """
    held = standing_levels(profile) if held is None else held
    what = type(stimulus).__name__.lower()
    known = [name for name in profile.terminals if name in limits]
    found = [
        f"{what}: there is no terminal {terminal}; the terminals are {', '.join(known)}"
        for terminal in driven(stimulus)
        if terminal not in known
    ]
    if found:
        return found
    if isinstance(stimulus, Waveforms):
        pieces = len(stimulus.durations)
        found += [
            f"{what} at {terminal}: {len(levels)} levels for {pieces} durations"
            for terminal, levels in stimulus.levels
            if len(levels) != pieces
        ]
        found += [
            f"{what} at {terminal}: {limits[terminal].instrument} has no time axis in common with "
            "the instruments at other terminals, so it plays no waveforms"
            for terminal in driven(stimulus)
            if not limits[terminal].plays_waveforms
        ]
    if isinstance(stimulus, Family):
        if stimulus.stepped == stimulus.terminal:
            found.append(f"{what}: {stimulus.stepped} cannot be swept and stepped at once")
        if stimulus.sweep.stop_in_compliance:
            found.append(f"{what}: its sweeps cannot stop in compliance; apply them one by one")
    if isinstance(stimulus, Sweep) and stimulus.stop_in_compliance:
        channel = limits[stimulus.terminal]
        if not channel.stops_in_compliance:
            found.append(
                f"{what} at {stimulus.terminal}: {channel.instrument} cannot stop a sweep in "
                "compliance; take levels one by one, or another instrument"
            )
    together = len(driven(stimulus)) > 1
    for terminal in driven(stimulus):
        across = () if together else windows(profile, terminal, held)
        found += _at_terminal(stimulus, terminal, profile, limits[terminal], across)
    if together:
        found += refusals_across(stimulus, profile, held)
    points, channel = _points(stimulus), limits[stimulus.terminal]
    if not 0 < points <= channel.max_points:
        found.append(
            f"{what} at {stimulus.terminal}: {points} points; "
            f"{channel.instrument} takes 1 to {channel.max_points}"
        )
    return list(dict.fromkeys(found))


def _at_terminal(
    stimulus: Stimulus,
    name: str,
    profile: DeviceProfile,
    channel: ChannelLimits,
    across: Iterable[tuple[float, float, str]],
) -> Iterator[str]:
    across = tuple(across)
    terminal = profile.terminals[name]
    at = f"{type(stimulus).__name__.lower()} at {name}"
    device, instrument = f"the limit of the device {profile.name}", f"what {channel.instrument} can"

    def out(what: str, value: float, unit: Unit, relation: str, limit: float, who: str) -> str:
        return f"{at}: {what} {unit.show(value)} is {relation} {unit.show(limit)}, {who}"

    for what, level, compliance in _levels(stimulus, name):
        for lowest, highest, who in (
            (terminal.min_voltage, terminal.max_voltage, device),
            (-channel.max_voltage, channel.max_voltage, instrument),
            *across,
        ):
            if not level <= highest:
                yield out(what, level, VOLT, "above", highest, who)
            if not level >= lowest:
                yield out(what, level, VOLT, "below", lowest, who)
        for most, who in (
            (terminal.max_compliance, device),
            (channel.max_compliance, instrument),
        ):
            if not compliance <= most:
                yield out(f"compliance of {what}", compliance, AMPERE, "above", most, who)
        least = channel.min_compliance
        if not compliance >= least or not compliance > 0:
            yield out(f"compliance of {what}", compliance, AMPERE, "below", least, instrument)
        power, most = abs(level) * compliance, channel.max_source_power
        if not power <= most:
            yield out(f"power of {what}", power, WATT, "above", most, instrument)
    for what, value, least, most in _times(stimulus, name, channel):
        if not value >= least:
            yield out(what, value, SECOND, "below", least, instrument)
        if not value <= most:
            yield out(what, value, SECOND, "above", most, instrument)


def _levels(stimulus: Stimulus, terminal: str) -> Iterator[tuple[str, float, float]]:
    match stimulus:
        case Pulse():
            yield "amplitude", stimulus.amplitude, stimulus.compliance
        case PulseTrain():
            for amplitude in stimulus.amplitudes:
                yield "amplitude", amplitude, stimulus.compliance
        case Sweep():
            for level in stimulus.levels:
                yield "level", level, stimulus.compliance
        case Family():
            if terminal == stimulus.stepped:
                for step in stimulus.steps:
                    yield "step", step, stimulus.step_compliance
            else:
                yield from _levels(stimulus.sweep, terminal)
        case Hold():
            yield "level", stimulus.level, stimulus.compliance
        case Waveforms():
            for level in (0.0, *dict(stimulus.levels).get(terminal, ())):
                yield "level", level, stimulus.compliance
    verify = _verify(stimulus)
    if verify is not None and terminal == stimulus.terminal:
        yield "read voltage", verify.voltage, verify.compliance


def _verify(stimulus: Stimulus) -> Read | None:
    return None if isinstance(stimulus, Sweep | Family | Hold) else stimulus.verify


def _times(
    stimulus: Stimulus, terminal: str, channel: ChannelLimits
) -> Iterator[tuple[str, float, float, float]]:
    match stimulus:
        case Pulse() | PulseTrain():
            yield "width", stimulus.width, channel.min_width, _LONGEST
            if stimulus.rest:
                yield "rest", stimulus.rest, channel.min_width, _LONGEST
            if isinstance(stimulus, PulseTrain):
                yield "reads every (pulses)", stimulus.verify_every, 1, _LONGEST
        case Sweep():
            yield "dwell", stimulus.dwell, max(channel.min_width, stimulus.aperture), _LONGEST
            yield "aperture", stimulus.aperture, channel.min_aperture, channel.max_aperture
        case Family():
            if terminal == stimulus.terminal:
                yield from _times(stimulus.sweep, terminal, channel)
                yield "settling time", stimulus.settle, 0.0, _LONGEST
        case Hold():
            yield "interval", stimulus.interval, max(channel.min_width, stimulus.aperture), _LONGEST
            yield "aperture", stimulus.aperture, channel.min_aperture, channel.max_aperture
        case Waveforms():
            for duration in stimulus.durations:
                yield "piece", duration, channel.min_width, _LONGEST
    verify = _verify(stimulus)
    if verify is not None:
        yield "read aperture", verify.aperture, channel.min_aperture, channel.max_aperture
        yield "read settling time", verify.settle, 0.0, _LONGEST


def _points(stimulus: Stimulus) -> int:
    match stimulus:
        case Pulse():
            return 1 + (stimulus.verify is not None)
        case PulseTrain():
            reads = len(stimulus.amplitudes) // max(1, int(stimulus.verify_every))
            return len(stimulus.amplitudes) + (reads if stimulus.verify is not None else 0)
        case Sweep():
            return len(stimulus.levels)
        case Family():
            return len(stimulus.sweep.levels) if stimulus.steps else 0
        case Hold():
            return stimulus.count
        case Waveforms():
            return min(1, len(stimulus.durations))
