"""The levels of a stimulus as segments: a ramp and a flat part each, exact to 10 ns. Pure."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from math import ceil, floor

from mho.drivers.keithley_4200a.codec.segment_arb import Segment
from mho.drivers.keithley_4200a.ranges import (
    MAX_SEGMENT,
    MAX_SEGMENTS,
    MIN_FLAT,
    MIN_SEGMENT,
    MIN_SEGMENTS,
    MIN_SLEW,
    TICK,
)
from mho.errors import LimitError, UnsupportedError
from mho.quantities import SECOND, VOLT
from mho.stimuli import Segment as ScoreSegment

Level = tuple[Segment, ...]

_MAX_TICKS = round(MAX_SEGMENT / TICK)


def levels(wanted: Sequence[ScoreSegment], transition: float, span: float) -> list[Level]:
    """The segments of each plateau, from 0 V on, on the voltage range ``span``.

    Raises
    ------
    LimitError
        A level lasts longer than a channel holds segments for.
    UnsupportedError
        A duration is off the 10 ns grid or too short, or an aperture too long.
    """
    found: dict[tuple[ScoreSegment, float], Level] = {}
    played = []
    before = 0.0
    for plateau in wanted:
        key = (plateau, before)
        level = found.get(key)
        if level is None:
            level = found[key] = tuple(_segments(plateau, before, transition, span))
        played.append(level)
        before = level[-1].stop
    return played


def segments(played: Sequence[Level]) -> tuple[Segment, ...]:
    """The segments of levels as one sequence; cut finer if they are fewer than one needs."""
    flat = [segment for level in played for segment in level]
    while len(flat) < MIN_SEGMENTS:  # a read at 0 V has no ramps
        flat[-1:] = _halves(flat[-1])
    return tuple(flat)


def moments(wanted: Sequence[ScoreSegment]) -> tuple[tuple[float, ...], float]:
    """When the readings of plateaus end, and when the last plateau does (s)."""
    ends, passed = [], 0
    for plateau in wanted:
        passed += ticks(plateau.duration)
        if plateau.aperture is not None:
            ends.append(passed * TICK)
    return tuple(ends), passed * TICK


@lru_cache(maxsize=256)  # a stimulus has many segments, but few durations
def ticks(seconds: float) -> int:
    """A duration in steps of the 10 ns grid.

    Raises
    ------
    UnsupportedError
        It is not on the grid.
    """
    number = round(seconds / TICK)
    if abs(seconds - number * TICK) > 1e-3 * TICK + 1e-9 * seconds:
        raise UnsupportedError(
            f"{SECOND.show(seconds)} is no multiple of the {SECOND.show(TICK)} of a pulse card"
        )
    return number


def whole_nanovolts(level: float) -> float:
    """A level without what arithmetic leaves where 0 V is meant, which is no edge."""
    return round(level, 9) + 0.0


def _segments(
    plateau: ScoreSegment, before: float, transition: float, span: float
) -> Iterator[Segment]:
    left = ticks(plateau.duration)
    level = whole_nanovolts(plateau.level)
    if level != before:
        ramp = max(ticks(transition), ticks(MIN_SEGMENT[span]))
        left -= ramp
        _refuse_slow(abs(level - before), ramp * TICK, span)
        yield Segment(ramp * TICK, before, level)
    least = ticks(MIN_SEGMENT[span] if plateau.aperture is None else MIN_FLAT[span])
    if left < least:
        raise UnsupportedError(
            f"{SECOND.show(plateau.duration)} at one level leaves "
            f"{SECOND.show(max(left, 0) * TICK)} beside its transition; the {VOLT.show(span)} "
            f"range of a pulse card needs {SECOND.show(least * TICK)}"
        )
    if left > MAX_SEGMENTS * _MAX_TICKS:
        raise LimitError(
            [
                f"{SECOND.show(plateau.duration)} at one level takes more than the {MAX_SEGMENTS} "
                f"segments of at most {SECOND.show(MAX_SEGMENT)} that a channel of a pulse card "
                "holds; shorten it"
            ]
        )
    flats = _flats(level, left)
    if plateau.aperture is not None:
        last = flats[-1]
        # A window is rounded down to the grid; one that begins within the ramp begins after it.
        width = min(max(1, floor(plateau.aperture / TICK + 1e-3)), left)
        if width > ticks(last.duration):
            raise UnsupportedError(
                f"an aperture of {SECOND.show(plateau.aperture)} does not fit into one segment of "
                "a pulse card"
            )
        flats[-1] = last._replace(window=(last.duration - width * TICK, last.duration))
    yield from flats


def _refuse_slow(rise: float, duration: float, span: float) -> None:
    if rise < MIN_SLEW[span] * duration:
        raise UnsupportedError(
            f"an edge of {VOLT.show(rise)} in {SECOND.show(duration)} is slower than the 1 V in "
            f"{SECOND.show(1 / MIN_SLEW[span])} of the {VOLT.show(span)} range of a pulse card; "
            "shorten the transition in the bench file, or take levels further apart"
        )


def _flat(level: float, length: int) -> Segment:
    return Segment(length * TICK, level, level)


def _flats(level: float, length: int) -> list[Segment]:
    """A constant level, cut into equal segments of at most 1 s."""
    number = max(1, ceil(length / _MAX_TICKS))
    cuts = [length * index // number for index in range(number + 1)]
    return [_flat(level, end - begin) for begin, end in pairwise(cuts)]


def _halves(flat: Segment) -> list[Segment]:
    length = ticks(flat.duration)
    return [_flat(flat.stop, length // 2), _flat(flat.stop, length - length // 2)]
