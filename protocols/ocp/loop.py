"""The loop over states, and what it applies."""

from collections.abc import Iterator
from math import nan

import numpy as np

from mho.bench import Bench, Plan, Planned
from mho.device.profile import DeviceProfile
from mho.protocols.breakdown import ends_at_breakdown
from mho.protocols.charge import planned_charge, write_charge
from mho.protocols.contact import contact_lost, is_silent, planned_contact_reads
from mho.protocols.ocp.recipe import OcpRecipe
from mho.protocols.ocp.row import Direction, OcpRow, Verdict
from mho.protocols.preparation import planned_preparation, prepare
from mho.protocols.quoting import brief
from mho.protocols.verify import verify_read
from mho.quantities import SIEMENS, VOLT
from mho.stimuli import Hold, Source, duration

_RESOLUTION = 7
"""Digits of a potential (V) that are told of a single state."""


def _broken(row: OcpRow) -> OcpRow:
    return row._replace(verdict=Verdict.BREAKDOWN)


@ends_at_breakdown(_broken)
def ocp(bench: Bench, recipe: OcpRecipe) -> Iterator[OcpRow]:
    """Read potential and conductance of the start state and after each charge; one row a state.

    Raises
    ------
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    prepare(bench, recipe.preparation)
    so_far = 0.0
    ways = [(Direction.START, nan)] + [(Direction.OUT, recipe.step)] * recipe.steps
    if recipe.back:
        ways += [(Direction.BACK, -recipe.step)] * recipe.steps
    for number, (direction, charge) in enumerate(ways):
        delivered = write_voltage = write_current = nan
        if direction is not Direction.START:
            written = write_charge(bench, recipe.charge, charge)
            delivered, write_voltage = written.charge, written.voltage
            write_current = written.current
            so_far += delivered
        row = _state(bench, recipe)._replace(
            state=number,
            direction=direction,
            charge=charge,
            delivered=delivered,
            write_voltage=write_voltage,
            write_current=write_current,
            delivered_so_far=so_far,
        )
        if number == len(ways) - 1:
            row = row._replace(verdict=Verdict.COMPLETE)
        if is_silent(row, bench.profile) and contact_lost(bench, recipe.read):
            row = row._replace(verdict=Verdict.CONTACT_LOST)
        yield row
        if row.verdict is Verdict.CONTACT_LOST:
            return


def potential_reads(recipe: OcpRecipe, profile: DeviceProfile) -> Hold:
    """The readings of a potential: a source of 0 A, which is a voltmeter."""
    settings = recipe.potential
    return Hold(
        terminal=profile.write_at,
        level=0.0,
        count=settings.reads,
        interval=settings.interval,
        aperture=settings.aperture,
        compliance=settings.voltage_limit,
        source=Source.CURRENT,
    )


def state_read(recipe: OcpRecipe, profile: DeviceProfile) -> Hold:
    """The read of the conductance."""
    return verify_read(recipe.read, profile).at(profile.write_at)


def _state(bench: Bench, recipe: OcpRecipe) -> OcpRow:
    """Potential and conductance now; what the state is, the caller knows."""
    bench.clock.sleep(recipe.potential.settle)
    potentials = bench.apply(potential_reads(recipe, bench.profile))
    volts = np.array([reading.voltage for reading in potentials])
    read = bench.apply(state_read(recipe, bench.profile))[0]
    return OcpRow(
        time=potentials[-1].time,
        state=0,
        direction=Direction.START,
        terminal=bench.profile.write_at,
        charge=nan,
        delivered=nan,
        write_voltage=nan,
        write_current=nan,
        delivered_so_far=0.0,
        potential=float(np.mean(volts)),
        potential_spread=float(np.std(volts, ddof=1)) if len(volts) > 1 else nan,
        potential_reads=len(volts),
        potential_in_compliance=any(reading.in_compliance for reading in potentials),
        read_terminal=bench.profile.read_terminal,
        voltage=read.voltage,
        current=read.current,
        conductance=read.conductance,
        in_compliance=read.in_compliance,
        status=read.status,
        verdict=Verdict.GOES_ON,
    )


def plan(recipe: OcpRecipe, profile: DeviceProfile) -> Plan:
    """Every charge with its corrections, the potentials, the reads."""
    ways = (recipe.step, -recipe.step) if recipe.back else (recipe.step,)
    charges = [
        planned
        for charge in ways
        for planned in planned_charge(recipe.charge, profile, charge, recipe.steps)
    ]
    states = recipe.states
    planned = (
        *planned_preparation(recipe.preparation, profile),
        *charges,
        Planned(what="potential", stimulus=potential_reads(recipe, profile), at_most=states),
        Planned(what="reads", stimulus=state_read(recipe, profile), at_most=states),
        planned_contact_reads(recipe.read, profile, states),
    )
    seconds = sum(one.at_most * duration(one.stimulus) for one in planned)
    return Plan(planned=planned, duration=seconds + states * recipe.potential.settle)


def progress(row: OcpRow, recipe: OcpRecipe) -> tuple[float, str]:
    """Share of states that are measured, and the potential of this one."""
    potential = brief(round(row.potential, _RESOLUTION), VOLT)
    text = f"state {row.state} ({row.direction}): {potential}"
    return (row.state + 1) / recipe.states, f"{text}, {brief(row.conductance, SIEMENS)}"
