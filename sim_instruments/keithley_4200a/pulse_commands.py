"""The ``:PMU:`` commands but those of Segment Arb. KXCI manual Rev. E pages 7-4 to 7-34."""

# ruff: noqa: ARG001 - all handlers have one signature

import math
from collections.abc import Callable
from typing import Literal

from mho.sim_instruments.keithley_4200a import arguments as read
from mho.sim_instruments.keithley_4200a.arguments import PMU_ARGUMENT
from mho.sim_instruments.keithley_4200a.command import Entry, Handler
from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A
from mho.sim_instruments.keithley_4200a.pulse_channel import (
    PulseChannel,
    PulseLevels,
    PulseSweep,
    PulseTiming,
)
from mho.sim_instruments.keithley_4200a.pulse_limits import MAX_BLOCK, MAX_POINTS, MAX_RATE
from mho.sim_instruments.keithley_4200a.status import Refused

Arguments = tuple[str, ...]


def number(arguments: Arguments, index: int, low: float = -1e9, high: float = 1e9) -> float:
    """Argument ``index`` from ``low`` to ``high``, else -969."""
    return read.between(arguments, index, low, high, PMU_ARGUMENT)


def integer(arguments: Arguments, index: int, low: int, high: int) -> int:
    """Argument ``index`` as a whole number from ``low`` to ``high``, else -969."""
    return read.integer(arguments, index, low, high, PMU_ARGUMENT)


def channel_of(instrument: Keithley4200A, arguments: Arguments) -> PulseChannel:
    """The channel that the first argument names; -965 before the first ``:PMU:INIT``."""
    if instrument.pulse_unit.segment_arb is None:
        raise Refused(-965)
    return instrument.pulse_unit.channel(integer(arguments, 0, 1, 8))


