"""NI PXIe-4139 source-measure units through NI-DCPower: local, NI gRPC Device Server, simulated."""

from mho.drivers.ni_pxie_4139.settings import (
    SIMULATED,
    NiSettings,
    limits,
    rehearses,
    resources,
)
from mho.plugin_kinds import Driver, OnDemand

UNVERIFIED = (
    "The NI PXIe-4139 driver has run against simulated instruments only, never on hardware: "
    "watch the first runs on a dummy device with an oscilloscope."
)
"""One line for people who are about to use a real target."""


NI_PXIE_4139 = Driver(
    settings=NiSettings,
    limits=limits,
    rehearses=rehearses,
    instrument=OnDemand("mho.drivers.ni_pxie_4139.instrument:instrument"),
    resources=resources,
    switching_off=OnDemand("mho.drivers.ni_pxie_4139.switching_off:switching_off"),
    notice=UNVERIFIED,
    simulator=SIMULATED,
)
