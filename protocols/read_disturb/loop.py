"""The reads of a read-disturb run, voltage after voltage, and what they are at their worst."""

from collections.abc import Iterator
from dataclasses import replace
from math import floor

from mho.bench import Bench, Plan, Planned
from mho.device.profile import DeviceProfile
from mho.protocols.preparation import planned_preparation, prepare
from mho.protocols.read_blocks import Contact, read_blocks
from mho.protocols.read_disturb.recipe import ReadDisturbRecipe
from mho.protocols.read_disturb.row import DisturbRead, End, Phase
from mho.protocols.verify import repeated_reads
from mho.quantities import MICROSIEMENS, VOLT
from mho.readings import Reading
from mho.stimuli import Hold, duration

_PROGRESS_STEPS = 10


def read_disturb(bench: Bench, recipe: ReadDisturbRecipe) -> Iterator[DisturbRead]:
    """Prepare, probe, read many times at one voltage, probe; then the next voltage.

    A lost contact ends the run with its last row.

    Raises
    ------
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    for series, voltage in enumerate(recipe.voltages):
        prepare(bench, recipe.prepare)
        contact = Contact(bench.profile)
        for phase in Phase:
            for number, reading in enumerate(_reads(bench, recipe, voltage, phase), start=1):
                end = End.NOT_YET
                if phase is Phase.AFTER and number == recipe.probes:
                    end = End.READS_DONE
                if contact.lost(reading):
                    end = End.CONTACT_LOST
                yield DisturbRead(
                    time=reading.time,
                    series=series,
                    disturbing_voltage=voltage,
                    phase=phase,
                    number=number,
                    terminal=bench.profile.write_at,
                    voltage=reading.voltage,
                    current=reading.current,
                    conductance=reading.conductance,
                    in_compliance=reading.in_compliance,
                    status=reading.status,
                    end=end,
                )
                if end is End.CONTACT_LOST:
                    return


def plan(recipe: ReadDisturbRecipe, profile: DeviceProfile) -> Plan:
    """Preparation, probes, and the blocks of reads at each voltage."""
    times = len(recipe.voltages)
    preparation = planned_preparation(recipe.prepare, profile, times)
    probes = Planned(what="probe reads", stimulus=_probes(recipe, profile), at_most=2 * times)
    seconds = sum(p.at_most * duration(p.stimulus) for p in (*preparation, probes))
    reads = []
    for voltage in recipe.voltages:
        blocks = list(_disturbing(recipe, profile, voltage))
        reads.append(Planned(what="block of reads", stimulus=blocks[0], at_most=len(blocks)))
        seconds += sum(duration(block) for block in blocks)
    return Plan(
        planned=(*preparation, probes, *reads),
        duration=seconds,
    )


def _reads(
    bench: Bench, recipe: ReadDisturbRecipe, voltage: float, phase: Phase
) -> Iterator[Reading]:
    if phase is not Phase.DISTURB:
        yield from bench.apply(_probes(recipe, bench.profile))
        return
    for block in _disturbing(recipe, bench.profile, voltage):
        yield from bench.apply(block)


def _probes(recipe: ReadDisturbRecipe, profile: DeviceProfile) -> Hold:
    interval = recipe.read.settle + recipe.read.aperture
    return repeated_reads(recipe.read, profile, recipe.probes, interval)


def _disturbing(
    recipe: ReadDisturbRecipe, profile: DeviceProfile, voltage: float
) -> Iterator[Hold]:
    settings = recipe.read.model_copy(update={"voltage": voltage})
    compliance = recipe.compliance or profile.read_compliance
    for block in read_blocks(settings, profile, recipe.reads, recipe.interval):
        yield replace(block, compliance=compliance)


def progress(row: DisturbRead, recipe: ReadDisturbRecipe) -> tuple[float, str]:
    """Share done, in coarse steps so that a long run is not reported read by read."""
    series = len(recipe.voltages)
    done = {Phase.BEFORE: 0.0, Phase.AFTER: 1.0}.get(row.phase, row.number / recipe.reads)
    share = (row.series + floor(done * _PROGRESS_STEPS) / _PROGRESS_STEPS) / series
    text = (
        f"voltage {row.series + 1} of {series}, {VOLT.show(row.disturbing_voltage)}, "
        f"{row.phase} {row.number}: {MICROSIEMENS.of(row.conductance):.4g} uS"
    )
    return share, text
