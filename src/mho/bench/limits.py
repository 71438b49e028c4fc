"""Limits: every reason why a stimulus or a bias must not be applied, judged on the score.

They come from three sides: what the device may suffer, what the instruments can do and, once a run
has begun, what its plan covers. The narrowest holds; the refusal names it.
"""

from collections.abc import Container, Iterator, Mapping

from mho.bench.across import refusals_across
from mho.bench.bench import ChannelLimits
from mho.bench.bounds import Bounds, bounds_of
from mho.bench.plan import CoverAt, Covers
from mho.bench.reasons import Reasons
from mho.bench.refusal import Refusal, plain
from mho.device.profile import DeviceProfile
from mho.errors import Problem
from mho.quantities import AMPERE
from mho.stimuli import Bar, Drive, Purpose, Score, Segment, Source, Stimulus

_REMEMBERED = 64
"""Parts of a score that are known to be inside the bounds of a terminal."""
_SINGLY = 4
"""Terminals that are missing are named one by one up to so many."""


def missing_terminals(profile: DeviceProfile, wired: Container[str]) -> list[Problem]:
    """Terminals of the device that no channel of the bench is wired to."""
    missing = [name for name in profile.terminals if name not in wired]
    if len(missing) > _SINGLY:
        return [
            Problem(
                "terminals",
                f"{len(missing)} of {len(profile.terminals)} terminals of the device "
                f"{profile.name} are missing ({missing[0]} ... {missing[-1]}); add "
                f"[terminals.NAME] with its channel to the bench file for each, or take a bench "
                "with a channel for every line",
            )
        ]
    return [
        Problem(
            f"terminals.{name}",
            f"is missing, but the device {profile.name} has this terminal; add "
            f"[terminals.{name}] with its channel to the bench file",
        )
        for name in missing
    ]


def standing_levels(profile: DeviceProfile) -> dict[str, float]:
    """The levels (V) that the profile holds terminals at; 0 where it holds none."""
    return {name: profile.standing(name).level for name in profile.terminals}


def standing_refusals(profile: DeviceProfile, limits: Mapping[str, ChannelLimits]) -> list[str]:
    """Every reason why a terminal cannot be held, or stand open, as the profile wants it."""
    levels = standing_levels(profile)
    found = []
    for name, terminal in profile.terminals.items():
        if terminal.rests == "open" and not limits[name].opens:
            found.append(
                f"{name} rests open, but {limits[name].instrument} has no relay to open it; wire "
                f'it to an instrument that has one, or set terminals.{name}.rests = "grounded"'
            )
        if terminal.bias is not None:
            found += bias_refusals(profile, limits, levels, name, profile.standing(name))
        elif terminal.rests != "open" and terminal.max_compliance < limits[name].min_compliance:
            found.append(
                f"{name} stands at 0 V, and {limits[name].instrument} limits its current to "
                f"{AMPERE.show(limits[name].min_compliance)} at least; terminals.{name}."
                f"max_compliance allows {AMPERE.show(terminal.max_compliance)}"
            )
    return found


def bias_refusals(
    profile: DeviceProfile,
    limits: Mapping[str, ChannelLimits],
    held: Mapping[str, float],
    terminal: str,
    drive: Drive,
    plan: Covers | None = None,
) -> list[str]:
    """Every reason why a terminal must not be held so; empty if it may be."""
    found = found_bias_refusals(profile, limits, held, terminal, drive, plan)
    return [str(one) for one in found]


def found_bias_refusals(
    profile: DeviceProfile,
    limits: Mapping[str, ChannelLimits],
    held: Mapping[str, float],
    terminal: str,
    drive: Drive,
    plan: Covers | None = None,
) -> list[Refusal]:
    """As `bias_refusals`, for who groups them."""
    if terminal not in profile.terminals or terminal not in limits:
        known = ", ".join(name for name in profile.terminals if name in limits)
        return [plain(f"bias: there is no terminal {terminal}; the terminals are {known}")]
    if drive.source is Source.OPEN:
        if limits[terminal].opens:
            return []
        what = limits[terminal].instrument
        return [plain(f"bias at {terminal}: {what} has no relay to open it")]
    segment = Segment(drive.level, limits[terminal].min_width, drive.limit, None, drive.source)
    bar = Bar(((segment,),))
    score = Score(terminals=(terminal,), write=lambda: iter((bar,)), closing=(segment,))
    cover = None if plan is None else plan.biases
    bounds = bounds_of(profile, limits, held, cover)
    return list(_judged("bias", score, profile, limits, held, cover, bounds))


