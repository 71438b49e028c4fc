"""What a retention recipe applies, known before anything is energised."""

from mho.bench import Plan, Planned
from mho.device.profile import DeviceProfile
from mho.protocols.preparation import planned_preparation
from mho.protocols.read_blocks import block_points
from mho.protocols.retention.recipe import RetentionRecipe
from mho.protocols.verify import repeated_reads
from mho.stimuli import RETURN_TO_ZERO, duration


def plan(recipe: RetentionRecipe, profile: DeviceProfile) -> Plan:
    """Preparation, blocks of reads or single ones, and the reads of the control."""
    times, levels = recipe.times, len(recipe.levels)
    twice = 1 if recipe.control is None else 2
    preparation = tuple(
        planned
        for level in recipe.levels
        for planned in planned_preparation(level.prepare, profile, twice)
    )
    planned = [*preparation]
    seconds = sum(p.at_most * duration(p.stimulus) for p in preparation)
    if times.spacing == "continuous":
        size = min(times.count, block_points(times.interval))
        blocks = -(-times.count // size)
        hold = repeated_reads(recipe.read, profile, size, times.interval)
        planned.append(Planned(what="block of reads", stimulus=hold, at_most=blocks * levels))
        seconds += levels * (times.count * times.interval + blocks * RETURN_TO_ZERO)
    else:
        single = repeated_reads(recipe.read, profile, 1, recipe.read_duration)
        planned.append(Planned(what="read", stimulus=single, at_most=times.count * levels))
        # Reads that follow one another without a pause are late by the return to 0 V of each.
        seconds += levels * (times.duration + times.count * RETURN_TO_ZERO)
    if recipe.control is not None:
        reads = repeated_reads(recipe.read, profile, recipe.control.reads, recipe.read_duration)
        planned.append(Planned(what="control reads", stimulus=reads, at_most=2 * levels))
        seconds += levels * (2 * duration(reads) + times.duration)
    return Plan(planned=tuple(planned), duration=seconds)
