"""The ideal bench plays stimuli to the letter: timing, levels, readings, biases, refusals."""

import tracemalloc
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from benches import bench_of

from mho.bench import Bench
from mho.bench.guard import GuardedBench
from mho.clock import VirtualClock
from mho.device.model import Response
from mho.device.profile import DeviceProfile, Dose, TerminalLimits
from mho.errors import ConnectionFailed, LimitError, SettingsError, UnsupportedError
from mho.laboratory import read_setup
from mho.readings import Trace
from mho.rehearsal import World
from mho.sim_instruments.devices.one_transistor_one_resistor import CU_TE_1T1R
from mho.sim_instruments.ideal_instrument import IDEAL
from mho.stimuli import (
    RETURN_TO_ZERO,
    Drive,
    Family,
    Hold,
    Pulse,
    PulseTrain,
    Read,
    Stimulus,
    Sweep,
    Waveforms,
)
from mho.testing import rehearse

TE_LIMITS = TerminalLimits(min_voltage=-3.0, max_voltage=3.0, max_compliance=10e-3)
GATE_LIMITS = TerminalLimits(
    min_voltage=0.0, max_voltage=4.0, max_compliance=1e-3, bias=3.0, bias_compliance=1e-3
)
READ = Read(voltage=0.05, aperture=10e-3, compliance=1e-4, settle=1e-3)
STIMULI: tuple[Stimulus, ...] = (
    Pulse(terminal="TE", amplitude=2.0, width=10e-3, compliance=5e-3, rest=1e-3, verify=READ),
    Pulse(terminal="TE", amplitude=-1.0, width=10e-3, compliance=5e-3),
    PulseTrain(
        terminal="TE",
        amplitudes=(-0.5, -0.6, -0.7, -0.8),
        width=1e-3,
        compliance=5e-3,
        rest=2e-3,
        verify=READ,
        verify_every=2,
    ),
    Sweep(terminal="TE", levels=(0.5, 1.0, 0.0), dwell=20e-3, aperture=5e-3, compliance=5e-3),
    Hold(terminal="TE", level=0.05, count=7, interval=10e-3, aperture=10e-3, compliance=1e-4),
)
POINTS = (2, 1, 6, 3, 7)


class Listener:
    """A 1 kohm device that writes down what happens to it."""

    terminals = ("TE", "gate")

    def __init__(self) -> None:
        self.stretches: list[tuple[dict[str, float], float]] = []

    def advance(self, drives: Mapping[str, Drive], duration: float) -> None:
        levels = {name: drive.level for name, drive in drives.items()}
        if self.stretches and self.stretches[-1][0] == levels:
            levels, before = self.stretches.pop()
            duration += before
        self.stretches.append((levels, duration))

    def respond(self, drives: Mapping[str, Drive]) -> Mapping[str, Response]:
        return {
            name: Response(drive.level, drive.level * 1e-3, drive.level * 1e-3 > drive.limit)
            for name, drive in drives.items()
        }


class Room:
    """A rehearsal around a given device."""

    def __init__(self, device: Any, terminals: Mapping[str, TerminalLimits]) -> None:
        self.clock = VirtualClock()
        self.world = World(device, self.clock, 0)
        self.profile = DeviceProfile(
            name="listener",
            terminals=dict(terminals),
            dose=Dose(max_pulses=100, max_charge=1.0),
            set_polarity="positive",
            read_voltage=0.05,
            pulse_compliance=5e-3,
            read_compliance=1e-4,
            pulse_width=10e-3,
            contact_floor=1e-9,
        )

    def instrument(self, name: str, wiring: Mapping[str, str], **options: Any) -> str:
        raise NotImplementedError


def bench_in(room: Room) -> Bench:
    return bench_of(IDEAL.instrument(IDEAL.settings(), room), room.profile, room.clock)


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def room(listener: Listener) -> Room:
    return Room(listener, {"TE": TE_LIMITS, "gate": GATE_LIMITS})


@pytest.fixture
def bench(room: Room) -> Bench:
    return bench_in(room)


@pytest.mark.parametrize(("stimulus", "points"), list(zip(STIMULI, POINTS, strict=True)))
def test_it_plays_every_plateau(
    bench: Bench, listener: Listener, stimulus: Stimulus, points: int
) -> None:
    with bench:
        start = bench.clock.now()
        trace = bench.apply(stimulus)
        assert bench.clock.now() - start == pytest.approx(stimulus.score().duration, rel=1e-12)
    expected: list[tuple[float, float]] = []
    moments, moment = [], start
    for segment in stimulus.score().at(stimulus.terminal):
        moment += segment.duration
        if segment.aperture is not None:
            moments.append((moment, segment.level))
        if expected and expected[-1][0] == segment.level:
            expected[-1] = (segment.level, expected[-1][1] + segment.duration)
        else:
            expected.append((segment.level, segment.duration))
    played = [(levels["TE"], seconds) for levels, seconds in listener.stretches]
    assert [level for level, _ in played] == [level for level, _ in expected]
    assert [s for _, s in played] == pytest.approx([s for _, s in expected], rel=1e-9)
    assert played[-1][1] >= RETURN_TO_ZERO * 0.999
    assert len(trace) == points
    assert [reading.time for reading in trace] == pytest.approx([m for m, _ in moments])
    assert [reading.voltage for reading in trace] == [level for _, level in moments]
    assert [reading.current for reading in trace] == pytest.approx([v * 1e-3 for _, v in moments])


