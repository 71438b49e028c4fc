"""Uniform sequences: one range, limit and aperture for all steps.

A read longer than the common aperture becomes several steps, evenly spread over its window, whose
points are averaged.

What needs more than `MAX_STEPS` steps is played by several programs, one after the other, made as
they are needed. Between two of them the terminal stays for a few exchanges longer than asked as it
is: that is never within or right after a pulse.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from math import ceil, floor

from mho.drivers.ni_pxie_4139.program import (
    Point,
    Program,
    check_duration,
    source_of,
    step_of,
    too_long,
    whole_samples,
)
from mho.drivers.ni_pxie_4139.ranges import MAX_STEPS, MIN_STEP
from mho.drivers.ni_pxie_4139.steps import Step, level_range
from mho.errors import LimitError, UnsupportedError
from mho.quantities import AMPERE, VOLT, WATT
from mho.stimuli import PulseTrain, Purpose, Read, Score, Segment, Source, Stimulus, Waveforms

_MANY_STEPS = 10_000


def uniform(
    stimulus: Stimulus, max_source_power: float, *, rests_open: bool = False
) -> Iterator[Program]:
    """The programs that play a stimulus one after the other; all of them can be made.

    ``max_source_power`` (W) is that of the SMU: what it plays as a train is read with the limit of
    the pulses, which the score does not say. Where the terminal ``rests_open``, its return to rest
    at 0 V is a state of its own and is not to last longer than asked: then every read is taken in
    pieces as short as that, unless they would be more than `_MANY_STEPS`.

    Raises
    ------
    LimitError
        A level or limit for which an SMU has no range; more power than it sources.
    UnsupportedError
        A duration, aperture or length that it cannot play, or two sources at one terminal.
    """
    match stimulus:
        case (
            PulseTrain(verify=Read() as verify, source=Source.VOLTAGE)
            | Waveforms(verify=Read() as verify)
        ):
            _check_shared_limit(verify, stimulus.compliance, max_source_power)
    score = stimulus.score()
    layout = _layout(score, score.terminals.index(stimulus.terminal), rests_open=rests_open)
    lengths = list(_lengths(score, stimulus.terminal, layout))
    segments = score.at(stimulus.terminal)
    return (_program(islice(segments, length), layout) for length in lengths)


@dataclass(frozen=True, slots=True)
class _Layout:
    """What all steps share, and into how many steps each kind of segment is split.

    ``parts`` is by duration and aperture of a segment.
    """

    source: Source
    span: float
    limit: float
    aperture: float
    parts: Mapping[tuple[float, float | None], int]

    def parts_of(self, segment: Segment) -> int:
        """Into how many steps a segment is split."""
        return self.parts[segment.duration, segment.aperture]

    def steps_of(self, segment: Segment) -> list[Step]:
        """The steps of a segment."""
        parts = self.parts_of(segment)
        slot = (segment.aperture or 0.0) / parts
        lead = segment.duration - (parts - 1) * slot
        first = step_of(segment, lead, self.aperture, self.limit, self.span)
        if parts == 1:
            return [first]
        return [
            first,
            *[step_of(segment, slot, self.aperture, self.limit, self.span)] * (parts - 1),
        ]


def _layout(score: Score, index: int, *, rests_open: bool) -> _Layout:
    """See that all of it can be played, and how."""
    closing = score.closing[index]
    sources, furthest = {closing.source}, 0.0
    kinds: dict[tuple[float, float | None], Segment] = {}
    for bar in score.bars():
        for segment in bar.parts[index]:
            furthest = max(furthest, segment.level, key=abs)
            sources.add(segment.source)
            kinds.setdefault((segment.duration, segment.aperture), segment)
    for segment in (*kinds.values(), closing):
        check_duration(segment)
    source = source_of(sources)
    aperture = _common_aperture(kinds.values())
    if rests_open:
        exact = _common_aperture((*kinds.values(), closing))
        steps = sum(
            bar.times * sum(_parts(segment, exact) for segment in bar.parts[index])
            for bar in score.bars()
        )
        aperture = exact if steps <= _MANY_STEPS else aperture
    kinds.setdefault((closing.duration, closing.aperture), closing)
    layout = _Layout(
        source=source,
        span=level_range(source, furthest),
        limit=closing.limit,
        aperture=aperture,
        parts={kind: _parts(segment, aperture) for kind, segment in kinds.items()},
    )
    for segment in kinds.values():
        layout.steps_of(segment._replace(level=furthest))
    return layout


def _lengths(score: Score, terminal: str, layout: _Layout) -> Iterator[int]:
    """How many segments each program has: as many as fit, up to one at which it may end."""
    count = length = good = beyond = 0
    for segment in score.at(terminal):
        parts = layout.parts_of(segment)
        if length + parts > MAX_STEPS:
            if not good or parts > MAX_STEPS:
                raise too_long()
            yield good
            count, length, good = count - good, beyond, 0
            if length + parts > MAX_STEPS:
                raise too_long()
        count += 1
        length += parts
        beyond += parts
        if segment.rests or segment.purpose is Purpose.READ or not score.pulses_read_shorter:
            good, beyond = count, 0
    yield count


def _program(segments: Iterable[Segment], layout: _Layout) -> Program:
    made: dict[Segment, list[Step]] = {}
    steps: list[Step] = []
    points: list[Point] = []
    end = 0.0
    for segment in segments:
        own = made.get(segment)
        if own is None:
            own = made[segment] = layout.steps_of(segment)
        end += segment.duration
        if segment.aperture is not None:
            points.append(Point(len(steps), len(own), end))
        steps += own
    return Program(tuple(steps), tuple(points), uniform=True, source=layout.source)


def _check_shared_limit(verify: Read, limit: float, max_source_power: float) -> None:
    if verify.compliance > limit:
        raise UnsupportedError(
            "all steps of a train or waveform share one current limit on this SMU, that of the "
            f"pulses; the verify read asks for {AMPERE.show(verify.compliance)}, above "
            f"the {AMPERE.show(limit)} of the pulses. Lower it"
        )
    power = abs(verify.voltage) * limit
    if power > max_source_power:
        raise LimitError(
            [
                f"a verify read at {VOLT.show(verify.voltage)} shares the current limit of the "
                f"pulses on this SMU, {AMPERE.show(limit)}: {WATT.show(power)} is above the "
                f"{WATT.show(max_source_power)} that it sources"
            ]
        )


def _parts(segment: Segment, aperture: float) -> int:
    """Into how many steps of the common ``aperture`` the read of a segment is split."""
    if segment.aperture is None:
        return 1
    return max(1, floor(segment.aperture / max(aperture, MIN_STEP) + 1e-9))


def _common_aperture(segments: Collection[Segment]) -> float:
    """The largest aperture that divides the shortest read and fits into every segment."""
    apertures = [segment.aperture for segment in segments if segment.aperture is not None]
    shortest = min(apertures)
    room = min(
        segment.duration if segment.aperture is None else segment.aperture for segment in segments
    )
    return whole_samples(shortest / ceil(shortest / room - 1e-9))
