"""The writes and the reads that follow them, and what they apply."""

from collections.abc import Iterator
from dataclasses import replace
from math import nan

from mho.bench import Bench, Plan, Planned
from mho.device.profile import DeviceProfile
from mho.protocols.breakdown import ends_at_breakdown
from mho.protocols.contact import contact_lost, is_silent, planned_contact_reads
from mho.protocols.preparation import (
    PreparationPulse,
    planned_preparation,
    preparation,
    prepare,
)
from mho.protocols.quoting import brief
from mho.protocols.settling.recipe import SettlingRecipe, Write
from mho.protocols.settling.row import Phase, SettlingRow, Verdict
from mho.protocols.verify import read_if_compensated, repeated_reads, verify_read
from mho.quantities import SIEMENS
from mho.readings import Reading
from mho.stimuli import Pulse, duration


def _broken(row: SettlingRow) -> SettlingRow:
    return row._replace(verdict=Verdict.BREAKDOWN)


@ends_at_breakdown(_broken)
def settling(bench: Bench, recipe: SettlingRecipe) -> Iterator[SettlingRow]:
    """Watch each write as often as the recipe says; one row a read.

    The first read is part of the stimulus of the last pulse, so that the instrument times it. A
    read whose moment the bench cannot keep is left out: ``age`` is that of the reads there are.

    Raises
    ------
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    for repeat in range(1, recipe.repeats + 1):
        for index, write in enumerate(recipe.writes):
            for row in _watched(bench, recipe, write):
                if row.verdict is Verdict.COMPLETE and not _is_last(recipe, index, repeat):
                    row = row._replace(verdict=Verdict.GOES_ON)
                yield row._replace(write=index, repeat=repeat)
                if row.verdict is Verdict.CONTACT_LOST:
                    return


def _is_last(recipe: SettlingRecipe, write: int, repeat: int) -> bool:
    return repeat == recipe.repeats and write == len(recipe.writes) - 1


def _watched(bench: Bench, recipe: SettlingRecipe, write: Write) -> Iterator[SettlingRow]:
    profile = bench.profile
    prepare(bench, write.prepare, recipe.read)
    bench.clock.sleep(recipe.quiet)
    reads = bench.apply(repeated_reads(recipe.read, profile, recipe.before, recipe.read.aperture))
    for number, read in enumerate(reads, start=1):
        yield _row(bench, read, Phase.BEFORE, number, nan)
    for stimulus in preparation(_all_but_last(write.pulses), profile) if _several(write) else ():
        read_if_compensated(bench, recipe.read)
        bench.apply(stimulus)
    read_if_compensated(bench, recipe.read)
    pulse = last_pulse(recipe, write.pulses, profile)
    trace = bench.apply(pulse)
    pulsed, read = trace
    written = read.time - recipe.first - recipe.read.aperture
    first = _row(bench, read, Phase.AFTER, 1, read.time - written)._replace(
        amplitude=pulse.amplitude,
        width=pulse.width,
        sent=trace.sent(pulse.amplitude),
        sent_at_limit=trace.at_limit,
        pulse_voltage=pulsed.voltage,
        pulse_current=pulsed.current,
        pulse_in_compliance=pulsed.in_compliance,
    )
    if is_silent(read, profile) and contact_lost(bench, recipe.read):
        yield first._replace(verdict=Verdict.CONTACT_LOST)
        return
    yield first
    yield from _later(bench, recipe, written)


def _later(bench: Bench, recipe: SettlingRecipe, written: float) -> Iterator[SettlingRow]:
    """The reads after the first, each at its moment."""
    single = verify_read(recipe.read, bench.profile).at(bench.profile.write_at)
    number, last = 1, recipe.moments[-1]
    for moment in recipe.moments[1:]:
        begins = written + moment - single.interval
        if begins < bench.clock.now() and moment is not last:
            continue
        bench.clock.sleep(begins - bench.clock.now())
        (read,) = bench.apply(single)
        number += 1
        row = _row(bench, read, Phase.AFTER, number, read.time - written)
        if moment is last:
            row = row._replace(verdict=Verdict.COMPLETE)
        if is_silent(read, bench.profile) and contact_lost(bench, recipe.read):
            row = row._replace(verdict=Verdict.CONTACT_LOST)
        yield row
        if row.verdict is Verdict.CONTACT_LOST:
            return


def last_pulse(recipe: SettlingRecipe, pulses: PreparationPulse, profile: DeviceProfile) -> Pulse:
    """The last pulse of a write, with the read that follows it at once."""
    sign = profile.set_sign if pulses.does == "set" else -profile.set_sign
    return Pulse(
        terminal=profile.write_at,
        amplitude=sign * (pulses.amplitude or 0.0),
        width=pulses.width or profile.pulse_width,
        compliance=pulses.compliance or profile.pulse_compliance,
        verify=replace(verify_read(recipe.read, profile), settle=recipe.first),
    )


def _several(write: Write) -> bool:
    return write.pulses.count > 1


def _all_but_last(pulses: PreparationPulse) -> PreparationPulse:
    return pulses.model_copy(update={"count": pulses.count - 1})


def _row(bench: Bench, read: Reading, phase: Phase, number: int, age: float) -> SettlingRow:
    return SettlingRow(
        time=read.time,
        write=0,
        repeat=0,
        phase=phase,
        number=number,
        age=age,
        terminal=bench.profile.write_at,
        amplitude=nan,
        width=nan,
        sent=nan,
        sent_at_limit=False,
        pulse_voltage=nan,
        pulse_current=nan,
        pulse_in_compliance=False,
        voltage=read.voltage,
        current=read.current,
        conductance=read.conductance,
        in_compliance=read.in_compliance,
        status=read.status,
        verdict=Verdict.GOES_ON,
    )


def plan(recipe: SettlingRecipe, profile: DeviceProfile) -> Plan:
    """Preparations, pulses, the first read with the last pulse, and the later reads."""
    times = recipe.repeats
    planned: list[Planned] = []
    for write in recipe.writes:
        planned += planned_preparation(write.prepare, profile, times, recipe.read)
        if _several(write):
            planned += planned_preparation(
                (_all_but_last(write.pulses),), profile, times, recipe.read
            )
        last = last_pulse(recipe, write.pulses, profile)
        planned.append(
            Planned(what=f"{write.name}: last pulse + read", stimulus=last, at_most=times)
        )
    each = times * len(recipe.writes)
    before = repeated_reads(recipe.read, profile, recipe.before, recipe.read.aperture)
    single = verify_read(recipe.read, profile).at(profile.write_at)
    seconds = sum(one.at_most * duration(one.stimulus) for one in planned)
    planned += (
        Planned(what="reads before", stimulus=before, at_most=each),
        Planned(what="read", stimulus=single, at_most=each * (len(recipe.moments) - 1)),
        planned_contact_reads(recipe.read, profile, each * len(recipe.moments)),
    )
    seconds += each * (recipe.quiet + duration(before) + recipe.duration)
    return Plan(planned=tuple(planned), duration=seconds)


def progress(row: SettlingRow, recipe: SettlingRecipe) -> tuple[float, str]:
    """Share of the writes that are watched, and where the device stands."""
    done = (row.repeat - 1) * len(recipe.writes) + row.write
    name = recipe.writes[row.write].name
    share = done / (recipe.repeats * len(recipe.writes))
    return share, f"{name}, repeat {row.repeat}: {brief(row.conductance, SIEMENS)}"
