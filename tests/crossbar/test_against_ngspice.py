"""The network against ngspice: as recorded, and anew where it is installed."""

import json

import numpy as np
import pytest
from ngspice_nets import RECORDED, STEEP, by_ngspice, curved_net, nets, version

from mho.crossbar import Wires, solve
from mho.sim_instruments.devices.cell_network import CellNetwork, Drivers

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


def of_curved_cells(into, out):
    conductance, rows, columns, wires = curved_net()
    network = CellNetwork(
        conductance.shape,
        wires["row_segments"],
        wires["column_segments"],
        lambda volts: STEEP * conductance * np.sinh(volts / STEEP),
    )
    found = network.settle(Drivers(rows, np.full(4, 1.0)), Drivers(columns, np.full(5, 1.0)))
    largest = np.abs(into).max()
    assert np.abs(found.row_currents - into).max() <= CLOSE * largest
    assert np.abs(found.column_currents + out).max() <= CLOSE * largest
    straight = solve(conductance, rows, columns, Wires(**wires)).row_currents
    assert largest > 3 * np.abs(straight).max()  # these are far from resistors


def test_what_ngspice_gave_for_cells_that_are_no_resistors():
    one = json.loads(RECORDED.read_text("utf-8"))["curved"]
    of_curved_cells(np.array(one["row_currents"]), np.array(one["column_currents"]))


@pytest.mark.skipif(version() is None, reason="there is no ngspice on the path")
def test_what_ngspice_gives_for_cells_that_are_no_resistors():
    into, out, _ = by_ngspice(*curved_net(), curved=True)
    of_curved_cells(into, out)
