"""Fixtures for all test rooms; random tests are the same in every run of CI."""

import gc
import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from mho.device.profile import DeviceProfile
from mho.testing.noting_bench import NotingBench
from mho.testing.profiles import make_limits, make_profile

# What CI says of a change must be about the change; elsewhere every run looks for new examples. How
# fast the computer is just now says nothing of it.
settings.register_profile(
    "at any speed", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", settings.get_profile("at any speed"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "at any speed")


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers():
    """Two workers more than cores: some tests wait for served instruments, which play in real time.

    Where the number of workers is given in the environment, so many.
    """
    found = yield
    return found if os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS") else found + 2


TESTS = Path(__file__).parent


def pytest_configure(config):
    """Workers read the rooms from different ones on: what one has compiled, the next one takes."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    if [Path(one).resolve() for one in config.args] == [TESTS]:
        rooms = sorted({str(file.parent) for file in TESTS.rglob("test_*.py")})
        first = len(rooms) * int(worker) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
        config.args = rooms[first:] + rooms[:first]


WAITING = ("array", "campaign", "owner", "selection", "system")
"""Rooms whose tests wait for processes and for instruments that play in real time."""


def pytest_collection_modifyitems(items):
    """In one order, what waits first: last, it would leave the cores without work."""
    items.sort(key=lambda item: (item.path.parent.name not in WAITING, str(item.path)))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish():
    """What was collected lives to the end: looking through it for garbage costs a tenth of all."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


# A shell lets what it starts in the background ignore Ctrl-C, and what that starts, too.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def locks_apart(tmp_path_factory):
    """What a test locks is nobody else's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MHO_LOCKS", str(tmp_path_factory.mktemp("locks")))
        yield


@pytest.fixture
def profile() -> DeviceProfile:
    return make_profile()


@pytest.fixture
def noting_bench(profile: DeviceProfile) -> NotingBench:
    return NotingBench(profile, {"TE": make_limits(), "gate": make_limits()})
