"""Why a plan must not be carried out: known without any instrument, before anything is opened."""

from collections.abc import Mapping

from mho.bench.bench import ChannelLimits
from mho.bench.dose import worst_dose
from mho.bench.guard import charge_refusals
from mho.bench.limits import found_bias_refusals, found_refusals, standing_levels
from mho.bench.plan import Plan
from mho.bench.refusal import Refusal, plain, told
from mho.device.profile import DeviceProfile
from mho.stimuli import Drive


def plan_refusals(
    plan: Plan, profile: DeviceProfile, limits: Mapping[str, ChannelLimits]
) -> list[str]:
    """Every reason, alike ones as one with the part of the plan that is worst; empty if none."""
    found: list[tuple[str, Refusal]] = []
    held = standing_levels(profile)
    for bias in plan.biases:
        for level in bias.levels:
            drive = Drive(level, bias.limit)
            refused = found_bias_refusals(profile, limits, held, bias.terminal, drive)
            found += ((bias.what, reason) for reason in refused)
    for planned in plan.planned:
        reasons = found_refusals(planned.stimulus, profile, limits)
        reasons += map(plain, charge_refusals(worst_dose(planned.stimulus.score()), profile))
        found += ((planned.what, reason) for reason in reasons)
    lines = told(found)
    if plan.pulses > profile.dose.max_pulses:
        lines.append(
            f"up to {plan.pulses} programming pulses are planned; the device {profile.name} allows "
            f"{profile.dose.max_pulses} in one run (dose.max_pulses)"
        )
    return lines
