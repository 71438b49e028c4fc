"""What the suites over benches share: the bench that is opened, and a look at its terminals."""

from collections.abc import Iterator, Mapping

import pytest

from mho.bench import Bench
from mho.clock import VirtualClock
from mho.laboratory import read_setup
from mho.rehearsal import World
from mho.stimuli import Drive


class OnABench:
    """A bench file with a device on it; or whatever a class of yours opens.

    Attributes
    ----------
    bench, device
        Shipped names or paths of TOML files. A bench file of real instruments is opened as such.
    """

    bench: str = ""
    device: str = ""
    _world: World | None = None

    def open(self) -> Bench:
        """A bench of this class, not yet entered; called again for another one."""
        if not self.bench:
            pytest.fail(
                f"{type(self).__name__} does not say which bench it tests; give it bench = "
                f'"my_bench.toml", or a method open() that returns one'
            )
        setup = read_setup(self.bench, self.device)
        if setup.rehearses:
            self._world = setup.simulated_world(VirtualClock())
        return setup.open(world=self._world)

    def drives(self) -> Mapping[str, Drive] | None:
        """What drives each terminal of the bench opened last, as the device has it.

        None where nobody can look behind the instruments: what needs it is skipped.
        """
        return None if self._world is None else self._world.drives()

    @pytest.fixture
    def open_bench(self) -> Iterator[Bench]:
        """The bench, open for one test."""
        with self.open() as bench:
            yield bench

    def assert_off(self, after: str) -> None:
        """Every terminal is open or at 0 V; the test is skipped if nobody can tell."""
        drives = self.drives()
        if drives is None:
            pytest.skip("nobody can look at the terminals of this bench; see drives()")
        left = {name: drive for name, drive in drives.items() if drive.level}
        assert not left, f"left on after {after}: {left}"
