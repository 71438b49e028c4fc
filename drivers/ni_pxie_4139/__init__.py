"""NI PXIe-4139 source-measure units through NI-DCPower: local, NI gRPC Device Server, simulated."""

from mho.bench import Instrument
from mho.drivers.ni_pxie_4139.settings import (
    SIMULATED,
    NiSettings,
    limits,
    rehearses,
    resources,
)
from mho.plugin_kinds import Driver, Rehearsal, SwitchOff

UNVERIFIED = (
    "The NI PXIe-4139 driver has run against simulated instruments only, never on hardware: "
    "watch the first runs on a dummy device with an oscilloscope."
)
"""One line for people who are about to use a real target."""


def _instrument(settings: NiSettings, rehearsal: Rehearsal) -> Instrument:
    # The driver proper, and with it NI's client, is imported when a bench is opened, not before.
    from mho.drivers.ni_pxie_4139.instrument import instrument

    return instrument(settings, rehearsal)


def _switching_off(settings: NiSettings) -> SwitchOff:
    from mho.drivers.ni_pxie_4139.switching_off import switching_off

    return switching_off(settings)


NI_PXIE_4139 = Driver(
    settings=NiSettings,
    limits=limits,
    rehearses=rehearses,
    instrument=_instrument,
    resources=resources,
    switching_off=_switching_off,
    notice=UNVERIFIED,
    simulator=SIMULATED,
)
