"""Methods about what a channel does: sequences, programming states, events and readings."""

from typing import Any

from mho.sim_instruments.ni_dcpower.channel import Channel
from mho.sim_instruments.ni_dcpower.errors import INVALID_VALUE, NiError
from mho.sim_instruments.ni_dcpower.methods import Fields, Methods, ServerState, chosen
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
    Event,
)

METHODS = Methods()


# ---- sequences


@METHODS.each_channel("SetSequence")
def set_sequence(channel: Channel, request: Any) -> None:
    """The simple sequence."""
    channel.set_sequence(request.values, request.source_delays)


@METHODS.method("CreateAdvancedSequenceWithChannels", "CreateAdvancedSequence")
def create_advanced_sequence(state: ServerState, request: Any) -> None:
    """An advanced sequence without steps."""
    names = [state.attribute(number) for number in request.attribute_ids]
    for channel in state.channels(request):
        channel.create_sequence(
            request.sequence_name, names, activate=request.set_as_active_sequence
        )


@METHODS.each_channel("CreateAdvancedSequenceStepWithChannels", "CreateAdvancedSequenceStep")
def create_step(channel: Channel, request: Any) -> None:
    """A step of the active advanced sequence."""
    channel.create_step(activate=request.set_as_active_step)


@METHODS.each_channel("CreateAdvancedSequenceCommitStepWithChannels")
def create_commit_step(channel: Channel, request: Any) -> None:
    """The step before the first."""
    channel.create_step(activate=request.set_as_active_step, commit=True)


@METHODS.each_channel("DeleteAdvancedSequenceWithChannels", "DeleteAdvancedSequence")
def delete_advanced_sequence(channel: Channel, request: Any) -> None:
    """Delete an advanced sequence."""
    channel.delete_sequence(request.sequence_name)


# ---- programming states


@METHODS.all_or_some("CommitWithChannels", "Commit")
def commit(channel: Channel, _: Any) -> None:
    """To Committed."""
    channel.commit()


@METHODS.method("InitiateWithChannels", "Initiate")
def initiate(state: ServerState, request: Any) -> None:
    """To Running; all of the channels or none."""
    channels = list(dict.fromkeys(state.all_or_some(request)))
    for channel in channels:
        channel.verify()
        channel.claim()
    for channel in channels:
        channel.arm()
    now = state.rack.clock.now()
    for channel in channels:
        channel.start(now)
    state.rack.timeline.play(now)


@METHODS.all_or_some("AbortWithChannels", "Abort")
def abort(channel: Channel, _: Any) -> None:
    """To Uncommitted; the output stays on."""
    channel.abort()


@METHODS.all_or_some("ResetWithChannels", "Reset", "ResetWithDefaults")
def reset(channel: Channel, _: Any) -> None:
    """Output off, defaults."""
    channel.reset()


@METHODS.each_channel("ResetDevice")
def reset_device(channel: Channel, _: Any) -> None:
    """Output off, relay open, defaults."""
    channel.reset(open_relay=True)


@METHODS.each_channel("Disable")
def disable(channel: Channel, _: Any) -> None:
    """Output off, relay open, defaults, and Output Enabled False."""
    channel.reset(open_relay=True)
    channel.set("OUTPUT_ENABLED", "Boolean", False)


@METHODS.method("SelfTest")
def self_test(state: ServerState, request: Any) -> Fields:
    """Resets and passes: there is nothing that could fail."""
    for channel in state.session(request).channels.values():
        channel.reset()
    return {"self_test_result": 0, "self_test_message": "Self test passed."}


@METHODS.each_channel("CalSelfCalibrate")
def self_calibrate(channel: Channel, _: Any) -> None:
    """Switches the output off, as on hardware; the simulated meter has nothing to adjust."""
    channel.reset()


@METHODS.method("WaitForEventWithChannels", "WaitForEvent")
def wait_for_event(state: ServerState, request: Any) -> None:
    """Wait until every addressed channel has generated the event."""
    number = chosen(request, "event_id")
    try:
        event = Event(number)
    except ValueError:
        raise NiError(INVALID_VALUE, f"Event: {number}.") from None
    start = state.rack.clock.now()
    for channel in state.channels(request):
        channel.wait_for(event, request.timeout - (state.rack.clock.now() - start))


# ---- results


@METHODS.one_channel("Measure")
def measure(channel: Channel, request: Any) -> Fields:
    """Volts or amperes."""
    measurement = channel.measure()
    current = chosen(request, "measurement_type") == MEASURE_CURRENT
    return {"measurement": measurement.current if current else measurement.voltage}


@METHODS.method("MeasureMultiple")
def measure_multiple(state: ServerState, request: Any) -> Fields:
    """Volts and amperes of every channel."""
    measurements = [channel.measure() for channel in state.channels(request)]
    return {
        "voltage_measurements": [m.voltage for m in measurements],
        "current_measurements": [m.current for m in measurements],
    }


@METHODS.one_channel("FetchMultiple")
def fetch_multiple(channel: Channel, request: Any) -> Fields:
    """Measurements from the buffer."""
    taken = channel.fetch(request.count, request.timeout)
    return {
        "voltage_measurements": taken.voltages,
        "current_measurements": taken.currents,
        "in_compliance": map(bool, taken.in_compliance),
        "actual_count": len(taken.in_compliance),
    }


@METHODS.one_channel("QueryInCompliance")
def query_in_compliance(channel: Channel, _: Any) -> Fields:
    """True if the limit holds the output."""
    return {"in_compliance": channel.in_compliance()}


@METHODS.one_channel("QueryOutputState")
def query_output_state(channel: Channel, request: Any) -> Fields:
    """Constant voltage or constant current, whichever holds now."""
    asked = chosen(request, "output_state")
    if asked not in (CONSTANT_VOLTAGE, CONSTANT_CURRENT):
        return {"in_state": False}
    current = channel.in_compliance() != channel.module.point.sources_current
    return {"in_state": current == (asked == CONSTANT_CURRENT)}


@METHODS.one_channel("QueryMaxCurrentLimit")
def query_max_current_limit(channel: Channel, request: Any) -> Fields:
    """The largest limit at a level, bounded by the power of the module."""
    level = abs(request.voltage_level)
    if level > VOLTAGE_RANGES[-1].full_scale * OVERRANGE:
        raise NiError(INVALID_VALUE, f"Voltage level: {level:g}.")
    largest = CURRENT_RANGES[-1].full_scale
    bound = channel.module.version.power / level if level else largest
    return {"max_current_limit": min(largest, bound)}


@METHODS.one_channel("QueryMaxVoltageLevel")
def query_max_voltage_level(channel: Channel, request: Any) -> Fields:
    """The largest level at a limit, bounded by the power of the module."""
    limit = abs(request.current_limit)
    if limit > CURRENT_RANGES[-1].full_scale * OVERRANGE:
        raise NiError(INVALID_VALUE, f"Current limit: {limit:g}.")
    largest = VOLTAGE_RANGES[-1].full_scale
    bound = channel.module.version.power / limit if limit else largest
    return {"max_voltage_level": min(largest, bound)}


@METHODS.one_channel("QueryMinCurrentLimit")
def query_min_current_limit(_: Channel, __: Any) -> Fields:
    """The smallest limit of all, in the smallest range."""
    return {"min_current_limit": MIN_LIMIT * CURRENT_RANGES[0].full_scale}
