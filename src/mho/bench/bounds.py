"""Bounds: what the levels of a voltage source have to be within, whoever set the limit.

What is inside them is right, in a few comparisons; what is not takes a closer look at whose limit
is broken (`mho.bench.limits`).
"""

from collections.abc import Iterable, Iterator, Mapping
from math import inf, ulp
from typing import NamedTuple

from mho.bench.bench import ChannelLimits
from mho.bench.plan import Cover, CoverAt
from mho.device.profile import DeviceProfile
from mho.stimuli import Purpose, Segment, Source

LONGEST = 1e9
"""Seconds; what is longer is no number or a mistake."""

_DIGITS = 9
"""Of a volt: differences of decimal voltages are not exact."""

_VOLTAGE, _READ = Source.VOLTAGE, Purpose.READ
_EVERYTHING = Cover(-inf, inf, inf)
_ABOVE_ZERO = ulp(0.0)


class Bounds(NamedTuple):
    """The narrowest of all sides at one terminal whose source is a voltage.

    Volts, amperes, seconds, watts; how many readings a stimulus may have.
    """

    lowest: float
    highest: float
    min_limit: float
    max_limit: float
    max_power: float
    min_width: float
    min_aperture: float
    max_aperture: float
    max_points: int

    def hold(self, segments: Iterable[Segment], *, pulses_read_shorter: bool) -> bool:
        """Whether all segments are inside in level, limit, power and times; NaN never is.

        Segments that source no voltage never are, either: they take a closer look.
        """
        lowest, highest, least, most, max_power, shortest, min_aperture, max_aperture, _ = self
        for level, duration, limit, aperture, source, purpose in segments:
            if not (
                lowest <= level <= highest
                and least <= limit <= most
                and abs(level) * limit <= max_power
                and shortest <= duration <= LONGEST
                and source is _VOLTAGE
            ):
                return False
            if aperture is None:
                continue
            if not min_aperture <= aperture <= duration:
                return False
            if aperture > max_aperture and (purpose is _READ or not pulses_read_shorter):
                return False
        return True


def bounds_of(
    profile: DeviceProfile,
    limits: Mapping[str, ChannelLimits],
    held: Mapping[str, float],
    plan: CoverAt | None = None,
) -> dict[str, Bounds]:
    """The bounds of every terminal that device and bench share while the others are ``held``.

    Those that are equal, as of the lines of an array, are one object.
    """
    found: dict[str, Bounds] = {}
    different: dict[Bounds, Bounds] = {}
    for name, terminal in profile.terminals.items():
        if name not in limits:
            continue
        channel = limits[name]
        cover = _EVERYTHING if plan is None else plan.get((name, Source.VOLTAGE), Cover())
        across = list(windows(profile, name, held))
        bounds = Bounds(
            lowest=max(
                terminal.min_voltage,
                -channel.max_voltage,
                cover.lowest,
                *(window[0] for window in across),
            ),
            highest=min(
                terminal.max_voltage,
                channel.max_voltage,
                cover.highest,
                *(window[1] for window in across),
            ),
            min_limit=max(channel.min_compliance, _ABOVE_ZERO),
            max_limit=min(terminal.max_compliance, channel.max_compliance, cover.limit),
            max_power=channel.max_source_power,
            min_width=channel.min_width,
            min_aperture=channel.min_aperture,
            max_aperture=channel.max_aperture,
            max_points=channel.max_points,
        )
        found[name] = different.setdefault(bounds, bounds)
    return found


def windows(
    profile: DeviceProfile, terminal: str, held: Mapping[str, float]
) -> Iterator[tuple[float, float]]:
    """Lowest and highest level (V) at one terminal while the others are ``held``, for each limit.

    ``held`` gives levels (V) by terminal. What is held may fall to 0 V at any time (in compliance,
    between two tests, after an error), so the level has to be right with it and without it.
    """
    for limit in profile.across:
        first, second = limit.terminals
        if terminal not in (first, second):
            continue
        other = second if terminal == first else first
        for level in {0.0, held.get(other, 0.0)}:
            if terminal == first:
                window = limit.min_voltage + level, limit.max_voltage + level
            else:
                window = level - limit.max_voltage, level - limit.min_voltage
            yield round(window[0], _DIGITS), round(window[1], _DIGITS)
