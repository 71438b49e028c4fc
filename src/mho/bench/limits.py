"""Limits: every reason why a stimulus or a bias must not be applied, judged on the score.

They come from three sides: what the device may suffer, what the instruments can do and, once a run
has begun, what its plan covers. The narrowest holds; the refusal names it.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from math import inf, isnan, nan, ulp
from typing import NamedTuple

from mho.bench.across import refusals_across, windows
from mho.bench.bench import ChannelLimits
from mho.bench.plan import Cover, CoverAt, Covers
from mho.device_profile import DeviceProfile
from mho.errors import Problem
from mho.quantities import AMPERE, SECOND, VOLT, WATT, Unit
from mho.stimuli import Bar, Drive, Purpose, Score, Segment, Source, Stimulus

LONGEST = 1e9
"""Seconds; what is longer is no number or a mistake."""

_WORDS = {Purpose.PROGRAM: "level", Purpose.READ: "read level", Purpose.HOLD: "held level"}

_VOLTAGE, _READ = Source.VOLTAGE, Purpose.READ


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
    """The bounds of every terminal that device and bench share while the others are ``held``."""
    found = {}
    for name, terminal in profile.terminals.items():
        if name not in limits:
            continue
        channel = limits[name]
        cover = _EVERYTHING if plan is None else plan.get((name, Source.VOLTAGE), Cover())
        across = list(windows(profile, name, held))
        found[name] = Bounds(
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
    return found


_EVERYTHING = Cover(-inf, inf, inf)
_ABOVE_ZERO = ulp(0.0)


def missing_terminals(profile: DeviceProfile, wired: Container[str]) -> list[Problem]:
    """Terminals of the device that no channel of the bench is wired to."""
    return [
        Problem(
            f"terminals.{name}",
            f"is missing, but the device {profile.name} has this terminal; add "
            f"[terminals.{name}] with its channel to the bench file",
        )
        for name in profile.terminals
        if name not in wired
    ]


def standing_levels(profile: DeviceProfile) -> dict[str, float]:
    """The levels (V) that the profile holds terminals at; 0 where it holds none."""
    return {name: profile.standing(name).level for name in profile.terminals}


def standing_refusals(profile: DeviceProfile, limits: Mapping[str, ChannelLimits]) -> list[str]:
    """Every reason why a terminal cannot be held, or stand open, as the profile wants it."""
    levels = standing_levels(profile)
    found = []
    for name, terminal in profile.terminals.items():
        if terminal.rests == "open" and not limits[name].opens:
            found.append(
                f"{name} rests open, but {limits[name].instrument} has no relay to open it; wire "
                f'it to an instrument that has one, or set terminals.{name}.rests = "grounded"'
            )
        if terminal.bias is not None:
            found += bias_refusals(profile, limits, levels, name, profile.standing(name))
    return found


def bias_refusals(
    profile: DeviceProfile,
    limits: Mapping[str, ChannelLimits],
    held: Mapping[str, float],
    terminal: str,
    drive: Drive,
    plan: Covers | None = None,
) -> list[str]:
    """Every reason why a terminal must not be held so; empty if it may be."""
    if terminal not in profile.terminals or terminal not in limits:
        known = ", ".join(name for name in profile.terminals if name in limits)
        return [f"bias: there is no terminal {terminal}; the terminals are {known}"]
    if drive.source is Source.OPEN:
        if limits[terminal].opens:
            return []
        return [f"bias at {terminal}: {limits[terminal].instrument} has no relay to open it"]
    segment = Segment(drive.level, limits[terminal].min_width, drive.limit, None, drive.source)
    bar = Bar(((segment,),))
    score = Score(terminals=(terminal,), write=lambda: iter((bar,)), closing=(segment,))
    cover = None if plan is None else plan.biases
    return list(_judged("bias", score, profile, limits, held, cover))


def refusals(
    stimulus: Stimulus,
    profile: DeviceProfile,
    limits: Mapping[str, ChannelLimits],
    held: Mapping[str, float] | None = None,
    plan: Covers | None = None,
) -> list[str]:
    """Every reason why this stimulus must not be applied; empty if it may be.

    Parameters
    ----------
    stimulus
        What is to be applied.
    profile, limits
        What the device may suffer, and what the channel at each terminal can do.
    held
        Levels (V) of the terminals that it does not drive; by default those of the profile.
    plan
        What was agreed to, if it binds already.
    """
    held = standing_levels(profile) if held is None else held
    what = type(stimulus).__name__.lower()
    known = [name for name in profile.terminals if name in limits]
    found = [
        f"{what}: there is no terminal {terminal}; the terminals are {', '.join(known)}"
        for terminal in stimulus.terminals
        if terminal not in known
    ]
    if found:
        return found
    score = stimulus.score()
    cover = None if plan is None else plan.stimuli
    found += [f"{what}: {fault}" for fault in stimulus.faults()]
    found += _unplayable(what, stimulus, score, limits)
    found += _judged(what, score, profile, limits, held, cover)
    return list(dict.fromkeys(found))


def _unplayable(
    what: str, stimulus: Stimulus, score: Score, limits: Mapping[str, ChannelLimits]
) -> Iterator[str]:
    """Why the instruments cannot play it, whatever its levels."""
    axes = {limits[name].time_axis for name in score.terminals}
    shares_no_axis = len(score.terminals) > 1 and (len(axes) > 1 or "" in axes)
    if shares_no_axis and next(stimulus.parts(), None) is None:
        yield (
            f"{what}: {', '.join(score.terminals)} are to be driven together to the instant, but "
            f"{_instruments(score, limits)} share no time axis"
        )
    if score.stops_in_compliance:
        for name in score.terminals:
            if not limits[name].stops_in_compliance:
                yield (
                    f"{what} at {name}: {limits[name].instrument} cannot stop a sweep in "
                    "compliance; take levels one by one, or another instrument"
                )
    points = -(-score.readings // score.takes)
    channel = min((limits[name] for name in score.terminals), key=lambda one: one.max_points)
    if not 0 < points <= channel.max_points:
        yield (
            f"{what} at {stimulus.terminal}: {points} points; "
            f"{channel.instrument} takes 1 to {channel.max_points}"
        )


def _instruments(score: Score, limits: Mapping[str, ChannelLimits]) -> str:
    return " and ".join(dict.fromkeys(limits[name].instrument for name in score.terminals))


def _judged(
    what: str,
    score: Score,
    profile: DeviceProfile,
    limits: Mapping[str, ChannelLimits],
    held: Mapping[str, float],
    plan: CoverAt | None,
) -> Iterator[str]:
    """Levels, limits, power and times at each terminal, then differences between terminals."""
    bounds, shorter = bounds_of(profile, limits, held, plan), score.pulses_read_shorter
    all_inside = True
    for index, name in enumerate(score.terminals):
        channel, within = limits[name], bounds[name]
        broken: dict[_Limit, _Worst] = {}
        sources = set()
        for bar in score.bars():
            if within.hold(bar.parts[index], pulses_read_shorter=shorter):
                continue
            all_inside = False
            for segment in bar.parts[index]:
                sources.add(segment.source)
                if shorter and segment.purpose is not Purpose.READ:
                    segment = _read_shorter(segment, channel.max_aperture)
                for limit, value in _broken(segment, name, profile, channel, plan):
                    broken[limit] = broken.get(limit, _NONE).with_another(limit, value, bar.times)
        if Source.CURRENT in sources and not channel.sources_current:
            yield f"{what} at {name}: {channel.instrument} cannot source a current"
        if Source.OPEN in sources:
            yield f"{what} at {name}: it takes a source of voltage or current; a bias can be open"
        for limit, worst in _without_repeats(broken):
            yield f"{what} at {name}: {limit.said_of(worst)}"
    # The bounds of a single terminal are narrowed by what the others are held at.
    if len(score.terminals) > 1 or not all_inside:
        yield from refusals_across(what, score, profile, held)


def _read_shorter(segment: Segment, longest: float) -> Segment:
    """A segment as an instrument reads it that integrates no longer than ``longest`` (s)."""
    if segment.aperture is None or not segment.aperture > longest:
        return segment
    return segment._replace(aperture=longest)


def _without_repeats(broken: "Mapping[_Limit, _Worst]") -> "Iterator[tuple[_Limit, _Worst]]":
    """Without the limits of rests that are those of the levels around them."""
    for limit, worst in broken.items():
        of_levels = (limit.renamed(f"compliance of {word}") for word in _WORDS.values())
        if limit.quantity == _LIMIT_OF_REST and any(
            broken.get(of_level, _NONE).value == worst.value for of_level in of_levels
        ):
            continue
        yield limit, worst


class _Limit(NamedTuple):
    """One limit of one quantity, and whose it is."""

    quantity: str
    unit: Unit
    above: bool
    bound: float
    whose: str

    def renamed(self, quantity: str) -> "_Limit":
        return self._replace(quantity=quantity)

    def said_of(self, worst: "_Worst") -> str:
        relation = "above" if self.above else "below"
        many = f" (the worst of {worst.times})" if worst.times > 1 else ""
        return (
            f"{self.quantity} {self.unit.show(worst.value)}{many} is {relation} "
            f"{self.unit.show(self.bound)}, {self.whose}"
        )


class _Worst(NamedTuple):
    """The value furthest beyond a limit, and how often it is broken."""

    value: float
    times: int

    def with_another(self, limit: _Limit, value: float, times: int) -> "_Worst":
        further = not self.times or isnan(value) or (value > self.value) is limit.above
        return _Worst(value if further else self.value, self.times + times)


_NONE = _Worst(nan, 0)
_LIMIT_OF_REST = "compliance of rest"


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
    word = "rest" if segment.rests else _WORDS[segment.purpose]
    level, limit, of_limit = segment.level, segment.limit, f"compliance of {word}"
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
