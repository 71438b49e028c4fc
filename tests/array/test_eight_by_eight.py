"""The shipped array of 8 x 8 cells on two SMUs and a matrix: every cell is tuned, once."""

import logging

import pytest

from mho.half_select import HalfSelected
from mho.pausing import Pause
from mho.recording.documents import read_results
from mho.walk import half_selected_in, read_jobs, walk

pytestmark = pytest.mark.slow


def walked(folder, cells):
    jobs = read_jobs("ispp", "ni-switch", "cu-te-1t1r-array", "one-target", cells=cells, seed=5)
    return list(walk(jobs, folder, [], Pause()))


@pytest.mark.timeout(1800)
def test_sixty_four_cells(tmp_path, caplog):
    with caplog.at_level(logging.DEBUG, "mho.drivers.ni_switch"):
        stops = walked(tmp_path / "all", "all")
    assert len({stop.job.setup.at for stop in stops}) == 64
    assert all(stop.outcome.error is None for stop in stops)
    results = [read_results(stop.outcome.folder).results for stop in stops]
    declared = [one.value for of_run in results for one in of_run if one.name == "declared"]
    assert len(declared) == 64 and sum(declared) >= 62
    exchanges = [line.getMessage() for line in caplog.records if line.getMessage()[:2] == "->"]
    connected = [n for n, line in enumerate(exchanges) if "connect_multiple" in line]
    assert len(connected) == 64
    for at in connected:
        names = [line.split()[2].partition("(")[0] for line in exchanges[at - 1 : at + 3]]
        assert names == ["disconnect_all", "connect_multiple", "get_path", "get_path"]
        assert at + 3 == len(exchanges) or "get_path" not in exchanges[at + 3]
    half = half_selected_in(stops)
    assert isinstance(half, HalfSelected)
    allowed = stops[0].job.setup.profile.array.max_half_selected_pulses
    assert 0 < half.most[0] <= 7 * 100 <= allowed
    again = walked(tmp_path / "again", "r0c0..r0c2")
    for first, second in zip(stops, again, strict=False):
        texts = [(one.outcome.folder / "rows.csv").read_text("utf-8") for one in (first, second)]
        assert texts[0] == texts[1]
