"""Two runs at once on one instrument: the second is refused, the first does not notice."""

import pytest
from runs import MHO, NI, SMUS, done, is_on, only_run, start, wait_until

import mho
from mho.cli import main

ALONE, LONG = 1, 1000
"""Cycles: enough to compare with, and longer than any process needs to be refused."""

UNTIMED = ["cycle", "voltage", "current", "in_compliance"]


def rows(out):
    frame = mho.load(only_run(out))
    return frame[[name for name in UNTIMED if name in frame]]


def written(out):
    """Bytes of the journal."""
    return sum(path.stat().st_size for path in out.glob("*/rows.csv"))


def undisturbed(on, out):
    with on.serve("resistor") as server:
        command = on.sweep(server, out, cycles=ALONE, device="resistor")
        assert main(command[len(MHO) :]) == 0
    return rows(out)


def disturbed(on, out):
    """The rows of a run while another one is started, and a while longer; and how that ended."""
    with on.serve("resistor") as server:
        first = start(on.sweep(server, out / "first", cycles=LONG, device="resistor"))
        wait_until(lambda: is_on(server) or first.poll() is not None)
        assert first.poll() is None, first.communicate()
        second = done(on.sweep(server, out / "second", cycles=LONG, device="resistor"))
        before = written(out / "first")
        wait_until(lambda: written(out / "first") > before or first.poll() is not None)
        first.terminate()
        first.communicate()
    assert first.returncode in (0, 130)
    return rows(out / "first"), second, first.pid


def check(on, times, out):
    wanted = undisturbed(on, out / "alone")
    for number in range(times):
        found, second, process = disturbed(on, out / str(number))
        assert second.returncode == 1 and f"process {process} " in second.stderr
        assert not (out / str(number) / "second").exists()
        common = min(len(found), len(wanted))
        assert common > 20
        assert found[:common].equals(wanted[:common])


@pytest.mark.parametrize(
    "on", [NI, pytest.param(SMUS, marks=pytest.mark.slow)], ids=["ni", "4200a"]
)
def test_the_second_is_refused_and_the_first_undisturbed(on, tmp_path):
    check(on, 1, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("on", [NI, SMUS], ids=["ni", "4200a"])
def test_the_second_is_refused_and_the_first_undisturbed_every_time(on, tmp_path):
    check(on, 20, tmp_path)
