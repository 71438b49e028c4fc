"""What ``mho runs`` takes over many runs: built, brought up to date by one, and a query.

Rehearses one short run, copies its folder under other names, and takes times with the clock and of
the CPU. Each run gets a name, a start and results of its own, so that no two are alike.

    python benchmarks/catalogue_scale.py [RUNS]
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mho.catalogue import Catalogue
from mho.job import Said, read_job
from mho.recording.documents import (
    read_results,
    read_start,
    read_stop,
    write_results,
    write_start,
    write_stop,
)
from mho.run import execute

WHERE = "device = cu-te and median_pulses > 1 and seed < 1000 and not tag = odd"


class Copies:
    """Run folders like a first one."""

    def __init__(self, folder: Path) -> None:
        job = read_job("ispp", "ideal", "cu-te", "one-target", said=Said(tags=("benchmark",)))
        first = execute(job, folder / "first").folder
        start, stop, results = read_start(first), read_stop(first), read_results(first)
        if stop is None or results is None:
            raise SystemExit("the first run did not come to its end")
        self._start, self._stop, self._results = start, stop, results
        self._runs, self._chance = folder / "runs", random.Random(1)
        self._runs.mkdir()

    def add(self, number: int) -> None:
        """One more."""
        moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
        name = f"{moment:%Y%m%dT%H%M%S}000_ispp_{number:08d}"
        folder = self._runs / name
        folder.mkdir()
        tags = ("odd",) if number % 2 else ("even", "benchmark")
        began = moment.isoformat()
        write_start(
            folder,
            replace(self._start, run_id=name, start_time=began, seed=number, tags=tags),
            durable=False,
        )
        write_stop(folder, self._stop, durable=False)
        changed = tuple(
            replace(one, value=one.value * self._chance.uniform(0.5, 2), interval=None)
            if isinstance(one.value, float)
            else one
            for one in self._results.results
        )
        written = replace(self._results, run_id=name, start_time=began, results=changed)
        write_results(folder, written, durable=False)

    @property
    def folder(self) -> Path:
        """Where they are."""
        return self._runs


def took(what: str, work: Callable[[], object]) -> None:
    """Print what work takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{what:40} {wall:8.3f} s by the clock, {cpu:8.3f} s CPU  {found or ''}", flush=True)


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        copies = Copies(Path(temporary))
        took(f"{runs} run folders made", lambda: [copies.add(n) for n in range(runs)][1:0])
        with Catalogue(copies.folder) as catalogue:
            took("built", catalogue.update)
            took("brought up to date by none", catalogue.update)
            copies.add(runs)
            took("brought up to date by one", catalogue.update)
            took("a query, runs that it found", lambda: len(catalogue.select(WHERE)))
            took("a query, few found", lambda: len(catalogue.select(f"{WHERE} and seed < 14")))
            took("a query, all found", lambda: len(catalogue.select()))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
