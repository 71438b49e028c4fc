"""A run on a served instrument is killed and gone on with: nothing is applied twice."""

import os

import pytest
from runs import MHO, NI, SMUS, done, only_run, start, wait_until

import mho
from mho.cli import main
from mho.recording import read_start, read_stop
from mho.recording.answers_file import ANSWERS

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL on Windows")

CYCLES = 3


def begun_and_killed(on, server, out, rows):
    run = start(on.sweep(server, out, cycles=CYCLES, device="resistor"))

    def written():
        return sum(path.read_bytes().count(b"\n") - 1 for path in out.glob("*/rows.csv"))

    wait_until(lambda: written() >= rows or run.poll() is not None)
    run.kill()
    run.communicate()
    folder = only_run(out)
    wait_until(lambda: (folder / "stop.json").exists())  # the watchdog has seen to the outputs
    return folder, (folder / "rows.csv").read_bytes()


@pytest.mark.parametrize(
    "on", [NI, pytest.param(SMUS, marks=pytest.mark.slow)], ids=["ni", "4200a"]
)
def test_it_goes_on_behind_the_rows_that_are_there(on, tmp_path, capsys):
    with on.serve("resistor") as server:
        folder, before = begun_and_killed(on, server, tmp_path / "run", 30)
        assert read_stop(folder).exit_status == "killed"
        kept = (folder / ANSWERS).read_bytes()
        assert kept.count(b"\ntrace,") >= 1
        resumed = done([*MHO, "resume", str(folder), "--yes"])
    assert resumed.returncode == 0, resumed.stderr
    after = (folder / "rows.csv").read_bytes()
    whole = before[: before.rfind(b"\n") + 1]
    assert after.startswith(whole)
    assert len(after) > len(whole)
    rows = mho.load(folder)
    assert sorted(rows["cycle"].unique()) == list(range(1, CYCLES + 1))
    assert rows.groupby("cycle").size().nunique() == 1
    assert rows["time"].is_monotonic_increasing  # the clock of the run went on meanwhile
    assert read_stop(folder).exit_status == "success"
    assert len(read_start(folder).resumed) == 1
    assert not (folder / ANSWERS).exists()
    assert main(["resume", str(folder), "--yes"]) == 2
    assert "came to its end" in capsys.readouterr().err


def test_without_contact_nothing_goes_on(tmp_path):
    with NI.serve("resistor") as server:
        folder, before = begun_and_killed(NI, server, tmp_path / "run", 30)
    with NI.serve("open") as server:
        options = (folder / "start.json").read_text("utf-8")
        old = next(word for word in options.split("target=")[1:]).split('"')[0].split("\\")[0]
        (folder / "start.json").write_text(options.replace(old, server.address), "utf-8")
        resumed = done([*MHO, "resume", str(folder), "--yes"])
    assert resumed.returncode == 1
    assert "below the contact floor" in resumed.stderr
    assert (folder / "rows.csv").read_bytes() == before[: before.rfind(b"\n") + 1]
