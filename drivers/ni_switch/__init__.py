"""NI matrix modules through NI-SWITCH: local, NI gRPC Device Server, simulated."""

from mho.bench import Actuator, Points
from mho.drivers.ni_switch.settings import (
    SIMULATED,
    NiSwitchSettings,
    problems,
    rehearses,
    resources,
)
from mho.plugin_kinds import ActuatorKind, Rehearsal, SwitchOff

UNVERIFIED = (
    "The NI-SWITCH driver has run against simulated modules only, never on hardware: watch the "
    "first selections with an ohmmeter."
)
"""One line for people who are about to use a real matrix."""


def _actuator(settings: NiSwitchSettings, points: Points, rehearsal: Rehearsal) -> Actuator:
    # The driver proper, and with it NI's client, is imported when a bench is opened, not before.
    from mho.drivers.ni_switch.matrix import matrix

    return matrix(settings, points, rehearsal)


def _switching_off(settings: NiSwitchSettings) -> SwitchOff:
    from mho.drivers.ni_switch.matrix import switching_off

    return switching_off(settings)


NI_SWITCH = ActuatorKind(
    settings=NiSwitchSettings,
    rehearses=rehearses,
    actuator=_actuator,
    problems=problems,
    resources=resources,
    switching_off=_switching_off,
    notice=UNVERIFIED,
    simulator=SIMULATED,
)
