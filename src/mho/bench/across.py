"""What a device may suffer between two of its terminals, whatever each of them may on its own."""

from collections.abc import Iterator, Mapping
from itertools import product
from math import copysign, inf, isfinite

from mho.bench.refusal import Refusal
from mho.device.profile import Across, DeviceProfile
from mho.quantities import VOLT
from mho.stimuli import Purpose, Score, Segment, Source

_DIGITS = 9
"""Of a volt: differences of decimal voltages are not exact."""


def refusals_across(
    what: str, score: Score, profile: DeviceProfile, held: Mapping[str, float]
) -> Iterator[Refusal]:
    """Why levels of a score must not meet one another, nor what is ``held`` at other terminals.

    Of all meetings beyond a limit the worst is named, with how many there are.
    """
    for limit in profile.across:
        first, second = limit.terminals
        driven = [name for name in limit.terminals if name in score.terminals]
        if not driven:
            continue
        places = [(name, score.terminals.index(name)) for name in driven]
        worst, count = (0.0, 0.0, 0.0), 0
        for bar in score.bars():
            for column in bar.columns():
                together = {name: column[index] for name, index in places}
                # What is held in a stimulus stands alone between its parts, or may have dropped.
                parted = {0.0} if any(map(_is_held, column)) else set()
                found = max(
                    (_beyond(limit, one - other), one, other)
                    for one, other in product(
                        _possible(held, first, together) | parted,
                        _possible(held, second, together) | parted,
                    )
                )
                if found[0] > 0:
                    worst, count = max(worst, found), count + bar.times
        if count:
            beyond, one, other = worst
            yield Refusal(
                begin=f"{what}: {VOLT.show(one)} at {first} meets {VOLT.show(other)} at {second}",
                end=(
                    f"; from {first} to {second} {profile.name} may suffer "
                    f"{VOLT.show(limit.min_voltage)} to {VOLT.show(limit.max_voltage)}"
                ),
                like=limit,
                excess=beyond,
                times=count,
            )


def _is_held(segment: Segment) -> bool:
    return segment.purpose is Purpose.HOLD and segment.level != 0


def _beyond(limit: Across, difference: float) -> float:
    """By how much a difference is beyond a limit (V); infinite for what is no number."""
    excess = max(difference - limit.max_voltage, limit.min_voltage - difference)
    return round(excess, _DIGITS) if isfinite(excess) else inf


def _possible(
    held: Mapping[str, float], terminal: str, driven: Mapping[str, Segment]
) -> set[float]:
    """The levels (V) at which a terminal may stand: a current source up to its limit."""
    if terminal not in driven:
        return {0.0, held.get(terminal, 0.0)}
    segment = driven[terminal]
    if segment.source is Source.VOLTAGE:
        return {segment.level}
    if not segment.level:
        return {-segment.limit, segment.limit}
    return {0.0, copysign(segment.limit, segment.level)}
