"""The NI-DCPower service around a rack of modules.

Messages come from NI's client package, so nothing here repeats NI's protocol files.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from google.protobuf.message import Message
from nidcpower import nidcpower_pb2 as messages

from mho.sim_instruments.ni_dcpower import (
    channel_methods,
    configuration_methods,
    session_methods,
    settings_methods,
    trigger_methods,
    upkeep_methods,
)
from mho.sim_instruments.ni_dcpower.methods import Method, ServerState, remembering
from mho.sim_instruments.ni_dcpower.rack import Rack
from mho.sim_instruments.ni_dcpower.sessions import Sessions
from mho.sim_instruments.ni_device_server.service import Call

SERVICE = messages.DESCRIPTOR.services_by_name["NiDCPower"]
PREFIX = "NIDCPOWER_ATTRIBUTE_"
ATTRIBUTE_NAMES = {
    number: name.removeprefix(PREFIX) for name, number in messages.NiDCPowerAttribute.items()
}
LABELS = {number: f"[{name.lower()}]" for number, name in ATTRIBUTE_NAMES.items()}

METHODS: Mapping[str, Method] = {
    name: remembering(method)
    for module in (
        session_methods,
        channel_methods,
        settings_methods,
        trigger_methods,
        configuration_methods,
        upkeep_methods,
    )
    for name, method in module.METHODS.table.items()
}
"""The whole service."""

CALLS = {
    name: Call(getattr(messages, f"{name}Request"), getattr(messages, f"{name}Response"))
    for name in METHODS
}
WITH_ATTRIBUTE = frozenset(
    name for name, call in CALLS.items() if "attribute_id" in call.request.DESCRIPTOR.fields_by_name
)


def is_call(label: str) -> bool:
    """Whether a call, or one about an attribute, can be recorded under this label."""
    method, bracket, attribute = label.partition("[")
    return method in METHODS and (not bracket or f"[{attribute}" in _KNOWN)


_KNOWN = frozenset(LABELS.values())


class DcPowerService:
    """Satisfies `mho.sim_instruments.ni_device_server.service.Service`."""

    full_name: str = SERVICE.full_name
    calls = CALLS

    def __init__(self, rack: Rack) -> None:
        self._rack = rack
        self._desk = ServerState(rack, Sessions(rack), ATTRIBUTE_NAMES)

    def label(self, name: str, request: Any) -> str:
        """The call, and its attribute in brackets."""
        if name not in WITH_ATTRIBUTE:
            return name
        return name + LABELS.get(request.attribute_id, f"[{request.attribute_id}]")

    def answer(self, name: str, request: Any, is_there: Callable[[], bool]) -> Message:
        """Carry a call out, after all that is due before it."""
        self._rack.asked_by(is_there)
        with self._rack.changed:
            self._rack.play()
            fields = METHODS[name](self._desk, request)
        return CALLS[name].reply(**(fields or {}))

    def stream(self, name: str, request: Any, is_there: Callable[[], bool]) -> Iterator[Message]:
        """No call of NI-DCPower streams."""
        raise NotImplementedError(name)

    def forget(self) -> None:
        """Close all sessions; outputs stay as they are."""
        with self._rack.changed:
            self._desk.sessions.forget()

    def close(self) -> None:
        """Wake everything that waits."""
        self._rack.close()
