"""Bench files with a selector, as texts that a test may break in one place."""

from mho.laboratory import read_setup
from mho.stimuli import Pulse, Read

SMUS = """
[instruments.pxi]
kind = "ni-pxie-4139"
target = "simulator"
[terminals.TE]
on = "pxi"
resource = "PXI1Slot2/0"
model = "20 W"
[terminals.gate]
on = "pxi"
resource = "PXI1Slot3/0"
model = "20 W"
"""

MATRIX_707B = """
[select]
kind = "keithley-707b"
connection = "simulator"
ground = "H"
sources = { TE = "A", gate = "B" }
lines = { TE = ["101..102"], gate = ["105", "106"] }
"""

DAQ_LINES = """
[select]
kind = "ni-daq-lines"
target = "simulator"
card = "Dev1"
model = "PCIe-6363"
ground = "ground"
sources = { TE = "smu1", gate = "smu2" }
lines = { TE = ["te0..te1"], gate = ["g0", "g1"] }
[select.relays]
smu1-te0 = "port0/line0"
smu1-te1 = "port0/line1"
smu2-g0 = "port0/line2"
smu2-g1 = "port0/line3"
ground-te0 = "port0/line4"
ground-te1 = "port0/line31"
ground-g0 = "port1/line7"
ground-g1 = "port2/line0"
"""

OPERATOR = """
[select]
kind = "operator"
sources = { TE = "red probe", gate = "blue probe" }
lines = { TE = ["pad 1"], gate = ["pad 2"] }
"""

PULSE = Pulse(
    terminal="TE",
    amplitude=0.5,
    width=10e-3,
    compliance=1e-3,
    verify=Read(voltage=0.1, aperture=10e-3, compliance=1e-4),
)


def setup_of(folder, text, device="cu-te-1t1r", **more):
    path = folder / "bench.toml"
    path.write_text(text, "utf-8")
    return read_setup(str(path), device, **more)


def ports_of(server, card="Dev1"):
    """What the digital ports of a simulated card drive: states bit by bit, by port."""
    (daq,) = (one for one in server._services if one.full_name == "nidaqmx_grpc.NiDAQmx")
    chassis = getattr(daq, "_service", daq)._chassis
    return {name: port.state for name, port in chassis.cards[card].ports.items()}


def actuator_of(bench):
    """The actuator behind a guarded bench."""
    return bench._bench._selector._actuator
