"""A current limit that holds the output is told of every point it holds, on every path."""

from contextlib import contextmanager
from dataclasses import replace

import pytest
from faulty_ni import CURVES, HOLD, OHMS, PULSE, RAMP, SINGLE, SWEEP, TRAIN, bench_on, simulated
from recording_smu import Measurement

from mho.clock import VirtualClock
from mho.drivers.ni_pxie_4139.fetching import reading
from mho.drivers.ni_pxie_4139.program import Point

LIMIT = 1.7e-5


@contextmanager
def open_bench():
    clock = VirtualClock()
    with simulated(clock=clock) as server, bench_on(server, clock) as bench:
        yield bench


def assert_limited(reading, asked, ohms=OHMS, limit=LIMIT):
    """``asked`` is the same reading with a limit that does not hold."""
    beyond = abs(asked.voltage) / ohms > limit
    assert reading.in_compliance is beyond
    assert asked.in_compliance is False
    expected = asked.voltage if not beyond else limit * ohms * (1 if asked.voltage > 0 else -1)
    assert reading.voltage == pytest.approx(expected, rel=1e-3, abs=1e-4)
    assert reading.current == pytest.approx(expected / ohms, rel=1e-2)
    return beyond


@pytest.mark.parametrize("stimulus", [SWEEP, RAMP, TRAIN], ids=["sweep", "ramp", "train"])
def test_each_point_of_a_sequence_tells_its_own(stimulus):
    limited = replace(stimulus, compliance=LIMIT)
    if stimulus is TRAIN:
        limited = replace(limited, verify=replace(TRAIN.verify, compliance=LIMIT))
    with open_bench() as bench:
        free = bench.apply(stimulus)
        found = bench.apply(limited)
    assert len(found) == len(free)
    beyond = [assert_limited(*pair) for pair in zip(found, free, strict=True)]
    assert set(beyond) == {True, False}


def test_each_curve_of_a_family_tells_its_own():
    limited = replace(CURVES, sweep=replace(RAMP, compliance=LIMIT))
    with open_bench() as bench:
        free = bench.apply(CURVES)
        found = bench.apply(limited)
    ohms = [OHMS * 4 / (1 + step) for step in CURVES.steps for _ in RAMP.levels]
    beyond = [assert_limited(*three) for three in zip(found, free, ohms, strict=True)]
    assert beyond == [False, False, False, True, False, False, True, True]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("limits", [(LIMIT, 1e-4), (1e-3, 1e-6), (LIMIT, 1e-6), (1e-3, 1e-4)])
def test_a_pulse_and_its_read_tell_their_own(sign, limits):
    of_pulse, of_read = limits
    free = replace(PULSE, amplitude=sign * PULSE.amplitude)
    limited = replace(
        free, compliance=of_pulse, verify=replace(PULSE.verify, compliance=of_read)
    )  # fmt: skip
    with open_bench() as bench:
        pulse, read = bench.apply(free)
        limited_pulse, limited_read = bench.apply(limited)
    assert assert_limited(limited_pulse, pulse, limit=of_pulse) is (of_pulse == LIMIT)
    assert assert_limited(limited_read, read, limit=of_read) is (of_read == 1e-6)


@pytest.mark.parametrize("hold", [HOLD, SINGLE], ids=["several", "single"])
def test_a_hold_tells_it(hold):
    with open_bench() as bench:
        free = bench.apply(hold)
        found = bench.apply(replace(hold, compliance=LIMIT))
    assert all(assert_limited(*pair) for pair in zip(found, free, strict=True))


def test_another_smu_in_compliance_is_no_compliance_of_this_one():
    with open_bench() as bench:
        bench.bias("gate", 3.0, 1e-7)  # 1 Mohm would take 3 uA
        for stimulus in (PULSE, SWEEP, HOLD, TRAIN):
            assert not any(reading.in_compliance for reading in bench.apply(stimulus))


def test_a_mean_is_in_compliance_if_any_of_its_measurements_was():
    measured = [Measurement(1.0, 1e-6 * n, n == 2, "0") for n in range(4)]
    found = [reading("TE", 0.0, Point(first, 2, 0.5), measured) for first in (0, 1, 2)]
    assert [reading.in_compliance for reading in found] == [False, True, True]
    assert [reading.current for reading in found] == pytest.approx([0.5e-6, 1.5e-6, 2.5e-6])
    assert {reading.terminal for reading in found} == {"TE"}
