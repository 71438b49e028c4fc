"""Methods about sessions, their channels, and attributes."""

from collections.abc import Mapping
from typing import Any

from mho.sim_instruments.ni_dcpower.attributes import ATTRIBUTES
from mho.sim_instruments.ni_dcpower.channel import Channel
from mho.sim_instruments.ni_dcpower.channel_names import expand
from mho.sim_instruments.ni_dcpower.errors import (
    CHANNEL_NAME_NOT_ALLOWED,
    INVALID_VALUE,
    ONE_CHANNEL_ONLY,
    UNKNOWN_CHANNEL,
    NiError,
)
from mho.sim_instruments.ni_dcpower.methods import Fields, Methods, ServerState, chosen
from mho.sim_instruments.ni_dcpower.module import Module
from mho.sim_instruments.ni_dcpower.sessions import option_values

METHODS = Methods()

FIRMWARE = "0.0.0 (simulated)"
REVISION = "0.0.0 (simulated)"
INDEPENDENT = "WAS_SESSION_OPENED_BY_INITIALIZE_WITH_INDEPENDENT_CHANNELS"


@METHODS.method("InitializeWithIndependentChannels", "InitializeWithChannels")
def initialize(state: ServerState, request: Any) -> Fields:
    """Open a session or attach to one; with reset, its channels are reset."""
    independent = not hasattr(request, "channels")

    def build() -> Mapping[str, Channel]:
        options = option_values(request.option_string)
        if independent:
            modules = state.sessions.modules(request.resource_name, options.simulated)
        else:
            modules = state.sessions.legacy_modules(
                request.resource_name, request.channels, options.simulated
            )
        return {
            name: Channel(
                module,
                state.rack,
                {
                    **_facts_of(module, len(modules), request.resource_name),
                    "SIMULATE": options.simulated is not None,
                    "DRIVER_SETUP": options.driver_setup,
                    INDEPENDENT: independent,
                },
            )
            for name, module in modules.items()
        }

    name, new = state.sessions.open(
        request.session_name, request.initialization_behavior, build, independent=independent
    )
    if new and request.reset:
        for channel in state.sessions[name].channels.values():
            channel.reset()
    return {"vi": {"name": name}, "new_session_initialized": new}


def _facts_of(module: Module, count: int, resource: str) -> dict[str, Any]:
    return {
        "CHANNEL_COUNT": count,
        "IO_RESOURCE_DESCRIPTOR": resource,
        "LOGICAL_NAME": "",
        "INSTRUMENT_MANUFACTURER": "National Instruments",
        "INSTRUMENT_MODEL": module.version.model,
        "SERIAL_NUMBER": module.serial,
        "INSTRUMENT_FIRMWARE_REVISION": FIRMWARE,
        "SPECIFIC_DRIVER_DESCRIPTION": "NI-DCPower, simulated by mho",
        "SPECIFIC_DRIVER_PREFIX": "niDCPower",
        "SPECIFIC_DRIVER_REVISION": REVISION,
        "SPECIFIC_DRIVER_CLASS_SPEC_MAJOR_VERSION": 1,
        "SPECIFIC_DRIVER_CLASS_SPEC_MINOR_VERSION": 0,
        "GROUP_CAPABILITIES": "IviDCPwrBase,IviDCPwrMeasurement",
        "SPECIFIC_DRIVER_VENDOR": "mho",
        "SUPPORTED_INSTRUMENT_MODELS": "NI PXIe-4139, NI PXIe-4139 (40W)",
        "AUXILIARY_POWER_SOURCE_AVAILABLE": False,
        "ACTUAL_POWER_ALLOCATION": -1.0,
    }


@METHODS.method("Close")
def close(state: ServerState, request: Any) -> None:
    """Close the session; the outputs stay as they are."""
    state.sessions.close(request.vi.name)


@METHODS.method("GetChannelName")
def channel_name(state: ServerState, request: Any) -> Fields:
    """The channel of an index that counts from 1."""
    return {"channel_name": _names(state, request, [request.index - 1])[0]}


@METHODS.method("GetChannelNameFromString")
def channel_names(state: ServerState, request: Any) -> Fields:
    """The channels of a list of indices that count from 0."""
    parts = expand(request.index)
    if not all(part.isascii() and part.isdecimal() and len(part) < 10 for part in parts):
        raise NiError(INVALID_VALUE, f"Index: {request.index}.")
    return {"channel_name": ",".join(_names(state, request, [int(part) for part in parts]))}


def _names(state: ServerState, request: Any, indices: list[int]) -> list[str]:
    names = list(state.session(request).channels)
    if not all(0 <= index < len(names) for index in indices):
        raise NiError(UNKNOWN_CHANNEL, f"Index: {indices}.")
    return [names[index] for index in indices]


def _allowed(state: ServerState, request: Any) -> str:
    """The attribute; a session without independent channels takes some without channel name."""
    name = state.attribute(request.attribute_id)
    attribute = ATTRIBUTES.get(name)
    if (
        attribute is not None
        and attribute.of_instrument
        and request.channel_name.strip()
        and not state.session(request).independent
    ):
        raise NiError(CHANNEL_NAME_NOT_ALLOWED, f"Attribute: {name}.")
    return name


def _attribute_methods(kind: str) -> None:
    def read(state: ServerState, request: Any) -> Fields:
        name = _allowed(state, request)
        values = {channel.get(name, kind) for channel in state.channels(request)}
        if len(values) != 1:
            raise NiError(ONE_CHANNEL_ONLY, f"{name} differs between channels.")
        return {"attribute_value": values.pop()}

    def write(state: ServerState, request: Any) -> None:
        name = _allowed(state, request)
        value = written(request)
        for channel in state.channels(request):
            channel.set(name, kind, value)

    def written(request: Any) -> Any:
        if kind in ("Int32", "Real64"):
            return chosen(request, "attribute_value")
        return request.attribute_value if kind == "Boolean" else request.attribute_value_raw

    METHODS.method(f"GetAttributeVi{kind}")(read)
    METHODS.method(f"SetAttributeVi{kind}")(write)


for _kind in ("Int32", "Int64", "Real64", "String", "Boolean"):
    _attribute_methods(_kind)
