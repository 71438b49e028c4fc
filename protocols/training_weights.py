"""Conductances of the cells of a trained array: after each epoch, and after a time at rest."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mho.protocols.array_lines import Floats
from mho.protocols.array_training import Phase, TrainingSettings


def weights(rows: pd.DataFrame, settings: TrainingSettings) -> Mapping[int, Floats]:
    """Conductances (S) after each epoch whose cells were all read, shape (rows, columns)."""
    cells = rows[rows["phase"] == Phase.WEIGHT]
    tables = {
        int(str(epoch)): _table(part, settings) for epoch, part in cells.groupby("epoch", sort=True)
    }
    return {epoch: table for epoch, table in tables.items() if np.isfinite(table).all()}


def kept_weights(rows: pd.DataFrame, settings: TrainingSettings) -> Floats | None:
    """Conductances (S) after the time at rest; None where they were not all read."""
    table = _table(rows[rows["phase"] == Phase.KEPT], settings)
    return table if np.isfinite(table).all() else None


def _table(cells: pd.DataFrame, settings: TrainingSettings) -> Floats:
    """NaN where a cell was not read."""
    table = np.full((len(settings.lines.reads), len(settings.lines.columns)), np.nan)
    table[cells["row"].to_numpy(int), cells["column"].to_numpy(int)] = cells["conductance"]
    return table
