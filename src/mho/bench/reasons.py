"""Reasons: which limit a segment breaks, whose it is, and how that is said."""

from collections.abc import Iterator
from math import isnan, nan
from typing import NamedTuple

from mho.bench.bench import ChannelLimits
from mho.bench.bounds import LONGEST
from mho.bench.plan import Cover, CoverAt
from mho.bench.refusal import Refusal, excess, plain
from mho.device.profile import DeviceProfile
from mho.quantities import AMPERE, SECOND, VOLT, WATT, Unit
from mho.stimuli import Purpose, Segment, Source

_WORDS = {Purpose.PROGRAM: "level", Purpose.READ: "read level", Purpose.HOLD: "held level"}
_REST, _COMPLIANCE = "rest", "compliance of {}"


class _Limit(NamedTuple):
    """One limit of one quantity, and whose it is."""

    quantity: str
    unit: Unit
    above: bool
    bound: float
    whose: str

    def broken_by(self, worst: "_Worst", terminal: str) -> Refusal:
        relation = "above" if self.above else "below"
        kind, of, _ = self.quantity.partition(" of ")
        return Refusal(
            begin=f"{self.quantity} {self.unit.show(_rounded(worst.value))}",
            end=f" is {relation} {self.unit.show(_rounded(self.bound))}, {self.whose}",
            like=(kind if of else "level", self.unit, self.above, self.bound, self.whose),
            where=terminal,
            excess=excess(worst.value, self.bound),
            times=worst.times,
        )


class _Worst(NamedTuple):
    """The value furthest beyond a limit, and how often it is broken."""

    value: float
    times: int

    def with_another(self, limit: _Limit, value: float, times: int) -> "_Worst":
        further = not self.times or isnan(value) or (value > self.value) is limit.above
        return _Worst(value if further else self.value, self.times + times)


_NONE = _Worst(nan, 0)


class Reasons:
    """Collects the limits that segments break at one terminal; each of them is said once.

    Parameters
    ----------
    terminal
        Where the segments are.
    profile, channel, plan
        Whose limits they are: of the device, the instrument, and the plan if it binds.
    """

    def __init__(
        self, terminal: str, profile: DeviceProfile, channel: ChannelLimits, plan: CoverAt | None
    ) -> None:
        self._sides = terminal, profile, channel, plan
        self._instrument, self._sources_current = channel.instrument, channel.sources_current
        self._broken: dict[_Limit, _Worst] = {}
        self._sources: set[Source] = set()

    def add(self, segment: Segment, times: int) -> None:
        """Take in the limits that a segment breaks which is played so often."""
        self._sources.add(segment.source)
        for limit, value in _broken(segment, *self._sides):
            before = self._broken.get(limit, _NONE)
            self._broken[limit] = before.with_another(limit, value, times)

    def said(self) -> Iterator[Refusal]:
        """Each broken limit with its worst value, and how often it is broken."""
        if Source.CURRENT in self._sources and not self._sources_current:
            yield plain(f"{self._instrument} cannot source a current")
        if Source.OPEN in self._sources:
            yield plain("it takes a source of voltage or current; a bias can be open")
        for limit, worst in self._broken.items():
            if not self._is_said_of_a_level(limit, worst):
                yield limit.broken_by(worst, self._sides[0])

    def _is_said_of_a_level(self, limit: _Limit, worst: _Worst) -> bool:
        """Whether it is the compliance of rests, and the levels around them have the same."""
        return limit.quantity == _COMPLIANCE.format(_REST) and any(
            self._broken.get(limit._replace(quantity=_COMPLIANCE.format(word)), _NONE).value
            == worst.value
            for word in _WORDS.values()
        )


class _Side(NamedTuple):
    """What one side allows: levels from ... to, and the largest limit."""

    lowest: float
    highest: float
    limit: float
    whose: str


def _broken(
    segment: Segment,
    name: str,
    profile: DeviceProfile,
    channel: ChannelLimits,
    plan: CoverAt | None,
) -> Iterator[tuple[_Limit, float]]:
    """Every limit that a segment breaks at a terminal, and the value that does.

    Each limit is a claim that NaN fails.
    """
    instrument = f"what {channel.instrument} can"
    word = _REST if segment.rests else _WORDS[segment.purpose]
    level, limit, of_limit = segment.level, segment.limit, _COMPLIANCE.format(word)
    source_is_voltage = segment.source is Source.VOLTAGE
    level_unit, limit_unit = (VOLT, AMPERE) if source_is_voltage else (AMPERE, VOLT)
    least = channel.min_compliance if source_is_voltage else channel.min_voltage_limit
    for side in _sides(segment, name, profile, channel, plan):
        if not level <= side.highest:
            yield _Limit(word, level_unit, True, side.highest, side.whose), level
        if not level >= side.lowest:
            yield _Limit(word, level_unit, False, side.lowest, side.whose), level
        if not limit <= side.limit:
            yield _Limit(of_limit, limit_unit, True, side.limit, side.whose), limit
    if not limit >= least or not limit > 0:
        yield _Limit(of_limit, limit_unit, False, least, instrument), limit
    power = abs(level) * limit
    if not power <= channel.max_source_power:
        yield _Limit(f"power of {word}", WATT, True, channel.max_source_power, instrument), power
    duration, aperture = segment.duration, segment.aperture
    shortest = channel.min_width if aperture is None else max(channel.min_width, aperture)
    of_duration, of_aperture = f"duration of {word}", f"aperture of {word}"
    if not duration >= shortest:
        yield _Limit(of_duration, SECOND, False, shortest, instrument), duration
    if not duration <= LONGEST:
        yield _Limit(of_duration, SECOND, True, LONGEST, instrument), duration
    if aperture is not None and not aperture >= channel.min_aperture:
        yield _Limit(of_aperture, SECOND, False, channel.min_aperture, instrument), aperture
    if aperture is not None and not aperture <= channel.max_aperture:
        yield _Limit(of_aperture, SECOND, True, channel.max_aperture, instrument), aperture


def _sides(
    segment: Segment,
    name: str,
    profile: DeviceProfile,
    channel: ChannelLimits,
    plan: CoverAt | None,
) -> Iterator[_Side]:
    """What device, instrument and plan allow where the segment has its source.

    A current source may drive the terminal as far as its limit, towards the side of its sign; one
    of 0 A towards either.
    """
    terminal, amperes = profile.terminals[name], channel.max_compliance
    device, instrument = f"the limit of the device {profile.name}", f"what {channel.instrument} can"
    low, high = terminal.min_voltage, terminal.max_voltage
    if segment.source is Source.VOLTAGE:
        yield _Side(low, high, terminal.max_compliance, device)
        yield _Side(-channel.max_voltage, channel.max_voltage, amperes, instrument)
    else:
        reach = min(-low, high) if not segment.level else high if segment.level > 0 else -low
        yield _Side(-terminal.max_compliance, terminal.max_compliance, reach, device)
        yield _Side(-amperes, amperes, channel.max_voltage, instrument)
    if plan is not None:
        cover = plan.get((name, segment.source), Cover())
        yield _Side(cover.lowest, cover.highest, cover.limit, "what the plan covers")


def _rounded(value: float) -> float:
    return float(f"{value:.9g}")  # a quotient of decimal numbers is none
