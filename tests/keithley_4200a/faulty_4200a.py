"""A bench on a simulated 4200A to which things happen; driver, PyVISA and wire are the real ones.

Everything is chosen so that a shifted answer is seen: no two readings of a scenario are alike, but
for those of one hold or burst and of what is played again, and nothing is noisy.
"""

from contextlib import contextmanager
from types import SimpleNamespace

from benches import bench_of
from pyvisa_sim.sessions import session
from scripted_4200a import PROFILE

from mho.clock import VirtualClock
from mho.drivers.keithley_4200a.instrument import instrument
from mho.drivers.keithley_4200a.settings import KeithleySettings
from mho.rehearsal import World
from mho.sim_instruments.keithley_4200a import KeithleyOptions, serve_on_tcp, serve_on_visa
from mho.stimuli import Family, Hold, Pulse, PulseTrain, Read, Sweep
from mho.testing.faults import Resistors, play

READ = Read(voltage=0.05, aperture=9e-3, settle=1e-3, compliance=1e-4)
PULSE = Pulse(
    terminal="TE", amplitude=1.7, width=10e-3, compliance=5e-3, rest=10e-3, verify=READ
)  # fmt: skip
SWEEP = Sweep(
    terminal="TE", levels=(0.1, 0.2, 0.3, -0.15, -0.25), dwell=20e-3, aperture=5e-3, compliance=5e-3
)
HOLD = Hold(terminal="TE", level=0.4, count=3, interval=20e-3, aperture=9e-3, compliance=1e-3)
TRAIN = PulseTrain(
    terminal="TE", amplitudes=(0.5, 0.6, -0.7, -0.8), width=10e-3, rest=10e-3, compliance=5e-3,
    verify=READ, verify_every=4,
)  # fmt: skip
RAMP = Sweep(
    terminal="TE", levels=(0.11, 0.22, 0.33, 0.44), dwell=20e-3, aperture=5e-3, compliance=5e-3
)
STOPPING = Sweep(
    terminal="TE", levels=(0.12, 0.24, 0.36, 0.49), dwell=20e-3, aperture=5e-3, compliance=3e-5,
    stop_in_compliance=True,
)  # fmt: skip
CURVES = Family(sweep=RAMP, stepped="gate", steps=(1.0, 2.0), step_compliance=1e-3)
BURST = PulseTrain(
    terminal="TE", amplitudes=(0.9,) * 3, width=10e-3, rest=10e-3, compliance=5e-3
)  # fmt: skip
SCENARIOS = {
    "SMU": (PULSE, SWEEP, HOLD, TRAIN, STOPPING, CURVES, SWEEP),
    "PMU": (PULSE, SWEEP, HOLD, TRAIN, BURST, SWEEP, PULSE),
    "RPM": (PULSE, RAMP, PULSE, RAMP),
}
"""What each of three benches plays: every way it has of playing anything, and some of it again."""

PULSE_CARD = {"channel": "PMU1-1", "current_unlimited": True}
FLAVOURS = {
    "SMU": {"TE": {"channel": "SMU1"}, "gate": {"channel": "SMU2"}},
    "PMU": {"TE": PULSE_CARD, "gate": {"channel": "SMU2"}},
    "RPM": {"TE": {"channel": "SMU1", "through_rpm": "PMU1-1"}, "gate": {"channel": "SMU2"}},
}
"""The terminals of three bench files. The gate is held at 3 V by all of them."""

_BEHIND = {"RPM": {"PMU1-1": "TE"}}

STILL_BUSY = {"busy_poll": 1e-3}
"""A poll does not end a test: what comes right after it meets a busy instrument."""


class SilentTime:
    """Stands in for the module ``time`` in pyvisa-sim: nobody really waits for what cannot come."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now

    def sleep(self, duration):
        self.now += duration


def no_waiting(monkeypatch):
    """A missing answer costs the whole timeout, but of simulated time.

    pyvisa-sim has every answer at hand as soon as the message is written, so that waiting for one
    never brings it.
    """
    time = SilentTime()
    monkeypatch.setattr(session, "time", time)
    return time


@contextmanager
def faulty(
    flavour="SMU", *faults, tcp=False, timeout=0.5, terminator="none", clock=None, **options
):
    """A bench, not yet entered, and the instrument it is on; ``options`` are the instrument's."""
    instruments_clock = VirtualClock()
    terminals = FLAVOURS[flavour]
    wiring = {terminal["channel"]: name for name, terminal in terminals.items()}
    running = (serve_on_tcp if tcp else serve_on_visa)(
        World(Resistors(), instruments_clock, 1),
        wiring | _BEHIND.get(flavour, {}),
        options=KeithleyOptions(**{"noise": 0.0, **options}, faults=faults),
    )
    settings = KeithleySettings(
        connection=running.address, terminals=terminals, terminator=terminator
    ).model_copy(update={"timeout": timeout})  # shorter than a bench file may say
    benchs_clock = instruments_clock if clock is None else clock(instruments_clock)
    try:
        rehearsal = SimpleNamespace(profile=PROFILE, clock=benchs_clock)
        yield bench_of(instrument(settings, rehearsal), PROFILE, benchs_clock), running.instrument
    finally:
        running.stop()


def messages(instrument):
    """Everything the instrument was told."""
    return [exchange.message for exchange in instrument.exchanges]


def undisturbed(flavour, **options):
    """What a scenario gives, and its messages, if nothing fails."""
    with faulty(flavour, **options) as (bench, instrument):
        outcome = play(bench, instrument, SCENARIOS[flavour])
        assert outcome.errors == []
        return outcome.played, messages(instrument)
