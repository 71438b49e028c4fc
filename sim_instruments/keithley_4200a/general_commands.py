"""Identification, reset, status, errors and pages. KXCI manual Rev. E chapters 2, 4 and 5."""

# ruff: noqa: ARG001 - all handlers have one signature

from collections.abc import Callable

from mho.sim_instruments.keithley_4200a.arguments import count, integer
from mho.sim_instruments.keithley_4200a.command import Entry
from mho.sim_instruments.keithley_4200a.connections import RpmMode
from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A, Page
from mho.sim_instruments.keithley_4200a.status import Refused, error_text


def _identify(instrument: Keithley4200A, arguments: tuple[str, ...]) -> str:
    """Page 2-11. Refused on page UL, as a GPIB client saw; the code is unverified."""
    if instrument.page == "UL":
        raise Refused(-989)
    chassis = instrument.chassis
    return f"KEITHLEY INSTRUMENTS,KI4200A,{chassis.serial},{chassis.firmware}"


def _short_identity(instrument: Keithley4200A, arguments: tuple[str, ...]) -> str:
    """Pages 2-6 and 4-3."""
    if instrument.emulates_4145:
        return "ID HP4145B 1.1,1.0"
    return f"KI4200A {instrument.chassis.firmware}"


def _options(instrument: Keithley4200A, arguments: tuple[str, ...]) -> str:
    """Page 4-4; not in 4145 mode."""
    if instrument.emulates_4145:
        raise Refused(-986)
    return ",".join(instrument.chassis.option_tokens)


def _reset(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Page 4-5."""
    instrument.reset()


def _status_byte(instrument: Keithley4200A, arguments: tuple[str, ...]) -> str:
    """Page 4-6."""
    return str(instrument.status_byte())


def _service_request(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Page 4-1."""
    instrument.status.request_on_data = bool(integer(arguments, 0, 0, 1))


def _emulation(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Page 5-39; "for this session" and "stored" are the same here."""
    command_set = integer(arguments, 0, 0, 1)
    integer(arguments, 1, 0, 1)
    instrument.emulates_4145 = command_set == 0


def _clear_error(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Page 4-2."""
    instrument.status.last_error = None


def _last_error(instrument: Keithley4200A, arguments: tuple[str, ...]) -> str:
    """Page 4-3; reading it does not clear it."""
    code = instrument.status.last_error
    return instrument.options.no_error if code is None else error_text(code)


def _rpm(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Pages 7-22, 7-68: ``RP PMU1-1, 2`` and ``:PMU:RPM:CONFIGURE PMU1-1, 2``."""
    count(arguments, 2)
    connections = instrument.connections
    channel = connections.rpm_for(arguments[0])
    if channel is None:
        raise Refused(-969)
    mode = RpmMode(integer(arguments, 1, 0, 3, -969))
    connections.switch_rpm(instrument.clock.now(), channel, mode)


def _turn_to(page: Page) -> Callable[[Keithley4200A, tuple[str, ...]], None]:
    def turn(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
        instrument.page = page

    return turn


COMMANDS = {
    "*IDN?": Entry(_identify, is_query=True),
    "ID": Entry(_short_identity, is_query=True),
    "*OPT?": Entry(_options, is_query=True),
    "*RST": Entry(_reset, while_busy=True),
    "SP": Entry(_status_byte, is_query=True, while_busy=True),
    "DR": Entry(_service_request),
    "EM": Entry(_emulation),
    ":ERROR:LAST:CLEAR": Entry(_clear_error, while_busy=True),
    ":ERROR:LAST:GET": Entry(_last_error, is_query=True, while_busy=True),
    "RP": Entry(_rpm),
    ":PMU:RPM:CONFIGURE": Entry(_rpm),
    "DE": Entry(_turn_to("DE")),
    "SS": Entry(_turn_to("SS")),
    "SM": Entry(_turn_to("SM")),
    "MD": Entry(_turn_to("MD")),
    "US": Entry(_turn_to("US")),
    "UL": Entry(_turn_to("UL")),
}
