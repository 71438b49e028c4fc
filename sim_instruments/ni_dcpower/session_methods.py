"""Methods about sessions, attributes and the upkeep of the modules."""

from collections.abc import Mapping
from typing import Any

from mho.sim_instruments.ni_dcpower.channel import Channel
from mho.sim_instruments.ni_dcpower.channel_names import expand
from mho.sim_instruments.ni_dcpower.errors import (
    INVALID_VALUE,
    NOT_SUPPORTED,
    ONE_CHANNEL_ONLY,
    TEXTS,
    UNKNOWN_CHANNEL,
    NiError,
)
from mho.sim_instruments.ni_dcpower.methods import Desk, Fields, Methods, chosen
from mho.sim_instruments.ni_dcpower.module import Module
from mho.sim_instruments.ni_dcpower.sessions import option_values

METHODS = Methods()

AMBIENT = 25.0
"""Temperature that the modules report (deg C)."""
CALIBRATED = {"year": 2026, "month": 1, "day": 1, "hour": 0, "minute": 0}
CALIBRATION_INTERVAL = 12
"""Recommended interval of external calibration (months)."""


@METHODS.method("InitializeWithIndependentChannels", "InitializeWithChannels")
def initialize(desk: Desk, request: Any) -> Fields:
    """Open a session or attach to one; with reset, its channels are reset."""
    independent = not hasattr(request, "channels")

    def build() -> Mapping[str, Channel]:
        simulate, driver_setup = option_values(request.option_string)
        channels = "" if independent else request.channels
        modules = desk.sessions.modules(request.resource_name, channels, independent=independent)
        return {
            name if independent else name.rpartition("/")[2]: Channel(
                module,
                desk.rack,
                _told(module, len(modules), request.resource_name, simulate, driver_setup),
                enabled=independent,
            )
            for name, module in modules.items()
        }

    name, new = desk.sessions.open(request.session_name, request.initialization_behavior, build)
    if new and request.reset:
        for channel in desk.sessions[name].channels.values():
            channel.reset()
    return {"vi": {"name": name}, "new_session_initialized": new}


def _told(
    module: Module, count: int, resource: str, simulate: bool, driver_setup: str
) -> dict[str, Any]:
    return {
        "CHANNEL_COUNT": count,
        "SIMULATE": simulate,
        "DRIVER_SETUP": driver_setup,
        "IO_RESOURCE_DESCRIPTOR": resource,
        "LOGICAL_NAME": "",
        "INSTRUMENT_MANUFACTURER": "National Instruments",
        "INSTRUMENT_MODEL": module.version.model,
        "SERIAL_NUMBER": module.serial,
        "INSTRUMENT_FIRMWARE_REVISION": "0.0.0 (simulated)",
        "SPECIFIC_DRIVER_DESCRIPTION": "NI-DCPower, simulated by mho",
        "SPECIFIC_DRIVER_PREFIX": "niDCPower",
        "SPECIFIC_DRIVER_REVISION": "0.0.0 (simulated)",
        "SPECIFIC_DRIVER_VENDOR": "mho",
        "SUPPORTED_INSTRUMENT_MODELS": "NI PXIe-4139, NI PXIe-4139 (40W)",
        "AUXILIARY_POWER_SOURCE_AVAILABLE": False,
        "ACTUAL_POWER_ALLOCATION": -1.0,
    }


@METHODS.method("Close")
def close(desk: Desk, request: Any) -> None:
    """Close the session; the outputs stay as they are."""
    desk.sessions.close(request.vi.name)


@METHODS.method("GetChannelName")
def channel_name(desk: Desk, request: Any) -> Fields:
    """The channel of an index that counts from 1."""
    return {"channel_name": _names(desk, request, [request.index - 1])[0]}


@METHODS.method("GetChannelNameFromString")
def channel_names(desk: Desk, request: Any) -> Fields:
    """The channels of a list of indices that count from 0."""
    parts = list(expand(request.index))
    if not all(part.isdecimal() for part in parts):
        raise NiError(INVALID_VALUE, f"Index: {request.index}.")
    return {"channel_name": ",".join(_names(desk, request, [int(part) for part in parts]))}


def _names(desk: Desk, request: Any, indices: list[int]) -> list[str]:
    names = list(desk.session(request).channels)
    if not all(0 <= index < len(names) for index in indices):
        raise NiError(UNKNOWN_CHANNEL, f"Index: {indices}.")
    return [names[index] for index in indices]


def _attribute_methods(kind: str) -> None:
    def read(desk: Desk, request: Any) -> Fields:
        name = desk.attribute(request.attribute_id)
        values = {channel.get(name, kind) for channel in desk.channels(request)}
        if len(values) != 1:
            raise NiError(ONE_CHANNEL_ONLY, f"{name} differs between channels.")
        return {"attribute_value": values.pop()}

    def write(desk: Desk, request: Any) -> None:
        name = desk.attribute(request.attribute_id)
        value = written(request)
        for channel in desk.channels(request):
            channel.set(name, kind, value)

    def written(request: Any) -> Any:
        if kind in ("Int32", "Real64"):
            return chosen(request, "attribute_value")
        return request.attribute_value if kind == "Boolean" else request.attribute_value_raw

    METHODS.method(f"GetAttributeVi{kind}")(read)
    METHODS.method(f"SetAttributeVi{kind}")(write)


for _kind in ("Int32", "Int64", "Real64", "String", "Boolean"):
    _attribute_methods(_kind)


@METHODS.method("ErrorMessage")
def error_message(_: Desk, request: Any) -> Fields:
    """The text of a code."""
    text = TEXTS.get(request.error_code, f"Simulated status {request.error_code}.")
    return {"error_message": text}


@METHODS.method("GetError")
def get_error(desk: Desk, request: Any) -> Fields:
    """No error is left behind: every refusal has been told where it happened."""
    desk.session(request)
    return {"code": 0, "description": ""}


@METHODS.method("ReadCurrentTemperature", "GetExtCalLastTemp", "GetSelfCalLastTemp")
def temperature(desk: Desk, request: Any) -> Fields:
    """Always the same temperature."""
    desk.session(request)
    return {"temperature": AMBIENT}


@METHODS.method("GetExtCalLastDateAndTime", "GetSelfCalLastDateAndTime")
def calibration_date(desk: Desk, request: Any) -> Fields:
    """A fixed date, so that runs can be compared."""
    desk.session(request)
    return CALIBRATED


@METHODS.method("GetExtCalRecommendedInterval")
def calibration_interval(desk: Desk, request: Any) -> Fields:
    """Months."""
    desk.session(request)
    return {"months": CALIBRATION_INTERVAL}


@METHODS.each_channel("QueryLatchedOutputCutoffState", "ClearLatchedOutputCutoffState")
def output_cutoff(_: Channel, __: Any) -> None:
    """A 4139 has no output cutoff (unverified)."""
    raise NiError(NOT_SUPPORTED, "Output cutoff.")
