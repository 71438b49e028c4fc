"""Methods about triggers and exported signals; the same for a whole session and for channels."""

from typing import Any

from mho.sim_instruments.ni_dcpower.channel import Channel
from mho.sim_instruments.ni_dcpower.errors import (
    INVALID_VALUE,
    NO_SINGLE_CHANNEL,
    VALUE_NOT_SUPPORTED,
    NiError,
)
from mho.sim_instruments.ni_dcpower.methods import Methods, ServerState, chosen
from mho.sim_instruments.ni_dcpower.trigger_attributes import (
    EXPORTED,
    edge_of,
    input_of,
    type_of,
)
from mho.sim_instruments.ni_dcpower.values import (
    DIGITAL_EDGE,
    NO_TRIGGER,
    RISING,
    SOFTWARE_EDGE,
    Event,
    Signal,
    Trigger,
)

METHODS = Methods()


def _names(form: str, trigger: Trigger) -> tuple[str, ...]:
    """The methods of a trigger. The Shutdown trigger, which came late, has none without channels.

    The Measure trigger cannot be disabled.
    """
    if trigger is Trigger.MEASURE and form == "Disable":
        return ()
    words = "".join(word.capitalize() for word in trigger.name.split("_"))
    name = f"{form}{words}Trigger"
    return (f"{name}WithChannels",) if trigger is Trigger.SHUTDOWN else (
        name, f"{name}WithChannels"
    )  # fmt: skip


def _trigger_methods(trigger: Trigger) -> None:
    @METHODS.each_channel(*_names("ConfigureDigitalEdge", trigger))
    def digital_edge(channel: Channel, request: Any) -> None:
        channel.set(input_of(trigger), "String", request.input_terminal)
        channel.set(edge_of(trigger), "Int32", chosen(request, "edge") or RISING)
        channel.set(type_of(trigger), "Int32", DIGITAL_EDGE)

    @METHODS.each_channel(*_names("ConfigureSoftwareEdge", trigger))
    def software_edge(channel: Channel, _: Any) -> None:
        channel.set(type_of(trigger), "Int32", SOFTWARE_EDGE)

    @METHODS.each_channel(*_names("Disable", trigger))
    def disable(channel: Channel, _: Any) -> None:
        channel.set(type_of(trigger), "Int32", NO_TRIGGER)


for _trigger in Trigger:
    _trigger_methods(_trigger)


@METHODS.each_channel("ExportSignalWithChannels", "ExportSignal")
def export_signal(channel: Channel, request: Any) -> None:
    """Route a trigger or an event to a line of the backplane; no terminal takes it off again."""
    channel.set(EXPORTED[_signal(chosen(request, "signal"))], "String", request.output_terminal)


def _signal(number: int) -> Signal:
    for kind in (Event, Trigger):
        if number in {int(signal) for signal in kind}:
            signal: Signal = kind(number)
            if signal in EXPORTED:
                return signal
            raise NiError(VALUE_NOT_SUPPORTED, f"Signal: {signal.name}.")
    raise NiError(INVALID_VALUE, f"Signal: {number}.")


@METHODS.method("SendSoftwareEdgeTriggerWithChannels", "SendSoftwareEdgeTrigger")
def send_software_edge_trigger(state: ServerState, request: Any) -> None:
    """A software edge."""
    session = state.session(request)
    channels = state.channels(request)
    if not session.independent and len(session.channels) > 1:
        raise NiError(NO_SINGLE_CHANNEL)
    for channel in channels:
        channel.trigger(chosen(request, "trigger"))
