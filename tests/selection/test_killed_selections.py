"""A run that is killed, or interrupted, behind a matrix: 0 V first, then relays open."""

import os
import signal
import subprocess
import sys

import pytest
from selecting_benches import DAQ_LINES, MATRIX_707B, SMUS
from served_chassis import rack

from mho.clock import RealClock

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL on Windows")

MHO = (sys.executable, "-m", "mho")
LONG = 60.0


def bench_file(folder, served, select):
    text = (SMUS + select).replace('target = "simulator"', f'target = "{served.smus}"')
    path = folder / "bench.toml"
    path.write_text(
        text.replace('connection = "simulator"', f'connection = "{served.matrix}"'), "utf-8"
    )
    return str(path)


def wait_until(condition):
    clock = RealClock()
    while not condition():
        assert clock.now() < LONG, "waited in vain"
        clock.sleep(0.02)


def is_on(served):
    stands = served.stands()
    return (stands["closed"] or stands["port0"]) and any(stands["levels"])


def is_let_go(served):
    stands = served.stands()
    return not stands["closed"] and not stands["port0"] and not any(stands["levels"])


# How the rack is wired, what closes when a cell is selected, and how `mho off` calls it.
SELECTS = {
    "707B": (MATRIX_707B, "relays", (["1A01", "1B05"], 0), "1A01, 1B05"),
    "DAQ lines": (DAQ_LINES, "direct", ([], 0b101), "smu1-te0, smu2-g0"),
}


HOWS = ("killed", "interrupted", "killed, watchdog too")
TOGETHER = [
    pytest.param(select, how, marks=pytest.mark.slow if (n + m) % 2 else ())
    for n, select in enumerate(SELECTS)
    for m, how in enumerate(HOWS)
]
"""Every second pair by default."""


@pytest.mark.parametrize(("select", "how"), TOGETHER)
def test_nothing_stays_on_and_no_relay_moves_under_voltage(tmp_path, how, select):
    text, wired, closed, said_of_it = SELECTS[select]
    with rack(wired) as served:
        bench = bench_file(tmp_path, served, text)
        command = [*MHO, "run", "ispp", "--bench", bench, "--device", "cu-te-1t1r", "--recipe",
                   "nine-targets", "--yes", "--out", str(tmp_path / "runs")]  # fmt: skip
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, start_new_session=True)  # fmt: skip
        wait_until(lambda: is_on(served) or process.poll() is not None)
        if how == "interrupted":
            process.send_signal(signal.SIGINT)
        elif how == "killed":
            process.kill()
        else:
            children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)],
                                      capture_output=True, text=True, check=False)  # fmt: skip
            for child in children.stdout.split():
                os.kill(int(child), signal.SIGKILL)
            process.kill()
        _, said = process.communicate()
        if how == "killed, watchdog too":
            stands = served.stands()
            assert (stands["closed"], stands["port0"]) == closed
            off = subprocess.run([*MHO, "off", bench], capture_output=True, text=True, check=False)
            assert off.returncode == 0, off.stderr
            assert f"closed: {said_of_it}" in off.stdout
        wait_until(lambda: is_let_go(served))
        assert served.stands()["hot"] == 0, said
