"""The laboratory: a bench and a device by name, read and checked together."""

from collections.abc import Iterable

from mho import settings
from mho.bench.guard import GuardedBench
from mho.bench_file import BenchInstrument, bench_demands, bench_instruments
from mho.bench_select import BenchSelector, bench_selector
from mho.cell_selection import cell_address, selecting_problems
from mho.device.layout import ONE_CELL, Address
from mho.device.profile import DeviceProfile
from mho.errors import Problem, SettingsError
from mho.samples.sample import Demand
from mho.settings import SettingsFile
from mho.setup import Setup
from mho.simulated import see_simulable


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
                see_simulable(device_file.place, profile, seed)
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
