"""The ladder itself: full SET, then RESET to ever deeper stop voltages, reads after each."""

from collections.abc import Iterator
from math import inf, isnan, nan
from statistics import fmean, stdev

from mho.bench import Bench
from mho.device.profile import DeviceProfile
from mho.protocols.contact import is_silent
from mho.protocols.read_blocks import Contact, read_blocks
from mho.protocols.reset_stop.recipe import (
    LevelReads,
    ResetStopRecipe,
    next_step,
    next_stop,
)
from mho.protocols.reset_stop.row import End, LadderRow, Outcome, Phase
from mho.protocols.staircase import staircase
from mho.protocols.stuck import unmoved
from mho.protocols.verify import read_if_compensated
from mho.quantities import MICROSIEMENS
from mho.readings import Reading
from mho.stimuli import Pulse, Sweep


def reset_stop(bench: Bench, recipe: ResetStopRecipe) -> Iterator[LadderRow]:
    """Set the device once, then make one level below another without setting it again.

    One row for every measurement, and one of phase ``result`` for every attempt.

    Raises
    ------
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    profile = bench.profile
    amplitude = profile.set_sign * recipe.set_amplitude
    setting = _empty_row(profile, 0, 0, amplitude, nan)._replace(phase=Phase.SET)
    yield from _moved(bench, recipe, setting)

    stop = level_stop = recipe.first
    step, step_taken, floor = recipe.step, nan, inf
    attempt = levels = 0
    unmet: list[float] = []  # mean conductances of the attempts since the last level
    while True:
        attempt += 1
        empty = _empty_row(profile, attempt, levels, -profile.set_sign * stop, step_taken)
        resetting = empty._replace(phase=Phase.RESET)
        yield from _moved(bench, recipe, resetting)
        reads: list[Reading] = []
        for reading in _reads(bench, recipe, recipe.reads):
            reads.append(reading)
            yield _measured(empty, reading)

        conductances = [reading.conductance for reading in reads]
        gap = floor - max(conductances)
        if all(is_silent(reading, profile) for reading in reads):
            outcome = Outcome.NO_CONTACT
        elif gap >= recipe.minimum_gap:
            outcome = Outcome.LEVEL
            levels, level_stop, floor, unmet = levels + 1, stop, min(conductances), []
        else:
            outcome = Outcome.GAP_TOO_SMALL
            unmet.append(fmean(conductances))
        end = _end(recipe, outcome, stop, levels, unmet)
        empty = empty._replace(level=levels)
        yield _result(empty, reads, gap if gap < inf else nan, outcome, end)

        if outcome is Outcome.LEVEL and recipe.retention is not None:
            contact, retained = Contact(profile), empty._replace(phase=Phase.RETENTION)
            for reading in _reads(bench, recipe, recipe.retention):
                lost = contact.lost(reading)
                row = _measured(retained, reading)
                yield row._replace(end=End.CONTACT_LOST) if lost else row
                if lost:
                    return
        if end is not End.NOT_YET:
            return
        step = next_step(recipe, step, made_level=outcome is Outcome.LEVEL)
        before, stop = stop, next_stop(recipe, stop, level_stop, step)
        step_taken = round(stop - before, 9)


def _moved(bench: Bench, recipe: ResetStopRecipe, empty: LadderRow) -> Iterator[LadderRow]:
    """Move the device to the stop voltage of a row; one row a measurement."""
    stimulus = move(recipe, bench.profile, empty.stop)
    if isinstance(stimulus, Pulse):
        read_if_compensated(bench, recipe.read)
    trace = bench.apply(stimulus)
    if isinstance(stimulus, Pulse):
        empty = empty._replace(sent=trace.sent(empty.stop), sent_at_limit=trace.at_limit)
    for reading in trace:
        yield _measured(empty, reading)


def move(recipe: ResetStopRecipe, profile: DeviceProfile, voltage: float) -> Sweep | Pulse:
    """The sweep from 0 V to ``voltage`` and back, or the pulse, that sets or resets."""
    compliance = recipe.compliance or profile.pulse_compliance
    if recipe.by == "pulse":
        return Pulse(
            terminal=profile.write_at,
            amplitude=voltage,
            width=recipe.width or profile.pulse_width,
            compliance=compliance,
        )
    sweep = recipe.sweep
    return Sweep(
        terminal=profile.write_at,
        levels=tuple(one.level for one in staircase((0.0, voltage, 0.0), sweep.step)),
        dwell=sweep.dwell,
        aperture=sweep.aperture,
        compliance=compliance,
    )


def _reads(bench: Bench, recipe: ResetStopRecipe, reads: LevelReads) -> Iterator[Reading]:
    for block in read_blocks(recipe.read, bench.profile, reads.count, reads.interval):
        yield from bench.apply(block)


def _end(
    recipe: ResetStopRecipe, outcome: Outcome, stop: float, levels: int, unmet: list[float]
) -> End:
    if outcome is Outcome.NO_CONTACT:
        return End.CONTACT_LOST
    if recipe.levels is not None and levels >= recipe.levels:
        return End.LEVELS_REACHED
    if stop >= recipe.last:
        return End.LAST_STOP
    if len(unmet) >= recipe.stuck_after and unmoved(unmet[-recipe.stuck_after :]):
        return End.STUCK
    return End.NOT_YET


def _empty_row(
    profile: DeviceProfile, attempt: int, level: int, stop: float, step: float
) -> LadderRow:  # fmt: skip
    return LadderRow(
        time=nan,
        attempt=attempt,
        level=level,
        phase=Phase.READ,
        stop=stop,
        step=step,
        terminal=profile.write_at,
        sent=nan,
        sent_at_limit=False,
        voltage=nan,
        current=nan,
        conductance=nan,
        in_compliance=False,
        status="",
        reads=1,
        lowest=nan,
        highest=nan,
        spread=nan,
        gap=nan,
        outcome=Outcome.NONE,
        end=End.NOT_YET,
    )


def _measured(empty: LadderRow, reading: Reading) -> LadderRow:
    return empty._replace(
        time=reading.time,
        voltage=reading.voltage,
        current=reading.current,
        conductance=reading.conductance,
        in_compliance=reading.in_compliance,
        status=reading.status,
    )


def _result(
    empty: LadderRow, reads: list[Reading], gap: float, outcome: Outcome, end: End
) -> LadderRow:
    conductances = [reading.conductance for reading in reads]
    return empty._replace(
        phase=Phase.RESULT,
        time=reads[-1].time,
        voltage=fmean(reading.voltage for reading in reads),
        current=fmean(reading.current for reading in reads),
        conductance=fmean(conductances),
        in_compliance=any(reading.in_compliance for reading in reads),
        status=reads[-1].status,
        reads=len(reads),
        lowest=min(conductances),
        highest=max(conductances),
        spread=stdev(conductances),
        gap=gap,
        outcome=outcome,
        end=end,
    )


def progress(row: LadderRow, recipe: ResetStopRecipe) -> tuple[float, str]:
    """How far the stop voltage has come, and the levels made."""
    way = recipe.last - recipe.first
    share = 1.0 if way <= 0 else (abs(row.stop) - recipe.first) / way
    if row.phase is Phase.SET:
        share = 0.0
    text = f"attempt {row.attempt}, {row.stop:.4g} V, {row.level} levels, {row.phase}"
    if isnan(row.conductance):  # of a sweep: no read
        return share, text
    return share, f"{text}: {MICROSIEMENS.of(row.conductance):.4g} uS"
