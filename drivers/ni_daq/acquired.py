"""What the inputs measured, brought to readings; blocks are taken as they come, and not kept."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from mho.drivers.ni_daq.program import Floats, Places, Program, Windows
from mho.drivers.ni_daq.terminals import CurrentInput, OutputTerminal, VoltageInput
from mho.readings import MANY, Reading, Samples, Trace

SATURATED = "amplifier saturated"
"""Status of a reading in which the amplifier, or the input, was at its end: it is no data."""

_END = 0.998
"""Of what it goes to: from here on an amplifier or an input counts as at its end."""


@dataclass(frozen=True, slots=True)
class InputChannel:
    """One analogue input in a task: what it measures, how it is wired, its range (V)."""

    terminal: str
    channel: str
    wiring: str
    of_current: bool
    range: float


class _Sums:
    """Sums and largest magnitudes of one input over the windows of a terminal."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self._totals = np.zeros(len(windows))
        self.peaks = np.zeros(len(windows))

    @property
    def means(self) -> Floats:
        return self._totals / (self._windows.stops - self._windows.starts)

    def take(self, row: Floats, begin: int) -> None:
        """The samples of the input from number ``begin`` on."""
        end = begin + len(row)
        first = int(np.searchsorted(self._windows.stops, begin, side="right"))
        last = int(np.searchsorted(self._windows.starts, end, side="left"))
        if first >= last:
            return
        chosen = slice(first, last)
        starts = np.maximum(self._windows.starts[chosen], begin) - begin
        stops = np.minimum(self._windows.stops[chosen], end) - begin
        edges: Places = np.column_stack([starts, stops]).ravel()
        padded = np.append(row, 0.0)  # a window may end with the block
        self._totals[chosen] += np.add.reduceat(padded, edges)[::2]
        peaks = np.maximum.reduceat(np.abs(padded), edges)[::2]
        self.peaks[chosen] = np.maximum(self.peaks[chosen], peaks)


class Acquired:
    """Takes in the samples of all inputs of a program."""

    def __init__(self, program: Program, inputs: tuple[InputChannel, ...]) -> None:
        self._program = program
        self._inputs = inputs
        self._sums = {
            one: _Sums(program.windows[one.terminal])
            for one in inputs
            if one.terminal in program.windows
        }
        self._recorded = {
            one: _Sums(program.record[one.terminal])
            for one in inputs
            if one.terminal in program.record
        }
        self._taken = 0

    def take(self, block: Floats) -> None:
        """The next samples, a row an input."""
        for one, row in zip(self._inputs, block, strict=True):
            for sums in (self._sums, self._recorded):
                if one in sums:
                    sums[one].take(row, self._taken)
        self._taken += block.shape[1]

    def trace(self, start: float, terminals: Mapping[str, OutputTerminal]) -> Trace:
        """The readings of a program that began at ``start`` (s), and its record."""
        program = self._program
        found = _all(program.windows, self._sums, start, terminals)
        record = tuple(
            _in_order(program.record, _all(program.record, self._recorded, start, terminals))
        )
        if len(found) == 1:
            (samples,) = found.values()
            return Trace(samples if len(samples) > MANY else tuple(samples), record=record)
        return Trace(tuple(_in_order(program.windows, found)), record=record)


def _all(
    windows: Mapping[str, Windows],
    sums: Mapping[InputChannel, _Sums],
    start: float,
    terminals: Mapping[str, OutputTerminal],
) -> dict[str, Samples]:
    """What was measured at each terminal."""
    return {
        name: _samples(
            name,
            own,
            start,
            terminals[name],
            {one: made for one, made in sums.items() if one.terminal == name},
        )
        for name, own in windows.items()
    }


def _in_order(windows: Mapping[str, Windows], found: Mapping[str, Samples]) -> Iterator[Reading]:
    """Moment by moment; of one moment in the order of the terminals."""
    places = sorted(
        (int(column), order, index)
        for order, name in enumerate(found)
        for index, column in enumerate(windows[name].columns)
    )
    of = list(found.values())
    return (of[order][index] for _, order, index in places)


def _samples(
    name: str,
    windows: Windows,
    start: float,
    terminal: OutputTerminal,
    sums: Mapping[InputChannel, _Sums],
) -> Samples:
    """What its inputs measured; the voltage as it was sent, less what its meter took, if none did.

    A current that no input measures is NaN.
    """
    amperes = np.full(len(windows), np.nan)
    saturated = np.zeros(len(windows), dtype=bool)
    voltage = windows.levels
    for one, made in sums.items():
        if one.of_current and terminal.current is not None:
            amperes = (made.means - terminal.current.offset) / terminal.current.gain
            saturated = made.peaks >= _END * min(one.range, terminal.current.saturation)
            voltage = windows.levels - terminal.current.resistance * amperes
    for one, made in sums.items():
        if not one.of_current and terminal.voltage is not None:
            voltage = made.means - terminal.voltage.offset
    return Samples(
        name,
        start + windows.moments,
        np.where(saturated, np.nan, voltage),
        amperes,
        saturated | (np.abs(amperes) > windows.limits),
        np.where(saturated, SATURATED, ""),
    )


def inputs_of(
    program: Program, terminals: Mapping[str, OutputTerminal], ranges: tuple[float, ...]
) -> tuple[InputChannel, ...]:
    """The inputs that a program reads, each on the smallest range that holds what is asked for.

    One range serves a program: that of its largest compliance, or of its largest level.
    """
    found = []
    for name in program.measured:
        meter, voltmeter = terminals[name].current, terminals[name].voltage
        own = [windows[name] for windows in (program.windows, program.record) if name in windows]
        if meter is not None:
            limit = max(float(one.limits.max()) for one in own)
            largest = abs(meter.gain) * limit + abs(meter.offset)
            found.append(_channel(name, meter, True, _range(ranges, largest)))
        if voltmeter is not None and name in program.voltages:
            levels = program.levels[name] if name in program.record else own[0].levels
            largest = float(np.abs(levels).max()) + abs(voltmeter.offset)
            found.append(_channel(name, voltmeter, False, _range(ranges, largest)))
    return tuple(found)


def _channel(
    terminal: str, one: CurrentInput | VoltageInput, of_current: bool, span: float
) -> InputChannel:
    return InputChannel(terminal, one.input, one.wiring, of_current, span)


def _range(ranges: tuple[float, ...], largest: float) -> float:
    return next((span for span in ranges if largest <= span * _END), ranges[-1])
