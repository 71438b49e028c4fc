"""The cell with a gate on three SMUs of a simulated 4200A, and the messages to it."""

import re
from contextlib import contextmanager
from types import SimpleNamespace

from benches import bench_of
from gated_cell import GatedCell, WatchedWorld, make_profile

from mho.clock import VirtualClock
from mho.drivers.keithley_4200a.instrument import instrument
from mho.drivers.keithley_4200a.settings import KeithleySettings
from mho.sim_instruments.keithley_4200a import KeithleyOptions, serve_on_tcp, serve_on_visa

TERMINALS = {
    "gate": {"channel": "SMU2", "preamp": True},
    "drain": {"channel": "SMU1"},
    "source": {"channel": "SMU3"},
}
CHASSIS = {"smus": [{}, {"preamplifier": True}, {}]}


@contextmanager
def simulated(
    device=None, *faults, tcp=False, profile=None, timeout=5.0, clock=None, **options
):  # fmt: skip
    """A bench, not yet entered, on a simulated 4200A with the device; and that 4200A."""
    device = device or GatedCell()
    instruments_clock = VirtualClock()
    wired = {name: TERMINALS[name] for name in device.terminals}
    running = (serve_on_tcp if tcp else serve_on_visa)(
        WatchedWorld(device, instruments_clock),
        {terminal["channel"]: name for name, terminal in wired.items()},
        options=KeithleyOptions.model_validate(
            {"noise": 0.0, "chassis": CHASSIS, "faults": faults, **options}
        ),
    )
    settings = KeithleySettings(
        connection=running.address, terminals=wired, terminator="none"
    ).model_copy(update={"timeout": timeout})  # shorter than a bench file may say
    benchs_clock = instruments_clock if clock is None else clock(instruments_clock)
    profile = profile or make_profile()
    try:
        rehearsal = SimpleNamespace(profile=profile, clock=benchs_clock)
        yield bench_of(instrument(settings, rehearsal), profile, benchs_clock), running.instrument
    finally:
        running.stop()


def messages(instrument):
    """Everything the instrument was told."""
    return [exchange.message for exchange in instrument.exchanges]


def assert_zero_before_off(told):
    """No SMU was told to go off but after a level of 0; a test leaves those in it at any level."""
    levels, defined = {}, set()
    for command in (command for message in told for command in message.split(";")):
        if command == "*RST":
            levels.clear()
        elif command == "DE":
            defined.clear()
        elif command == "ME1":
            levels |= dict.fromkeys(defined, "that of a test")
        elif match := re.fullmatch(r"CH(\d),.*", command):
            defined.add(match[1])
        elif match := re.fullmatch(r"D[VI](\d),\d+,([^,]+),[^,]+", command):
            levels[match[1]] = float(match[2])
        elif match := re.fullmatch(r"DV(\d)", command):
            assert not levels.pop(match[1], 0.0), command
