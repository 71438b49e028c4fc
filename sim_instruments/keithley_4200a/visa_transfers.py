"""Whole messages and replies through pyvisa-sim, which looks up more than it carries.

For every reply pyvisa-sim asks six attributes and twice the time, and the device piece by piece.
Here a reply that is there as a whole is handed over at once, where nothing but its end ends it; all
else goes pyvisa-sim's own way. As the calls of `visa_bus`, these are put on the library object of
this process, for devices that know them.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from pyvisa import constants

_SUPPRESS_END = constants.ResourceAttribute.suppress_end_enabled
_TERMCHAR_ENABLED = constants.ResourceAttribute.termchar_enabled
_TERMCHAR = constants.ResourceAttribute.termchar
_SUCCESS = constants.StatusCode.success


def add_transfers(visa_library: Any) -> None:
    """Put the calls of this module on a library of pyvisa-sim that has none of its own."""
    for name, call in _CALLS.items():
        if name not in vars(visa_library):
            setattr(visa_library, name, partial(call, visa_library))


def _read(visa_library: Any, session: Any, count: int) -> tuple[bytes, constants.StatusCode]:
    found = visa_library.sessions.get(session)
    take_reply = getattr(getattr(found, "device", None), "take_reply", None)
    if take_reply is not None:
        attributes = found.attrs
        if not attributes.get(_SUPPRESS_END):
            termchar = attributes.get(_TERMCHAR) if attributes.get(_TERMCHAR_ENABLED) else None
            reply = take_reply(count, termchar)
            if reply is not None:
                return reply, _SUCCESS
    return type(visa_library).read(visa_library, session, count)  # type: ignore[no-any-return]


def _write(visa_library: Any, session: Any, data: bytes) -> tuple[int, constants.StatusCode]:
    device: Any = getattr(visa_library.sessions.get(session), "device", None)
    if hasattr(device, "take_reply"):
        device.write(data)
        return len(data), _SUCCESS
    return type(visa_library).write(visa_library, session, data)  # type: ignore[no-any-return]


_CALLS: dict[str, Callable[..., Any]] = {"read": _read, "write": _write}
