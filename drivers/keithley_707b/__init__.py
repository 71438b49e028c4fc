"""Keithley 707B and 708B switching matrices by their TSP commands, through any PyVISA backend."""

from mho.drivers.keithley_707b.settings import (
    SIMULATED,
    Keithley707BSettings,
    problems,
    rehearses,
    resources,
)
from mho.plugin_kinds import ActuatorKind, OnDemand

UNVERIFIED = (
    "The Keithley 707B driver has run against simulated instruments only, never on hardware: "
    "watch the first selections with an ohmmeter."
)
"""One line for people who are about to use a real matrix."""


KEITHLEY_707B = ActuatorKind(
    settings=Keithley707BSettings,
    rehearses=rehearses,
    actuator=OnDemand("mho.drivers.keithley_707b.matrix:matrix"),
    problems=problems,
    resources=resources,
    switching_off=OnDemand("mho.drivers.keithley_707b.matrix:switching_off"),
    notice=UNVERIFIED,
    simulator=SIMULATED,
)
