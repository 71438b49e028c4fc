"""Runs of the command line in processes of their own, on served instruments."""

import os
import subprocess
import sys
import time
from pathlib import Path

from serving import served

MHO = (sys.executable, "-m", "mho")


class OnServed:
    """How a run is pointed to a served instrument."""

    def __init__(self, instrument, bench, key, wiring=""):
        self.instrument, self.bench, self.key, self.wiring = instrument, bench, key, wiring

    def serve(self, device="cu-te-1t1r", *, seed=0):
        return served(self.instrument, device, seed=seed, wiring=self.wiring)

    def run(self, server, job, out, *, device="cu-te-1t1r"):
        """The command of a run; ``job`` is "protocol recipe"."""
        protocol, recipe = job.split()
        return [
            *MHO, "run", protocol, "--bench", self.bench, "--device", device, "--recipe", recipe,
            "--yes", "--out", str(out), "--set", f"bench.{self.key}={server.address}",
        ]  # fmt: skip

    def sweep(self, server, out, *, cycles=1, device="cu-te-1t1r"):
        """A double sweep of 1.7 s a cycle: a served instrument plays in real time."""
        command = self.run(server, "iv double-sweep", out, device=device)
        return [*command, "--set", "step=100 mV", "--set", f"cycles={cycles}"]

    def off(self, server, *options):
        return [*MHO, "off", self.bench, "--set", f"{self.key}={server.address}", *options]


NI = OnServed("ni", "ni-pxie-4139", "target")
SMUS = OnServed("keithley-4200a", "keithley-4200a", "connection", "SMU1=TE,SMU2=gate")
PULSES = OnServed("keithley-4200a", "keithley-4200a-pmu", "connection", "PMU1-1=TE,SMU1=gate")


def start(command, **options):
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, **options)


def done(command):
    return subprocess.run(command, capture_output=True, text=True, timeout=400)


def wait_until(condition, timeout=60.0):
    """Seconds until it held."""
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() - begin < timeout, "waited in vain"
        time.sleep(0.02)
    return time.monotonic() - begin


def is_on(server):
    return any(server.levels().values())


def only_run(out):
    (folder,) = Path(out).iterdir()
    return folder


def locks():
    return sorted(path.name for path in Path(os.environ["MHO_LOCKS"]).iterdir())
