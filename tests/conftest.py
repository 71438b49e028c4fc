"""Fixtures for all test rooms; random tests are the same in every run of CI."""

import os

import pytest
from hypothesis import settings
from noting_bench import NotingBench, make_limits, make_profile

from mho.device_profile import DeviceProfile

# What CI says of a change must be about the change; elsewhere every run looks for new examples.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture
def profile() -> DeviceProfile:
    return make_profile()


@pytest.fixture
def noting_bench(profile: DeviceProfile) -> NotingBench:
    return NotingBench(profile, {"TE": make_limits(), "gate": make_limits()})
