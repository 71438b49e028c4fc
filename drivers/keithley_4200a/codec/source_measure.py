"""SMU commands and replies of KXCI, user mode and system mode. Pure.

Source: 4200A-SCS KXCI Remote Control Programming, 4200A-KXCI-907-01 Rev. E, sections 3 to 5; the
older status letters L, V, X and T from Rev. B.

Several commands share a message, separated by ``;`` (p. 2-11), and get one answer.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mho.drivers.keithley_4200a.codec.numerals import measured, numeral
from mho.errors import ReplyError
from mho.stimuli import Source

USER_MODE = "US"
MEASURE = "MD;ME1"
"""To the page of measurement control, and a single test (p. 5-6, 5-28)."""

ABORT = "ME4"
CLEAR_BUFFER = "BC"
STATUS = "SP"

READY, SYNTAX_ERROR, BUSY, SERVICE_REQUEST = 1, 2, 16, 64
"""Bits of the status byte (p. 3-3)."""

_VAR1, _VAR2, _CONSTANT = 1, 2, 3
_MODES = {Source.VOLTAGE: 1, Source.CURRENT: 2}
_LETTERS = {Source.VOLTAGE: "V", Source.CURRENT: "I"}

_CURRENT_CHANNELS = "ABCDEFGH"  # SMU1 to SMU8
_VOLTAGE_CHANNELS = "ABCDGHIJ"  # E and F are voltmeters
_VOLTAGE_NUMBERS = (1, 2, 3, 4, 7, 8, 9, 10)

_NUMBER = r"[+-]? ?(?:\d+\.?\d*|\.\d+)(?:[Ee][+-]?\d+)?"
_READING = re.compile(rf"([NLVXCT])([A-P])([IV]) *({_NUMBER})")
# What stands between the points is not documented unless the delimiter is a comma; byte 0x0E has
# been seen. The letter is optional: a column of times may come without one.
_POINT = re.compile(rf"[^A-Za-z0-9.+-]*([A-Z]?) *({_NUMBER})")


class Measurement(NamedTuple):
    """A value and what the instrument said about it, verbatim."""

    value: float
    status: str


class Constant(NamedTuple):
    """An SMU that holds a level (V) limited to a compliance (A), or the reverse, or is off."""

    number: int
    level: float
    compliance: float
    source: Source = Source.VOLTAGE


def source(smu: Constant, span: int) -> str:
    """Source a level, on the range with the code ``span`` (p. 5-32, 5-33)."""
    what = f"{numeral(smu.level)},{numeral(smu.compliance)}"
    return f"D{_LETTERS[smu.source]}{smu.number},{span},{what}"


def output_off(number: int) -> str:
    """Switch the output of an SMU off, whichever source it has (p. 5-33).

    That this cuts the terminal off, by a relay, is unverified.
    """
    return f"DV{number}"


def integration(plc: float) -> str:
    """Integrate over ``plc`` line cycles, without the 4200A's own delays and filters."""
    return f"IT4,0,0,{numeral(plc)}"


def current_floor(number: int, amperes: float) -> str:
    """Autorange no lower than this current range; at the compliance's range, range is fixed."""
    return f"RG {number},{numeral(amperes)}"


def current_query(number: int) -> str:
    """Measure the current of an SMU."""
    return f"TI{number}"


def voltage_query(number: int) -> str:
    """Measure the voltage of an SMU."""
    return f"TV{_VOLTAGE_NUMBERS[number - 1]}"


def current_reading(reply: str, number: int) -> Measurement:
    """Read ``NAI 22.329E-09``; the letters are status, channel and quantity.

    Raises
    ------
    ReplyError
        No reading, or the reading of another channel or quantity.
    """
    return _reading(reply, _CURRENT_CHANNELS[number - 1], "I")


def voltage_reading(reply: str, number: int) -> Measurement:
    """Read ``NAV 1.2345E+00``; see `current_reading`."""
    return _reading(reply, _VOLTAGE_CHANNELS[number - 1], "V")


def in_compliance(*statuses: str) -> bool:
    """True if this channel is in compliance by any of these; the first letter says so.

    Only one letter is given, that of highest priority: L, V or X hide a C (Rev. B).
    """
    return any(status[:1] == "C" for status in statuses)


