"""The names in the documents are those that results have, each with its unit."""

import re
from pathlib import Path

import pytest
from recorded_runs import SHORT_RUNS

import mho

DOCUMENT = Path(__file__).parents[2] / "docs" / "results.md"
LINE = re.compile(r"^\| (`[a-z0-9_]+`(?:, `[a-z0-9_]+`)*) \| ([^|]*) \|", re.MULTILINE)
OTHERS = {  # what the short runs do not ask for
    "true": "1", "true_share": "1", "median_error": "1", "gain_growth": "1",
    "on_resistance": "ohm", "length_modulation": "1/V", "gain_factor": "A/V^2",
}  # fmt: skip


@pytest.mark.slow
def test_every_name_in_the_document_is_one(tmp_path):
    units = dict(OTHERS)
    for protocol, (device, recipe, options) in SHORT_RUNS.items():
        job = mho.read_job(protocol, "ideal", device, recipe, options=options)
        results = mho.results_of(mho.execute(job, tmp_path).folder).results
        for result in results:
            assert units.setdefault(result.name, result.unit) == result.unit, result.name
    names = DOCUMENT.read_text(encoding="utf-8").partition("## Names")[2].partition("# Analyses")[0]
    documented = {}
    for cells, unit in LINE.findall(names):
        found = [cell.strip("`") for cell in cells.split(", ")]
        each = unit.split(", ") if ", " in unit else [unit.strip()] * len(found)
        documented |= dict(zip(found, each, strict=True))
    assert len(documented) > 80
    assert documented == {name: units.get(name) for name in documented}
