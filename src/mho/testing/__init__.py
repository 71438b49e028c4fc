"""What this package tests itself with, for packages that add a protocol, a driver or a device.

A protocol is tested on a bench that notes what reaches it (`NotingBench`) and on shipped benches
(`run_shipped`). A driver has to pass `mho.testing.conformance`, which is a suite of pytest, and
scenarios in which exchanges fail (`mho.testing.faults`). A device model has a suite there, too.
"""

from mho.testing.noting_bench import NotingBench
from mho.testing.profiles import make_limits, make_profile
from mho.testing.protocol_runs import bench_of, frame, run_shipped
from mho.testing.rehearsal import Rehearsed, rehearse

__all__ = [
    "NotingBench",
    "Rehearsed",
    "bench_of",
    "frame",
    "make_limits",
    "make_profile",
    "rehearse",
    "run_shipped",
]
