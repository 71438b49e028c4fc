"""A state taken, restored and run on gives the readings of the run that was not interrupted."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import pytest

from mho import plugins, settings
from mho.bench import Bench, ChannelLimits
from mho.bench.composed import ComposedBench
from mho.clock import VirtualClock
from mho.device.profile import DeviceProfile
from mho.laboratory import read_setup
from mho.readings import Reading
from mho.rehearsal import World
from mho.setup import Setup
from mho.simulated import simulated_device, simulated_instrument
from mho.stimuli import Hold, Pulse, PulseTrain, Read, Stimulus, Sweep

BENCHES = ("ideal", "ni-pxie-4139", "keithley-4200a", "keithley-4200a-pmu")
DEVICES: dict[str, list[str]] = {
    "resistor": [],
    "open": [],
    "cu-te": ["model.parameters.wear=true"],
    "cu-te-pristine": [],
    "cu-te-1t1r": ["model.parameters.memristor.contact_lost_after=6"],
    "cu-te-1t1r-mos": [],
    "cu-te-1t1r-source-line": [],
    "alpha-fe2o3": ["model.parameters.wear=true"],
    "nmos": ['model.parameters.noise_level="1 %"'],
    "ecram-metal-oxide": ['terminals.gate.rests="grounded"'],
    "ecram-lithium": ['terminals.gate.rests="grounded"'],
}


WITH_SOURCE = ("cu-te-1t1r-mos", "cu-te-1t1r-source-line", "ecram-metal-oxide", "ecram-lithium")
SOURCE_LINE = ['terminals.source.channel="SMU5"']
"""The shipped 4200A benches have no channel for it."""


class Room:
    """A rehearsal whose world the test can look into."""

    def __init__(self, setup: Setup, seed: int) -> None:
        self.profile, self.clock = setup.profile, VirtualClock()
        self.world = World(simulated_device(setup.profile, seed, "test"), self.clock, seed)
        self.running = ExitStack()

    def instrument(self, name: str, wiring: Any, **options: Any) -> str:
        kind = plugins.load(plugins.INSTRUMENTS, name)
        chosen = settings.parse("test", options, kind.settings)
        running = simulated_instrument(kind, self.world, wiring, chosen, place="test")
        self.running.callback(running.stop)
        return running.address


@contextmanager
def opened(setup: Setup, seed: int = 1) -> Iterator[tuple[Bench, World]]:
    room = Room(setup, seed)
    (one,) = setup.instruments
    with room.running:
        instrument = one.driver.instrument(one.settings, room)
        with ComposedBench({"": instrument}, room.profile, room.clock) as bench:
            yield bench, room.world


def stimuli(profile: DeviceProfile, channel: ChannelLimits) -> list[Stimulus]:
    at, limits = profile.write_at, profile.terminals[profile.write_at]
    high, low = 0.7 * limits.max_voltage, 0.7 * limits.min_voltage
    limit = profile.pulse_compliance
    rest = max(1e-3, channel.min_width)
    width = 2 * rest
    read = Read(
        voltage=profile.read_voltage, aperture=10e-3, settle=rest, compliance=min(1e-4, limit)
    )
    common: dict[str, Any] = {"terminal": at, "compliance": limit}
    return [
        Pulse(amplitude=high, width=width, rest=rest, verify=read, **common),
        Pulse(amplitude=low, width=width, rest=rest, verify=read, **common),
        PulseTrain(
            amplitudes=(high, low, 0.5 * high), width=width, rest=rest, verify=read, **common
        ),
        Sweep(levels=(0.1, 0.2, 0.1), dwell=20e-3, aperture=10e-3, **common),
        Hold(level=profile.read_voltage, count=5, interval=20e-3, aperture=10e-3, **common),
    ]


def readings(bench: Bench, played: list[Stimulus]) -> list[Reading]:
    return [reading for stimulus in played for reading in bench.apply(stimulus)]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("bench", BENCHES)
def test_taken_restored_and_run_on(tmp_path, bench: str, device: str) -> None:  # type: ignore[no-untyped-def]
    missing = bench.startswith("keithley") and device in WITH_SOURCE
    setup = read_setup(
        bench,
        device,
        bench_options=SOURCE_LINE if missing else (),
        device_options=DEVICES[device],
    )
    before, after = (stimuli(setup.profile, setup.limits[setup.profile.write_at]) for _ in range(2))
    after.reverse()
    with opened(setup) as (uninterrupted, world):
        readings(uninterrupted, before)
        uninterrupted.clock.sleep(3.0)
        np.savez(tmp_path / "state.npz", **world.state())
        expected = readings(uninterrupted, after)
    with opened(setup, seed=2) as (restored, world):
        with np.load(tmp_path / "state.npz", allow_pickle=False) as file:
            world.restore(dict(file))
        assert readings(restored, after) == expected
