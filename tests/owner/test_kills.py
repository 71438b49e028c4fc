"""A run that is killed without a word leaves no output on: asked of the instrument itself."""

import os
import random
import time

import pytest
from runs import NI, PULSES, SMUS, is_on, only_run, start

from mho.recording import read_stop

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL on Windows")

JOBS = (
    "ispp nine-targets",
    "retention cu-te-100-s",
    "ltp_ltd cu-te",
    "one_transistor_one_resistor mod-top-electrode",
)

ALLOWED = 2.0
"""Seconds from the death of a run until all outputs are at 0 V and off."""

STAYS = 0.3
"""Seconds for which it is seen that nothing comes on again."""


def kills(on, moments, out):
    """Kill one run at each of these moments (s after its first output came on).

    Yields how long an output was on after that (s), None where none was, and the run's stop.
    """
    with on.serve() as server:
        for number, moment in enumerate(moments):
            folder = out / str(number)
            process = start(on.run(server, JOBS[number % len(JOBS)], folder))
            try:
                # Where nothing comes on within its time, the kill strikes while the run starts.
                deadline = time.monotonic() + (60 if moment > 0 else 8 + 4 * moment)
                while not is_on(server) and time.monotonic() < deadline:
                    time.sleep(0.01)
                time.sleep(max(moment, 0.0))
                was_on = is_on(server)
            finally:
                process.kill()
            killed = time.monotonic()
            while is_on(server) and time.monotonic() - killed < 10:
                time.sleep(0.002)
            taken = time.monotonic() - killed
            _, said = process.communicate()  # ends when the watchdog has said its word
            time.sleep(STAYS)
            assert not is_on(server), f"{number}, {moment:.3f} s: {server.levels()}, {said}"
            stop = None
            if folder.exists() and list(folder.iterdir()):
                stop = read_stop(only_run(folder))
            yield taken if was_on else None, stop


def check(on, moments, out):
    taken = []
    for latency, stop in kills(on, moments, out):
        taken.append(latency)
        assert latency is None or latency < ALLOWED
        if latency is not None:
            assert stop is not None and stop.exit_status == "killed" and stop.outputs_off
            assert "watchdog" in stop.reason
    known = sorted(latency for latency in taken if latency is not None)
    print(f"{len(taken)} killed, {len(known)} while on; median {known[len(known) // 2]:.3f} s, "
          f"worst {known[-1]:.3f} s")  # fmt: skip
    assert len(known) >= 0.6 * len(taken)


@pytest.mark.parametrize("on", [NI, SMUS], ids=["ni", "4200a"])
def test_a_run_that_is_killed_leaves_nothing_on(on, tmp_path):
    check(on, [0.4, 1.5], tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("on", "number"), [(NI, 50), (SMUS, 30), (PULSES, 20)], ids=["ni", "4200a", "pulses"]
)
def test_runs_that_are_killed_at_random_moments_leave_nothing_on(on, number, tmp_path):
    chance = random.Random(number)
    check(on, [chance.uniform(-0.5, 6.0) for _ in range(number)], tmp_path)
