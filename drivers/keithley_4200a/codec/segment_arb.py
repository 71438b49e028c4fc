"""Segment Arb commands of KXCI: sequences of segments and how often each is played. Pure.

Source: 4200A-SCS KXCI Remote Control Programming, 4200A-KXCI-907-01 Rev. E, p. 7-39 to 7-56.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mho.drivers.keithley_4200a.codec.numerals import moment, numeral
from mho.drivers.keithley_4200a.ranges import MAX_SEGMENTS_IN_MESSAGE

_SPOT_MEAN = 1


class Segment(NamedTuple):
    """A straight line from ``start`` to ``stop`` (V), read over ``window`` (s within it) or not."""

    duration: float
    start: float
    stop: float
    window: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class SegmentSequence:
    """Segments played one after the other, ``loops`` times."""

    segments: tuple[Segment, ...]
    loops: int = 1


Columns = Mapping[str, tuple[str, ...]]
"""The arrays of a sequence by their names in `definition`, one value a segment."""


def columns(segments: Sequence[Segment]) -> Columns:
    """What defines a sequence of segments.

    Segments that are not read have an empty window: the LPT layer has an error (-823) for
    anything else.
    """
    windows = [segment.window or (0.0, 0.0) for segment in segments]
    return {
        "TIME": tuple(moment(segment.duration) for segment in segments),
        "STARTV": tuple(numeral(segment.start) for segment in segments),
        "STOPV": tuple(numeral(segment.stop) for segment in segments),
        "MEAS:TYPE": tuple(str(_SPOT_MEAN * (segment.window is not None)) for segment in segments),
        "MEAS:START": tuple(moment(start) for start, _ in windows),
        "MEAS:STOP": tuple(moment(stop) for _, stop in windows),
    }


def definition(number: int, name: int, column: str, values: Sequence[str]) -> list[str]:
    """Messages that define one array of sequence ``name`` of a channel.

    One longer than 128 goes on in further messages.
    """
    return [
        f":PMU:SARB:SEQ:{column}{':ADD' if first else ''} {number},{name},"
        + ",".join(values[first : first + MAX_SEGMENTS_IN_MESSAGE])
        for first in range(0, len(values), MAX_SEGMENTS_IN_MESSAGE)
    ]


def messages_for(values: Sequence[str]) -> int:
    """How many messages define an array."""
    return -(-len(values) // MAX_SEGMENTS_IN_MESSAGE)


def waveform(number: int, names_and_loops: Iterable[tuple[int, int]]) -> str:
    """What a channel plays: names of sequences, and how often each."""
    played = ",".join(f"{name},{loops}" for name, loops in names_and_loops)
    return f":PMU:SARB:WFM:SEQ:LIST {number},{played}"
