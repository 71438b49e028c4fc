"""The pulse cards: what their channels share, and how a run is started."""

import heapq
from collections.abc import Iterable, Iterator

import numpy as np

from mho.sim_instruments.keithley_4200a.connections import Connections
from mho.sim_instruments.keithley_4200a.options import KeithleyOptions
from mho.sim_instruments.keithley_4200a.pulse_channel import (
    SPOT_FIELDS,
    PulseChannel,
    PulsePoint,
)
from mho.sim_instruments.keithley_4200a.pulse_limits import (
    CHASSIS_POWER,
    IDLE_PMU,
    IDLE_RPM,
    MAX_RATE,
    TEST_HIGH_POWER_SMU,
)
from mho.sim_instruments.keithley_4200a.pulse_output import PulseOutput
from mho.sim_instruments.keithley_4200a.run import Run
from mho.sim_instruments.keithley_4200a.segment_arb import compile_segments
from mho.sim_instruments.keithley_4200a.segments import PICOSECOND, Block, Sink, play
from mho.sim_instruments.keithley_4200a.standard_pulses import (
    SPOT_AVERAGE,
    SPOT_DISCRETE,
    compile_pulses,
)
from mho.sim_instruments.keithley_4200a.status import Refused
from mho.stimuli import OPEN

DEFAULT_PERIOD = 1e-6


class PulseUnit:
    """All pulse cards of the chassis; channel numbers run from 1 over the cards."""

    def __init__(
        self,
        connections: Connections,
        generator: np.random.Generator,
        options: KeithleyOptions,
    ) -> None:
        self._connections, self._chassis = connections, options.chassis
        self._generator, self._options = generator, options
        self._power = (  # without what is in test, page 1-2; SMUs of high power count as if in test
            IDLE_PMU * len(self._chassis.pmus)
            + IDLE_RPM * len(self._chassis.rpm_channels)
            + TEST_HIGH_POWER_SMU * sum(card.high_power for card in self._chassis.smus)
        )
        self._prepare(None)

    def _prepare(self, segment_arb: bool | None) -> None:
        self.segment_arb = segment_arb
        self.period = DEFAULT_PERIOD
        self.burst = 1
        self.measure_mode = SPOT_DISCRETE
        self.rate = MAX_RATE
        self.channels = {
            number: PulseChannel(number, name, name in self._chassis.rpm_channels)
            for number, name in enumerate(self._chassis.pmu_channels, start=1)
        }

    def initialise(self, moment: float, *, segment_arb: bool) -> None:
        """``:PMU:INIT``: outputs off, settings, sequences and data gone."""
        self.switch_off(moment)
        self._prepare(segment_arb)

    def reset(self, moment: float) -> None:
        """``*RST``: as after ``:PMU:INIT 0``."""
        self.initialise(moment, segment_arb=False)

    def channel(self, number: int) -> PulseChannel:
        """Channel ``number``; -978 if there is no such card."""
        try:
            return self.channels[number]
        except KeyError:
            raise Refused(-978) from None

    def switch_off(self, moment: float) -> None:
        """Open all outputs now."""
        for channel in self.channels.values():
            self.switch_channel_off(moment, channel)

    def switch_channel_off(self, moment: float, channel: PulseChannel) -> None:
        """Open one output now; what still plays on it reaches nothing."""
        channel.output_on = False
        self._connections.drive(moment, channel.name, OPEN)

    def begin(self, moment: float) -> Run:
        """Check everything and start all channels whose output is on, on one time axis.

        Raises
        ------
        Refused
            What does not fit together.
        """
        active = [channel for channel in self.channels.values() if channel.output_on]
        if self.segment_arb is None:
            raise Refused(-965)
        if not active:
            raise Refused(-991)
        self._check_power(active)
        for channel in active:
            _ = channel.chosen_range
        programs: dict[int, Iterable[Block]]
        if self.segment_arb:
            checks = self._options.relay_time == "checked"
            programs = {
                **compile_segments(active, self._connections, self.rate, checks_relay_time=checks)
            }
        else:
            programs = {
                **compile_pulses(active, self.period, self.burst, self.measure_mode, self.rate)
            }
        start = moment + self._options.execute_overhead
        for channel in active:
            channel.data = []
            channel.fields = self._fields(channel)

        def script(start: float) -> Iterator[float]:
            tracks = [
                play(
                    PulseOutput(channel, self._connections, self._generator, self._options.noise),
                    programs[channel.number],
                    start,
                    self._options.ramp_steps,
                    _sink(channel),
                )
                for channel in active
            ]
            merged = tracks[0] if len(tracks) == 1 else heapq.merge(*tracks)
            for elapsed, _ in merged:
                yield start + elapsed * PICOSECOND

        return Run(script, start, cleanup=self.switch_off)

    def _fields(self, channel: PulseChannel) -> tuple[str, ...]:
        if self.segment_arb or self.measure_mode not in (SPOT_DISCRETE, SPOT_AVERAGE):
            return SPOT_FIELDS
        parts = [part for part, on in zip("HL", channel.acquires, strict=True) if on]
        return tuple(field + part for part in parts for field in SPOT_FIELDS)

    def _check_power(self, active: list[PulseChannel]) -> None:
        if self._power + sum(channel.limits.test_power for channel in active) > CHASSIS_POWER:
            raise Refused(-950)


def _sink(channel: PulseChannel) -> Sink:
    """Puts finished points into the data of a channel, high and low of a pulse in one row."""
    both = len(channel.fields) == 2 * len(SPOT_FIELDS)
    waiting: list[PulsePoint] = []

    def take(part: str, points: list[PulsePoint]) -> None:
        if both and part == "H":
            waiting[:] = points
        elif both and part == "L":
            channel.data.append((*waiting, *points))
        else:
            channel.data.extend((point,) for point in points)

    return take
