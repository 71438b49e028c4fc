"""The methods Get, Set and Reset of properties, group by group.

NI's messages number the properties; here they are known by the names that NI gives them, without
what tells the group: ``SAMP_CLK_RATE``.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from google.protobuf.message import Message
from nidaqmx._stubs import nidaqmx_pb2 as messages

from mho.sim_instruments.ni_daqmx import (
    channel_attributes,
    device_attributes,
    scale_methods,
    task_attributes,
    timing_attributes,
)
from mho.sim_instruments.ni_daqmx.chassis import Chassis
from mho.sim_instruments.ni_daqmx.errors import (
    ATTR_NOT_SUPPORTED,
    NO_DEVICE_CONTEXT,
    DaqError,
)
from mho.sim_instruments.ni_daqmx.methods import Fields, Method

_NAME = re.compile(r"(Get|Set|Reset)(\w+?)Attribute(Ex)?(\w*)")
UNNAMED = {("Read", 0x31E8): "DEFAULT_SAMPLES"}
"""Properties that the client asks for and its messages have no name for."""

EMPTY: dict[str, Any] = {
    "Bool": False, "Double": 0.0, "String": "", "UInt32": 0, "UInt64": 0,
    "DoubleArray": [], "Int32Array": [], "UInt32Array": [], "Bytes": b"",
}  # fmt: skip
"""What a property is that nobody set, where that can be told by its type; no enumeration."""


class Asked(NamedTuple):
    """One property in one request. ``kind`` is its type as NI's methods name it."""

    chassis: Chassis
    request: Any
    name: str
    kind: str

    @property
    def empty(self) -> Any:
        """Its value when nobody has set it.

        Raises
        ------
        DaqError
            It is an enumeration or a moment and has no such value.
        """
        if self.kind not in EMPTY:
            raise DaqError(ATTR_NOT_SUPPORTED, f"Property: {self.name}.")
        return EMPTY[self.kind]


Getter = Callable[[Asked], Any]
Setter = Callable[[Asked, Any], None]
Resetter = Callable[[Asked], None]


class Group(NamedTuple):
    """How the properties of one group are read and, if they are, set."""

    get: Getter
    set: Setter | None = None
    reset: Resetter | None = None


GROUPS: dict[str, Group] = {
    "Timing": Group(timing_attributes.get, timing_attributes.set_, timing_attributes.reset),
    "Chan": Group(channel_attributes.get, channel_attributes.set_, channel_attributes.reset),
    "Trig": Group(
        task_attributes.get_trigger, task_attributes.set_trigger, task_attributes.reset_trigger
    ),
    "ExportedSignal": Group(
        task_attributes.get_export, task_attributes.set_export, task_attributes.reset_export
    ),
    "Read": Group(task_attributes.get_read, task_attributes.set_read, task_attributes.reset_read),
    "Write": Group(
        task_attributes.get_write, task_attributes.set_write, task_attributes.reset_write
    ),
    "Buffer": Group(
        task_attributes.get_buffer, task_attributes.set_buffer, task_attributes.reset_buffer
    ),
    "Task": Group(task_attributes.get_task),
    "Device": Group(device_attributes.get_device),
    "PhysicalChan": Group(device_attributes.get_physical),
    "Scale": Group(scale_methods.get, scale_methods.set_),
    "SystemInfo": Group(device_attributes.get_system),
    "CalInfo": Group(device_attributes.get_calibration, device_attributes.set_calibration),
}


def _asked(group: str, chassis: Chassis, request: Any, kind: str) -> Asked:
    number = getattr(request, request.WhichOneof("attribute_enum") or "attribute_raw")
    found = request.DESCRIPTOR.fields_by_name["attribute"].enum_type.values_by_number.get(number)
    name = found.name.rpartition("ATTRIBUTE_")[2] if found else UNNAMED.get((group, number))
    if name is None or not number:
        raise DaqError(ATTR_NOT_SUPPORTED, f"Property: number {number}.")
    return Asked(chassis, request, name, kind)


def label(name: str, request: Any) -> str:
    """The property of a request in brackets, for the record of calls; nothing for other calls."""
    match = _NAME.fullmatch(name)
    if match is None or "attribute" not in request.DESCRIPTOR.fields_by_name:
        return ""
    number = getattr(request, request.WhichOneof("attribute_enum") or "attribute_raw")
    found = request.DESCRIPTOR.fields_by_name["attribute"].enum_type.values_by_number.get(number)
    return f"[{found.name.rpartition('ATTRIBUTE_')[2].lower() if found else hex(number)}]"


def _method(name: str) -> Method | None:
    match = _NAME.fullmatch(name)
    if match is None or match[2] not in GROUPS:
        return None
    verb, group_name, is_ex, kind = match[1], match[2], match[3], match[4]
    group = GROUPS[group_name]
    reply = getattr(messages, f"{name}Response")

    def no_context(request: Any) -> None:
        if is_ex and request.device_names:
            raise DaqError(NO_DEVICE_CONTEXT, f"Devices: {request.device_names}.")

    def get(chassis: Chassis, request: Any) -> Message | Fields:
        no_context(request)
        value = group.get(_asked(group_name, chassis, request, kind))
        if isinstance(value, Message):
            return {"value": value}
        if "value_raw" not in reply.DESCRIPTOR.fields_by_name:
            return {"value": value}
        typed = reply.DESCRIPTOR.fields_by_name["value"].enum_type.values_by_number
        if isinstance(value, list | tuple):
            known = [one for one in value if one in typed]
            return {"value_raw": value, "value": known if len(known) == len(value) else []}
        return {"value_raw": value, "value": value} if value in typed else {"value_raw": value}

    def set_(chassis: Chassis, request: Any) -> None:
        no_context(request)
        asked = _asked(group_name, chassis, request, kind)
        if group.set is None:
            raise DaqError(ATTR_NOT_SUPPORTED, f"Property: {asked.name}. It cannot be set.")
        fields = request.DESCRIPTOR.fields_by_name
        if "value_raw" in fields and request.WhichOneof("value_enum") == "value_raw":
            group.set(asked, request.value_raw)
        elif fields["value"].is_repeated:
            group.set(asked, list(request.value))
        else:
            group.set(asked, request.value)

    def reset(chassis: Chassis, request: Any) -> None:
        no_context(request)
        asked = _asked(group_name, chassis, request, kind)
        if group.reset is None:
            raise DaqError(ATTR_NOT_SUPPORTED, f"Property: {asked.name}. It cannot be reset.")
        group.reset(asked)

    return {"Get": get, "Set": set_, "Reset": reset}[verb]


METHODS: dict[str, Method] = {
    method.name: found
    for method in messages.DESCRIPTOR.services_by_name["NiDAQmx"].methods
    if (found := _method(method.name)) is not None
}
