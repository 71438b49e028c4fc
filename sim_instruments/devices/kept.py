"""What a part of a device model keeps from moment to moment, as plain arrays and back."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mho.device.model import State
from mho.sim_instruments.devices.elementwise import Elementwise, Values


def kept(owner: object, names: tuple[str, ...]) -> dict[str, NDArray[np.generic]]:
    """The attributes of ``owner`` as arrays, under their names without an underscore."""
    array = np.array
    return {bare: array(getattr(owner, name)) for name, bare in _with_bare(names)}


@lru_cache(maxsize=64)  # a load line keeps a state at every step of time
def _with_bare(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name, name.lstrip("_")) for name in names)


def scalar_or_array(value: NDArray[np.generic]) -> Values:
    """What an array of a state holds: the same number for all, or a copy of one for each device."""
    return value.copy() if value.ndim else value.item()


def put_back(owner: object, names: tuple[str, ...], state: State, ops: Elementwise) -> None:
    """Give ``owner`` the attributes that `kept` has taken.

    Raises
    ------
    KeyError
        One is missing: the state is that of something else.
    """
    for name, bare in _with_bare(names):
        setattr(owner, name, ops.values(state[bare]))
