"""Some of N simulated devices, worked on by themselves, and put back among the others.

A part of a device model that is one of `Devices` keeps what it knows of each device in arrays of
shape (N,) among its attributes (or in lists and named tuples of them). It gives an attribute a new
array where that changes; it never changes one in place.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from mho.sim_instruments.devices.elementwise import Elementwise

Indices = NDArray[np.intp]
Array = NDArray[np.generic]


class Devices:
    """Marks a part of a device model that `Subset` can take some devices out of."""


D = TypeVar("D", bound=Devices)


class Subset(Generic[D]):
    """The devices ``at`` (indices without repetition) of ``whole``, which is to be left alone.

    Random generators belong to both.
    """

    def __init__(self, whole: D, at: Indices) -> None:
        self.at, self._whole = at, whole
        self._origins: dict[int, tuple[Array, Array]] = {}
        self.part: D = self._taken(whole, {})

    def put_back(self) -> None:
        """Write what has become of them into the whole.

        Raises
        ------
        TypeError
            One value for all devices has become one for each of some of them.
        """
        self._put(self._whole, self.part)

    def _taken(self, value: Any, seen: dict[int, Any]) -> Any:
        if isinstance(value, np.ndarray) and value.ndim:
            some = value[self.at]
            some.flags.writeable = False  # it is to be replaced, not changed
            self._origins[id(some)] = some, value
            return some
        if isinstance(value, Elementwise):
            return replace(value, size=self.at.size)
        return _rebuilt(value, seen, self._taken)

    def _put(self, whole: Any, some: Any) -> None:
        if isinstance(whole, np.ndarray) and whole.ndim:
            _, origin = self._origins.get(id(some), (None, None))
            if origin is not whole:
                whole[self.at] = some
        elif isinstance(whole, list) or hasattr(whole, "_make"):
            for each, one in zip(whole, some, strict=True):
                self._put(each, one)
        elif isinstance(whole, Devices):
            for name, each in vars(whole).items():
                self._put(each, vars(some)[name])
        elif not isinstance(whole, Elementwise) and some is not whole and some != whole:
            raise TypeError(f"{whole!r} is the same for all devices, {some!r} would be of some")


def separate(devices: D) -> D:
    """A copy each of whose arrays is its own, so that some of it can be overwritten."""
    taken: D = _separated(devices, {})
    return taken


def _separated(value: Any, seen: dict[int, Any]) -> Any:
    if isinstance(value, np.ndarray):
        return value.copy()
    return _rebuilt(value, seen, _separated)


def _rebuilt(value: Any, seen: dict[int, Any], each: Callable[[Any, dict[int, Any]], Any]) -> Any:
    """``value`` with ``each`` of what it is made of; once, where several have it as a part."""
    if isinstance(value, list):
        return [each(one, seen) for one in value]
    if hasattr(value, "_make"):
        return value._make(each(one, seen) for one in value)
    if not isinstance(value, Devices):
        return value
    if id(value) not in seen:
        seen[id(value)] = made = object.__new__(type(value))
        vars(made).update({name: each(one, seen) for name, one in vars(value).items()})
    return seen[id(value)]
