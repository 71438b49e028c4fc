"""The levels of a leakage, the first one again after each, and what they apply."""

from collections.abc import Iterator
from math import inf
from statistics import fmean

from mho.bench import Bench, Plan, Planned
from mho.device.profile import DeviceProfile
from mho.protocols.contact import contact_lost, is_silent, planned_contact_reads
from mho.protocols.gate_leakage.recipe import GateLeakageRecipe
from mho.protocols.gate_leakage.row import GateLeakageRow, Phase, Verdict
from mho.protocols.preparation import planned_preparation, prepare
from mho.protocols.quoting import brief
from mho.protocols.verify import single_read
from mho.quantities import AMPERE
from mho.stimuli import Hold, duration


def gate_leakage(bench: Bench, recipe: GateLeakageRecipe) -> Iterator[GateLeakageRow]:
    """Measure the current at each level, then at the first one again; one row a reading.

    A device whose leakage at the first level has grown by the ``breakdown_factor`` of its profile
    has broken down, and so has one that leaks so many times its ``sound_leakage`` there from the
    beginning: the run ends there.

    Raises
    ------
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    prepare(bench, recipe.preparation, recipe.read)
    sound = inf
    for number, level in enumerate(recipe.levels):
        is_last = number == len(recipe.levels) - 1
        rows = _at(bench, recipe, number, Phase.LEVEL, level)
        if number == 0:
            sound = max(leaking(rows, recipe), _smallest(rows))
            if is_broken(sound, level, bench.profile):
                rows[-1] = rows[-1]._replace(verdict=Verdict.BREAKDOWN)
        elif bench.profile.breakdown_factor is not None:
            again = _at(bench, recipe, number, Phase.AGAIN, recipe.levels[0])
            if leaking(again, recipe) >= bench.profile.breakdown_factor * sound:
                again[-1] = again[-1]._replace(verdict=Verdict.BREAKDOWN)
            rows += again
        if rows[-1].verdict is Verdict.BREAKDOWN:
            yield from rows
            return
        read = _read(bench, recipe, number)
        if is_last and read.verdict is Verdict.GOES_ON:
            read = read._replace(verdict=Verdict.COMPLETE)
        yield from (*rows, read)
        if read.verdict is Verdict.CONTACT_LOST:
            return
        bench.clock.sleep(0.0 if is_last else recipe.between)


def is_broken(current: float, level: float, profile: DeviceProfile) -> bool:
    """Whether so much (A) at a level (V) is more than sound, where the profile says what is."""
    factor, sound = profile.breakdown_factor, profile.sound_leakage
    return factor is not None and sound is not None and current >= factor * sound * abs(level)


def leaking(rows: list[GateLeakageRow], recipe: GateLeakageRecipe) -> float:
    """Magnitude of the mean current (A) of the last part of a level."""
    last = [row.current for row in rows if row.moment > recipe.duration * (1 - recipe.last_part)]
    return abs(fmean(last))


def _smallest(rows: list[GateLeakageRow]) -> float:
    """What the readings of a level cannot tell from nothing: their spread (A)."""
    currents = [row.current for row in rows]
    return (max(currents) - min(currents)) / 2


def hold(recipe: GateLeakageRecipe, profile: DeviceProfile, level: float) -> Hold:
    """A level and its readings."""
    return Hold(
        terminal=profile.write_at,
        level=level,
        count=recipe.readings,
        interval=recipe.interval,
        aperture=recipe.aperture,
        compliance=recipe.compliance or profile.pulse_compliance,
    )


def _at(
    bench: Bench, recipe: GateLeakageRecipe, number: int, phase: Phase, level: float
) -> list[GateLeakageRow]:
    return [
        GateLeakageRow(
            time=reading.time,
            number=number,
            phase=phase,
            moment=count * recipe.interval,
            terminal=bench.profile.write_at,
            level=level,
            voltage=reading.voltage,
            current=reading.current,
            conductance=reading.conductance,
            in_compliance=reading.in_compliance,
            status=reading.status,
            verdict=Verdict.GOES_ON,
        )
        for count, reading in enumerate(bench.apply(hold(recipe, bench.profile, level)), start=1)
    ]


def _read(bench: Bench, recipe: GateLeakageRecipe, number: int) -> GateLeakageRow:
    stimulus = single_read(recipe.read, bench.profile)
    (read,) = bench.apply(stimulus)
    lost = is_silent(read, bench.profile) and contact_lost(bench, recipe.read)
    return GateLeakageRow(
        time=read.time,
        number=number,
        phase=Phase.READ,
        moment=stimulus.interval,
        terminal=stimulus.terminal,
        level=stimulus.level,
        voltage=read.voltage,
        current=read.current,
        conductance=read.conductance,
        in_compliance=read.in_compliance,
        status=read.status,
        verdict=Verdict.CONTACT_LOST if lost else Verdict.GOES_ON,
    )


def plan(recipe: GateLeakageRecipe, profile: DeviceProfile) -> Plan:
    """Every level, the first one again after each, and the reads."""
    count = len(recipe.levels)
    again = count if profile.breakdown_factor is not None else 1
    extremes = sorted({min(recipe.levels), max(recipe.levels)})
    planned = [
        *planned_preparation(recipe.preparation, profile, read=recipe.read),
        *(
            Planned(what="level", stimulus=hold(recipe, profile, level), at_most=count)
            for level in extremes
        ),
        Planned(
            what="first level again",
            stimulus=hold(recipe, profile, recipe.levels[0]),
            at_most=again,
        ),
        Planned(what="read", stimulus=single_read(recipe.read, profile), at_most=count),
        planned_contact_reads(recipe.read, profile, count),
    ]
    seconds = (count + again) * duration(hold(recipe, profile, recipe.levels[0]))
    seconds += count * (duration(single_read(recipe.read, profile)) + recipe.between)
    return Plan(planned=tuple(planned), duration=seconds)


def progress(row: GateLeakageRow, recipe: GateLeakageRecipe) -> tuple[float, str]:
    """Share of the levels that are measured, and the current at this one."""
    share = (row.number + (row.phase is Phase.READ)) / len(recipe.levels)
    return share, f"level {row.number + 1}: {brief(row.current, AMPERE)}"
