"""Fixtures for all test rooms."""

import pytest
from noting_bench import NotingBench, make_limits, make_profile

from mho.device_profile import DeviceProfile


@pytest.fixture
def profile() -> DeviceProfile:
    return make_profile()


@pytest.fixture
def noting_bench(profile: DeviceProfile) -> NotingBench:
    return NotingBench(profile, {"TE": make_limits(), "gate": make_limits()})
