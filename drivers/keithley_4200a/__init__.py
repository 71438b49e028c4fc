"""Keithley 4200A-SCS over KXCI: SMUs and pulse cards, through any PyVISA backend."""

from mho.bench import Bench
from mho.drivers.keithley_4200a.settings import (
    SIMULATED,
    KeithleySettings,
    limits,
    rehearses,
)
from mho.plugin_kinds import BenchKind, Rehearsal

UNVERIFIED = (
    "The Keithley 4200A driver has run against simulated instruments only, never on hardware: "
    "watch the first runs on a dummy device with an oscilloscope."
)
"""One line for people who are about to use a real instrument."""


def _open(settings: KeithleySettings, rehearsal: Rehearsal) -> Bench:
    # The driver proper is imported when a bench is opened, PyVISA when it is entered.
    from mho.drivers.keithley_4200a.bench import open_bench

    return open_bench(settings, rehearsal)


KEITHLEY_4200A = BenchKind(
    settings=KeithleySettings,
    limits=limits,
    rehearses=rehearses,
    open=_open,
    notice=UNVERIFIED,
    simulator=SIMULATED,
)
