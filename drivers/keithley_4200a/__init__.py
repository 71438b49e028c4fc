"""Keithley 4200A-SCS over KXCI: SMUs and pulse cards, through any PyVISA backend."""

from mho.drivers.keithley_4200a.settings import (
    SIMULATED,
    KeithleySettings,
    limits,
    rehearses,
    resources,
)
from mho.plugin_kinds import Driver, OnDemand

UNVERIFIED = (
    "The Keithley 4200A driver has run against simulated instruments only, never on hardware: "
    "watch the first runs on a dummy device with an oscilloscope."
)
"""One line for people who are about to use a real instrument."""


KEITHLEY_4200A = Driver(
    settings=KeithleySettings,
    limits=limits,
    rehearses=rehearses,
    instrument=OnDemand("mho.drivers.keithley_4200a.instrument:instrument"),
    resources=resources,
    switching_off=OnDemand("mho.drivers.keithley_4200a.switching_off:switching_off"),
    notice=UNVERIFIED,
    simulator=SIMULATED,
)
