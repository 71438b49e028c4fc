"""What an LTP/LTD recipe applies, known before anything is energised: it is open loop."""

from mho.bench import Plan, Planned
from mho.bench.plan import most_pulses
from mho.device.profile import DeviceProfile
from mho.protocols.contact import CONTACT_READS, planned_contact_reads
from mho.protocols.ltp_ltd.loop import stimuli
from mho.protocols.ltp_ltd.recipe import LtpLtdRecipe, series
from mho.protocols.ltp_ltd.row import Direction
from mho.protocols.preparation import planned_preparation
from mho.quantities import VOLT
from mho.stimuli import Pulse, PulseTrain, duration


def plan(recipe: LtpLtdRecipe, profile: DeviceProfile) -> Plan:
    """Each train as it is; of single pulses the largest, the longest and the shortest."""
    planned: list[Planned] = []
    pulses = contact_checks = 0
    seconds = 0.0
    for amplitude in series(recipe):
        note = "" if amplitude is None else f", {VOLT.show(amplitude)}"
        for direction in Direction:
            branch = stimuli(recipe, profile, direction, amplitude)
            reads = sum(shape.read for _, shapes in branch for shape in shapes)
            contact_checks += recipe.cycles * min(len(branch), reads // CONTACT_READS)
            pulses += recipe.cycles * sum(len(shapes) for _, shapes in branch)
            seconds += recipe.cycles * sum(duration(s) + recipe.rest for s, _ in branch)
            for stimulus, times in _worst([s for s, _ in branch]):
                planned.append(
                    Planned(
                        what=f"{direction}{note}", stimulus=stimulus, at_most=recipe.cycles * times
                    )
                )
    times = len(series(recipe)) * (recipe.cycles if recipe.prepare == "each cycle" else 1)
    prepared = planned_preparation(recipe.preparation, profile, times, recipe.read)
    contact = planned_contact_reads(recipe.read, profile, contact_checks)
    return Plan(
        planned=(*prepared, *planned, contact),
        budget=pulses + most_pulses(prepared),
        duration=seconds + sum(p.at_most * duration(p.stimulus) for p in (*prepared, contact)),
    )


def _worst(branch: list[Pulse | PulseTrain]) -> list[tuple[Pulse | PulseTrain, int]]:
    """The train and the start read as they are, or the extremes of single pulses; how often."""
    if any(isinstance(stimulus, PulseTrain) for stimulus in branch):
        return [(stimulus, 1) for stimulus in branch]
    single = [stimulus for stimulus in branch[1:] if isinstance(stimulus, Pulse)]
    extremes = (
        max(single, key=lambda pulse: abs(pulse.amplitude)),
        max(single, key=lambda pulse: pulse.width),
        min(single, key=lambda pulse: pulse.width),
    )
    return [(pulse, len(branch)) for pulse in dict.fromkeys(extremes)]
