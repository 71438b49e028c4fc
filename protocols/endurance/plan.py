"""What an endurance recipe may apply at its worst: a cell that lives, and fails now and then."""

from itertools import pairwise
from math import ceil

from mho.bench import Plan, Planned
from mho.bench.plan import most_pulses
from mho.device.profile import DeviceProfile
from mho.protocols.contact import planned_contact_reads
from mho.protocols.endurance.loop import TRAIN_CYCLES, pulse, train
from mho.protocols.endurance.recipe import EnduranceRecipe, schedule
from mho.protocols.endurance.row import State
from mho.protocols.preparation import planned_preparation
from mho.stimuli import duration


def plan(recipe: EnduranceRecipe, profile: DeviceProfile) -> Plan:
    """Both pulses with their reads, the longest train, and the reads that look for the contact.

    A failed check adds up to ``failure.in_a_row`` - 1 checks before the schedule goes on.
    """
    cycles = schedule(recipe)
    checks = min(len(cycles) * recipe.failure.in_a_row, recipe.cycles)
    gaps = [later - earlier - 1 for earlier, later in pairwise((0, *cycles))]
    unread = sum(gaps)
    prepared = planned_preparation(recipe.preparation, profile, read=recipe.read)
    planned = list(prepared)
    seconds = sum(p.at_most * duration(p.stimulus) for p in prepared)
    single = recipe.between_checks == "single pulses"
    for state in State:
        one = pulse(recipe, profile, state)
        times = recipe.cycles if single else checks
        what = "SET" if state is State.ON else "RESET"
        planned.append(Planned(what=f"{what} pulse + read", stimulus=one, at_most=times))
        seconds += checks * duration(one)
        seconds += unread * (one.width + recipe.rest)
        if single:
            seconds += unread * (duration(one) - one.width)
    if unread and not single:
        longest = train(recipe, profile, min(TRAIN_CYCLES, max(gaps)))
        pieces = sum(ceil(gap / TRAIN_CYCLES) for gap in gaps)
        planned.append(
            Planned(what="cycles without a read", stimulus=longest, at_most=pieces + checks)
        )
        seconds += (pieces + checks) * (duration(train(recipe, profile, 1)))
    contact = planned_contact_reads(recipe.read, profile, checks)
    return Plan(
        planned=(*planned, contact),
        budget=2 * recipe.cycles + most_pulses(prepared),
        duration=seconds + checks * duration(contact.stimulus),
    )
