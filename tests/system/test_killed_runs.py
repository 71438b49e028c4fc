"""A run that is killed: no reading that reached its protocol is lost, what was applied is named."""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import mho
from mho.cli import main
from mho.recording import read_stop
from mho.recording.stimuli_file import REFUSED, read_kept, read_notes

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL on Windows")

JOBS = (
    ("iv", "ideal", "cu-te", "double-sweep"),
    ("iv", "ni-pxie-4139", "cu-te", "double-sweep"),
    ("iv", "keithley-4200a", "cu-te", "double-sweep"),
    ("ispp", "keithley-4200a-pmu", "cu-te-1t1r", "one-target"),
    ("ltp_ltd", "ni-pxie-4139", "cu-te", "cu-te"),
    ("retention", "ideal", "cu-te", "cu-te-100-s"),
    ("endurance", "ideal", "cu-te", "cu-te"),
    ("one_transistor_one_resistor", "ideal", "cu-te-1t1r", "mod-top-electrode"),
    ("read_disturb", "ideal", "cu-te", "cu-te-six-voltages"),
    ("ispp", "ni-pxie-4139", "cu-te-1t1r", "one-target"),
)

ROW_A_READING = {"iv", "retention", "read_disturb", "one_transistor_one_resistor"}


def kills(moments, out):
    """Kill one run at each of these moments (s after its first stimulus)."""
    script = Path(__file__).with_name("killed_runs.py")
    with subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        for number, moment in enumerate(moments):
            job, folder = JOBS[number % len(JOBS)], out / str(number)
            order = {"folder": str(folder), "moment": moment, "job": job, "seed": number}
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            yield job, folder, answer["killed"]
        process.stdin.close()


def check(moments, out, capsys):
    counted = Counter()
    for job, folder, killed in kills(moments, out):
        if not killed:
            counted["ended before"] += 1
            continue
        (run,) = (path for path in folder.iterdir() if path.is_dir())
        log = [json.loads(line) for line in (folder / "log").read_text().splitlines()]
        applied = [what[1:] for what in log if what[0] == "applied"]
        delivered = [what[1:] for what in log if what[0] == "delivered"]
        assert len(applied) - len(delivered) in (0, 1)
        rows, kept = len(mho.load(run)), read_kept(run)
        notes = [note for note in read_notes(run) if note.kind not in ("held", REFUSED)]
        said = f"{job}, {run}: {rows} rows, {notes[-2:]}, {applied[-2:]}, {delivered[-2:]}"

        # Everything long that reached the bench was noted before, in this order.
        long = [(kind, readings) for kind, readings, several in applied if several]
        named = [(n.kind, n.readings) for n in notes if (n.kind, n.readings) in set(long)]
        assert named[: len(long)] == long and len(named) - len(long) in (0, 1), said
        # What reached the protocol is in rows, or kept.
        waiting = [note for note in notes if note.after_row >= rows]
        if job[0] in ROW_A_READING:
            held = sum(int((kept["stimulus"] == note.number).sum()) for note in waiting)
            assert rows + held >= sum(n for _, n, several in delivered if several), said
        done = {index for index, what in enumerate(delivered) if what[2]}
        for note, index in zip(notes, sorted(done), strict=False):
            if note in waiting and len(notes) == len(long):
                assert (kept["stimulus"] == note.number).sum() == delivered[index][1], said
        # And mho show says so.
        assert main(["show", str(run)]) == 0, said
        shown = capsys.readouterr().out
        if read_stop(run) is not None:  # it was killed while run.h5 was built
            built = (run / "run.h5").exists()
            assert not waiting and ("mho export" in shown) is not built, said
            counted["complete"] += 1
            continue
        assert f"{rows} rows are whole" in shown, said
        if job[0] == "ispp":
            assert "too short to be noted, at worst" in shown and "RESET pulse" in shown, said
        for note in waiting[-5:]:
            assert str(note) in shown.replace("\n", " "), said
        counted["killed"] += 1
        counted["with something long under way"] += bool(waiting)
        counted["with readings that had no row yet"] += any(
            (kept["stimulus"] == note.number).any() for note in waiting
        )
    print(dict(counted))
    return counted


def test_a_run_that_is_killed_loses_nothing(tmp_path, capsys):
    counted = check([0.02, 0.05, 0.1, 0.01, 0.08, 0.03, 0.2, 0.05, 0.1, 0.02], tmp_path, capsys)
    assert counted["killed"] >= 5


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_three_hundred_runs_that_are_killed_lose_nothing(tmp_path, capsys):
    chance = random.Random(300)
    moments = [chance.choice((0.03, 0.1, 0.4, 1.0)) * chance.random() for _ in range(300)]
    counted = check(moments, tmp_path, capsys)
    assert counted["killed"] >= 150 and counted["with something long under way"] >= 50
