"""Random numbers from 16 bits each, several times faster than exact ones.

Each is one of 65,536 equally likely values, the middles of as many slices of its law. A normal one
is never beyond 4.3, and its variance is 1. Good for chance that adds up and for what a thing is,
not for tails, nor for what happens with a small probability.
"""

from collections.abc import Sequence
from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from mho.sim_instruments.devices.elementwise import Elementwise, Values

_SLICES = 2**16
_MASK = _SLICES - 1
_SLICE, _HALF = 1.0 / _SLICES, 0.5 / _SLICES
_A_WORD = 4
"""Numbers from one word of a generator."""


@cache
def _normals() -> NDArray[np.float32]:
    half, quantile = _SLICES // 2, NormalDist().inv_cdf
    upper = np.array([quantile((half + i + 0.5) / _SLICES) for i in range(half)])
    values = np.concatenate((-upper[::-1], upper))
    scaled: NDArray[np.float32] = (values / np.std(values)).astype(np.float32)
    return scaled


def normal(generator: np.random.Generator, ops: Elementwise) -> Values:
    """A standard normal number of each device; those of many are in single precision."""
    if ops.size is None:
        return _normals().item(generator.bit_generator.random_raw() & _MASK)
    words = generator.bit_generator.random_raw(-(-ops.size // _A_WORD))
    return _normals().take(_halves(words)[: ops.size])


def normals(generator: np.random.Generator, ops: Elementwise, count: int) -> Sequence[Values]:
    """``count`` such numbers of each device."""
    words = -(-count // _A_WORD)
    if ops.size is None:
        item, found = _normals().item, []
        for _ in range(words):
            word = generator.bit_generator.random_raw()
            for _ in range(_A_WORD):
                found.append(item(word & _MASK))
                word >>= 16
        return found[:count]
    halves = _halves(generator.bit_generator.random_raw(ops.size * words))
    columns = halves.reshape(words, ops.size, _A_WORD)
    return [_normals().take(columns[i // _A_WORD, :, i % _A_WORD]) for i in range(count)]


def four_uniform(generator: np.random.Generator, ops: Elementwise) -> Sequence[Values]:
    """Four numbers between 0 and 1, neither of which is reached, of each device.

    Single precision holds them exactly.
    """
    if ops.size is None:
        word = generator.bit_generator.random_raw()
        return (
            (word & _MASK) * _SLICE + _HALF,
            (word >> 16 & _MASK) * _SLICE + _HALF,
            (word >> 32 & _MASK) * _SLICE + _HALF,
            (word >> 48) * _SLICE + _HALF,
        )
    halves = _halves(generator.bit_generator.random_raw(ops.size)).reshape(-1, _A_WORD)
    return [each.astype(np.float32) * _SLICE + _HALF for each in halves.T]


def _halves(words: NDArray[np.uint64]) -> NDArray[np.uint16]:
    return words.astype("<u8", copy=False).view("<u2")
