"""The older pulse commands of two letters: pulses that are sourced, and nothing measured.

4200A-SCS Pulse Card manual; KXCI manual Rev. E pages 7-59 to 7-71; reference manual 9-62, 9-65. On
a virtual clock no time passes between two messages: an output that is switched off while a burst
plays is switched off at its end then. Of continuous output only so many pulses are computed between
two messages as `MAX_ACTIONS` allows; the device rests for the remaining time.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from mho.sim_instruments.keithley_4200a.connections import Connections
from mho.sim_instruments.keithley_4200a.options import KeithleyOptions
from mho.sim_instruments.keithley_4200a.pulse_channel import PulseChannel
from mho.sim_instruments.keithley_4200a.pulse_output import PulseOutput
from mho.sim_instruments.keithley_4200a.run import Run, Script
from mho.sim_instruments.keithley_4200a.segments import PICOSECOND, Block, play
from mho.sim_instruments.keithley_4200a.source_channel import SOURCE_RANGES, SourceChannel
from mho.sim_instruments.keithley_4200a.standard_pulses import reach
from mho.sim_instruments.keithley_4200a.status import Refused

ENDLESS = 10**15
"""Pulses of continuous output."""

MAX_ACTIONS = 50_000
"""Computed for one message."""


class SourcePulses:
    """All channels of the pulse cards, as the two-letter commands know them."""

    def __init__(
        self, connections: Connections, generator: np.random.Generator, options: KeithleyOptions
    ) -> None:
        self._connections, self._generator, self._options = connections, generator, options
        self._names = dict(enumerate(options.chassis.pmu_channels, start=1))
        self.channels = {number: SourceChannel(number) for number in self._names}
        self.periods = dict.fromkeys({channel.card for channel in self.channels.values()}, 1e-6)
        self.bursts: dict[int, Run] = {}
        """By channel, while it plays; those of continuous output too."""
        self._endless: dict[int, _Continuous] = {}

    @property
    def is_busy(self) -> bool:
        """A burst plays; continuous output does not count (unverified)."""
        return any(number not in self._endless for number in self.bursts)

    def plays_burst(self, number: int) -> bool:
        """A burst, not continuous output, plays on channel ``number``."""
        return number in self.bursts and number not in self._endless

    @property
    def has_output_on(self) -> bool:
        """The relay of some channel is closed."""
        return any(channel.output is not None for channel in self.channels.values())

    def channel(self, number: int) -> SourceChannel:
        """Channel ``number``; -978 if there is no such card."""
        try:
            return self.channels[number]
        except KeyError:
            raise Refused(-978) from None

    def reset(self, moment: float, number: int) -> None:
        """``PS``: output off, settings at their defaults; so is the period of the card."""
        channel = self.channel(number)
        self.open_output(moment, number)
        self.channels[number] = SourceChannel(number)
        self.periods[channel.card] = 1e-6

    def close_output(self, moment: float, number: int) -> None:
        """``PO n, 1``: the relay closes, and the level at rest stands at the terminal."""
        channel = self.channel(number)
        volts = SOURCE_RANGES[channel.range]
        name = self._names[number]
        channel.settings = PulseChannel(
            number,
            name,
            has_rpm=self._connections.rpm_mode(name) is not None,
            source_range=volts,
            load=channel.load,
            output_on=True,
        )
        if max(abs(channel.high), abs(channel.low)) > reach(channel.settings):
            raise Refused(-964)
        channel.output = PulseOutput(
            channel.settings, self._connections, self._generator, self._options.noise
        )
        self._rest(moment, channel)

    def open_output(self, moment: float, number: int) -> None:
        """``PO n, 0``: the relay opens; what plays ends here."""
        channel = self.channel(number)
        self._drop(number)
        if channel.output is not None:
            channel.output.open(moment)
            channel.output = channel.settings = None

    def trigger(self, moment: float, number: int, count: int | None) -> None:
        """``PG``: ``count`` pulses from ``moment`` on, or continuous output (None).

        With a trigger from outside, which never comes here, it is only armed.
        """
        channel = self.channel(number)
        segments = channel.pulse(self.periods[channel.card])
        for segment in segments:
            limits = 1 / 2.7e-3 if channel.range == 5.0 else 1 / 0.5e-3
            change = abs(segment.stop - segment.start)
            if change and change / segment.duration < limits:
                raise Refused(-959)
        self._drop(number)
        if channel.output is None or channel.trigger_source:
            return
        self.close_output(moment, number)  # with the settings of now
        output, ramp_steps = channel.output, self._options.ramp_steps
        blocks = [Block(segments, ENDLESS if count is None else count)]

        def script(start: float) -> Iterator[float]:
            for elapsed, _ in play(output, blocks, start, ramp_steps, lambda _part, _points: None):
                yield start + elapsed * PICOSECOND

        self.bursts[number] = Run(script, moment, cleanup=_nothing)
        if count is None:
            self._endless[number] = _Continuous(script, moment, self.periods[channel.card])

    def halt(self, moment: float, number: int) -> None:
        """``PH``: no more pulses; the level at rest stays."""
        channel = self.channel(number)
        self._drop(number)
        self._rest(moment, channel)

    def next_moment(self) -> float:
        """When the next of their actions is due; infinity if nothing plays."""
        return min((run.next_moment for run in self.bursts.values()), default=math.inf)

    def play(self, moment: float) -> None:
        """Play what is due up to ``moment``, at most `MAX_ACTIONS`."""
        for _ in range(MAX_ACTIONS):
            number = min(
                self.bursts, key=lambda number: self.bursts[number].next_moment, default=None
            )
            if number is None:
                return
            run = self.bursts[number]
            if run.next_moment > moment:
                return
            run.play_next()
            if run.is_done:
                self._drop(number)
        for number, continuous in self._endless.items():
            self._skip(moment, number, continuous)

    def _skip(self, moment: float, number: int, continuous: "_Continuous") -> None:
        """Go on at the first period that begins after ``moment``; rest up to then."""
        self._rest(self.bursts[number].next_moment, self.channels[number])
        periods = math.floor((moment - continuous.start) / continuous.period) + 1
        start = continuous.start + periods * continuous.period
        self.bursts[number] = Run(continuous.script, start, cleanup=_nothing)

    def _rest(self, moment: float, channel: SourceChannel) -> None:
        if channel.output is not None:
            channel.output.set(moment, channel.levels[0])
            channel.output.settle(moment)

    def _drop(self, number: int) -> None:
        self.bursts.pop(number, None)
        self._endless.pop(number, None)


class _Continuous(NamedTuple):
    """Continuous output: one period after another from ``start`` on."""

    script: Script
    start: float
    period: float


def _nothing(moment: float) -> None:
    """A burst that is cut short leaves the output as it is."""
