"""An array: cells of any device model behind lines with resistance, solved as a network.

Each terminal of the cells is a line along rows, along columns, of each cell, or of them all; a line
is driven at one end, and each cell is a segment further on. What the cells draw lowers what stands
behind them; a cell that draws enough to matter is solved exactly at the source and the resistance
that the others leave it, also while it changes.

Cells that are not selected age by what they see. What nobody drives takes no current: where cells
have two ends and sneak paths lead through lines that float, take `passive_crossbar`.
"""

from mho.device.model import DeviceModel
from mho.plugin_kinds import DeviceKind
from mho.sim_instruments.devices.array_lines import CellArray
from mho.sim_instruments.devices.array_parameters import ArrayParameters, cells_of


def _build(parameters: ArrayParameters, seed: int) -> DeviceModel:
    cells = cells_of(parameters, seed)
    missing = [name for name in parameters.lines if name not in cells[0].device.terminals]
    if missing:
        has = ", ".join(cells[0].device.terminals)
        raise ValueError(f"the cells have no terminal {', '.join(missing)}; they have {has}")
    return CellArray(parameters, cells, parameters.line_resistance)


ARRAY = DeviceKind(parameters=ArrayParameters, build=_build, is_array=True)
"""One cell of an array: it ages lazily, and may be stuck or slow."""
