"""The STDP loop: start state, read, a pair of spikes, read.

A pair of either sign is recorded once, where the instrument samples while it plays.
"""

from collections.abc import Iterator
from math import nan
from typing import NamedTuple

from mho.bench import Bench
from mho.device.profile import DeviceProfile
from mho.protocols.contact import contact_lost, is_silent
from mho.protocols.preparation import prepare
from mho.protocols.stdp.recipe import StdpRecipe
from mho.protocols.stdp.row import Order, Part, StdpStep, Verdict
from mho.protocols.stdp.spike import DIGITS, Pair, pair
from mho.protocols.verify import repeated_reads, verify_read
from mho.quantities import PERCENT, SECOND
from mho.readings import Reading, Trace
from mho.stimuli import Hold, Waveforms

_DIGITS = 10
"""Of a moment (s): a tenth of a nanosecond, where sums of times have noise."""

SHORTEST_MEASURED = 10e-6
"""Seconds that a piece of the spikes lasts at least to be measured; not every instrument can."""


def stdp(bench: Bench, recipe: StdpRecipe) -> Iterator[StdpStep]:
    """Apply a pair of spikes for each time difference; one row a pair, and one a recorded moment.

    Raises
    ------
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    profile = bench.profile
    for repeat in range(1, recipe.repeats + 1):
        for difference in recipe.differences:
            prepare(bench, recipe.preparation, recipe.read)
            (first,) = bench.apply(start_read(recipe, profile))
            recorded = repeat == 1 and difference in recorded_differences(recipe)
            spikes = waveforms(recipe, profile, difference, recorded=recorded)
            trace = bench.apply(spikes)
            *taken, last = trace
            pieces = extremes(recipe, profile, difference)
            highest, lowest = _delivered(recipe, spikes, trace, pieces)
            before, after = first.conductance, last.conductance
            seen = seen_by_device(recipe, profile, difference)
            silent = is_silent(first, profile) or is_silent(last, profile)
            lost = silent and contact_lost(bench, recipe.read)
            step = StdpStep(
                time=last.time,
                part=Part.PAIR,
                repeat=repeat,
                difference=difference,
                order=recipe.order,
                pre_terminal=recipe.pre_terminal,
                post_terminal=recipe.post_terminal if recipe.apply == "two terminals" else "",
                highest=max(seen),
                lowest=min(seen),
                highest_sent=trace.sent(max(seen)),
                lowest_sent=trace.sent(min(seen)),
                sent_at_limit=trace.at_limit,
                highest_voltage=highest.voltage,
                highest_current=highest.current,
                highest_at=highest.moment,
                lowest_voltage=lowest.voltage,
                lowest_current=lowest.current,
                lowest_at=lowest.moment,
                spikes_in_compliance=any(reading.in_compliance for reading in taken),
                before=before,
                after=after,
                change=(after - before) / before if before else nan,
                voltage=last.voltage,
                current=last.current,
                moment=nan,
                pre_voltage=nan,
                post_voltage=nan,
                spike_current=nan,
                in_compliance=first.in_compliance or last.in_compliance,
                status=last.status,
                verdict=Verdict.CONTACT_LOST if lost else Verdict.GOES_ON,
            )
            yield step
            if lost:
                return
            if recorded:
                yield from _moments(step, spikes, trace)


def recorded_differences(recipe: StdpRecipe) -> tuple[float, ...]:
    """Those whose waveforms are recorded and drawn: the smallest of either sign."""
    found = recipe.differences
    chosen = (
        min((one for one in found if one > 0), default=None),
        max((one for one in found if one < 0), default=None),
    )
    return tuple(one for one in chosen if one is not None) or found[:1]


def _moments(step: StdpStep, played: Waveforms, trace: Trace) -> Iterator[StdpStep]:
    """What was recorded of a pair, moment by moment, both terminals together."""
    began = step.time - sum(played.durations) - played.verify.settle - played.verify.aperture
    found: dict[float, dict[str, Reading]] = {}
    for reading in trace.record:
        found.setdefault(reading.time, {})[reading.terminal] = reading
    for time, taken in found.items():
        pre, post = taken.get(step.pre_terminal), taken.get(step.post_terminal)
        current = nan if pre is None else pre.current
        if current != current and post is not None:  # it flows out of the other terminal
            current = -post.current
        yield step._replace(
            time=time,
            part=Part.WAVEFORM,
            highest_voltage=nan,
            highest_current=nan,
            lowest_voltage=nan,
            lowest_current=nan,
            before=nan,
            after=nan,
            change=nan,
            voltage=nan,
            current=nan,
            moment=round(time - began, _DIGITS),
            pre_voltage=nan if pre is None else pre.voltage,
            post_voltage=nan if post is None else post.voltage,
            spike_current=current,
            in_compliance=any(one.in_compliance for one in taken.values()),
            status=next((one.status for one in taken.values() if one.status), ""),
        )


def spikes(recipe: StdpRecipe, difference: float) -> Pair:
    """Both spikes at a time difference, in volts towards SET."""
    pre_minus_post = difference if recipe.order is Order.PRE_MINUS_POST else -difference
    return pair(recipe.pre.pieces(), recipe.post.pieces(), pre_minus_post, recipe.rest)


def seen_by_device(
    recipe: StdpRecipe, profile: DeviceProfile, difference: float
) -> tuple[float, ...]:
    """Pre minus post (V), piece by piece, as applied."""
    both = spikes(recipe, difference)
    return tuple(
        round(profile.set_sign * (pre - post), DIGITS)
        for pre, post in zip(both.pre, both.post, strict=True)
    )


def extremes(recipe: StdpRecipe, profile: DeviceProfile, difference: float) -> tuple[int, int]:
    """Which pieces have the highest and the lowest level at the device; of equal ones the longest.

    They are measured, to know what was delivered.
    """
    seen = seen_by_device(recipe, profile, difference)
    durations = spikes(recipe, difference).durations
    return (
        max(range(len(seen)), key=lambda n: (seen[n], durations[n])),
        min(range(len(seen)), key=lambda n: (seen[n], -durations[n])),
    )


class _Extreme(NamedTuple):
    """What stood at the device in a piece (V, A into the presynaptic terminal), and when (s).

    The moment is the middle of the window in which it was measured, since the pair began.
    """

    voltage: float
    current: float
    moment: float


def _delivered(
    recipe: StdpRecipe, played: Waveforms, trace: Trace, pieces: tuple[int, int]
) -> Iterator[_Extreme]:
    """What stood at the device in two pieces, pre minus post; NaN where nothing was measured.

    One terminal was measured; the other one stood at the level that was sent.
    """
    taken = dict(zip(played.measured, trace, strict=False))
    levels = dict(played.levels)
    for piece in pieces:
        moment = sum(played.durations[:piece]) + 0.75 * played.durations[piece]
        reading = taken.get(piece)
        if reading is None:
            yield _Extreme(nan, nan, moment)
            continue
        voltage, current = reading.voltage, reading.current
        if recipe.apply == "two terminals":
            at_pre = reading.terminal == recipe.pre_terminal
            other = recipe.post_terminal if at_pre else recipe.pre_terminal
            voltage -= trace.sent(levels[other][piece])
            if not at_pre:
                voltage, current = -voltage, -current
        yield _Extreme(voltage, current, moment)


def waveforms(
    recipe: StdpRecipe, profile: DeviceProfile, difference: float, *, recorded: bool = False
) -> Waveforms:
    """The stimulus of one pair, with the read after it."""
    both = spikes(recipe, difference)
    driven = {recipe.pre_terminal}
    if recipe.apply == "two terminals":
        driven.add(recipe.post_terminal)
    levels: tuple[tuple[str, tuple[float, ...]], ...]
    if recipe.apply == "difference on one":
        levels = ((recipe.pre_terminal, seen_by_device(recipe, profile, difference)),)
    else:
        levels = tuple(
            (terminal, tuple(profile.set_sign * level for level in track))
            for terminal, track in (
                (recipe.pre_terminal, both.pre),
                (recipe.post_terminal, both.post),
            )
        )
    return Waveforms(
        terminal=profile.write_at,
        durations=both.durations,
        levels=levels,
        compliance=recipe.compliance or profile.pulse_compliance,
        verify=verify_read(recipe.read, profile),
        measured=tuple(
            piece
            for piece in sorted(set(extremes(recipe, profile, difference)))
            if both.durations[piece] >= SHORTEST_MEASURED and profile.write_at in driven
        ),
        recorded=recorded,
    )


def start_read(recipe: StdpRecipe, profile: DeviceProfile) -> Hold:
    """The read before a pair, as long as the one after it."""
    return repeated_reads(recipe.read, profile, 1, recipe.read.settle + recipe.read.aperture)


def progress(row: StdpStep, recipe: StdpRecipe) -> tuple[float, str]:
    """Share of passes through the list that are done, and where the present one stands."""
    last = row.difference == recipe.differences[-1]
    text = f"pass {row.repeat} of {recipe.repeats}: dt {SECOND.show(row.difference)}"
    return (row.repeat - 1 + last) / recipe.repeats, f"{text}, dW {PERCENT.of(row.change):+.1f} %"
