"""Staircases up and down, then levels that are watched: what `adaptive` starts from."""

from collections.abc import Iterator
from math import nan

from mho.bench import Bench
from mho.device.profile import DeviceProfile
from mho.protocols.characterise.recipe import (
    CharacteriseRecipe,
    Stairs,
    level_conductances,
    stairs_of,
)
from mho.protocols.characterise.row import CharacteriseStep, End, Phase
from mho.protocols.contact import CONTACT_READS, contact_lost, is_silent
from mho.protocols.programming import range_of
from mho.protocols.read_blocks import read_blocks
from mho.protocols.verify import read_if_compensated, single_read, verify_read
from mho.quantities import MICROSIEMENS
from mho.readings import Reading
from mho.stimuli import PulseTrain


def characterise(bench: Bench, recipe: CharacteriseRecipe) -> Iterator[CharacteriseStep]:
    """Rounds of stairs up and down through the range; then down once more, with levels watched.

    Each stair is a train of equal pulses with a read after each. A way up ends where the highest
    conductance of the range is reached, or a read is at its limit; one down at the lowest. A lost
    contact ends it all.

    Raises
    ------
    SettingsError
        The device allows no such stairs, or the range is not known; before any pulse.
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    up, down = stairs_of(recipe, bench.profile)
    read_if_compensated(bench, recipe.read)
    (read,) = bench.apply(single_read(recipe.read, bench.profile))
    yield _row(bench, read, Phase.BEFORE, 0, 0, nan)
    for turn in range(1, recipe.rounds + 2):
        watching = turn > recipe.rounds
        for stairs in (up, down):
            levels = (
                level_conductances(recipe, bench.profile) if watching and stairs is down else ()
            )
            for row in _way(bench, recipe, stairs, turn, levels):
                yield row
            if row.end is End.CONTACT_LOST:
                return
    (read,) = bench.apply(single_read(recipe.read, bench.profile))
    last = _row(bench, read, Phase.AFTER, recipe.rounds + 1, 0, nan)
    yield last._replace(end=End.COMPLETE)


def _way(
    bench: Bench,
    recipe: CharacteriseRecipe,
    stairs: Stairs,
    turn: int,
    levels: tuple[float, ...],
) -> Iterator[CharacteriseStep]:
    """All stairs one way, until the range ends; ``levels`` (S) are watched where they are met."""
    profile = bench.profile
    low, high = range_of(recipe.range, profile)
    phase = Phase(stairs.name)
    waiting = list(enumerate(levels, start=1))
    for amplitude in stairs.amplitudes:
        asked = stairs.sign * amplitude
        trace = bench.apply(train_of(recipe, profile, asked))
        readings = list(trace)
        rows = [
            _row(bench, read, phase, turn, 0, _age(recipe))._replace(
                amplitude=asked,
                width=recipe.width or profile.pulse_width,
                sent=trace.sent(asked),
                sent_at_limit=trace.at_limit,
                pulse_voltage=pulsed.voltage,
                pulse_current=pulsed.current,
                pulse_in_compliance=pulsed.in_compliance,
            )
            for pulsed, read in zip(readings[::2], readings[1::2], strict=True)
        ]
        yield from _ended(bench, recipe, rows)
        if rows[-1].end is not End.NOT_YET:
            return
        last = rows[-1]
        met = [number for number, level in waiting if last.conductance <= level]
        if met:
            waiting = [one for one in waiting if one[0] not in met]
            for row in _watched(bench, recipe, turn, met[-1]):
                yield row
            if row.end is not End.NOT_YET:
                return
        beyond = last.conductance <= low if phase is Phase.RESET else last.conductance >= high
        if (beyond or (phase is Phase.SET and last.in_compliance)) and not waiting:
            return


def _watched(
    bench: Bench, recipe: CharacteriseRecipe, turn: int, number: int
) -> Iterator[CharacteriseStep]:
    """The reads of a level, from its last pulse on."""
    watch, begun = recipe.watch, bench.clock.now()
    for block in read_blocks(recipe.read, bench.profile, watch.reads, watch.interval):
        rows = [
            _row(bench, read, Phase.WATCH, turn, number, read.time - begun + _age(recipe))
            for read in bench.apply(block)
        ]
        yield from _ended(bench, recipe, rows)
        if rows[-1].end is not End.NOT_YET:
            return


def _ended(
    bench: Bench, recipe: CharacteriseRecipe, rows: list[CharacteriseStep]
) -> list[CharacteriseStep]:
    """The rows; the last says so if the contact is lost."""
    silent = all(is_silent(row, bench.profile) for row in rows[-CONTACT_READS:])
    if silent and contact_lost(bench, recipe.read):
        rows[-1] = rows[-1]._replace(end=End.CONTACT_LOST)
    return rows


def _age(recipe: CharacteriseRecipe) -> float:
    """Seconds from the end of a pulse to the end of its read."""
    return recipe.rest + recipe.read.settle + recipe.read.aperture


def train_of(recipe: CharacteriseRecipe, profile: DeviceProfile, amplitude: float) -> PulseTrain:
    """The pulses of one stair (V, signed), with a read after each."""
    return PulseTrain(
        terminal=profile.write_at,
        amplitudes=(amplitude,) * recipe.pulses,
        width=recipe.width or profile.pulse_width,
        compliance=recipe.compliance or profile.pulse_compliance,
        rest=recipe.rest,
        verify=verify_read(recipe.read, profile),
    )


def _row(
    bench: Bench, read: Reading, phase: Phase, turn: int, level: int, age: float
) -> CharacteriseStep:
    return CharacteriseStep(
        time=read.time,
        phase=phase,
        round=turn,
        level=level,
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
        end=End.NOT_YET,
    )


def progress(row: CharacteriseStep, recipe: CharacteriseRecipe) -> tuple[float, str]:
    """Share of ways and levels done, and where it stands."""
    ways, parts = 2 * (recipe.rounds + 1), 2 * (recipe.rounds + 1) + recipe.levels
    done = 2 * (row.round - 1) + (row.phase is not Phase.SET) + row.level if row.round else 0
    if row.end is not End.NOT_YET:
        done = parts
    text = f"round {row.round} of {recipe.rounds + 1}, {row.phase}"
    if row.level:
        text = f"level {row.level} of {recipe.levels} watched for {row.age:.0f} s"
    return min(done, parts) / max(parts, ways), f"{text}, {MICROSIEMENS.of(row.conductance):.4g} uS"
