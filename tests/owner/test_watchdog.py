"""The watchdog: ready before it is needed, deaf to signals, gone with the run it watches."""

import os
import signal
import subprocess
import sys

import pytest
from runs import NI, is_on, locks, start, wait_until

from mho.errors import ConnectionFailed
from mho.laboratory import read_setup
from mho.owner import watchdog, watching
from mho.owner.parts import Switch
from mho.plugin_kinds import SwitchedOff

on_posix = pytest.mark.skipif(os.name == "nt", reason="signals are sent differently on Windows")

SCRIPT = """
import os, sys, mho
from mho.laboratory import read_setup
from mho.stimuli import Pulse

setup = read_setup("ni-pxie-4139", "cu-te-1t1r", bench_options=["target=" + sys.argv[1]])
pulse = Pulse(terminal="TE", amplitude=0.3, width=1e-3, compliance=1e-4)
with setup.open() as bench:
    watchdog = bench._owner._watchdog._process.pid
    bench.apply(pulse)
    print(watchdog, flush=True)
    {ending}
print("done", flush=True)
sys.stdin.read()
"""


def script(ending, server):
    return start([sys.executable, "-c", SCRIPT.format(ending=ending), server.address],
                 stdin=subprocess.PIPE)  # fmt: skip


def is_alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_it_goes_with_the_bench_and_takes_the_lock_with_it():
    with NI.serve() as server, script("pass", server) as process:
        watching = int(process.stdout.readline())
        assert process.stdout.readline() == "done\n"
        assert not is_alive(watching)
        assert not [name for name in locks() if name.endswith(".json")]
        assert not is_on(server)
        process.stdin.close()


@on_posix
def test_it_is_deaf_to_what_ends_the_run():
    with NI.serve() as server, script("sys.stdin.readline()", server) as process:
        watching = int(process.stdout.readline())
        assert os.getpgid(watching) != os.getpgid(process.pid)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(watching, number)
        process.kill()
        assert wait_until(lambda: not is_on(server), 20) < 20


@on_posix
@pytest.mark.parametrize(
    "ending",
    ["os._exit(3)", "os.kill(os.getpid(), 9)", "__import__('ctypes').string_at(0)"],
    ids=["left", "killed", "crashed"],
)
def test_a_script_that_dies_leaves_nothing_on(ending):
    with NI.serve() as server, script(ending, server) as process:
        wait_until(lambda: is_on(server))
        watching = int(process.stdout.readline())
        process.wait()
        assert wait_until(lambda: not is_on(server), 10) < 2
        wait_until(lambda: not is_alive(watching), 10)
        assert not [name for name in locks() if name.endswith(".json")]


@on_posix
def test_a_forked_child_that_lives_on_does_not_keep_it_from_noticing():
    """It holds the other end of the watchdog's pipe, and the lock."""
    ending = "os.fork() or __import__('time').sleep(20); os.kill(os.getpid(), 9)"
    with NI.serve() as server, script(ending, server) as process:
        wait_until(lambda: is_on(server))
        assert wait_until(lambda: not is_on(server), 10) < 5
        process.kill()


@pytest.mark.parametrize(
    ("command", "words"),
    [(["/nowhere/python"], "nowhere"), ([sys.executable, "-c", "raise SystemExit(7)"], "with 7")],
)
def test_one_that_does_not_start_is_told_before_an_output_is_switched_on(
    monkeypatch, command, words
):
    class Broken:
        """subprocess, but for the command."""

        def __getattr__(self, name):
            return getattr(subprocess, name)

        def Popen(self, _command, **options):  # noqa: N802
            return subprocess.Popen(command, **options)

    with NI.serve() as server:
        setup = read_setup("ni-pxie-4139", "resistor", bench_options=[f"target={server.address}"])
        monkeypatch.setattr(watchdog, "subprocess", Broken())
        with pytest.raises(ConnectionFailed, match=words) as caught, setup.open():
            pytest.fail("it was opened")
        assert "watchdog" in str(caught.value)
        assert not any(server.levels().values())


def test_a_rehearsal_in_this_process_has_neither_lock_nor_watchdog(monkeypatch):
    def refuse(*_args, **_options):
        pytest.fail("a process was started")

    monkeypatch.setattr(watchdog, "Watchdog", refuse)
    monkeypatch.setattr("mho.owner.owner.Watchdog", refuse)
    for bench in ("ideal", "ni-pxie-4139", "keithley-4200a"):
        with read_setup(bench, "resistor").open():
            assert locks() == []


class Failing:
    """Instruments that cannot be reached at first."""

    def __init__(self, times):
        self.times = times

    def __call__(self, _sessions, _look):
        self.times -= 1
        if self.times >= 0:
            raise ConnectionFailed("nobody answers")
        return [SwitchedOff(terminal="TE", channel="SMU1", before="on")]


@pytest.mark.parametrize(("times", "off"), [(0, True), (3, True), (100, False)])
def test_it_tries_again_what_cannot_be_reached_at_once(times, off, monkeypatch, capsys):
    monkeypatch.setattr(watching, "_PAUSES", (0.0, 0.0, 0.0, 0.0, 0.0))
    orders = {"run": "script", "sessions": [], "process": 1}
    failing = Switch(name="one", off=Failing(times), is_relays=False)
    watching._act(orders, ("one",), [failing])
    err = capsys.readouterr().err
    assert ("switched off TE" in err) is off
    assert ("could not switch off everything: nobody answers" in err) is not off
    assert [name.endswith(".lock") for name in locks()] == [True]
