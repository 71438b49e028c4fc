"""Analyses of data whose truth is known, and of data that do not support an answer."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mho.analysis.conduction import conduction
from mho.analysis.data import Data
from mho.analysis.levels import levels
from mho.analysis.noise import noise
from mho.analysis.sweeps import cycles, ways
from mho.analysis.switching import switching
from mho.analysis.weibull import weibull
from mho.errors import SettingsError
from mho.merit.conduction import Film
from mho.merit.samples import NotEnoughData
from mho.result import by_name


def data(**columns):
    return Data(place=Path("made.csv"), name="made", frame=pd.DataFrame(columns))


def found(analysis):
    return by_name(analysis.results)


def loop(set_at=1.2, reset_at=-0.8, points=60, on=1e-3, off=1e-5, top=2.0):
    """Levels and currents of one loop 0, +top, 0, -top, 0."""
    rise = np.linspace(0, top, points)
    volts = np.concatenate([rise, rise[-2::-1], -rise[1:], -rise[-2::-1]])
    conductance, state = [], off
    for volt in volts:
        state = on if volt >= set_at else off if volt <= reset_at else state
        conductance.append(state)
    return volts, volts * np.array(conductance)


def test_ways_and_cycles_are_found_from_the_voltages_alone():
    """Each of the points between two turns; the turns themselves belong to the way before."""
    volts = np.tile(loop(points=400)[0][1:], 3)
    way, one = ways(volts), len(volts) // 12
    turns = np.flatnonzero(np.diff(way)) + 1
    assert turns.tolist() == pytest.approx([one * n for n in range(1, 12)], abs=1)
    assert np.abs(volts[turns]).max() == pytest.approx(2 - 2 / 399)  # the first one after it
    cycle = cycles(volts, way)
    assert cycle[0] == 1 and np.unique(cycle).tolist() == [1, 2, 3]
    assert (np.flatnonzero(np.diff(cycle)) + 1).tolist() == pytest.approx([4 * one, 8 * one], abs=1)


def test_a_noisy_measured_voltage_does_not_turn_the_sweep():
    volts = np.tile(loop()[0], 2)
    noisy = volts + 2e-3 * np.random.default_rng(1).normal(size=len(volts))
    assert len(set(cycles(noisy, ways(noisy)))) == 2


def test_switching_voltages_of_a_file_without_cycles():
    rng = np.random.default_rng(2)
    sets, resets = rng.normal(1.2, 0.05, 30), -rng.normal(0.8, 0.05, 30)
    parts = [loop(s, r, points=400) for s, r in zip(sets, resets, strict=True)]
    volts, amps = (np.concatenate(column) for column in zip(*parts, strict=True))
    of = found(switching(data(voltage=volts, current=amps)))
    assert of["set_cycles"].value == of["reset_cycles"].value == 30
    for name, true in (("set", 1.2), ("reset", -0.8)):
        low, high = of[f"{name}_voltage"].interval
        assert low - 0.005 <= true <= high + 0.005
        low, high = of[f"{name}_voltage_deviation"].interval
        assert low <= 0.05 <= high
        assert 0.9 < of[f"{name}_normal_r2"].value <= 1


def test_the_polarity_that_sets_is_found_and_can_be_given():
    volts, amps = loop()
    of = found(switching(data(voltage=-volts, current=-amps)))
    assert of["set_voltage"].value == pytest.approx(-1.2, abs=0.05)
    given = switching(data(voltage=volts, current=amps), set_polarity="negative").summary
    assert [row[0] for row in given.rows] == ["RESET", "SET"]


def test_a_resistor_does_not_switch():
    volts, _ = loop()
    of = found(switching(data(voltage=volts, current=volts * 1e-4)))
    assert of["set_cycles" if "set_cycles" in of else "reset_cycles"].value == 0
    assert all(one.value is None for name, one in of.items() if name.endswith("_voltage"))


@pytest.mark.parametrize(("ratio", "switched"), [(1.2, 0), (3.0, 1)])
def test_a_loop_that_hardly_opens_is_no_switching(ratio, switched):
    volts, amps = loop(on=ratio * 1e-5, points=200)
    of = found(switching(data(voltage=volts, current=amps)))
    assert of["set_cycles"].value == of["reset_cycles"].value == switched


def test_which_polarity_sets_is_asked_where_nothing_tells():
    volts, amps = loop(points=200)
    out, back = slice(0, 200), slice(0, 400)
    one_way = data(voltage=volts[out], current=amps[out])
    with pytest.raises(SettingsError, match=r"which polarity sets: at neither .* --set-polarity"):
        switching(one_way)
    assert "set_cycles" in found(switching(one_way, set_polarity="positive"))
    held = np.abs(amps) > 1e-12
    with pytest.raises(SettingsError, match="at neither polarity"):
        switching(data(voltage=volts, current=amps, in_compliance=held))
    again = np.concatenate([amps[back], -amps[back]])
    with pytest.raises(SettingsError, match="is larger on the way back at both polarities"):
        switching(data(voltage=np.concatenate([volts[back], -volts[back]]), current=again))
    of = found(switching(data(voltage=volts[back], current=amps[back])))
    assert of["set_cycles"].value == 1 and "reset_cycles" not in of


@pytest.mark.parametrize("analysis", [switching, conduction])
def test_points_without_a_cycle_are_left_out_and_that_is_said(analysis):
    volts, amps = loop(points=100)
    cycle = np.repeat([1.0, 2.0, 3.0], len(volts))
    cycle[[5, 150, 900]] = np.nan, np.inf, np.nan
    of = analysis(data(voltage=np.tile(volts, 3), current=np.tile(amps, 3), cycle=cycle))
    assert f"3 of {len(cycle)} rows hold no number in voltage, current, cycle" in str(
        of.summary.notes
    )
    if analysis is switching:
        assert found(of)["set_cycles"].value == found(of)["reset_cycles"].value == 3
    with pytest.raises(SettingsError, match="none of its"):
        analysis(data(voltage=volts, current=amps, cycle=np.full(len(volts), np.nan)))


def test_the_first_branch_of_every_cycle_is_its_first_way():
    """Loops end at 0 V, where the next one begins: those points are no way of their own."""
    volts, amps = loop(points=100)
    cycle = np.repeat([1, 2, 3], len(volts))
    table = data(voltage=np.tile(volts, 3), current=np.tile(amps, 3), cycle=cycle)
    for number in (1, 2, 3):
        assert ", 20.2 mV to 2 V" in conduction(table, cycle=number).summary.title


def test_conduction_of_a_file_finds_the_law_that_is_in_it():
    volts = np.linspace(0.05, 1.0, 60)
    of = {
        (one.name, one.part): one
        for one in conduction(
            data(voltage=volts, current=2e-5 * volts), film=Film(thickness=50e-9)
        ).results
    }
    assert of["slope", "mechanism ohmic"].value == pytest.approx(1.0)
    volts = np.linspace(0.5, 2.0, 60)
    amps = volts**2 * np.exp(-5 / volts)
    of = {
        (one.name, one.part): one
        for one in conduction(data(voltage=volts, current=amps), film=Film(thickness=5e-9)).results
    }
    assert of["slope", "mechanism Fowler-Nordheim"].value == pytest.approx(-5.0)
    assert of["barrier", "mechanism Fowler-Nordheim"].value > 0


def test_points_in_the_limit_are_left_out_of_conduction():
    volts, amps = np.linspace(0.1, 1, 40), np.linspace(0.1, 1, 40) * 1e-3
    held = amps > 5e-4
    free = data(voltage=volts, current=np.minimum(amps, 5e-4), in_compliance=held)
    (slope,) = [one for one in conduction(free).results if one.part == "mechanism ohmic"][:1]
    assert slope.value == pytest.approx(1.0)
    with pytest.raises(SettingsError, match="out of compliance"):
        conduction(data(voltage=volts, current=amps, in_compliance=np.ones(40, bool)))


def telegraph_reads(n=6000, interval=0.01, low=0.2, high=0.1, step=0.1, noise=0.015, seed=3):
    rng, state, out = np.random.default_rng(seed), False, []
    rate = 1 / low + 1 / high
    up = (1 / low) / rate * (1 - np.exp(-rate * interval))
    down = (1 / high) / rate * (1 - np.exp(-rate * interval))
    for chance in rng.random(n):
        state = chance < up if not state else chance >= down
        out.append(1.0 + step * state)
    return np.array(out) + noise * rng.normal(size=n)


def test_telegraph_noise_is_told_with_its_times():
    reads = 1e-6 * telegraph_reads()
    of = found(noise(data(time=0.01 * np.arange(len(reads)), current=reads)))
    for name, true in (("telegraph_time_low", 0.2), ("telegraph_time_high", 0.1)):
        low, high = of[name].interval
        assert 0.85 * low <= true <= 1.15 * high
    assert of["telegraph_high"].value - of["telegraph_low"].value == pytest.approx(1e-7, rel=0.02)


@pytest.mark.parametrize("seed", range(5))
def test_noise_without_levels_has_no_telegraph(seed):
    reads = 1 + 0.1 * np.random.default_rng(seed).normal(size=4000)
    of = found(noise(data(time=0.01 * np.arange(4000), current=reads)))
    assert of["telegraph_amplitude"].value is None
    assert "sd apart" in of["telegraph_amplitude"].undetermined
    low, high = of["noise_exponent"].interval
    assert low - 0.1 <= 0 <= high + 0.1


def test_the_longest_even_stretch_is_taken_and_that_is_said():
    time = np.concatenate([0.01 * np.arange(300), 100 + 0.01 * np.arange(2000)])
    reads = 1 + 0.1 * np.random.default_rng(0).normal(size=len(time))
    of = noise(data(time=time, conductance=reads))
    assert found(of)["rsd"].source.startswith("2000 reads of the conductance, one every 10 ms")
    assert any("longest of 2 stretches" in note for note in of.summary.notes)


def test_a_read_that_is_missing_is_told():
    reads = 1 + 0.1 * np.random.default_rng(0).normal(size=500)
    reads[100] = np.nan
    of = found(noise(data(time=0.01 * np.arange(500), current=reads)))
    assert (
        of["noise_exponent"].value is None and "1 are missing" in of["noise_exponent"].undetermined
    )


def test_uneven_times_and_times_that_stand_are_refused():
    rng = np.random.default_rng(0)
    time = np.cumsum(rng.uniform(0.8, 1.2, 500))
    with pytest.raises(SettingsError, match="not evenly spaced"):
        noise(data(time=time, current=rng.normal(size=500)))
    with pytest.raises(SettingsError, match="do not increase"):
        noise(data(time=np.zeros(500), current=rng.normal(size=500)))


def test_all_reads_in_the_limit_are_no_noise():
    reads = np.ones(500) + 1e-6 * np.random.default_rng(0).normal(size=500)
    of = found(
        noise(data(time=0.01 * np.arange(500), current=reads, in_compliance=np.ones(500, bool)))
    )
    assert of["rsd"].value is None and "limit held every read" in of["rsd"].undetermined


def test_lifetimes_with_survivors():
    rng = np.random.default_rng(4)
    life = 1000 * rng.weibull(2.0, 60)
    censored = (life > 1200).astype(float)
    of = found(weibull(np.minimum(life, 1200), censored, name="made", notes=()))
    for name, true in (("weibull_shape", 2.0), ("weibull_scale", 1000.0)):
        low, high = of[name].interval
        assert low <= true <= high
    assert of["failures"].value + of["survivors"].value == 60
    of = found(weibull(np.array([1.0, 2.0]), np.zeros(2), name="made", notes=()))
    assert of["weibull_shape"].value is None and "3" in of["weibull_shape"].undetermined
    with pytest.raises(NotEnoughData):
        weibull(np.array([np.nan, -1.0]), np.zeros(2), name="made", notes=())


@pytest.mark.parametrize("odd", [2.0, -1.0, 0.3])
def test_a_cell_has_failed_or_has_not(odd):
    life, alive = np.arange(1.0, 9.0), np.array([0.0, 1.0] * 4)
    alive[3] = odd
    with pytest.raises(SettingsError, match=f"{odd:g} is neither 0, .*; 1 of 8"):
        weibull(life, alive, name="made", notes=())
    alive[3] = np.nan
    notes = weibull(life, alive, name="made", notes=()).summary.notes
    assert any(note.startswith("1 of 8 lines do not have") for note in notes)


def test_levels_that_are_apart_and_states_that_a_noise_allows():
    rng, means = np.random.default_rng(5), [10e-6, 12e-6, 12.1e-6, 20e-6]
    reads = {str(n): g * (1 + 0.01 * rng.normal(size=200)) for n, g in enumerate(means)}
    table = data(
        level=np.repeat(list(reads), 200), conductance=np.concatenate(list(reads.values()))
    )
    of = found(levels(table, minimum_gap=0.2e-6))
    assert of["levels"].value == 4 and of["separate_levels"].value == 3
    exact = 1 + np.log(2) / 0.01 / 6
    assert of["distinguishable_states"].value == pytest.approx(exact, rel=0.1)
    with pytest.raises(SettingsError, match="has no column level"):
        levels(data(conductance=[1.0, 2.0]), minimum_gap=0.2e-6)


def test_reads_of_no_level_are_left_out_and_numbers_are_levels_however_written():
    reads = 1e-6 * (np.repeat([1.0, 2.0, 10.0], 20) + 1e-3 * np.arange(60))
    level = np.repeat(["1", "2", "10"], 20).astype(object)
    level[[1, 21, 41]] = "1.0", "2.00", "1e1"
    level[[2, 22]] = "", "NaN"
    of = levels(data(level=level, conductance=reads), minimum_gap=0.2e-6)
    assert [(row[0], row[3]) for row in of.summary.rows] == [("1", "19"), ("2", "19"), ("10", "20")]
    assert "2 of 60 rows do not say of which level: left out" in of.summary.notes
    with pytest.raises(SettingsError, match="none of its 60 rows says of which level"):
        levels(data(level=[""] * 60, conductance=reads), minimum_gap=0.2e-6)


def test_a_train_that_lacks_a_read_is_left_out_and_that_is_said():
    pulse, up = np.tile(np.arange(20), 3), 1e-6 * np.tile(np.arange(1, 21.0) ** 0.5, 3)
    up[30] = np.nan
    cycle = np.repeat([1, 2, 3], 20)
    table = data(pulse=pulse, conductance=up, cycle=cycle, direction=["potentiation"] * 60)
    of = levels(table, minimum_gap=0.2e-6)
    assert of.summary.rows[0] == ("potentiation", "2", "20")
    assert any(note.startswith("1 of 3 traces of potentiation") for note in of.summary.notes)


def test_trains_have_a_symmetric_point():
    pulse = np.arange(61)
    grown = 1e-6 + 9e-6 * (1 - np.exp(-pulse / 20)) / (1 - np.exp(-3))
    up = np.tile(grown, 3)
    down = np.tile(11e-6 - grown, 3)
    noise_of = 1e-9 * np.random.default_rng(6).normal(size=len(up) * 2)
    table = data(
        pulse=np.tile(pulse, 6),
        direction=["potentiation"] * len(up) + ["depression"] * len(down),
        cycle=np.tile(np.repeat([1, 2, 3], 61), 2),
        conductance=np.concatenate([up, down]) + noise_of,
    )
    of = found(levels(table, minimum_gap=0.2e-6))
    assert of["symmetric_point"].value == pytest.approx(5.5e-6, rel=0.02)
    assert of["ltp_querlioz_beta"].value > 0 and of["ltd_querlioz_beta"].value > 0
    table.frame["direction"] = "sideways"
    with pytest.raises(SettingsError, match="it is sideways"):
        levels(table, minimum_gap=0.2e-6)


@pytest.mark.parametrize(
    "analysis",
    [
        conduction,
        switching,
        noise,
        lambda table: levels(table, minimum_gap=1e-7),
    ],
)
def test_nothing_is_made_of_a_table_without_its_columns(analysis):
    with pytest.raises(SettingsError, match=r"has no column .*; it has something"):
        analysis(data(something=[1.0, 2.0]))
