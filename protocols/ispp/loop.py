"""The ISPP loop itself."""

from collections.abc import Iterator
from math import nan
from statistics import fmean

import numpy as np

from mho.bench import Bench
from mho.protocols.approach import END_REASONS, Approach, Verdict, approach
from mho.protocols.breakdown import ends_at_breakdown
from mho.protocols.ispp.recipe import (
    Check,
    IsppRecipe,
    first_reset_amplitude,
    require_readable,
    window,
)
from mho.protocols.ispp.row import IsppStep, Phase
from mho.protocols.verify import read_if_compensated, repeated_reads
from mho.quantities import MICROSIEMENS, SIEMENS


def _broken(row: IsppStep) -> IsppStep:
    return row._replace(verdict=Verdict.BREAKDOWN)


@ends_at_breakdown(_broken)
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
    terminal, width = profile.write_at, recipe.width or profile.pulse_width
    low, high = window(recipe, target)
    how = Approach(
        target=target,
        low=low,
        high=high,
        set_amplitude=recipe.set.amplitude,
        set_limit=recipe.set.limit,
        reset_amplitude=first_reset,
        reset_limit=recipe.reset.limit,
        step=recipe.step,
        max_pulses=recipe.max_pulses,
        width=width,
        compliance=recipe.compliance or profile.pulse_compliance,
        rest=recipe.rest,
        read=recipe.read,
        stuck_after=recipe.stuck_after,
        after_set=recipe.after_set,
        step_back=recipe.step_back,
    )
    for number, asked, trace, verdict in approach(bench, how):
        pulsed, read = trace
        yield IsppStep(
            time=read.time,
            target_index=index,
            target=target,
            phase=Phase.TUNING,
            pulse=number,
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
            conductance=read.conductance,
            spread=nan,
            reads=1,
            in_compliance=read.in_compliance,
            status=read.status,
            verdict=verdict,
        )


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
