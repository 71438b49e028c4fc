"""Dry-run speed of ISPP through the simulated benches: steps per CPU second, and whose time it is.

The nine-target recipe without its check reads, on the simulated 1T1R cell, over several seeds; the
benches take turns, so that the last column, CPU time over that of the first bench, does not depend
on how busy the machine is. All figures are CPU time of the whole process: a server in threads of
its own is counted, waiting is not. Each run is played a few times, and the fastest one counts.

A second pass shares the time out by switching, on the clock of the thread that is running: what
runs inside the device model is physics, the rest of what runs inside the simulated instrument is
the instrument's, everything else is mho's side (client library, driver, guard, protocol).

    python benchmarks/dry_run_speed.py [BENCH ...]
"""

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from mho import setup
from mho.job import read_job
from mho.sim_instruments.ideal_instrument import IdealInstrument
from mho.sim_instruments.keithley_4200a.wire import Wire
from mho.sim_instruments.ni_device_server.server import Server

BENCHES = ("ideal", "keithley-4200a", "keithley-4200a-pmu", "ni-pxie-4139")
SEEDS = 4
ROUNDS = 5


def play(bench: str, seed: int) -> tuple[int, float]:
    """Steps, and seconds of CPU time."""
    job = read_job("ispp", bench, "cu-te-1t1r", "nine-targets", seed=seed)
    recipe = job.recipe.model_copy(update={"check": None})
    with job.setup.open() as opened:
        start = time.process_time()
        steps = sum(1 for _ in job.protocol.run(opened, recipe))
        return steps, time.process_time() - start


class Shares:
    """CPU seconds inside the device model and inside the simulated instrument, physics included."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._lock = threading.Lock()

    def timed(self, layer: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """``call``, the time of its thread added to ``layer``."""

        def timing(*arguments: Any, **options: Any) -> Any:
            start = time.thread_time()
            try:
                return call(*arguments, **options)
            finally:
                with self._lock:
                    self.spent[layer] += time.thread_time() - start

        return timing

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Time devices and instruments that are made meanwhile."""
        build, handler = setup.simulated_device, Server._handler

        def device(*arguments: Any) -> Any:
            built = build(*arguments)
            built.advance = self.timed("physics", built.advance)
            built.respond = self.timed("physics", built.respond)
            return built

        def timed_handler(*arguments: Any) -> Any:
            made: Any = handler(*arguments)
            return made._replace(unary_unary=self.timed("instrument", made.unary_unary))

        with ExitStack() as patched:
            for owner, name, replacement in (
                (setup, "simulated_device", device),
                (Server, "_handler", timed_handler),
                (Wire, "receive", self.timed("instrument", Wire.receive)),
                (IdealInstrument, "play", self.timed("instrument", IdealInstrument.play)),
            ):
                patched.callback(setattr, owner, name, getattr(owner, name))
                setattr(owner, name, replacement)
            yield


def main(benches: tuple[str, ...]) -> None:
    """Measure and print."""
    steps: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    for bench in benches:
        play(bench, 0)
    for seed in range(SEEDS):
        rounds = [{bench: play(bench, seed) for bench in benches} for _ in range(ROUNDS)]
        for bench in benches:
            steps[bench] += rounds[0][bench][0]
            seconds[bench] += min(played[bench][1] for played in rounds)
    cost = {bench: seconds[bench] / steps[bench] for bench in benches}
    print("bench                steps/CPU s  us a step   over the first")
    for bench in benches:
        over = cost[bench] / cost[benches[0]]
        print(f"{bench:20s} {1 / cost[bench]:11.0f} {1e6 * cost[bench]:10.0f} {over:12.2f}")
    print("\nbench                 physics  instrument  mho and client")
    for bench in benches:
        shares = Shares()
        with shares.taken():
            total = sum(play(bench, seed)[1] for seed in range(SEEDS))
        physics, instrument = shares.spent["physics"], shares.spent["instrument"]
        parts = (physics, instrument - physics, total - instrument)
        print(f"{bench:20s}" + "".join(f" {part / total:10.1%}" for part in parts))


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or BENCHES)
