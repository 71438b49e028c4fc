"""The driver on the wire: NI's unmodified client against the simulated device server."""

import signal
import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest
from benches import bench_of

from mho import plugins
from mho.clock import RealClock, VirtualClock
from mho.device.profile import DeviceProfile, Dose, TerminalLimits
from mho.drivers.ni_pxie_4139 import NI_PXIE_4139, connection
from mho.drivers.ni_pxie_4139.ranges import CURRENT_RANGES, current_range
from mho.errors import SettingsError
from mho.rehearsal import World
from mho.settings import parse
from mho.stimuli import RETURN_TO_ZERO, Hold, Pulse, PulseTrain, Read, Sweep, duration

TERMINAL = TerminalLimits(min_voltage=-3, max_voltage=3, max_compliance=1e-2)
PROFILE = DeviceProfile(
    name="resistor",
    terminals={"TE": TERMINAL},
    dose=Dose(max_pulses=10, max_charge=1),
    set_polarity="positive",
    read_voltage=0.05,
    pulse_compliance=1e-3,
    read_compliance=1e-5,
    pulse_width=1e-4,
    contact_floor=1e-7,
)
READ = Read(voltage=0.05, aperture=1e-3, compliance=1e-5, settle=1e-4)


@pytest.fixture
def room():
    """A rehearsal room with the simulated server and a resistor; ``room.start(clock)``."""
    running = []

    def start(clock):
        resistor = plugins.load(plugins.DEVICES, "resistor")
        server = plugins.load(plugins.INSTRUMENTS, "ni")

        def instrument(name, wiring, **options):
            world = World(resistor.build(resistor.parameters(), 0), clock, 0)
            running.append(server.start(world, wiring, 0, server.settings(**options)))
            return running[-1].address

        return SimpleNamespace(profile=PROFILE, clock=clock, instrument=instrument)

    yield SimpleNamespace(start=start)
    for server in running:
        server.stop()


@pytest.fixture
def exchanges(monkeypatch):
    """The names of all calls on the wire."""
    log = []
    plain = connection.TimedChannel.unary_unary

    def counting(self, path, *args, **kwargs):
        call = plain(self, path, *args, **kwargs)

        def exchange(request, metadata=None):
            log.append(path.rsplit("/", 1)[1])
            return call(request, metadata)

        return exchange

    monkeypatch.setattr(connection.TimedChannel, "unary_unary", counting)
    return log


def settings(model="20 W"):
    terminals = {"TE": {"resource": "PXI1Slot2/0", "model": model}}
    return parse("bench", {"target": "simulator", "terminals": terminals}, NI_PXIE_4139.settings)


def bench_in(rehearsal, model="20 W"):
    instrument = NI_PXIE_4139.instrument(settings(model), rehearsal)
    return bench_of(instrument, rehearsal.profile, rehearsal.clock)


def pulse(amplitude):
    return Pulse(
        terminal="TE", amplitude=amplitude, width=1e-4, compliance=1e-3, rest=1e-4, verify=READ
    )


def train(*amplitudes):
    return PulseTrain(
        terminal="TE", amplitudes=amplitudes, width=1e-4, compliance=1e-3, rest=1e-4, verify=READ
    )


STIMULI = [
    pulse(0.5),
    pulse(-1.2),
    Hold(terminal="TE", level=0.05, count=1, interval=0.02, aperture=0.01, compliance=1e-5),
    Hold(terminal="TE", level=0.05, count=5, interval=0.5, aperture=0.01, compliance=1e-5),
    train(1.0, -1.0, 0.7),
    Sweep(terminal="TE", levels=(0.0, 0.5, 1.0), dwell=2e-3, aperture=1e-3, compliance=1e-3),
]


