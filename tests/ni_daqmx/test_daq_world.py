"""What stands between a terminal and an input: amplifiers, shunts, virtual grounds."""

from itertools import pairwise

import numpy as np
import pytest
from daq_lab import KILO, Between, refused

from mho.errors import SettingsError
from mho.rehearsal import World
from mho.sim_instruments.ni_daqmx.stretches import filled, low_passed, probes
from mho.sim_instruments.ni_device_server.chassis import start_server
from mho.sim_instruments.ni_device_server.options import NiOptions

LSB = 10 / 32768


def amplified(open_lab, **amplifier):
    return open_lab(
        wiring={"Dev1/ao0": "te", "Dev1/ai1": "be"}, amplifiers={"Dev1/ai1": {**KILO, **amplifier}}
    )


def test_an_amplifier_holds_a_terminal_without_output_at_zero(open_lab):
    lab = amplified(open_lab, saturation="5 V")
    drive = lab.server.world.drives()["be"]
    assert (drive.level, drive.limit) == (0.0, pytest.approx(5e-3))


def test_gain_and_offset(open_lab):
    lab = amplified(open_lab, gain="-2 kohm", offset="250 mV")
    lab.ao().write(2.5)
    assert lab.ai("Dev1/ai1").read() == pytest.approx(5.25, abs=LSB)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_saturated_amplifier_gives_its_last_volt_and_loses_its_ground(open_lab, sign):
    lab = amplified(open_lab, saturation="2 V")
    task, back = lab.ao(), lab.ai("Dev1/ai1")
    task.write(sign * 1.25)
    assert back.read() == pytest.approx(-sign * 1.25, abs=LSB)
    task.write(sign * 5.0)
    assert back.read() == pytest.approx(-sign * 2.0, abs=LSB)
    assert lab.server.world.read(lab.clock.now(), "be").voltage == pytest.approx(
        sign * 3.0, abs=LSB
    )


def test_what_an_amplifier_gives_ends_at_its_supply(open_lab):
    lab = open_lab(
        wiring={"Dev1/ao0": "te", "Dev1/ai0": "te"},
        amplifiers={"Dev1/ai0": {"gain": "1 kohm", "offset": "500 mV", "saturation": "2 V"}},
    )
    task, back = lab.ao(), lab.ai()
    for volts, given in ((1.25, 1.75), (2.5, 2.0), (-2.5, -2.0), (-3.75, -2.0)):
        task.write(volts)
        assert back.read() == pytest.approx(given, abs=LSB)


def test_a_shunt_lowers_the_voltage_at_the_device(open_lab):
    lab = open_lab(
        wiring={"Dev1/ao0": "te", "Dev1/ai0": "te"},
        amplifiers={"Dev1/ai0": {"gain": "1 kohm", "shunt": "250 ohm"}},
    )
    lab.ao().write(5.0)
    assert lab.ai().read() == pytest.approx(4.0, abs=1e-2)  # 5 V over 1.25 kohm


def test_a_voltage_can_be_measured_and_holds_nothing(open_lab):
    lab = open_lab(
        device=Between(1e3),
        wiring={"Dev1/ao0": "te", "Dev1/ai0": "te", "Dev1/ai1": "be"},
        amplifiers={"Dev1/ai0": {"measures": "voltage"}, "Dev1/ai1": {"measures": "voltage"}},
    )
    assert set(lab.server.world.drives()) == {"te"}
    lab.ao().write(3.75)
    assert lab.ai().read() == pytest.approx(3.75, abs=LSB)


def test_the_noise_of_the_amplifier(open_lab):
    lab = amplified(open_lab, noise="10 mV")
    data = np.array(lab.ai("Dev1/ai1", rate=1e5, count=20_000).read(20_000))
    assert np.std(data) == pytest.approx(10e-3, rel=0.05)


def test_one_pole_answers_a_step_by_its_time_constant(open_lab):
    lab = amplified(open_lab, gain="-1 kohm", bandwidth="1 kHz")
    ao = lab.ao(rate=1e5, count=400)
    ao.write(np.repeat([0.0, 2.5, -1.25, 0.0], 100))
    ai = lab.ai("Dev1/ai1", rate=1e5, count=400)
    ai.triggers.start_trigger.cfg_dig_edge_start_trig("/Dev1/ao/StartTrigger")
    ai.start()
    ao.start()
    data = np.array(ai.read(400))
    pole, expected, stands = 1 / (2 * np.pi * 1e3), [], 0.0
    for level in (0.0, 2.5, -1.25, 0.0):
        moments = 70e-9 + np.arange(100) * 1e-5
        expected.append(level + (stands - level) * np.exp(-moments / pole))
        stands = level + (stands - level) * np.exp(-1e-3 / pole)
    assert data == pytest.approx(np.concatenate(expected), abs=2 * LSB)


