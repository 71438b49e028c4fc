"""User mode: force a voltage or a current, measure one value. KXCI manual Rev. E 5-32 to 5-35."""

from mho.sim_instruments.keithley_4200a.arguments import count, integer, number
from mho.sim_instruments.keithley_4200a.command import Entry
from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A
from mho.sim_instruments.keithley_4200a.number_format import NOT_AVAILABLE, engineering
from mho.sim_instruments.keithley_4200a.smu import MAX_VOLTAGE, Smu, SmuReading
from mho.sim_instruments.keithley_4200a.status import Refused

VOLTAGE_RANGES = {0: None, 1: 20.0, 2: 200.0, 3: 200.0, 4: 0.2, 5: 2.0}
"""Range codes of DV: page 5-33."""

CURRENT_RANGES = {
    0: None, 1: 1e-9, 2: 1e-8, 3: 1e-7, 4: 1e-6, 5: 1e-5, 6: 1e-4, 7: 1e-3, 8: 1e-2, 9: 1e-1,
    10: 1.0, 11: 1e-12, 12: 1e-11, 13: 1e-10,
}  # fmt: skip
"""Range codes of DI: page 5-32."""

VOLTMETERS = {
    **{n: (f"SMU{n}", "ABCD"[n - 1]) for n in range(1, 5)},
    **{n: (f"VM{n - 4}", "EF"[n - 5]) for n in range(5, 7)},
    **{n: (f"SMU{n - 2}", "GHIJ"[n - 7]) for n in range(7, 11)},
    **{n: (f"VM{n - 8}", "KLMNOP"[n - 11]) for n in range(11, 17)},
}
"""Number in TV -> role and letter: pages 3-1, 5-35."""

DEFAULT_CURRENT_LIMIT = 105e-6
"""Page 5-4."""


def _force_voltage(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    smu = instrument.smu(f"SMU{integer(arguments, 0, 1, 9)}")
    if count(arguments, 1, 3, 4) == 1:
        smu.switch_off(instrument.clock.now())
        return
    code = integer(arguments, 1, 0, 5)
    limit = number(arguments, 3) if len(arguments) == 4 else DEFAULT_CURRENT_LIMIT
    smu.apply_voltage(instrument.clock.now(), number(arguments, 2), limit, VOLTAGE_RANGES[code])


def _force_current(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    smu = instrument.smu(f"SMU{integer(arguments, 0, 1, 9)}")
    if count(arguments, 1, 4) == 1:
        smu.switch_off(instrument.clock.now())
        return
    span = CURRENT_RANGES[integer(arguments, 1, 0, 13)]
    level = number(arguments, 2)
    if span is not None and (span not in smu.current_ranges or abs(level) > span * 1.05):
        raise Refused(-993)
    smu.apply_current(instrument.clock.now(), level, number(arguments, 3))


def _force_source(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    smu = instrument.smu(f"VS{integer(arguments, 0, 1, 9)}")
    if count(arguments, 1, 2) == 1:
        smu.switch_off(instrument.clock.now())
        return
    level = number(arguments, 1)
    if abs(level) > 200:
        raise Refused(-993)
    smu.apply_voltage(instrument.clock.now(), level, smu.max_current / 10)


def _measure_current(instrument: Keithley4200A, arguments: tuple[str, ...]) -> str:
    number_ = integer(arguments, 0, 1, 8)
    smu = instrument.smu(f"SMU{number_}")
    reading = _measure(instrument, smu)
    return _reply(instrument, reading, smu, "ABCDEFGH"[number_ - 1], "I", reading.current)


def _measure_voltage(instrument: Keithley4200A, arguments: tuple[str, ...]) -> str:
    role, letter = VOLTMETERS[integer(arguments, 0, 1, 16)]
    if role.startswith("VM") and role not in instrument.roles:
        return f"N{letter}V {NOT_AVAILABLE}"
    smu = instrument.source(role) or instrument.smu(role)
    if role.startswith("VM") and not smu.is_on:  # a source of 0 A then (unverified)
        smu.apply_current(instrument.clock.now(), 0.0, MAX_VOLTAGE)
    reading = _measure(instrument, smu)
    return _reply(instrument, reading, smu, letter, "V", reading.voltage)


def _measure(instrument: Keithley4200A, smu: Smu) -> SmuReading:
    """Integrate from now on; the reading is that of the end."""
    clock = instrument.clock
    clock.sleep(instrument.integration_time + instrument.options.reading_overhead)
    instrument.catch_up(clock.now())
    reading = smu.measure(clock.now(), instrument.integration_cycles)
    instrument.status.data_ready()
    return reading


def _reply(
    instrument: Keithley4200A, reading: SmuReading, smu: Smu, letter: str, unit: str, value: float
) -> str:
    """Three letters and the number: pages 3-1, 3-7."""
    limited = reading.in_compliance
    others = False
    if not limited and instrument.options.status_letters == "rev-b":
        moment = instrument.clock.now()
        others = any(
            other.in_compliance(moment) for other in instrument.smus.values() if other is not smu
        )
    digits = instrument.digits if instrument.options.digits_follow_rs else 5
    return f"{instrument.status_letter(limited, others)}{letter}{unit}{engineering(value, digits)}"


COMMANDS = {
    "DV": Entry(_force_voltage, page="US"),
    "DI": Entry(_force_current, page="US"),
    "DS": Entry(_force_source, page="US"),
    "TI": Entry(_measure_current, page="US", is_query=True, transfers=True),
    "TV": Entry(_measure_voltage, page="US", is_query=True, transfers=True),
}
