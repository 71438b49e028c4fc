"""What an STDP recipe applies: it is open loop."""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from mho.bench import Plan, Planned
from mho.bench.plan import most_pulses
from mho.device.profile import DeviceProfile
from mho.protocols.contact import planned_contact_reads
from mho.protocols.preparation import planned_preparation
from mho.protocols.stdp.loop import start_read, waveforms
from mho.protocols.stdp.recipe import StdpRecipe
from mho.quantities import SECOND
from mho.stimuli import Waveforms, duration


def plan(recipe: StdpRecipe, profile: DeviceProfile) -> Plan:
    """The pairs with extreme levels, across too, the longest, the shortest piece, least edge."""
    pairs = [waveforms(recipe, profile, difference) for difference in recipe.differences]
    apart = dict(zip(pairs, recipe.differences, strict=True))
    total = recipe.repeats * len(pairs)
    prepared = planned_preparation(recipe.preparation, profile, total, recipe.read)
    first = Planned(what="read before a pair", stimulus=start_read(recipe, profile), at_most=total)
    contact = planned_contact_reads(recipe.read, profile, total)
    worst = [
        Planned(
            what=f"spikes {SECOND.show(apart[extreme])} apart + read",
            stimulus=extreme,
            at_most=total,
        )
        for extreme in _extremes(pairs)
    ]
    # a pair of spikes that is extreme in nothing may still have the most pulses
    each = [Planned(what="a pair", stimulus=one, at_most=recipe.repeats) for one in pairs]
    seconds = sum(p.at_most * duration(p.stimulus) for p in (*prepared, first, contact))
    return Plan(
        planned=(*prepared, first, *worst, contact),
        budget=most_pulses(each) + most_pulses(prepared),
        duration=seconds + recipe.repeats * sum(duration(one) for one in pairs),
    )


def _extremes(pairs: Iterable[Waveforms]) -> Iterable[Waveforms]:
    pairs = tuple(pairs)
    measures: tuple[Callable[[Waveforms], float], ...] = (
        lambda one: max(max(track) for _, track in one.levels),
        lambda one: -min(min(track) for _, track in one.levels),
        lambda one: max(_across(one)),
        lambda one: -min(_across(one)),
        duration,
        lambda one: -min(one.durations),
        lambda one: -_least_edge(one),
    )
    return dict.fromkeys(max(pairs, key=measure) for measure in measures)


def _across(pair: Waveforms) -> Iterator[float]:
    """What the device sees (V), piece by piece: where spikes meet it is more than either."""
    first, *others = (track for _, track in pair.levels)
    return (level - sum(beside) for level, *beside in zip(first, *others, strict=True))


def _least_edge(pair: Waveforms) -> float:
    """The smallest difference (V) of neighbouring levels: a pulse card has a slowest edge."""
    edges = (
        abs(after - before)
        for _, track in pair.levels
        for before, after in pairwise((0.0, *track, 0.0))
        if before != after
    )
    return min(edges, default=0.0)
