"""Random numbers of 16 bits: of their law, and of one device the first of many."""

import numpy as np
import pytest

from mho.sim_instruments.devices.elementwise import elementwise
from mho.sim_instruments.devices.quick_chance import four_uniform, normal, normals

ONE = elementwise(1)


def test_normal_numbers_are_normal() -> None:
    many = normal(np.random.default_rng(0), elementwise(400_003)).astype(float)
    assert many.size == 400_003
    assert many.mean() == pytest.approx(0.0, abs=0.006)
    assert many.var() == pytest.approx(1.0, abs=0.01)
    assert (many**4).mean() == pytest.approx(3.0, abs=0.08)
    inside = [np.mean(np.abs(many) < deviations) for deviations in (1.0, 2.0, 3.0)]
    assert inside == pytest.approx([0.6827, 0.9545, 0.9973], abs=0.003)
    assert 4.0 < np.abs(many).max() < 4.4
    each = np.corrcoef(many[:400_000].reshape(-1, 4).T)  # four from one word
    assert np.abs(each - np.eye(4)).max() < 0.02


def test_several_normal_numbers_know_nothing_of_one_another() -> None:
    six = np.array(normals(np.random.default_rng(1), elementwise(100_000), 6))
    assert six.shape == (6, 100_000)
    np.testing.assert_allclose(six.mean(axis=1), 0.0, atol=0.012)
    np.testing.assert_allclose(six.var(axis=1), 1.0, atol=0.02)
    assert np.abs(np.corrcoef(six) - np.eye(6)).max() < 0.02


def test_uniform_numbers_are_uniform_and_know_nothing_of_one_another() -> None:
    four = np.array(four_uniform(np.random.default_rng(1), elementwise(100_000)))
    assert four.shape == (4, 100_000)
    assert 0.0 < four.min() < 1e-4
    assert 1.0 - 1e-4 < four.max() < 1.0
    np.testing.assert_allclose(four.mean(axis=1), 0.5, atol=0.005)
    np.testing.assert_allclose(four.var(axis=1), 1.0 / 12.0, atol=0.001)
    assert np.abs(np.corrcoef(four) - np.eye(4)).max() < 0.02


def test_those_of_one_device_are_the_first_of_many() -> None:
    for ops in (elementwise(1, arrays=True), elementwise(5)):
        one, many = np.random.default_rng(4), np.random.default_rng(4)
        assert normal(one, ONE) == normal(many, ops)[0]
        one, many = np.random.default_rng(4), np.random.default_rng(4)
        first = [each[0] for each in four_uniform(many, ops)]
        assert list(four_uniform(one, ONE)) == first
        one, many = np.random.default_rng(4), np.random.default_rng(4)
        first = [each[0] for each in normals(many, ops, 6)]
        assert normals(one, ONE, 6)[:4] == first[:4]
    assert normal(np.random.default_rng(0), elementwise(0)).size == 0
