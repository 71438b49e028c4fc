"""Keithley 4200A-SCS over KXCI: SMUs and pulse cards, through any PyVISA backend."""

from mho.bench import Instrument
from mho.drivers.keithley_4200a.settings import (
    SIMULATED,
    KeithleySettings,
    limits,
    rehearses,
)
from mho.plugin_kinds import Driver, Rehearsal

UNVERIFIED = (
    "The Keithley 4200A driver has run against simulated instruments only, never on hardware: "
    "watch the first runs on a dummy device with an oscilloscope."
)
"""One line for people who are about to use a real instrument."""


def _instrument(settings: KeithleySettings, rehearsal: Rehearsal) -> Instrument:
    # The driver proper is imported when a bench is opened, PyVISA when it is entered.
    from mho.drivers.keithley_4200a.instrument import instrument

    return instrument(settings, rehearsal)


KEITHLEY_4200A = Driver(
    settings=KeithleySettings,
    limits=limits,
    rehearses=rehearses,
    instrument=_instrument,
    notice=UNVERIFIED,
    simulator=SIMULATED,
)
