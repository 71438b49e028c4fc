"""Switching voltages, the way out of a sweep, and the on/off window."""

import numpy as np
import pytest
from interval_coverage import assert_coverage

from mho.merit.half_way import mean_over_cycles
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
    middle = STEP / 2 if rule is Rule.HALF_WAY else 0.0  # between the readings around the change
    assert found.voltage == pytest.approx(-1.2 + middle)
    assert found.resolution == pytest.approx(STEP)
    assert found.resistance_ratio > 5
    found = switching_voltage(
        voltage, current, event="reset", polarity=1, rule=rule, in_compliance=held
    )
    assert found.voltage == pytest.approx(2.1 - middle)
    assert found.resistance_ratio == pytest.approx(0.1)


def test_a_reset_is_not_found_where_compliance_holds_the_current():
    v = np.linspace(0.1, 2, 20)
    limited = np.minimum(1e-3 * v, 0.5e-3)
    held = limited >= 0.5e-3 - 1e-12
    for rule, words in ((Rule.STEEPEST, "no step"), (Rule.HALF_WAY, "too short")):
        with pytest.raises(NotEnoughData, match=words):
            switching_voltage(v, limited, event="reset", polarity=1, rule=rule, in_compliance=held)


def test_the_steepest_place_follows_its_definition():
    """Logistic SET in conductance, against the definition evaluated on a fine grid."""
    rule = Rule.STEEPEST
    v = np.arange(0.01, 2, 0.01)
    g = 1e-4 + 1e-3 / (1 + np.exp(-(v - 1.2) / 0.05))
    set_at = switching_voltage(v, g * v, event="set", polarity=1, rule=rule).voltage
    fine = np.linspace(0.5, 2, 200_001)
    grown = (1e-4 + 1e-3 / (1 + np.exp(-(fine - 1.2) / 0.05))) * fine
    assert set_at == pytest.approx(fine[np.argmax(np.gradient(grown, fine))], abs=0.011)
    falling = 1.2e-3 - g
    reset_at = switching_voltage(v, falling * v, event="reset", polarity=1, rule=rule).voltage
    assert reset_at == pytest.approx(1.2, abs=0.011)


def test_rules_differ_for_a_curved_high_resistance_state():
    v = np.round(np.arange(0.05, 2, 0.05), 6)
    g = 1e-5 * v**2 + np.where(v > 1, 1e-4, 0) + np.where(v > 1.5, 1e-3, 0)
    steepest = switching_voltage(v, g * v, event="set", polarity=1, rule=Rule.STEEPEST).voltage
    jump = switching_voltage(
        v, g * v, event="set", polarity=1, rule=Rule.CURRENT_JUMP, least_voltage=0.3
    ).voltage
    assert (jump, steepest) == (pytest.approx(1.05), pytest.approx(1.55))


def test_scaling_of_the_current_changes_nothing():
    voltage, current, held = butterfly()
    for factor in (1e-6, 1e3):
        scaled = switching_voltage(
            voltage, current * factor, event="set", polarity=-1, in_compliance=held,
            noise_floor=1e-10 * factor,
        )  # fmt: skip
        assert scaled.voltage == pytest.approx(-1.19)


def loop(rng, kind, switches_at, noise, top=2.3):
    """One side of a loop, out and back, in steps of 20 mV; and which readings the limit held."""
    up = np.arange(STEP, (1.6 if kind == "set" else top) + STEP / 2, STEP)
    volts = np.concatenate([up, up[-2::-1]])
    out = np.arange(len(volts)) < len(up)
    high = 1e-3 * volts ** (-0.26 if kind == "sublinear" else 0.06)
    low = 1e-4 * (1 + (volts / 0.5) ** 8) ** 0.14 * volts**0.07
    width = 0.15 if kind == "gradual" else 0.02
    left = 1 / (1 + np.exp(np.clip((volts - switches_at) / width, -50, 50)))
    if kind == "set":
        g = np.where(out, low * left + high * (1 - left), high)
    elif kind == "falling":  # no plateau: the conductance falls for as long as the voltage rises
        fall = np.where(out, np.maximum(volts - switches_at, 0), top - switches_at)
        g = 1e-3 * np.exp(-fall / 0.45)
    else:
        g = np.where(out, high * left + low * (1 - left), low)
    drawn = g * volts
    held = drawn > (1.2e-3 if kind == "set" else np.inf)
    drawn = np.minimum(drawn, 1.2e-3) if kind == "set" else drawn
    measured = drawn * (1 + np.hypot(noise, 3e-4) * rng.normal(size=len(volts)))
    return volts, measured + 1e-10 * rng.normal(size=len(volts)), held


