"""The clocks: real time passes in slices, virtual time jumps."""

import pytest

from mho import clock as clocks
from mho.clock import SLICE, RealClock, VirtualClock


@pytest.fixture
def sleeps(monkeypatch):
    """What is slept of real time, which passes by nothing else."""
    found = []
    monkeypatch.setattr(clocks.time, "sleep", found.append)
    monkeypatch.setattr(clocks.time, "monotonic", lambda: 7.0 + sum(found))
    return found


@pytest.mark.parametrize("duration", [0.01, 0.1, 1.2345])
def test_the_real_clock_sleeps_in_slices(sleeps, duration):
    clock = RealClock()
    clock.sleep(duration)
    assert clock.now() == pytest.approx(duration)
    assert 0 < max(sleeps) <= SLICE == 0.1


@pytest.mark.parametrize("duration", [0.0, -1.0])
def test_no_time_is_not_slept(sleeps, duration):
    RealClock().sleep(duration)
    assert not sleeps


def test_virtual_time_jumps():
    clock = VirtualClock()
    clock.sleep(1e6)
    clock.sleep(-1.0)
    clock.advance_to(5.0)
    assert clock.now() == 1e6
