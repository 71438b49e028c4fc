"""What an ISPP recipe may apply at its worst, known before anything is energised."""

from mho.bench import Plan, Planned
from mho.device.profile import DeviceProfile
from mho.protocols.contact import planned_contact_reads
from mho.protocols.ispp.recipe import IsppRecipe, first_reset_amplitude, require_readable
from mho.protocols.verify import repeated_reads, verify_read
from mho.stimuli import Pulse, duration


def plan(recipe: IsppRecipe, profile: DeviceProfile) -> Plan:
    """The largest SET and RESET pulse with their read, and the check reads.

    Raises
    ------
    SettingsError
        The recipe leaves to the profile what the profile does not know, or has a target that
        cannot be read.
    """
    require_readable(recipe, profile)
    for target in recipe.targets:
        first_reset_amplitude(recipe, profile, target)
    verify = verify_read(recipe.read, profile)
    budget = recipe.max_pulses * len(recipe.targets)

    def pulse(what: str, amplitude: float) -> Planned:
        return Planned(
            what=what,
            stimulus=Pulse(
                terminal=profile.write_at,
                amplitude=amplitude,
                width=recipe.width or profile.pulse_width,
                compliance=recipe.compliance or profile.pulse_compliance,
                rest=recipe.rest,
                verify=verify,
            ),
            at_most=budget,
        )

    planned = [
        pulse("SET pulse + verify read", profile.set_sign * recipe.set.limit),
        pulse("RESET pulse + verify read", -profile.set_sign * recipe.reset.limit),
    ]
    contact = planned_contact_reads(recipe.read, profile, budget)
    planned.append(contact)
    if recipe.check is not None:
        check = repeated_reads(recipe.read, profile, recipe.check.reads, recipe.check.interval)
        planned.append(Planned(what="check reads", stimulus=check, at_most=len(recipe.targets)))
    seconds = budget * (duration(planned[0].stimulus) + duration(contact.stimulus))
    if recipe.check is not None:
        check_seconds = recipe.check.delay + duration(planned[-1].stimulus)
        seconds += len(recipe.targets) * check_seconds
    return Plan(planned=tuple(planned), budget=budget, duration=seconds)
