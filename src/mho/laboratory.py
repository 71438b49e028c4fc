"""The laboratory: a bench with the device on it, and what stands in for both in a rehearsal."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mho import plugins, settings
from mho.bench import ChannelLimits
from mho.clock import Clock, RealClock, VirtualClock
from mho.device.model import DeviceModel
from mho.device_profile import DeviceProfile
from mho.errors import MhoError, Problem, SettingsError
from mho.frozen import Frozen
from mho.guard import GuardedBench
from mho.plugin_kinds import BenchKind, DeviceKind, InstrumentKind, RunningInstrument
from mho.rehearsal import World
from mho.settings import SettingsFile

SIMULATOR = "simulator"
"""The table of a bench file that sets up the simulated instrument of its rehearsal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """A bench and a device, chosen and checked, nothing opened yet.

    ``simulator`` is the table ``[simulator]`` of the bench file.
    """

    bench_file: SettingsFile
    device_file: SettingsFile
    kind: BenchKind
    bench_settings: Frozen
    profile: DeviceProfile
    seed: int
    simulator: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rehearses(self) -> bool:
        """True if nothing real can be energised."""
        return self.kind.rehearses(self.bench_settings)

    @property
    def limits(self) -> Mapping[str, ChannelLimits]:
        """What the channels of the bench can do, by terminal."""
        return self.kind.limits(self.bench_settings, self.profile)

    def open(self) -> GuardedBench:
        """The guarded bench, to be entered with ``with``."""
        rehearsal = _Rehearsal(self)
        try:
            return GuardedBench(self.kind.open(self.bench_settings, rehearsal), rehearsal.close)
        except BaseException:
            rehearsal.close()
            raise


def read_setup(
    bench: str,
    device: str,
    *,
    seed: int = 0,
    bench_options: Iterable[str] = (),
    device_options: Iterable[str] = (),
) -> Setup:
    """Read and check a bench file and a device file (shipped names or paths of TOML files).

    Raises
    ------
    SettingsError
        Everything wrong in either file, at once.
    """
    problems: list[Problem] = []
    bench_file: SettingsFile | None = None
    kind: BenchKind | None = None
    bench_settings: Frozen | None = None
    simulator: Mapping[str, Any] = {}
    try:
        bench_file = settings.override(settings.read(settings.BENCHES, bench), bench_options)
        kind = _kind(bench_file)
        left = ["kind"]
        if kind.simulator is not None and SIMULATOR in bench_file.data:
            left.append(SIMULATOR)
            try:
                simulator = _simulator(bench_file, kind.simulator)
            except SettingsError as error:
                problems += error.problems
        bench_settings = settings.validate(bench_file, kind.settings, leave=left)
        if SIMULATOR in left and not kind.rehearses(bench_settings):
            message = "sets up a simulated instrument, but this bench is a real one; take it out"
            problems.append(Problem(f"{bench_file.place}: {SIMULATOR}", message))
    except SettingsError as error:
        problems += error.problems
    try:
        device_file, profile = settings.read_device(device, device_options)
    except SettingsError as error:
        raise SettingsError([*problems, *error.problems]) from None
    if problems or bench_file is None or kind is None or bench_settings is None:
        raise SettingsError(problems)
    if kind.rehearses(bench_settings) and profile.model is None:
        raise SettingsError(
            [Problem(device_file.place, "has no [model], so it cannot stand on a simulated bench")]
        )
    return Setup(
        bench_file=bench_file,
        device_file=device_file,
        kind=kind,
        bench_settings=bench_settings,
        profile=profile,
        seed=seed,
        simulator=simulator,
    )


def open_bench(bench: str, device: str, *, seed: int = 0) -> GuardedBench:
    """A guarded bench with a device on it, for use with ``with``.

    Parameters
    ----------
    bench, device
        Shipped names (``mho list``) or paths of TOML files.
    seed
        Seeds the simulated device and instruments; real ones do not look at it.

    Raises
    ------
    SettingsError
        Everything wrong in either file, at once.
    """
    return read_setup(bench, device, seed=seed).open()


def simulated_device(profile: DeviceProfile, seed: int, place: str) -> DeviceModel:
    """The device model that stands in for the device of ``profile``, built from ``seed``."""
    if profile.model is None:
        raise SettingsError([Problem(place, "has no [model], so it cannot be simulated")])
    kind: DeviceKind = plugins.load(plugins.DEVICES, profile.model.kind, f"{place}: model.kind")
    at = f"{place}: model.parameters"
    return kind.build(settings.parse(at, profile.model.parameters, kind.parameters), seed)


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
            Problem(f"{place}: {problem.place}", problem.message) for problem in error.problems
        ) from None


class _Rehearsal:
    """Satisfies `mho.plugin_kinds.Rehearsal`."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._running = ExitStack()
        self.profile = setup.profile
        self.clock: Clock = VirtualClock() if setup.rehearses else RealClock()

    @cached_property
    def world(self) -> World:
        seed = self._setup.seed
        device = simulated_device(self.profile, seed, self._setup.device_file.place)
        return World(device, self.clock, seed)

    def instrument(self, name: str, wiring: Mapping[str, str], **options: Any) -> str:
        kind: InstrumentKind = plugins.load(plugins.INSTRUMENTS, name)
        setup = self._setup
        place = f"{setup.bench_file.place}: {SIMULATOR}"
        if name == setup.kind.simulator:
            options = settings.overlaid(options, setup.simulator)
        chosen = settings.parse(place, options, kind.settings)
        running = simulated_instrument(kind, self.world, wiring, chosen, place=place)
        self._running.callback(running.stop)
        return running.address

    def close(self) -> None:
        self._running.close()


def _simulator(file: SettingsFile, instrument: str) -> Mapping[str, Any]:
    """The table ``[simulator]``, held against the settings of the instrument."""
    place, table = f"{file.place}: {SIMULATOR}", file.data[SIMULATOR]
    if not isinstance(table, Mapping):
        raise SettingsError([Problem(place, "is not a table; write [simulator] and its keys")])
    kind: InstrumentKind = plugins.load(plugins.INSTRUMENTS, instrument, place)
    settings.parse(place, table, kind.settings)
    return table


def _kind(file: SettingsFile) -> BenchKind:
    name = file.data.get("kind")
    if not isinstance(name, str):
        known = ", ".join(plugins.names(plugins.BENCHES))
        raise SettingsError([Problem(f"{file.place}: kind", f"is missing; one of {known}")])
    kind = plugins.load(plugins.BENCHES, name, f"{file.place}: kind")
    if not isinstance(kind, BenchKind):
        raise MhoError(f'the plug-in behind bench kind "{name}" is no BenchKind')
    return kind
