"""The shipped array of 8 x 8 cells on two SMUs and a matrix: every cell is tuned, once."""

import logging

import pytest

from mho.half_select import HalfSelected
from mho.pausing import Pause
from mho.recording.documents import read_results
from mho.walk import half_selected_in, read_jobs, walk

pytestmark = pytest.mark.slow

LEAST_DECLARED = {"ispp": 62, "program": 64}
LEAST_TRUE = 58  # of 64 asked for with 90 % confidence: the expected share


def walked(folder, protocol, cells):
    jobs = read_jobs(protocol, "ni-switch", "cu-te-1t1r-array", "one-target", cells=cells, seed=5)
    return list(walk(jobs, folder, [], Pause()))


def results_named(stops, name):
    """The values of a result of the run as a whole, cell by cell."""
    results = [one for stop in stops for one in read_results(stop.outcome.folder).results]
    return [one.value for one in results if one.name == name and not one.part]


def pulses_by_cell(stops):
    """Programming pulses at TE that each run was billed."""
    return {
        stop.job.setup.at: max(one.pulses for one in stop.outcome.stop.dose if one.terminal == "TE")
        for stop in stops
    }


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("protocol", ["ispp", "program"])
def test_sixty_four_cells(tmp_path, caplog, protocol):
    with caplog.at_level(logging.DEBUG, "mho.drivers.ni_switch"):
        stops = walked(tmp_path / "all", protocol, "all")
    assert len({stop.job.setup.at for stop in stops}) == 64
    assert all(stop.outcome.error is None for stop in stops)
    declared = results_named(stops, "declared")
    assert len(declared) == 64 and sum(declared) >= LEAST_DECLARED[protocol]
    if protocol == "program":
        true = results_named(stops, "true")
        assert len(true) == 64 and sum(true) >= LEAST_TRUE
    exchanges = [line.getMessage() for line in caplog.records if line.getMessage()[:2] == "->"]
    connected = [n for n, line in enumerate(exchanges) if "connect_multiple" in line]
    assert len(connected) == 64
    for at in connected:
        names = [line.split()[2].partition("(")[0] for line in exchanges[at - 1 : at + 3]]
        assert names == ["disconnect_all", "connect_multiple", "get_path", "get_path"]
        assert at + 3 == len(exchanges) or "get_path" not in exchanges[at + 3]
    half = half_selected_in(stops)
    assert isinstance(half, HalfSelected)
    pulses = pulses_by_cell(stops)
    on_line = [sum(n for at, n in pulses.items() if at.column == column) for column in range(8)]
    allowed = stops[0].job.setup.profile.array.max_half_selected_pulses
    assert half.most[0] == max(on_line[at.column] - n for at, n in pulses.items()) > 0
    assert half.most[0] <= 7 * 100 <= allowed
    again = walked(tmp_path / "again", protocol, "r0c0..r0c2")
    for first, second in zip(stops, again, strict=False):
        texts = [(one.outcome.folder / "rows.csv").read_text("utf-8") for one in (first, second)]
        assert texts[0] == texts[1]
