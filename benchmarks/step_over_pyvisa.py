"""What mho costs in a closed-loop step, as a multiple of bare PyVISA.

A step sets a level that differs from the last, reads the current and stores a row: through guard,
composed bench and a small instrument over PyVISA, as a `Pulse` and as a `Hold` of one read, and by
two bare PyVISA calls with nothing stored. Behind both stands the same 10 kohm resistor in
pyvisa-sim, in this process. CPU time of the thread, blocks of steps in random order, no garbage
collection; printed are the best block of each (us a step) and the ratio of the bests.

    python benchmarks/step_over_pyvisa.py [ROUNDS]
"""

import gc
import random
import sys
import tempfile
from collections import deque
from pathlib import Path
from time import thread_time
from typing import NamedTuple

import pyvisa

from mho.bench import ChannelLimits, InstrumentIdentity
from mho.bench.composed import ComposedBench
from mho.bench.guard import GuardedBench
from mho.clock import VirtualClock
from mho.device.profile import DeviceProfile
from mho.laboratory import read_setup
from mho.protocols import columns as shared
from mho.readings import Reading, Trace
from mho.recording.columns import columns
from mho.recording.journal import Journal
from mho.recording.recorder import RunRecorder
from mho.stimuli import Hold, Pulse

BLOCK = 100
LEVELS = [round(0.1 + 1e-5 * number, 6) for number in range(20_000)]
MUCH = ["dose.max_pulses=100000000", "dose.max_charge=1000000 C"]


class Row(NamedTuple):
    """What is stored of a step."""

    time: shared.Time
    level: shared.Level
    voltage: shared.Voltage
    current: shared.Current


class ResistorDevice:
    """A pyvisa-sim device of 10 kohm: takes ``V 0.1``, answers ``I?`` byte by byte."""

    resource_name = None

    def __init__(self):
        self.level = 0.0
        self.output = deque()

    def write(self, data):
        if data[:1] == b"V":
            self.level = float(data[2:])
        else:
            text = b"%+.8E\n" % (self.level / 1e4)
            last = len(text) - 1
            self.output.extend((text[n : n + 1], n == last) for n in range(last + 1))

    def read(self):
        return self.output.popleft() if self.output else (b"", False)


class VisaInstrument:
    """The least that a driver gives."""

    name = "resistor over VISA"
    opens_within_stimuli = False

    def __init__(self, resource, clock):
        self.resource, self.clock = resource, clock
        self.limits = {
            "TE": ChannelLimits(
                instrument="a source over VISA",
                max_voltage=10.0,
                max_compliance=1.0,
                min_width=1e-6,
                min_aperture=1e-6,
                max_aperture=10.0,
                max_source_power=10.0,
                max_points=1_000_000,
            )
        }

    def plays(self, stimulus):
        return True

    def check(self, part):
        pass

    def connect(self):
        return (InstrumentIdentity(terminal="TE", model="R", serial="1", address="here"),)

    def outputs_on(self, standing):
        pass

    def hold(self, terminal, drive):
        pass

    def play(self, stimulus):
        level = stimulus.level if type(stimulus) is Hold else stimulus.amplitude
        self.resource.write(f"V {level:.6g}")
        current = float(self.resource.query("I?"))
        return Trace((Reading(self.clock.now(), level, current, False, "", "TE"),))

    def off(self):
        self.resource.write("V 0")

    def disconnect(self):
        pass


def main(rounds: int) -> None:
    library = pyvisa.highlevel.open_visa_library("@sim")
    device, name = ResistorDevice(), "TCPIP0::resistor::1::SOCKET"
    device.resource_name = name
    library.devices._internal[name] = device
    manager = pyvisa.ResourceManager(library)
    resource = manager.open_resource(name, read_termination="\n", write_termination="\n")
    profile: DeviceProfile = read_setup("ideal", "resistor", device_options=MUCH).profile
    clock = VirtualClock()
    composed = ComposedBench({"": VisaInstrument(resource, clock)}, profile, clock)
    with tempfile.TemporaryDirectory() as folder, GuardedBench(composed) as bench:
        row = columns(Row)
        journal = Journal(Path(folder) / "rows.csv", row)
        recorder = RunRecorder(journal, Path(folder), row, clock, lambda _: None)
        bench.record_with(recorder)

        def store(level, reading):
            recorder.write(Row(reading.time, level, reading.voltage, reading.current))

        def pulse(level):
            step = Pulse(terminal="TE", amplitude=level, width=0.02, compliance=1e-4)
            store(level, bench.apply(step)[0])

        def hold(level):
            step = Hold(
                terminal="TE", level=level, count=1, interval=0.02, aperture=0.02, compliance=1e-4
            )
            store(level, bench.apply(step)[0])

        def bare(level):
            resource.write(f"V {level:.6g}")
            float(resource.query("I?"))

        best = best_of({"bare": bare, "pulse": pulse, "hold": hold}, rounds)
        recorder.close(complete=True)
    for step in ("pulse", "hold"):
        print(
            f"{step:6} {best[step]:6.1f} us, bare PyVISA {best['bare']:6.1f} us: "
            f"ratio {best[step] / best['bare']:.2f}"
        )


def best_of(steps, rounds: int) -> dict[str, float]:
    """The best block of each step, us a step."""
    best = dict.fromkeys(steps, float("inf"))
    chance = random.Random(1)
    gc.collect()
    gc.disable()
    for number in range(rounds):
        names = list(steps)
        chance.shuffle(names)
        for name in names:
            begin = thread_time()
            for level in LEVELS[number * BLOCK % 19_000 :][:BLOCK]:
                steps[name](level)
            taken = (thread_time() - begin) / BLOCK * 1e6
            best[name] = min(best[name], taken if number else float("inf"))
    gc.enable()
    return best


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
