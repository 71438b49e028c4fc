"""The loop over charges, and what it applies."""

from collections.abc import Iterator
from math import nan

from mho.bench import Bench, Plan, Planned
from mho.device.profile import DeviceProfile
from mho.protocols.breakdown import ends_at_breakdown
from mho.protocols.charge import WrittenCharge, planned_charge, write_charge
from mho.protocols.contact import contact_lost, is_silent, planned_contact_reads
from mho.protocols.preparation import planned_preparation, prepare
from mho.protocols.quoting import brief
from mho.protocols.verify import verify_read
from mho.protocols.write_charge.recipe import WriteChargeRecipe
from mho.protocols.write_charge.row import ChargeRow, Verdict
from mho.quantities import SIEMENS
from mho.stimuli import Hold, duration


def _broken(row: ChargeRow) -> ChargeRow:
    return row._replace(verdict=Verdict.BREAKDOWN)


@ends_at_breakdown(_broken)
def write_charges(bench: Bench, recipe: WriteChargeRecipe) -> Iterator[ChargeRow]:
    """Read the start state, then write each charge and read; one row a charge.

    Raises
    ------
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    prepare(bench, recipe.preparation)
    so_far, left = 0.0, recipe.writes
    row = _read(bench, recipe, 1, 0, nan, None, so_far, Verdict.GOES_ON)
    yield row
    for cycle in range(1, recipe.cycles + 1):
        for number, charge in enumerate(recipe.charges, start=1):
            if row.verdict is Verdict.CONTACT_LOST:
                return
            left -= 1
            written = write_charge(bench, recipe.charge, charge)
            so_far += written.charge
            bench.clock.sleep(recipe.rest)
            verdict = Verdict.GOES_ON if left else Verdict.COMPLETE
            row = _read(bench, recipe, cycle, number, charge, written, so_far, verdict)
            yield row


def state_read(recipe: WriteChargeRecipe, profile: DeviceProfile) -> Hold:
    """The read after each charge."""
    return verify_read(recipe.read, profile).at(profile.write_at)


def _read(
    bench: Bench,
    recipe: WriteChargeRecipe,
    cycle: int,
    number: int,
    charge: float,
    written: WrittenCharge | None,
    so_far: float,
    verdict: Verdict,
) -> ChargeRow:
    read = bench.apply(state_read(recipe, bench.profile))[0]
    if is_silent(read, bench.profile) and contact_lost(bench, recipe.read):
        verdict = Verdict.CONTACT_LOST
    return ChargeRow(
        time=read.time,
        cycle=cycle,
        write=number,
        terminal=bench.profile.write_at,
        charge=charge,
        delivered=nan if written is None else written.charge,
        delivered_so_far=so_far,
        is_reached=written is not None and written.is_reached,
        shots=0 if written is None else written.shots,
        width=0.0 if written is None else written.width,
        write_voltage=nan if written is None else written.voltage,
        write_current=nan if written is None else written.current,
        write_in_compliance=written is not None and written.in_compliance,
        read_terminal=bench.profile.read_terminal,
        voltage=read.voltage,
        current=read.current,
        conductance=read.conductance,
        in_compliance=read.in_compliance,
        status=read.status,
        verdict=verdict,
    )


def plan(recipe: WriteChargeRecipe, profile: DeviceProfile) -> Plan:
    """Every charge with its corrections, the reads, and those that look for a lost contact."""
    prepared = planned_preparation(recipe.preparation, profile)
    charges = [
        planned
        for series in recipe.series
        for planned in planned_charge(
            recipe.charge, profile, series.charge, recipe.cycles * series.count
        )
    ]
    read = Planned(what="reads", stimulus=state_read(recipe, profile), at_most=recipe.writes + 1)
    contact = planned_contact_reads(recipe.read, profile, recipe.writes + 1)
    planned = (*prepared, *charges, read, contact)
    seconds = sum(one.at_most * duration(one.stimulus) for one in planned)
    return Plan(planned=planned, duration=seconds + recipe.writes * recipe.rest)


def progress(row: ChargeRow, recipe: WriteChargeRecipe) -> tuple[float, str]:
    """Share of charges that are written, and where the device stands."""
    per_cycle = recipe.writes // recipe.cycles
    done = ((row.cycle - 1) * per_cycle + row.write) / recipe.writes
    return done, f"charge {row.write} of cycle {row.cycle}: {brief(row.conductance, SIEMENS)}"
