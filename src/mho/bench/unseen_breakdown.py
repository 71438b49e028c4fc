"""Whether a breakdown of the written terminal would go unseen, in a lab's words."""

from collections.abc import Mapping

from mho.bench.bench import ChannelLimits
from mho.bench.plan import Plan
from mho.device.profile import DeviceProfile
from mho.stimuli import Purpose

_NAMED = 4


def unseen_breakdown(
    plan: Plan, profile: DeviceProfile, limits: Mapping[str, ChannelLimits]
) -> list[str]:
    """One sentence, or none, of a device whose profile asks to look for a breakdown."""
    if profile.breakdown_factor is None or profile.read_terminal == profile.write_at:
        return []
    written = [name for name in _gates(plan, profile) if name in limits]
    unread = [name for name in written if not limits[name].reads_current]
    if unread:
        named = ", ".join(unread[:_NAMED]) + (" ..." if len(unread) > _NAMED else "")
        return [
            f"terminal{'s' * (len(unread) > 1)} {named}: nothing measures the current while "
            f"{'they are' if len(unread) > 1 else 'it is'} written, so a breakdown "
            "(breakdown_factor) goes unseen there"
        ]
    if len(written) > 1 and profile.sound_leakage is None:
        return [
            f"{written[0]} ... {written[-1]} are written together and draw what fires: a breakdown "
            "(breakdown_factor) is seen there only if the device file gives sound_leakage"
        ]
    return []


def _gates(plan: Plan, profile: DeviceProfile) -> list[str]:
    """Terminals that are written by voltages of the sign of a write where the device is.

    Those are the lines beside ``write_at``, which are driven like it, of stimuli that drive many.
    """
    found: dict[str, None] = {}
    for planned in plan.planned:
        score = planned.stimulus.score()
        if profile.write_at not in score.terminals:
            continue
        own = score.terminals.index(profile.write_at)
        for bar in score.bars():
            if not any(one.purpose is Purpose.PROGRAM and one.level for one in bar.parts[own]):
                continue
            levels = [one.level for one in bar.parts[own]]
            for name, part in zip(score.terminals, bar.parts, strict=True):
                if [one.level for one in part] == levels:
                    found[name] = None
    return list(found)
