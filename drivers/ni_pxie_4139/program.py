"""What an SMU plays: hardware-timed sequences, made of a stimulus without any I/O.

Every step of an NI sequence sources a level, waits its source delay and measures once over the
aperture, so a step lasts delay + aperture. Two families of sequences exist:

advanced
    Each step has ranges, limit, delay and aperture of its own: a read keeps a sensitive range
    beside a pulse that needs a large one (the 10 mA range is specified to 600 nA of offset, more
    than a 50 mV read of 10 uS delivers). Costs several exchanges per step, so it is for short
    sequences that are played often: pulse with verify read. That aperture and ranges may change
    per step is unverified on a 4139.
uniform
    One range, limit and aperture for all steps, sent in one exchange (``set_sequence``): trains,
    sweeps, holds. A train has the limit and range of its pulses for its verify reads as well.

One session knows one of the families only, see `channel.py`; what has one range throughout and few
different steps is played in either, so that it never asks for another session: a hold, a pulse, a
train that repeats a few pulses.

Segments last exactly as long as the score of the stimulus says, with one exception: in the uniform
family the closing return to rest lasts one common aperture, where that is longer than asked; else
every read would have to be taken in pieces as short as that return, as it is where the terminal
rests open. An aperture is rounded down to
whole samples of 0.56 us, still ending with its segment. What the hardware needs between two steps
comes on top and is not published (unverified).

A program sources a voltage or a current, throughout: whether a 4139 may change its output function
from one step to the next is unverified. The rests in a program that sources a current are 0 A.
"""

from dataclasses import dataclass
from math import floor, isinf
from typing import NamedTuple

from mho.drivers.ni_pxie_4139.ranges import (
    MAX_SAMPLES,
    MAX_SOURCE_DELAY,
    MAX_STEPS,
    MIN_STEP,
    SAMPLE_RATE,
)
from mho.drivers.ni_pxie_4139.steps import (
    PROPERTIES,
    STEPS,
    Properties,
    Step,
    limit_range,
    no_ranges,
)
from mho.errors import UnsupportedError
from mho.quantities import SECOND
from mho.stimuli import Segment, Source


class Point(NamedTuple):
    """One reading: the mean of ``number`` measurements from ``first`` on, ``end`` s after start."""

    first: int
    number: int
    end: float


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """One sequence, its steps played ``loops`` times; compared by identity.

    ``points`` are its readings; it has none if it only brings the output to a level. All of its
    steps have the same ``source``; in a ``uniform`` one they differ in level and delay only. After
    its last step, which is a rest, the terminal rests for ``rest`` seconds more.
    """

    steps: tuple[Step, ...]
    points: tuple[Point, ...]
    uniform: bool
    loops: int = 1
    source: Source = Source.VOLTAGE
    rest: float = 0.0

    @property
    def properties(self) -> Properties:
        """The properties of its steps."""
        return PROPERTIES[self.source]

    @property
    def first_level(self) -> float:
        """The level (V or A) of its first step."""
        level: float = getattr(self.steps[0], self.properties.level)
        return level

    @property
    def measurements(self) -> int:
        """How many measurements the sequence leaves in the buffer."""
        return len(self.steps) * self.loops

    @property
    def duration(self) -> float:
        """Seconds the sequence takes."""
        return self.loops * sum(step.source_delay + step.aperture_time for step in self.steps)


def source_of(sources: set[Source]) -> Source:
    """What drives the terminal in a sequence whose segments have these."""
    if len(sources) != 1 or not sources <= STEPS.keys():
        raise UnsupportedError(
            f"one sequence of a PXIe-4139 sources a voltage or a current, and nothing else; "
            f"this one asks for {' and '.join(sorted(sources))}"
        )
    return next(iter(sources))


def step_of(segment: Segment, duration: float, aperture: float, limit: float, span: float) -> Step:
    """A step at the level of a segment; ``span`` is the range of its level."""
    delay = max(0.0, duration - aperture)
    if delay > MAX_SOURCE_DELAY:
        raise UnsupportedError(
            f"{SECOND.show(duration)} at one level is longer than the source delay of "
            f"{SECOND.show(MAX_SOURCE_DELAY)} and the aperture that a PXIe-4139 can time"
        )
    limit_span = limit_range(segment.source, limit)
    if isinf(span) or isinf(limit_span):
        raise no_ranges(segment.source, segment.level, limit)
    return STEPS[segment.source](span, limit_span, segment.level, limit, delay, aperture)


def whole_samples(aperture: float) -> float:
    """An aperture (s) of whole samples, not longer than this one."""
    samples = floor(aperture * SAMPLE_RATE + 1e-6)
    if not 1 <= samples <= MAX_SAMPLES:
        raise UnsupportedError(
            f"an aperture of {SECOND.show(aperture)} is outside the "
            f"{SECOND.show(1 / SAMPLE_RATE)} to {SECOND.show(MAX_SAMPLES / SAMPLE_RATE)} "
            "of a PXIe-4139"
        )
    return samples / SAMPLE_RATE


def check_duration(segment: Segment) -> None:
    """Refuse what is too short for a step, or for its own aperture."""
    if segment.duration < MIN_STEP * (1 - 1e-9):
        raise UnsupportedError(
            f"{SECOND.show(segment.duration)} at one level is shorter than the "
            f"{SECOND.show(MIN_STEP)} that a sequence step of a PXIe-4139 takes"
        )
    if segment.aperture is not None and segment.aperture > segment.duration * (1 + 1e-9):
        raise UnsupportedError(
            f"an aperture of {SECOND.show(segment.aperture)} does not fit into "
            f"{SECOND.show(segment.duration)} at one level"
        )


def too_long() -> UnsupportedError:
    """The error that says what one sequence holds."""
    return UnsupportedError(
        f"this needs more than {MAX_STEPS} sequence steps without a rest among them, the most "
        "that this driver sends at once; shorten it, or shorten the aperture of its reads"
    )
