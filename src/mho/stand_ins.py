"""What a driver asks for in a rehearsal: simulated instruments on the one simulated device."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mho import plugins, settings
from mho.bench import RelayPath
from mho.bench_file import SIMULATOR, BenchInstrument
from mho.bench_select import BenchSelector
from mho.clock import Clock
from mho.device.profile import DeviceProfile
from mho.plugin_kinds import InstrumentKind
from mho.rehearsal import World
from mho.settings_text import place_of
from mho.simulated import simulated_instrument

_NOWHERE = "not started"
"""The address of a simulated instrument that nobody will talk to."""


@dataclass(kw_only=True)
class Shared:
    """What all instruments of a bench share: device, clock, and what stands in for instruments.

    The world is made when somebody asks for it, by ``begin``; what is started goes into
    ``running``, which stops it. ``relays`` is the selector whose paths the world follows, where
    there is one; with ``wire`` instruments are reached over sockets; with ``only_looks`` those that
    the bench file does not set up are not started.
    """

    profile: DeviceProfile
    clock: Clock
    begin: Callable[[], World]
    running: ExitStack
    relays: BenchSelector | None
    wire: bool
    only_looks: bool

    @cached_property
    def world(self) -> World:
        """The simulated device that all instruments of the bench share."""
        return self.begin()


class StandIns:
    """Satisfies `mho.plugin_kinds.Rehearsal`, for one instrument of the bench."""

    def __init__(self, shared: Shared, instrument: BenchInstrument | BenchSelector) -> None:
        self._shared = shared
        self._instrument = instrument
        self.profile = shared.profile
        self.clock = shared.clock

    @property
    def world(self) -> World:
        """That of the bench."""
        return self._shared.world

    def instrument(self, name: str, wiring: Mapping[str, str], **options: Any) -> str:
        """Start a simulated instrument; its address."""
        if self._shared.only_looks and not self._instrument.simulator:
            return _NOWHERE  # wiring and options are the driver's own, and right
        kind: InstrumentKind = plugins.load(plugins.INSTRUMENTS, name)
        place = place_of(self._instrument.place, (SIMULATOR,))
        if name == self._instrument.driver.simulator:
            options = settings.overlaid(options, self._instrument.simulator)
        chosen = settings.parse(place, options, kind.settings)
        port = 0 if self._shared.wire else None
        running = simulated_instrument(kind, self.world, wiring, chosen, place=place, port=port)
        self._shared.running.callback(running.stop)
        return running.address

    def place(self, paths: Iterable[RelayPath]) -> None:
        """Connect sources and lines of the device by these paths, and by no other."""
        if self._shared.relays is None:
            return
        at = self._shared.relays.wiring.points()
        self.world.switch(self.clock.now(), [(at.sources[a], at.lines[b]) for a, b in paths])
