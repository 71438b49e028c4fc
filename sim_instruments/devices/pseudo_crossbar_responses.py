"""What the lines of an array answer to an instrument: currents of gates, reads and channels."""

import math
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import chain
from typing import NamedTuple

import numpy as np

from mho.crossbar import Wires, solve
from mho.device.model import Response, drive_at
from mho.sim_instruments.devices.pseudo_crossbar_levels import Floats, given, grounded, numbers
from mho.stimuli import Drive

_NOTHING = 1e-30
"""S, for a row of cells that do not conduct."""


class Lines(NamedTuple):
    """Names of gate, read and channel lines."""

    gates: tuple[str, ...]
    reads: tuple[str, ...]
    channels: tuple[str, ...]


class LineResponses(Mapping[str, Response]):
    """Of all lines, worked out when somebody looks: read and channel lines are one network.

    A read line that nothing drives floats; a channel line is at 0 V. A limit that is exceeded is
    said, and the current held there; the voltage that it would leave is not worked out (an
    amplifier that drives a line has more to give).

    Parameters
    ----------
    lines, drives
        The lines, and what drives them now.
    conductance
        Of the channels (S), shape (rows, columns).
    through
        Amperes from each gate into its channel; the same shape.
    segment
        Ohms of read and channel lines, from cell to cell.
    """

    def __init__(
        self,
        lines: Lines,
        drives: Mapping[str, Drive],
        conductance: Floats,
        through: Floats,
        segment: float,
    ) -> None:
        self._lines, self._drives = lines, dict(drives)
        self._conductance, self._through, self._segment = conductance, through, segment

    def __len__(self) -> int:
        return sum(map(len, self._lines))

    def __iter__(self) -> Iterator[str]:
        return chain(*self._lines)

    def __getitem__(self, name: str) -> Response:
        found = self._of_gates.get(name)
        return self._of_channels[name] if found is None else found

    @cached_property
    def _of_gates(self) -> dict[str, Response]:
        levels = grounded(numbers(given(self._drives, self._lines.gates)))
        return self._limited(self._lines.gates, levels, self._through.sum(axis=1))

    @cached_property
    def _of_channels(self) -> dict[str, Response]:
        rows = numbers(given(self._drives, self._lines.reads))
        columns = grounded(numbers(given(self._drives, self._lines.channels)))
        g, segment, floating = self._conductance, self._segment, np.isnan(rows)
        if segment > 0.0 and (columns.any() or not floating.all()):
            solved = solve(g, rows, columns, Wires(row_segments=segment, column_segments=segment))
            into_columns, into_rows = -solved.column_currents, solved.row_currents
            rows = np.where(floating, solved.rows[:, 0], rows)
        else:
            if floating.any():
                rows = np.where(floating, (g @ columns) / np.maximum(g.sum(axis=1), _NOTHING), rows)
            flowing = (rows[:, None] - columns) * g
            into_columns, into_rows = -flowing.sum(axis=0), flowing.sum(axis=1)
        into_rows = np.where(floating, 0.0, into_rows)
        return self._limited(self._lines.reads, rows, into_rows) | self._limited(
            self._lines.channels, columns, into_columns - self._through.sum(axis=0)
        )

    def _limited(
        self, names: tuple[str, ...], levels: Floats, currents: Floats
    ) -> dict[str, Response]:
        return {
            name: _limited(drive_at(self._drives, name), level, current)
            for name, level, current in zip(names, levels.tolist(), currents.tolist(), strict=True)
        }


def _limited(drive: Drive | None, level: float, current: float) -> Response:
    if drive is None or abs(current) <= drive.limit:
        return Response(level, current, False)
    return Response(level, math.copysign(drive.limit, current), True)