def test_a_sweep_stops_in_compliance(bench: Bench, listener: Listener) -> None:
    sweep = Sweep(
        terminal="TE",
        levels=(1.0, 2.0, 3.0),
        dwell=20e-3,
        aperture=5e-3,
        compliance=1.5e-3,
        stop_in_compliance=True,
    )
    with bench:
        trace = bench.apply(sweep)
    assert [(r.voltage, r.in_compliance) for r in trace] == [(1.0, False), (2.0, True)]
    assert [levels["TE"] for levels, _ in listener.stretches] == [1.0, 2.0, 0.0]


def test_a_family_steps_one_terminal_and_sweeps_another(bench: Bench, listener: Listener) -> None:
    sweep = Sweep(terminal="TE", levels=(0.5, 1.0), dwell=2e-3, aperture=1e-3, compliance=5e-3)
    family = Family(
        sweep=sweep, stepped="gate", steps=(1.0, 2.0), step_compliance=1e-3, settle=3e-3
    )
    with bench:
        trace = bench.apply(family)
        assert bench.clock.now() == pytest.approx(2 * 6e-3 + RETURN_TO_ZERO)
    assert [reading.voltage for reading in trace] == [0.5, 1.0, 0.5, 1.0]
    played = [(d["TE"], d["gate"], round(s, 9)) for d, s in listener.stretches]
    assert played == [
        *((0.0, 1.0, 2e-3), (0.5, 1.0, 2e-3), (1.0, 1.0, 2e-3)),  # 1 ms of settling is the sweep's
        *((0.0, 2.0, 2e-3), (0.5, 2.0, 2e-3), (1.0, 2.0, 2e-3)),
        (0.0, 0.0, RETURN_TO_ZERO),
    ]


def test_compliance_follows_the_plateau(bench: Bench) -> None:
    with bench:
        pulse, read = bench.apply(
            Pulse(
                terminal="TE",
                amplitude=2.0,
                width=10e-3,
                compliance=5e-3,
                verify=Read(voltage=0.05, aperture=10e-3, compliance=10e-6),
            )
        )
    assert not pulse.in_compliance
    assert read.in_compliance


def test_it_holds_the_biases_of_the_profile(bench: Bench, listener: Listener) -> None:
    with bench:
        bench.apply(STIMULI[1])
        bench.bias("gate", 1.5, 1e-3)
        bench.apply(STIMULI[1])
    gates = [levels["gate"] for levels, _ in listener.stretches]
    assert gates == [3.0, 3.0, 1.5, 1.5]


def test_leaving_opens_every_terminal(bench: Bench, room: Room) -> None:
    def broken() -> None:
        with bench:
            bench.apply(STIMULI[0])
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        broken()
    assert room.world.drives() == {}
    bench.off()
    with pytest.raises(ConnectionFailed, match="not open"):
        bench.apply(STIMULI[0])
    with pytest.raises(ConnectionFailed, match="not open"):
        bench.bias("gate", 1.0, 1e-3)
    assert room.world.drives() == {}


def test_it_does_not_play_before_it_is_entered(bench: Bench, listener: Listener) -> None:
    assert bench.identities == ()
    with pytest.raises(ConnectionFailed, match="not open"):
        bench.apply(STIMULI[0])
    assert listener.stretches == []
    with bench:
        assert {identity.terminal for identity in bench.identities} == {"TE", "gate"}
        assert {identity.model for identity in bench.identities} == {"ideal bench"}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"amplitude": 201.0}, "level 201 V is above 200 V"),
        ({"amplitude": float("nan")}, "level nan V is above 200 V"),
        ({"compliance": 2.0}, "compliance of level 2 A is above 1 A"),
        ({"compliance": 0.0}, "compliance of level 0 A is below 0 A"),
        ({"width": 1e-12}, "duration of level 1 ps is below 1 ns"),
    ],
)
def test_it_refuses_before_anything_is_energised(
    bench: Bench, listener: Listener, change: dict[str, float], named: str
) -> None:
    settings: dict[str, Any] = {"amplitude": 1.0, "width": 1e-3, "compliance": 1e-3, **change}
    with GuardedBench(bench) as guarded:
        with pytest.raises(LimitError) as caught:
            guarded.apply(Pulse(terminal="TE", **settings))
        assert f"pulse at TE: {named}, what ideal bench can" in caught.value.refusals
        assert bench.clock.now() == 0.0
    assert listener.stretches == []


