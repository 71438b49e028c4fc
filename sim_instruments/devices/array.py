"""An array: cells of any device model behind lines with resistance, solved as a network.

Each terminal of the cells is a line along rows, along columns, of each cell, or of them all; a line
is driven at one end, and each cell is a segment further on. What the cells draw lowers what stands
behind them; a cell that draws enough to matter is solved exactly at the source and the resistance
that the others leave it, also while it changes.

Cells that are not selected age by what they see. What nobody drives takes no current: sneak paths
through lines that float are not simulated.
"""

from typing import Any

import numpy as np
from pydantic import Field, model_validator

from mho import plugins, settings
from mho.device.layout import Address, CellLines
from mho.device.model import DeviceModel
from mho.frozen import Frozen
from mho.plugin_kinds import DeviceKind
from mho.quantities import Fraction, Ohms
from mho.sim_instruments.devices.array_cell import ArrayCell
from mho.sim_instruments.devices.array_lines import CellArray

_DEFECTS = 0xDEFEC7
"""What draws the defects, apart from what draws the cells."""


class ArrayParameters(CellLines):
    """An array of cells; ``rows``, ``columns`` and ``lines`` are those of ``[array]``."""

    cell: str = Field(description="name of the device model of one cell: mho describe device")
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="parameters of that model, the same for every cell"
    )
    line_resistance: dict[str, Ohms] = Field(
        default_factory=dict,
        description="of one segment of a line, from cell to cell, by terminal; assumed",
    )
    stuck: Fraction = Field(
        default=0.0, ge=0, le=1, description="share of cells that never change; assumed"
    )
    slow: Fraction = Field(
        default=0.0, ge=0, le=1, description="share of cells that change more slowly; assumed"
    )
    slow_factor: float = Field(
        default=10.0, ge=1, description="how much more slowly these change; assumed"
    )

    @model_validator(mode="after")
    def _on_lines(self) -> "ArrayParameters":
        for terminal in self.line_resistance:
            if terminal not in self.lines:
                known = ", ".join(self.lines)
                raise ValueError(f'line_resistance names "{terminal}", not one of {known}')
        if self.stuck + self.slow > 1:
            raise ValueError("stuck and slow cells are more than all cells")
        return self


def _build(parameters: ArrayParameters, seed: int) -> DeviceModel:
    kind: DeviceKind = plugins.load(plugins.DEVICES, parameters.cell, "model.parameters.cell")
    if kind.is_array:
        raise ValueError(f'cell = "{parameters.cell}" is an array itself')
    place = "model.parameters.parameters"
    chosen: Frozen = settings.parse(place, parameters.parameters, kind.parameters)
    addresses = parameters.cells()
    chances = np.random.default_rng([seed, _DEFECTS]).random(len(addresses))
    cells = []
    for at, chance in zip(addresses, chances, strict=True):
        device = kind.build(chosen, _seed_at(seed, at))
        is_stuck = bool(chance < parameters.stuck)
        is_slow = not is_stuck and bool(chance < parameters.stuck + parameters.slow)
        slowness = parameters.slow_factor if is_slow else 1.0
        cells.append(ArrayCell(device, is_stuck=is_stuck, slowness=slowness))
    missing = [name for name in parameters.lines if name not in cells[0].device.terminals]
    if missing:
        has = ", ".join(cells[0].device.terminals)
        raise ValueError(f"the cells have no terminal {', '.join(missing)}; they have {has}")
    return CellArray(parameters, cells, parameters.line_resistance)


def _seed_at(seed: int, at: Address) -> int:
    """By its address: a cell stays the same device when the array grows."""
    return int(np.random.SeedSequence([seed, at.row, at.column]).generate_state(1, np.uint32)[0])


ARRAY = DeviceKind(parameters=ArrayParameters, build=_build, is_array=True)
