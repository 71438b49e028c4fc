"""The methods of the NI-DCPower service, by their names on the wire.

Requests come in as NI's protobuf messages; a method gives the fields of its reply. Methods that
are not here are answered with UNIMPLEMENTED.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
from mho.sim_instruments.ni_dcpower.module import Module
from mho.sim_instruments.ni_dcpower.rack import Rack
from mho.sim_instruments.ni_dcpower.sessions import Session, Sessions, option_values
from mho.sim_instruments.ni_dcpower.specifications import (
    CURRENT_RANGES,
    MIN_LIMIT,
    OVERRANGE,
    VOLTAGE_RANGES,
)
from mho.sim_instruments.ni_dcpower.values import (
    CONSTANT_CURRENT,
    CONSTANT_VOLTAGE,
    MEASURE_CURRENT,
    SECONDS,
    Event,
)

Fields = Mapping[str, Any]
Method = Callable[["Desk", Any], Fields | None]

METHODS: dict[str, Method] = {}

AMBIENT = 25.0
"""Temperature that the modules report (deg C)."""
CALIBRATED = {"year": 2026, "month": 1, "day": 1, "hour": 0, "minute": 0}
CALIBRATION_INTERVAL = 12
"""Recommended interval of external calibration (months)."""


@dataclass
class Desk:
    """What the methods work on. ``attribute_names`` maps ids to names as in `ATTRIBUTES`."""

    rack: Rack
    sessions: Sessions
    attribute_names: Mapping[int, str]

    def channels(self, request: Any) -> list[Channel]:
        """The channels a request addresses."""
        return self.session(request).select(getattr(request, "channel_name", ""))

    def session(self, request: Any) -> Session:
        """The session a request belongs to."""
        return self.sessions[request.vi.name]

    def attribute(self, request: Any) -> str:
        """The attribute a request is about."""
        number = request.attribute_id
        return self.attribute_names.get(number, f"number {number}")


def method(*names: str) -> Callable[[Method], Method]:
    """Give a function its name on the wire (or several)."""

    def register(function: Method) -> Method:
        METHODS.update(dict.fromkeys(names, function))
        return function

    return register


def each_channel(*names: str) -> Callable[[Callable[[Channel, Any], None]], None]:
    """A method that does the same to every channel it addresses."""

    def register(function: Callable[[Channel, Any], None]) -> None:
        def act(desk: Desk, request: Any) -> None:
            for channel in desk.channels(request):
                function(channel, request)

        METHODS.update(dict.fromkeys(names, act))

    return register


def one_channel(*names: str) -> Callable[[Callable[[Channel, Any], Fields]], None]:
    """A method that answers about one channel and refuses several."""

    def register(function: Callable[[Channel, Any], Fields]) -> None:
        def act(desk: Desk, request: Any) -> Fields:
            channels = desk.channels(request)
            if len(channels) != 1:
                raise NiError(ONE_CHANNEL_ONLY)
            return function(channels[0], request)

        METHODS.update(dict.fromkeys(names, act))

    return register


def chosen(request: Any, name: str) -> Any:
    """The value of an enum field, which is sent either typed or raw."""
    raw = f"{name}_raw"
    return getattr(request, raw if request.WhichOneof(f"{name}_enum") == raw else name)


# ---- sessions


@method("InitializeWithIndependentChannels", "InitializeWithChannels")
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


@method("Close")
def close(desk: Desk, request: Any) -> None:
    """Close the session; the outputs stay as they are."""
    desk.sessions.close(request.vi.name)


@method("GetChannelName")
def channel_name(desk: Desk, request: Any) -> Fields:
    """The channel of an index that counts from 1."""
    return {"channel_name": _names(desk, request, [request.index - 1])[0]}


@method("GetChannelNameFromString")
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


# ---- attributes


def _attribute_methods(kind: str) -> None:
    def read(desk: Desk, request: Any) -> Fields:
        name = desk.attribute(request)
        values = {channel.get(name, kind) for channel in desk.channels(request)}
        if len(values) != 1:
            raise NiError(ONE_CHANNEL_ONLY, f"{name} differs between channels.")
        return {"attribute_value": values.pop()}

    def write(desk: Desk, request: Any) -> None:
        name = desk.attribute(request)
        value = written(request)
        for channel in desk.channels(request):
            channel.set(name, kind, value)

    def written(request: Any) -> Any:
        if kind in ("Int32", "Real64"):
            return chosen(request, "attribute_value")
        return request.attribute_value if kind == "Boolean" else request.attribute_value_raw

    METHODS[f"GetAttributeVi{kind}"] = read
    METHODS[f"SetAttributeVi{kind}"] = write


for _kind in ("Int32", "Int64", "Real64", "String", "Boolean"):
    _attribute_methods(_kind)


@each_channel("ConfigureApertureTime")
def configure_aperture_time(channel: Channel, request: Any) -> None:
    """Aperture time and its unit in one."""
    channel.set("APERTURE_TIME_UNITS", "Int32", chosen(request, "units") or SECONDS)
    channel.set("APERTURE_TIME", "Real64", request.aperture_time)


# ---- sequences


@each_channel("SetSequence")
def set_sequence(channel: Channel, request: Any) -> None:
    """The simple sequence."""
    channel.set_sequence(request.values, request.source_delays)


@method("CreateAdvancedSequenceWithChannels", "CreateAdvancedSequence")
def create_advanced_sequence(desk: Desk, request: Any) -> None:
    """An advanced sequence without steps."""
    names = [
        desk.attribute_names.get(number, f"number {number}") for number in request.attribute_ids
    ]
    for channel in desk.channels(request):
        channel.create_sequence(
            request.sequence_name, names, activate=request.set_as_active_sequence
        )


@each_channel("CreateAdvancedSequenceStepWithChannels", "CreateAdvancedSequenceStep")
def create_step(channel: Channel, request: Any) -> None:
    """A step of the active advanced sequence."""
    channel.create_step(activate=request.set_as_active_step)


@each_channel("CreateAdvancedSequenceCommitStepWithChannels")
def create_commit_step(channel: Channel, request: Any) -> None:
    """The step before the first."""
    channel.create_step(activate=request.set_as_active_step, commit=True)


@each_channel("DeleteAdvancedSequenceWithChannels", "DeleteAdvancedSequence")
def delete_advanced_sequence(channel: Channel, request: Any) -> None:
    """Delete an advanced sequence."""
    channel.delete_sequence(request.sequence_name)


# ---- programming states


@each_channel("CommitWithChannels", "Commit")
def commit(channel: Channel, _: Any) -> None:
    """To Committed."""
    channel.commit()


@method("InitiateWithChannels", "Initiate")
def initiate(desk: Desk, request: Any) -> None:
    """To Running; all of the channels or none."""
    channels = desk.channels(request)
    for channel in channels:
        channel.verify()
    for channel in channels:
        channel.initiate()


@each_channel("AbortWithChannels", "Abort")
def abort(channel: Channel, _: Any) -> None:
    """To Uncommitted; the output stays on."""
    channel.abort()


@each_channel("ResetWithChannels", "Reset", "ResetWithDefaults")
def reset(channel: Channel, _: Any) -> None:
    """Output off, defaults."""
    channel.reset()


@each_channel("ResetDevice")
def reset_device(channel: Channel, _: Any) -> None:
    """Output off, relay open, defaults."""
    channel.reset(open_relay=True)


@each_channel("Disable")
def disable(channel: Channel, _: Any) -> None:
    """Output off, relay open, defaults, and Output Enabled False."""
    channel.reset(open_relay=True)
    channel.set("OUTPUT_ENABLED", "Boolean", False)


@method("SelfTest")
def self_test(desk: Desk, request: Any) -> Fields:
    """Resets and passes: there is nothing that could fail."""
    for channel in desk.session(request).channels.values():
        channel.reset()
    return {"self_test_result": 0, "self_test_message": "Self test passed."}


@each_channel("CalSelfCalibrate")
def self_calibrate(channel: Channel, _: Any) -> None:
    """Switches the output off, as on hardware; the simulated meter has nothing to adjust."""
    channel.reset()


@each_channel("SendSoftwareEdgeTriggerWithChannels", "SendSoftwareEdgeTrigger")
def send_software_edge_trigger(channel: Channel, request: Any) -> None:
    """A software edge."""
    channel.trigger(chosen(request, "trigger"))


@method("WaitForEventWithChannels", "WaitForEvent")
def wait_for_event(desk: Desk, request: Any) -> None:
    """Wait until every addressed channel has generated the event."""
    number = chosen(request, "event_id")
    try:
        event = Event(number)
    except ValueError:
        raise NiError(INVALID_VALUE, f"Event: {number}.") from None
    start = desk.rack.clock.now()
    for channel in desk.channels(request):
        channel.wait_for(event, request.timeout - (desk.rack.clock.now() - start))


# ---- results


@one_channel("Measure")
def measure(channel: Channel, request: Any) -> Fields:
    """Volts or amperes."""
    measurement = channel.measure()
    current = chosen(request, "measurement_type") == MEASURE_CURRENT
    return {"measurement": measurement.current if current else measurement.voltage}


@method("MeasureMultiple")
def measure_multiple(desk: Desk, request: Any) -> Fields:
    """Volts and amperes of every channel."""
    measurements = [channel.measure() for channel in desk.channels(request)]
    return {
        "voltage_measurements": [m.voltage for m in measurements],
        "current_measurements": [m.current for m in measurements],
    }


@one_channel("FetchMultiple")
def fetch_multiple(channel: Channel, request: Any) -> Fields:
    """Measurements from the buffer."""
    measurements = channel.fetch(request.count, request.timeout)
    voltages, currents, flags = zip(*measurements, strict=True)
    return {
        "voltage_measurements": voltages,
        "current_measurements": currents,
        "in_compliance": flags,
        "actual_count": len(measurements),
    }


@one_channel("QueryInCompliance")
def query_in_compliance(channel: Channel, _: Any) -> Fields:
    """True if the limit holds the output."""
    return {"in_compliance": channel.in_compliance()}


@one_channel("QueryOutputState")
def query_output_state(channel: Channel, request: Any) -> Fields:
    """Constant voltage or constant current, whichever holds now."""
    asked = chosen(request, "output_state")
    if asked not in (CONSTANT_VOLTAGE, CONSTANT_CURRENT):
        return {"in_state": False}
    current = channel.in_compliance() != channel.module.point.sources_current
    return {"in_state": current == (asked == CONSTANT_CURRENT)}


@one_channel("QueryMaxCurrentLimit")
def query_max_current_limit(channel: Channel, request: Any) -> Fields:
    """The largest limit at a level, bounded by the power of the module."""
    level = abs(request.voltage_level)
    if level > VOLTAGE_RANGES[-1].full_scale * OVERRANGE:
        raise NiError(INVALID_VALUE, f"Voltage level: {level:g}.")
    largest = CURRENT_RANGES[-1].full_scale
    bound = channel.module.version.power / level if level else largest
    return {"max_current_limit": min(largest, bound)}


@one_channel("QueryMaxVoltageLevel")
def query_max_voltage_level(channel: Channel, request: Any) -> Fields:
    """The largest level at a limit, bounded by the power of the module."""
    limit = abs(request.current_limit)
    if limit > CURRENT_RANGES[-1].full_scale * OVERRANGE:
        raise NiError(INVALID_VALUE, f"Current limit: {limit:g}.")
    largest = VOLTAGE_RANGES[-1].full_scale
    bound = channel.module.version.power / limit if limit else largest
    return {"max_voltage_level": min(largest, bound)}


@one_channel("QueryMinCurrentLimit")
def query_min_current_limit(_: Channel, __: Any) -> Fields:
    """The smallest limit of all, in the smallest range."""
    return {"min_current_limit": MIN_LIMIT * CURRENT_RANGES[0].full_scale}


@each_channel("QueryLatchedOutputCutoffState", "ClearLatchedOutputCutoffState")
def output_cutoff(_: Channel, __: Any) -> None:
    """A 4139 has no output cutoff (unverified)."""
    raise NiError(NOT_SUPPORTED, "Output cutoff.")


# ---- upkeep


@method("ErrorMessage")
def error_message(_: Desk, request: Any) -> Fields:
    """The text of a code."""
    text = TEXTS.get(request.error_code, f"Simulated status {request.error_code}.")
    return {"error_message": text}


@method("GetError")
def get_error(desk: Desk, request: Any) -> Fields:
    """No error is left behind: every refusal has been told where it happened."""
    desk.session(request)
    return {"code": 0, "description": ""}


@method("ReadCurrentTemperature", "GetExtCalLastTemp", "GetSelfCalLastTemp")
def temperature(desk: Desk, request: Any) -> Fields:
    """Always the same temperature."""
    desk.session(request)
    return {"temperature": AMBIENT}


@method("GetExtCalLastDateAndTime", "GetSelfCalLastDateAndTime")
def calibration_date(desk: Desk, request: Any) -> Fields:
    """A fixed date, so that runs can be compared."""
    desk.session(request)
    return CALIBRATED


@method("GetExtCalRecommendedInterval")
def calibration_interval(desk: Desk, request: Any) -> Fields:
    """Months."""
    desk.session(request)
    return {"months": CALIBRATION_INTERVAL}
