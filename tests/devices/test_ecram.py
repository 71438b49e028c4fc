"""The two three-terminal cells of the shelf, between their terminals in a world."""

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import ks_2samp

from mho import settings
from mho.clock import VirtualClock
from mho.rehearsal import World
from mho.sim_instruments.devices.ecram import ECRAM
from mho.stimuli import OPEN, Drive, Source

OXIDE, LITHIUM, SHORT = "ecram-metal-oxide", "ecram-lithium", "ecram-short-memory"
CALM = {
    "cycle_to_cycle": False,
    "device_to_device": False,
    "noise": False,
    "settling": (),
    "gate_leakage": "0 S",
}
"""Only the ions; what settles and leaks has tests of its own."""
GROUND = Drive(0.0, 1e-4)


def world_of(name: str, seed: int = 1, **changed: Any) -> World:
    file = settings.read(settings.DEVICES, name)
    data = {**file.data["model"]["parameters"], **changed}
    parameters = settings.parse(name, data, ECRAM.parameters)
    world = World(ECRAM.build(parameters, seed), VirtualClock(), seed)
    world.drive(0.0, "drain", GROUND)
    world.drive(0.0, "source", GROUND)
    return world


def let(world: World, duration: float, **drives: Drive) -> None:
    """Let time pass with these drives, the last ones of each terminal else."""
    for terminal, drive in drives.items():
        world.drive(world.clock.now(), terminal, drive)
    world.clock.sleep(duration)
    world.read(world.clock.now(), "gate")


def pulse(world: World, volts: float, width: float) -> None:
    let(world, width, gate=Drive(volts, 1e-3))
    let(world, 1e-3, gate=OPEN)


def charge(world: World, coulombs: float, width: float) -> None:
    let(world, width, gate=Drive(coulombs / width, 6.0, Source.CURRENT))
    let(world, 1e-3, gate=OPEN)


def channel(world: World) -> float:
    """Conductance read at the drain with 0.1 V for 10 ms."""
    let(world, 10e-3, drain=Drive(0.1, 1e-4))
    current = world.read(world.clock.now(), "drain").current
    let(world, 1e-3, drain=GROUND)
    return current / 0.1


def potential(world: World) -> float:
    """Of the gate, as a source of 0 A finds it."""
    let(world, 10e-3, gate=Drive(0.0, 10.0, Source.CURRENT))
    return world.read(world.clock.now(), "gate").voltage


# -- writing


def test_a_nominal_pulse_is_a_nominal_step() -> None:
    for name, volts, width, steps in ((OXIDE, 5.0, 0.15, 1200), (LITHIUM, 4.0, 10e-3, 1000)):
        world = world_of(name, **CALM)
        before = channel(world)
        pulse(world, volts, width)
        assert (channel(world) - before) / 49.8e-6 == pytest.approx(1 / steps, rel=0.01)


def test_up_and_down_are_alike() -> None:
    for name, volts, width in ((OXIDE, 5.0, 0.15), (LITHIUM, 4.0, 10e-3)):
        world = world_of(name, **CALM)
        start = channel(world)
        for _ in range(20):
            pulse(world, volts, width)
        top = channel(world)
        for _ in range(20):
            pulse(world, -volts, width)
        assert channel(world) == pytest.approx(start, abs=0.05 * (top - start))


def test_the_slope_of_the_dose_of_the_oxide_is_at_most_half_a_volt() -> None:
    """e-fold of the step by voltage, with steps that vary as they do: mean of 40 pulses each."""
    moved = []
    for volts in (5.0, 5.5):
        world = world_of(OXIDE)
        start = world.device.state_of_charge  # type: ignore[attr-defined]
        for _ in range(40):
            pulse(world, volts, 0.15)
        moved.append(world.device.state_of_charge - start)  # type: ignore[attr-defined]
    slope = 0.5 / math.log(moved[1] / moved[0])
    assert slope == pytest.approx(0.4, rel=0.1)
    assert slope <= 0.5


def test_a_half_selected_oxide_cell_hardly_moves() -> None:
    shares = []
    for volts in (5.0, 2.5):
        world = world_of(OXIDE, **CALM)
        start = world.device.state_of_charge  # type: ignore[attr-defined]
        pulse(world, volts, 0.15)
        shares.append(world.device.state_of_charge - start)  # type: ignore[attr-defined]
    assert shares[1] / shares[0] == pytest.approx(1 / (2 * math.cosh(2.5 / 0.4)), rel=0.01)


