"""The rows of a run as a table of pandas."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from mho.recording.columns import ROW_NUMBER, Column
from mho.recording.rows_file import Block, Cells, choice_dtype


def frame_of(columns: Sequence[Column], blocks: Iterable[Block], first: int = 0) -> pd.DataFrame:
    """The rows, one column each, indexed by their number from ``first`` on.

    ``frame.attrs`` holds ``units`` and ``long_names`` by column. Choices come as categories.
    """
    parts: dict[str, list[Cells]] = {column.name: [] for column in columns}
    for block in blocks:
        for name, cells in block.items():
            parts[name].append(cells)
    frame = pd.DataFrame({column.name: _whole(column, parts[column.name]) for column in columns})
    frame.index = pd.RangeIndex(first, first + len(frame), name=ROW_NUMBER)
    frame.attrs["units"] = {column.name: column.units for column in columns}
    frame.attrs["long_names"] = {column.name: column.long_name for column in columns}
    return frame


_EMPTY = {"float": np.float64, "int": np.int64, "bool": np.bool_}


def _whole(column: Column, parts: list[Cells]) -> object:
    categories = [part for part in parts if isinstance(part, pd.Categorical)]
    match column.kind:
        case "choice":
            if len(categories) == 1:
                return categories[0]
            codes = [part.codes for part in categories]
            joined = np.concatenate(codes) if codes else np.zeros(0, np.int8)
            return pd.Categorical.from_codes(joined, dtype=choice_dtype(column.choices))
        case "text":
            texts = [part.categories.to_numpy(object)[part.codes] for part in categories]
            return pd.array(np.concatenate(texts) if texts else np.zeros(0, object), dtype="str")
    arrays = [part for part in parts if isinstance(part, np.ndarray)]
    return np.concatenate(arrays) if arrays else np.zeros(0, _EMPTY[column.kind])
