"""A gate that breaks down at any pulse ends the run, whatever protocol writes through it.

The simulated cell breaks at a pulse that the test names; it counts the pulses that come after. A
sound cell ends no run, whatever its seed.
"""

import random

import pytest

from mho.bench.unseen_breakdown import unseen_breakdown
from mho.device.model import drive_at
from mho.job import read_job
from mho.recording import read_run
from mho.run import execute
from mho.sim_instruments.devices.ecram import Ecram

LEAKS = "device.model.parameters.breakdown_factor=1e5"
PULSES = {"amplitude": "'5 V'", "pulses": "15"}
BRANCH = "{" + ", ".join(f"{key}={value}" for key, value in PULSES.items()) + "}"

UNPREPARED = "preparation=[]"
WRITES = "writes=[{name='up', pulses={does='set', amplitude='5 V'}}]"
STARTS = "starts=[{name='here', prepare=[]}]"
RUNS = {
    "write_charge": ("ecram-metal-oxide", [UNPREPARED]),
    "charge_response": ("ecram-metal-oxide", [UNPREPARED]),
    "ocp": ("ecram-lithium", ["steps=12", UNPREPARED]),
    "symmetric_point": ("ecram-lithium", ["pairs=12", STARTS]),
    "settling": ("ecram-metal-oxide", ["repeats=16", "duration=1 s", WRITES]),
    "ispp": ("ecram-metal-oxide", []),
    "program": ("ecram-metal-oxide", ["repeats=4"]),
    "ltp_ltd": (
        "ecram-metal-oxide",
        [f"potentiation={BRANCH}", f"depression={BRANCH}", "cycles=2", UNPREPARED],
    ),
    "endurance": ("ecram-metal-oxide", ["cycles=20"]),
}
"""Device, which names the recipe, and options; each with 16 pulses or more, none in advance."""

IN_A_TRAIN = {"ltp_ltd": 15, "endurance": 40}
"""Pulses that may be applied at once, and so after the one that broke the cell."""


class Breaking:
    """Breaks the cell at its nth pulse, and counts those after it."""

    def __init__(self, monkeypatch, nth):
        self.pulses, self._nth, self._before = 0, nth, 0.0
        advance = Ecram.advance

        def breaking(cell, drives, duration):
            gate = drive_at(drives, "gate")
            level = 0.0 if gate is None else gate.level
            self.pulses += bool(level) and level != self._before
            self._before = level
            if self.pulses == self._nth:
                cell.broken_down = True
            advance(cell, drives, duration)

        monkeypatch.setattr(Ecram, "advance", breaking)

    @property
    def after(self):
        return self.pulses - self._nth


def run_of(protocol, folder, *more, bench="ideal", seed=0):
    device, options = RUNS[protocol]
    job = read_job(protocol, bench, device, device, options=[*options, *more], seed=seed)
    outcome = execute(job, folder)
    assert outcome.error is None
    return read_run(outcome.folder)


def assert_ended(run, breaking, protocol):
    verdicts = run.rows["verdict"].tolist()
    assert verdicts[-1] == "breakdown"
    assert "breakdown" not in verdicts[:-1]
    assert run.stop.outputs_off
    assert run.stop.rows == len(run.rows)
    assert 0 <= breaking.after <= IN_A_TRAIN.get(protocol, 2), breaking.after


@pytest.mark.parametrize("protocol", RUNS)
def test_a_breakdown_at_any_pulse_ends_the_run_there(protocol, tmp_path, monkeypatch):
    nth = random.Random(protocol).randint(8, 12)
    with monkeypatch.context() as patch:
        breaking = Breaking(patch, nth)
        assert_ended(run_of(protocol, tmp_path, LEAKS), breaking, protocol)
    assert "breakdown" not in run_of(protocol, tmp_path, LEAKS).rows["verdict"].tolist()


SOUND = {"ecram-metal-oxide": "2 nS", "ecram-lithium": "2 uS"}
"""What a sound cell conducts in a pulse, at most."""


@pytest.mark.parametrize("protocol", RUNS)
def test_a_breakdown_at_the_first_pulse_is_seen_where_the_profile_says_what_is_sound(
    protocol, tmp_path, monkeypatch
):
    sound = f"device.sound_leakage={SOUND[RUNS[protocol][0]]}"
    with monkeypatch.context() as patch:
        breaking = Breaking(patch, 1)
        assert_ended(run_of(protocol, tmp_path, LEAKS, sound), breaking, protocol)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("protocol", RUNS)
