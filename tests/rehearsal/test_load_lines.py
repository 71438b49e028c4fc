"""Load lines: what a device gets behind resistances, however time is cut and whoever looks."""

import math

import numpy as np
import pytest
from scipy.stats import ks_2samp, kstest
from two_ends import TwoEnds

from mho.clock import VirtualClock
from mho.device.arrays import generator_state, restore_generator
from mho.device.model import Response
from mho.laboratory import read_setup
from mho.rehearsal import World
from mho.rehearsal.load_lines import LoadLines
from mho.sim_instruments.devices.circuit import LimitedSource
from mho.sim_instruments.devices.cu_te_memristor import CuTe
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.elementwise import elementwise
from mho.sim_instruments.devices.memristor_cell import MemristorCell
from mho.sim_instruments.devices.resistor import RESISTOR
from mho.stimuli import OPEN, Drive, Source

LIMIT = 0.2


def resistor(ohms, series=None):
    device = RESISTOR.build(RESISTOR.parameters(resistance=ohms), 0)
    return World(device, VirtualClock(), 1, series)


@pytest.mark.parametrize("ohms", [1.0, 166.0, 2e3, 1e9])
def test_a_source_behind_a_resistance_is_a_divider(ohms):
    world = resistor(ohms)
    world.drive(0.0, "TE", Drive(-1.0, LIMIT), 50.0)
    expected = -ohms / (ohms + 50.0)
    assert world.read(1.0, "TE") == pytest.approx((expected, expected / ohms, False))


def test_a_meter_is_before_the_wiring_and_behind_its_source():
    world = resistor(166.0, {"TE": 12.0})
    world.drive(0.0, "TE", Drive(1.0, LIMIT), 50.0)
    flows = 1.0 / (166.0 + 12.0 + 50.0)
    assert world.read(1.0, "TE") == pytest.approx((flows * 178.0, flows, False))


def test_a_limit_holds_behind_a_resistance_too():
    world = resistor(166.0, {"TE": 12.0})
    world.drive(0.0, "TE", Drive(1.0, 1e-3))
    assert world.read(1.0, "TE") == pytest.approx((178e-3, 1e-3, True))
    world.drive(1.0, "TE", Drive(1e-3, 2.0, Source.CURRENT))
    assert world.read(2.0, "TE") == pytest.approx((178e-3, 1e-3, False))
    world.drive(2.0, "TE", OPEN)
    assert world.read(3.0, "TE") == (0.0, 0.0, False)


@pytest.mark.parametrize("back", [0.0, 50.0, 500.0])
def test_the_current_comes_back_through_the_other_source(back):
    device = TwoEnds(lambda volts: volts / 166.0)
    world = World(device, VirtualClock(), 1)
    world.drive(0.0, "TE", Drive(1.0, LIMIT), 50.0)
    world.drive(0.0, "BE", Drive(0.0, LIMIT), back)
    flows = 1.0 / (166.0 + 50.0 + back)
    assert world.read(1.0, "TE") == pytest.approx((1.0 - 50.0 * flows, flows, False))
    assert world.read(1.0, "BE") == pytest.approx((back * flows, -flows, False), abs=1e-9)
    assert device.seen[-1] == pytest.approx((1.0, 166.0 * flows))


@pytest.mark.parametrize(
    "current",
    [
        lambda volts: 1e-3 * math.sinh(volts / 0.08),
        lambda volts: 1e-2 * math.copysign(min(abs(volts), 0.1), volts),
        lambda volts: 1e-3 * volts**3,
        lambda volts: 0.05 if volts > 0.3 else 0.0,
    ],
    ids=["exponential", "saturating", "cubic", "step"],
)
@pytest.mark.parametrize("level", [-2.0, 0.3, 9.0])
def test_whatever_the_characteristic_both_load_lines_are_met(current, level):
    world = World(TwoEnds(current), VirtualClock(), 1)
    world.drive(0.0, "TE", Drive(level, LIMIT), 50.0)
    world.drive(0.0, "BE", Drive(-level / 2, LIMIT), 62.0)
    top, bottom = world.read(0.0, "TE"), world.read(0.0, "BE")
    if current(0.31) == 0.05:  # no voltage meets a step; the nearest is at it
        return
    assert top.voltage + 50.0 * top.current == pytest.approx(level, abs=2e-6)
    assert bottom.voltage + 62.0 * bottom.current == pytest.approx(-level / 2, abs=2e-6)


def quiet_cell(series):
    options = ["model.parameters.noise=false", "model.parameters.cycle_to_cycle=false"]
    setup = read_setup("ideal", "alpha-fe2o3", device_options=options)
    device = setup.simulated_world(VirtualClock()).device
    world = World(device, VirtualClock(), 1, series)
    world.drive(0.0, "BE", Drive(0.0, LIMIT), 50.0)
    return world


@pytest.mark.parametrize("pieces", [2, 10, 100])
@pytest.mark.parametrize(("level", "lasts"), [(-1.4, 150e-6), (2.2, 20e-3)])
def test_the_state_does_not_depend_on_how_time_is_cut(pieces, level, lasts):
    found = []
    for cuts in (1, pieces):
        world = quiet_cell({"TE": 50.0})
        world.drive(0.0, "TE", Drive(-1.6, LIMIT))
        world.drive(1e-3, "TE", Drive(level, LIMIT))
        for cut in range(1, cuts + 1):
            world.read(1e-3 + lasts * cut / cuts, "TE")
        world.drive(1e-3 + lasts, "TE", Drive(0.1, LIMIT))
        found.append(world.read(2e-3 + lasts, "TE").current)
    assert found[1] == pytest.approx(found[0], rel=5e-3)


