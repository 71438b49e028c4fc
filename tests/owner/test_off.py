"""``mho off``: everything off without a run, and what was found is said."""

import os
import shlex
import signal
from pathlib import Path

import pytest
from runs import NI, SMUS, done, is_on, locks, only_run, start, wait_until

from mho.cli import main
from mho.recording import read_stop

BOTH = pytest.mark.parametrize("on", [NI, SMUS], ids=["ni", "4200a"])

ONE = pytest.mark.parametrize(
    "on", [NI, pytest.param(SMUS, marks=pytest.mark.slow)], ids=["ni", "4200a"]
)
"""Where the lock decides, which knows no instrument."""


def killed_with_its_watchdog(on, server, out):
    """A run of which nobody is left to switch anything off."""
    process = start(on.run(server, "ispp nine-targets", out))
    wait_until(lambda: is_on(server))
    watchdog = child_of(process.pid)
    kill(watchdog)
    kill(process.pid)
    process.communicate()
    assert is_on(server)


def child_of(process):
    for stat in Path("/proc").glob("[0-9]*/stat"):
        fields = stat.read_text().rpartition(")")[2].split()
        if int(fields[1]) == process:
            return int(stat.parent.name)
    raise AssertionError("no child")


def kill(process):
    os.kill(process, signal.SIGKILL)


@BOTH
@pytest.mark.skipif("sys.platform != 'linux'", reason="looks for the watchdog in /proc")
def test_what_a_dead_run_and_its_dead_watchdog_left_on_is_switched_off(on, tmp_path, capsys):
    with on.serve() as server:
        killed_with_its_watchdog(on, server, tmp_path)
        folder = only_run(tmp_path)
        main(["show", str(folder)])
        shown = capsys.readouterr().out
        assert "not known" in shown
        (command,) = (line for line in shown.splitlines() if "mho off" in line)
        assert shlex.split(command.partition("type: ")[2])[1:] == on.off(server)[3:]
        switched = done(on.off(server))
        assert not is_on(server), switched.stderr
    assert switched.returncode == 0, switched.stderr
    (te,) = (line for line in switched.stdout.splitlines() if line.split()[:1] == ["gate"])
    assert "on" in te and "3 V" in te and te.split()[-1] == "off"
    assert "left by process" in switched.stdout and str(folder) in switched.stdout.replace("\n", "")
    stop = read_stop(folder)
    assert stop.exit_status == "killed" and stop.outputs_off and "mho off" in stop.reason
    assert not [name for name in locks() if name.endswith(".json")]
    main(["show", str(folder)])
    assert "known to be off" in capsys.readouterr().out


@ONE
@pytest.mark.skipif("sys.platform != 'linux'", reason="looks for the watchdog in /proc")
def test_the_next_run_switches_off_first_what_a_dead_one_left_on(on, tmp_path):
    with on.serve() as server:
        killed_with_its_watchdog(on, server, tmp_path / "first")
        second = done(on.sweep(server, tmp_path / "second"))
    assert second.returncode == 0, second.stderr
    assert "taken over" in second.stderr
    stop = read_stop(only_run(tmp_path / "first"))
    assert (
        stop.exit_status == "killed" and stop.outputs_off and "took the bench over" in stop.reason
    )


@ONE
def test_a_bench_that_lives_is_left_alone(on, tmp_path):
    with on.serve() as server:
        process = start(on.run(server, "retention cu-te-100-s", tmp_path))
        wait_until(lambda: is_on(server))
        refused = done(on.off(server))
        assert is_on(server) and process.poll() is None
        process.terminate()
        process.communicate()
        assert process.returncode == 130
        idle = done(on.off(server))
    assert refused.returncode == 1
    assert f"process {process.pid}" in refused.stderr
    assert str(tmp_path) in refused.stderr.replace("\n", "")
    assert idle.returncode == 0 and "off" in idle.stdout


def test_a_living_run_is_switched_off_by_force(tmp_path):
    with NI.serve() as server:
        process = start(NI.run(server, "retention cu-te-100-s", tmp_path))
        wait_until(lambda: is_on(server))
        forced = done(NI.off(server, "--force"))
        assert not is_on(server)
        process.communicate()
        assert not is_on(server)
    assert forced.returncode == 0, forced.stderr
    assert process.returncode == 1
    assert read_stop(only_run(tmp_path)).exit_status == "fail"


def test_a_bench_that_is_rehearsed_has_nothing_to_switch_off(capsys):
    for bench in ("ideal", "ni-pxie-4139", "keithley-4200a"):
        assert main(["off", bench]) == 0
        assert "nothing to switch off" in capsys.readouterr().out
    assert locks() == []


def test_what_cannot_be_reached_may_still_be_on(capsys):
    assert main(["off", "ni-pxie-4139", "--set", "target=127.0.0.1:9"]) == 1
    err = capsys.readouterr().err
    assert "MAY STILL BE ON" in err and "127.0.0.1:9" in err
    for line in ("nowhere.toml", "nothing"):
        assert main(["off", line]) == 2


def test_check_says_that_a_bench_is_in_use_before_anything_is_sent(tmp_path, capsys):
    with NI.serve() as server:
        process = start(NI.run(server, "retention cu-te-100-s", tmp_path))
        wait_until(lambda: is_on(server))
        arguments = NI.run(server, "iv double-sweep", tmp_path)[3:]
        checked = main(["check", *arguments[1:]])
        assert f"process {process.pid}" in capsys.readouterr().err
        process.terminate()
        process.communicate()
        assert checked == 1
        assert main(["check", *arguments[1:]]) == 0


def test_a_folder_that_cannot_be_made_refuses_the_run_before_anything(
    tmp_path, monkeypatch, capsys
):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MHO_LOCKS", str(tmp_path / "file" / "locks"))
    with NI.serve() as server:
        arguments = NI.run(server, "iv double-sweep", tmp_path / "out")[3:]
        assert main(arguments) == 1
        assert server.levels() == {}
    assert "MHO_LOCKS" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