def test_charge_in_conductance_out() -> None:
    """28 uC are the range of the lithium cell, whatever its potential does to the voltage."""
    for start in (0.1, 0.5, 0.85):
        world = world_of(LITHIUM, initial_state=start, softness_up=0, softness_down=0, **CALM)
        before = channel(world)
        charge(world, 1.4e-6, 0.5)
        between = channel(world)
        charge(world, -1.4e-6, 0.5)
        assert (between - before) / 49.8e-6 == pytest.approx(0.05, rel=1e-3)
        assert channel(world) == pytest.approx(before, rel=1e-3)


def test_pulses_of_voltage_depend_on_the_potential_and_pulses_of_charge_do_not() -> None:
    by_voltage, by_charge = [], []
    for start in (0.1, 0.9):
        for moved, write in (
            (by_voltage, lambda world: pulse(world, 4.0, 10e-3)),
            (by_charge, lambda world: charge(world, 28e-9, 10e-3)),
        ):
            world = world_of(LITHIUM, initial_state=start, **CALM)
            before = world.device.state_of_charge  # type: ignore[attr-defined]
            write(world)
            moved.append(world.device.state_of_charge - before)  # type: ignore[attr-defined]
    softness = (1 + 0.04 * 0.8) / (1 - 0.04 * 0.8)
    assert by_charge[0] / by_charge[1] == pytest.approx(softness, rel=1e-3)
    assert by_voltage[0] / by_voltage[1] == pytest.approx(
        softness * math.sinh(4.6 / 0.9) / math.sinh(3.4 / 0.9), rel=0.01
    )


@pytest.mark.parametrize("name", [OXIDE, LITHIUM])
@pytest.mark.parametrize("volts", [5.0, -3.0, 0.0])
def test_cut_into_a_thousand(name: str, volts: float) -> None:
    ends = []
    for pieces in (1, 1000):
        world = world_of(name, initial_state=0.3, **CALM)
        device = world.device
        for _ in range(pieces):
            device.advance({"gate": Drive(volts, 1e-4)}, 20.0 / pieces)
        ends.append(device.state_of_charge)  # type: ignore[attr-defined]
    assert ends[0] == pytest.approx(ends[1], abs=1e-7)


def test_the_noise_of_a_step_goes_by_the_charge_not_by_the_call() -> None:
    """sd after a nominal pulse: 20 % of it; after 25 of them five times that, cut or not."""
    for pulses, pieces in ((1, 1), (1, 50), (25, 25), (25, 1)):
        moved = []
        for seed in range(400):
            device = world_of(OXIDE, seed, device_to_device=False).device
            for _ in range(pieces):
                device.advance({"gate": Drive(5.0, 1e-4)}, 0.15 * pulses / pieces)
            moved.append(device.state_of_charge - 0.5)  # type: ignore[attr-defined]
        assert np.mean(moved) * 1200 == pytest.approx(pulses, rel=0.05)
        assert np.std(moved) * 1200 == pytest.approx(0.2 * math.sqrt(pulses), rel=0.1)


# name, initial state, volts at the gate, limit, seconds
CUT = {
    "a pulse": (OXIDE, 0.5, 5.0, 1e-6, 0.15),
    "a hundred pulses down": (OXIDE, 0.5, -5.0, 1e-6, 15.0),
    "a pulse against a potential": (LITHIUM, 0.5, 4.0, 5e-5, 10e-3),
    "at the limit of the source": (LITHIUM, 0.1, 5.0, 2e-6, 1.0),
    "towards a potential": (LITHIUM, 0.5, 1.0, 5e-5, 100.0),
    "at rest, nearly": (LITHIUM, 0.2, 0.0, 5e-5, 1000.0),
    "against its leakage": (SHORT, 0.0, 2.0, 5e-6, 0.2),
}


def _ends(case: str, pieces: int, seeds: int, *, sampled: bool = False) -> Any:
    name, state, volts, limit, duration = CUT[case]
    found, first = [], 100_000 * list(CUT).index(case) + 1000 * pieces + 500 * sampled
    for seed in range(first, first + seeds):
        device = world_of(name, seed, device_to_device=False, initial_state=state).device
        for _ in range(pieces):
            device.advance({"gate": Drive(volts, limit)}, duration / pieces)
            if sampled:
                device.respond({"gate": Drive(volts, limit), "drain": Drive(0.1, 1e-4)})
        found.append(device.state_of_charge)  # type: ignore[attr-defined]
    return np.array(found)


def _compare(case: str, seeds: int, cuts: tuple[int, ...]) -> None:
    """Not told from the whole at 1 %, for all cuts together."""
    whole = _ends(case, 1, seeds)
    assert whole.std() > 5e-5
    chances = []
    for pieces in cuts:
        for sampled in (False, True):
            cut = _ends(case, pieces, seeds, sampled=sampled)
            chances.append(ks_2samp(whole, cut, method="asymp").pvalue)
            assert cut.std() == pytest.approx(whole.std(), rel=0.3)
    assert min(chances) * len(chances) > 0.01


