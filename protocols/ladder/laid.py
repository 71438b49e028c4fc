"""What a ladder's recipe is completed with for its cell: what was learnt of it before."""

from mho.plugin_kinds import Circumstances
from mho.protocols.ladder.recipe import LadderRecipe
from mho.protocols.learnt import learnt_before, learnt_option


def laid(recipe: LadderRecipe, circumstances: Circumstances) -> tuple[str, ...]:
    """``key=value`` options."""
    if recipe.learnt:
        return ()
    return learnt_option(learnt_before(circumstances.results(), recipe.algorithm))