def is_normal(status: str) -> bool:
    """True if nothing was told but the reading: no limit was met, by this or another channel."""
    return status[:1] == "N"


def points(reply: str) -> list[Measurement]:
    """Read what DO gives: ``N 12.345E-09,C 1.0000E-03``.

    Raises
    ------
    ReplyError
        Something in it is not a point.
    """
    found: list[Measurement] = []
    position = 0
    while match := _POINT.match(reply, position):
        found.append(Measurement(measured(match[2]), match[1]))
        position = match.end()
    if reply[position:].strip(" ,;\r\n\x0e"):
        raise ReplyError(f'"{reply[position : position + 40]}" among measured points is no number')
    return found


def status_byte(reply: str) -> int:
    """Read the status byte.

    Raises
    ------
    ReplyError
        Not a number from 0 to 255.
    """
    if not reply.isdecimal() or int(reply) > 255:
        raise ReplyError(f'"{reply}" is no status byte')
    return int(reply)


def _reading(reply: str, channel: str, quantity: str) -> Measurement:
    match = _READING.fullmatch(reply)
    if match is None or match[2] != channel or match[3] != quantity:
        raise ReplyError(f'"{reply}" is no reading of {quantity} from channel {channel}')
    return Measurement(measured(match[4]), reply[:3])


def channel_definitions(
    driven: Constant,
    held: Iterable[Constant],
    smus: Iterable[int],
    swept: bool,
    stepped: int | None = None,
) -> list[str]:
    """Page DE: every SMU off, then the driven one (VAR1 if swept), VAR2 and the constants.

    An SMU that is left out of the mapping would take part with its power-up settings (p. 5-5). One
    that is off and not defined stays off.
    """
    cleared = ["DE", *(f"CH{number}" for number in smus)]
    stepper = [] if stepped is None else [_definition(stepped, Source.VOLTAGE, _VAR2)]
    held_ones = [_definition(smu.number, smu.source, _CONSTANT) for smu in held]
    function = _VAR1 if swept else _CONSTANT
    return [*cleared, _definition(driven.number, driven.source, function), *stepper, *held_ones]


def _definition(number: int, source: Source, function: int) -> str:
    return f"CH{number},'V{number}','I{number}',{_MODES[source]},{function}"


def constants(held: Iterable[Constant]) -> list[str]:
    """Page SS: the levels of constants (p. 5-14)."""
    return [
        f"{_LETTERS[smu.source]}C{smu.number},{numeral(smu.level)},{numeral(smu.compliance)}"
        for smu in held
    ]


def linear_sweep(start: float, stop: float, step: float, compliance: float) -> str:
    """Page SS: VAR1 from start to stop (p. 5-19); a step down has a negative sign (unverified)."""
    numbers = (start, stop, step, compliance)
    return f"VR1,{','.join(numeral(number) for number in numbers)}"


def steps(start: float, step: float, count: int, compliance: float) -> str:
    """Page SS: VAR2, ``count`` levels from start on; VAR1 is swept at each (p. 5-17)."""
    return f"VP {numeral(start)},{numeral(step)},{count},{numeral(compliance)}"


def stop_on_compliance(stops: bool) -> str:
    """End a test at the first point in compliance, or not (p. 5-39)."""
    return f"EC {stops:d}"


def level_list(smu: Constant, levels: Sequence[float]) -> str:
    """Page SS: the list sweep of the driven SMU, master (p. 5-16).

    Voltages are sent in whole microvolts.
    """
    exact = levels if smu.source is Source.CURRENT else [round(level, 6) for level in levels]
    values = ",".join(map(numeral, exact))
    return f"{_LETTERS[smu.source]}L{smu.number},1,{numeral(smu.compliance)},{values}"


def listed(number: int) -> list[str]:
    """Page SM: list mode, current and voltage of one SMU measured."""
    return ["SM DM2", f"LI 'I{number}','V{number}'"]


def column_query(name: str) -> str:
    """The whole buffer of one name; ``I1``, ``V1``, or ``V1T`` for the times of V1 (p. 5-38)."""
    return f"DO '{name}'"