def test_all_breakdowns_are_seen_and_none_of_sound_cells(protocol, tmp_path, monkeypatch):
    """Over seeds of cells and of pulses, and through instruments that read with noise."""
    rng, ends, alarms, runs = random.Random(protocol), 0, 0, 0
    device, _ = RUNS[protocol]
    for seed in range(20):
        with monkeypatch.context() as patch:
            breaking = Breaking(patch, rng.randint(8, 12))
            run = run_of(protocol, tmp_path, LEAKS, seed=seed)
            ends += run.rows["verdict"].iloc[-1] == "breakdown"
            assert_ended(run, breaking, protocol)
        sound = f"device.sound_leakage={SOUND[device]}"
        for bench in ("ideal", "ni-pxie-4139", "keithley-4200a") if seed < 3 else ("ideal",):
            for more in ((), (sound,)):
                slower = SLOWER.get(protocol, ()) if bench == "keithley-4200a" else ()
                run = run_of(protocol, tmp_path, *more, *slower, bench=bench, seed=seed)
                alarms += "breakdown" in run.rows["verdict"].tolist()
                runs += 1
    assert (ends, alarms, runs) == (20, 0, 2 * 20 + 2 * 2 * 3)


SLOWER = {"settling": ("first=10 ms", "read.aperture=10 ms")}
"""What the 4200A takes longer for."""


ARRAY = (
    "device.breakdown_factor=10",
    "device.sound_leakage=2.5 uS",  # three cells of 1.4 uA each at 2 V
    "device.model.parameters.cell.gate_leakage=1 uS",
    "device.model.parameters.cell.breakdown_voltage={}",
    "device.model.parameters.cell.breakdown_factor=1e3",
    "device.pulse_compliance=10 mA",
)
TRAININGS = {"xor": "3x3", "gates": "3x3", "logistic": "2x2"}


@pytest.mark.parametrize("protocol", TRAININGS)
@pytest.mark.parametrize("breaks_at", ["3.5 V", "8 V"])
def test_a_demonstration_ends_where_a_gate_line_breaks_down(protocol, breaks_at, tmp_path):
    size = TRAININGS[protocol]
    lines = [f"{kind}{n}" for kind in "gc" for n in range(int(size[0]))]
    options = [one.format(breaks_at) for one in ARRAY]
    options += [f"device.terminals.{name}.max_compliance=10 mA" for name in lines]
    options += ["vectors=20", "epochs=2"] if protocol == "logistic" else []
    options += ["epochs=2"] if protocol == "gates" else []
    job = read_job(protocol, "ideal", f"ecram-array-{size}", f"ecram-{size}", options=options)
    outcome = execute(job, tmp_path)
    assert outcome.error is None
    run = read_run(outcome.folder)
    verdicts = run.rows["verdict"].tolist()
    assert verdicts.count("breakdown") == (breaks_at == "3.5 V")
    assert (verdicts[-1] == "breakdown") is (breaks_at == "3.5 V")
    assert run.stop.outputs_off
    if breaks_at == "3.5 V":
        assert len(run.rows) < 40
    notes = job.protocol.summary(run.rows, job.recipe).notes
    assert any("breakdown" in note for note in notes) is (breaks_at == "3.5 V")


@pytest.mark.parametrize(
    ("bench", "options", "told"),
    [
        ("ideal", [], "only if the device file gives sound_leakage"),
        ("ideal", ["device.sound_leakage=2 uS"], None),
        ("ni-daq-array", ["device.sound_leakage=2 uS"], "terminals g1, g2: nothing measures"),
    ],
)
def test_the_plan_says_once_where_a_breakdown_would_go_unseen(bench, options, told):
    grounded = [f"device.terminals.g{n}.rests=grounded" for n in range(3)]
    device, factor = "ecram-array-3x3-10-us", "device.breakdown_factor=10"
    job = read_job("xor", bench, device, "ecram-3x3", options=[*grounded, *options, factor])
    found = unseen_breakdown(job.plan(), job.setup.profile, job.setup.limits)
    assert len(found) == (told is not None)
    if told is not None:
        assert told in found[0]
