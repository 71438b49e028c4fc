"""The network against ngspice: as recorded, and anew where it is installed."""

import json

import numpy as np
import pytest
from ngspice_nets import RECORDED, by_ngspice, nets, version

from mho.crossbar import Wires, solve

CLOSE = 1e-6
"""Of the largest; ngspice prints that many digits, and more."""


def compared(net, into, out, nodes):
    conductance, rows, columns, wires = net
    found = solve(conductance, rows, columns, Wires(**wires))
    for ours, theirs in (
        (found.row_currents, into),
        (found.column_currents, out),
        (found.rows, nodes),
    ):
        theirs = np.array(theirs)
        assert np.abs(ours - theirs).max() <= CLOSE * np.abs(theirs).max()


@pytest.mark.parametrize("name", nets())
def test_what_ngspice_gave(name):
    recorded = json.loads(RECORDED.read_text("utf-8"))
    one = recorded[name]
    assert recorded["made_by"]["version"].startswith("ngspice-")
    compared(nets()[name], one["row_currents"], one["column_currents"], one["rows"])


@pytest.mark.skipif(version() is None, reason="there is no ngspice on the path")
@pytest.mark.parametrize("name", nets())
def test_what_ngspice_gives(name):
    compared(nets()[name], *by_ngspice(*nets()[name]))
