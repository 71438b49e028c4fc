"""What a programming recipe may apply at its worst, known before anything is energised."""

from mho.bench import Plan
from mho.device.profile import DeviceProfile
from mho.errors import Problem, SettingsError
from mho.protocols.planned_programming import planned_programming
from mho.protocols.program.composite_cells import require_measured
from mho.protocols.program.recipe import ProgramRecipe
from mho.protocols.programming import require_programmable


def plan(recipe: ProgramRecipe, profile: DeviceProfile) -> Plan:
    """The largest pulses, the longest looks, the reads that judge, for all targets.

    Raises
    ------
    SettingsError
        Everything against the targets on this type of device, at once.
    """
    if not recipe.wanted:
        message = f"{recipe.file} gives targets only as part of a job (mho run, mho check)"
        raise SettingsError([Problem("recipe: file", message)])
    require_measured(recipe)
    require_programmable(recipe, profile, recipe.wanted)
    found = planned_programming(recipe, profile, recipe.repeats * len(recipe.wanted))
    return Plan(planned=found.planned, budget=found.pulses, duration=found.seconds)
