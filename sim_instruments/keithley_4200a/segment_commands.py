"""The ``:PMU:SARB:`` commands. KXCI manual Rev. E pages 7-39 to 7-56."""

from mho.sim_instruments.keithley_4200a.command import Entry, Handler
from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A
from mho.sim_instruments.keithley_4200a.pulse_commands import (
    Arguments,
    channel_of,
    integer,
    number,
)
from mho.sim_instruments.keithley_4200a.pulse_limits import MAX_SEGMENTS, MAX_SEQUENCES
from mho.sim_instruments.keithley_4200a.status import Refused

MAX_VALUES = 128
"""Values in one message; ``:ADD`` continues."""

MAX_LOOPS = 10**12
MAX_LISTED = 65536
"""Entries of a list of sequences; the real limit is unknown."""

LIMITS = {
    "TIME": (0.0, 1.0),
    "STARTV": (-40.0, 40.0),
    "STOPV": (-40.0, 40.0),
    "MEAS:TYPE": (0.0, 4.0),
    "MEAS:START": (0.0, 1.0),
    "MEAS:STOP": (0.0, 1.0),
    "SSR": (0.0, 1.0),
    "TRIG": (0.0, 1.0),
}
WHOLE = ("MEAS:TYPE", "SSR", "TRIG")


def _array(name: str, *, adds: bool) -> Handler:
    low, high = LIMITS[name]

    def handle(instrument: Keithley4200A, arguments: Arguments) -> None:
        if not instrument.pulse_unit.segment_arb:
            raise Refused(-965)
        channel = channel_of(instrument, arguments)
        sequence = integer(arguments, 1, 1, 10**9)
        if sequence > MAX_SEQUENCES:
            raise Refused(-960)
        if not 2 < len(arguments) <= MAX_VALUES + 2:
            raise Refused(-969)
        values = [number(arguments, index, low, high) for index in range(2, len(arguments))]
        if name in WHOLE and any(value != int(value) for value in values):
            raise Refused(-969)
        arrays = channel.sequences.setdefault(sequence, {})
        before = arrays.get(name, ()) if adds else ()
        if len(before) + len(values) > MAX_SEGMENTS:
            raise Refused(-954)
        arrays[name] = (*before, *values)

    return handle


def _playlist(*, adds: bool) -> Handler:
    def handle(instrument: Keithley4200A, arguments: Arguments) -> None:
        if not instrument.pulse_unit.segment_arb:
            raise Refused(-965)
        channel = channel_of(instrument, arguments)
        if len(arguments) < 3 or len(arguments) % 2 == 0:
            raise Refused(-969)
        pairs = []
        for index in range(1, len(arguments), 2):
            sequence = integer(arguments, index, 1, MAX_SEQUENCES)
            if sequence not in channel.sequences:
                raise Refused(-961)
            pairs.append((sequence, integer(arguments, index + 1, 1, MAX_LOOPS)))
        before = channel.sequence_list if adds else []
        if len(before) + len(pairs) > MAX_LISTED:
            raise Refused(-960)
        channel.sequence_list = [*before, *pairs]

    return handle


COMMANDS = {
    **{
        f":PMU:SARB:SEQ:{name}{suffix}": Entry(_array(name, adds=bool(suffix)))
        for name in LIMITS
        for suffix in ("", ":ADD")
    },
    ":PMU:SARB:WFM:SEQ:LIST": Entry(_playlist(adds=False)),
    ":PMU:SARB:WFM:SEQ:LIST:ADD": Entry(_playlist(adds=True)),
}
