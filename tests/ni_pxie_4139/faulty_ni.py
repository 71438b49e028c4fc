"""A bench on a simulated NI gRPC Device Server to which things happen.

NI's client, the driver and the socket are the real ones. Everything is chosen so that a shifted
answer is seen: no two readings of the scenario are alike, but for those of one hold or of the two
cycles of a train, and what flows at TE depends on the gate, so that a gate that is not held is seen
as well.
"""

from contextlib import contextmanager
from types import SimpleNamespace

from benches import bench_of

from mho.clock import VirtualClock
from mho.drivers.ni_pxie_4139.instrument import instrument
from mho.drivers.ni_pxie_4139.settings import NiSettings
from mho.rehearsal import World
from mho.sim_instruments.ni_device_server.chassis import start_server
from mho.sim_instruments.ni_device_server.faults import Faults
from mho.stimuli import Family, Hold, Pulse, PulseTrain, Read, Sweep
from mho.testing.faults import RIGHT_KINDS, Resistors, play
from mho.testing.profiles import make_profile

TE, GATE = "PXI1Slot2/0", "PXI1Slot3/0"
PROFILE = make_profile()
TOLERANCE = 0.01
"""The readings are noisy; the scenario's differ by more than this."""

OHMS = 10e3
READ = Read(voltage=0.05, aperture=9e-3, settle=1e-3, compliance=1e-4)
PULSE = Pulse(
    terminal="TE", amplitude=1.7, width=10e-3, compliance=1e-3, rest=10e-3, verify=READ
)  # fmt: skip
HOLD = Hold(terminal="TE", level=0.4, count=3, interval=20e-3, aperture=9e-3, compliance=1e-3)
SINGLE = Hold(terminal="TE", level=-0.45, count=1, interval=20e-3, aperture=9e-3, compliance=1e-3)
TRAIN = PulseTrain(
    terminal="TE", amplitudes=(0.5, 0.6, -0.7, -0.8), width=10e-3, rest=10e-3, compliance=1e-3,
    verify=READ, verify_every=4,
)  # fmt: skip
SWEEP = Sweep(
    terminal="TE", levels=(0.1, 0.2, 0.3, -0.15, -0.25), dwell=20e-3, aperture=5e-3, compliance=1e-3
)
RAMP = Sweep(
    terminal="TE", levels=(0.11, 0.22, 0.33, 0.44), dwell=20e-3, aperture=5e-3, compliance=1e-3
)
CURVES = Family(
    sweep=RAMP, stepped="gate", steps=(1.0, 2.0), step_compliance=1e-3, settle=20e-3
)  # fmt: skip
CYCLES = PulseTrain(
    terminal="TE", amplitudes=(0.91, -0.97) * 2, width=10e-3, rest=10e-3, compliance=1e-3
)  # fmt: skip
LAST = Pulse(terminal="TE", amplitude=-1.6, width=10e-3, compliance=1e-3)
SCENARIO = (PULSE, HOLD, CYCLES, SINGLE, TRAIN, SWEEP, LAST, CURVES)
"""Every way of playing anything. The gate is held at 3 V until the family steps it."""


class Gated(Resistors):
    """Two resistors, of which the one at TE has four times the conductance with 3 V at the gate."""

    def respond(self, drives):
        gate = drives.get("gate")
        level = gate.level if gate else 0.0
        self.resistance["TE"] = OHMS * 4 / (1 + level)
        return super().respond(drives)


@contextmanager
def simulated(device=None, clock=None):
    """A running server with a device on two modules."""
    wiring = {TE: "TE", GATE: "gate"}
    server = start_server(World(device or Gated(), clock or VirtualClock(), 1), wiring)
    try:
        yield server
    finally:
        server.stop()


def bench_on(server, clock, address=None, timeout=10.0):
    """A bench on the server, not yet entered; ``address`` is what stands between them, if any."""
    smus = {
        name: {"resource": resource, "model": "20 W"}
        for name, resource in (("TE", TE), ("gate", GATE))
    }
    settings = NiSettings(target=address or server.address, terminals=smus, timeout=timeout)
    rehearsal = SimpleNamespace(profile=PROFILE, clock=clock)
    return bench_of(instrument(settings, rehearsal), PROFILE, clock)


def play_scenario(server, clock, *faults, kinds=RIGHT_KINDS, **options):
    """Play the scenario with faults counted from its first call; its outcome, and the calls."""
    server.exchanges.clear()
    server.faults = Faults(calls=faults)
    outcome = play(bench_on(server, clock, **options), server, SCENARIO, kinds)
    return outcome, list(server.exchanges)
