"""The older pulse commands of two letters; they need no page, and only set.

KXCI manual Rev. E pages 7-59 to 7-71, 4200A-SCS reference manual pages 9-62 to 9-65. Order and
number of the arguments of ``TO``, ``PO`` and ``PV`` are those that vendor programs and clients
send; codes of refusals are unverified. ``PN``, ``PE`` and ``VF`` stand in the manual's list, their
arguments were not found: they are refused as unsupported.
"""

from mho.sim_instruments.keithley_4200a.arguments import between, count, integer
from mho.sim_instruments.keithley_4200a.command import Entry
from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A
from mho.sim_instruments.keithley_4200a.source_channel import (
    LONGEST_EDGE,
    LONGEST_PERIOD,
    SHORTEST,
    SLACK,
    SOURCE_RANGES,
    SourceChannel,
)
from mho.sim_instruments.keithley_4200a.status import Refused

Arguments = tuple[str, ...]

CONTINUOUS = 1
"""Mode of ``PG``: page 9-64. 0 is a burst, 2 a burst for each trigger."""

MAX_COUNT = 2**32 - 1

MAX_CURRENT_LIMIT = 0.8
"""Amperes; the real limit is unknown."""


def _channel(instrument: Keithley4200A, arguments: Arguments) -> SourceChannel:
    """The channel that the first argument names; -965 while ``:PMU:`` has its output on."""
    channel = instrument.source_pulses.channel(integer(arguments, 0, 1, 8))
    if instrument.pulse_unit.channel(channel.number).output_on:
        raise Refused(-965)
    return channel


def _reset(instrument: Keithley4200A, arguments: Arguments) -> None:
    count(arguments, 1)
    channel = _channel(instrument, arguments)
    instrument.source_pulses.reset(instrument.clock.now(), channel.number)


def _load(instrument: Keithley4200A, arguments: Arguments) -> None:
    count(arguments, 2)
    _channel(instrument, arguments).load = between(arguments, 1, 1, 1e6)


def _times(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Channel, period, width, rise, fall; the period is that of both channels of the card."""
    count(arguments, 5)
    channel = _channel(instrument, arguments)
    shortest = SHORTEST[min(SHORTEST)]
    period = between(arguments, 1, shortest.period - SLACK, LONGEST_PERIOD)
    width = between(arguments, 2, shortest.width - SLACK, period)
    rise, fall = (between(arguments, i, shortest.edge - SLACK, LONGEST_EDGE) for i in (3, 4))
    channel.width, channel.rise, channel.fall = width, rise, fall
    instrument.source_pulses.periods[channel.card] = period


def _levels(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Channel, high, low, range, current limit; the last is checked, without effect here."""
    count(arguments, 4, 5)
    channel = _channel(instrument, arguments)
    chosen = between(arguments, 3, 5, 20)
    if chosen not in SOURCE_RANGES:
        raise Refused(-993)
    largest = SOURCE_RANGES[chosen]  # into 1 Mohm
    high, low = (between(arguments, index, -largest, largest) for index in (1, 2))
    if len(arguments) == 5:
        channel.current_limit = between(arguments, 4, 0, MAX_CURRENT_LIMIT)
    channel.high, channel.low, channel.range = high, low, chosen


def _trigger_source(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Channel, source: 0 software, 1 to 4 from outside. Of the whole card."""
    count(arguments, 2)
    channel = _channel(instrument, arguments)
    source = integer(arguments, 1, 0, 4)
    for other in instrument.source_pulses.channels.values():
        if other.card == channel.card:
            other.trigger_source = source


def _trigger_output(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Channel, delay of the pulse, polarity of the trigger output, which leads nowhere here."""
    count(arguments, 3)
    channel = _channel(instrument, arguments)
    integer(arguments, 2, 0, 1)
    channel.delay = between(arguments, 1, 0, LONGEST_PERIOD)


def _output(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Channel, 0 off or 1 on, and perhaps 0 normal or 1 complement."""
    with_mode = count(arguments, 2, 3) == 3
    channel = _channel(instrument, arguments)
    is_on = bool(integer(arguments, 1, 0, 1))
    if with_mode:
        channel.is_complement = bool(integer(arguments, 2, 0, 1))
    pulses = instrument.source_pulses
    if is_on:
        pulses.close_output(instrument.clock.now(), channel.number)
        return
    instrument.activity.let_burst_end(channel.number)
    pulses.open_output(instrument.clock.now(), channel.number)


def _start(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Channel, mode, count; a software trigger comes at once."""
    count(arguments, 2, 3)
    channel = _channel(instrument, arguments)
    mode = integer(arguments, 1, 0, 2)
    number = integer(arguments, 2, 1, MAX_COUNT) if len(arguments) == 3 else 1
    pulses = None if mode == CONTINUOUS else number
    instrument.source_pulses.trigger(instrument.clock.now(), channel.number, pulses)


def _halt(instrument: Keithley4200A, arguments: Arguments) -> None:
    count(arguments, 1)
    channel = _channel(instrument, arguments)
    instrument.source_pulses.halt(instrument.clock.now(), channel.number)


def _unsupported(instrument: Keithley4200A, arguments: Arguments) -> None:  # noqa: ARG001
    raise Refused(-986)


COMMANDS = {
    "PS": Entry(_reset),
    "PD": Entry(_load),
    "PT": Entry(_times),
    "PV": Entry(_levels),
    "TS": Entry(_trigger_source),
    "TO": Entry(_trigger_output),
    "PO": Entry(_output, while_busy=True),
    "PG": Entry(_start),
    "PH": Entry(_halt, while_busy=True),
    "PA": Entry(_halt, while_busy=True),
    "PN": Entry(_unsupported),
    "PE": Entry(_unsupported),
    "VF": Entry(_unsupported),
}
