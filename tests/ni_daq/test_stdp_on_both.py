"""The same cell under the spikes of the paper, by a DAQ card and by pulse cards: one curve."""

import pytest

from mho.job import read_job
from mho.testing.protocol_runs import frame

BENCHES = {
    "ni-daq": [],
    "keithley-4200a-pmu": ['bench.terminals.TE.compensate="last read"'],  # its 50 ohm
}
NAMES = ("a_positive", "a_negative", "tau_positive", "tau_negative")


def window(bench, seed):
    job = read_job("stdp", bench, "alpha-fe2o3", "published", seed=seed, options=BENCHES[bench])
    assert job.refusals() == []
    with job.setup.open() as opened:
        rows = frame(list(job.protocol.run(opened, job.recipe)))
    found = {one.name: one for one in job.protocol.results(rows, job.recipe)}
    return {name: (found[name].value, found[name].interval) for name in NAMES}


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [0, 1])
def test_both_sides_of_the_window_agree_within_their_intervals(seed):
    card, pulses = (window(bench, seed) for bench in BENCHES)
    for name in NAMES:
        (_, (low, high)), (_, (other_low, other_high)) = card[name], pulses[name]
        assert low <= other_high and other_low <= high, (name, card[name], pulses[name])
    for found in (card, pulses):
        assert found["a_positive"][1][0] > 0 > found["a_negative"][1][1]
