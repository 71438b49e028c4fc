"""Benches of SMUs behind each selector, under the suites that every bench passes."""

import pytest

from mho.clock import VirtualClock
from mho.laboratory import read_setup
from mho.testing.conformance import BenchConformance

NI = """
[instruments.one]
kind = "ni-pxie-4139"
target = "simulator"
[terminals.TE]
on = "one"
resource = "PXI1Slot2/0"
model = "20 W"
"""

KEITHLEY = """
[instruments.one]
kind = "keithley-4200a"
connection = "simulator"
line_frequency = 50
[terminals.TE]
on = "one"
channel = "SMU1"
"""

OPERATOR = """
[select]
kind = "operator"
sources = { TE = "probe" }
lines = { TE = ["pad"] }
"""

MATRIX_707B = """
[select]
kind = "keithley-707b"
connection = "simulator"
sources = { TE = "A" }
lines = { TE = ["107"] }
"""


NI_SWITCH = """
[select]
kind = "ni-switch"
target = "simulator"
resource = "PXI1Slot9"
topology = "2739/2-Wire 16x16 Matrix"
sources = { TE = "r7" }
lines = { TE = ["c15"] }
"""


DAQ_LINES = """
[select]
kind = "ni-daq-lines"
target = "simulator"
card = "Dev1"
model = "PXIe-6363"
active = "low"
sources = { TE = "smu" }
lines = { TE = ["te"] }
relays = { smu-te = "port1/line3" }
"""


class BehindASelector(BenchConformance):
    text = ""
    wire = False

    @pytest.fixture(autouse=True)
    def bench_file(self, tmp_path):
        path = tmp_path / "bench.toml"
        path.write_text(self.text, "utf-8")
        self.bench = str(path)

    def open(self):
        setup = read_setup(self.bench, self.device, wire=self.wire)
        self._world = setup.simulated_world(VirtualClock())
        return setup.open(world=self._world)


class TestNiBehindA707B(BehindASelector):
    text = NI + MATRIX_707B


class TestNiBehindA707BOverSockets(BehindASelector):
    text, wire = NI + MATRIX_707B, True


class TestKeithleyBehindA707B(BehindASelector):
    text = KEITHLEY + MATRIX_707B


class TestNiBehindNiSwitch(BehindASelector):
    text = NI + NI_SWITCH


class TestKeithleyBehindNiSwitchOverSockets(BehindASelector):
    text, wire = KEITHLEY + NI_SWITCH, True


class TestNiBehindDaqLines(BehindASelector):
    text = NI + DAQ_LINES


class TestKeithleyBehindDaqLinesOverSockets(BehindASelector):
    text, wire = KEITHLEY + DAQ_LINES, True


class TestNiByHand(BehindASelector):
    text = NI + OPERATOR


del BehindASelector, BenchConformance
