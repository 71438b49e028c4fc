"""Some of N simulated devices, worked on by themselves, and put back among the others.

A part of a device model that is one of `Devices` keeps what it knows of each device in arrays of
shape (N,) among its attributes (or in lists of them), and gives an attribute a new array where it
changes; it never changes one in place.
"""

from dataclasses import replace
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from mho.sim_instruments.devices.elementwise import Elementwise

Indices = NDArray[np.intp]


class Devices:
    """Marks a part of a device model that `Subset` can take some devices out of."""


D = TypeVar("D", bound=Devices)


class Subset(Generic[D]):
    """The devices ``at`` (indices without repetition) of ``whole``, which is to be left alone.

    Random generators belong to both.
    """

    def __init__(self, whole: D, at: Indices) -> None:
        self.at, self._whole = at, whole
        self.part: D = _taken(whole, at, {})

    def put_back(self) -> None:
        """Write what has become of them into the whole.

        Raises
        ------
        TypeError
            One value for all devices has become one for each of some of them.
        """
        _put(self._whole, self.part, self.at)


def separate(devices: D) -> D:
    """A copy whose arrays are its own, so that some of each can be overwritten."""
    taken: D = _taken(devices, slice(None), {})
    return taken


def _taken(value: Any, at: Any, seen: dict[int, Any]) -> Any:
    if isinstance(value, np.ndarray) and value.ndim:
        some = value[at] if isinstance(at, np.ndarray) else value.copy()
        some.flags.writeable = not isinstance(at, np.ndarray)  # what still is not, is as it was
        return some
    if isinstance(value, list):
        return [_taken(each, at, seen) for each in value]
    if isinstance(value, Elementwise) and isinstance(at, np.ndarray):
        return replace(value, size=at.size)
    if not isinstance(value, Devices):
        return value
    if id(value) not in seen:
        seen[id(value)] = some = object.__new__(type(value))
        vars(some).update({name: _taken(each, at, seen) for name, each in vars(value).items()})
    return seen[id(value)]


def _put(whole: Any, some: Any, at: Indices) -> None:
    if isinstance(whole, np.ndarray) and whole.ndim:
        if some.flags.writeable:
            whole[at] = some
    elif isinstance(whole, list):
        for each, one in zip(whole, some, strict=True):
            _put(each, one, at)
    elif isinstance(whole, Devices):
        for name, each in vars(whole).items():
            _put(each, vars(some)[name], at)
    elif not isinstance(whole, Elementwise) and some is not whole and some != whole:
        raise TypeError(f"{whole!r} is the same for all devices, {some!r} would be of some only")
