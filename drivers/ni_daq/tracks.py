"""The segments of a score in ticks of the clock: every duration is a whole number of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from mho.drivers.ni_daq.program import Floats, Places
from mho.errors import UnsupportedError
from mho.quantities import SECOND
from mho.stimuli import Purpose, Score, Segment, Source


@dataclass(frozen=True, slots=True)
class Track:
    """Segments in ticks of the clock: lengths, and a row a terminal of everything else.

    ``apertures`` are 0 where nothing is read; ``reads`` says whether a reading is a read, and no
    reading of a pulse.
    """

    ticks: Places
    levels: Floats
    limits: Floats
    apertures: Places
    reads: NDArray[np.bool_]

    def tiled(self, times: int) -> "Track":
        """The same so many times in a row."""
        return Track(
            np.tile(self.ticks, times),
            np.tile(self.levels, (1, times)),
            np.tile(self.limits, (1, times)),
            np.tile(self.apertures, (1, times)),
            np.tile(self.reads, (1, times)),
        )

    def slower(self, divider: int) -> "Track":
        """In periods of a slower clock; what does not fit it lasts longer, and is at rest."""
        return replace(self, ticks=-(-self.ticks // divider), apertures=self.apertures // divider)


def tracks_of(score: Score, rate: float) -> Iterator[tuple[Track, int]]:
    """The segments, bar by bar, and how often each is played; bars that come once as one."""
    once: list[list[Segment]] = [[] for _ in score.terminals]
    for bar in score.bars():
        if bar.times == 1:
            for own, part in zip(once, bar.parts, strict=True):
                own.extend(part)
            continue
        if once[0]:
            yield _track(once, rate), 1
            once = [[] for _ in score.terminals]
        yield _track(bar.parts, rate), bar.times
    if once[0]:
        yield _track(once, rate), 1


def _track(parts: Sequence[Sequence[Segment]], rate: float) -> Track:
    if any(one.source is not Source.VOLTAGE for part in parts for one in part):
        raise UnsupportedError("an analogue output sources voltages only; take an SMU for currents")
    ticks = {one: _ticks(one, rate) for one in {segment.duration for segment in parts[0]}}
    return Track(
        np.array([ticks[one.duration] for one in parts[0]], dtype=np.int64),
        np.array([[one.level for one in part] for part in parts], dtype=float),
        np.array([[one.limit for one in part] for part in parts], dtype=float),
        np.array(
            [
                [
                    0 if one.aperture is None else max(1, floor(one.aperture * rate + 1e-6))
                    for one in part
                ]
                for part in parts
            ],
            dtype=np.int64,
        ),
        np.array([[one.purpose is Purpose.READ for one in part] for part in parts]),
    )


def rest_of(score: Score, rate: float) -> Track:
    """The rest that closes a stimulus: at least as long as asked."""
    size = len(score.terminals), 1
    ticks = max(2, ceil(score.closing[0].duration * rate - 1e-6))
    return Track(
        np.array([ticks], dtype=np.int64),
        np.zeros(size),
        np.array([[one.limit] for one in score.closing]),
        np.zeros(size, dtype=np.int64),
        np.zeros(size, dtype=bool),
    )


def _ticks(duration: float, rate: float) -> int:
    ticks = round(duration * rate)
    if ticks < 1 or abs(duration * rate - ticks) > 1e-3 + 1e-9 * duration * rate:
        around = [number / rate for number in (floor(duration * rate), ceil(duration * rate))]
        nearest = " or ".join(SECOND.show(float(f"{one:.9g}")) for one in around if one)
        raise UnsupportedError(
            f"{SECOND.show(duration)} is no multiple of the "
            f"{SECOND.show(float(f'{1 / rate:.9g}'))} of the sample clock; take {nearest}"
        )
    return ticks


def joined(tracks: list[Track]) -> Track:
    """One after the other."""
    return Track(
        np.concatenate([one.ticks for one in tracks]),
        np.concatenate([one.levels for one in tracks], axis=1),
        np.concatenate([one.limits for one in tracks], axis=1),
        np.concatenate([one.apertures for one in tracks], axis=1),
        np.concatenate([one.reads for one in tracks], axis=1),
    )
