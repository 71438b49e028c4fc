"""A pulse at one pulse-card channel and its verify read at another are one test."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from benches import bench_of
from gated_cell import make_profile

from mho.bench.guard import GuardedBench
from mho.clock import VirtualClock
from mho.device.model import Response, drive_at
from mho.device.profile import TerminalLimits
from mho.drivers.keithley_4200a.compiler.pulse_channels import PulseChannel
from mho.drivers.keithley_4200a.compiler.pulse_program import compile_pulses
from mho.drivers.keithley_4200a.instrument import instrument
from mho.drivers.keithley_4200a.settings import KeithleySettings, PulseTerminal
from mho.errors import ReplyError, UnsupportedError
from mho.rehearsal import World
from mho.sim_instruments.keithley_4200a import KeithleyOptions, serve_on_tcp, serve_on_visa
from mho.stimuli import Pulse, PulseTrain, Read, Source

GATE_OHMS = 1e4
OUTPUT = 6e-3
"""What the 50 ohm of an output take away at most."""

TERMINALS = {
    "gate": {"channel": "PMU1-1", "current_unlimited": True},
    "drain": {"channel": "PMU1-2", "current_unlimited": True},
}
PROFILE = make_profile(
    terminals={
        name: TerminalLimits(
            min_voltage=-3, max_voltage=3, max_compliance=5e-3, rests="grounded"
        )
        for name in TERMINALS
    }
)  # fmt: skip
READ = Read(voltage=0.1, aperture=50e-6, compliance=1e-4, settle=10e-6, terminal="drain")
PULSE = Pulse(
    terminal="gate", amplitude=1.7, width=100e-6, compliance=5e-3, rest=20e-6, verify=READ
)  # fmt: skip
TRAIN = PulseTrain(
    terminal="gate", amplitudes=(1.0, 1.2, -0.7, 0.3), width=100e-6, compliance=5e-3, rest=20e-6,
    verify=READ, verify_every=2,
)  # fmt: skip


class Counting:
    """A resistor at the gate; the drain conducts by the pulses that the gate has had."""

    terminals = ("gate", "drain")

    def __init__(self):
        self.pulses, self.high = 0, False

    @property
    def conductance(self):
        return 1e-5 * (1 + self.pulses)

    def state(self):
        return {"pulses": np.array(self.pulses), "high": np.array(self.high)}

    def restore(self, state):
        self.pulses, self.high = int(state["pulses"]), bool(state["high"])

    def advance(self, drives, duration):
        gate = drive_at(drives, "gate")
        high = gate is not None and abs(gate.level) > 0.2
        self.pulses += high and not self.high
        self.high = high

    def respond(self, drives):
        found = {}
        conductances = {"gate": 1 / GATE_OHMS, "drain": self.conductance}
        for name, conductance in conductances.items():
            drive = drive_at(drives, name)
            level = 0.0 if drive is None else drive.level
            found[name] = Response(level, level * conductance, False)
        return found


def bench_on(device, *, tcp=False, **options):
    running = (serve_on_tcp if tcp else serve_on_visa)(
        World(device, VirtualClock(), 1),
        {terminal["channel"]: name for name, terminal in TERMINALS.items()},
        options=KeithleyOptions.model_validate({"noise": 0.0, **options}),
    )
    settings = KeithleySettings(
        connection=running.address, terminals=TERMINALS, terminator="none"
    )  # fmt: skip
    clock = running.instrument.world.clock
    rehearsal = SimpleNamespace(profile=PROFILE, clock=clock)
    return running, GuardedBench(bench_of(instrument(settings, rehearsal), PROFILE, clock))


@pytest.mark.parametrize("tcp", [False, True], ids=["in process", "TCP"])
def test_a_pulse_and_its_read_elsewhere(tcp):
    running, bench = bench_on(Counting(), tcp=tcp)
    try:
        with bench:
            pulsed, read = bench.apply(PULSE)
            assert (pulsed.terminal, read.terminal) == ("gate", "drain")
            assert pulsed.current == pytest.approx(1.7 / GATE_OHMS, rel=OUTPUT)
            assert (read.voltage, read.current) == pytest.approx((0.1, 2e-6), rel=OUTPUT)
            apart = PULSE.rest + READ.settle + READ.aperture
            assert read.time - pulsed.time == pytest.approx(apart, rel=1e-6)
            sent = [exchange.message for exchange in running.instrument.exchanges]
            assert sent.count(":PMU:EXECUTE") == 1
            before = len(sent)
            bench.apply(PULSE)
            sent = [exchange.message for exchange in running.instrument.exchanges][before:]
            assert sent == [
                ":PMU:EXECUTE", ":PMU:TEST:STATUS?", ":PMU:DATA:GET 1,0,2", ":PMU:DATA:GET 2,0,2",
                ":ERROR:LAST:GET",
            ]  # fmt: skip
    finally:
        running.stop()


def test_a_train_is_read_elsewhere_in_the_order_of_time():
    running, bench = bench_on(Counting())
    try:
        with bench:
            trace = bench.apply(TRAIN)
    finally:
        running.stop()
    assert [one.terminal for one in trace] == ["gate", "gate", "drain"] * 2
    times = [one.time for one in trace]
    assert times == sorted(times) and len(set(times)) == 6
    gate = [one.current * GATE_OHMS for one in trace if one.terminal == "gate"]
    assert gate == pytest.approx(TRAIN.amplitudes, rel=OUTPUT)
    drain = [one.current for one in trace if one.terminal == "drain"]
    assert drain == pytest.approx([3e-6, 5e-6], rel=OUTPUT)


def channels():
    return {
        name: PulseChannel.of(PulseTerminal(**terminal)) for name, terminal in TERMINALS.items()
    }


@pytest.mark.parametrize("stimulus", [PULSE, TRAIN])
def test_each_channel_has_its_own_ranges_and_windows(stimulus):
    (test,) = compile_pulses(stimulus, channels())
    gate, drain = test.parts
    assert (gate.current_range, drain.current_range) == (10e-3, 100e-6)
    assert set(test.read_by) == {1, 2} and len(test.read_by) == len(test.ends)
    for part in test.parts:
        segments = [segment for sequence in part.plays for segment in sequence.segments]
        assert any(segment.window is not None for segment in segments)


def test_a_pulse_on_the_high_range_is_one_test_with_its_read_elsewhere():
    (test,) = compile_pulses(replace(PULSE, amplitude=15.0), channels())
    assert [part.voltage_range for part in test.parts] == [40.0, 10.0]
    assert test.read_by == (1, 2)


def test_a_read_elsewhere_that_no_sample_rate_serves_is_refused():
    verify = replace(READ, aperture=30e-9)
    long = replace(PULSE, width=0.4, verify=verify)
    with pytest.raises(UnsupportedError, match="no sample rate serves a read window of "):
        compile_pulses(long, channels())


@pytest.mark.parametrize("number", [1, 2])
def test_points_that_are_missing_at_either_channel_are_told(number, monkeypatch):
    running, bench = bench_on(Counting())
    try:
        with bench:
            bench.apply(PULSE)
            driver = bench._bench._instruments[""]
            fetch = driver._pulse_group._wire.query

            def without(message, read):
                return [] if f"GET {number}," in message else fetch(message, read)

            monkeypatch.setattr(driver._pulse_group._wire, "query", without)
            with pytest.raises(ReplyError, match="sent 0 points where 1 were due"):
                bench.apply(PULSE)
    finally:
        running.stop()


@pytest.mark.parametrize("stimulus", [PULSE, TRAIN, replace(TRAIN, verify=None)])
def test_a_pulse_card_compiles_no_current(stimulus):
    with pytest.raises(UnsupportedError, match="sources voltages only"):
        compile_pulses(replace(stimulus, source=Source.CURRENT), channels())
