"""A bench with a device on it, as one chose them: checked, asked what it can do, and opened."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mho.bench import Bench, ChannelLimits, Owner, Plan, Selection, Unowned
from mho.bench.composed import ComposedBench
from mho.bench.guard import GuardedBench
from mho.bench.refusal import Refusal, plain, sentences
from mho.bench.selector import CellSelector
from mho.bench_file import BenchInstrument, bench_limits
from mho.bench_select import BenchSelector
from mho.cell_selection import behind_relays, no_cell
from mho.clock import Clock, RealClock, VirtualClock
from mho.device.layout import ONE_CELL, Address
from mho.device.profile import DeviceProfile
from mho.errors import LimitError, MhoError, Problem, SettingsError, UnsupportedError
from mho.rehearsal import World
from mho.samples.sample import Demand
from mho.settings import SettingsFile
from mho.simulated import below, model_of, simulated_device
from mho.stand_ins import Shared, StandIns


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """A bench and a device, chosen and checked, nothing opened yet.

    With ``wire`` simulated instruments are reached over sockets, as real ones are, even those that
    need none in a rehearsal.
    """

    bench_file: SettingsFile
    device_file: SettingsFile
    instruments: tuple[BenchInstrument, ...]
    profile: DeviceProfile
    seed: int
    wire: bool = False
    require: tuple[Demand, ...] = ()
    """What the bench asks to be said of every run."""
    selector: BenchSelector | None = None
    at: Address | None = None
    """The cell that the selector is to select; None where there is none, or nobody said yet."""

    @property
    def parts(self) -> tuple[BenchInstrument | BenchSelector, ...]:
        """Instruments, then the selector: what a run has to itself, in the order it goes off."""
        return (*self.instruments, *([] if self.selector is None else [self.selector]))

    @property
    def selection(self) -> Selection | None:
        """What is to be connected; None where nothing has to be."""
        if self.selector is None or self.at is None:
            return None
        return self.selector.selection(self.profile, self.at)

    def on(self, at: Address, place: str = "--cell") -> "Setup":
        """The same with this cell selected.

        Raises
        ------
        SettingsError
            It is outside the array.
        """
        layout = self.profile.array or ONE_CELL
        if not layout.holds(at):
            raise SettingsError([Problem(place, f"{at} is outside {self.profile.name}, {layout}")])
        return replace(self, at=at)

    @property
    def rehearses(self) -> bool:
        """True if nothing real can be energised."""
        return all(one.rehearses for one in self.instruments)

    @property
    def limits(self) -> Mapping[str, ChannelLimits]:
        """What the channels of the bench can do, by terminal."""
        return bench_limits(self.instruments, self.profile)

    @property
    def notices(self) -> tuple[str, ...]:
        """What is to be said before a real bench is energised."""
        return tuple(dict.fromkeys(one.driver.notice for one in self.parts if one.driver.notice))

    @property
    def bench_settings(self) -> dict[str, Any]:
        """The bench file as it was understood, as plain data."""
        if len(self.parts) == 1:
            return self.instruments[0].settings.model_dump(mode="json")
        found = {one.name: one.settings.model_dump(mode="json") for one in self.parts}
        if self.selector is not None:
            found[self.selector.name] |= self.selector.wiring.model_dump(mode="json")
        return found

    def open(
        self,
        run: Path | None = None,
        world: World | None = None,
        passed: float = 0.0,
        around: Callable[[Bench], Bench] = lambda bench: bench,
    ) -> GuardedBench:
        """The guarded bench, to be entered with ``with``; ``run`` is the folder it is for.

        ``world`` is where a rehearsal takes place, for who wants to look at the device meanwhile
        (see `simulated_world`); a real bench does not look at it. The clock of a real bench begins
        at ``passed`` seconds, where a run goes on. ``around`` may put a bench around the one that
        is guarded.
        """
        running = ExitStack()
        owner = self._owner(run)
        try:
            bench = self._bench(running, owner, world, RealClock(passed))
            return GuardedBench(around(bench), running.close, owner)
        except BaseException:
            running.close()
            raise

    def model_refusals(self, plan: Plan) -> list[str]:
        """Why the device, as its model knows it, cannot do what is planned."""
        if self.profile.model is None:
            return []
        try:
            kind, parameters = model_of(self.profile, self.device_file.place)
        except MhoError:
            if self.rehearses:
                raise
            return []  # a real bench needs no model, so it may be one that is not here
        return list(kind.refusals(parameters, plan))

    def unplayable(self, plan: Plan) -> list[str]:
        """Why the instruments cannot play what is planned, whatever its levels.

        The drivers are asked, not connected; simulated instruments that the bench file sets up are
        started for as long as it takes.

        Raises
        ------
        SettingsError
            The instruments that the bench file sets up do not fit the device.
        """
        found: list[tuple[str, Refusal]] = []
        with ExitStack() as running:
            bench = self._bench(running, Unowned(), None, RealClock(), only_looks=True)
            for planned in plan.planned:
                try:
                    bench.check(planned.stimulus)
                except LimitError as error:
                    found += ((planned.what, plain(reason)) for reason in error.refusals)
                except UnsupportedError as error:
                    found.append((planned.what, plain(str(error))))
        if self.rehearses and any(one.simulator for one in self.instruments):
            self._see_cards()
        return sentences(found)

    def _see_cards(self) -> None:
        """See that the simulated instruments of the bench file are what its terminals say."""
        setup = self
        if self.selector is not None and self.at is None:  # any cell will do
            setup = replace(self, at=Address(0, 0))
        try:
            with setup.open():
                pass
        except SettingsError as error:
            place = self.bench_file.place
            raise SettingsError(
                Problem(below(place, problem.place), problem.message) for problem in error.problems
            ) from None
        except MhoError:  # a fault that the bench file asks for: it belongs to the run
            return

    def _owner(self, run: Path | None) -> Owner:
        if self.rehearses:
            return Unowned()
        from mho.owner.owner import BenchOwner  # locks and watchdog: nothing for a rehearsal

        return BenchOwner(self.parts, self.profile.terminals, run)

    def simulated_world(self, clock: Clock) -> World:
        """The one simulated device of the profile, with this clock and the seed.

        Raises
        ------
        SettingsError
            The profile names no simulated device.
        """
        profile = self.profile
        if self.selector is not None:
            profile = self.selector.without_half_bias(profile)
        device = simulated_device(profile, self.seed, self.device_file.place)
        if self.selector is not None:
            device = behind_relays(device, self.profile, self.selector)
        series = {name: one.series_resistance or 0.0 for name, one in self.limits.items()}
        return World(device, clock, self.seed, series)

    def _bench(
        self,
        running: ExitStack,
        owner: Owner,
        world: World | None,
        clock: Clock,
        *,
        only_looks: bool = False,
    ) -> ComposedBench:
        """The bench; what stands in for its instruments goes into ``running``."""
        if self.rehearses:
            clock = VirtualClock() if world is None else world.clock
        shared = Shared(
            profile=self.profile,
            clock=clock,
            begin=lambda: self.simulated_world(clock) if world is None else world,
            running=running,
            relays=self.selector if self.rehearses else None,
            wire=self.wire,
            only_looks=only_looks,
        )
        instruments = {
            one.name: one.driver.instrument(one.settings, StandIns(shared, one))
            for one in self.instruments
            if one.limits(self.profile)
        }
        selector = None if only_looks else self._cell_selector(shared)
        return ComposedBench(instruments, self.profile, clock, owner.ready, selector)

    def _cell_selector(self, shared: Shared) -> CellSelector | None:
        """What selects the cell.

        Raises
        ------
        SettingsError
            Nobody said which.
        """
        if self.selector is None:
            return None
        selection = self.selection
        if selection is None:
            raise SettingsError([no_cell(self.profile)])
        rehearsal = StandIns(shared, self.selector)
        kind, points = self.selector.driver, self.selector.wiring.points()
        return CellSelector(kind.actuator(self.selector.settings, points, rehearsal), selection)
