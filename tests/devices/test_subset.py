"""Some of many devices taken out and put back, whatever their parts hold."""

from typing import Any

import numpy as np
import pytest

from mho.sim_instruments.devices.elementwise import Elementwise, elementwise
from mho.sim_instruments.devices.selection import Selection
from mho.sim_instruments.devices.subset import Devices, Subset, separate


class Part(Devices):
    """Arrays of its own and of others, in lists, and what is the same for all."""

    def __init__(self, n: int, ops: Elementwise) -> None:
        self.ops, self.level = ops, 2.0
        self.state = self.same = np.arange(n, dtype=float)
        self.pools = [np.zeros(n), np.ones(n)]


class Whole(Devices):
    """Two that share a part."""

    def __init__(self, n: int) -> None:
        self.ops = elementwise(n, arrays=True)
        self.part = Part(n, self.ops)
        self.again = self.part
        self.time = np.zeros(n)
        self.seen = np.full(n, -1.0)


AT = np.array([4, 1])


def test_what_changed_is_put_back_and_nothing_else() -> None:
    whole = separate(Whole(6))
    subset = Subset(whole, AT)
    some = subset.part
    assert some.ops.size == some.part.ops.size == 2
    assert some.again is some.part
    assert some.part.state.tolist() == [4.0, 1.0]
    some.part.state = some.part.state * 10.0
    some.part.pools = [pool + 5.0 for pool in some.part.pools]
    subset.put_back()
    assert whole.part.state.tolist() == [0.0, 10.0, 2.0, 3.0, 40.0, 5.0]
    assert whole.part.same.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert whole.part.pools[1].tolist() == [1.0, 6.0, 1.0, 1.0, 6.0, 1.0]
    assert whole.ops.size == 6


def test_one_attribute_may_become_what_another_was() -> None:
    """As a moment that was now: an array that was taken, in another place."""
    whole = separate(Whole(6))
    subset = Subset(whole, AT)
    subset.part.seen = subset.part.time
    subset.put_back()
    assert whole.seen.tolist() == [-1.0, 0.0, -1.0, -1.0, 0.0, -1.0]


def test_what_is_the_same_for_all_must_stay_so() -> None:
    whole: Any = separate(Whole(6))
    subset: Any = Subset(whole, AT)
    subset.part.part.level = 2.0
    subset.put_back()
    subset.part.part.level = 3.0
    with pytest.raises(TypeError, match="same for all"):
        subset.put_back()


def test_a_part_that_changes_an_array_in_place_is_found_out() -> None:
    subset = Subset(separate(Whole(6)), AT)
    with pytest.raises(ValueError, match="read-only"):
        subset.part.time += 1.0


def test_a_selection_follows_its_devices() -> None:
    selection = Selection(Whole(6))
    for cells in ([0, 2], [2, 3], [2, 3], [3, 0], []):
        some = selection.of(np.array(cells, np.intp))
        some.time = some.time + 1.0
    assert selection.of(np.arange(6)).time.tolist() == [2.0, 0.0, 3.0, 3.0, 0.0, 0.0]
