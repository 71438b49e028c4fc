"""What a ladder may apply at its worst, known before anything is energised."""

from dataclasses import replace

from mho.bench import Plan
from mho.device.profile import DeviceProfile
from mho.protocols.ladder.recipe import LadderRecipe
from mho.protocols.planned_programming import planned_programming
from mho.protocols.programming import require_programmable


def plan(recipe: LadderRecipe, profile: DeviceProfile) -> Plan:
    """The largest pulses, the longest looks, the reads that judge, for all attempts.

    Raises
    ------
    SettingsError
        Everything against the levels on this type of device, at once.
    """
    require_programmable(recipe, profile, recipe.levels)
    attempts = len(recipe.orders) * recipe.repeats * len(recipe.levels) * (1 + recipe.again)
    found = planned_programming(recipe, profile, attempts)
    *others, judge = found.planned
    later = attempts * (recipe.later + recipe.judge.reads * recipe.judge.interval)
    return Plan(
        planned=(*others, replace(judge, at_most=2 * attempts)),
        budget=found.pulses,
        duration=found.seconds + later,
    )
