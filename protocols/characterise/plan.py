"""What a characterisation may apply at its worst, known before anything is energised."""

from mho.bench import Plan, Planned
from mho.device.profile import DeviceProfile
from mho.protocols.characterise.loop import train_of
from mho.protocols.characterise.recipe import CharacteriseRecipe, stairs_of
from mho.protocols.contact import planned_contact_reads
from mho.protocols.read_blocks import block_points, read_blocks
from mho.protocols.verify import single_read
from mho.stimuli import RETURN_TO_ZERO, duration


def plan(recipe: CharacteriseRecipe, profile: DeviceProfile) -> Plan:
    """Every stair of every way at the largest amplitude, and the reads of the levels.

    Raises
    ------
    SettingsError
        The device allows no such stairs, or the range is not known or cannot be read.
    """
    ways, watch = recipe.rounds + 1, recipe.watch
    first = single_read(recipe.read, profile)
    planned = [Planned(what="reads before and after", stimulus=first, at_most=2)]
    seconds, trains = duration(first), 0
    for stairs in stairs_of(recipe, profile):
        train = train_of(recipe, profile, stairs.sign * stairs.limit)
        count = ways * len(stairs.amplitudes)
        planned.append(
            Planned(what=f"{stairs.name.upper()} stair + reads", stimulus=train, at_most=count)
        )
        seconds += count * (duration(train) + RETURN_TO_ZERO)
        trains += count
    block = next(read_blocks(recipe.read, profile, watch.reads, watch.interval))
    blocks = recipe.levels * -(-watch.reads // block_points(watch.interval))
    planned.append(Planned(what="reads of a level", stimulus=block, at_most=blocks))
    contact = planned_contact_reads(recipe.read, profile, trains + blocks)
    planned.append(contact)
    seconds += recipe.levels * watch.reads * watch.interval + blocks * RETURN_TO_ZERO
    seconds += contact.at_most * duration(contact.stimulus)
    return Plan(planned=tuple(planned), duration=seconds)
