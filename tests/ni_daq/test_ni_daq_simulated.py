"""The driver on the simulated card: what a bench file of it does, whole."""

import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from mho import plugins
from mho.cli import main
from mho.clock import RealClock, VirtualClock
from mho.drivers.ni_daq.connection import DeviceServer
from mho.drivers.ni_daq.digital_lines import DigitalLines
from mho.errors import ConnectionFailed, ReplyError
from mho.job import read_job
from mho.laboratory import read_setup
from mho.protocols.stdp.loop import spikes
from mho.rehearsal import World
from mho.stimuli import Hold, Pulse, PulseTrain, Read, Sweep
from mho.testing import rehearse
from mho.testing.faults import Resistors, Trap, TrappedClock, assert_right, play
from mho.testing.protocol_runs import frame

READ = Read(voltage=0.1, aperture=1e-3, compliance=1e-4, settle=1e-3)
PULSE = Pulse(terminal="TE", amplitude=0.5, width=1e-3, compliance=1e-3, rest=1e-3, verify=READ)
SCENARIO = (
    PULSE,
    PulseTrain(terminal="TE", amplitudes=(0.6,) * 9, width=2e-3, rest=1e-3, compliance=1e-3),
    Hold(terminal="TE", level=0.15, count=3, interval=50e-3, aperture=1e-3, compliance=1e-3),
    Sweep(terminal="TE", levels=(0.1, -0.3), dwell=0.11, aperture=0.05, compliance=1e-3),
)
CARD = {
    "cards": {"Dev1": {"product": "PCIe-6363", "ao_current": "20 mA"}},
    "amplifiers": {"Dev1/ai0": {"gain": "1 kohm", "bandwidth": "1 MHz"}},
}
WIRING = {"Dev1/ao0": "TE", "Dev1/ai0": "TE", "Dev1/ao1": "gate"}


def run(protocol, bench, device, recipe, *options):
    job = read_job(protocol, bench, device, recipe, options=options)
    assert job.refusals() == []
    with job.setup.open() as opened:
        return frame(list(job.protocol.run(opened, job.recipe)))


def served(clock):
    """A server with a card that is wired to two resistors, and its world."""
    kind = plugins.load(plugins.INSTRUMENTS, "ni")
    world = World(Resistors(), clock, 1)
    return kind.start(world, WIRING, 0, kind.settings.model_validate(CARD)), world


def test_a_rehearsal_is_of_what_the_bench_file_says():
    rehearsed = rehearse("ni-daq", "resistor")
    with rehearsed.bench as bench:
        (identity,) = bench.identities
        assert (identity.model, identity.address) == (
            "NI PCIe-6363",
            "ao0 and ai0 and ai2 of Dev1 at simulator",
        )
        pulsed, read = bench.apply(PULSE)
        assert pulsed.current == pytest.approx(50e-6, rel=5e-3)
        assert read.current == pytest.approx(10e-6, rel=5e-3)
        assert rehearsed.world.drives()["TE"].limit == 0.02
    assert not rehearsed.world.drives()["TE"].level


BENCH = """\
kind = "ni-daq"
target = "simulator"
card = "Dev1"
model = "PCIe-6363"

[terminals.TE]
output = "ao0"
current_unlimited = true
max_current = "20 mA"
[terminals.TE.current]
input = "ai0"
gain = "-500 ohm"
bandwidth = "500 kHz"

[terminals.BE]
"""


