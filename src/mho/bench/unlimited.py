"""Terminals whose instrument does not limit the current: what the device may draw there, and drew.

The compliance of a pulse card picks its measuring range and nothing else, so that a device which
does not limit itself may pass the limit of its profile. A plan says from which resistance on; a
pulse that did is measured, and nothing more is applied at that terminal.
"""

from collections.abc import Collection

import numpy as np

from mho.bench.plan import Plan
from mho.bench.series import Limits, there_and_back
from mho.device.profile import DeviceProfile
from mho.quantities import AMPERE, OHM, VOLT
from mho.readings import Trace
from mho.stimuli import Segment, Source

_MEASURED_WRONG = 1.01
"""How much more than the limit may be measured, as cards have gain and offset."""

_AT_THE_LIMIT = 0.99
"""Share of the limit from which on a current beyond the range, which is not known, passes it."""


def unlimited(plan: Plan, profile: DeviceProfile, limits: Limits) -> list[str]:
    """One sentence for each such terminal, with the resistance below which it passes its limit."""
    furthest: dict[str, tuple[Segment, str]] = {}
    for planned in plan.planned:
        score = planned.stimulus.score()
        for bar in score.bars():
            for name, part in zip(score.terminals, bar.parts, strict=True):
                for segment in part:
                    before = furthest.get(name)
                    if segment.source is Source.VOLTAGE and (
                        before is None or abs(segment.level) > abs(before[0].level)
                    ):
                        furthest[name] = segment, planned.what
    return [
        f"terminal {name}: {limits[name].instrument} does not limit the current; compliance picks "
        "its range only, so the device must limit itself"
        f"{_from_where(name, *furthest[name], profile, limits) if name in furthest else ''}"
        for name in _names(profile, limits)
    ]


def _from_where(
    name: str, segment: Segment, what: str, profile: DeviceProfile, limits: Limits
) -> str:
    most = profile.terminals[name].max_compliance
    beside = 0.0 if limits[name].compensates else there_and_back(profile, limits, name)
    least = abs(segment.level) / most - beside
    if least <= 0:
        return ""
    return (
        f". At {VOLT.show(segment.level)} ({what}) it draws more than its {AMPERE.show(most)} "
        f"(max_compliance) where it has less than {OHM.show(float(f'{least:.3g}'))}"
    )


def _names(profile: DeviceProfile, limits: Limits) -> list[str]:
    return [
        name for name in profile.terminals if name in limits and not limits[name].limits_current
    ]


class Overdriven:
    """Knows where more has been measured than the device may draw."""

    def __init__(self, profile: DeviceProfile, limits: Limits) -> None:
        self._profile, self._limits = profile, limits
        self._most = {
            name: profile.terminals[name].max_compliance for name in _names(profile, limits)
        }
        self._passed: dict[str, str] = {}

    @property
    def is_possible(self) -> bool:
        """Whether there is such a terminal at all."""
        return bool(self._most)

    def note(self, trace: Trace) -> None:
        """Look through what was measured, but for the waveforms, which have transients."""
        for name, most in self._most.items():
            found = trace.at(name)
            drawn = np.nan_to_num(np.abs(np.asarray(found.current)))
            beyond = np.asarray(found.in_compliance, bool) & (drawn >= _AT_THE_LIMIT * most)
            if (beyond | (drawn > _MEASURED_WRONG * most)).any():
                self._passed[name] = (
                    f"the device drew {AMPERE.show(float(f'{drawn.max():.3g}'))}"
                    f"{' or more' if beyond.any() else ''} at {name}, where it may draw "
                    f"{AMPERE.show(most)} (max_compliance), and {self._limits[name].instrument} "
                    f"does not limit it: nothing more is applied at {name}. A lower level would "
                    "do, or a resistor in series"
                )

    def refusals(self, terminals: Collection[str]) -> list[str]:
        """Why nothing more may be applied there."""
        return [why for name, why in self._passed.items() if name in terminals]