def test_it_refuses_an_aperture_longer_than_its_plateau(bench: Bench) -> None:
    sweep = Sweep(terminal="TE", levels=(1.0,), dwell=1e-3, aperture=2e-3, compliance=1e-3)
    with GuardedBench(bench) as guarded, pytest.raises(LimitError) as caught:
        guarded.apply(sweep)
    assert caught.value.refusals == (
        "sweep at TE: duration of level 1 ms is below 2 ms, what ideal bench can",
    )


def test_it_names_the_terminals_there_are(bench: Bench) -> None:
    with bench, pytest.raises(UnsupportedError, match="TE, gate"):
        bench.apply(Pulse(terminal="BE", amplitude=1.0, width=1e-3, compliance=1e-3))


def test_a_profile_with_a_terminal_the_device_lacks_is_refused(listener: Listener) -> None:
    room = Room(listener, {"TE": TE_LIMITS, "body": GATE_LIMITS})
    with pytest.raises(SettingsError, match=r"terminals\.body.*TE, gate"):
        IDEAL.instrument(IDEAL.settings(), room)


def test_a_profile_may_leave_terminals_of_the_device_out(listener: Listener) -> None:
    with bench_in(Room(listener, {"TE": TE_LIMITS})) as bench:
        bench.apply(STIMULI[1])
    assert set(listener.stretches[0][0]) == {"TE"}


def test_the_kind_tells_its_limits_for_the_terminals_of_the_device(
    profile: DeviceProfile,
) -> None:
    limits = IDEAL.limits(IDEAL.settings(max_voltage=10.0), profile)
    assert limits["TE"].max_voltage == 10.0
    assert set(limits) == set(profile.terminals)
    assert IDEAL.rehearses(IDEAL.settings())


def test_waveforms_drive_several_terminals_on_one_time_axis(
    bench: Bench, listener: Listener
) -> None:
    pair = Waveforms(
        terminal="TE",
        durations=(1e-3, 2e-3, 3e-3),
        levels=(("gate", (0.0, 1.0, 1.0)), ("TE", (-1.0, -1.0, 0.5))),
        compliance=1e-3,
        verify=READ,
    )
    with bench:
        bench.bias("gate", 0.0, 1e-3)
        (reading,) = bench.apply(pair)
    played = [s for s in listener.stretches if s[0].get("TE")]
    assert [(s[0]["TE"], s[0]["gate"]) for s in played] == [(-1, 0), (-1, 1), (0.5, 1), (0.05, 0)]
    assert [s[1] for s in played] == pytest.approx([1e-3, 2e-3, 3e-3, 11e-3])
    assert reading.voltage == 0.05


def test_an_hour_passes_at_once_and_the_device_ages(bench: Bench, listener: Listener) -> None:
    with bench:
        bench.clock.sleep(3600.0)
        bench.apply(STIMULI[1])
    assert listener.stretches[0] == ({"TE": 0.0, "gate": 3.0}, 3600.0)


def test_the_same_stimuli_at_the_same_moments_give_the_same_history() -> None:
    """Whether the bench plays them or someone drives the world by hand."""
    terminals = {"TE": TE_LIMITS, "gate": GATE_LIMITS}
    room = Room(CU_TE_1T1R.build(CU_TE_1T1R.parameters(), 5), terminals)
    with bench_in(room) as bench:
        played = [tuple(reading[1:4]) for s in STIMULI for reading in bench.apply(s)]
    world = World(CU_TE_1T1R.build(CU_TE_1T1R.parameters(), 5), VirtualClock(), 0)
    world.drive(0.0, "gate", Drive(3.0, 1e-3))
    moment, by_hand = 0.0, []
    for stimulus in STIMULI:
        for segment in stimulus.score().at(stimulus.terminal):
            world.drive(moment, "TE", segment.drive)
            moment += segment.duration
            if segment.aperture is not None:
                by_hand.append(tuple(world.read(moment, "TE")))
            elif segment.level == 0.0:
                world.read(moment, "TE")  # a needless look at 0 V changes nothing
    assert played == by_hand


def test_many_readings_are_arrays_and_few_are_alike() -> None:
    def held(count: int) -> Trace:
        hold = Hold(
            terminal="TE", level=0.1, count=count, interval=1e-3, aperture=1e-3, compliance=1e-3
        )
        return bench.apply(hold)

    with read_setup("ideal", "resistor").open() as bench:
        many, few = held(3000), held(3)
    with rehearse("ideal", "resistor").bench as bench:  # without the guard, which counts them
        tracemalloc.start()
        held(20_000)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 100 * 20_000  # bytes; a Reading takes more than twice as much
    assert len(many) == len(many.readings) == len(many.at("TE")) == 3000
    assert many[2] == list(many)[2] == many.readings[2]
    assert many[7]._replace(time=0.0) == few[1]._replace(time=0.0)
    assert (few.at("TE").current == [one.current for one in few]).all()
    assert np.diff(many.at("TE").time) == pytest.approx(np.full(2999, 1e-3))