def _initialise(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Page 7-9."""
    mode = integer(arguments, 0, 0, 1)
    instrument.reset_source_pulses()
    instrument.pulse_unit.initialise(instrument.clock.now(), segment_arb=mode == 1)


def _source_range(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Page 7-24."""
    volts = number(arguments, 1)
    if volts not in (10, 40):
        raise Refused(-969)
    channel_of(instrument, arguments).source_range = volts


def _measure_range(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Page 7-15."""
    channel = channel_of(instrument, arguments)
    kind = integer(arguments, 1, 0, 2)
    if len(arguments) > 2:
        channel.measure_range = number(arguments, 2, 0.0, 0.8)
    channel.measure_kind = kind


def _load(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Page 7-11."""
    channel_of(instrument, arguments).load = number(arguments, 1, 1, 1e7)


def _load_line(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Page 7-10."""
    channel_of(instrument, arguments).load_line_compensation = bool(integer(arguments, 1, 0, 1))


def _connection(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Pages 7-5, 7-12: cables are ideal here, so compensation changes nothing."""
    channel_of(instrument, arguments)
    if integer(arguments, 1, 1, 3) == 2:
        raise Refused(-969)


def _measure_mode(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Page 7-13."""
    instrument.pulse_unit.measure_mode = integer(arguments, 0, 0, 4)


def _acquire(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Page 7-14."""
    high, low = integer(arguments, 1, 0, 1), integer(arguments, 2, 0, 1)
    channel_of(instrument, arguments).acquires = (bool(high), bool(low))


def _burst(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Page 7-17."""
    instrument.pulse_unit.burst = integer(arguments, 0, 1, 10000)


def _times(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Page 7-18: period, width, rise, fall, delay."""
    read.count(arguments, 5, 6, code=PMU_ARGUMENT)
    channel = channel_of(instrument, arguments)
    period, *times = (number(arguments, index, 0, 1) for index in range(1, len(arguments)))
    channel.timing = PulseTiming(*times)
    instrument.pulse_unit.period = period


def _train(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Page 7-21."""
    levels = PulseLevels(number(arguments, 1, -40, 40), number(arguments, 2, -40, 40))
    channel_of(instrument, arguments).train = levels


def _sweep(what: Literal["AMPLITUDE", "BASE", "DC"], *, steps: bool) -> Handler:
    """Pages 7-25 to 7-31: start, stop, step, the other level (not for DC), dual (not for STEP)."""

    def handle(instrument: Keithley4200A, arguments: Arguments) -> None:
        channel = channel_of(instrument, arguments)
        start, stop = number(arguments, 1, -40, 40), number(arguments, 2, -40, 40)
        values = _staircase(start, stop, number(arguments, 3))
        following = 4
        other = 0.0
        if what != "DC":
            other = number(arguments, 4, -40, 40)
            following = 5
        if not steps and len(arguments) > following and integer(arguments, following, 0, 1):
            values += values[::-1]
        if steps:
            channel.step = PulseSweep(what, values, other)
        else:
            channel.sweep = PulseSweep(what, values, other)

    return handle


def _staircase(start: float, stop: float, step: float) -> tuple[float, ...]:
    if start == stop:
        return (start,)
    if not step:
        raise Refused(-969)
    points = int(abs((stop - start) / step) + 1.5)
    if points > MAX_POINTS:
        raise Refused(-949)
    step = math.copysign(step, stop - start)
    return tuple(start + step * index for index in range(points))


def _spot_window(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Page 7-32."""
    first, last = number(arguments, 1, 0, 1), number(arguments, 2, 0, 1)
    if not first < last:
        raise Refused(-969)
    channel_of(instrument, arguments).spot_window = (first, last)


def _waveform_window(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Page 7-34."""
    window = (number(arguments, 1, 0, 1), number(arguments, 2, 0, 1))
    channel_of(instrument, arguments).waveform_window = window


def _rate(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Page 7-23."""
    instrument.pulse_unit.rate = number(arguments, 0, 1e3, MAX_RATE)


def _retain(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Page 7-21: accepted, without effect."""
    channel_of(instrument, arguments)
    integer(arguments, 1, 0, 1)


def _output(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Page 7-16: off acts now, on at the next ``:PMU:EXECUTE``."""
    channel = channel_of(instrument, arguments)
    if integer(arguments, 1, 0, 1):
        channel.output_on = True
    else:
        instrument.pulse_unit.switch_channel_off(instrument.clock.now(), channel)


def _execute(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Page 7-9; not to be mixed with the commands of two letters: page 7-2."""
    if instrument.source_pulses.has_output_on:
        raise Refused(-965)
    instrument.begin(instrument.pulse_unit.begin(instrument.clock.now()))


def _abort(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Page 7-4: data stay, outputs go off."""
    instrument.activity.abort()
    instrument.pulse_unit.switch_off(instrument.clock.now())


def _status(instrument: Keithley4200A, arguments: Arguments) -> str:
    """Page 7-32."""
    return "1" if instrument.activity.is_busy else "0"


def _count(instrument: Keithley4200A, arguments: Arguments) -> str:
    """Page 7-6."""
    return str(len(channel_of(instrument, arguments).data))


def _data(instrument: Keithley4200A, arguments: Arguments) -> str:
    """Page 7-7: channel, start, count (at most 2048), fields."""
    channel = channel_of(instrument, arguments)
    start = integer(arguments, 1, 0, MAX_POINTS) if len(arguments) > 1 else 0
    count = integer(arguments, 2, 1, MAX_BLOCK) if len(arguments) > 2 else MAX_BLOCK
    wanted = tuple(" ".join(arguments[3:]).split())
    if not set(wanted) <= set(channel.fields):
        raise Refused(-969)
    return channel.reading(start, count, wanted)


def _standard_only(handler: Callable[[Keithley4200A, Arguments], str | None]) -> Handler:
    def handle(instrument: Keithley4200A, arguments: Arguments) -> str | None:
        if instrument.pulse_unit.segment_arb is not False:
            raise Refused(-965)
        return handler(instrument, arguments)

    return handle


COMMANDS = {
    ":PMU:INIT": Entry(_initialise),
    ":PMU:SOURCE:RANGE": Entry(_source_range),
    ":PMU:MEASURE:RANGE": Entry(_measure_range),
    ":PMU:LOAD": Entry(_load),
    ":PMU:LLEC:CONFIGURE": Entry(_load_line),
    ":PMU:CONNECTION:COMP": Entry(_connection),
    ":PMU:MEASURE:CONNECTION:COMP": Entry(_connection),
    ":PMU:MEASURE:MODE": Entry(_standard_only(_measure_mode)),
    ":PMU:MEASURE:PIV": Entry(_standard_only(_acquire)),
    ":PMU:PULSE:BURST:COUNT": Entry(_standard_only(_burst)),
    ":PMU:PULSE:TIMES": Entry(_standard_only(_times)),
    ":PMU:PULSE:TRAIN": Entry(_standard_only(_train)),
    ":PMU:SWEEP:PULSE:AMPLITUDE": Entry(_standard_only(_sweep("AMPLITUDE", steps=False))),
    ":PMU:SWEEP:PULSE:BASE": Entry(_standard_only(_sweep("BASE", steps=False))),
    ":PMU:SWEEP:DC": Entry(_standard_only(_sweep("DC", steps=False))),
    ":PMU:STEP:PULSE:AMPLITUDE": Entry(_standard_only(_sweep("AMPLITUDE", steps=True))),
    ":PMU:STEP:PULSE:BASE": Entry(_standard_only(_sweep("BASE", steps=True))),
    ":PMU:STEP:DC": Entry(_standard_only(_sweep("DC", steps=True))),
    # the manual's usage line and its examples do not agree on the name
    ":PMU:TIMES:PIV": Entry(_standard_only(_spot_window)),
    ":PMU:PIV:TIMES": Entry(_standard_only(_spot_window)),
    ":PMU:TIMES:WAVEFORM": Entry(_standard_only(_waveform_window)),
    ":PMU:SAMPLE:RATE": Entry(_rate),
    ":PMU:RETAIN:CONFIG": Entry(_retain),
    ":PMU:OUTPUT:STATE": Entry(_output, while_busy=True),
    ":PMU:EXECUTE": Entry(_execute),
    ":PMU:ABORT": Entry(_abort, while_busy=True),
    ":PMU:TEST:STATUS?": Entry(_status, is_query=True, while_busy=True),
    ":PMU:DATA:COUNT?": Entry(_count, is_query=True, while_busy=True),
    ":PMU:DATA:GET": Entry(_data, is_query=True, transfers=True, while_busy=True),
}
