"""States as plain arrays: random generators as integers, parts under a name of their own."""

import numpy as np
from numpy.typing import NDArray

from mho.device.model import State

_WORD = 64
_MASK = 2**_WORD - 1


def generator_state(generator: np.random.Generator) -> NDArray[np.uint64]:
    """The state of a PCG64 generator (what ``numpy.random.default_rng`` gives): six integers."""
    state = generator.bit_generator.state
    inner = state["state"]
    position, step = inner["state"], inner["inc"]
    words = (position >> _WORD, position & _MASK, step >> _WORD, step & _MASK)
    return np.array([*words, state["has_uint32"], state["uinteger"]], dtype=np.uint64)


def restore_generator(generator: np.random.Generator, words: NDArray[np.generic]) -> None:
    """Put a generator back to where `generator_state` found one."""
    numbers = words.tolist()
    generator.bit_generator.state = {
        "bit_generator": "PCG64",
        "state": {
            "state": numbers[0] << _WORD | numbers[1],
            "inc": numbers[2] << _WORD | numbers[3],
        },
        "has_uint32": numbers[4],
        "uinteger": numbers[5],
    }


def named(part: str, state: State) -> dict[str, NDArray[np.generic]]:
    """The arrays of a part, under its name."""
    return {f"{part}/{name}": array for name, array in state.items()}


def part_of(state: State, part: str) -> dict[str, NDArray[np.generic]]:
    """The arrays that `named` has put under the name of a part."""
    start = f"{part}/"
    return {
        name.removeprefix(start): array for name, array in state.items() if name.startswith(start)
    }
