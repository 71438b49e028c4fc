"""Keithley 4200A-SCS over KXCI: SMUs and pulse cards, through any PyVISA backend."""

from mho.bench import Instrument
from mho.drivers.keithley_4200a.settings import (
    SIMULATED,
    KeithleySettings,
    limits,
    rehearses,
    resources,
)
from mho.plugin_kinds import Driver, Rehearsal, SwitchOff

UNVERIFIED = (
    "The Keithley 4200A driver has run against simulated instruments only, never on hardware: "
    "watch the first runs on a dummy device with an oscilloscope."
)
"""One line for people who are about to use a real instrument."""


def _instrument(settings: KeithleySettings, rehearsal: Rehearsal) -> Instrument:
    # The driver proper is imported when a bench is opened, PyVISA when it is entered.
    from mho.drivers.keithley_4200a.instrument import instrument

    return instrument(settings, rehearsal)


def _switching_off(settings: KeithleySettings) -> SwitchOff:
    from mho.drivers.keithley_4200a.switching_off import switching_off

    return switching_off(settings)


KEITHLEY_4200A = Driver(
    settings=KeithleySettings,
    limits=limits,
    rehearses=rehearses,
    instrument=_instrument,
    resources=resources,
    switching_off=_switching_off,
    notice=UNVERIFIED,
    simulator=SIMULATED,
)
