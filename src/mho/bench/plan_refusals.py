"""Why a plan must not be carried out: known without any instrument, before anything is opened."""

from collections.abc import Mapping

from mho.bench.bench import ChannelLimits
from mho.bench.dose import worst_dose
from mho.bench.guard import charge_refusals
from mho.bench.limits import bias_refusals, refusals, standing_levels
from mho.bench.plan import Plan
from mho.device.profile import DeviceProfile
from mho.stimuli import Drive


def plan_refusals(
    plan: Plan, profile: DeviceProfile, limits: Mapping[str, ChannelLimits]
) -> list[str]:
    """Every reason, each with the part of the plan that it is about; empty if there is none."""
    found = []
    held = standing_levels(profile)
    for bias in plan.biases:
        for level in bias.levels:
            drive = Drive(level, bias.limit)
            refused = bias_refusals(profile, limits, held, bias.terminal, drive)
            found += [f"{bias.what}: {reason}" for reason in refused]
    for planned in plan.planned:
        refused = refusals(planned.stimulus, profile, limits)
        refused += charge_refusals(worst_dose(planned.stimulus.score()), profile)
        found += [f"{planned.what}: {reason}" for reason in refused]
    if plan.pulses > profile.dose.max_pulses:
        found.append(
            f"up to {plan.pulses} programming pulses are planned; the device {profile.name} allows "
            f"{profile.dose.max_pulses} in one run (dose.max_pulses)"
        )
    return list(dict.fromkeys(found))
