"""The ISPP loop itself."""

from collections.abc import Iterator
from math import isnan, nan
from statistics import fmean

import numpy as np

from mho.bench import Bench
from mho.protocols.contact import contact_lost, is_silent
from mho.protocols.ispp.recipe import (
    Check,
    IsppRecipe,
    first_reset_amplitude,
    require_readable,
    window,
)
from mho.protocols.ispp.row import END_REASONS, IsppStep, Phase, Verdict
from mho.protocols.stuck import unmoved
from mho.protocols.verify import read_if_compensated, repeated_reads, verify_read
from mho.quantities import MICROSIEMENS, SIEMENS
from mho.stimuli import Pulse

LIMIT_PULSES = 5
"""Pulses at the largest amplitude of a polarity, one after another, that may fail to cross."""


def ispp(bench: Bench, recipe: IsppRecipe) -> Iterator[IsppStep]:
    """Tune the device to each target of the recipe in turn; one row per pulse and its read.

    With ``check`` in the recipe, each target ends with a row of phase ``check``: the mean of the
    reads of a quiet stretch after a delay. One lucky verify read is not a result; that mean is.
    A lost contact ends the run: no target that follows is pulsed through it.

    Raises
    ------
    SettingsError
        The recipe leaves to the profile what the profile does not know, or has a target that
        cannot be read; before any pulse.
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    require_readable(recipe, bench.profile)
    firsts = [first_reset_amplitude(recipe, bench.profile, target) for target in recipe.targets]
    read_if_compensated(bench, recipe.read)
    for index, (target, first_reset) in enumerate(zip(recipe.targets, firsts, strict=True)):
        for step in _approach(bench, recipe, index, target, first_reset):
            yield step
        if step.verdict is Verdict.CONTACT_LOST:
            return
        if recipe.check is not None:
            yield _check(bench, recipe, recipe.check, step)


def _approach(
    bench: Bench, recipe: IsppRecipe, index: int, target: float, first_reset: float
) -> Iterator[IsppStep]:
    profile = bench.profile
    terminal, sign = profile.write_at, profile.set_sign
    width = recipe.width or profile.pulse_width
    compliance = recipe.compliance or profile.pulse_compliance
    verify = verify_read(recipe.read, profile)
    low, high = window(recipe, target)

    set_amplitude = recipe.set.amplitude
    reset_amplitude = first_reset
    amplitude, raising = set_amplitude, True
    unmet: list[float] = []  # reads since the last crossing, all on the far side of the target
    at_limit = pulses = 0
    while True:
        asked = sign * amplitude if raising else -sign * amplitude
        trace = bench.apply(
            Pulse(
                terminal=terminal,
                amplitude=asked,
                width=width,
                compliance=compliance,
                rest=recipe.rest,
                verify=verify,
            )
        )
        pulsed, read = trace
        pulses += 1
        conductance = read.conductance
        # A current too large to be measured leaves the conductance NaN: it is above, not below.
        above = conductance > target or (isnan(conductance) and read.in_compliance)
        silent = is_silent(read, profile)
        if above is raising:
            unmet, at_limit = [], 0
        else:
            unmet.append(conductance)
            limit = recipe.set.limit if raising else recipe.reset.limit
            at_limit = at_limit + 1 if amplitude >= limit else 0

        verdict = Verdict.ABOVE if above else Verdict.BELOW
        if low <= conductance <= high:
            verdict = Verdict.REACHED
        elif silent and contact_lost(bench, recipe.read):
            verdict = Verdict.CONTACT_LOST
        elif pulses >= recipe.max_pulses:
            verdict = Verdict.PULSE_BUDGET
        elif len(unmet) >= recipe.stuck_after and unmoved(unmet[-recipe.stuck_after :]):
            verdict = Verdict.STUCK
        elif at_limit >= LIMIT_PULSES:
            verdict = Verdict.AMPLITUDE_LIMIT
        yield IsppStep(
            time=read.time,
            target_index=index,
            target=target,
            phase=Phase.TUNING,
            pulse=pulses,
            terminal=terminal,
            amplitude=asked,
            width=width,
            sent=trace.sent(asked),
            sent_at_limit=trace.at_limit,
            pulse_voltage=pulsed.voltage,
            pulse_current=pulsed.current,
            pulse_in_compliance=pulsed.in_compliance,
            voltage=read.voltage,
            current=read.current,
            conductance=conductance,
            spread=nan,
            reads=1,
            in_compliance=read.in_compliance,
            status=read.status,
            verdict=verdict,
        )
        if verdict in END_REASONS:
            return

        if above:
            amplitude, raising = reset_amplitude, False
            reset_amplitude = min(reset_amplitude + recipe.step, recipe.reset.limit)
        else:
            if not raising:
                reset_amplitude = _after_set(recipe, reset_amplitude, first_reset)
            amplitude, raising = set_amplitude, True
            set_amplitude = min(set_amplitude + recipe.step, recipe.set.limit)


def _after_set(recipe: IsppRecipe, amplitude: float, first: float) -> float:
    """The RESET amplitude that follows a SET."""
    match recipe.after_set:
        case "continue":
            return amplitude
        case "step back":
            return max(amplitude - recipe.step_back * recipe.step, recipe.step)
        case "restart":
            return first


def _check(bench: Bench, recipe: IsppRecipe, check: Check, last: IsppStep) -> IsppStep:
    bench.clock.sleep(check.delay)
    trace = bench.apply(repeated_reads(recipe.read, bench.profile, check.reads, check.interval))
    conductances = np.array([reading.conductance for reading in trace])
    return last._replace(
        time=trace[-1].time,
        phase=Phase.CHECK,
        amplitude=nan,
        width=nan,
        sent=nan,
        sent_at_limit=False,
        pulse_voltage=nan,
        pulse_current=nan,
        pulse_in_compliance=False,
        voltage=fmean(reading.voltage for reading in trace),
        current=fmean(reading.current for reading in trace),
        conductance=float(np.mean(conductances)),
        spread=float(np.std(conductances, ddof=1)) if len(trace) > 1 else nan,
        reads=len(trace),
        in_compliance=any(reading.in_compliance for reading in trace),
        status=trace[-1].status,
    )


def progress(row: IsppStep, recipe: IsppRecipe) -> tuple[float, str]:
    """Share of targets done, and where the present one stands."""
    done = row.target_index + (row.verdict in END_REASONS)
    text = (
        f"target {row.target_index + 1} of {len(recipe.targets)}: {SIEMENS.show(row.target)}, "
        f"pulse {row.pulse}, {MICROSIEMENS.of(row.conductance):.4g} uS"
    )
    return done / len(recipe.targets), text
