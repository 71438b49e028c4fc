"""Dry-run speed of ISPP through a simulated bench: steps per CPU second, and whose time it is.

The nine-target recipe without its check reads, on the simulated 1T1R cell, over several seeds. CPU
time of the process, so that a busy machine counts little. It is shared out by switching: what runs
inside the device model is physics, the rest of what runs inside the simulated instrument is the
instrument's, everything else is mho's side (VISA library or NI's client, driver, guard, protocol).
A first pass without any clockwork gives the speed itself.

    python benchmarks/dry_run_speed.py [BENCH] [SEEDS]
"""

import sys
import time
from collections.abc import Callable
from typing import Any

from mho import laboratory
from mho.job import read_job
from mho.sim_instruments.keithley_4200a.wire import Wire
from mho.sim_instruments.ni_dcpower.in_process_channel import Context

pc = time.process_time


class Shares:
    """Time spent in each of two nested layers."""

    def __init__(self) -> None:
        self.physics = self.instrument = 0.0

    def timed(self, layer: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """``call``, its time added to ``layer``."""

        def timing(*arguments: Any, **options: Any) -> Any:
            start = pc()
            try:
                return call(*arguments, **options)
            finally:
                setattr(self, layer, getattr(self, layer) + pc() - start)

        return timing


def play(bench: str, seeds: int) -> tuple[int, float]:
    """Steps and CPU seconds."""
    steps, taken = 0, 0.0
    for seed in range(seeds):
        job = read_job("ispp", bench, "cu-te-1t1r", "nine-targets", seed=seed)
        recipe = job.recipe.model_copy(update={"check": None})
        with job.setup.open() as opened:
            start = pc()
            steps += sum(1 for _ in job.protocol.run(opened, recipe))
            taken += pc() - start
    return steps, taken


def main(bench: str, seeds: int) -> None:
    """Measure and print."""
    play(bench, 1)
    steps, seconds = play(bench, seeds)
    print(f"{bench}: {steps} steps in {seconds:.2f} CPU s: {steps / seconds:.0f} a CPU second")

    shares = Shares()
    build = laboratory.simulated_device

    def timed_device(*arguments: Any) -> Any:
        device = build(*arguments)
        device.advance = shares.timed("physics", device.advance)
        device.respond = shares.timed("physics", device.respond)
        return device

    laboratory.simulated_device = timed_device
    receive = Wire.receive
    Wire.receive = shares.timed("instrument", receive)  # type: ignore[method-assign]
    answer = Context.answer
    Context.answer = shares.timed("instrument", answer)  # type: ignore[method-assign]
    steps, seconds = play(bench, seeds)
    laboratory.simulated_device = build
    Wire.receive, Context.answer = receive, answer  # type: ignore[method-assign]
    per_step = 1e6 / steps
    instrument = shares.instrument - shares.physics if shares.instrument else 0.0
    own = seconds - shares.physics - instrument
    for name, share in (
        ("physics", shares.physics),
        ("instrument", instrument),
        ("client library, driver, guard, protocol", own),
    ):
        print(f"  {share / seconds:6.1%}  {share * per_step:7.1f} us a step  {name}")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(
        arguments[0] if arguments else "keithley-4200a",
        int(arguments[1]) if len(arguments) > 1 else 5,
    )
