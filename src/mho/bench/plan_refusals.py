"""Why a plan must not be carried out: known without any instrument, before anything is opened."""

from collections.abc import Iterator, Mapping
from math import ceil, floor, isfinite

from mho.bench.bench import ChannelLimits
from mho.bench.compensation import is_pulsed, most_raised
from mho.bench.dose_limits import IN_LIFE, IN_RUN, charge_refusals
from mho.bench.limits import found_bias_refusals, found_refusals, standing_levels
from mho.bench.plan import Plan, Planned
from mho.bench.refusal import Refusal, plain, sentences
from mho.bench.series import there_and_back
from mho.device.profile import DeviceProfile
from mho.dose import Dose
from mho.quantities import SECOND
from mho.stimuli import Drive, Stimulus


def plan_refusals(
    plan: Plan,
    profile: DeviceProfile,
    limits: Mapping[str, ChannelLimits],
    suffered: Dose | None = None,
) -> list[str]:
    """Every reason, alike ones as one with the part of the plan that is worst; empty if none.

    ``suffered`` is what was done to the cell before.
    """
    found: list[tuple[str, Refusal]] = []
    held = standing_levels(profile)
    for bias in plan.biases:
        for level in bias.levels:
            drive = Drive(level, bias.limit)
            refused = found_bias_refusals(profile, limits, held, bias.terminal, drive)
            found += ((bias.what, reason) for reason in refused)
    for planned in plan.planned:
        reasons = found_refusals(planned.stimulus, profile, limits)
        reasons += map(plain, off_grid(planned.stimulus, limits))
        reasons += _too_much_charge(planned, profile, suffered)
        if not reasons:
            reasons += map(plain, _no_room(planned.stimulus, profile, limits, held))
        found += ((planned.what, reason) for reason in reasons)
    return [*sentences(found), *_too_many_pulses(plan, profile, suffered)]


def dose_refusals(plan: Plan, profile: DeviceProfile, suffered: Dose | None = None) -> list[str]:
    """As `plan_refusals`, of a plan that was judged before: only what the cell has suffered."""
    found = [
        (planned.what, reason)
        for planned in plan.planned
        for reason in _too_much_charge(planned, profile, suffered)
    ]
    return [*sentences(found), *_too_many_pulses(plan, profile, suffered)]


def _too_much_charge(
    planned: Planned, profile: DeviceProfile, suffered: Dose | None
) -> Iterator[Refusal]:
    when = IN_LIFE if suffered else IN_RUN
    return map(plain, charge_refusals(planned.worst, profile, suffered, when))


def _too_many_pulses(plan: Plan, profile: DeviceProfile, suffered: Dose | None) -> Iterator[str]:
    before = 0 if suffered is None else suffered.most_pulses
    if before + plan.pulses > profile.dose.max_pulses:
        allowed = f"allows {profile.dose.max_pulses} in one run (dose.max_pulses)"
        if before:
            allowed = (
                f"allows {profile.dose.max_pulses} in its life (dose.max_pulses), and this cell "
                f"had {before}"
            )
        yield (
            f"up to {plan.pulses} programming pulses are planned; the device {profile.name} "
            f"{allowed}"
        )


def _no_room(
    stimulus: Stimulus,
    profile: DeviceProfile,
    limits: Mapping[str, ChannelLimits],
    held: Mapping[str, float],
) -> list[str]:
    """Why the bench cannot make up for any loss of it: it asks for all that there may be."""
    terminal = stimulus.terminal
    if not limits[terminal].compensates or not is_pulsed(stimulus):
        return []
    if not there_and_back(profile, limits, terminal):
        return []
    if most_raised(stimulus, profile, limits, held) > 1 + 1e-9:
        return []
    return [
        f"{type(stimulus).__name__.lower()} at {terminal}: it asks for all that {profile.name} and "
        f"{limits[terminal].instrument} may have, so the bench cannot raise it by what the series "
        "resistance takes (compensate); ask for less, or take compensate out of the bench file"
    ]


def off_grid(stimulus: Stimulus, limits: Mapping[str, ChannelLimits]) -> list[str]:
    """Durations that an instrument cannot make for its time step, and the nearest that it can."""
    score, found = stimulus.score(), []
    for index, name in enumerate(score.terminals):
        channel = limits.get(name)
        if channel is None or not channel.time_step:
            continue
        parts = (part for bar in score.bars() for part in bar.parts[index])
        for duration in dict.fromkeys(part.duration for part in parts):
            if not isfinite(duration):
                continue  # said by the limits
            step = channel.time_step
            if abs(duration - round(duration / step) * step) <= 1e-3 * step + 1e-9 * duration:
                continue
            around = [number * step for number in (floor(duration / step), ceil(duration / step))]
            nearest = " or ".join(SECOND.show(float(f"{one:.9g}")) for one in around if one)
            found.append(
                f"{type(stimulus).__name__.lower()} at {name}: {SECOND.show(duration)} is no "
                f"multiple of the {SECOND.show(step)} of {channel.instrument}; take {nearest}"
            )
    return found
