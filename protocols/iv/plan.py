"""What the sweeps apply: known to the last level before anything is energised."""

from mho.device_profile import DeviceProfile
from mho.plugin_kinds import Plan, Planned
from mho.protocols.iv.recipe import IvRecipe, sides
from mho.protocols.iv.sweeping import reads_after
from mho.protocols.preparation import planned_preparation
from mho.stimuli import duration


def plan(recipe: IvRecipe, profile: DeviceProfile) -> Plan:
    """Every sweep of a cycle, the verify reads after each, and the preparation."""
    played = sides(recipe, profile)
    planned = [*planned_preparation(recipe.prepare, profile)]
    pulses = sum(one.at_most for one in planned)
    planned += [
        Planned(
            what="SET sweep" if stretch.sign == profile.set_sign else "RESET sweep",
            stimulus=sweep,
            at_most=recipe.cycles,
        )
        for stretch, sweep in played
    ]
    hold = reads_after(recipe, profile)
    if hold is not None:
        at_most = recipe.cycles * len(played)
        planned.append(Planned(what="verify reads", stimulus=hold, at_most=at_most))
    seconds = sum(one.at_most * duration(one.stimulus) for one in planned)
    return Plan(planned=tuple(planned), pulses=pulses, duration=seconds)
