"""What a programming recipe is completed with for its cell: targets of a file, what was learnt."""

from mho.errors import Problem, SettingsError
from mho.plugin_kinds import Circumstances
from mho.protocols.learnt import learnt_before, learnt_option
from mho.protocols.program.composite_cells import composite_options
from mho.protocols.program.recipe import ProgramRecipe
from mho.protocols.target_file import targets_in
from mho.quantities import SIEMENS


def laid(recipe: ProgramRecipe, circumstances: Circumstances) -> tuple[str, ...]:
    """``key=value`` options.

    Raises
    ------
    SettingsError
        The file of targets cannot be used.
    """
    options: tuple[str, ...] = ()
    asked = recipe.wanted
    if recipe.file:
        if recipe.targets:
            message = f"give targets or file = {recipe.file}, not both"
            raise SettingsError([Problem("recipe: targets", message)])
        asked = targets_in(circumstances.folder / recipe.file, circumstances.cell)
        listed = ", ".join(f'"{SIEMENS.show(one)}"' for one in asked)
        options = (f"targets=[{listed}]",)
    if recipe.composite is not None:
        options += composite_options(recipe, recipe.composite, asked, circumstances)
    if not recipe.learnt:
        options += learnt_option(learnt_before(circumstances.results(), recipe.algorithm))
    return options
