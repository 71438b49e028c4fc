"""How the methods of the NI-DAQmx service are written down.

A request comes in as NI's protobuf message; a method gives the fields of its reply, the reply
itself, or nothing, or raises the `DaqError` it is refused with.
"""

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.message import Message

from mho.sim_instruments.ni_daqmx.chassis import Chassis

Fields = Mapping[str, Any]
Method = Callable[[Chassis, Any], Fields | Message | None]


class Methods:
    """Methods by their names on the wire."""

    def __init__(self) -> None:
        self.table: dict[str, Method] = {}

    def method(self, *names: str) -> Callable[[Method], Method]:
        """A function of the chassis and the request."""

        def register(function: Method) -> Method:
            self.table.update(dict.fromkeys(names, function))
            return function

        return register


def chosen(request: Any, name: str) -> int:
    """The value of an enumeration, which is sent either typed or raw."""
    oneof = f"{name}_enum"
    if oneof not in request.DESCRIPTOR.oneofs_by_name:
        return int(getattr(request, name))
    raw = f"{name}_raw"
    return int(getattr(request, raw if request.WhichOneof(oneof) == raw else name))
