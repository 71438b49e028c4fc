"""What the inputs measured, brought to readings; blocks are taken as they come, and not kept."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from mho.drivers.ni_daq.program import Floats, Places, Program, Windows
from mho.drivers.ni_daq.settings import CurrentInput, OutputTerminal, VoltageInput
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
        self._sums = {one: _Sums(program.windows[one.terminal]) for one in inputs}
        self._taken = 0

    def take(self, block: Floats) -> None:
        """The next samples, a row an input."""
        for one, row in zip(self._inputs, block, strict=True):
            self._sums[one].take(row, self._taken)
        self._taken += block.shape[1]

    def trace(self, start: float, terminals: Mapping[str, OutputTerminal]) -> Trace:
        """The readings of a program that began at ``start`` (s)."""
        found = {
            name: self._samples(name, windows, start, terminals[name])
            for name, windows in self._program.windows.items()
        }
        if len(found) == 1:
            (samples,) = found.values()
            return Trace(samples if len(samples) > MANY else tuple(samples))
        return Trace(tuple(self._in_order(found)))

    def _in_order(self, found: Mapping[str, Samples]) -> Iterator[Reading]:
        """Moment by moment; of one moment in the order of the terminals."""
        places = sorted(
            (int(column), order, index)
            for order, name in enumerate(found)
            for index, column in enumerate(self._program.windows[name].columns)
        )
        of = list(found.values())
        return (of[order][index] for _, order, index in places)

    def _samples(
        self, name: str, windows: Windows, start: float, terminal: OutputTerminal
    ) -> Samples:
        (current,) = (one for one in self._inputs if one.terminal == name and one.of_current)
        meter = terminal.current
        assert meter is not None, "nothing is compiled that is read without"  # noqa: S101
        sums = self._sums[current]
        amperes = (sums.means - meter.offset) / meter.gain
        saturated = sums.peaks >= _END * min(current.range, meter.saturation)
        voltage = np.where(saturated, np.nan, self._volts(name, windows, amperes, terminal, meter))
        return Samples(
            name,
            start + windows.moments,
            voltage,
            amperes,
            saturated | (np.abs(amperes) > windows.limits),
            np.where(saturated, SATURATED, ""),
        )

    def _volts(
        self,
        name: str,
        windows: Windows,
        amperes: Floats,
        terminal: OutputTerminal,
        meter: CurrentInput,
    ) -> Floats:
        """What stood at the terminal: measured, or sent less what the meter took."""
        for one in self._inputs:
            if one.terminal == name and not one.of_current and terminal.voltage is not None:
                return self._sums[one].means - terminal.voltage.offset
        return windows.levels - meter.resistance * amperes


def inputs_of(
    program: Program, terminals: Mapping[str, OutputTerminal], ranges: tuple[float, ...]
) -> tuple[InputChannel, ...]:
    """The inputs that a program reads, each on the smallest range that holds what is asked for.

    One range serves a program: that of its largest compliance, or of its largest level.
    """
    found = []
    for name, windows in program.windows.items():
        meter, voltmeter = terminals[name].current, terminals[name].voltage
        if meter is not None:
            largest = abs(meter.gain) * float(windows.limits.max()) + abs(meter.offset)
            found.append(_channel(name, meter, True, _range(ranges, largest)))
        if voltmeter is not None:
            highest = float(np.abs(windows.levels).max())
            largest = highest + abs(voltmeter.offset)
            found.append(_channel(name, voltmeter, False, _range(ranges, largest)))
    return tuple(found)


def _channel(
    terminal: str, one: CurrentInput | VoltageInput, of_current: bool, span: float
) -> InputChannel:
    return InputChannel(terminal, one.input, one.wiring, of_current, span)


def _range(ranges: tuple[float, ...], largest: float) -> float:
    return next((span for span in ranges if largest <= span * _END), ranges[-1])
