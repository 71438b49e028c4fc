"""Numbers of docs/three_terminal_cells.md about a single cell: states, asymmetry, closed loop."""

from functools import cache

import numpy as np
import pytest

from mho import plugins
from mho.protocols.program.results import judged
from mho.testing.protocol_runs import frame, run_shipped

SIMULATED = ("ni-pxie-4139", "keithley-4200a")
CELL = "device.model.parameters."


@cache
def of_full_range(bench, seed, *options):
    resolved, rows = run_shipped(
        "ltp_ltd", bench, "ecram-metal-oxide", "ecram-full-range", seed=seed, options=options
    )
    kind = plugins.load(plugins.PROTOCOLS, "ltp_ltd")
    return {one.name: one for one in kind.results(frame(rows), resolved)}


def holds(seed, bench, *options):
    """Whole intervals: over 1,000 states at three sigma, up and down alike within 5 %."""
    found = of_full_range(bench, seed, *options)
    assert found["states_at_3_sigma"].interval[0] > 1000
    assert found["asymmetry"].interval[1] < 0.05
    assert found["window"].value > 8


def test_states_and_asymmetry_of_an_oxide_cell():
    holds(1, "ideal", "cycles=1")


@pytest.mark.slow
@pytest.mark.parametrize("bench", SIMULATED)
@pytest.mark.parametrize("seed", range(3))
def test_states_and_asymmetry_through_instruments(bench, seed):
    holds(seed, bench)


@pytest.mark.slow
def test_a_noise_that_hides_states_is_told():
    found = of_full_range("ideal", 0, "cycles=1", CELL + "noise_level=0.1 %")
    assert 550 < found["states_at_3_sigma"].value < 750


def programmed(cells, device, bench, *options):
    """Shares of targets declared, and true; the most pulses for one; what the last verdict says."""
    tables, notes = [], ()
    for seed in range(cells):
        resolved, rows = run_shipped(
            "program", bench, device, device, seed=seed, options=list(options)
        )
        tables.append(judged(frame(rows)))
        kind = plugins.load(plugins.PROTOCOLS, "program")
        notes = kind.summary(frame(rows), resolved).notes
    declared = np.concatenate([one["verdict"] == "reached" for one in tables])
    true = np.concatenate([one["true"] for one in tables])
    return declared.mean(), np.nanmean(true), max(one["pulses"].max() for one in tables), notes


def within_three_pulses(cells, device, bench="ideal"):
    declared, true, pulses, _ = programmed(cells, device, bench)
    assert true >= 0.95 and declared >= 0.95 and pulses <= 3


def test_three_pulses_reach_half_a_percent_of_the_range():
    within_three_pulses(3, "ecram-oxide-10-ns")


def test_a_verdict_tells_what_is_lost_by_looking_at_once():
    _, true, _, notes = programmed(2, "ecram-oxide-10-ns", "ideal", "settings.settle=1 us")
    assert true < 0.5
    assert any("false accepts" in note for note in notes)


@pytest.mark.slow
@pytest.mark.parametrize("device", ["ecram-oxide-10-ns", "ecram-metal-oxide"])
def test_three_pulses_reach_half_a_percent_of_the_range_on_many_cells(device):
    within_three_pulses(50, device)


@pytest.mark.slow
@pytest.mark.parametrize("bench", SIMULATED)
def test_three_pulses_reach_it_through_instruments(bench):
    within_three_pulses(5, "ecram-metal-oxide", bench)
