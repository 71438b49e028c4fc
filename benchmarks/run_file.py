"""What ``run.h5`` costs to build: against pandas and h5py doing the same as one would by hand.

Writes a journal of distinct rows of ISPP (no two floats alike), then, each in a process of its own
and in turn: the build by mho, and ``pandas.read_csv`` of the whole file with ``h5py`` writing its
columns. Prints CPU time and its ratio, the size of ``run.h5`` over that of ``rows.csv``, and the
peak memory of each (not on Windows).

    python benchmarks/run_file.py [ROWS] [ROUNDS]
"""

import statistics
import subprocess
import sys
import tempfile
import time
from math import nan
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from mho.protocols.ispp.row import IsppStep, Phase, Verdict
from mho.recording import RunStart, folder
from mho.recording.columns import columns, line_writer
from mho.recording.documents import write_start

AT_A_TIME = 10_000
BY_HAND = "by hand.h5"


def write_run(run: Path, rows: int) -> None:
    """A run that goes on: start and journal."""
    row = columns(IsppStep)
    start = RunStart(
        run_id="benchmark",
        protocol="ispp",
        start_time="2026-01-01T00:00:00+00:00",
        time_source="none",
        seed=0,
        bench="none",
        device="none",
        settings={"recipe": ""},
        instruments=(),
        versions={},
        columns=row,
    )
    write_start(run, start)
    line, chance = line_writer(row), np.random.default_rng(0)
    with (run / "rows.csv").open("wb") as file:
        file.write((",".join(IsppStep._fields) + "\n").encode())
        for first in range(0, rows, AT_A_TIME):
            count = min(AT_A_TIME, rows - first)
            conductances = (1e-5 + 4e-5 * chance.random(count)).tolist()
            voltages = (0.05 + 1e-6 * chance.normal(size=count)).tolist()
            pulsed = (1e-4 * chance.random(count)).tolist()
            file.writelines(
                line(step(first + number, *measured))
                for number, measured in enumerate(zip(conductances, voltages, pulsed, strict=True))
            )


def step(number: int, conductance: float, voltage: float, pulse_current: float) -> IsppStep:
    """One row; what is chosen repeats, what is measured does not."""
    current = conductance * voltage
    return IsppStep(
        time=0.01005 * (number + 1),
        target_index=number // 100 % 9,
        target=5e-5,
        phase=Phase.TUNING,
        pulse=number % 100 + 1,
        terminal="TE",
        amplitude=1.0 + 0.01 * (number % 100),
        width=1e-3,
        pulse_current=pulse_current,
        pulse_in_compliance=False,
        voltage=voltage,
        current=current,
        conductance=current / voltage,
        spread=nan,
        reads=1,
        in_compliance=False,
        status="",
        verdict=Verdict.ABOVE if number % 2 else Verdict.BELOW,
    )


def build_by_hand(run: Path) -> None:
    """Every column as pandas reads it, in chunks; words as numbers."""
    frame = pd.read_csv(run / "rows.csv")
    with h5py.File(run / BY_HAND, "w") as file:
        for name in frame:
            values = frame[name]
            if not pd.api.types.is_numeric_dtype(values) and values.dtype != bool:
                values = values.astype("category").cat.codes
            file.create_dataset(str(name), data=values.to_numpy(), chunks=(65_536,))


def measure(way: str, run: Path) -> None:
    """In a process of its own: CPU seconds of one way, and peak memory (MB)."""
    begin = time.process_time()
    if way == "mho":
        folder.rebuild(run)
    elif way == "hand":
        build_by_hand(run)
    print(time.process_time() - begin, peak_memory())


def peak_memory() -> float:
    """Of this process so far, in MB; NaN on Windows."""
    try:
        import resource
    except ImportError:
        return nan
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def main(rows: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        run = Path(temporary)
        write_run(run, rows)
        found: dict[str, list[tuple[float, float]]] = {"mho": [], "hand": [], "nothing": []}
        for _ in range(rounds):
            for way, results in found.items():
                command = [sys.executable, __file__, way, str(run)]
                said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
                seconds, memory = map(float, said.split())
                results.append((seconds, memory))
        size = {name: (run / name).stat().st_size for name in ("rows.csv", "run.h5", BY_HAND)}
    cpu = {way: statistics.median(seconds for seconds, _ in each) for way, each in found.items()}
    memory = {way: max(peak for _, peak in each) for way, each in found.items()}
    print(f"{rows} rows, {rounds} rounds")
    for way, name in (("mho", "run.h5"), ("hand", BY_HAND)):
        print(
            f"{way:5} {cpu[way]:7.2f} CPU s, {size[name] / size['rows.csv']:.2f} of rows.csv, peak "
            f"memory {memory[way]:.0f} MB (with nothing done: {memory['nothing']:.0f} MB)"
        )
    print(f"ratio of CPU time {cpu['mho'] / cpu['hand']:.2f}")


if __name__ == "__main__":
    if len(sys.argv) == 3 and not sys.argv[1].isdigit():
        measure(sys.argv[1], Path(sys.argv[2]))
    else:
        main(*(int(word) for word in [*sys.argv[1:], *("1000000", "3")[len(sys.argv) - 1 :]]))
