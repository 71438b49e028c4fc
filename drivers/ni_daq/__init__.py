"""NI multifunction DAQ cards through NI-DAQmx: local, NI gRPC Device Server, simulated."""

from mho.bench import Actuator, Instrument, Points
from mho.drivers.ni_daq import line_settings
from mho.drivers.ni_daq.line_settings import NiDaqLinesSettings
from mho.drivers.ni_daq.settings import (
    SIMULATED,
    NiDaqSettings,
    limits,
    rehearses,
    resources,
)
from mho.plugin_kinds import ActuatorKind, Driver, Rehearsal, SwitchOff

UNVERIFIED = (
    "The NI DAQ driver has run against simulated cards only, never on hardware: watch the first "
    "runs on a dummy device with an oscilloscope."
)
"""One line for people who are about to use a real card."""


def _instrument(settings: NiDaqSettings, rehearsal: Rehearsal) -> Instrument:
    # The driver proper, and with it NI's client, is imported when a bench is opened, not before.
    from mho.drivers.ni_daq.instrument import instrument

    return instrument(settings, rehearsal)


def _switching_off(settings: NiDaqSettings) -> SwitchOff:
    from mho.drivers.ni_daq.switching_off import switching_off

    return switching_off(settings)


NI_DAQ = Driver(
    settings=NiDaqSettings,
    limits=limits,
    rehearses=rehearses,
    instrument=_instrument,
    resources=resources,
    switching_off=_switching_off,
    notice=UNVERIFIED,
    simulator=SIMULATED,
)

UNVERIFIED_RELAYS = (
    "Relays at digital lines have run against simulated cards only, never on hardware: watch the "
    "first selections with an ohmmeter; that a relay follows its line is not read back."
)


def _relays(settings: NiDaqLinesSettings, points: Points, rehearsal: Rehearsal) -> Actuator:
    from mho.drivers.ni_daq.line_relays import line_relays

    return line_relays(settings, points, rehearsal)


def _opening_relays(settings: NiDaqLinesSettings) -> SwitchOff:
    from mho.drivers.ni_daq.line_relays import switching_off

    return switching_off(settings)


NI_DAQ_LINES = ActuatorKind(
    settings=NiDaqLinesSettings,
    rehearses=line_settings.rehearses,
    actuator=_relays,
    problems=line_settings.problems,
    resources=line_settings.resources,
    switching_off=_opening_relays,
    notice=UNVERIFIED_RELAYS,
    simulator=SIMULATED,
)
