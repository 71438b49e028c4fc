"""Cells of any device model in rows and columns, some of them stuck or slow."""

from typing import Any, Self

import numpy as np
from pydantic import Field, model_validator

from mho import plugins, settings
from mho.device.layout import Address, CellLines
from mho.frozen import Frozen
from mho.plugin_kinds import DeviceKind
from mho.quantities import Fraction, Ohms
from mho.sim_instruments.devices.array_cell import ArrayCell

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
    def _on_lines(self) -> Self:
        for terminal in self.line_resistance:
            if terminal not in self.lines:
                known = ", ".join(self.lines)
                raise ValueError(f'line_resistance names "{terminal}", not one of {known}')
        if self.stuck + self.slow > 1:
            raise ValueError("stuck and slow cells are more than all cells")
        return self


def cells_of(parameters: ArrayParameters, seed: int) -> list[ArrayCell]:
    """The cells, row by row.

    Raises
    ------
    SettingsError
        There is no such model, or its parameters are not these.
    ValueError
        The model is an array itself.
    """
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
    return cells


def _seed_at(seed: int, at: Address) -> int:
    """By its address: a cell stays the same device when the array grows."""
    return int(np.random.SeedSequence([seed, at.row, at.column]).generate_state(1, np.uint32)[0])
