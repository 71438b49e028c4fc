"""One SIGTERM at any moment of a rehearsal: it ends, outputs off, and its last line is printed."""

import os
import random
import signal
import time
from pathlib import Path

import pytest
from runs import MHO, start

from mho.recording import read_stop

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are sent differently on Windows")

BENCHES = ("ni-pxie-4139", "keithley-4200a", "keithley-4200a-pmu", "ideal")


def terminated(bench, moment, out):
    """Send one SIGTERM, ``moment`` seconds after the command said its first word."""
    command = [*MHO, "run", "ispp", "--bench", bench, "--device", "cu-te-1t1r"]
    process = start([*command, "--recipe", "one-target", "--out", str(out)])
    try:
        first = process.stdout.readline()
        time.sleep(moment)
        process.send_signal(signal.SIGTERM)
        rest, err = process.communicate(timeout=60)
    finally:
        process.kill()
    return process.returncode, (first + rest).splitlines(), err


def check(moments, out):
    interrupted = 0
    for number, moment in enumerate(moments):
        folder = out / str(number)
        code, lines, err = terminated(BENCHES[number % len(BENCHES)], moment, folder)
        said = f"{number}, {moment:.3f} s: {code}, {lines[-1:]}, {err}"
        assert code in (0, 130), said
        assert "Traceback" not in err, said
        interrupted += code == 130
        runs = list(folder.iterdir()) if folder.exists() else []
        if not runs:
            assert code == 130 and "interrupted" in err, said
            continue
        assert Path(lines[-1]) == runs[0], said
        stop = read_stop(runs[0])
        assert stop is not None and stop.outputs_off, said
        assert stop.exit_status in ("success", "abort"), said
    print(f"{len(moments)} terminated, {interrupted} of them interrupted by it")
    assert interrupted >= 0.3 * len(moments)


def test_a_termination_ends_a_rehearsal_in_order(tmp_path):
    check([0.0, 0.3, 0.6, 0.9, 1.2, 1.5], tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("part", range(3))
def test_terminations_at_random_moments_end_a_rehearsal_in_order(part, tmp_path):
    chance = random.Random(part)
    check([chance.uniform(0.0, 3.0) for _ in range(100)], tmp_path)
