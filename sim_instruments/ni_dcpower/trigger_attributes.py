"""The attributes of triggers, events and the terminals they are routed to."""

from typing import Any

from mho.sim_instruments.ni_dcpower.attribute import (
    Attribute,
    Settings,
    between,
    choice,
    one_of,
    real,
    text,
)
from mho.sim_instruments.ni_dcpower.specifications import MAX_DELAY
from mho.sim_instruments.ni_dcpower.terminals import check_input, check_output
from mho.sim_instruments.ni_dcpower.values import (
    ACTIVE_HIGH,
    ACTIVE_LOW,
    DIGITAL_EDGE,
    FALLING,
    NO_TRIGGER,
    RISING,
    SOFTWARE_EDGE,
    Event,
    Signal,
    Trigger,
)

PULSE_WIDTHS = (250e-9, 1.6e-6)
"""Widths of an event's pulse on PXI Express (s); the shortest is the default."""

EXPORTED: dict[Signal, str] = {
    **{trigger: f"EXPORTED_{trigger.name}_TRIGGER_OUTPUT_TERMINAL" for trigger in Trigger},
    **{event: f"{event.name}_EVENT_OUTPUT_TERMINAL" for event in Event},
}
"""Signal -> the attribute that says where it is exported to."""
del EXPORTED[Trigger.SHUTDOWN]  # the service has no attribute for it


def type_of(trigger: Trigger) -> str:
    """The attribute that says what a trigger is."""
    return f"{trigger.name}_TRIGGER_TYPE"


def input_of(trigger: Trigger) -> str:
    """The attribute that says where a digital edge comes from."""
    return f"DIGITAL_EDGE_{trigger.name}_TRIGGER_INPUT_TERMINAL"


def edge_of(trigger: Trigger) -> str:
    """The attribute that says which edge counts."""
    return f"DIGITAL_EDGE_{trigger.name}_TRIGGER_EDGE"


def _exported(value: Any, _: Settings) -> Any:
    check_output(value)
    return value


def _trigger(trigger: Trigger) -> tuple[Attribute, ...]:
    """The Measure trigger alone is a digital edge unless said otherwise (NI-DCPower reference)."""

    def arrives(value: Any, _: Settings) -> Any:
        check_input(value, line_only=trigger is Trigger.SHUTDOWN)
        return value

    default = DIGITAL_EDGE if trigger is Trigger.MEASURE else NO_TRIGGER
    types = one_of(NO_TRIGGER, DIGITAL_EDGE, SOFTWARE_EDGE)
    return (
        choice(type_of(trigger), default, types, idle_only=True),
        text(input_of(trigger), arrives, idle_only=True),
        choice(edge_of(trigger), RISING, one_of(RISING, FALLING), idle_only=True),
    )


def _event(event: Event) -> tuple[Attribute, ...]:
    return (
        choice(f"{event.name}_EVENT_PULSE_POLARITY", ACTIVE_HIGH, one_of(ACTIVE_HIGH, ACTIVE_LOW)),
        real(f"{event.name}_EVENT_PULSE_WIDTH", PULSE_WIDTHS[0], between(*PULSE_WIDTHS)),
    )


TRIGGER_ATTRIBUTES = (
    *(row for trigger in Trigger for row in _trigger(trigger)),
    *(row for event in Event for row in _event(event)),
    *(text(name, _exported, idle_only=True) for name in EXPORTED.values()),
    real("MEASURE_COMPLETE_EVENT_DELAY", 0.0, between(0.0, MAX_DELAY)),
)
"""Width, polarity, edge and event delay are stored and read back; an edge comes with its event."""
