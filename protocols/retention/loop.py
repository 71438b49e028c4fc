"""The reads of a retention run, level after level."""

from collections.abc import Iterator
from math import floor

from mho.bench import Bench
from mho.protocols.preparation import prepare
from mho.protocols.read_blocks import Contact, read_blocks
from mho.protocols.retention.recipe import Control, Level, RetentionRecipe
from mho.protocols.retention.row import End, Phase, RetentionRead
from mho.protocols.verify import repeated_reads
from mho.quantities import MICROSIEMENS
from mho.readings import Reading

_PROGRESS_STEPS = 10


def retention(bench: Bench, recipe: RetentionRecipe) -> Iterator[RetentionRead]:
    """Prepare each level in turn and read it for as long as the recipe says; one row a read.

    A lost contact ends the run with its last row; levels not begun then have no rows.

    Raises
    ------
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    for index, level in enumerate(recipe.levels):
        phases = [_series(bench, recipe, index, level)]
        if recipe.control is not None:
            phases.append(_control(bench, recipe, index, level, recipe.control))
        for phase in phases:
            for row in phase:
                yield row
                if row.end is End.CONTACT_LOST:
                    return


def _series(
    bench: Bench, recipe: RetentionRecipe, index: int, level: Level
) -> Iterator[RetentionRead]:
    prepare(bench, level.prepare)
    start, contact = bench.clock.now(), Contact(bench.profile)
    terminal, count = bench.profile.write_at, recipe.times.count
    for number, reading in enumerate(_reads(bench, recipe, start), start=1):
        end = End.TIME_OVER if number == count else End.NOT_YET
        if contact.lost(reading):
            end = End.CONTACT_LOST
        yield _row(reading, index, Phase.RETENTION, number, start, terminal, end)


def _reads(bench: Bench, recipe: RetentionRecipe, start: float) -> Iterator[Reading]:
    times = recipe.times
    if times.spacing == "continuous":
        for block in read_blocks(recipe.read, bench.profile, times.count, times.interval):
            yield from bench.apply(block)
        return
    single = repeated_reads(recipe.read, bench.profile, 1, recipe.read_duration)
    for number in range(1, times.count + 1):
        begins = start + times.time(number) - single.interval
        bench.clock.sleep(begins - bench.clock.now())
        yield from bench.apply(single)


def _control(
    bench: Bench, recipe: RetentionRecipe, index: int, level: Level, control: Control
) -> Iterator[RetentionRead]:
    prepare(bench, level.prepare)
    start, contact = bench.clock.now(), Contact(bench.profile)
    for phase in (Phase.CONTROL_START, Phase.CONTROL_END):
        if phase is Phase.CONTROL_END:
            bench.clock.sleep(recipe.times.duration)
        reads = repeated_reads(recipe.read, bench.profile, control.reads, recipe.read_duration)
        for number, reading in enumerate(bench.apply(reads), start=1):
            lost = contact.lost(reading)
            end = End.CONTACT_LOST if lost else End.NOT_YET
            yield _row(reading, index, phase, number, start, bench.profile.write_at, end)


def _row(
    reading: Reading, level: int, phase: Phase, number: int, start: float, terminal: str, end: End
) -> RetentionRead:
    return RetentionRead(
        time=reading.time,
        level=level,
        phase=phase,
        number=number,
        age=reading.time - start,
        terminal=terminal,
        voltage=reading.voltage,
        current=reading.current,
        conductance=reading.conductance,
        in_compliance=reading.in_compliance,
        status=reading.status,
        end=end,
    )


def progress(row: RetentionRead, recipe: RetentionRecipe) -> tuple[float, str]:
    """Share done, in coarse steps so that a long run is not reported read by read."""
    levels = len(recipe.levels)
    done = row.number / recipe.times.count if row.phase is Phase.RETENTION else 1.0
    share = (row.level + floor(done * _PROGRESS_STEPS) / _PROGRESS_STEPS) / levels
    text = (
        f"level {row.level + 1} of {levels}, {row.phase}: {row.age:.4g} s, "
        f"{MICROSIEMENS.of(row.conductance):.4g} uS"
    )
    return share, text
