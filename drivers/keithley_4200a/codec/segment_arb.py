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


def definition(number: int, name: int, segments: Sequence[Segment]) -> dict[str, list[str]]:
    """Messages that define sequence ``name`` of a channel, by what they define.

    Arrays longer than 128 go on in further messages. Segments that are not read have an empty
    window: the LPT layer has an error (-823) for anything else.
    """
    windows = [segment.window or (0.0, 0.0) for segment in segments]
    columns = {
        "TIME": [moment(segment.duration) for segment in segments],
        "STARTV": [numeral(segment.start) for segment in segments],
        "STOPV": [numeral(segment.stop) for segment in segments],
        "MEAS:TYPE": [str(_SPOT_MEAN * (segment.window is not None)) for segment in segments],
        "MEAS:START": [moment(start) for start, _ in windows],
        "MEAS:STOP": [moment(stop) for _, stop in windows],
    }
    return {
        column: [
            f":PMU:SARB:SEQ:{column}{':ADD' if first else ''} {number},{name},"
            + ",".join(values[first : first + MAX_SEGMENTS_IN_MESSAGE])
            for first in range(0, len(values), MAX_SEGMENTS_IN_MESSAGE)
        ]
        for column, values in columns.items()
    }


def waveform(number: int, names_and_loops: Iterable[tuple[int, int]]) -> str:
    """What a channel plays: names of sequences, and how often each."""
    played = ",".join(f"{name},{loops}" for name, loops in names_and_loops)
    return f":PMU:SARB:WFM:SEQ:LIST {number},{played}"


def waveforms(
    channels: Mapping[int, Sequence[SegmentSequence]], first_name: int = 1
) -> dict[tuple[int, str], list[str]]:
    """Messages that make several channels play their sequences at once, by channel and content.

    The channels must last equally long; that is for the caller to see to.
    """
    found: dict[tuple[int, str], list[str]] = {}
    for number, sequences in channels.items():
        names = range(first_name, first_name + len(sequences))
        for name, sequence in zip(names, sequences, strict=True):
            for column, lines in definition(number, name, sequence.segments).items():
                found[number, f"{name} {column}"] = lines
        loops = [sequence.loops for sequence in sequences]
        found[number, "WFM"] = [waveform(number, zip(names, loops, strict=True))]
    return found