def refusals(
    stimulus: Stimulus,
    profile: DeviceProfile,
    limits: Mapping[str, ChannelLimits],
    held: Mapping[str, float] | None = None,
    plan: Covers | None = None,
    bounds: Mapping[str, Bounds] | None = None,
) -> list[str]:
    """Every reason why this stimulus must not be applied; empty if it may be.

    Parameters
    ----------
    stimulus
        What is to be applied.
    profile, limits
        What the device may suffer, and what the channel at each terminal can do.
    held
        Levels (V) of the terminals that it does not drive; by default those of the profile.
    plan
        What was agreed to, if it binds already.
    bounds
        What all these leave to each terminal (`bounds_of`), where it is known.
    """
    return [str(one) for one in found_refusals(stimulus, profile, limits, held, plan, bounds)]


def found_refusals(
    stimulus: Stimulus,
    profile: DeviceProfile,
    limits: Mapping[str, ChannelLimits],
    held: Mapping[str, float] | None = None,
    plan: Covers | None = None,
    bounds: Mapping[str, Bounds] | None = None,
) -> list[Refusal]:
    """As `refusals`, for who groups them."""
    held = standing_levels(profile) if held is None else held
    what = type(stimulus).__name__.lower()
    missing = [
        name for name in stimulus.terminals if name not in profile.terminals or name not in limits
    ]
    if missing:
        known = ", ".join(name for name in profile.terminals if name in limits)
        return [
            plain(f"{what}: there is no terminal {name}; the terminals are {known}")
            for name in missing
        ]
    score = stimulus.score()
    cover = None if plan is None else plan.stimuli
    bounds = bounds_of(profile, limits, held, cover) if bounds is None else bounds
    found = [plain(f"{what}: {fault}") for fault in stimulus.faults()]
    found += map(plain, _unplayable(what, stimulus, score, limits))
    found += _judged(what, score, profile, limits, held, cover, bounds)
    return list(dict.fromkeys(found))


def _unplayable(
    what: str, stimulus: Stimulus, score: Score, limits: Mapping[str, ChannelLimits]
) -> Iterator[str]:
    """Why the instruments cannot play it, whatever its levels."""
    axes = {limits[name].time_axis for name in score.terminals}
    shares_no_axis = len(score.terminals) > 1 and (len(axes) > 1 or "" in axes)
    if shares_no_axis and next(stimulus.parts(), None) is None:
        yield (
            f"{what}: {', '.join(score.terminals)} are to be driven together to the instant, but "
            f"{_instruments(score, limits)} share no time axis"
        )
    if score.stops_in_compliance:
        for name in score.terminals:
            if not limits[name].stops_in_compliance:
                yield (
                    f"{what} at {name}: {limits[name].instrument} cannot stop a sweep in "
                    "compliance; take levels one by one, or another instrument"
                )
    points = -(-score.readings // score.takes)
    channel = min((limits[name] for name in score.terminals), key=lambda one: one.max_points)
    if not 0 < points <= channel.max_points:
        yield (
            f"{what} at {stimulus.terminal}: {points} points; "
            f"{channel.instrument} takes 1 to {channel.max_points}"
        )


def _instruments(score: Score, limits: Mapping[str, ChannelLimits]) -> str:
    return " and ".join(dict.fromkeys(limits[name].instrument for name in score.terminals))


def _judged(
    what: str,
    score: Score,
    profile: DeviceProfile,
    limits: Mapping[str, ChannelLimits],
    held: Mapping[str, float],
    plan: CoverAt | None,
    bounds: Mapping[str, Bounds],
) -> Iterator[Refusal]:
    """Levels, limits, power and times at each terminal, then differences between terminals."""
    shorter, all_inside = score.pulses_read_shorter, True
    known: dict[int, dict[int, tuple[Segment, ...]]] = {}  # parts inside, by bounds: most are alike
    for index, name in enumerate(score.terminals):
        own = bounds[name]
        inside = known.setdefault(id(own), {})
        reasons: Reasons | None = None
        for bar in score.bars():
            part = bar.parts[index]
            if id(part) in inside:
                continue
            if own.hold(part, pulses_read_shorter=shorter):
                if len(inside) == _REMEMBERED:
                    inside.clear()
                inside[id(part)] = part  # kept: nothing else comes to its address
                continue
            all_inside = False
            reasons = reasons or Reasons(name, profile, limits[name], plan)
            for segment in part:
                if shorter and segment.purpose is not Purpose.READ:
                    segment = _read_shorter(segment, limits[name].max_aperture)
                reasons.add(segment, bar.times)
        if reasons is not None:
            yield from (reason.at(f"{what} at {name}") for reason in reasons.said())
    # The bounds of a single terminal are narrowed by what the others are held at.
    if len(score.terminals) > 1 or not all_inside:
        yield from refusals_across(what, score, profile, held)


def _read_shorter(segment: Segment, longest: float) -> Segment:
    """A segment as an instrument reads it that integrates no longer than ``longest`` (s)."""
    if segment.aperture is None or not segment.aperture > longest:
        return segment
    return segment._replace(aperture=longest)
