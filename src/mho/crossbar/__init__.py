"""Crossbars as networks: what stands and flows where cells, lines and drivers are resistances."""

from mho.crossbar.loss import lost_in_lines
from mho.crossbar.network import Crossbar, solve
from mho.crossbar.wires import Solution, Wires

__all__ = ["Crossbar", "Solution", "Wires", "lost_in_lines", "solve"]
