"""Switching voltages, the way out of a sweep, and the on/off window."""

import numpy as np
import pytest
from interval_coverage import assert_coverage

from mho.merit.samples import NotEnoughData
from mho.merit.sweep_branches import branches
from mho.merit.switching import (
    Rule,
    switching_statistics,
    switching_voltage,
    switching_voltages,
)
from mho.merit.window import on_off_ratio, sweep_on_off_ratio, window_over_cycles

STEP = 0.02


def butterfly(set_at=-1.2, reset_at=2.1, on=6e-3, off=6e-4, compliance=7e-3):
    """0 -> -1.6 -> 0 -> +2.4 -> 0 V: abrupt SET at negative, abrupt RESET at positive voltage."""
    legs = [np.arange(0, -1.6, -STEP), np.arange(-1.6, 0, STEP)]
    legs += [np.arange(0, 2.4, STEP), np.arange(2.4, -STEP / 2, -STEP)]
    voltage = np.round(np.concatenate(legs), 6)
    g = np.where(np.arange(len(voltage)) > len(legs[0]) + len(legs[1]), on, off)
    first = np.arange(len(voltage)) < len(legs[0]) + len(legs[1])
    since_set = np.maximum.accumulate(first & (voltage <= set_at))
    g = np.where(since_set, on, off)
    since_reset = np.maximum.accumulate(~first & (voltage >= reset_at))
    g = np.where(since_reset, off, g)
    current = np.clip(g * voltage, -compliance, np.inf)
    return voltage, current, current <= -compliance


@pytest.mark.parametrize("rule", list(Rule))
def test_set_and_reset_of_an_abrupt_device(rule):
    voltage, current, held = butterfly()
    assert held.any()  # the SET runs into compliance
    found = switching_voltage(
        voltage, current, event="set", polarity=-1, rule=rule, in_compliance=held
    )
    assert found.voltage == pytest.approx(-1.2)
    assert found.resolution == pytest.approx(STEP)
    assert found.resistance_ratio > 5
    found = switching_voltage(
        voltage, current, event="reset", polarity=1, rule=rule, in_compliance=held
    )
    assert found.voltage == pytest.approx(2.1)
    assert found.resistance_ratio == pytest.approx(0.1)


def test_a_reset_is_not_found_where_compliance_holds_the_current():
    v = np.linspace(0.1, 2, 20)
    limited = np.minimum(1e-3 * v, 0.5e-3)
    with pytest.raises(NotEnoughData, match="no step"):
        switching_voltage(
            v, limited, event="reset", polarity=1, in_compliance=limited >= 0.5e-3 - 1e-12
        )


def test_gradual_switching_follows_the_definition():
    """Logistic SET in conductance, against the definition evaluated on a fine grid."""
    v = np.arange(0.01, 2, 0.01)
    g = 1e-4 + 1e-3 / (1 + np.exp(-(v - 1.2) / 0.05))
    set_at = switching_voltage(v, g * v, event="set", polarity=1).voltage
    fine = np.linspace(0.5, 2, 200_001)
    grown = (1e-4 + 1e-3 / (1 + np.exp(-(fine - 1.2) / 0.05))) * fine
    assert set_at == pytest.approx(fine[np.argmax(np.gradient(grown, fine))], abs=0.011)
    falling = 1.2e-3 - g
    reset_at = switching_voltage(v, falling * v, event="reset", polarity=1).voltage
    assert reset_at == pytest.approx(1.2, abs=0.011)


def test_rules_differ_for_a_curved_high_resistance_state():
    v = np.round(np.arange(0.05, 2, 0.05), 6)
    g = 1e-5 * v**2 + np.where(v > 1, 1e-4, 0) + np.where(v > 1.5, 1e-3, 0)
    steepest = switching_voltage(v, g * v, event="set", polarity=1).voltage
    jump = switching_voltage(
        v, g * v, event="set", polarity=1, rule=Rule.CURRENT_JUMP, least_voltage=0.3
    ).voltage
    assert (jump, steepest) == (pytest.approx(1.05), pytest.approx(1.55))


