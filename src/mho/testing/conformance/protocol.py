"""What is recorded of every protocol can be read again: its results, verdict and figure."""

import json
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from mho.job import Job, read_job
from mho.recorded_results import made_results
from mho.recording.documents import read_results, results_text
from mho.recording.folder import RecordedRun, read_run
from mho.result import Result
from mho.run import execute


class ProtocolConformance:
    """A short run of a protocol, and what its functions make of the rows.

    Attributes
    ----------
    protocol
        Its name in the entry-point group ``mho.protocols``.
    bench, device, recipe
        Shipped names or paths of TOML files; the bench is a simulated one.
    options
        ``key=value`` laid over the files, as ``mho run --set`` takes them.
    """

    protocol: str = ""
    bench: str = "ideal"
    device: str = ""
    recipe: str = ""
    options: tuple[str, ...] = ()

    @pytest.fixture(scope="class")
    @classmethod
    def job(cls) -> Job:
        """The job that is run once for all tests of the class."""
        if not (cls.protocol and cls.device and cls.recipe):
            pytest.fail(
                f"{cls.__name__} does not say what is run; give it protocol, device and recipe"
            )
        return read_job(cls.protocol, cls.bench, cls.device, cls.recipe, options=cls.options)

    @pytest.fixture(scope="class")
    @classmethod
    def recorded(cls, job: Job, tmp_path_factory: pytest.TempPathFactory) -> RecordedRun:
        """The run, as its folder tells it."""
        outcome = execute(job, tmp_path_factory.mktemp("runs"))
        assert outcome.error is None, outcome.error
        return read_run(outcome.folder)

    def results(self, job: Job, recorded: RecordedRun, rows: pd.DataFrame) -> tuple[Result, ...]:
        """What the protocol makes of these rows; nothing in it may fail."""
        found = made_results(replace(recorded, rows=rows), job.protocol, job.recipe)
        assert not found.problem, f"of {len(rows)} rows: {found.problem}"
        return found.results

    def test_its_results_are_recorded(self, job: Job, recorded: RecordedRun) -> None:
        """What is in ``results.json`` is in ``run.h5``, and is made of the rows again."""
        assert recorded.results is not None and not recorded.results.problem
        again = self.results(job, recorded, recorded.rows)
        assert recorded.results.results == again
        assert _in_hdf5(recorded.folder) == [_cells(one) for one in again]

    def test_its_results_are_json_without_nan(self, recorded: RecordedRun) -> None:
        """A strict parser takes the file, and it reads back as it was."""

        def refuse(word: str) -> None:
            raise AssertionError(f"results.json has {word}, which is no JSON")

        results = read_results(recorded.folder)
        assert results is not None
        text = (recorded.folder / "results.json").read_text("utf-8")
        assert json.loads(text, parse_constant=refuse)["protocol"] == self.protocol
        assert results_text(results) == text

    @pytest.mark.parametrize("share", [0.0, 0.03, 0.3, 0.6, 0.97])
    def test_a_run_that_was_cut_has_results(
        self, job: Job, recorded: RecordedRun, share: float
    ) -> None:
        """Figures of merit of the rows there are, and what they cannot tell is said."""
        rows = recorded.rows.iloc[: max(1, int(share * len(recorded.rows)))]
        self.results(job, recorded, rows)
        job.protocol.summary(rows, job.recipe)

    def test_what_was_not_measured_is_no_number(self, job: Job, recorded: RecordedRun) -> None:
        """With NaN in the place of every measured number results fail in nothing."""
        rows = recorded.rows.copy()
        for column in recorded.start.columns:
            if column.kind == "float" and column.name in _MEASURED:
                rows[column.name] = np.nan
        self.results(job, recorded, rows)

    def test_its_figure_and_verdict_are_made_of_the_rows(
        self, job: Job, recorded: RecordedRun
    ) -> None:
        """Each line of the verdict has a cell a header, and the figure has lines."""
        summary = job.protocol.summary(recorded.rows, job.recipe)
        assert all(len(row) == len(summary.headers) for row in summary.rows)
        assert job.protocol.figure(recorded.rows, job.recipe).panels


_MEASURED = (
    "voltage",
    "current",
    "conductance",
    "pulse_voltage",
    "pulse_current",
    "read_voltage",
    "read_current",
)


def _cells(result: Result) -> tuple[object, ...]:
    value = result.value if isinstance(result.value, float) else None
    word = result.value if isinstance(result.value, str) else ""
    told = result.method, result.source, result.undetermined
    return result.name, result.part, value, result.interval, word, result.unit, *told


def _in_hdf5(folder: Path) -> list[tuple[object, ...]]:
    with h5py.File(folder / "run.h5") as file:
        group = file["results"]
        text = {
            name: group[name].asstr()[:]
            for name in ("name", "part", "word", "unit", "method", "source", "undetermined")
        }
        value, low, high = (group[name][:] for name in ("value", "low", "high"))
    return [
        (
            text["name"][n],
            text["part"][n],
            None if np.isnan(value[n]) else value[n],
            None if np.isnan(low[n]) else (_end(low[n]), _end(high[n])),
            *(text[name][n] for name in ("word", "unit", "method", "source", "undetermined")),
        )
        for n in range(len(value))
    ]


def _end(end: float) -> float | None:
    return None if np.isinf(end) else float(end)
