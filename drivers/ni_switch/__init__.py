"""NI matrix modules through NI-SWITCH: local, NI gRPC Device Server, simulated."""

from mho.drivers.ni_switch.settings import (
    SIMULATED,
    NiSwitchSettings,
    problems,
    rehearses,
    resources,
)
from mho.plugin_kinds import ActuatorKind, OnDemand

UNVERIFIED = (
    "The NI-SWITCH driver has run against simulated modules only, never on hardware: watch the "
    "first selections with an ohmmeter."
)
"""One line for people who are about to use a real matrix."""


NI_SWITCH = ActuatorKind(
    settings=NiSwitchSettings,
    rehearses=rehearses,
    actuator=OnDemand("mho.drivers.ni_switch.matrix:matrix"),
    problems=problems,
    resources=resources,
    switching_off=OnDemand("mho.drivers.ni_switch.matrix:switching_off"),
    notice=UNVERIFIED,
    simulator=SIMULATED,
)
