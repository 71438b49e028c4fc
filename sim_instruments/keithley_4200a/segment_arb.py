"""Segment Arb mode: sequences of segments, checked and compiled at ``:PMU:EXECUTE``.

KXCI manual Rev. E pages 7-39 to 7-56; LPT manual Rev. D 6-20, 6-69.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from mho.sim_instruments.keithley_4200a.connections import Connections, RpmMode
from mho.sim_instruments.keithley_4200a.pulse_channel import FIXED, PulseChannel
from mho.sim_instruments.keithley_4200a.pulse_limits import (
    MAX_POINTS,
    MAX_RATE,
    MAX_SEGMENTS,
    SSR_TIME,
    TIME_GRID,
    SourceRange,
)
from mho.sim_instruments.keithley_4200a.segments import Block, Samples, Segment, Spot
from mho.sim_instruments.keithley_4200a.standard_pulses import reach
from mho.sim_instruments.keithley_4200a.status import Refused

NOTHING, SPOT_DISCRETE, WAVEFORM_DISCRETE, SPOT_AVERAGE, WAVEFORM_AVERAGE = range(5)
"""Measure types of a segment: page 7-45."""

SEGMENT_POWER_LIMIT = 10e-3
"""Largest measure range that an RPM holds: page 7-15."""

SLACK = 1e-12


def compile_segments(
    channels: Iterable[PulseChannel],
    connections: Connections,
    rate: float,
    *,
    checks_relay_time: bool,
) -> dict[int, Iterator[Block]]:
    """The blocks of every channel, by channel number.

    Raises
    ------
    Refused
        What :PMU:EXECUTE would refuse.
    """
    programs: dict[int, Iterator[Block]] = {}
    for channel in channels:
        if channel.measure_kind != FIXED:
            raise Refused(-967)
        if not channel.sequence_list or any(
            number not in channel.sequences for number, _ in channel.sequence_list
        ):
            raise Refused(-961)
        rpm = connections.rpm_mode(channel.name) == RpmMode.PULSE
        stored = channel.sequences
        if sum(len(arrays.get("TIME", ())) for arrays in stored.values()) > MAX_SEGMENTS:
            raise Refused(-954)
        bounds = _Bounds(
            channel.limits,
            reach(channel),
            opens=not rpm or channel.chosen_range > SEGMENT_POWER_LIMIT,
            shortest_switching=SSR_TIME if checks_relay_time else 0.0,
        )
        sequences = {
            number: _checked(tuple(stored[number].items()), bounds)
            for number, _ in channel.sequence_list
        }
        playlist = [(sequences[number], loops) for number, loops in channel.sequence_list]
        _check_joints(playlist)
        fitted = _fitted_rate(playlist, rate)
        programs[channel.number] = (
            Block(_segments(sequence, fitted), loops) for sequence, loops in playlist
        )
    return programs


Values = tuple[float, ...]


class _Bounds(NamedTuple):
    """What bounds the sequences of a channel; ``opens``: its relay may open within one."""

    limits: SourceRange
    farthest: float
    opens: bool
    shortest_switching: float


class _Sequence:
    """One sequence of a channel, its arrays complete and checked."""

    def __init__(self, arrays: dict[str, Values], bounds: _Bounds) -> None:
        self.times = times = arrays.get("TIME", ())
        count = len(times)
        self.starts, self.stops = arrays.get("STARTV", ()), arrays.get("STOPV", ())
        if len(self.starts) != count or len(self.stops) != count:
            raise Refused(-962)
        if count < 3:
            raise Refused(-958)
        self.types = _filled(arrays, "MEAS:TYPE", (0.0,) * count)
        self.begins = _filled(arrays, "MEAS:START", (0.0,) * count)
        self.ends = _filled(arrays, "MEAS:STOP", times)
        self.closed = _filled(arrays, "SSR", (1.0,) * count)
        self._check(bounds)

    def _check(self, bounds: _Bounds) -> None:
        limits = bounds.limits
        for index, (time, start, stop) in enumerate(
            zip(self.times, self.starts, self.stops, strict=True)
        ):
            on_grid = abs(time / TIME_GRID - round(time / TIME_GRID)) < 1e-3
            if not limits.shortest_edge - SLACK <= time <= 1.0 or not on_grid:
                raise Refused(-962)
            highest = max(abs(start), abs(stop))
            if highest > limits.volts:
                raise Refused(-962)
            if highest > bounds.farthest:
                raise Refused(-964)
            if start != stop and abs(stop - start) / time < limits.slowest * (1 - 1e-9):
                raise Refused(-959)
            if index and start != self.stops[index - 1]:
                raise Refused(-956)
            self._check_window(index, time)
            if not self.closed[index] and not bounds.opens:
                raise Refused(-955)
            switches = index and self.closed[index] != self.closed[index - 1]
            if switches and time < bounds.shortest_switching - SLACK:
                raise Refused(-962)

    def _check_window(self, index: int, time: float) -> None:
        begin, end = self.begins[index], self.ends[index]
        if not self.types[index] or begin == end == 0:
            return
        if not 0 <= begin < end <= time + SLACK:
            raise Refused(-962)
        if end - begin < 1 / MAX_RATE - SLACK:
            raise Refused(-957)

    def windows(self) -> Iterator[tuple[int, float]]:
        """Measure type and length of every window."""
        for kind, begin, end in zip(self.types, self.begins, self.ends, strict=True):
            if kind and end > begin:
                yield int(kind), end - begin

    def measure(self, index: int, rate: float) -> Spot | Samples | None:
        """What is measured in segment ``index`` at ``rate`` samples a second."""
        kind, begin, end = int(self.types[index]), self.begins[index], self.ends[index]
        if kind == NOTHING or end <= begin:
            return None
        count = max(1, int((end - begin) * rate + 1e-6))
        if kind in (SPOT_DISCRETE, SPOT_AVERAGE):
            return Spot(begin, end, count, kind == SPOT_AVERAGE)
        return Samples(tuple(begin + n / rate for n in range(count)), kind == WAVEFORM_AVERAGE)


# A closed loop plays the same sequences again and again; long ones are large.
@lru_cache(maxsize=8)
def _checked(arrays: tuple[tuple[str, Values], ...], bounds: _Bounds) -> _Sequence:
    return _Sequence(dict(arrays), bounds)


@lru_cache(maxsize=8)
def _segments(sequence: _Sequence, rate: float) -> tuple[Segment, ...]:
    """The segments, with their measurements at ``rate`` samples a second."""
    return tuple(
        Segment(time, start, stop, sequence.measure(index, rate), bool(sequence.closed[index]))
        for index, (time, start, stop) in enumerate(
            zip(sequence.times, sequence.starts, sequence.stops, strict=True)
        )
    )


Playlist = list[tuple[_Sequence, int]]


def _filled(arrays: dict[str, Values], name: str, default: Values) -> Values:
    values = arrays.get(name, default)
    if len(values) != len(default):
        raise Refused(-962)
    return values


def _check_joints(playlist: Playlist) -> None:
    """Each start must be the stop before it, over loops and sequences: page 7-39."""
    before: _Sequence | None = None
    for sequence, loops in playlist:
        if before is not None and sequence.starts[0] != before.stops[-1]:
            raise Refused(-956)
        if loops > 1 and sequence.starts[0] != sequence.stops[-1]:
            raise Refused(-956)
        before = sequence


def _fitted_rate(playlist: Playlist, rate: float) -> float:
    """The sample rate, raised to the shortest window, lowered so that all points fit."""
    spots, sampled, shortest = 0, 0.0, float("inf")
    for sequence, loops in playlist:
        for kind, length in sequence.windows():
            shortest = min(shortest, length)
            repeats = 1 if kind in (SPOT_AVERAGE, WAVEFORM_AVERAGE) else loops
            if kind in (SPOT_DISCRETE, SPOT_AVERAGE):
                spots += repeats
            else:
                sampled += repeats * length
    if spots > MAX_POINTS:
        raise Refused(-963)
    rate = max(rate, 1 / shortest)
    if sampled:
        rate = min(rate, (MAX_POINTS - spots) / sampled)
        if rate * shortest < 1 - 1e-9:
            raise Refused(-951)
    return rate
