"""What a driver asks for in a rehearsal: simulated instruments on the one simulated device."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mho import plugins, settings
from mho.bench import RelayPath
from mho.bench_file import SIMULATOR, BenchInstrument
from mho.bench_select import BenchSelector
from mho.clock import Clock
from mho.plugin_kinds import InstrumentKind
from mho.rehearsal.simulated import simulated_instrument
from mho.rehearsal.world import World
from mho.settings_text import place_of

if TYPE_CHECKING:
    from mho.setup import Setup

_NOWHERE = "not started"
"""The address of a simulated instrument that nobody will talk to."""


class Shared:
    """What all instruments of a bench share: device, clock, and what stands in for instruments."""

    def __init__(
        self,
        setup: "Setup",
        clock: Clock,
        running: ExitStack,
        world: World | None,
        *,
        only_looks: bool,
    ) -> None:
        self.setup, self.clock, self.running = setup, clock, running
        self.only_looks = only_looks
        self._world = world

    @cached_property
    def world(self) -> World:
        """That was given, else one made when somebody asks for it."""
        return self.setup.simulated_world(self.clock) if self._world is None else self._world


class StandIns:
    """Satisfies `mho.plugin_kinds.Rehearsal`, for one instrument of the bench."""

    def __init__(self, shared: Shared, instrument: BenchInstrument | BenchSelector) -> None:
        self._shared = shared
        self._instrument = instrument
        self.profile = shared.setup.profile
        self.clock = shared.clock

    @property
    def world(self) -> World:
        """The simulated device that all instruments of the bench share."""
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
        port = 0 if self._shared.setup.wire else None
        running = simulated_instrument(kind, self.world, wiring, chosen, place=place, port=port)
        self._shared.running.callback(running.stop)
        return running.address

    def place(self, paths: Iterable[RelayPath]) -> None:
        """Connect sources and lines of the device by these paths, and by no other."""
        selector = self._shared.setup.selector
        if selector is None or not self._shared.setup.rehearses:
            return
        at = selector.wiring.points()
        self.world.switch(self.clock.now(), [(at.sources[a], at.lines[b]) for a, b in paths])
