"""How SMUs measure, in both modes: integration, ranges, roles. KXCI manual Rev. E 5-30 to 5-43."""

from mho.sim_instruments.keithley_4200a.arguments import between, count, integer, number
from mho.sim_instruments.keithley_4200a.command import Entry
from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A
from mho.sim_instruments.keithley_4200a.smu import Smu
from mho.sim_instruments.keithley_4200a.status import Refused

CYCLES = {1: 0.1, 2: 1.0, 3: 10.0}
"""Power line cycles of IT1, IT2 and IT3: page 5-40."""


def _channel(instrument: Keithley4200A, arguments: tuple[str, ...]) -> Smu:
    return instrument.smu(f"SMU{integer(arguments, 0, 1, 8)}")


def _integration(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Page 5-40. The factors of IT4 for delay and filter are taken, without effect on time."""
    speed = integer(arguments, 0, 1, 4)
    if speed == 4:
        between(arguments, 1, 0, 100)
        between(arguments, 2, 0, 100)
        instrument.integration_cycles = between(arguments, 3, 0.01, 10)
    else:
        instrument.integration_cycles = CYCLES[speed]


def _digits(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Page 5-43."""
    instrument.digits = integer(arguments, 0, 3, 5 if instrument.emulates_4145 else 7)


def _lowest_range(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Page 5-42; ends a fixed range, too (unverified). A sign has no known meaning."""
    smu = _channel(instrument, arguments)
    smu.lowest_range = smu.current_range_at(abs(number(arguments, 1)))
    smu.fixed_range = None


def _current_range(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Page 5-42. Held until ``RG`` (unverified); it then limits the current as well."""
    smu = _channel(instrument, arguments)
    fixed = smu.current_range_at(abs(number(arguments, 1)))
    smu.check_voltage(0.0, number(arguments, 2))
    smu.fixed_range = fixed


def _voltage_range(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Page 5-43: accepted and checked; voltages are always measured on the best range here."""
    smu = _channel(instrument, arguments)
    smu.check_voltage(number(arguments, 1), number(arguments, 2))


def _stop_on_compliance(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Page 5-39."""
    instrument.setup.stop_on_compliance = bool(integer(arguments, 0, 0, 1))


def _calibrate(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Page 5-37; takes no time here."""
    _channel(instrument, arguments)


def _map(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Page 5-30: SMU n plays the role given; any SMU can be a VS or a VM."""
    count(arguments, 2)
    smu = instrument.smus.get(f"SMU{integer(arguments, 0, 1, 8)}")
    role = arguments[1]
    if smu is None:
        raise Refused(-979)
    if role[:-1] not in ("SMU", "VS", "VM") or not role[-1].isdigit() or role[-1] == "0":
        raise Refused(-993)
    roles = {known: unit for known, unit in instrument.roles.items() if unit is not smu}
    instrument.roles = {**roles, role: smu}


def _source_range(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Page 5-31: accepted and checked; system mode always sources on the best range here."""
    _channel(instrument, arguments)
    if number(arguments, 1) not in (0, 2):
        between(arguments, 1, 1e-12, 1.0)


COMMANDS = {
    "IT": Entry(_integration),
    "RS": Entry(_digits),
    "RG": Entry(_lowest_range),
    "RI": Entry(_current_range),
    "RV": Entry(_voltage_range),
    "EC": Entry(_stop_on_compliance),
    "AC": Entry(_calibrate),
    "MP": Entry(_map),
    "SR": Entry(_source_range, page="system"),
}
