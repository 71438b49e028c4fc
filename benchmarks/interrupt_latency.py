"""How long after Ctrl-C (SIGINT) the outputs are at 0 V, in a hold of 10 s on the real clock.

A run in a process of its own, the simulated PXIe-4139 in this one. Counted from sending the signal
to the moment at which the simulated instruments see 0 V at every terminal.

    python benchmarks/interrupt_latency.py [TIMES]
"""

import signal
import subprocess
import sys
import tempfile
import time

from mho.clock import RealClock
from mho.plugins import INSTRUMENTS, load
from mho.rehearsal import World
from mho.settings import read_device
from mho.simulated import simulated_device


def interrupted_once() -> float:
    """Seconds from the signal to outputs at 0 V."""
    _, profile = read_device("cu-te-1t1r")
    wiring = {"PXI1Slot2/0": "TE", "PXI1Slot3/0": "gate"}
    device = simulated_device(profile, 0, "benchmark")
    server = load(INSTRUMENTS, "ni").start(World(device, RealClock(), 0), wiring, 0)

    def levels() -> dict[str, float]:
        return {name: drive.level for name, drive in server.world.drives().items()}

    def in_hold() -> bool:
        said = len(server.exchanges)
        time.sleep(0.3)
        return levels().get("TE") == 0.05 and len(server.exchanges) == said

    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "mho", "run", "ispp", "--bench", "ni-pxie-4139"]
        command += ["--device", "cu-te-1t1r", "--recipe", "one-target", "--out", folder, "--yes"]
        command += ["--set", f"bench.target={server.address}", "--set", "check.reads=1000"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not in_hold():
            pass
        sent = time.perf_counter()
        process.send_signal(signal.SIGINT)
        while any(levels().values()):
            time.sleep(0.0005)
        taken = time.perf_counter() - sent
        process.wait()
    server.stop()
    return taken


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    times = sorted(interrupted_once() * 1e3 for _ in range(count))
    print("outputs at 0 V after " + ", ".join(f"{taken:.0f}" for taken in times) + " ms")
