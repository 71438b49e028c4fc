"""Protocols made for two terminals run as they are on gate, drain and source, alike on every bench.

The benches play the same cell (one seed), so what they read differs by the noise of the channel,
0.1 %, and by that of the steps, whose random numbers are drawn piece by piece of a stimulus.
"""

from functools import cache

import numpy as np
import pytest

from mho.testing.protocol_runs import frame, run_shipped

BENCHES = ("ideal", "ni-pxie-4139", "keithley-4200a")
SIMULATED = BENCHES[1:]
PRESETS = ("ecram-lithium", "ecram-metal-oxide")
ALIKE = 4e-3
"""Relative; four standard deviations of a read."""

SHORTER = {
    "ltp_ltd": ("cycles=1", "preparation=[]", "potentiation.pulses=20", "depression.pulses=20"),
    "retention": ('times.interval="10 s"', 'levels=[{prepare=[{does="set", amplitude="5 V"}]}]'),
    "endurance": ("cycles=3",),
    "read_disturb": ("reads=100", "probes=20"),
    "ispp": ('targets=["26 uS"]',),
    "pulse_response": ("repeats=1",),
    "ppf": ("repeats=1",),
}


@cache
def run(protocol, bench, preset):
    _, rows = run_shipped(protocol, bench, preset, preset, options=SHORTER[protocol])
    return frame(rows)


@pytest.mark.parametrize("bench", SIMULATED)
@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("protocol", [name for name in SHORTER if name != "pulse_response"])
def test_conductances_are_those_of_the_ideal_bench(protocol, bench, preset):
    ideal, found = run(protocol, "ideal", preset), run(protocol, bench, preset)
    if protocol == "ispp":  # how many pulses it takes is a matter of noise
        assert abs(len(found) - len(ideal)) <= 3
        ideal, found = ideal.tail(1), found.tail(1)
    assert found["conductance"].to_numpy() == pytest.approx(ideal["conductance"].to_numpy(), ALIKE)
    assert not found["in_compliance"].any()


@pytest.mark.parametrize("bench", SIMULATED)
@pytest.mark.parametrize("preset", PRESETS)
def test_gate_currents_are_those_of_the_ideal_bench(bench, preset):
    ideal, found = (run("pulse_response", which, preset) for which in ("ideal", bench))
    pulse = ideal["phase"] == "pulse"
    assert found["current"][pulse].to_numpy() == pytest.approx(
        ideal["current"][pulse].to_numpy(), rel=5e-3
    )
    assert found["current"][~pulse].abs().max() < 2e-3 * found["current"].max()


@pytest.mark.parametrize("bench", BENCHES)
@pytest.mark.parametrize("preset", PRESETS)
def test_a_cell_follows_its_gate(bench, preset):
    """Up by potentiation, down by depression; a long pulse up and one down open a window."""
    trains = run("ltp_ltd", bench, preset)
    up, down = (
        trains[trains["direction"] == direction]["conductance"].to_numpy()
        for direction in ("potentiation", "depression")
    )
    assert up[-1] > 1.02 * up[0] and down[-1] < 0.98 * down[0]
    assert np.polyfit(range(len(up)), up, 1)[0] > 0 > np.polyfit(range(len(down)), down, 1)[0]
    cycled = run("endurance", bench, preset)
    assert cycled["window"].dropna().min() > 1.3
    tuned = run("ispp", bench, preset)
    assert (tuned["phase"].iloc[-1], tuned["verdict"].iloc[-1]) == ("check", "reached")
    assert tuned["conductance"].iloc[-1] == pytest.approx(26e-6, rel=0.015)


@pytest.mark.parametrize("bench", BENCHES)
@pytest.mark.parametrize("preset", PRESETS)
def test_reads_along_the_channel_leave_the_state_alone(bench, preset):
    reads = run("read_disturb", bench, preset)
    probes = reads[reads["phase"] != "disturb"].groupby(["series", "phase"], observed=True)
    means = probes["conductance"].mean()
    assert means.max() / means.min() - 1 < ALIKE


@pytest.mark.parametrize("bench", BENCHES)
@pytest.mark.parametrize("preset", PRESETS)
def test_pairs_show_no_facilitation(bench, preset):
    """A second pulse adds what the first one added, however long after."""
    pairs = run("ppf", bench, preset)
    first, second = (pairs[pairs["pulse"] == number]["conductance"].to_numpy() for number in (1, 2))
    assert second / first == pytest.approx(np.full(len(first), 1.002), abs=ALIKE)


def change(bench, preset, *options):
    """Relative change of a level in a minute: means of the first and of the last reads."""
    levels = '[{prepare=[{does="set", amplitude="4 V", count=300}]}]'
    options = (f"levels={levels}", *options)
    _, rows = run_shipped("retention", bench, preset, preset, options=options)
    conductances = frame(rows)["conductance"].to_numpy()
    assert len(conductances) == 60
    return conductances[-5:].mean() / conductances[:5].mean() - 1


@pytest.mark.parametrize("bench", BENCHES)
def test_a_lithium_cell_keeps_its_state_while_its_gate_is_open(bench):
    assert abs(change(bench, "ecram-lithium")) < 0.005


@pytest.mark.parametrize("bench", BENCHES)
def test_a_grounded_gate_discharges_a_lithium_cell(bench):
    grounded = change(bench, "ecram-lithium", "device.terminals.gate.rests=grounded")
    assert grounded < -0.02


@pytest.mark.parametrize("bench", BENCHES)
def test_a_metal_oxide_cell_does_not_care(bench):
    grounded = change(bench, "ecram-metal-oxide", "device.terminals.gate.rests=grounded")
    assert abs(grounded) < 0.005
