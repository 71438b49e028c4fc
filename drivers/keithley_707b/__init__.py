"""Keithley 707B and 708B switching matrices by their TSP commands, through any PyVISA backend."""

from mho.bench import Actuator, Points
from mho.drivers.keithley_707b.settings import (
    SIMULATED,
    Keithley707BSettings,
    problems,
    rehearses,
    resources,
)
from mho.plugin_kinds import ActuatorKind, Rehearsal, SwitchOff

UNVERIFIED = (
    "The Keithley 707B driver has run against simulated instruments only, never on hardware: "
    "watch the first selections with an ohmmeter."
)
"""One line for people who are about to use a real matrix."""


def _actuator(settings: Keithley707BSettings, points: Points, rehearsal: Rehearsal) -> Actuator:
    # The driver proper, and with it PyVISA, is imported when a bench is opened, not before.
    from mho.drivers.keithley_707b.matrix import matrix

    return matrix(settings, points, rehearsal)


def _switching_off(settings: Keithley707BSettings) -> SwitchOff:
    from mho.drivers.keithley_707b.matrix import switching_off

    return switching_off(settings)


KEITHLEY_707B = ActuatorKind(
    settings=Keithley707BSettings,
    rehearses=rehearses,
    actuator=_actuator,
    problems=problems,
    resources=resources,
    switching_off=_switching_off,
    notice=UNVERIFIED,
    simulator=SIMULATED,
)
