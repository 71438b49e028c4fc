"""Element-wise mathematics: what is quick for many devices is what is plain for one."""

from typing import Any

import numpy as np
import pytest

from mho.sim_instruments.devices.elementwise import elementwise

SIZES = (1, 2, 4095, 4096, 4097)
ODD = (0.0, -0.0, np.inf, -np.inf, np.nan, 5e-324, 1e-310, 1.8e308)


def _values(kind: str, size: int, generator: np.random.Generator) -> Any:
    if kind == "number":
        return float(generator.standard_normal())
    if kind == "truth":
        return generator.random(size) < 0.5
    values = generator.standard_normal(size)
    at = generator.integers(0, size, len(ODD))
    values[at] = ODD
    with np.errstate(over="ignore"):
        return values.astype(kind)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.98, 1.0])
@pytest.mark.parametrize("no", ["float64", "float32", "number", "truth"])
@pytest.mark.parametrize("yes", ["float64", "float32", "number", "truth"])
def test_each_device_gets_one_of_two_values_to_the_last_bit(
    yes: str, no: str, share: float
) -> None:
    generator = np.random.default_rng(0)
    for size in SIZES:
        one, other = (_values(kind, size, generator) for kind in (yes, no))
        condition = generator.random(size) < share
        before = [np.array(value) for value in (one, other, condition)]
        found = elementwise(size, arrays=True).where(condition, one, other)
        expected = np.where(condition, one, other)
        assert found.dtype == expected.dtype
        assert found.tobytes() == expected.tobytes()
        for value, as_it_was in zip((one, other, condition), before, strict=True):
            assert np.array(value).tobytes() == as_it_was.tobytes()