KINDS = {"abrupt": 1.5, "gradual": 1.5, "sublinear": 1.5, "falling": 0.35, "set": 1.0}


def middle_of(kind, switches_at, top=2.3):
    if kind != "falling":
        return switches_at
    last = np.exp(-(top - switches_at) / 0.45)
    return switches_at - 0.45 * np.log((1 + last) / 2)


@pytest.mark.parametrize("noise", [0.0, 0.05])
@pytest.mark.parametrize("kind", KINDS)
def test_the_mean_half_way_voltage_of_twenty_cycles_covers(kind, noise):
    scatter = 0.03 if kind == "falling" else 0.08

    def trial(rng):
        found = []
        for switches_at in KINDS[kind] + scatter * rng.normal(size=20):
            volts, drawn, held = loop(rng, kind, switches_at, noise)
            event = "set" if kind == "set" else "reset"
            found.append(
                switching_voltage(volts, drawn, event=event, polarity=1, in_compliance=held).voltage
            )
        truth = middle_of(kind, KINDS[kind])
        return {kind: (mean_over_cycles(np.array(found), STEP), truth)}

    assert_coverage(trial, seeds=40, at_most=0.97)


GROWTHS = {
    "6th power": lambda volts: volts**6 / (volts**6 + 1.1**6),
    "10th power": lambda volts: volts**10 / (volts**10 + 1.0),
    "logistic": lambda volts: 1 / (1 + np.exp(-(volts - 1.1) / 0.1)),
}


@pytest.mark.parametrize("noise", [0.0, 0.02, 0.05])
@pytest.mark.parametrize("law", GROWTHS)
def test_a_set_that_grows_over_the_whole_sweep_is_found_in_every_cycle(law, noise):
    """Beside a space-charge limited rest, which bends upwards well before the middle."""
    up = np.arange(STEP, 1.6 + STEP / 2, STEP)
    share = GROWTHS[law](np.append(up, up[-2::-1]))
    share[len(up) :] = share[len(up) - 1]
    volts = np.append(up, up[-2::-1])
    rest = 1e-4 * volts**1.07 * (1 + (volts / 0.6) ** 8) ** 0.14
    rng = np.random.default_rng(2)
    found = []
    for _ in range(20):
        drawn = (rest + 1e-3 * share * volts) * (1 + noise * rng.normal(size=len(volts)))
        found.append(switching_voltage(volts, drawn, event="set", polarity=1).voltage)
    middle = np.interp(share[len(up) - 1] / 2, share[: len(up)], up)
    assert found == pytest.approx(np.full(20, middle), abs=0.12)
    assert np.mean(found) == pytest.approx(middle, abs=0.05)


def test_noise_moves_the_steepest_place_and_not_the_middle():
    rng = np.random.default_rng(1)
    found = {rule: [] for rule in (Rule.HALF_WAY, Rule.STEEPEST)}
    for _ in range(20):
        volts, drawn, _ = loop(rng, "gradual", 1.5, 0.02)
        for rule, voltages in found.items():
            voltages.append(
                switching_voltage(volts, drawn, event="reset", polarity=1, rule=rule).voltage
            )
    assert np.mean(found[Rule.HALF_WAY]) == pytest.approx(1.5, abs=0.02)
    assert abs(np.mean(found[Rule.STEEPEST]) - 1.5) > 0.1


def test_an_abrupt_change_is_narrower_than_a_gradual_one():
    rng = np.random.default_rng(1)
    for kind, low, high in (("abrupt", 0.02, 0.08), ("gradual", 0.25, 0.45)):
        volts, drawn, _ = loop(rng, kind, 1.5, 0.005)
        found = switching_voltage(volts, drawn, event="reset", polarity=1)
        assert low < found.three_quarters - found.quarter < high


def test_cycles_that_agree_to_a_step_are_known_to_a_step():
    same = mean_over_cycles(np.full(20, 1.49), 0.02)
    assert (same.low, same.high) == (pytest.approx(1.48), pytest.approx(1.50))
    rng = np.random.default_rng(1)
    spread = mean_over_cycles(1.49 + 0.05 * rng.normal(size=20), 0.02)
    assert spread.high - spread.low == pytest.approx(2 * 2.09 * 0.05 / np.sqrt(20), rel=0.5)


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
    grid = np.ceil(np.round(-thresholds / STEP, 6)) * -STEP + STEP / 2
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
