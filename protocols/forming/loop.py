"""The forming loop: a level, a read, the next level."""

from collections.abc import Iterator
from itertools import pairwise
from math import copysign, isnan, nan, sqrt
from statistics import fmean

import numpy as np

from mho.bench import Bench
from mho.device.profile import DeviceProfile
from mho.protocols.contact import is_silent
from mho.protocols.forming.recipe import (
    FormingRecipe,
    level_groups,
    level_pulse,
    level_sweep,
    one_read,
    state_reads,
)
from mho.protocols.forming.row import FormingStep, Phase, Stop, Verdict
from mho.protocols.quoting import brief
from mho.quantities import AMPERE, SIEMENS, VOLT
from mho.readings import Reading


def forming(bench: Bench, recipe: FormingRecipe) -> Iterator[FormingStep]:
    """Raise the voltage level by level until the device is formed; one row per level.

    The terminal returns to 0 V after every read of the device: after each pulse, or each group of
    levels of a ramp. The first row is the mean of reads before anything is applied: a device that
    conducts already, or no device at all, is left alone. The last row is the mean of reads after
    the last level, and the outcome. Contact counts as lost where the reads resolve the contact
    floor and their mean lies below it. Reads too noisy for that do not doubt it, nor do the single
    reads in between: they may find a pristine device below its floor, and a level does no harm to
    a probe in the air.

    Raises
    ------
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    before = _read_state(bench, recipe, Phase.BEFORE, 0, 0.0)
    match _state(bench, recipe, before):
        case Verdict.CONTACT_LOST:
            yield before._replace(stop=Stop.CONTACT, verdict=Verdict.CONTACT_LOST)
            return
        case Verdict.FORMED:
            yield before._replace(stop=Stop.RESISTANCE, verdict=Verdict.ALREADY_FORMED)
            return
        case Verdict.DAMAGED:
            yield before._replace(stop=Stop.RESISTANCE, verdict=Verdict.DAMAGED)
            return
    yield before
    last = before
    groups = level_groups(recipe, bench.profile)
    for number, levels in enumerate(groups, start=1):
        rows = _apply(bench, recipe, levels, last)
        stop = _stop(recipe, last, rows)
        if stop is Stop.NONE and number == len(groups):
            stop = Stop.LIMIT
        rows[-1] = last = rows[-1]._replace(stop=stop)
        yield from rows
        if stop is not Stop.NONE:
            break
    if recipe.back:
        rows = _way_back(bench, recipe, last)
        yield from rows
        last = rows[-1]
    after = _read_state(bench, recipe, Phase.AFTER, last.step, last.energy)
    outcome = _state(bench, recipe, after)
    yield after._replace(stop=last.stop, verdict=outcome)


def _state(bench: Bench, recipe: FormingRecipe, read: FormingStep) -> Verdict:
    if is_silent(read, bench.profile) and not _is_too_noisy(read, bench.profile):
        return Verdict.CONTACT_LOST
    # NaN here: a current beyond what the read can measure.
    if not read.conductance * recipe.damaged_below <= 1:
        return Verdict.DAMAGED
    if read.conductance * recipe.formed_below > 1:
        return Verdict.FORMED
    return Verdict.NOT_FORMED


def _is_too_noisy(read: FormingStep, profile: DeviceProfile) -> bool:
    """Whether the contact floor lies within two standard errors of the mean of reads.

    Two of either sign: an offset of the instrument may read a pristine device below zero.
    """
    return abs(read.conductance) + 2 * read.spread / sqrt(read.reads) >= profile.contact_floor


def _stop(recipe: FormingRecipe, before: FormingStep, rows: list[FormingStep]) -> Stop:
    last = rows[-1]
    if recipe.stop_in_compliance and any(row.in_compliance for row in rows):
        return Stop.COMPLIANCE
    # A read that measured nothing (NaN) stops too: no further level on a device that nobody sees.
    if not last.conductance * recipe.formed_below <= 1:
        return Stop.RESISTANCE
    if recipe.jump is not None:
        levels = [before, *rows] if before.phase is Phase.STEP else rows
        for one, other in pairwise(levels):
            grown = _chord(other) >= recipe.jump.factor * abs(_chord(one))
            if grown and abs(_voltage_and_current(other)[1]) >= recipe.jump.least_current:
                return Stop.JUMP
    if recipe.energy is not None and last.energy >= recipe.energy:
        return Stop.ENERGY
    return Stop.NONE


def _chord(row: FormingStep) -> float:
    voltage, current = _voltage_and_current(row)
    return current / voltage if voltage else nan


def _voltage_and_current(row: FormingStep) -> tuple[float, float]:
    """Voltage and current of a level, as measured.

    In compliance an instrument may not know one of them; then it is the largest that it can be:
    the level asked for, or the current limit.
    """
    voltage = row.level if isnan(row.voltage) else row.voltage
    current = copysign(row.compliance, row.level) if isnan(row.current) else row.current
    return voltage, current


def _apply(
    bench: Bench, recipe: FormingRecipe, levels: tuple[float, ...], last: FormingStep
) -> list[FormingStep]:
    """Apply a group of levels and read the device; the terminal is back at 0 V."""
    profile = bench.profile
    if recipe.method == "pulses":
        trace = bench.apply(level_pulse(recipe, profile, levels[0]))
        *readings, read = trace
    else:
        stops = recipe.stop_in_compliance
        trace = bench.apply(level_sweep(recipe, profile, levels, stops=stops))
        readings = list(trace)
        levels = levels[: len(readings)]
        (read,) = bench.apply(one_read(recipe, profile))
    rows = [
        row._replace(sent=trace.sent(row.level), sent_at_limit=trace.at_limit)
        for row in _rows(bench, recipe, Phase.STEP, levels, readings, last)
    ]
    rows[-1] = rows[-1]._replace(
        time=read.time,
        read_voltage=read.voltage,
        read_current=read.current,
        conductance=read.conductance,
        reads=1,
        status=read.status,
    )
    return rows


def _way_back(bench: Bench, recipe: FormingRecipe, last: FormingStep) -> list[FormingStep]:
    groups = level_groups(recipe, bench.profile)
    reached = [level for group in groups for level in group][: last.step]
    levels = (*reversed(reached), 0.0)
    sweep = level_sweep(recipe, bench.profile, levels, stops=False)
    readings = list(bench.apply(sweep))
    rows = _rows(bench, recipe, Phase.BACK, levels, readings, last)
    return [row._replace(step=last.step, stop=last.stop) for row in rows]


def _rows(
    bench: Bench,
    recipe: FormingRecipe,
    phase: Phase,
    levels: tuple[float, ...],
    readings: list[Reading],
    last: FormingStep,
) -> list[FormingStep]:
    width = recipe.width or bench.profile.pulse_width
    energy = last.energy
    rows = []
    for number, (level, reading) in enumerate(zip(levels, readings, strict=True), start=1):
        row = FormingStep(
            time=reading.time,
            phase=phase,
            step=last.step + number,
            terminal=bench.profile.write_at,
            level=level,
            width=width,
            compliance=recipe.compliance or bench.profile.pulse_compliance,
            sent=level,
            sent_at_limit=False,
            voltage=reading.voltage,
            current=reading.current,
            in_compliance=reading.in_compliance,
            energy=energy,
            read_voltage=nan,
            read_current=nan,
            conductance=nan,
            spread=nan,
            reads=0,
            status=reading.status,
            stop=Stop.NONE,
            verdict=Verdict.GOING_ON,
        )
        voltage, current = _voltage_and_current(row)
        energy += abs(voltage * current) * width
        rows.append(row._replace(energy=energy))
    return rows


def _read_state(
    bench: Bench, recipe: FormingRecipe, phase: Phase, step: int, energy: float
) -> FormingStep:
    trace = bench.apply(state_reads(recipe, bench.profile))
    conductances = [reading.conductance for reading in trace]
    return FormingStep(
        time=trace[-1].time,
        phase=phase,
        step=step,
        terminal=bench.profile.write_at,
        level=nan,
        width=nan,
        compliance=nan,
        sent=nan,
        sent_at_limit=False,
        voltage=nan,
        current=nan,
        in_compliance=any(reading.in_compliance for reading in trace),
        energy=energy,
        read_voltage=fmean(reading.voltage for reading in trace),
        read_current=fmean(reading.current for reading in trace),
        conductance=fmean(conductances),
        spread=float(np.std(conductances, ddof=1)),
        reads=len(trace),
        status=trace[-1].status,
        stop=Stop.NONE,
        verdict=Verdict.GOING_ON,
    )


def progress(row: FormingStep, recipe: FormingRecipe) -> tuple[float, str]:
    """How far the voltage has come."""
    if row.verdict is not Verdict.GOING_ON or row.phase is Phase.AFTER:
        return 1.0, str(row.verdict)
    if row.phase is Phase.BEFORE:
        return 0.0, f"before: {brief(row.conductance, SIEMENS)}"
    share = min(abs(row.level) / recipe.limit, 1.0) if row.phase is Phase.STEP else 1.0
    return share, f"{brief(row.level, VOLT)}, {brief(row.current, AMPERE)}"
