"""Serial poll, device clear and SRQ through pyvisa-sim, which has no words for them.

pyvisa-sim 0.7 knows only reading and writing: ``read_stb``, ``clear``, ``enable_event`` and
``wait_on_event`` of its library raise NotImplementedError. These are put on the library object of
this process, for devices that know them; others stay as they were. So PyVISA's ``read_stb``,
``stb``, ``clear`` and ``wait_for_srq`` work on the simulated 4200A.

What remains impossible: handlers that are called back (``install_handler``), the trigger message
(``assert_trigger``), parallel polls and the lines of the interface (``GPIB0::INTFC``), a message
without EOI (``send_end = False``), and all of it from another process.
"""

from collections.abc import Callable
from typing import Any

from pyvisa import constants, errors, highlevel

from mho.clock import VirtualClock

PAUSE = 0.01
"""Seconds between looks at SRQ, on a real clock."""

FOREVER = constants.VI_TMO_INFINITE


def add_bus_calls(visa_library: Any) -> None:
    """Put the calls of this module on a library of pyvisa-sim that has none of its own."""
    for name, call in _CALLS.items():
        inherited = getattr(highlevel.VisaLibraryBase, name)
        if getattr(type(visa_library), name) is inherited and name not in vars(visa_library):
            setattr(visa_library, name, _bound(call, visa_library, name))


def _bound(call: Callable[..., Any], visa_library: Any, name: str) -> Callable[..., Any]:
    def bound(session: Any, *arguments: Any) -> Any:
        found = visa_library.sessions.get(session)
        device = getattr(found, "device", None)
        if not hasattr(device, "serial_poll"):
            return getattr(highlevel.VisaLibraryBase, name)(visa_library, session, *arguments)
        return call(device, *arguments)

    return bound


def _read_stb(device: Any) -> tuple[int, constants.StatusCode]:
    return device.serial_poll(), constants.StatusCode.success


def _clear(device: Any) -> constants.StatusCode:
    device.clear()
    return constants.StatusCode.success


def _enable_event(
    device: Any,  # noqa: ARG001
    event_type: constants.EventType,
    mechanism: constants.EventMechanism,
    context: None = None,  # noqa: ARG001
) -> constants.StatusCode:
    if event_type != constants.EventType.service_request:
        raise errors.VisaIOError(constants.StatusCode.error_invalid_event)
    if mechanism != constants.EventMechanism.queue:
        raise errors.VisaIOError(constants.StatusCode.error_nonsupported_mechanism)
    return constants.StatusCode.success


def _wait_on_event(
    device: Any, event_type: constants.EventType, timeout: int
) -> tuple[constants.EventType, None, constants.StatusCode]:
    """Wait until SRQ is asserted. Virtual time jumps to the end of what runs."""
    if event_type != constants.EventType.service_request:
        raise errors.VisaIOError(constants.StatusCode.error_invalid_event)
    instrument = device.wire.instrument
    clock = instrument.clock
    start = clock.now()
    while not device.requests_service():
        passed = clock.now() - start
        if timeout != FOREVER and passed * 1e3 >= timeout:
            raise errors.VisaIOError(constants.StatusCode.error_timeout)
        if isinstance(clock, VirtualClock):
            if instrument.activity.is_busy:
                continue
            if timeout == FOREVER:  # nothing will ever happen
                raise errors.VisaIOError(constants.StatusCode.error_timeout)
            clock.sleep(timeout / 1e3 - passed)
        else:
            clock.sleep(PAUSE)
    return event_type, None, constants.StatusCode.success


_CALLS: dict[str, Callable[..., Any]] = {
    "read_stb": _read_stb,
    "clear": _clear,
    "enable_event": _enable_event,
    "wait_on_event": _wait_on_event,
}
