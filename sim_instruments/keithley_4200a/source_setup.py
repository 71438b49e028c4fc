"""Page SS: sweeps, steps, lists, constants and their timing. KXCI manual Rev. E 5-11 to 5-19."""

import math

from mho.sim_instruments.keithley_4200a.arguments import between, count, integer, number
from mho.sim_instruments.keithley_4200a.command import Entry
from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A
from mho.sim_instruments.keithley_4200a.status import Refused
from mho.sim_instruments.keithley_4200a.system_setup import Kind, Levels

MAX_SWEEP_POINTS = 1024
MAX_LIST = 4096
MAX_STEPS = 32
SMALLEST_VOLTAGE = 1e-3
"""VAR1 and VAR2 start and step voltages below it become 0: pages 5-17, 5-19."""

POINTS_PER_DECADE = {2: 10, 3: 25, 4: 50}


def _snap(kind: Kind, value: float) -> float:
    return 0.0 if kind == "V" and abs(value) < SMALLEST_VOLTAGE else value


def _sweep(instrument: Keithley4200A, arguments: tuple[str, ...], kind: Kind) -> None:
    """Page 5-19: linear, or logarithmic with 10, 25 or 50 points a decade."""
    spacing = integer(arguments, 0, 1, 4)
    start, stop = number(arguments, 1), number(arguments, 2)
    if spacing == 1:
        count(arguments, 5)
        start, step, compliance = _snap(kind, start), _snap(kind, number(arguments, 3)), 4
        if not step:
            raise Refused(-993)
        points = int(abs((stop - start) / step) + 1.5)
        _check_points(points, MAX_SWEEP_POINTS)
        step = math.copysign(step, stop - start)
        values = tuple(start + step * n for n in range(points))
        limit = number(arguments, compliance)
    else:
        if start * stop <= 0:
            raise Refused(-993)
        decades = math.log10(stop / start)
        points = int(abs(decades) * POINTS_PER_DECADE[spacing] + 1.5)
        _check_points(points, MAX_SWEEP_POINTS)
        ratio = math.copysign(1 / POINTS_PER_DECADE[spacing], decades)
        values = tuple(start * 10 ** (ratio * n) for n in range(points))
        limit = instrument.options.log_sweep_compliance
    instrument.setup.var1 = Levels(kind, values, limit)
    instrument.setup.lists.clear()


def _check_points(points: int, most: int) -> None:
    if points > most:
        raise Refused(-993)


def _steps(instrument: Keithley4200A, arguments: tuple[str, ...], kind: Kind) -> None:
    """Page 5-17: start, step, count, compliance, which VAR2."""
    count(arguments, 4, 5)
    start, step = _snap(kind, number(arguments, 0)), _snap(kind, number(arguments, 1))
    values = tuple(start + step * n for n in range(integer(arguments, 2, 1, MAX_STEPS)))
    index = integer(arguments, 4, 1, 4) if len(arguments) == 5 else 1
    instrument.setup.var2[index] = Levels(kind, values, number(arguments, 3))


def _list(instrument: Keithley4200A, arguments: tuple[str, ...], kind: Kind) -> None:
    """Page 5-16: channel, master or subordinate, compliance, values."""
    role = f"SMU{integer(arguments, 0, 1, 9)}"
    instrument.smu(role)
    is_master = bool(integer(arguments, 1, 0, 1))
    compliance = number(arguments, 2)
    _check_points(len(arguments) - 3, MAX_LIST)
    values = tuple(number(arguments, index) for index in range(3, len(arguments)))
    if not values:
        raise Refused(-993)
    instrument.setup.lists[role] = Levels(kind, values, compliance)
    if is_master:
        instrument.setup.master = role


def _constant(instrument: Keithley4200A, arguments: tuple[str, ...], kind: Kind) -> None:
    """Pages 5-14, 5-15."""
    count(arguments, 3)
    role = f"SMU{integer(arguments, 0, 1, 9)}"
    smu = instrument.smu(role)
    value, compliance = number(arguments, 1), number(arguments, 2)
    check = smu.check_voltage if kind == "V" else smu.check_current
    check(value, compliance)
    instrument.setup.constants[role] = Levels(kind, (value,), compliance)


def _source_constant(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Page 5-15: ``SCn, V`` for a VS."""
    role = f"VS{integer(arguments, 0, 1, 9)}"
    smu = instrument.smu(role)
    level = between(arguments, 1, -200, 200)
    instrument.setup.constants[role] = Levels("V", (level,), smu.max_current / 10)


def _ratio(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Page 5-13: of one VAR1' channel, or of all."""
    count(arguments, 1, 2)
    _set_for(instrument, instrument.setup.ratios, arguments, between(arguments, 0, -10, 10))


def _offset(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Page 5-11: of one VAR1' channel, or of all."""
    count(arguments, 1, 2)
    _set_for(instrument, instrument.setup.offsets, arguments, between(arguments, 0, -210, 210))


def _set_for(
    instrument: Keithley4200A,
    values: dict[int | None, float],
    arguments: tuple[str, ...],
    value: float,
) -> None:
    """Set the value of the SMU that argument 1 names, else that of all (unverified)."""
    if len(arguments) == 1:
        values.clear()
        values[None] = value
        return
    number_ = integer(arguments, 1, 1, 9)
    if f"SMU{number_}" not in instrument.smus:
        raise Refused(-979)
    values[number_] = value


def _hold(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    instrument.setup.hold = between(arguments, 0, 0, 655.3)


def _delay(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    instrument.setup.delay = between(arguments, 0, 0, 6.553)


def _standby(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Page 5-14: automatic standby after the test, or not."""
    role = f"SMU{integer(arguments, 0, 1, 9)}"
    if integer(arguments, 1, 0, 1):
        instrument.setup.keeps_on.discard(role)
    else:
        instrument.setup.keeps_on.add(role)


COMMANDS = {
    "VR": Entry(lambda i, a: _sweep(i, a, "V"), page="SS"),
    "IR": Entry(lambda i, a: _sweep(i, a, "I"), page="SS"),
    "VP": Entry(lambda i, a: _steps(i, a, "V"), page="SS"),
    "IP": Entry(lambda i, a: _steps(i, a, "I"), page="SS"),
    "VL": Entry(lambda i, a: _list(i, a, "V"), page="SS"),
    "IL": Entry(lambda i, a: _list(i, a, "I"), page="SS"),
    "VC": Entry(lambda i, a: _constant(i, a, "V"), page="SS"),
    "IC": Entry(lambda i, a: _constant(i, a, "I"), page="SS"),
    "SC": Entry(_source_constant, page="SS"),
    "RT": Entry(_ratio, page="SS"),
    "FS": Entry(_offset, page="SS"),
    "HT": Entry(_hold, page="SS"),
    "DT": Entry(_delay, page="SS"),
    "ST": Entry(_standby, page="SS"),
}
