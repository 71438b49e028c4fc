"""What a person sees on screens of every width and encoding, and when things go wrong at once."""

import re
import subprocess
import sys

import pytest

from mho.cli import main, running
from mho.errors import UnsafeStateError
from mho.recording import RunStop
from mho.run import Outcome

ONE = ("ispp", "--bench", "ideal", "--device", "cu-te-1t1r", "--recipe", "one-target")


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize("columns", ["40", "80"])
def test_the_plan_is_whole_on_a_narrow_screen(capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    _, out, _ = run(capsys, "check", *ONE)
    for words in ("terminal", "level", "compliance", "2.3 V", "-2.4 V", "12 mW", "<= 100"):
        assert words in out
    _, out, _ = run(capsys, "list", "recipes")
    assert "multilevel_compliance/alpha-fe2o3-100-ua-to-1-ma" in out


LOOKS = (
    ("run", *ONE, "--set", "check.reads=10"),
    ("run", *ONE, "--set", "bench.kinf=1", "--set", "tolerence=1 %"),
    ("check", *ONE, "--set", "set.limit=4 V", "--set", "bench.max_voltage=1 V"),
    ("check", "iv", *ONE[1:]),
    ("list",),
    ("list", "recipes", "--bench", "ideal", "--device", "cu-te-1t1r"),
    ("describe",),
    ("new", "bench", "none/of/these"),
    ("off", "ideal"),
    ("off", "lab"),
    ("run", "pulse_response", "--bench", "ideal", "--device", "alpha-fe2o3", "--recipe",
     "alpha-fe2o3-set"),
    ("run", "retention", "--bench", "ideal", "--device", "ecram-lithium", "--recipe",
     "ecram-lithium", "--set", "times.duration=2 s"),
    ("run", "ltp_ltd", "--bench", "ideal", "--device", "alpha-fe2o3", "--recipe", "published-80",
     "--set", "cycles=2"),
)  # fmt: skip


@pytest.mark.parametrize("arguments", LOOKS, ids=" ".join)
def test_nothing_is_cut_and_nothing_goes_past_the_edge(capsys, monkeypatch, tmp_path, arguments):
    for name, value in (("COLUMNS", "80"), ("FORCE_COLOR", "1"), ("NO_COLOR", "1")):
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    _, out, err = run(capsys, *arguments)
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", out + err).splitlines()
    assert len(lines) >= 1
    assert [line for line in lines if len(line.rstrip()) > 80] == []
    assert "\N{HORIZONTAL ELLIPSIS}" not in out


def test_the_plan_shows_every_terminal_that_a_stimulus_drives(capsys):
    _, out, _ = run(
        capsys, "check", "stdp", "--bench", "ideal", "--device", "alpha-fe2o3",
        "--recipe", "published",
    )  # fmt: skip
    pairs = [line.split() for line in out.splitlines() if " apart + read" in line]
    assert [cells[6] for cells in pairs] == ["TE", "BE"] * 3
    apart = [" ".join(cells[1:3]) for cells in pairs]
    assert apart[::2] == apart[1::2] == ["-1 ms", "-200 us", "200 us"]


def test_the_plan_of_a_billion_reads_comes_at_once(capsys):
    code, out, err = run(capsys, "check", *ONE, "--set", "check.reads=1000000000")
    assert code == 2 and "check" in out and "1000000000 points" in err


def test_problems_are_set_within_80_columns_and_quantities_are_not_broken(capsys, monkeypatch):
    options = [
        "targets=50 uS", "tolerance=3", "set.amplitude=2.2 volts", "rest=[bold]:smile:[/]",
        "reset.limit=5", "read.apertur=5 ms", "device.model.parameters.noise_level=20 ohm",
        "device.terminals.X={}", "set.limit=9 A",
    ]  # fmt: skip
    arguments = ["check", *ONE, *(word for option in options for word in ("--set", option))]
    _, _, plain = run(capsys, *arguments)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    code, _, err = run(capsys, *arguments)
    lines = err.replace("\x1b[1m", "").replace("\x1b[0m", "").splitlines()
    assert code == 2 and max(map(len, lines)) <= 80
    assert lines[0] == plain.splitlines()[0] == "10 problems in what was asked:"
    assert " ".join(" ".join(lines).split()) == " ".join(plain.split())  # nothing is lost
    for words in ('["50 uS"]', '"3 %"?', '"2.2 V"?', '"[bold]:smile:[/]"', '"50 mV"'):
        assert any(words in line for line in lines)


def test_refusals_are_set_within_80_columns(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    _, _, err = run(
        capsys, "check", "ltp_ltd", "--bench", "keithley-4200a", "--device", "ecram-lithium",
        "--recipe", "amplitude-series",
    )  # fmt: skip
    assert 4 < len(err.splitlines()) < 20
    assert all(len(line) <= 80 for line in err.splitlines()[1:])


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_screen_without_our_letters_is_no_error(encoding):
    done = subprocess.run(
        [sys.executable, "-m", "mho", "list", "recipes"],
        capture_output=True,
        env={"PYTHONIOENCODING": encoding, "PATH": ""},
    )
    assert done.returncode == 0, done.stderr
    assert b"alpha-fe2o3-100-cycles" in done.stdout


@pytest.mark.parametrize("failure", [KeyboardInterrupt, RuntimeError])
def test_an_output_that_is_still_on_is_told_whatever_else_fails(
    capsys, monkeypatch, tmp_path, failure
):
    stop = RunStop(
        stop_time="", exit_status="fail", reason="", rows=3, duration=1.0, outputs_off=False
    )
    error = UnsafeStateError("TE is still on")
    monkeypatch.setattr(
        running, "execute", lambda *_: Outcome(folder=tmp_path, stop=stop, error=error)
    )

    def fail(_):
        raise failure

    monkeypatch.setattr(running, "read_run", fail)
    if failure is KeyboardInterrupt:
        main(["run", *ONE])
    else:
        with pytest.raises(failure):
            main(["run", *ONE])
    captured = capsys.readouterr()
    assert "AN OUTPUT MAY STILL BE ON. TE is still on" in captured.err
    assert captured.out.splitlines()[-1] == str(tmp_path)