@pytest.mark.parametrize("case", CUT)
def test_chance_does_not_notice_how_time_is_cut(case: str) -> None:
    _compare(case, 100, (10,))


@pytest.mark.slow
@pytest.mark.parametrize("case", CUT)
def test_chance_does_not_notice_how_time_is_cut_in_400_cells(case: str) -> None:
    _compare(case, 400, (2, 10, 100))


def test_a_cell_at_rest_has_forgotten_chance() -> None:
    for seed in range(3):
        device = world_of(LITHIUM, seed, device_to_device=False, initial_state=0.2).device
        device.advance({"gate": Drive(0.0, 1e-4)}, 1e6)
        assert device.state_of_charge == pytest.approx(0.5, abs=1e-9)  # type: ignore[attr-defined]


def test_moves_too_small_for_a_draw_add_up_to_one() -> None:
    moved = []
    for seed in range(150):
        device = world_of(OXIDE, seed, device_to_device=False).device
        for _ in range(2000):
            device.advance({"gate": Drive(5.0, 1e-4)}, 15e-6)
        moved.append(device.state_of_charge - 0.5)  # type: ignore[attr-defined]
    assert np.mean(moved) * 1200 == pytest.approx(0.2, rel=0.1)
    assert np.std(moved) * 1200 == pytest.approx(0.2 * math.sqrt(0.2), rel=0.2)


def test_the_gate_writes_against_the_middle_of_the_channel() -> None:
    ends = []
    for drives in (
        {"gate": Drive(4.0, 1e-4)},
        {"gate": Drive(4.25, 1e-4), "drain": Drive(0.5, 1e-4)},
        {"gate": Drive(4.1, 1e-4), "drain": Drive(0.4, 1e-4), "source": Drive(-0.2, 1e-4)},
        {"gate": Drive(3.8, 1e-4), "source": Drive(-0.2, 1e-4)},
    ):
        device = world_of(LITHIUM, **CALM).device
        device.advance(drives, 0.1)
        ends.append(device.state_of_charge)  # type: ignore[attr-defined]
    assert ends == pytest.approx([ends[0]] * 4, rel=1e-12)


def test_many_small_moves_are_not_lost() -> None:
    device = world_of(OXIDE, device_to_device=False).device
    for _ in range(100_000):
        device.advance({"gate": Drive(5.0, 1e-4)}, 15e-6)
    assert device.state_of_charge == pytest.approx(0.5 + 10 / 1200, abs=3 / 1200)  # type: ignore[attr-defined]


# -- the gate by itself


def test_the_potential_of_the_open_gate_follows_the_state() -> None:
    """Lithium: 1.5 V from empty to full; oxide: none."""
    states = np.linspace(0.05, 0.95, 7)
    for name, swing in ((LITHIUM, 1.5), (OXIDE, 0.0)):
        worlds = [world_of(name, initial_state=q, **CALM) for q in states]
        conductances = [channel(world) for world in worlds]
        potentials = [potential(world) for world in worlds]
        slope, offset = np.polyfit(conductances, potentials, 1)
        assert slope * 49.8e-6 == pytest.approx(swing, rel=1e-3, abs=1e-6)
        assert slope * 25.1e-6 + offset == pytest.approx(0.0, abs=1e-3)


def test_the_gate_stands_against_the_middle_of_the_channel() -> None:
    world = world_of(LITHIUM, initial_state=0.7, **CALM)
    let(world, 0.0, drain=Drive(0.4, 1e-4), source=Drive(0.2, 1e-4))
    assert world.read(0.0, "gate") == pytest.approx((0.3 + 0.3, 0.0, False))
    let(world, 0.0, drain=OPEN)
    assert world.read(0.0, "gate").voltage == pytest.approx(0.2 + 0.3)
    assert world.read(0.0, "drain") == (0.2, 0.0, False)


@pytest.mark.parametrize("start", [0.2, 0.8])
def test_a_minute_open_and_a_minute_grounded(start: float) -> None:
    """Open: under 0.5 %. Grounded: the lithium cell discharges by percents, the oxide stays."""
    changes = {}
    for name in (LITHIUM, OXIDE):
        for rest, gate in (("open", OPEN), ("grounded", Drive(0.0, 1e-4))):
            world = world_of(name, initial_state=start, **CALM)
            before = channel(world)
            let(world, 60.0, gate=gate)
            changes[name, rest] = abs(channel(world) / before - 1.0)
    assert changes[LITHIUM, "open"] < 0.5e-2
    assert 0.03 < changes[LITHIUM, "grounded"] < 0.5
    assert max(changes[OXIDE, "open"], changes[OXIDE, "grounded"]) < 0.01e-2


