"""The alpha-Fe2O3 synapse: published | simulated, switches, seeds, and what draws."""

import copy
from typing import Any

import numpy as np
import pytest

from mho.merit.cycle_variation import cycle_variation
from mho.merit.half_way import Event
from mho.merit.switching import Rule, switching_voltages
from mho.sim_instruments.devices.alpha_fe2o3_memristor import AlphaFe2O3
from mho.sim_instruments.devices.alpha_fe2o3_parameters import AlphaFe2O3Parameters

WIDTH = 150e-6
LIMIT = 7e-3  # published, of whichever polarity
SILENT: dict[str, Any] = {
    "device_to_device": False,
    "cycle_to_cycle": False,
    "wear": False,
    "drift": False,
    "noise": False,
}
UP = np.arange(0.02, 2.3001, 0.02)
DOWN = np.arange(0.02, 1.6001, 0.02)
SEEDS = (1, 2)


def _sweep(device: AlphaFe2O3, n: int, levels: Any, limit: float = LIMIT) -> Any:
    """Currents (magnitudes) of a sweep at 1 V/s and back, as a limited source would show them."""
    currents = []
    for level in np.concatenate([levels, levels[::-1]]):
        device.pulse(np.full(n, level), 20e-3, np.full(n, limit))
        currents.append(np.abs(level) * device.conductance(np.full(n, level)))
    device.rest(1e-3)
    return np.minimum(currents, limit)


def _train(device: AlphaFe2O3, n: int, level: float, count: int = 80) -> Any:
    conductances = [device.conductance()]
    for _ in range(count):
        device.pulse(np.full(n, level), WIDTH, np.full(n, LIMIT))
        device.rest(2.5e-3)
        conductances.append(device.conductance())
    return np.array(conductances)


def _exponential(conductances: Any) -> tuple[float, float]:
    """R2 and n0 of the best G = a + b (1 - exp(-n/n0))."""
    number = np.arange(len(conductances))
    best = (-np.inf, 0.0)
    for n0 in np.geomspace(3, 300, 100):
        terms = np.stack([np.ones(len(number)), 1 - np.exp(-number / n0)], axis=1)
        found = np.linalg.lstsq(terms, conductances, rcond=None)[0]
        residual = conductances - terms @ found
        best = max(best, (float(1 - residual.var() / conductances.var()), float(n0)))
    return best


# -- published | simulated


