"""Losses: what series resistance may take from the levels of a plan, in a lab's words."""

from collections.abc import Iterator
from typing import NamedTuple

from mho.bench.compensation import is_pulsed, most_raised
from mho.bench.limits import standing_levels
from mho.bench.plan import Plan
from mho.bench.series import Limits, there_and_back, way_back
from mho.device.profile import DeviceProfile
from mho.quantities import AMPERE, OHM, VOLT
from mho.stimuli import Purpose, Source


class _Worst(NamedTuple):
    """The largest loss (V) at a terminal: of which level, at which limit, in what."""

    loss: float
    level: float
    limit: float
    what: str


def losses(plan: Plan, profile: DeviceProfile, limits: Limits) -> list[str]:
    """One sentence for each terminal behind a resistance where the plan programs by a voltage."""
    found: dict[str, _Worst] = {}
    for planned in plan.planned:
        score = planned.stimulus.score()
        for bar in score.bars():
            for name, part in zip(score.terminals, bar.parts, strict=True):
                ohms = there_and_back(profile, limits, name) if name in limits else 0.0
                for segment in part if ohms else ():
                    if segment.purpose is Purpose.PROGRAM and segment.source is Source.VOLTAGE:
                        loss = min(ohms * segment.limit, abs(segment.level))
                        one = _Worst(loss, segment.level, segment.limit, planned.what)
                        found[name] = max(found.get(name, one), one, key=lambda worst: worst.loss)
    return [
        f"{_said(name, worst, profile, limits)}{_compensated(name, plan, profile, limits)}"
        for name, worst in found.items()
    ]


def _said(name: str, worst: _Worst, profile: DeviceProfile, limits: Limits) -> str:
    ohms = there_and_back(profile, limits, name)
    parts = "; ".join(_parts(name, profile, limits))
    said = f"terminal {name}: {OHM.show(ohms)} lie beside the device ({parts})"
    if worst.loss >= abs(worst.level):
        most = float(f"{abs(worst.level) / ohms:.3g}")
        return (
            f"{said}; of {VOLT.show(worst.level)} ({worst.what}) a device of low resistance gets "
            f"nothing: no more than {AMPERE.show(most)} can flow, less than its compliance of "
            f"{AMPERE.show(worst.limit)}"
        )
    return (
        f"{said}; at the compliance of {AMPERE.show(worst.limit)} they take "
        f"{VOLT.show(float(f'{worst.loss:.3g}'))} of {VOLT.show(worst.level)} ({worst.what})"
    )


def _parts(name: str, profile: DeviceProfile, limits: Limits) -> Iterator[str]:
    other = way_back(profile, limits, name)
    for terminal, where in ((name, ""), (other, f", on the way back through {other}")):
        if terminal is None:
            continue
        channel = limits[terminal]
        if channel.output_resistance:
            yield f"{OHM.show(channel.output_resistance)} of {channel.instrument}{where}"
        if channel.series_resistance:
            yield f"{OHM.show(channel.series_resistance)} of the wiring{where}"


def _compensated(name: str, plan: Plan, profile: DeviceProfile, limits: Limits) -> str:
    """How far pulses are raised, if they are."""
    if not limits[name].compensates:
        return ""
    held = standing_levels(profile)
    ends = []
    for planned in plan.planned:
        stimulus = planned.stimulus
        if name not in stimulus.terminals or not is_pulsed(stimulus):
            continue
        segments = [
            segment
            for bar in stimulus.score().bars()
            for segment in bar.parts[stimulus.terminals.index(name)]
            if segment.purpose is Purpose.PROGRAM
        ]
        worst = max(segments, key=lambda one: abs(one.level), default=None)
        if worst is not None and worst.level:
            wanted = 1 + there_and_back(profile, limits, name) * worst.limit / abs(worst.level)
            most = min(wanted, most_raised(stimulus, profile, limits, held))
            ends.append(worst.level * most)
    if not ends:
        return ""
    furthest = [VOLT.show(float(f"{end:.4g}")) for end in (min(ends), max(ends)) if end]
    return (
        ". Pulses are raised by what the conductance read before them will take, as far as "
        f"{' and '.join(dict.fromkeys(furthest))} at the source; a train as a whole"
    )