def test_every_stimulus_takes_its_time_and_reads_the_resistor(room):
    clock = VirtualClock()
    with bench_in(room.start(clock)) as bench:
        conductance = bench.apply(pulse(1.0))[1].conductance
        for stimulus in [*STIMULI, *reversed(STIMULI)]:
            start = clock.now()
            trace = bench.apply(stimulus)
            # The return to zero of a uniform sequence lasts one common aperture.
            longer = clock.now() - start - duration(stimulus)
            aperture = getattr(stimulus, "aperture", 0.0)
            assert longer == pytest.approx(max(0.0, aperture - RETURN_TO_ZERO), abs=1e-9) or (
                longer == pytest.approx(0.0, abs=1e-9) and isinstance(stimulus, Hold)
            )
            assert trace[len(trace) - 1].time <= clock.now()
            for reading in trace:
                assert reading.time > start
                expected = reading.voltage * conductance
                assert reading.current == pytest.approx(expected, rel=2e-3, abs=2e-8)
                assert not reading.in_compliance


def test_exchanges_of_a_closed_loop_step_and_of_a_train(room, exchanges):
    wait = ["InitiateWithChannels", "FetchMultiple"]
    with bench_in(room.start(VirtualClock())) as bench:
        bench.apply(pulse(1.0))
        exchanges.clear()
        bench.apply(pulse(1.1))
        assert exchanges == ["SetAttributeViReal64", *wait, "AbortWithChannels"]
        bench.apply(train(1.0))
        exchanges.clear()
        bench.apply(train(*[1 + n / 1000 for n in range(200)]))
        assert exchanges == ["SetSequence", *wait, "AbortWithChannels"]


@pytest.mark.parametrize("span", CURRENT_RANGES[:5])
def test_a_limit_is_in_the_smallest_range_that_holds_it(room, span, monkeypatch):
    sessions = []
    opened = connection.DeviceServer.open

    def opening(server, resource):
        sessions.append(opened(server, resource))
        return sessions[-1]

    monkeypatch.setattr(connection.DeviceServer, "open", opening)
    with bench_in(room.start(VirtualClock())) as bench:
        for limit in (CURRENT_RANGES[4], span, 0.9 * span, min(1.1 * span, 1e-2), span):
            bench.apply(replace(STIMULI[2], compliance=limit))
            assert sessions[-1].current_limit == limit
            assert sessions[-1].current_limit_range == current_range(limit)
    assert len(sessions) == 1


def test_a_rehearsal_holds_the_version_that_the_bench_file_names(room):
    with bench_in(room.start(VirtualClock()), model="40 W") as bench:
        assert [identity.model for identity in bench.identities] == ["NI PXIe-4139 (40W)"]


def test_another_model_is_a_settings_error(room):
    rehearsal = room.start(VirtualClock())
    address = rehearsal.instrument("ni", {"PXI1Slot2/0": "TE"})
    rehearsal.instrument = lambda name, wiring, **options: address
    bench = bench_in(rehearsal, model="40 W")
    with pytest.raises(SettingsError, match='write model = "20 W"'), bench:
        pytest.fail("entered a bench that is not there")


def test_a_session_left_by_a_dead_program_is_taken_over(room):
    rehearsal = room.start(VirtualClock())
    address = rehearsal.instrument("ni", {"PXI1Slot2/0": "TE"})
    rehearsal.instrument = lambda name, wiring, **options: address
    dead = bench_in(rehearsal)
    dead.__enter__()
    dead.bias("TE", 1.0, 1e-3)
    with bench_in(rehearsal) as bench:
        assert bench.apply(pulse(1.0))[0].voltage == pytest.approx(1.0, rel=1e-3)
    dead.__exit__(None, None, None)


def test_ctrl_c_in_a_long_hold_switches_off_at_once(room, exchanges):
    clock = RealClock()
    hold = Hold(terminal="TE", level=0.05, count=1, interval=30, aperture=1, compliance=1e-5)
    with bench_in(room.start(clock)) as bench:
        start = clock.now()
        press = threading.Timer(0.2, signal.raise_signal, [signal.SIGINT])
        press.start()
        with pytest.raises(KeyboardInterrupt):
            bench.apply(hold)
        assert clock.now() - start < 2
        assert exchanges[-3:] == ["AbortWithChannels", "SetAttributeViBoolean", "ResetWithChannels"]