@pytest.mark.parametrize("ground", ["ai0", "wire"])
def test_a_grounded_terminal_stands_at_zero_and_is_refused_a_spike(ground, tmp_path, capsys):
    """Where the amplifier is its ground, it measures the current on its way back."""
    path = tmp_path / "tia.toml"
    path.write_text(BENCH + f'grounded_by = "{ground}"\n', "utf-8")
    two = ('differences=["-0.2 ms", "0.3 ms"]', "repeats=1")
    rows = run("stdp", str(path), "alpha-fe2o3", "published-one-terminal", *two)
    assert (rows["part"] == "pair").sum() == 2 < len(rows)
    assert rows["before"].dropna().between(2e-4, 2e-3).all()
    command = ["check", "stdp", "--bench", str(path), "--device", "alpha-fe2o3"]
    assert main([*command, "--recipe", "published"]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "1 V" in said and "0 V, what a terminal that is grounded can" in said


def test_it_stands_beside_another_make_on_one_device(tmp_path):
    path = tmp_path / "two.toml"
    path.write_text(
        '[instruments.daq]\nkind = "ni-daq"\ntarget = "simulator"\ncard = "Dev1"\n'
        'model = "PCIe-6363"\n[instruments.smu]\nkind = "ni-pxie-4139"\ntarget = "simulator"\n'
        '[terminals.gate]\non = "smu"\nresource = "PXI1Slot2/0"\nmodel = "20 W"\n'
        '[terminals.TE]\non = "daq"\noutput = "ao0"\ncurrent_unlimited = true\n'
        'max_current = "20 mA"\n[terminals.TE.current]\ninput = "ai0"\ngain = "1 kohm"\n'
        'bandwidth = "1 MHz"\n',
        "utf-8",
    )
    rows = run("ispp", str(path), "cu-te-1t1r", "one-target")
    assert rows["verdict"].iloc[-1] == "reached"
    assert rows["conductance"].iloc[-1] == pytest.approx(50e-6, rel=0.03)


SHORT = {
    "ltp_ltd": ("alpha-fe2o3", "published-80", "cycles=1"),
    "ppf": ("alpha-fe2o3", "alpha-fe2o3", "repeats=1"),
    "retention": ("cu-te", "cu-te-100-s", "times.duration=2 s"),
    "pulse_response": ("alpha-fe2o3", "alpha-fe2o3-set"),
}


@pytest.mark.parametrize("protocol", SHORT)
def test_runs_on_the_card_are_those_on_the_ideal_bench(protocol):
    """The same cell, read through an amplifier; a cell draws its own noise in each."""
    device, recipe, *options = SHORT[protocol]
    found = run(protocol, "ni-daq", device, recipe, *options)
    ideal = run(protocol, "ideal", device, recipe, *options)
    assert len(found) == len(ideal) > 10
    column = "current" if protocol == "pulse_response" else "conductance"
    ratio = (found[column].abs() / ideal[column].abs()).replace([np.inf, 0.0], np.nan)
    assert ratio.notna().mean() > 0.6
    assert ratio.median() == pytest.approx(1.0, abs=0.3)
    assert not found["status"].astype(bool).any()
    assert not found["in_compliance"].any()


SHAPES = {
    "triangle": {"shape": "triangle", "amplitude": 0.8, "width": 0.9e-3, "steps": 9},
    "biphasic": {
        "shape": "biphasic", "amplitude": 0.8, "width": 150e-6, "tail": -0.3,
        "tail_constant": 0.4e-3, "tail_length": 2e-3, "tail_steps": 200,
    },
    "exponential": {
        "shape": "exponential", "amplitude": 0.8, "constant": 0.2e-3, "length": 1e-3, "steps": 100,
    },
    "file": {"shape": "file"},
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_spikes_of_any_shape_meet_as_they_were_asked_for(shape, tmp_path):
    """Two of them at 0.1 ms: the whole of them, and the extremes of their difference."""
    spike = dict(SHAPES[shape])
    if shape == "file":
        path = tmp_path / "spike.csv"
        path.write_text("time,voltage\n0,0.8\n13e-6,0.35\n120e-6,-0.2\n400e-6,0\n", "utf-8")
        spike["file"] = str(path)
    job = read_job("stdp", "ni-daq", "alpha-fe2o3", "published")
    recipe = job.recipe.model_validate(
        {
            **job.recipe.model_dump(), "pre": spike, "post": spike, "differences": (1e-4,),
            "repeats": 1, "preparation": (),
        }
    )  # fmt: skip
    with job.setup.open() as bench:
        row, *moments = job.protocol.run(bench, recipe)
    assert_delivered(frame(moments), spikes(recipe, 1e-4), measured=shape == "triangle")
    asked = [row.highest, row.lowest]
    assert asked[0] > 0.1 and asked[1] < -0.1
    for level, stood, current in (
        (row.highest, row.highest_voltage, row.highest_current),
        (row.lowest, row.lowest_voltage, row.lowest_current),
    ):
        assert stood == pytest.approx(level, abs=2e-3)
        assert current * level > 0 and abs(current) > 30e-6


def assert_delivered(moments, both, *, measured):
    """Every moment but those at an edge; the device sets at negative voltages.

    Voltages are measured where both inputs and that of the current can follow, else as sent.
    """
    ends = np.cumsum(both.durations)
    assert (moments["part"] == "waveform").all()
    assert 200 < len(moments) <= 1000
    assert moments["moment"].is_monotonic_increasing
    assert moments["moment"].iloc[-1] == pytest.approx(ends[-1], abs=6e-6)
    pieces = np.minimum(np.searchsorted(ends, moments["moment"], side="right"), len(ends) - 1)
    inside = np.abs(ends[:, None] - moments["moment"].to_numpy()).min(axis=0) > 1.5e-6
    assert inside.mean() > 0.7
    for name, levels in (("pre", both.pre), ("post", both.post)):
        found, wanted = moments[f"{name}_voltage"], -np.array(levels)[pieces]
        if name == "pre" or measured:
            np.testing.assert_allclose(found[inside], wanted[inside], atol=3e-3)
        else:
            assert found.isna().all()
    across = np.subtract(both.post, both.pre)[pieces]
    far = inside & (np.abs(across) > 0.1)
    assert far.any() and (np.sign(moments["spike_current"]) == np.sign(across))[far].all()


def test_the_figure_shows_what_was_delivered_of_a_pair_of_either_sign():
    two = ['differences=["-0.3 ms", "0.2 ms", "0.3 ms"]', "repeats=2"]
    job = read_job("stdp", "ni-daq", "alpha-fe2o3", "published", options=two)
    with job.setup.open() as bench:
        rows = frame(list(job.protocol.run(bench, job.recipe)))
    recorded = rows[rows["part"] == "waveform"]
    assert set(recorded["difference"]) == {2e-4, -3e-4} and set(recorded["repeat"]) == {1}
    assert recorded.groupby("difference").size().max() <= 1000
    weights, *panels = job.protocol.figure(rows, job.recipe).panels
    assert sum(len(line.x) for line in weights.lines if line.label == "pairs") == 6
    assert [panel.y.quantity for panel in panels] == ["towards SET"] * 2 + [
        "current towards SET"
    ] * 2
    for panel, current, difference in zip(panels, panels[2:], (2e-4, -3e-4), strict=False):
        *_, asked, delivered = panel.lines
        assert delivered.label == "pre - post, delivered"
        places = np.searchsorted(asked.x, delivered.x, side="right") - 1
        off = np.abs(np.array(asked.y)[places] - delivered.y)
        assert np.mean(off < 5e-3) > 0.98 and np.max(np.abs(delivered.y)) > 1.1, difference
        (line,) = current.lines
        assert np.corrcoef(line.y, delivered.y)[0, 1] > 0.9


def widths(width):
    return [f"pre.width={width}", f"post.width={width}"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (widths("150.5 us"), "is no multiple of the 1 us of an NI PCIe-6363"),
        (["pre.tail_length=40 us", "bench.sample_rate=500 kHz"], "no multiple of the 2 us"),
        (["pre.tail_length=40 us", "post.tail_length=40 us"],
         "duration of level 500 ns .* is below 1 us, what an NI PCIe-6363"),
        (["compliance=12 mA", "device.terminals.TE.max_compliance=20 mA",
          "device.terminals.BE.max_compliance=20 mA"],
         "compliance of level 12 mA .* is above 10 mA, what an NI PCIe-6363 .ao0, currents to 10"),
        (["bench.terminals.BE.slew=10000 V/s"], "BE: a step of 1.[0-9]+ V takes 1[0-9.]+ us at 10"),
        (["apply=difference on one", "pre.amplitude=6 V", "post.tail=-5 V",
          "device.terminals.TE.min_voltage=-20 V", "device.across=[]"],
         "level -10.*V .* is below -10 V, what an NI PCIe-6363"),
        (["pre.amplitude=1.5 V", "post.tail=-1.2 V"],
         "-1.5 V at TE meets 1.02.* V at BE .*may suffer -2.2 V to 2.5 V"),
        (["bench.streaming=false", "bench.buffer=1000", "read.aperture=0.999999 s"],
         "samples a channel at 1 MHz; the buffer holds 1000, and the bench file forbids streaming"),
    ],
)  # fmt: skip
def test_what_the_card_cannot_do_is_refused_in_the_plan_with_the_numbers(options, words):
    job = read_job("stdp", "ni-daq", "alpha-fe2o3", "published", options=options)
    found = "\n".join(job.refusals())
    assert re.search(words, found), found


def test_ctrl_c_in_any_wait_leaves_nothing_on_and_loses_nothing():
    def played(trap):
        clock = TrappedClock(VirtualClock(), trap)
        rehearsed = rehearse("ni-daq", "resistor", clock=clock)
        return play(rehearsed.bench, rehearsed, SCENARIO, (KeyboardInterrupt,))

    never = Trap(0)
    wanted = played(never).played
    assert not any(isinstance(one, BaseException) for one in wanted)
    assert never.passed >= 4
    for moment in range(1, never.passed + 1):
        outcome = played(Trap(moment))
        assert len(outcome.errors) == 1
        assert_right(outcome, wanted, 0.05)


def test_lines_are_set_read_back_and_keep_their_states_when_they_are_released():
    server, _ = served(VirtualClock())
    connection = DeviceServer(server.address, 10.0)
    try:
        names = ["port0/line0", "port0/line7", "port1/line2"]
        with DigitalLines(connection, "Dev1", names) as lines:
            lines.set({"port0/line7": True})
            assert lines.read() == dict(zip(names, (False, True, False), strict=True))
            lines.set({"port1/line2": True, "port0/line7": False})
            assert lines.read() == dict(zip(names, (False, False, True), strict=True))
            with DigitalLines(connection, "Dev1", ["port0/line1"]) as one:
                one.set({"port0/line1": True})
                assert one.read() == {"port0/line1": True}
            with pytest.raises(KeyError, match="has no port0/line1"):
                lines.set({"port0/line1": True})
        with pytest.raises(ReplyError, match="were released"):
            lines.read()
        with pytest.raises(ConnectionFailed, match="no such channel"):
            DigitalLines(connection, "Dev1", ["port9/line0"])
    finally:
        connection.close()
        server.stop()


def test_what_is_served_prints_a_bench_file_that_reaches_it(tmp_path):
    kind = plugins.load(plugins.INSTRUMENTS, "ni")
    options = kind.settings.model_validate(CARD)
    path = tmp_path / "served.toml"
    path.write_text(kind.bench_file(WIRING, options, "127.0.0.1:31763"), "utf-8")
    (daq,) = read_setup(str(path), "resistor").instruments
    assert (daq.kind, daq.settings.card) == ("ni-daq", "Dev1")
    assert set(daq.settings.terminals) == {"TE", "gate"}
    assert daq.settings.driven["TE"].current.gain == 1e3
    assert daq.settings.driven["TE"].max_current == 0.02


SCRIPT = """
import sys
from mho.laboratory import read_setup
from mho.stimuli import Hold

setup = read_setup(sys.argv[1], "resistor")
with setup.open() as bench:
    print("open", flush=True)
    bench.apply(Hold(terminal="TE", level=0.4, count=2000, interval=0.1, aperture=0.01,
                     compliance=1e-3))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent differently on Windows")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_killed_in_a_waveform_leaves_zero_volts(tmp_path, number, monkeypatch):
    """The server plays on by itself: Ctrl-C is the run's own, a kill the watchdog's."""
    server, world = served(RealClock())
    bench = tmp_path / "real.toml"
    bench.write_text(
        f'kind = "ni-daq"\ntarget = "{server.address}"\ncard = "Dev1"\nmodel = "PCIe-6363"\n'
        '[terminals.TE]\noutput = "ao0"\ncurrent_unlimited = true\n[terminals.TE.current]\n'
        'input = "ai0"\ngain = "1 kohm"\nbandwidth = "1 MHz"\n',
        "utf-8",
    )
    command = [sys.executable, "-c", SCRIPT, str(bench)]
    monkeypatch.setenv("MHO_LOCKS", str(tmp_path / "locks"))

    def until(level):
        end = time.monotonic() + 60
        while abs(world.drives()["TE"].level - level) > 0.01:
            assert time.monotonic() < end, f"waited in vain for {level} V"
            time.sleep(0.01)

    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline() == "open\n"
            until(0.4)
            process.send_signal(number)
            until(0.0)
            process.wait(60)
            assert process.returncode != 0
    finally:
        server.stop()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ten_million_samples_take_flat_memory_and_a_call_a_block():
    script = """
import resource, sys
from mho.clock import VirtualClock
from mho.laboratory import read_setup
from mho.stimuli import Sweep
setup = read_setup("ni-daq", "resistor")
world = setup.simulated_world(VirtualClock())
ticks = int(sys.argv[1]) // 1000 - 1  # of which no slower clock may play 1000
sweep = Sweep(terminal="TE", levels=tuple(0.1 + n / 2000 for n in range(1000)), dwell=ticks * 1e-6,
              aperture=ticks * 5e-7, compliance=1e-3)
with setup.open(world=world) as bench:
    trace = bench.apply(sweep)
    assert all(abs(one.current / one.voltage - 1e-4) < 1e-6 for one in trace)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
    peaks = [
        int(subprocess.run([sys.executable, "-c", script, str(samples)],
                           capture_output=True, text=True, check=True).stdout)
        for samples in (1_500_000, 10_012_000)
    ]  # fmt: skip
    assert peaks[1] < 300
    assert peaks[1] < 1.3 * peaks[0]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_stdp_of_the_paper_is_that_on_a_pulse_card(tmp_path):
    """The same cell behind the same resistances: the windows of both agree within their errors."""
    path = tmp_path / "daq.toml"
    path.write_text(
        BENCH.replace('gain = "-500 ohm"', 'gain = "500 ohm"\nresistance = "50 ohm"')
        + 'output = "ao1"\ncurrent_unlimited = true\nmax_current = "20 mA"\n'
        'series_resistance = "50 ohm"\n',
        "utf-8",
    )
    on = {
        bench: run("stdp", bench, "alpha-fe2o3", "published")
        for bench in (str(path), "keithley-4200a-pmu")
    }
    daq, pmu = on.values()
    for differences in (lambda rows: rows["difference"] > 0, lambda rows: rows["difference"] < 0):
        ours, theirs = daq[differences(daq)], pmu[differences(pmu)]
        assert len(ours) == len(theirs) == 90
        error = (ours["change"].var() / 90 + theirs["change"].var() / 90) ** 0.5
        assert abs(ours["change"].mean() - theirs["change"].mean()) < 2.6 * error
    far = 0
    for difference, ours in daq.groupby("difference"):
        theirs = pmu[pmu["difference"] == difference]
        error = (ours["change"].var() / 10 + theirs["change"].var() / 10) ** 0.5
        far += abs(ours["change"].mean() - theirs["change"].mean()) > 2.1 * error
    assert far <= 3  # of 18, where one is expected by chance