def test_scaling_of_the_current_changes_nothing():
    voltage, current, held = butterfly()
    for factor in (1e-6, 1e3):
        scaled = switching_voltage(
            voltage, current * factor, event="set", polarity=-1, in_compliance=held
        )
        assert scaled.voltage == pytest.approx(-1.2)


def test_branches_of_a_sweep():
    voltage = np.array([0, 1, 2, 2, 1, 0, -1, -2, -1, 0.0])
    out, back = branches("it", voltage, 1)
    assert voltage[out].tolist() == [1, 2] and voltage[back].tolist() == [2, 1]
    out, back = branches("it", voltage, -1)
    assert voltage[out].tolist() == [-1, -2] and voltage[back].tolist() == [-2, -1]
    with pytest.raises(NotEnoughData, match="no negative voltages"):
        branches("it", np.array([0, 1, 2.0]), -1)


def test_cycles_and_their_statistics():
    rng = np.random.default_rng(0)
    thresholds = np.round(-1.2 + 0.1 * rng.normal(size=30), 2)
    sweeps = [butterfly(set_at=at, compliance=1.0)[:2] for at in thresholds]
    silent = (sweeps[0][0], np.full_like(sweeps[0][1], np.nan))
    sweeps.append(silent)
    cycle = np.repeat(np.arange(1, 32), len(silent[0]))
    voltage, current = (np.concatenate(column) for column in zip(*sweeps, strict=True))
    numbers, found = switching_voltages(cycle, voltage, current, event="set", polarity=-1)
    assert numbers.tolist() == list(range(1, 32)) and np.isnan(found[-1])
    grid = np.ceil(np.round(-thresholds / STEP, 6)) * -STEP
    assert found[:-1] == pytest.approx(grid)
    statistics = switching_statistics(found)
    assert statistics.median.value == pytest.approx(np.median(grid))
    assert (statistics.points, statistics.ignored) == (30, 1)


def test_on_off_ratio_covers():
    def trial(rng):
        on = 6e-3 * (1 + 0.01 * rng.normal(size=9))
        off = 6e-4 * (1 + 0.05 * rng.normal(size=12))
        return {"ratio": (on_off_ratio(on, off, read_voltage=0.1).ratio, 10)}

    assert_coverage(trial, seeds=300)


def test_on_off_ratio_of_a_sweep_needs_no_order_of_states():
    voltage, current, _ = butterfly()
    found = sweep_on_off_ratio(voltage, current, read_voltage=-0.111)
    assert found.ratio.value == pytest.approx(10) and found.on == pytest.approx(6e-3)
    assert sweep_on_off_ratio(voltage, current, read_voltage=0.1).ratio.value == pytest.approx(10)
    for bad in (0.0, 3.0):
        with pytest.raises(NotEnoughData):
            sweep_on_off_ratio(voltage, current, read_voltage=bad)


def test_window_over_cycles():
    found = window_over_cycles([10e-6, np.nan, 8e-6, 9e-6], [1e-6, 1e-6, 2e-6, 1e-6])
    assert found.ratios == pytest.approx((10, np.nan, 4, 9), nan_ok=True)
    assert found.smallest == pytest.approx(4) and found.worst_case == pytest.approx(4)
    assert found.spread.median.value == pytest.approx(9) and found.ignored == 1


def test_on_off_ratio_of_a_sweep_does_not_take_the_limit_for_the_device():
    voltage, current, held = butterfly(compliance=1e-3)
    assert sweep_on_off_ratio(voltage, current, read_voltage=-0.5).on == pytest.approx(2e-3)
    with pytest.raises(NotEnoughData, match="outside compliance"):
        sweep_on_off_ratio(voltage, current, read_voltage=-0.5, in_compliance=held)
    found = sweep_on_off_ratio(voltage, current, read_voltage=-0.1, in_compliance=held)
    assert found.ratio.value == pytest.approx(10)
