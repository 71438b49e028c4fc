"""The laboratory: a bench with the device on it, and what stands in for both in a rehearsal."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from mho import plugins, settings
from mho.bench import Bench, ChannelLimits, Owner, Plan, RelayPath, Selection, Unowned
from mho.bench.composed import ComposedBench
from mho.bench.guard import GuardedBench
from mho.bench.refusal import Refusal, plain, sentences
from mho.bench.selector import CellSelector
from mho.bench_file import (
    SIMULATOR,
    BenchInstrument,
    bench_demands,
    bench_instruments,
    bench_limits,
)
from mho.bench_select import BenchSelector, bench_selector
from mho.cell_selection import behind_relays, cell_address, no_cell, selecting_problems
from mho.clock import Clock, RealClock, VirtualClock
from mho.device.layout import ONE_CELL, Address, line_name
from mho.device.model import DeviceModel
from mho.device.profile import DeviceProfile
from mho.errors import LimitError, MhoError, Problem, SettingsError, UnsupportedError
from mho.frozen import Frozen
from mho.plugin_kinds import DeviceKind, InstrumentKind, RunningInstrument
from mho.rehearsal import World
from mho.samples.sample import Demand
from mho.settings import SettingsFile
from mho.settings_text import place_of


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
            kind, parameters = _model(self.profile, self.device_file.place)
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
                Problem(_below(place, problem.place), problem.message) for problem in error.problems
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
        shared = _Shared(self, clock, running, world, only_looks=only_looks)
        instruments = {
            one.name: one.driver.instrument(one.settings, _Rehearsal(shared, one))
            for one in self.instruments
            if one.limits(self.profile)
        }
        selector = None if only_looks else self._cell_selector(shared)
        return ComposedBench(instruments, self.profile, clock, owner.ready, selector)

    def _cell_selector(self, shared: "_Shared") -> CellSelector | None:
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
        rehearsal = _Rehearsal(shared, self.selector)
        kind, points = self.selector.driver, self.selector.wiring.points()
        return CellSelector(kind.actuator(self.selector.settings, points, rehearsal), selection)


def read_setup(
    bench: str,
    device: str,
    *,
    seed: int = 0,
    bench_options: Iterable[str] = (),
    device_options: Iterable[str] = (),
    wire: bool = False,
) -> Setup:
    """Read and check a bench file and a device file (shipped names or paths of TOML files).

    ``wire`` is as in `Setup`.

    Raises
    ------
    SettingsError
        Everything wrong in either file, at once.
    """
    problems: list[Problem] = []

    def read(folder: str, name: str, options: Iterable[str], owner: str) -> SettingsFile | None:
        try:
            file, wrong = settings.overridden(settings.read(folder, name), options, owner)
            problems.extend(wrong)
            return file
        except SettingsError as error:
            problems.extend(error.problems)
            return None

    bench_file = read(settings.BENCHES, bench, bench_options, "bench.")
    device_file = read(settings.DEVICES, device, device_options, "device.")
    return setup_of(bench_file, device_file, problems, seed=seed, wire=wire)


def setup_of(
    bench_file: SettingsFile | None,
    device_file: SettingsFile | None,
    problems: Iterable[Problem] = (),
    *,
    seed: int = 0,
    wire: bool = False,
) -> Setup:
    """Check a bench file and a device file that were read; None for one that could not be.

    Raises
    ------
    SettingsError
        ``problems``, and everything wrong in either file, at once.
    """
    found = list(problems)
    instruments: tuple[BenchInstrument, ...] = ()
    require: tuple[Demand, ...] = ()
    profile: DeviceProfile | None = None
    selector: BenchSelector | None = None
    if bench_file is not None:
        try:
            require = bench_demands(bench_file)
        except SettingsError as error:
            found += error.problems
        try:
            instruments = bench_instruments(bench_file)
        except SettingsError as error:
            found += error.problems
        try:
            selector = bench_selector(bench_file)
        except SettingsError as error:
            found += error.problems
    if device_file is not None:
        try:
            profile = settings.validate(device_file, DeviceProfile)
            is_real = any(not one.rehearses for one in instruments)
            if not is_real:  # what a real bench does not need is not to stand in its way
                _see_simulable(device_file.place, profile, seed)
        except SettingsError as error:
            found += error.problems
    if bench_file is not None and profile is not None and not found:
        found += selecting_problems(bench_file.place, instruments, selector, profile)
    if found or bench_file is None or device_file is None or profile is None:
        raise SettingsError(found)
    one_cell = selector is not None and len((profile.array or ONE_CELL).cells()) == 1
    return Setup(
        bench_file=bench_file,
        device_file=device_file,
        instruments=instruments,
        profile=profile if selector is None else selector.with_half_bias(profile),
        seed=seed,
        wire=wire,
        require=require,
        selector=selector,
        at=Address(0, 0) if one_cell else None,
    )


def _see_simulable(place: str, profile: DeviceProfile, seed: int) -> None:
    """See that the simulated device of a profile can be built, and has its terminals.

    Raises
    ------
    SettingsError
        It cannot, or there is none.
    """
    if profile.model is None:
        message = "has no [model], so it cannot stand on a simulated bench"
        raise SettingsError([Problem(place, message)])
    known = simulated_device(profile, seed, place).terminals
    problems = [
        Problem(
            place_of(place, ("terminals", name)),
            f'the simulated device has no terminal "{end}"; it has: {", ".join(known)}',
        )
        for name in profile.terminals
        for end in [name if profile.array is None else line_name(name, 0)]
        if end not in known
    ]
    if problems:
        raise SettingsError(problems)


def open_bench(bench: str, device: str, *, seed: int = 0, cell: str = "") -> GuardedBench:
    """A guarded bench with a device on it, for use with ``with``.

    Parameters
    ----------
    bench, device
        Shipped names (``mho list``) or paths of TOML files.
    seed
        Seeds the simulated device and instruments; real ones do not look at it.
    cell
        Of an array, which one: ``"r3c4"``.

    Raises
    ------
    SettingsError
        Everything wrong in either file, at once.
    """
    setup = read_setup(bench, device, seed=seed)
    return (setup.on(cell_address(cell, setup.profile)) if cell else setup).open()


def simulated_device(profile: DeviceProfile, seed: int, place: str) -> DeviceModel:
    """The device model that stands in for the device of ``profile``, built from ``seed``."""
    kind, parameters = _model(profile, place)
    try:
        return kind.build(parameters, seed)
    except (ArithmeticError, ValueError) as error:
        message = f"no simulated device can be built with them ({error})"
        raise SettingsError([Problem(place_of(place, _PARAMETERS), message)]) from error


_PARAMETERS = ("model", "parameters")


def _model(profile: DeviceProfile, place: str) -> tuple[DeviceKind, Frozen]:
    """The kind of the simulated device, and its parameters with what the profile gives."""
    if profile.model is None:
        raise SettingsError([Problem(place, "has no [model], so it cannot be simulated")])
    kind = plugins.load(plugins.DEVICES, profile.model.kind, f"{place}: model.kind")
    if not isinstance(kind, DeviceKind):
        raise MhoError(
            f'the plug-in behind the device model "{profile.model.kind}" is no DeviceKind'
        )
    given: Mapping[str, Any] = profile.model.parameters
    if kind.is_array is not (profile.array is not None):
        message = (
            f'"{profile.model.kind}" is an array; say with a table [array] how many cells it has'
            if kind.is_array
            else f'"{profile.model.kind}" is one cell; for [array] write kind = "array" here, and '
            f'cell = "{profile.model.kind}" in [model.parameters]'
        )
        raise SettingsError([Problem(place_of(place, ("model", "kind")), message)])
    if profile.array is not None:
        layout = profile.array.model_dump(include={"rows", "columns"})
        lines = {name: profile.array.along(name) for name in profile.terminals}
        given = {**given, **layout, "lines": lines}
    return kind, settings.parse(place, given, kind.parameters, _PARAMETERS)


def simulated_instrument(
    kind: InstrumentKind,
    world: World,
    wiring: Mapping[str, str],
    options: Frozen,
    *,
    place: str,
    port: int | None = None,
) -> RunningInstrument:
    """Start a simulated instrument that was set up at ``place``.

    Without ``port`` it is for a rehearsal: in this process if it can, else on a free port.

    Raises
    ------
    SettingsError
        The wiring does not fit the instrument or the device.
    ConnectionFailed
        The port is taken.
    """
    try:
        if port is None and kind.rehearse is not None:
            return kind.rehearse(world, wiring, options)
        return kind.start(world, wiring, port or 0, options)
    except SettingsError as error:
        raise SettingsError(
            Problem(_below(place, problem.place), problem.message) for problem in error.problems
        ) from None


def _below(place: str, key: str) -> str:
    """The place of a key that an instrument gave, in the file or table where it is set up."""
    return f"{place}.{key}" if ": " in place else f"{place}: {key}"


_NOWHERE = "not started"
"""The address of a simulated instrument that nobody will talk to."""


class _Shared:
    """What all instruments of a bench share: device, clock, and what stands in for instruments."""

    def __init__(
        self,
        setup: Setup,
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
        return self.setup.simulated_world(self.clock) if self._world is None else self._world


class _Rehearsal:
    """Satisfies `mho.plugin_kinds.Rehearsal`, for one instrument of the bench."""

    def __init__(self, shared: _Shared, instrument: BenchInstrument | BenchSelector) -> None:
        self._shared = shared
        self._instrument = instrument
        self.profile = shared.setup.profile
        self.clock = shared.clock

    @property
    def world(self) -> World:
        return self._shared.world

    def instrument(self, name: str, wiring: Mapping[str, str], **options: Any) -> str:
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
        selector = self._shared.setup.selector
        if selector is None or not self._shared.setup.rehearses:
            return
        at = selector.wiring.points()
        self.world.switch(self.clock.now(), [(at.sources[a], at.lines[b]) for a, b in paths])
