"""What a device may suffer between two of its terminals, whatever each of them may on its own."""

from collections.abc import Iterator, Mapping
from itertools import product
from math import inf, isfinite

from mho.device_profile import Across, DeviceProfile
from mho.quantities import VOLT
from mho.stimuli import Family, Stimulus, Waveforms

_DIGITS = 9
"""Of a volt: differences of decimal voltages are not exact."""


def windows(
    profile: DeviceProfile, terminal: str, held: Mapping[str, float]
) -> Iterator[tuple[float, float, str]]:
    """Lowest and highest level (V) at one terminal while the others are ``held``, and whose limit.

    ``held`` gives levels (V) by terminal. What is held may fall to 0 V at any time (in compliance,
    between two tests, after an error), so the level has to be right with it and without it.
    """
    for limit in profile.across:
        first, second = limit.terminals
        who = f"the limit of {profile.name} from {first} to {second}"
        other = second if terminal == first else first
        for level in _possible(held, other):
            whose = f"{who} with {other} at {VOLT.show(level)}" if level else who
            if terminal == first:
                window = limit.min_voltage + level, limit.max_voltage + level
            elif terminal == second:
                window = level - limit.max_voltage, level - limit.min_voltage
            else:
                continue
            yield round(window[0], _DIGITS), round(window[1], _DIGITS), whose


def refusals_across(
    stimulus: Stimulus, profile: DeviceProfile, held: Mapping[str, float]
) -> Iterator[str]:
    """Why levels that a stimulus applies to several terminals at once must not meet.

    Of all meetings beyond a limit the worst is told.
    """
    what = type(stimulus).__name__.lower()
    meetings = list(_meetings(stimulus))
    for limit in profile.across:
        first, second = limit.terminals
        found = [
            (excess, one, other)
            for together in meetings
            if first in together or second in together
            for one, other in product(
                _possible(held, first, together), _possible(held, second, together)
            )
            if (excess := _beyond(limit, one - other)) > 0
        ]
        if found:
            _, one, other = max(found)
            yield (
                f"{what}: {VOLT.show(one)} at {first} meets {VOLT.show(other)} at {second}; "
                f"from {first} to {second} {profile.name} may suffer "
                f"{VOLT.show(limit.min_voltage)} to {VOLT.show(limit.max_voltage)}"
            )


def _beyond(limit: Across, difference: float) -> float:
    """By how much a difference is beyond a limit (V); infinite for what is no number."""
    excess = max(difference - limit.max_voltage, limit.min_voltage - difference)
    return round(excess, _DIGITS) if isfinite(excess) else inf


def _possible(
    held: Mapping[str, float], terminal: str, driven: Mapping[str, float] | None = None
) -> set[float]:
    if driven is not None and terminal in driven:
        return {driven[terminal]}
    return {0.0, held.get(terminal, 0.0)}


def _meetings(stimulus: Stimulus) -> Iterator[dict[str, float]]:
    """Levels (V) by terminal that stand at the same time, where several terminals are driven."""
    match stimulus:
        case Waveforms():
            names = [name for name, _ in stimulus.levels]
            for levels in zip(*(levels for _, levels in stimulus.levels), strict=False):
                yield dict(zip(names, levels, strict=True))
            yield {**dict.fromkeys(names, 0.0), stimulus.terminal: stimulus.verify.voltage}
        case Family():
            for step in stimulus.steps:
                for level in (0.0, *stimulus.sweep.levels):
                    yield {stimulus.stepped: step, stimulus.terminal: level}
