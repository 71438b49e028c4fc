"""Two runs at once on one instrument: the second is refused, the first does not notice."""

import pytest
from runs import NI, SMUS, done, is_on, only_run, start, wait_until

import mho

JOB = "iv double-sweep"
UNTIMED = ["cycle", "voltage", "current", "in_compliance"]


def rows(out):
    frame = mho.load(only_run(out))
    return frame[[name for name in UNTIMED if name in frame]]


def undisturbed(on, out):
    with on.serve("resistor") as server:
        alone = done(on.run(server, JOB, out, device="resistor"))
    assert alone.returncode == 0, alone.stderr
    return rows(out)


def disturbed(on, out):
    """The rows of a run while another one is started; and how that ended."""
    with on.serve("resistor") as server:
        first = start(on.run(server, JOB, out / "first", device="resistor"))
        wait_until(lambda: is_on(server))
        second = done(on.run(server, JOB, out / "second", device="resistor"))
        going_on = first.poll() is None
        first.communicate()
    assert first.returncode == 0
    return rows(out / "first"), second, going_on, first.pid


def check(on, times, out):
    wanted = undisturbed(on, out / "alone")
    assert len(wanted) > 20
    for number in range(times):
        found, second, going_on, process = disturbed(on, out / str(number))
        assert going_on, "the first had ended before the second was refused"
        assert second.returncode == 1 and f"process {process} " in second.stderr
        assert not (out / str(number) / "second").exists()
        assert found.equals(wanted)


@pytest.mark.parametrize("on", [NI, SMUS], ids=["ni", "4200a"])
def test_the_second_is_refused_and_the_first_undisturbed(on, tmp_path):
    check(on, 1, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("on", [NI, SMUS], ids=["ni", "4200a"])
def test_the_second_is_refused_and_the_first_undisturbed_every_time(on, tmp_path):
    check(on, 20, tmp_path)
