"""The Cu:Te memristor: published numbers, switches, seeds, and what draws from which stream."""

import copy
import math
from typing import Any

import numpy as np
import pytest

from mho.sim_instruments.devices.cu_te_memristor import CuTe
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters

WIDTH = 10e-3
SILENT: dict[str, Any] = {
    "device_to_device": False,
    "cycle_to_cycle": False,
    "noise": False,
    "relaxation": False,
}


def _states(device: CuTe) -> tuple[Any, Any]:
    assert device._noise is not None
    return (
        copy.deepcopy(device._switching.bit_generator.state),
        copy.deepcopy(device._noise._stream.bit_generator.state),
    )


# -- published | simulated


@pytest.mark.parametrize(("stop", "published"), [(0.5, 211), (1.0, 61), (1.5, 18.6), (2.0, 5.8)])
def test_conductance_after_a_reset_stop(stop: float, published: float) -> None:
    device = CuTe(400, CuTeParameters(), 1)
    for level in (2.0, 2.0, -stop):
        device.pulse(np.full(400, level), WIDTH)
    assert np.median(device.conductance()) * 1e6 == pytest.approx(published, rel=0.06)


def test_forming_sweep_ends_in_the_lrs() -> None:
    device = CuTe(200, CuTeParameters(formed=False), 2)
    assert not device.formed.any()
    for level in np.arange(0.02, 2.001, 0.02):
        device.pulse(np.full(200, level), WIDTH)
        if level < 1.69:
            assert not device.formed.any()
    assert device.formed.all()
    assert 1 / np.median(device.conductance()) == pytest.approx(1000, rel=0.1)


def test_an_unformed_device_neither_conducts_nor_resets() -> None:
    device = CuTe(1, CuTeParameters(formed=False), 2)
    for level in (1.6, -2.4, 0.05):
        device.pulse(level, WIDTH)
        assert device.conductance() == pytest.approx(1e-9)


@pytest.mark.parametrize(
    ("conductance", "deviation"), [(200e-6, 0.012), (50e-6, 0.021), (5.7e-6, 0.050)]
)
def test_relative_deviation_over_ten_seconds(conductance: float, deviation: float) -> None:
    n = 100
    device = CuTe(n, CuTeParameters(initial_conductance=conductance), 3)
    reads = np.empty((1000, n))
    for row in reads:
        device.rest(WIDTH)
        row[:] = device.read(0.05)
    relative = reads.std(axis=0) / reads.mean(axis=0)
    assert np.median(relative) == pytest.approx(deviation, rel=0.15)


def test_noise_level_follows_the_power_law() -> None:
    n = 20_000
    for conductance in (200e-6, 55e-6, 10e-6):
        device = CuTe(n, CuTeParameters(initial_conductance=conductance), 4)
        deviation = device.read(0.05).std() / (0.05 * conductance)
        assert deviation == pytest.approx(0.024 * (conductance / 55e-6) ** -0.4, rel=0.05)


def test_retention_over_hundred_seconds() -> None:
    n = 400
    device = CuTe(n, CuTeParameters(noise=False), 5)
    device.pulse(np.full(n, 2.0), WIDTH)
    device.pulse(np.full(n, -1.0), WIDTH)
    device.rest(1.0)
    before = device.conductance()
    device.rest(99.0)
    change = device.conductance() / before - 1
    assert abs(change.mean()) < 0.03
    # two decades of 0.15 %
    assert change.std() == pytest.approx(2 * 0.0015, rel=0.9)


# -- statistics of one step


def test_steps_have_the_mean_of_the_closed_form_and_the_grain_asked_for() -> None:
    n = 20_000
    parameters = {**SILENT, "initial_conductance": 61e-6}
    mean = CuTe(1, CuTeParameters(**parameters), 0)
    mean.pulse(-1.0, WIDTH)
    expected = math.log(mean.conductance() / 61e-6)
    device = CuTe(
        n, CuTeParameters(**{**parameters, "cycle_to_cycle": True, "reset_jitter": 0.0}), 6
    )
    device.pulse(np.full(n, -1.0), WIDTH)
    step = np.log(device.conductance() / 61e-6)
    assert (step <= 0).all()
    assert step.mean() == pytest.approx(expected, rel=0.03)
    assert step.var() == pytest.approx(0.010 * abs(expected), rel=0.05)