def test_the_pole_moves_between_samples_that_are_far_apart(open_lab):
    lab = amplified(open_lab, gain="-1 kohm", bandwidth="1 kHz")
    ao = lab.ao(rate=1e5, count=400)
    ao.write(np.repeat([2.5, 0.0, 2.5, 0.0], 100))
    ai = lab.ai("Dev1/ai1", rate=1e5 / 250, count=2)
    ai.triggers.start_trigger.cfg_dig_edge_start_trig("/Dev1/ao/StartTrigger")
    ai.start()
    ao.start()
    pole = 1 / (2 * np.pi * 1e3)
    # the first sample finds the pole settled on what it reads; then 1 ms, 1 ms and 0.5 ms
    stands = 2.5
    for level, lasts in ((2.5, 1e-3), (0.0, 1e-3), (2.5, 0.5e-3)):
        stands = level + (stands - level) * np.exp(-lasts / pole)
    assert ai.read(2)[1] == pytest.approx(stands, abs=1e-2)


def test_a_long_hold_is_read_at_few_moments(lab):
    lab.ao().write(1.25)
    lab.device.reads = 0
    task = lab.ai(rate=1e6, count=1_000_000)
    data = task.read(1_000_000)
    assert np.array(data) == pytest.approx(np.full(1_000_000, 1.25), abs=LSB)
    assert lab.device.reads < 250  # ten blocks, some twenty readings in each


# ---- the arithmetic


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 7, 8, 100, 1000])
def test_the_probes_of_a_stretch(count):
    chosen = probes(count)
    assert chosen == sorted(set(chosen))
    assert len(chosen) <= 2 * np.log2(count + 2) + 1
    if count:
        assert chosen[0] == 0 and chosen[-1] == count - 1
    values = [3.0 * n + 1 for n in chosen]
    if count:
        assert filled(chosen, values, count) == pytest.approx(3.0 * np.arange(count) + 1)


def test_the_pole_against_small_steps_of_time():
    rng = np.random.default_rng(3)
    values, period, pole, first, before = rng.normal(size=6), 1.0, 0.7, 0.3, 2.0
    got = low_passed(values, first, period, before, pole)
    fine = 20_000
    stands = values[0] + (before - values[0]) * np.exp(-first / pole)
    expected = [stands]
    for old, new in pairwise(values):
        step = period / fine
        for n in range(fine):
            target = old + (new - old) * (n + 0.5) / fine
            stands += (target - stands) * step / pole
        expected.append(stands)
    assert got == pytest.approx(expected, abs=1e-4)


# ---- wiring


def problems_of(wiring, **options):
    from mho.clock import VirtualClock

    world = World(Between(), VirtualClock(), 1)
    with pytest.raises(SettingsError) as error:
        start_server(world, wiring, None, NiOptions.model_validate(options)).stop()
    return {problem.place: problem.message for problem in error.value.problems}


@pytest.mark.parametrize(
    ("wiring", "place", "said"),
    [
        ({"Dev1/ao4": "te"}, "wiring.Dev1/ao4", "has 4 of ao"),
        ({"Dev9/ao0": "te"}, "wiring.Dev9/ao0", 'no card "Dev9"'),
        ({"Dev1/ao0": "gate"}, "wiring.Dev1/ao0", 'no terminal "gate"'),
        ({"Dev1/ao0": "te", "Dev1/ao1": "te"}, "wiring.Dev1/ao1", "two sources meet"),
        ({"PXI1Slot2/0": "te", "Dev1/ao0": "te"}, "wiring.Dev1/ao0", "a module is wired"),
    ],
)
def test_wiring_that_does_not_fit_is_refused(wiring, place, said, open_lab):
    open_lab(wiring={"PXI1Slot2/0": "te", "Dev1/ai0": "be"}, amplifiers={})
    found = problems_of(wiring)
    assert said in found[place]


def test_amplifiers_of_no_input_are_refused():
    found = problems_of({}, amplifiers={"Dev1/ao0": KILO, "Dev1/ai32": KILO})
    assert set(found) == {"amplifiers.Dev1/ao0", "amplifiers.Dev1/ai32"}


def test_all_that_is_wrong_is_told_at_once():
    found = problems_of(
        {"Dev9/ao0": "te", "PXI1Slot2/1": "te"}, version_40w=["PXI1Slot9"],
        faults={"rejects": {"Nonsense": -1}},
    )  # fmt: skip
    assert len(found) == 4


def test_modules_and_cards_share_the_device(open_lab):
    import nidcpower

    lab = open_lab(
        wiring={"PXI1Slot2/0": "te", "Dev1/ai0": "be"}, amplifiers={"Dev1/ai0": {"gain": "-1 kohm"}}
    )
    with nidcpower.Session(
        "PXI1Slot2/0", grpc_options=nidcpower.GrpcSessionOptions(lab.wire, "")
    ) as smu:
        smu.voltage_level, smu.current_limit = 2.0, 5e-3
        with smu.initiate():
            smu.wait_for_event(nidcpower.Event.SOURCE_COMPLETE)
            assert smu.measure_multiple()[0].current == pytest.approx(2e-3, rel=1e-3)
            assert lab.ai().read() == pytest.approx(2.0, abs=1e-2)
        smu.output_enabled = False
    assert refused(lab.task().start) == -200478


def test_the_state_of_the_world_has_the_noise_of_the_card(open_lab):
    cards = {"Dev1": {"ai_noise": ["1 mV"]}}
    lab = open_lab(cards=cards)
    task = lab.ai(rate=1e5, count=20)
    task.read(20)
    state = lab.server.world.state()
    expected = task.read(20)
    other = open_lab(cards=cards)
    other.server.world.restore(state)
    assert other.ai(rate=1e5, count=20).read(20) == expected