def test_a_minute_shorted_ends_at_the_open_circuit_potential_in_the_end() -> None:
    world = world_of(LITHIUM, initial_state=0.9, **CALM)
    let(world, 1e6, gate=Drive(0.0, 1e-4))
    assert world.device.state_of_charge == pytest.approx(0.5, abs=1e-6)  # type: ignore[attr-defined]


def test_a_limit_at_the_gate_holds_the_current_and_shows() -> None:
    world = world_of(LITHIUM, **CALM)
    let(world, 0.0, gate=Drive(4.0, 1e-6))
    voltage, current, limited = world.read(0.0, "gate")
    assert (current, limited) == (1e-6, True)
    exchange = 28e-6 * 1e-3 / (10e-3 * math.sinh(4.0 / 0.9))
    assert voltage == pytest.approx(0.9 * math.asinh(1e-6 / exchange), rel=1e-3)
    let(world, 0.0, gate=Drive(1e-6, 6.0, Source.CURRENT))
    assert world.read(0.0, "gate") == pytest.approx((voltage, 1e-6, False))


def test_a_full_cell_takes_no_more_and_the_source_says_so() -> None:
    world = world_of(LITHIUM, initial_state=1.0, **CALM)
    let(world, 0.0, gate=Drive(1e-6, 4.0, Source.CURRENT))
    assert world.read(0.0, "gate") == (4.0, 0.0, True)


# -- the channel


def test_the_channel_is_ohmic_and_a_limit_holds_it() -> None:
    world = world_of(OXIDE, **CALM)
    for volts in (0.1, -0.1, 0.4):
        let(world, 0.0, drain=Drive(volts, 1e-4))
        assert world.read(0.0, "drain") == pytest.approx((volts, 25.1e-6 * volts, False))
        assert world.read(0.0, "source").current == pytest.approx(-25.1e-6 * volts)
    let(world, 0.0, drain=Drive(0.4, 1e-6))
    assert world.read(0.0, "drain") == pytest.approx((1e-6 / 25.1e-6, 1e-6, True))
    let(world, 0.0, drain=Drive(0.4, 1e-4), source=Drive(0.0, 1e-6))
    assert world.read(0.0, "source") == pytest.approx((0.4 - 1e-6 / 25.1e-6, -1e-6, True))


def test_what_goes_in_at_the_gate_comes_out_of_the_channel() -> None:
    world = world_of(LITHIUM)
    let(world, 0.0, gate=Drive(4.0, 1e-4), drain=Drive(0.1, 1e-4))
    currents = [world.read(0.0, terminal).current for terminal in world.terminals]
    assert currents[0] > 1e-6
    assert sum(currents) == pytest.approx(0.0, abs=1e-18)


@pytest.mark.parametrize("name", [OXIDE, LITHIUM])
def test_reading_the_channel_leaves_the_state(name: str) -> None:
    read, left = world_of(name, initial_state=0.8), world_of(name, initial_state=0.8)
    let(read, 100.0, gate=OPEN, drain=Drive(0.1, 1e-4))
    let(left, 100.0, gate=OPEN)
    for world in (read, left):
        state = world.device.state_of_charge  # type: ignore[attr-defined]
        assert state == pytest.approx(0.8, abs=3e-4)
    assert read.device.state_of_charge == left.device.state_of_charge  # type: ignore[attr-defined]


def test_the_channel_fluctuates_by_its_level() -> None:
    world = world_of(OXIDE)
    values = []
    for _ in range(600):
        let(world, 50.0, drain=Drive(0.1, 1e-4))
        values.append(world.read(world.clock.now(), "drain").current)
        assert world.read(world.clock.now(), "drain").current == values[-1]
    assert np.std(values) / np.mean(values) == pytest.approx(3e-4, rel=0.35)


# -- which cell


def test_the_same_seed_is_the_same_cell_and_another_is_another() -> None:
    histories = []
    for seed in (1, 1, 2):
        world = world_of(LITHIUM, seed)
        history = []
        for _ in range(5):
            pulse(world, 4.0, 10e-3)
            history.append(channel(world))
        histories.append(history)
    assert histories[0] == histories[1] != histories[2]


@pytest.mark.parametrize("name", [OXIDE, LITHIUM])
def test_its_state_goes_on_in_another_world(name: str) -> None:
    world, other = world_of(name, 1), world_of(name, 2)
    for volts in (4.0, -4.0, 5.0):
        pulse(world, volts, 0.05)
        channel(world)
    other.restore(world.state())
    for volts in (4.0, 5.0, -4.0):
        for one in (world, other):
            pulse(one, volts, 0.05)
        assert channel(world) == channel(other)
        assert potential(world) == potential(other)


def test_a_range_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="lowest_conductance is not below"):
        ECRAM.parameters(lowest_conductance=1e-4)
