"""One SIGTERM at any moment of a rehearsal: it ends, outputs off, its last line is printed."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from runs import MHO, start

from mho.recording import read_stop

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are sent differently on Windows")

BENCHES = ("ni-pxie-4139", "keithley-4200a", "keithley-4200a-pmu", "ideal")


def run(bench, out):
    """The command, once it has said its first word: from then on it is to end in order."""
    command = [*MHO, "run", "ispp", "--bench", bench, "--device", "cu-te-1t1r"]
    process = start([*command, "--recipe", "one-target", "--out", str(out)])
    return process, process.stdout.readline()


def terminated(bench, moment, out):
    """Send one SIGTERM after ``moment`` seconds."""
    process, first = run(bench, out)
    try:
        time.sleep(moment)
        process.send_signal(signal.SIGTERM)
        rest, err = process.communicate(timeout=100)
    finally:
        process.kill()
    return process.returncode, (first + rest).splitlines(), err


def lasts(bench, out):
    """Seconds that a run takes on this computer, now."""
    process, _ = run(bench, out)
    begin = time.monotonic()
    process.communicate()
    return time.monotonic() - begin


def check(shares, out):
    """``shares`` of the time that a run takes are the moments at which one is terminated."""
    durations = {bench: lasts(bench, out / bench) for bench in BENCHES[: len(shares)]}
    interrupted = 0
    for number, share in enumerate(shares):
        folder, bench = out / str(number), BENCHES[number % len(BENCHES)]
        code, lines, err = terminated(bench, share * durations[bench], folder)
        said = f"{number}, {share:.3f} of {bench}: {code}, {lines[-1:]}, {err}"
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
    print(f"{len(shares)} terminated, {interrupted} of them interrupted by it")
    assert interrupted >= 0.3 * len(shares)


IN_A_STRING = """
import os, signal, sys
from mho.cli import commands

def interrupted(arguments):
    try:
        exec("os.kill(os.getpid(), signal.SIGTERM)\\nwhile True: pass", globals())
    except KeyboardInterrupt:
        return 3

commands._code_of = interrupted
sys.exit(commands.main())
"""


def test_the_exit_code_is_that_which_was_earned_wherever_the_interrupt_came(tmp_path):
    """Python itself ends a process by SIGINT that caught one in code made from a string."""
    (tmp_path / "in_a_string.py").write_text(IN_A_STRING, encoding="utf-8")
    ended = subprocess.run([sys.executable, "-m", "in_a_string"], cwd=tmp_path, check=False)
    assert ended.returncode == 3


@pytest.mark.timeout(600)
def test_a_termination_ends_a_rehearsal_in_order(tmp_path):
    check([0.5], tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("part", range(3))
def test_terminations_at_random_moments_end_a_rehearsal_in_order(part, tmp_path):
    chance = random.Random(part)
    check([chance.uniform(0.0, 1.1) for _ in range(100)], tmp_path)
