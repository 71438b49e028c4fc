"""Some of N simulated devices, worked on by themselves, and put back among the others.

A part of a device model that is one of `Devices` keeps what it knows of each device in arrays of
shape (N,) among its attributes (or in lists and named tuples of them). It gives an attribute a new
array where that changes; it never changes one in place.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from mho.sim_instruments.devices.elementwise import Elementwise

Indices = NDArray[np.intp]
Array = NDArray[np.generic]


class Devices:
    """Marks a part of a device model that `Subset` can take some devices out of."""


class _Taken:
    """What a part of a subset has not been asked for before is taken out of the whole.

    A class of its own: those who have this method are slower in everything.
    """

    def __getattr__(self, name: str) -> Any:
        subset, whole = self.__dict__[_TAKEN_FROM]
        taken = self.__dict__[name] = subset.taken(getattr(whole, name))
        return taken


@cache
def _taken_kind(kind: type[Devices]) -> type[Devices]:
    return kind if issubclass(kind, _Taken) else type(kind.__name__, (_Taken, kind), {})


_TAKEN_FROM = "_taken_from"

D = TypeVar("D", bound=Devices)


class Subset(Generic[D]):
    """The devices ``at`` (indices without repetition) of ``whole``, which is to be left alone.

    Random generators belong to both. Arrays are taken out as they are asked for.
    """

    def __init__(self, whole: D, at: Indices) -> None:
        self.at, self._whole = at, whole
        self._parts: dict[int, Devices] = {}
        self._origins: dict[int, tuple[Array, Array]] = {}
        self.part: D = self.taken(whole)

    def taken(self, value: Any) -> Any:
        """Of something of the whole, that of the subset."""
        if isinstance(value, np.ndarray) and value.ndim:
            some = value[self.at]
            some.flags.writeable = False  # it is to be replaced, not changed
            self._origins[id(some)] = some, value
            return some
        if isinstance(value, Elementwise):
            return replace(value, size=self.at.size)
        if isinstance(value, Devices):
            if id(value) not in self._parts:
                kind = _taken_kind(type(value))  # type: ignore[arg-type]  # a class has a hash
                part: Devices = object.__new__(kind)
                self._parts[id(value)] = part
                part.__dict__[_TAKEN_FROM] = self, value
            return self._parts[id(value)]
        return _rebuilt(value, self.taken)

    def put_back(self) -> None:
        """Write what has become of them into the whole.

        Raises
        ------
        TypeError
            One value for all devices has become one for each of some of them.
        """
        for part in self._parts.values():
            now = dict(vars(part))
            _, whole = now.pop(_TAKEN_FROM)
            for name, value in now.items():
                self._put(getattr(whole, name), value)

    def _put(self, whole: Any, some: Any) -> None:
        if isinstance(whole, np.ndarray) and whole.ndim:
            _, origin = self._origins.get(id(some), (None, None))
            if origin is not whole:
                whole[self.at] = some
        elif isinstance(whole, list) or hasattr(whole, "_make"):
            for each, one in zip(whole, some, strict=True):
                self._put(each, one)
        elif not isinstance(whole, Devices | Elementwise) and some is not whole and some != whole:
            raise TypeError(f"{whole!r} is the same for all devices, {some!r} would be of some")


def separate(devices: D) -> D:
    """A copy each of whose arrays is its own, so that some of it can be overwritten."""
    copies: dict[int, Devices] = {}

    def separated(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return value.copy()
        if not isinstance(value, Devices):
            return _rebuilt(value, separated)
        if id(value) not in copies:
            copies[id(value)] = copy = object.__new__(type(value))
            vars(copy).update({name: separated(each) for name, each in vars(value).items()})
        return copies[id(value)]

    separate: D = separated(devices)
    return separate


def _rebuilt(value: Any, each: Callable[[Any], Any]) -> Any:
    if isinstance(value, list):
        return [each(one) for one in value]
    return value._make(map(each, value)) if hasattr(value, "_make") else value