def test_the_divider_moves_while_the_device_changes():
    """A SET behind 500 ohm: what the device gets falls as it conducts, in one stretch of time."""
    world = quiet_cell({"TE": 500.0})
    seen, advance = [], world.device.advance

    def noting(drives, duration):
        seen.append(abs(drives["TE"].level - drives["BE"].level))
        advance(drives, duration)

    world.device.advance = noting
    world.drive(0.0, "TE", Drive(-1.7, LIMIT))
    world.read(20e-3, "TE")
    assert len(seen) > 20
    assert seen[0] - seen[-1] > 0.05


def test_a_state_remembers_resistances():
    world, other = resistor(166.0), resistor(166.0)
    world.drive(0.0, "TE", Drive(1.0, LIMIT), 50.0)
    other.restore({name: np.array(value) for name, value in world.state().items()})
    assert other.read(1.0, "TE") == world.read(1.0, "TE")
    assert other.read(1.0, "TE").voltage == pytest.approx(166 / 216)


class Eroding:
    """Its conductance falls from 1 mS by chance: ln G by a Gamma process, whatever is applied."""

    terminals = ("TE",)

    def __init__(self, seed):
        self.generator, self.fallen = np.random.default_rng(seed), 0.0

    def advance(self, drives, duration):
        self.fallen += 0.006 * self.generator.standard_gamma(150.0 * duration)

    def respond(self, drives):
        level = drives["TE"].level
        return {"TE": Response(level, level * 1e-3 * math.exp(-self.fallen), False)}

    def state(self):
        return {"fallen": np.array(self.fallen), "chance": generator_state(self.generator)}

    def restore(self, state):
        self.fallen = float(state["fallen"])
        restore_generator(self.generator, state["chance"])


@pytest.mark.parametrize("ohms", [50.0, 150.0, 500.0])
def test_steps_of_time_do_not_choose_among_chances(ohms):
    """Were those taken back that chance made long, the conductance would fall too little."""
    fallen = []
    for seed in range(400):
        device = Eroding(seed)
        world = World(device, VirtualClock(), 1)
        world.drive(0.0, "TE", Drive(1.0, LIMIT), ohms)
        world.read(2.0, "TE")
        fallen.append(device.fallen)
    assert kstest(fallen, "gamma", (300.0, 0.0, 0.006)).pvalue > 0.01


class Growing:
    """Ln G rises by so much a second times the voltage; step ``odd`` by a part more of that."""

    terminals = ("TE",)

    def __init__(self, odd):
        self.odd, self.steps, self.grown = odd, 0, 0.0
        self.seen = {}

    def advance(self, drives, duration):
        level = drives["TE"].level
        self.seen[self.steps] = level
        self.grown += level * duration * (1.3 if self.steps == self.odd else 1.0)
        self.steps += 1

    def respond(self, drives):
        level = drives["TE"].level
        return {"TE": Response(level, level * 1e-3 * math.exp(self.grown), False)}

    def state(self):
        return {"steps": np.array(self.steps), "grown": np.array(self.grown)}

    def restore(self, state):
        self.steps, self.grown = int(state["steps"]), float(state["grown"])


@pytest.mark.parametrize("odd", [3, 10, 40])
def test_no_step_is_taken_at_a_voltage_that_its_own_chance_is_in(odd):
    """It would hold back what chance moves; small steps of an instrument would not."""
    seen = []
    for number in (None, odd):
        device = Growing(number)
        world = World(device, VirtualClock(), 1)
        world.drive(0.0, "TE", Drive(1.0, LIMIT), 1000.0)
        world.read(1.0, "TE")
        seen.append([device.seen[step] for step in range(odd + 2)])
    assert seen[1][: odd + 1] == seen[0][: odd + 1]
    assert seen[1][odd + 1] != seen[0][odd + 1]


OHMS, SET, LASTS = 500.0, 2.0, 10e-3


def formed(n, seed, **parameters):
    """Cu:Te memristors in their lowest state."""
    device = CuTe(n, CuTeParameters(device_to_device=False, noise=False, **parameters), seed)
    for level in (2.2, -2.0):
        device.pulse(np.full(n, level) if n > 1 else level, 50e-3)
    return device


def behind_a_resistance(device):
    """Ln G after the SET, the load line met in one stretch of time."""
    cell = MemristorCell(
        device, ("TE",), lambda drives: LimitedSource(drives["TE"].level, LIMIT, elementwise(1))
    )
    LoadLines(cell).advance({"TE": Drive(SET, LIMIT)}, {"TE": OHMS}, LASTS)
    return math.log(device.conductance())


def by_small_steps(device, n, steps):
    """The same by steps that grow with time, each at the voltage it begins with."""
    for step in np.diff(np.append(0.0, LASTS * np.geomspace(1e-22, 1.0, steps))):
        device.pulse(np.full(n, SET) / (1.0 + OHMS * device.conductance()), step)
    return np.log(device.conductance())


def test_a_set_in_no_time_goes_no_further_than_its_load_line_lets_it():
    """Bare, 2 V set a memristor in a microsecond; behind 500 ohm at half the conductance."""
    quiet = {"cycle_to_cycle": False, "relaxation": False}
    expected = by_small_steps(formed(2, 1, **quiet), 2, 2000)[0]
    assert expected < math.log(0.6e-3)
    assert behind_a_resistance(formed(1, 1, **quiet)) == pytest.approx(expected, abs=3e-3)


@pytest.mark.slow
def test_chance_behind_a_resistance_is_that_of_small_steps():
    found = [behind_a_resistance(formed(1, 5000 + seed)) for seed in range(400)]
    expected = by_small_steps(formed(4000, 11), 4000, 2000)
    assert np.mean(found) == pytest.approx(expected.mean(), abs=0.02)
    assert ks_2samp(found, expected).pvalue > 0.01
