"""The simulated cell before and after a rehearsal: two files in the run folder."""

import io
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Self
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from mho.device.model import State
from mho.errors import Problem, RecordingError, SettingsError

When = Literal["before", "after"]

AFTER = "cell_after.npz"

_AGE = "age"

_last: "list[CellState]" = []
"""The one that was packed last: the next run of a campaign begins with it."""


@dataclass(frozen=True, slots=True)
class CellState:
    """A simulated cell as it lies between two runs: its world (see `mho.rehearsal.World.state`).

    Attributes
    ----------
    age
        The simulated time (s) since it was made.
    packed
        All of it as ``numpy.savez`` writes it: made once, and written in two places.
    """

    age: float
    world: State
    packed: bytes = field(default=b"", repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.packed:
            file = io.BytesIO()
            arrays: dict[str, Any] = {_AGE: np.array(self.age), **self.world}
            np.savez(file, **arrays)
            object.__setattr__(self, "packed", file.getvalue())
            _last[:] = [replace(self, world=_copied(self.world))]

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        """The cell that was ``packed``; the one that was packed last is not unpacked again.

        Raises
        ------
        ValueError
            It is something else.
        """
        if _last and _last[0].packed == data:
            return cls(_last[0].age, _copied(_last[0].world), data)
        try:
            with closing(np.load(io.BytesIO(data), allow_pickle=False)) as file:
                arrays = dict(file)
            return cls(float(arrays.pop(_AGE)), arrays, data)
        except (OSError, KeyError, EOFError, BadZipFile, TypeError, AttributeError) as error:
            raise ValueError(str(error)) from error


def _copied(world: State) -> dict[str, NDArray[np.generic]]:
    """A simulated device may go on in the arrays that it is given."""
    return {name: array.copy() for name, array in world.items()}


def write_cell_state(folder: Path, when: When, state: CellState) -> None:
    """Write how the cell is before or after a run into its folder, whole or not at all.

    Raises
    ------
    RecordingError
        It cannot be written.
    """
    path = _path(folder, when)
    unfinished = path.with_suffix(".part")
    try:
        unfinished.write_bytes(state.packed)
        unfinished.replace(path)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise RecordingError(f"{path} cannot be written: {error.strerror or error}") from error


def read_cell_state(folder: Path, when: When) -> CellState | None:
    """The cell before or after a rehearsal; None where none was kept.

    Raises
    ------
    SettingsError
        The file is damaged.
    """
    path = _path(folder, when)
    try:
        return CellState.unpacked(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise SettingsError([Problem(str(path), f"cannot be read: {error}")]) from error


def _path(folder: Path, when: When) -> Path:
    return folder / (AFTER if when == "after" else "cell_before.npz")
