"""A bench of one instrument, not yet entered."""

from mho.bench.composed import ComposedBench
from mho.drivers.keithley_4200a.instrument import KeithleyInstrument
from mho.drivers.ni_pxie_4139.instrument import NiInstrument


def bench_of(instrument, profile, clock):
    return ComposedBench({"": instrument}, profile, clock)


def ni_bench(settings, profile, clock, connection):
    return bench_of(NiInstrument(settings, profile, clock, connection), profile, clock)


def only_instrument(bench):
    """The instrument of such a bench, for a look behind it."""
    (instrument,) = bench._instruments.values()
    return instrument


def keithley_bench(settings, profile, clock, link):
    return bench_of(KeithleyInstrument(settings, profile, clock, link), profile, clock)
