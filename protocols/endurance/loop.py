"""The endurance loop: cycles without a read in trains, checks at the scheduled cycles."""

from collections.abc import Iterator
from math import nan, sqrt

from mho.bench import Bench
from mho.device.profile import DeviceProfile
from mho.protocols.breakdown import ends_at_breakdown
from mho.protocols.contact import contact_lost, is_silent
from mho.protocols.endurance.recipe import CyclePulse, EnduranceRecipe, Failure, schedule
from mho.protocols.endurance.row import END_REASONS, EnduranceStep, State, Verdict
from mho.protocols.preparation import prepare
from mho.protocols.quoting import brief
from mho.protocols.verify import read_if_compensated, verify_read
from mho.quantities import SIEMENS
from mho.stimuli import Pulse, PulseTrain

TRAIN_CYCLES = 500
"""Cycles in one train at most: Ctrl-C is honoured after each."""

STUCK = 1.2
"""A cell whose states differ by less than this ratio no longer switches."""


def _broken(row: EnduranceStep) -> EnduranceStep:
    return row._replace(verdict=Verdict.BREAKDOWN)


@ends_at_breakdown(_broken)
def endurance(bench: Bench, recipe: EnduranceRecipe) -> Iterator[EnduranceStep]:
    """Cycle the device; two rows for every checked cycle. A failed cell ends the run.

    Raises
    ------
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    prepare(bench, recipe.preparation, recipe.read)
    read_if_compensated(bench, recipe.read)
    scheduled = iter(schedule(recipe))
    done = 0
    middle: float | None = None
    failed: list[tuple[float, float]] = []
    while done < recipe.cycles:
        cycle = done + 1 if failed else next(c for c in scheduled if c > done)
        _cycle(bench, recipe, cycle - 1 - done)
        on = _checked(bench, recipe, cycle, State.ON)
        yield on
        off = _checked(bench, recipe, cycle, State.OFF)
        pair = (on.conductance, off.conductance)
        window = pair[0] / pair[1] if pair[1] > 0 else nan
        done = cycle
        if _passes(recipe.failure, pair):
            failed = []
            middle = sqrt(pair[0] * pair[1]) if middle is None else middle
            verdict = Verdict.GOES_ON
        else:
            failed.append(pair)
            verdict = Verdict.FAILED
            if len(failed) >= recipe.failure.in_a_row:
                verdict = _cause(failed, middle)
        silent = is_silent(on, bench.profile) or is_silent(off, bench.profile)
        if silent and contact_lost(bench, recipe.read):
            verdict = Verdict.CONTACT_LOST
        if done == recipe.cycles and verdict not in END_REASONS:
            verdict = Verdict.DONE
        yield off._replace(window=window, verdict=verdict)
        if verdict in END_REASONS:
            return


def pulse(recipe: EnduranceRecipe, profile: DeviceProfile, state: State) -> Pulse:
    """The pulse that brings the cell into a state, with the read that checks it."""
    chosen = _cycle_pulse(recipe, state)
    return Pulse(
        terminal=profile.write_at,
        amplitude=profile.set_sign * (chosen.amplitude if state is State.ON else -chosen.amplitude),
        width=chosen.width or profile.pulse_width,
        compliance=chosen.compliance or profile.pulse_compliance,
        rest=recipe.rest,
        verify=verify_read(recipe.read, profile),
    )


def train(recipe: EnduranceRecipe, profile: DeviceProfile, cycles: int) -> PulseTrain:
    """So many cycles without a read, as one stimulus."""
    on, off = (pulse(recipe, profile, state) for state in State)
    return PulseTrain(
        terminal=on.terminal,
        amplitudes=(on.amplitude, off.amplitude) * cycles,
        width=on.width,
        compliance=on.compliance,
        rest=recipe.rest,
    )


def _cycle(bench: Bench, recipe: EnduranceRecipe, cycles: int) -> None:
    if recipe.between_checks == "train":
        while cycles > 0:
            part = min(cycles, TRAIN_CYCLES)
            bench.apply(train(recipe, bench.profile, part))
            read_if_compensated(bench, recipe.read)
            cycles -= part
        return
    for _ in range(cycles):
        for state in State:
            single = pulse(recipe, bench.profile, state)
            bench.apply(
                Pulse(
                    terminal=single.terminal,
                    amplitude=single.amplitude,
                    width=single.width,
                    compliance=single.compliance,
                )
            )
            bench.clock.sleep(recipe.rest)
            read_if_compensated(bench, recipe.read)


def _checked(bench: Bench, recipe: EnduranceRecipe, cycle: int, state: State) -> EnduranceStep:
    stimulus = pulse(recipe, bench.profile, state)
    trace = bench.apply(stimulus)
    pulsed, read = trace
    return EnduranceStep(
        time=read.time,
        cycle=cycle,
        state=state,
        pulses=2 * cycle - (state is State.ON),
        terminal=stimulus.terminal,
        amplitude=stimulus.amplitude,
        width=stimulus.width,
        sent=trace.sent(stimulus.amplitude),
        sent_at_limit=trace.at_limit,
        pulse_voltage=pulsed.voltage,
        pulse_current=pulsed.current,
        pulse_in_compliance=pulsed.in_compliance,
        voltage=read.voltage,
        current=read.current,
        conductance=read.conductance,
        in_compliance=read.in_compliance,
        status=read.status,
        window=nan,
        verdict=Verdict.GOES_ON,
    )


def _cycle_pulse(recipe: EnduranceRecipe, state: State) -> CyclePulse:
    return recipe.set if state is State.ON else recipe.reset


def _passes(failure: Failure, pair: tuple[float, float]) -> bool:
    on, off = pair
    return (
        off > 0
        and on / off >= failure.window
        and (failure.lowest_on is None or on >= failure.lowest_on)
        and (failure.highest_off is None or off <= failure.highest_off)
    )


def _cause(failed: list[tuple[float, float]], middle: float | None) -> Verdict:
    """Why a cell failed; ``middle`` lies between both states of the first good check (S)."""
    if middle is not None and all(abs(on) < STUCK * abs(off) for on, off in failed):
        if all(min(pair) > middle for pair in failed):
            return Verdict.STUCK_ON
        if all(max(pair) < middle for pair in failed):
            return Verdict.STUCK_OFF
    return Verdict.WINDOW_LOST


def progress(row: EnduranceStep, recipe: EnduranceRecipe) -> tuple[float, str]:
    """Share of tenths of the cycles done, and where the present one stands."""
    share = int(10 * (row.cycle - (row.state is State.ON)) / recipe.cycles) / 10
    text = f"cycle {row.cycle} of {recipe.cycles}: {row.state} {brief(row.conductance, SIEMENS)}"
    return share, text if row.verdict is Verdict.GOES_ON else f"{text}, {row.verdict}"