def test_a_full_set_begins_a_new_cycle() -> None:
    device = CuTe(1, CuTeParameters(**{**SILENT, "cycle_to_cycle": True}), 7)
    levels = []
    for _ in range(60):
        device.pulse(2.2, WIDTH)
        device.pulse(-1.2, WIDTH)
        levels.append(math.log(device.conductance()))
    volts_per_e_fold = (2.0 - 0.5) / math.log(200 / 5.7)
    expected = math.hypot(0.03 / volts_per_e_fold, math.sqrt(0.010 * math.log(1000 / 38)))
    assert np.std(levels) == pytest.approx(expected, rel=0.35)


def test_relaxation_is_logarithmic_and_lazy() -> None:
    parameters = CuTeParameters(**{**SILENT, "relaxation": True, "relaxation_spread": 0.0})
    device = CuTe(1, parameters, 8)
    device.pulse(2.2, WIDTH)
    start = math.log(device.conductance())
    step = start - math.log(7.7e-6)
    for age in (10e-3, 1.0, 100.0, 86400.0):
        device.rest(age - (device._now - device._switched))
        moved = math.log(device.conductance()) - start
        decades = math.log10(1 + age / 10e-3)
        assert moved == pytest.approx(-0.004 * step * decades, rel=1e-6)


# -- switches and seeds


def test_without_variation_nothing_is_random() -> None:
    histories = []
    for seed in (1, 2):
        device = CuTe(1, CuTeParameters(**SILENT), seed)
        history = []
        for level in (2.0, -0.7, -1.1, 1.5, -2.0):
            device.pulse(level, WIDTH)
            device.rest(0.3)
            history += [device.conductance(), device.read(0.05) / 0.05]
        histories.append(history)
    assert histories[0] == histories[1]
    assert histories[0][0] == pytest.approx(histories[0][1], rel=1e-15)


@pytest.mark.parametrize("switch", sorted(SILENT))
def test_each_switch_alone_makes_seeds_differ(switch: str) -> None:
    values = []
    for seed in (1, 1, 2):
        device = CuTe(1, CuTeParameters(**{**SILENT, switch: True}), seed)
        device.pulse(2.0, WIDTH)
        device.pulse(-1.0, WIDTH)
        device.rest(1.0)
        values.append(device.read(0.05))
    assert values[0] == values[1]
    assert values[0] != values[2]


def test_reads_do_not_depend_on_how_many_pulses_were_played() -> None:
    parameters = CuTeParameters(
        device_to_device=False, cycle_to_cycle=False, relaxation=False, rearranging_step=1e12
    )
    noise = []
    for pulses in (1, 5):
        device = CuTe(1, parameters, 9)
        for _ in range(pulses):
            device.pulse(2.2, WIDTH / pulses)
        noise.append([])
        for _ in range(5):
            device.rest(WIDTH)
            noise[-1].append(device.read(0.05) / device.conductance())
    assert noise[0] == noise[1]


# -- laziness


def test_resting_draws_nothing() -> None:
    device = CuTe(1, CuTeParameters(), 10)
    before = _states(device)
    device.rest(1e5)
    assert _states(device) == before


def test_a_pulse_too_small_to_matter_draws_nothing() -> None:
    device = CuTe(1, CuTeParameters(device_to_device=False), 10)
    before = _states(device)
    device.pulse(0.05, WIDTH)
    device.pulse(-0.5, WIDTH)  # far below the stress of the lowest state
    assert _states(device) == before
    device.pulse(2.0, WIDTH)
    assert _states(device)[0] != before[0]
    assert _states(device)[1] == before[1]


def test_two_reads_at_one_moment_are_the_same_read() -> None:
    device = CuTe(1, CuTeParameters(), 11)
    device.rest(WIDTH)
    first = device.read(0.05)
    state = _states(device)
    assert device.read(0.05) == first
    assert _states(device) == state
    device.rest(WIDTH)
    assert device.read(0.05) != first


def test_time_cut_into_pieces_is_the_same_time() -> None:
    values = []
    for pieces in ((1.0,), (0.1, 0.2, 0.7), (1e-3,) * 1000):
        device = CuTe(1, CuTeParameters(), 12)
        device.pulse(2.0, WIDTH)
        for piece in pieces:
            device.rest(piece)
        assert device._now == 1.01
        values.append(device.read(0.05))
    assert values[0] == values[1] == values[2]


def test_noise_cannot_turn_the_current_around() -> None:
    device = CuTe(2000, CuTeParameters(noise_level=5.0), 13)
    assert (device.read(np.full(2000, 0.05)) > 0).all()
