"""The NI-DAQmx service around the cards of a chassis.

Messages come from NI's client package, so nothing here repeats NI's protocol files.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from google.protobuf.message import Message
from nidaqmx._stubs import nidaqmx_pb2 as messages

from mho.sim_instruments.ni_daqmx import (
    attributes,
    channel_methods,
    control,
    device_methods,
    event_methods,
    read_methods,
    saved_methods,
    scale_methods,
    task_methods,
    timing_methods,
    write_methods,
)
from mho.sim_instruments.ni_daqmx.chassis import Chassis
from mho.sim_instruments.ni_daqmx.methods import Method
from mho.sim_instruments.ni_device_server.service import Call

SERVICE = messages.DESCRIPTOR.services_by_name["NiDAQmx"]

METHODS: Mapping[str, Method] = {
    **attributes.METHODS,
    **task_methods.METHODS.table,
    **channel_methods.METHODS.table,
    **timing_methods.METHODS.table,
    **read_methods.METHODS.table,
    **write_methods.METHODS.table,
    **event_methods.METHODS.table,
    **device_methods.METHODS.table,
    **scale_methods.METHODS.table,
    **saved_methods.METHODS.table,
}
"""The calls that are answered; to the others gRPC itself says that they are not implemented."""


def _call(name: str) -> Call:
    return Call(
        getattr(messages, f"{name}Request"),
        getattr(messages, f"{name}Response"),
        name in event_methods.STREAMS,
    )


CALLS = {name: _call(name) for name in (*METHODS, *event_methods.STREAMS)}


def is_call(label: str) -> bool:
    """Whether a call, or one about a property, can be recorded under this label."""
    method, bracket, _ = label.partition("[")
    return method in CALLS and (not bracket or method in attributes.METHODS)


class DaqService:
    """Satisfies `mho.sim_instruments.ni_device_server.service.Service`."""

    full_name: str = SERVICE.full_name
    calls = CALLS

    def __init__(self, chassis: Chassis) -> None:
        self._chassis = chassis

    def label(self, name: str, request: Any) -> str:
        """The call, and its property in brackets."""
        return name + attributes.label(name, request) if name in attributes.METHODS else name

    def answer(self, name: str, request: Any, is_there: Callable[[], bool]) -> Message:
        """Carry a call out."""
        self._chassis.asked_by(is_there)
        with self._chassis.changed:
            found = METHODS[name](self._chassis, request)
        if isinstance(found, Message):
            return found
        reply: Message = CALLS[name].reply(**(found or {}))
        return reply

    def stream(self, name: str, request: Any, is_there: Callable[[], bool]) -> Iterator[Message]:
        """Register for an event; the messages come as it happens."""
        with self._chassis.changed:
            return event_methods.STREAMS[name](self._chassis, request, is_there)

    def forget(self) -> None:
        """Stop and forget all tasks; outputs stay as they are."""
        with self._chassis.changed:
            for name, task in self._chassis.tasks:
                control.unreserve(self._chassis, task)
                task.events.end()
                self._chassis.tasks.pop(name)

    def close(self) -> None:
        """Wake everything that waits."""
        self._chassis.close()
