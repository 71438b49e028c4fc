"""Crossbars as netlists of ngspice, and what it makes of them; as a program it records that.

    python tests/crossbar/ngspice_nets.py

writes ``ngspice_nets.json`` beside this file anew, with the version that answered; the tests hold
`mho.crossbar` against it, and against ngspice itself where that is installed.
"""

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

RECORDED = Path(__file__).with_name("ngspice_nets.json")
COMMAND = ("ngspice", "-b")
_PRINTED = re.compile(r"^(\S+) = (\S+)$", re.MULTILINE)


def nets():
    """Networks by name: conductances, voltages (NaN: floats) and wires as plain arrays."""
    rng = np.random.default_rng(11)
    wide = rng.uniform(0.2e-6, 50e-6, (12, 9))
    narrow = rng.uniform(9e-9, 72e-9, (12, 9))
    levels = rng.uniform(-0.1, 0.1, 12)
    small = rng.uniform(1e-6, 1e-3, (5, 7))
    selected_row, selected_column = np.full(12, np.nan), np.full(9, np.nan)
    selected_row[3], selected_column[5] = 0.2, 0.0
    along, down = rng.uniform(0.5, 20.0, small.shape), rng.uniform(0.5, 20.0, small.shape)
    along[2, 3] = down[1, 4] = np.inf
    plain = {"row_segments": 1.0, "column_segments": 1.0, "row_drivers": 0.0, "column_drivers": 0.0}
    return {
        "read": (wide, levels, np.zeros(9), plain),
        "read of the published range": (narrow, levels, np.zeros(9), plain),
        "others float": (wide, selected_row, selected_column, plain),
        "half voltages": (
            wide,
            np.where(np.isnan(selected_row), 0.5, 1.0),
            np.where(np.isnan(selected_column), 0.5, 0.0),
            {**plain, "row_segments": 50.0, "column_segments": 20.0},
        ),
        "every wire its own": (
            small,
            np.array([0.3, np.nan, -0.2, 0.1, np.nan]),
            np.array([0.0, 0.1, np.nan, 0.0, -0.1, np.nan, 0.0]),
            {
                "row_segments": along,
                "column_segments": down,
                "row_drivers": rng.uniform(0.0, 100.0, 5),
                "column_drivers": rng.uniform(0.0, 100.0, 7),
            },
        ),
    }


STEEP = 0.1
"""Volts: cells of `curved_net` take ``STEEP`` g sinh(V/``STEEP``)."""


def curved_net():
    """Cells that are no resistors: a selected one at 0.6 V, some lines at a third, others float."""
    rng = np.random.default_rng(12)
    rows = np.array([0.2, 0.6, np.nan, 0.2])
    columns = np.array([0.4, np.nan, 0.0, 0.4, np.nan])
    wires = {
        "row_segments": 20.0,
        "column_segments": 30.0,
        "row_drivers": 0.0,
        "column_drivers": 0.0,
    }
    return rng.uniform(1e-7, 1e-5, (4, 5)), rows, columns, wires


def netlist(conductance, rows, columns, wires, *, curved=False):
    """The text for ngspice; V sources of the driven lines are named ``vr0`` and ``vc0``."""
    count, others = conductance.shape
    along, down = (
        np.broadcast_to(wires[name], conductance.shape)
        for name in ("row_segments", "column_segments")
    )
    before = np.broadcast_to(wires["row_drivers"], (count,))
    below = np.broadcast_to(wires["column_drivers"], (others,))
    lines, number = ["crossbar"], 0

    def resistor(one, other, ohms):
        nonlocal number
        if np.isfinite(ohms):
            lines.append(f"r{number} {one} {other} {float(ohms)!r}")
            number += 1

    for i, j in np.ndindex(count, others):
        if curved:
            scale, cell = float(STEEP * conductance[i, j]), f"u{i}_{j},w{i}_{j}"
            lines.append(f"b{i}_{j} u{i}_{j} w{i}_{j} i={scale!r}*sinh(v({cell})/{STEEP!r})")
        else:
            resistor(f"u{i}_{j}", f"w{i}_{j}", 1.0 / conductance[i, j])
        resistor(f"u{i}_{j - 1}" if j else f"er{i}", f"u{i}_{j}", along[i, j])
        resistor(f"w{i}_{j}", f"w{i + 1}_{j}" if i + 1 < count else f"ec{j}", down[i, j])
    for name, levels, ohms in (("r", rows, before), ("c", columns, below)):
        for n, level in enumerate(levels):
            if np.isnan(level):
                continue
            driver = f"d{name}{n}" if ohms[n] else f"e{name}{n}"
            if ohms[n]:
                resistor(driver, f"e{name}{n}", ohms[n])
            lines.append(f"v{name}{n} {driver} 0 dc {float(level)!r}")
    lines += [".options reltol=1e-12 abstol=1e-20 vntol=1e-14", ".control", "set numdgt=14", "op"]
    lines += [f"print i(v{name}{n})" for name, n in _driven(rows, columns)]
    lines += [f"print v(u{i}_{j})" for i, j in np.ndindex(count, others)]
    return "\n".join([*lines, "quit 0", ".endc", ".end", ""])


def _driven(rows, columns):
    return [("r", n) for n in np.flatnonzero(~np.isnan(rows))] + [
        ("c", n) for n in np.flatnonzero(~np.isnan(columns))
    ]


def by_ngspice(conductance, rows, columns, wires, *, curved=False):
    """Currents into rows and out of columns (A; 0 where one floats), potentials of the rows (V)."""
    with tempfile.TemporaryDirectory() as folder:
        net = Path(folder) / "net.cir"
        text = netlist(conductance, rows, columns, wires, curved=curved)
        net.write_text(text, "utf-8")
        said = subprocess.run(
            [*COMMAND, str(net)], capture_output=True, text=True, check=True
        ).stdout
    found = {name: float(value) for name, value in _PRINTED.findall(said)}
    into, out = np.zeros(len(rows)), np.zeros(len(columns))
    for name, n in _driven(rows, columns):
        current = found[f"i(v{name}{n})"]  # from plus to minus, through the source
        (into if name == "r" else out)[n] = -current if name == "r" else current
    nodes = np.zeros(conductance.shape)
    for i, j in np.ndindex(*nodes.shape):
        nodes[i, j] = found[f"v(u{i}_{j})"]
    return into, out, nodes


def version():
    """Of the ngspice on the path; None without one."""
    if shutil.which(COMMAND[0]) is None:
        return None
    said = subprocess.run([COMMAND[0], "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"ngspice-\S+", said.stdout)
    return found.group() if found else "unknown"


def _answer(into, out, nodes):
    return {
        "row_currents": into.tolist(), "column_currents": out.tolist(), "rows": nodes.tolist(),
    }  # fmt: skip


def record():
    """What the tests compare with."""
    answers = {name: _answer(*by_ngspice(*net)) for name, net in nets().items()}
    answers["curved"] = _answer(*by_ngspice(*curved_net(), curved=True))
    about = {"version": version(), "command": " ".join(COMMAND), "nets": "ngspice_nets.py: nets()"}
    RECORDED.write_text(json.dumps({"made_by": about, **answers}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    record()