def _voltages(levels: Any, currents: Any, event: Event, rule: Rule) -> list[float]:
    """Where each device switched in a sweep (magnitudes); NaN where it did not."""
    number = np.zeros(len(currents), dtype=int)
    there_and_back = np.abs(np.concatenate([levels, levels[::-1]]))
    return [
        float(
            switching_voltages(number, there_and_back, one, event=event, polarity=1, rule=rule)[1][
                0
            ]
        )
        for one in currents.T
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_dc_switching_under_7_ma_on_both_sides(seed: int) -> None:
    """-1.2 V and +2.1 V, window 10, 8 mW published.

    The paper does not say by which rule; its -1.2 V lies between the half-way voltage and the
    steepest place, each of them within 10 %.
    """
    n = 60
    device = AlphaFe2O3(n, AlphaFe2O3Parameters(), seed)
    found: dict[str, list[Any]] = {
        name: [] for name in ("half-way set", "steepest set", "reset", "window", "power")
    }
    for cycle in range(6):
        resetting = _sweep(device, n, UP)
        off = device.conductance(np.full(n, -0.1))
        setting = _sweep(device, n, -DOWN)
        on = device.conductance(np.full(n, -0.1))
        if not cycle:
            continue  # off already
        found["half-way set"].append(_voltages(DOWN, setting, "set", Rule.HALF_WAY))
        found["steepest set"].append(_voltages(DOWN, setting, "set", Rule.STEEPEST))
        found["reset"].append(_voltages(UP, resetting, "reset", Rule.HALF_WAY))
        found["window"].append(on / off)
        both = [
            np.max(currents * np.concatenate([levels, levels[::-1]])[:, None], axis=0)
            for currents, levels in ((resetting, UP), (setting, DOWN))
        ]
        assert np.median(both[0]) == pytest.approx(8e-3, rel=0.1)
        assert np.median(both[1]) == pytest.approx(8e-3, rel=0.1)
        found["power"].append(np.maximum(*both))
    every = {name: np.array(values) for name, values in found.items()}
    medians = {}
    for name, published, tolerance in (
        ("half-way set", 1.2, 0.12), ("steepest set", 1.2, 0.12), ("reset", 2.1, 0.21),
        ("window", 10, 2),
    ):  # fmt: skip
        assert np.mean(np.isfinite(every[name])) > 0.98
        of_devices = np.nanmedian(every[name], axis=0)
        medians[name] = np.median(of_devices)
        assert medians[name] == pytest.approx(published, abs=tolerance)
        assert np.mean(abs(of_devices - published) < tolerance) > 0.8
    between = (medians["half-way set"] + medians["steepest set"]) / 2
    assert between == pytest.approx(1.2, abs=0.04)
    assert medians["reset"] == pytest.approx(2.1, abs=0.05)
    assert medians["window"] == pytest.approx(10, rel=0.05)
    assert np.mean(every["power"] < 9.6e-3) > 0.9
    assert np.mean(np.median(every["power"], axis=0) < 9.6e-3) > 0.97


def test_a_limit_far_below_what_the_lrs_takes_prevents_the_reset() -> None:
    left = []
    for limit in (1e-3, 3e-3, LIMIT):
        device = AlphaFe2O3(20, AlphaFe2O3Parameters(), 1)
        _sweep(device, 20, -DOWN)
        _sweep(device, 20, UP, limit)
        left.append(np.median(device.conductance()))
    assert left[0] > 2.5e-3 and left[0] > left[1] > left[2]
    assert left[2] < 0.27e-3


@pytest.mark.parametrize("seed", SEEDS)
def test_ltp_and_ltd_are_exponential(seed: int) -> None:
    """80 pulses of -1 V, then of +1 V; the published fits name no constant, about 25 is ours."""
    n = 60
    device = AlphaFe2O3(n, AlphaFe2O3Parameters(), seed)
    for level, gain in ((-1.0, 1), (1.0, -1)):
        trains = _train(device, n, level)
        fits = np.array([_exponential(trains[:, k]) for k in range(n)])
        assert np.mean(fits[:, 0] > 0.98) > 0.95
        assert 17 < np.median(fits[:, 1]) < 38
        assert np.median(gain * (trains[-1] - trains[0])) > 0.6e-3


def test_gains_grow_with_amplitude() -> None:
    """0.8 to 1.6 V, Fig. S3."""
    n, gains = 60, []
    for amplitude in (0.8, 1.0, 1.2, 1.4, 1.6):
        device = AlphaFe2O3(n, AlphaFe2O3Parameters(), 3)
        up, down = (np.median(_train(device, n, s * amplitude), axis=1) for s in (-1, 1))
        gains.append((up[-1] - up[0], down[0] - down[-1]))
    for side in np.array(gains).T:
        assert np.all(np.diff(side) > 0.15e-3)


@pytest.mark.parametrize("seed", SEEDS)
def test_spread_from_cycle_to_cycle(seed: int) -> None:
    """Close to 0.75 mS published, for trains of -1.4 V and +1.6 V; 40 % are allowed.

    The whole range of these trains is 2 mS, because 8 mW at -1.6 V allow no more: 0.75 mS of it
    would be cycles that are all or nothing, and no exponential.
    """
    n = 60
    device = AlphaFe2O3(n, AlphaFe2O3Parameters(), seed)
    trains = np.array([[_train(device, n, level) for level in (-1.4, 1.6)] for _ in range(10)])
    largest = [
        max(cycle_variation(trains[:, side, :, k]).largest.value for side in (0, 1))
        for k in range(n)
    ]
    assert 0.5e-3 < np.median(largest) < 0.7e-3
    assert np.mean(np.abs(np.array(largest) - 0.75e-3) < 0.3e-3) > 0.85


@pytest.mark.parametrize("before", ["HRS", "LRS"])
def test_compliance_sets_the_level(before: str) -> None:
    """Rising with 0.1 to 1 mA published."""
    n = 30
    device = AlphaFe2O3(n, AlphaFe2O3Parameters(), 4)
    if before == "LRS":
        _sweep(device, n, -DOWN)
    levels = []
    for limit in (1e-4, 2e-4, 4e-4, 6e-4, 8e-4, 1e-3):
        _sweep(device, n, UP)
        off = device.conductance()
        _sweep(device, n, -DOWN, limit)
        assert np.all(device.conductance() > 0.99 * off)  # but for what drifts meanwhile
        levels.append(device.conductance())
    median = np.median(levels, axis=1)
    assert np.all(np.diff(median) > 30e-6)
    assert np.mean(np.diff(levels, axis=0) > 0) > 0.9
    assert median[-1] == pytest.approx(0.9e-3, rel=0.1)


def test_retention() -> None:
    """Flat up to 14 900 s published."""
    device = AlphaFe2O3(20, AlphaFe2O3Parameters(initial_filament=1.0), 6)
    before = device.conductance()
    device.rest(1.49e4)
    assert (device.conductance() / before - 1).mean() == pytest.approx(-0.026, abs=0.004)


def test_endurance() -> None:
    """275 cycles with a window of 10 published, under 7 mA."""
    n = 100
    device = AlphaFe2O3(n, AlphaFe2O3Parameters(), 7)
    windows = []
    for _ in range(275):
        device.pulse(np.full(n, -1.6), 20e-3, np.full(n, LIMIT))
        lrs = device.conductance()
        device.pulse(np.full(n, 2.3), 0.4, np.full(n, LIMIT))
        windows.append(lrs / device.conductance())
    medians = np.median(windows, axis=1)
    assert medians[0] == pytest.approx(10, rel=0.1)
    assert medians[-1] == pytest.approx(medians[0] / 1.05, rel=0.04)
    assert device._endurance is not None
    alive = ~device._endurance.dead
    assert alive.mean() == pytest.approx(0.967, abs=0.04)
    kept = np.array(windows)[:, alive]
    assert np.mean(kept > 7) > 0.98
    lost = kept < 2
    assert np.mean(np.any(lost[:-2] & lost[1:-1] & lost[2:], axis=0)) < 0.02


def test_stdp() -> None:
    """dt = t_pre - t_post > 0 potentiates, within 1 ms (published); amplitudes are the model's."""

    def spike(time: Any) -> Any:
        tail = 0.3 * np.exp(-(time - WIDTH) / 0.4e-3)
        return np.where(time < 0, 0.0, np.where(time < WIDTH, -1.0, tail))

    n, piece, limit = 200, 25e-6, np.full(200, LIMIT)
    changes = {}
    for number in (-40, -16, -8, 8, 16, 40):
        device = AlphaFe2O3(n, AlphaFe2O3Parameters(), 8)
        for _ in range(16):
            device.pulse(np.full(n, -1.0), WIDTH, limit)
            device.rest(2.5e-3)
        before = device.conductance()
        time = (np.arange(-60, 180) + 0.5) * piece
        for level in spike(time - number * piece) - spike(time):
            device.pulse(np.full(n, level), piece, limit)
        changes[number] = float(np.median(device.conductance() / before - 1))
    assert 0.05 < changes[8] < 0.2 and -0.5 < changes[-8] < -0.15
    assert changes[8] > changes[16] > changes[40] > 0
    assert changes[-8] < changes[-16] < changes[-40] < 0


# -- switches and seeds


def _history(parameters: AlphaFe2O3Parameters, seed: int) -> list[float]:
    device = AlphaFe2O3(1, parameters, seed)
    history = []
    for level in (-1.2, 0.9, -1.6, 1.3, 2.3, -1.0):
        device.pulse(level, 1e-3, LIMIT)
        device.rest(0.3)
        history += [device.conductance(), device.conduction()(0.1)]
    return history


def test_without_variation_nothing_is_random() -> None:
    first, second = (_history(AlphaFe2O3Parameters(**SILENT), seed) for seed in (1, 2))
    assert first == second
    assert first[::2] == first[1::2]


@pytest.mark.parametrize("switch", ["device_to_device", "cycle_to_cycle", "noise"])
def test_each_switch_alone_makes_seeds_differ(switch: str) -> None:
    parameters = AlphaFe2O3Parameters(**{**SILENT, switch: True})
    same, again, other = (_history(parameters, seed) for seed in (1, 1, 2))
    assert same == again
    assert same != other


def test_a_filament_keeps_its_rates_until_it_ruptures() -> None:
    n = 50
    device = AlphaFe2O3(n, AlphaFe2O3Parameters(initial_filament=0.5), 12)

    def pulse(level: float, width: float) -> Any:
        device.pulse(np.full(n, level), width, np.full(n, LIMIT))
        return np.array([device._set_rate, device._onset, device._reset_rate])

    first = pulse(-1.2, 20 * WIDTH)
    before = device.filament
    again = pulse(1.4, 50 * WIDTH)
    weakened = (device.filament < 0.99 * before) & ~device._ruptured
    assert np.sum(weakened) > 20
    np.testing.assert_array_equal(again[:, weakened], first[:, weakened])
    pulse(2.3, 0.4)
    ruptured = device._ruptured.copy()
    assert np.sum(ruptured) > 40
    second = pulse(-1.2, 20 * WIDTH)
    assert np.all(second[:, ruptured] != first[:, ruptured])


def test_drift_is_lazy_and_needs_no_seed() -> None:
    parameters = AlphaFe2O3Parameters(**{**SILENT, "drift": True, "initial_filament": 0.5})
    device = AlphaFe2O3(1, parameters, 1)
    for age in (1.0, 1e3, 1e6):
        device.rest(age - device._now)
        assert device.filament == pytest.approx(0.5 * (1 + age) ** -0.003, rel=1e-9)


def test_a_filament_that_moved_is_young_again() -> None:
    """And one that hardly moved is not."""
    parameters = AlphaFe2O3Parameters(**{**SILENT, "drift": True, "initial_filament": 0.1})
    for level, loss in ((-1.2, 0.003 * np.log(2)), (-0.8, 0.0)):
        device = AlphaFe2O3(1, parameters, 1)
        device.rest(1e4)
        for _ in range(20):
            device.pulse(level, WIDTH if level < -1 else 1e-6, LIMIT)
        before = device.filament
        device.rest(1.0)
        assert 1 - device.filament / before == pytest.approx(loss, abs=1e-4)


@pytest.mark.parametrize(("filament", "deviation"), [(0.0, 0.02), (1.0, 0.004)])
def test_read_noise(filament: float, deviation: float) -> None:
    n = 20_000
    parameters = AlphaFe2O3Parameters(initial_filament=filament)
    device = AlphaFe2O3(n, parameters, 9)
    relative = device.conduction()(0.1) / device.conductance() - 1
    assert relative.std() == pytest.approx(deviation, rel=0.05)


# -- laziness


def _states(device: AlphaFe2O3) -> tuple[Any, Any]:
    assert device._noise is not None
    return (
        copy.deepcopy(device._switching.bit_generator.state),
        copy.deepcopy(device._noise._stream.bit_generator.state),
    )


def test_nothing_is_drawn_when_nothing_happens() -> None:
    device = AlphaFe2O3(1, AlphaFe2O3Parameters(), 10)
    before = _states(device)
    device.rest(1e5)
    device.pulse(0.1, 1.0, 1e-3)
    device.pulse(-0.1, 1e-3, 1e-3)
    device.pulse(2.3, 1.0, LIMIT)  # there is no filament to break
    assert device.filament == 0.0
    assert _states(device) == before
    device.pulse(-1.0, WIDTH, LIMIT)
    assert _states(device)[0] != before[0]
    assert _states(device)[1] == before[1]


def test_two_reads_at_one_moment_are_the_same_read() -> None:
    device = AlphaFe2O3(1, AlphaFe2O3Parameters(), 11)
    device.rest(1.0)
    first = device.conduction()(0.1)
    state = _states(device)
    assert device.conduction()(0.1) == first
    assert _states(device) == state
    device.rest(1.0)
    assert device.conduction()(0.1) != first
