"""Benches on a card that notes what it is asked for."""

from types import SimpleNamespace

from benches import bench_of

from mho.drivers.ni_daq.instrument import instrument
from mho.drivers.ni_daq.settings import NiDaqSettings
from mho.testing.profiles import make_profile

PROFILE = make_profile()
METER = {"input": "ai0", "gain": 1e3, "bandwidth": 1e6}


def terminals(**changes):
    """TE on ao0 with an amplifier of 1 V for 1 mA, the gate on ao1."""
    te = {"output": "ao0", "current_unlimited": True, "max_current": 0.02, "current": METER}
    gate = {"output": "ao1", "current_unlimited": True}
    return {"TE": {**te, **changes}, "gate": gate}


def settings(address="simulator", wired=None, **changes):
    changes = {"model": "PCIe-6363", **changes}
    return NiDaqSettings(target=address, card="Dev1", terminals=wired or terminals(), **changes)


def daq_instrument(address, clock, profile=PROFILE, **changes):
    rehearsal = SimpleNamespace(profile=profile, clock=clock)
    chosen = settings(**changes)
    chosen = chosen.model_copy(update={"target": address})
    return instrument(chosen, rehearsal)


def daq_bench(address, clock, profile=PROFILE, **changes):
    return bench_of(daq_instrument(address, clock, profile, **changes), profile, clock)
