"""What forming may apply at its worst: every level up to the last, and the reads between."""

from mho.bench import Plan, Planned
from mho.device.profile import DeviceProfile
from mho.protocols.forming.recipe import (
    FormingRecipe,
    forming_levels,
    level_groups,
    level_pulse,
    level_sweep,
    one_read,
    state_reads,
)
from mho.stimuli import duration


def plan(recipe: FormingRecipe, profile: DeviceProfile) -> Plan:
    """The largest levels as often as there are groups of levels, the way back and all reads."""
    levels = forming_levels(recipe, profile)
    groups = len(level_groups(recipe, profile))
    reads = state_reads(recipe, profile)
    planned = [Planned(what="reads before and after", stimulus=reads, at_most=2)]
    if recipe.method == "pulses":
        pulse = level_pulse(recipe, profile, levels[-1])
        planned.append(Planned(what="forming pulse + verify", stimulus=pulse, at_most=groups))
    else:
        sweep = level_sweep(
            recipe,
            profile,
            levels[-recipe.levels_at_once :],
            stops=recipe.stop_in_compliance,
        )
        read = one_read(recipe, profile)
        planned.append(Planned(what="forming ramp", stimulus=sweep, at_most=groups))
        planned.append(Planned(what="verify read", stimulus=read, at_most=groups))
    if recipe.back:
        back = level_sweep(recipe, profile, (*reversed(levels), 0.0), stops=False)
        planned.append(Planned(what="way back to 0 V", stimulus=back, at_most=1))
    return Plan(
        planned=tuple(planned),
        duration=sum(one.at_most * duration(one.stimulus) for one in planned),
    )
