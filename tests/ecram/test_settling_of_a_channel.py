"""The channel of a three-terminal cell settles, leaks, breaks down and depends on temperature."""

import math

import pytest

from mho.sim_instruments.devices.ecram import Ecram
from mho.sim_instruments.devices.ecram_parameters import EcramParameters
from mho.sim_instruments.devices.ecram_settling import Pool
from mho.sim_instruments.devices.ecram_temperature import density, mobility, relative_conductivity
from mho.stimuli import OPEN, Drive

QUIET = {"noise": False, "cycle_to_cycle": False, "device_to_device": False}
POOLS = (Pool(share=0.4, time=50e-6), Pool(share=0.05, time=0.3))


def cell(**parameters):
    return Ecram(EcramParameters(**{**QUIET, **parameters}), 0)


def written(pools, *, pieces=1, volts=5.0, seconds=150e-3):
    one = cell(settling=pools)
    for _ in range(pieces):
        one.advance({"gate": Drive(volts, 1e-3), "source": Drive(0.0, 1.0)}, seconds / pieces)
    return one


def test_the_excess_is_that_of_its_pools_and_goes_with_their_times():
    plain, one = written(()), written(POOLS, seconds=1e-3)
    before = cell().conductance
    change = written((), seconds=1e-3).conductance - before
    # a write of 1 ms: 20 times the fast pool's time, a 300th of the slow one's
    expected = 0.4 * 50e-6 / 1e-3 * -math.expm1(-20) + 0.05 * (300 * -math.expm1(-1 / 300))
    assert (one.conductance - before) / change - 1 == pytest.approx(expected, rel=1e-3)
    one.advance({"gate": OPEN}, 0.3)
    left = 0.05 * (300 * -math.expm1(-1 / 300)) * math.exp(-1)
    assert (one.conductance - before) / change - 1 == pytest.approx(left, rel=1e-3)
    one.advance({"gate": OPEN}, 10.0)
    assert one.conductance == pytest.approx(before + change, rel=1e-5)
    assert plain.conductance > before


@pytest.mark.parametrize("swing", [0.0, 1.5])
def test_a_write_in_pieces_settles_as_the_whole_one(swing):
    ends = []
    for pieces in (1, 2, 10, 100):
        one = cell(settling=POOLS, potential_swing=swing, exchange_density=1e-3)
        start = one.conductance
        for _ in range(pieces):
            one.advance({"gate": Drive(2.0, 1e-3), "source": Drive(0.0, 1.0)}, 0.1 / pieces)
        ends.append(one.conductance - start)
    assert ends == pytest.approx([ends[0]] * 4, rel=0.01)
    assert ends[0] > 0.0


def test_a_kept_state_holds_the_pools():
    one, other = written(POOLS, seconds=1e-3), cell(settling=POOLS)
    other.restore(one.state())
    assert other.conductance == one.conductance
    for each in (one, other):
        each.advance({"gate": OPEN}, 0.1)
    assert other.conductance == one.conductance


def test_leakage_adds_its_current_and_takes_from_the_limit():
    sound, leaky = cell(), cell(gate_leakage=1e-6)
    drives = {"gate": Drive(2.0, 1e-3), "source": Drive(0.0, 1.0)}
    extra = leaky.respond(drives)["gate"].current - sound.respond(drives)["gate"].current
    assert extra == pytest.approx(2e-6)
    # a limit that the leakage alone reaches moves no ion and holds the voltage below what was asked
    limited = {"gate": Drive(2.0, 1e-6), "source": Drive(0.0, 1.0)}
    at_gate = leaky.respond(limited)["gate"]
    assert at_gate.in_compliance and at_gate.current == 1e-6
    assert 0.0 < at_gate.voltage < 2.0
    before = leaky.conductance
    leaky.advance(limited, 1.0)
    assert leaky.conductance == pytest.approx(before, rel=1e-6)
    assert leaky.respond({"gate": OPEN})["gate"].current == 0.0


def test_a_voltage_above_breakdown_leaves_a_leak_for_good():
    one = cell(gate_leakage=1e-9, breakdown_voltage=6.0, breakdown_factor=1e3)
    assert one.leakage == 1e-9
    one.advance({"gate": Drive(5.9, 1e-3), "source": Drive(0.0, 1.0)}, 1e-3)
    assert one.leakage == 1e-9
    one.advance({"gate": Drive(-6.1, 1e-3), "source": Drive(0.0, 1.0)}, 1e-3)
    assert one.leakage == pytest.approx(1e-6)
    other = cell(gate_leakage=1e-9, breakdown_voltage=6.0, breakdown_factor=1e3)
    other.restore(one.state())
    assert other.leakage == pytest.approx(1e-6)


def test_donors_freeze_out_and_the_second_band_carries_on():
    assert relative_conductivity(0.5, 300.0) == 1.0
    falling = [relative_conductivity(0.5, kelvin) for kelvin in (300, 200, 150, 100, 70, 50)]
    assert falling == sorted(falling, reverse=True)
    # 0.1 eV alone would leave 1e-8; the band leaves something that can be measured
    assert 1e-6 < falling[-1] < 1e-2
    # both rise when the cell is potentiated (published), at every temperature
    for kelvin in (50, 150, 300):
        assert density(1.0, kelvin) > density(0.0, kelvin)
        assert mobility(1.0, kelvin) > mobility(0.0, kelvin)
    # predicted: the level that an Arrhenius plot of n/T^1.5 gives, 200 to 300 K
    slope = math.log(density(0.5, 300) / 300**1.5 / (density(0.5, 200) / 200**1.5)) / (
        1 / 200 - 1 / 300
    )
    assert slope * 8.617e-5 == pytest.approx(0.1, rel=0.05)


def test_a_cold_cell_conducts_less_and_is_written_as_before():
    warm, cold = cell(), cell(temperature=50.0)
    assert cold.conductance < 0.01 * warm.conductance
    for one in (warm, cold):
        one.advance({"gate": Drive(5.0, 1e-3), "source": Drive(0.0, 1.0)}, 1.0)
    assert cold.state_of_charge == warm.state_of_charge
