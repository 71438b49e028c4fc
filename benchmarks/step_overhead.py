"""What mho adds to one closed-loop step, over the same exchanges sent by bare client code.

Both talk over one session to the same simulated PXIe-4139 with a resistor on it, served by a
process of its own in virtual time. Step by step in turn: four exchanges by mho (guard, ISPP,
driver, row written to the journal) and the same four by plain `nidcpower` calls, in the order
A B B A. Prints medians, and the median of the paired differences.

After an exchange that blocked, Python code runs from cold caches, several times slower than in a
tight loop. So that the figure can be compared with others that were taken without a wire (a
simulated VISA instrument in the same process), the same steps are then timed once more with a
session that answers at once, less the four calls themselves.

    python benchmarks/step_overhead.py [STEPS]
"""

import gc
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nidcpower

from mho.bench.guard import GuardedBench
from mho.job import Job, read_job
from mho.recording.columns import Column, columns
from mho.recording.journal import Journal
from mho.recording.recorder import RunRecorder

WARM_UP = 200


def bare_step(session: "nidcpower.Session", level: float) -> None:
    """One closed-loop step as a script without mho would send it."""
    session.voltage_level = level
    session.initiate()
    session.fetch_multiple(3, 0.1)
    session.abort()


def serve() -> "subprocess.Popen[str]":
    """The simulated instruments in a process of their own."""
    command = [sys.executable, "-m", "mho", "serve", "ni", "--port", "0", "--fast"]
    return subprocess.Popen([*command, "--device", "resistor"], stdout=subprocess.PIPE, text=True)


def job_on(address: str, steps: int) -> Job:
    """A target that a resistor never reaches, by steps that never arrive at their limit."""
    options = [
        f"bench.target={address}",
        'targets=["3 uS"]',
        "step=0.1 uV",
        f"max_pulses={20 * steps}",
        "stuck_after=1000000",
        f"device.dose.max_pulses={20 * steps}",
        "device.dose.max_charge=1000 C",
    ]
    return read_job("ispp", "ni-pxie-4139", "resistor", "one-target", options=options)


class PromptSession:
    """Stands in for the client's session and answers at once."""

    voltage_level = 0.0

    def __init__(self, measurements: "list[nidcpower.session.Measurement]") -> None:
        self._measurements = measurements

    def initiate(self) -> None:
        """Nothing to wait for."""

    def fetch_multiple(self, _count: int, _timeout: float) -> "list[nidcpower.session.Measurement]":
        """What the last real step measured."""
        return self._measurements

    def abort(self) -> None:
        """Nothing to abort."""


def recorder_in(folder: Path, row: tuple[Column, ...], bench: GuardedBench) -> RunRecorder:
    """What records a run in this folder, as the bench's guard knows it."""
    journal = Journal(folder / "rows.csv", row)
    recorder = RunRecorder(journal, folder, row, bench.clock, lambda _: None)
    bench.record_with(recorder)
    return recorder


def measure(job: Job, steps: int) -> tuple[list[float], list[float], float]:
    """Seconds of each step through mho and of each bare step in pairs; own time without wire."""
    bench = job.setup.open()
    through, bare = [], []
    with tempfile.TemporaryDirectory() as folder, bench:
        recorder = recorder_in(Path(folder), columns(job.protocol.row), bench)
        rows = job.protocol.run(bench, job.recipe)
        recorder.write(next(rows))  # opens and loads what the bare steps then use
        (instrument,) = bench._bench._instruments.values()
        channel = instrument._channels["TE"]
        session = channel._session

        def by_mho(_: int) -> float:
            start = time.perf_counter()
            recorder.write(next(rows))
            return time.perf_counter() - start

        def by_client(number: int) -> float:
            start = time.perf_counter()
            bare_step(session, -0.5 - 1e-7 * number)
            return time.perf_counter() - start

        for number in range(WARM_UP):
            by_mho(number)
            by_client(number)
        gc.disable()
        for number in range(0, steps, 2):
            through.append(by_mho(number))
            bare.append(by_client(number))
            bare.append(by_client(number + 1))
            through.append(by_mho(number + 1))
        session.initiate()
        prompt = session = PromptSession(channel._session.fetch_multiple(3, 0.1))
        real = channel._session
        channel._session = channel._sent._session = prompt
        real.abort()
        own = [by_mho(number) - by_client(number) for number in range(steps)]
        channel._session = channel._sent._session = real
        gc.enable()
        recorder.close(complete=True)
    return through, bare, statistics.median(own)


def main(steps: int) -> None:
    """Measure and print."""
    server = serve()
    try:
        assert server.stdout is not None  # noqa: S101
        said = (line.partition(" = ") for line in server.stdout)
        address = next(value for key, _, value in said if key == "target").strip().strip('"')
        through, bare, own = measure(job_on(address, steps), steps)
    finally:
        server.terminate()
        server.wait()
    differences = [a - b for a, b in zip(through, bare, strict=True)]
    middle = statistics.median
    error = 1.2533 * statistics.stdev(differences) / len(differences) ** 0.5
    print(f"{len(differences)} pairs of steps, four exchanges each")
    print(f"bare client   {middle(bare) * 1e6:8.1f} us a step (median)")
    print(f"through mho   {middle(through) * 1e6:8.1f} us a step (median)")
    print(
        f"mho adds      {middle(differences) * 1e6:8.1f} us a step (median of paired differences,"
    )
    print(f"              standard error about {error * 1e6:.1f} us)")
    print(f"ratio         {middle(through) / middle(bare):8.3f}")
    print(
        f"without wire  {own * 1e6:8.1f} us a step (median; guard, ISPP, driver, row in the file)"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3000)
