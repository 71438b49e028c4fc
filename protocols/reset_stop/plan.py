"""What a ladder may apply at its worst, known before anything is energised."""

from mho.bench import Plan, Planned
from mho.device.profile import DeviceProfile
from mho.protocols.read_blocks import block_points
from mho.protocols.reset_stop.loop import move
from mho.protocols.reset_stop.recipe import LevelReads, ResetStopRecipe
from mho.protocols.verify import repeated_reads
from mho.stimuli import RETURN_TO_ZERO, duration


def plan(recipe: ResetStopRecipe, profile: DeviceProfile) -> Plan:
    """The full SET, the deepest RESET as often as there can be attempts, and their reads."""
    setting = move(recipe, profile, profile.set_sign * recipe.set_amplitude)
    deepest = move(recipe, profile, -profile.set_sign * recipe.last)
    attempts = recipe.max_attempts
    read_phases = [(recipe.reads, "reads", attempts)]
    if recipe.retention is not None:
        levels = attempts if recipe.levels is None else min(attempts, recipe.levels)
        read_phases.append((recipe.retention, "retention reads", levels))
    planned = [
        Planned(what=f"full SET by {recipe.by}", stimulus=setting, at_most=1),
        Planned(what=f"RESET by {recipe.by}", stimulus=deepest, at_most=attempts),
    ]
    seconds = duration(setting) + attempts * duration(deepest)
    for reads, what, times in read_phases:
        size, blocks = _blocks(reads)
        hold = repeated_reads(recipe.read, profile, size, reads.interval)
        planned.append(
            Planned(what=f"block of {what}", stimulus=hold, at_most=blocks * times)
        )  # fmt: skip
        seconds += times * (reads.count * reads.interval + blocks * RETURN_TO_ZERO)
    return Plan(planned=tuple(planned), duration=seconds)


def _blocks(reads: LevelReads) -> tuple[int, int]:
    """Reads in the largest block, and how many blocks there are."""
    size = min(reads.count, block_points(reads.interval))
    return size, -(-reads.count // size)
