"""What a run of a campaign costs beside its measurement.

Conducts a campaign of three steps (form, look, tune) over a row of pristine cells, rehearsed on the
ideal bench, and takes the CPU time of the steps' protocols alone, on benches that are open already,
from that of the whole. Beside it stands what bounds it: the same ``run.h5`` built again, the same
results made again, and what libraries take for the least of it, the bare columns written by h5py
and the rows read by pandas. Medians over rounds in one process, which has everything loaded.

    python benchmarks/run_cost.py [CELLS] [ROUNDS]
"""

import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import h5py
import pandas as pd

from mho.campaign import read_campaign
from mho.campaign.conduct import Conduct, cells_of, conduct, jobs_of
from mho.clock import VirtualClock
from mho.recorded_results import results_of
from mho.recording import read_run, rebuild

SAMPLE = """\
name = "W12"
device = "cu-te-pristine"
[cells]
grid = "1 x {cells}"
[rehearsal]
seed = 3
"""

CAMPAIGN = """\
name = "night"
sample = "W12.toml"
bench = "ideal"

[[steps]]
name = "form"
protocol = "forming"
recipe = "cu-te-ramp"

[[steps]]
name = "look"
protocol = "iv"
recipe = "double-sweep"
set = ["step='200 mV'"]

[[steps]]
name = "tune"
protocol = "ispp"
recipe = "one-target"
set = ["targets=['50 uS']", "max_pulses=20"]
"""


def laboratory(folder: Path, cells: int) -> Path:
    """A sample and a campaign over it; gives the campaign file."""
    folder.mkdir()
    (folder / "W12.toml").write_text(SAMPLE.format(cells=cells), "utf-8")
    path = folder / "night.toml"
    path.write_text(CAMPAIGN, "utf-8")
    return path


def conducted(path: Path) -> int:
    """Carry the campaign out; gives how many runs it took."""
    return sum(1 for _ in conduct(read_campaign(path), Conduct(out=path.parent / "runs")))


def measured(path: Path) -> float:
    """The same protocols on the same cells, each from how the step before left it; no record."""
    file = read_campaign(path)
    cells = cells_of(file)
    jobs = jobs_of(file, cells)
    spent = 0.0
    for cell in cells:
        state = None
        for job in jobs.values():
            setup = replace(job.setup, seed=cell.seed)
            world = setup.simulated_world(VirtualClock())
            if state is not None:
                world.restore(state)
            with closing(setup.open(None, world)) as guarded:
                guarded.bind(job.plan())
                guarded.take()
                with guarded:
                    begin = time.process_time()
                    list(job.rows(guarded))
                    spent += time.process_time() - begin
            state = world.laid_aside()
    return spent


def cpu(work: Callable[[], object]) -> float:
    """Seconds."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def by_libraries(folder: Path) -> tuple[float, float]:
    """Seconds that h5py takes to write the columns of all runs, and pandas to read their rows."""
    journals = [path.read_bytes() for path in folder.glob("runs/*/rows.csv")]
    reading = cpu(lambda: [pd.read_csv(io.BytesIO(text)) for text in journals])
    frames = [pd.read_csv(io.BytesIO(text)) for text in journals]

    def write() -> None:
        for frame in frames:
            with h5py.File(folder / "by hand.h5", "w") as file:
                for name in frame:
                    values = frame[name]
                    if not pd.api.types.is_numeric_dtype(values) and values.dtype != bool:
                        values = values.astype("category").cat.codes
                    file.create_dataset(str(name), data=values.to_numpy())

    return cpu(write), reading


def again(folder: Path) -> tuple[float, float]:
    """Seconds to build every ``run.h5`` again, rows read, and to make all results from rows."""
    folders = list(folder.glob("runs/*/"))
    built = cpu(lambda: [rebuild(run) for run in folders])
    recorded = [replace(read_run(run), results=None) for run in folders]
    return built, cpu(lambda: [results_of(run) for run in recorded])


def main(cells: int, rounds: int) -> None:
    measures: list[tuple[float, ...]] = []
    with tempfile.TemporaryDirectory() as temporary:
        conducted(laboratory(Path(temporary) / "first", 1))  # everything is loaded now
        for number in range(rounds):
            path = laboratory(Path(temporary) / str(number), cells)
            begin = time.process_time()
            runs = conducted(path)
            whole = time.process_time() - begin
            measures.append(
                (whole, measured(path), *again(path.parent), *by_libraries(path.parent))
            )
    found = [1e3 / runs * statistics.median(each) for each in zip(*measures, strict=True)]
    print(f"{runs} runs, {rounds} rounds; CPU time a run:")
    print(f"  in the campaign          {found[0]:6.1f} ms")
    print(f"  its protocol alone       {found[1]:6.1f} ms")
    print(f"  beside the measurement   {found[0] - found[1]:6.1f} ms")
    print(f"  run.h5 built again       {found[2]:6.1f} ms, reading its rows")
    print(f"  results made again       {found[3]:6.1f} ms")
    print(f"  its columns by h5py      {found[4]:6.1f} ms")
    print(f"  its rows by read_csv     {found[5]:6.1f} ms")


if __name__ == "__main__":
    main(*(int(word) for word in [*sys.argv[1:], *("10", "3")[len(sys.argv) - 1 :]]))
