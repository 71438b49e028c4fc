"""NI multifunction DAQ cards through NI-DAQmx: local, NI gRPC Device Server, simulated."""

from mho.drivers.ni_daq import line_settings
from mho.drivers.ni_daq.channel_limits import limits
from mho.drivers.ni_daq.line_settings import NiDaqLinesSettings
from mho.drivers.ni_daq.settings import (
    SIMULATED,
    NiDaqSettings,
    rehearses,
    resources,
)
from mho.plugin_kinds import ActuatorKind, Driver, OnDemand

UNVERIFIED = (
    "The NI DAQ driver has run against simulated cards only, never on hardware: watch the first "
    "runs on a dummy device with an oscilloscope."
)
"""One line for people who are about to use a real card."""


NI_DAQ = Driver(
    settings=NiDaqSettings,
    limits=limits,
    rehearses=rehearses,
    instrument=OnDemand("mho.drivers.ni_daq.instrument:instrument"),
    resources=resources,
    switching_off=OnDemand("mho.drivers.ni_daq.switching_off:switching_off"),
    notice=UNVERIFIED,
    simulator=SIMULATED,
)

UNVERIFIED_RELAYS = (
    "Relays at digital lines have run against simulated cards only, never on hardware: watch the "
    "first selections with an ohmmeter; that a relay follows its line is not read back."
)


NI_DAQ_LINES = ActuatorKind(
    settings=NiDaqLinesSettings,
    rehearses=line_settings.rehearses,
    actuator=OnDemand("mho.drivers.ni_daq.line_relays:line_relays"),
    problems=line_settings.problems,
    resources=line_settings.resources,
    switching_off=OnDemand("mho.drivers.ni_daq.line_relays:switching_off"),
    notice=UNVERIFIED_RELAYS,
    simulator=SIMULATED,
)
