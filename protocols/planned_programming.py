"""What programming by an algorithm may apply at its worst."""

from dataclasses import replace
from typing import NamedTuple

from mho.bench import Planned
from mho.device.profile import DeviceProfile
from mho.protocols.contact import planned_contact_reads
from mho.protocols.orders import look_of, pulse_of
from mho.protocols.programming import Programming, means_of
from mho.protocols.verify import verify_read
from mho.stimuli import RETURN_TO_ZERO, duration


class PlannedProgramming(NamedTuple):
    """What may be applied, the pulses in all, and how long it takes (s), all at most."""

    planned: tuple[Planned, ...]
    pulses: int
    seconds: float


def planned_programming(
    recipe: Programming, profile: DeviceProfile, targets: int
) -> PlannedProgramming:
    """For so many targets: the largest pulses, the longest looks, the reads that judge."""
    means = means_of(recipe, profile)
    pulses = means.max_pulses * targets
    sign, verify = profile.set_sign, verify_read(recipe.read, profile)
    planned = []
    for what, amplitude in (("SET", sign * means.set_limit), ("RESET", -sign * means.reset_limit)):
        one = pulse_of(recipe, profile, amplitude, means.longest)
        planned.append(
            Planned(
                what=f"{what} pulse + read",
                stimulus=replace(one, verify=verify),
                at_most=pulses,
            )
        )
        if means.shortest < means.longest:
            planned.append(
                Planned(
                    what=f"shortest {what} pulse",
                    stimulus=replace(one, width=means.shortest),
                    at_most=pulses,
                )
            )
    most = max(1, int(means.longest_look / means.aperture * (1 + 1e-9)))
    look = next(look_of(recipe, profile, most, means.aperture))
    planned.append(Planned(what="look", stimulus=look, at_most=pulses + targets))
    contact = planned_contact_reads(recipe.read, profile, pulses + targets)
    planned.append(contact)
    judge = recipe.judge
    reads = next(look_of(recipe, profile, judge.reads, judge.interval))
    planned.append(Planned(what="reads that judge", stimulus=reads, at_most=targets))
    one_pulse = duration(planned[0].stimulus) + means.longest_look + duration(contact.stimulus)
    judged = judge.after + judge.reads * judge.interval
    seconds = (pulses + targets) * (one_pulse + RETURN_TO_ZERO) + targets * judged
    return PlannedProgramming(tuple(planned), pulses, seconds)
