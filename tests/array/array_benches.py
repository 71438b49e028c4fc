"""Arrays and the benches that walk them, as texts that a test may break in one place."""

from mho.laboratory import read_setup

BENCH = """
[instruments.smus]
kind = "ideal"
[terminals.TE]
on = "smus"
[terminals.gate]
on = "smus"
[select]
kind = "operator"
ground = "ground"
sources = { TE = "red", gate = "blue" }
lines = { TE = ["pad 1..pad 3"], gate = ["pad 4", "pad 5"] }
"""

CELLS = """
name = "2 x 3 cells"
write_at = "TE"
set_polarity = "positive"
read_voltage = "50 mV"
read_compliance = "100 uA"
pulse_width = "10 ms"
pulse_compliance = "5 mA"
contact_floor = "50 nS"
[terminals.TE]
min_voltage = "-2.6 V"
max_voltage = "2.6 V"
max_compliance = "10 mA"
[terminals.gate]
min_voltage = "0 V"
max_voltage = "4 V"
max_compliance = "1 mA"
bias = "3 V"
bias_compliance = "1 mA"
[dose]
max_pulses = 20000
max_charge = "500 mC"
[array]
rows = 2
columns = 3
[array.lines]
TE = "columns"
gate = "rows"
[model]
kind = "array"
[model.parameters]
cell = "cu-te-1t1r"
line_resistance = { TE = "2 ohm" }
"""


def files(folder, bench=BENCH, cells=CELLS):
    """Paths of a bench file and a device file."""
    paths = folder / "bench.toml", folder / "cells.toml"
    for path, text in zip(paths, (bench, cells), strict=True):
        path.write_text(text, "utf-8")
    return tuple(map(str, paths))


def setup_of(folder, bench=BENCH, cells=CELLS, **more):
    return read_setup(*files(folder, bench, cells), **more)
