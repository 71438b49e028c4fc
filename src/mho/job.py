"""A job: one protocol, one recipe, one bench with one device; read, planned and checked."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mho import plugins, settings
from mho.addressed_rows import addressed, addressed_row
from mho.bench import Bench, Plan
from mho.bench.compensation import compensation_refusals
from mho.bench.limits import missing_terminals, standing_refusals
from mho.bench.plan_refusals import dose_refusals, plan_refusals
from mho.cell_selection import cell_address, no_cell
from mho.device.layout import Address
from mho.errors import MhoError, Problem, SettingsError
from mho.frozen import Frozen
from mho.half_select import HalfSelected, follower_refusals, half_select_refusals
from mho.laboratory import read_setup
from mho.plugin_kinds import Circumstances, MeasurementProtocol
from mho.quantities import SECOND
from mho.recording.columns import columns
from mho.recording.documents import RecordedStep
from mho.samples import Cell, cell_of, in_array, read_sample
from mho.samples.sample import Demand
from mho.settings import SettingsFile
from mho.setup import Setup
from mho.wide_steps import wide_steps
from mho.yielded_rows import yielded_rows

if TYPE_CHECKING:
    from mho.life import Life
    from mho.recording.broken_run import BrokenRun
    from mho.result import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said of a run: who measures, why, words to find it by, its campaign."""

    operator: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    campaign: RecordedStep | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be done, checked for mistakes of spelling and range; nothing opened yet."""

    protocol: MeasurementProtocol
    setup: Setup
    recipe_file: SettingsFile
    recipe: Frozen
    cell: Cell | None = None
    waited: float = 0.0
    """In a rehearsal: seconds that passed since the cell's last run, with nothing at it."""
    said: Said = Said()
    asked: SettingsFile | None = None
    """The recipe before its protocol completed it, if that does so."""
    checked: Plan | None = None
    """Its plan, where a job like it, on another cell of the same sample, was refused nothing."""

    def completed(self) -> "Job":
        """With what its protocol lays over the recipe for its cell.

        Raises
        ------
        SettingsError
            A file that the recipe names cannot be used, or the ledger of the sample.
        """
        if self.protocol.laid is None:
            return self
        asked = self.asked or self.recipe_file
        recipe = settings.validate(asked, self.protocol.recipe)
        at = self._address
        here = Circumstances(
            folder=Path(asked.place).parent,
            cell=str(at or "") if self.cell is None else self.cell.name,
            results=self._results_before,
            results_of=self._results_of,
        )
        options = self.protocol.laid(recipe, here)
        file = settings.override(asked, (*asked.overrides, *options))
        recipe = settings.validate(file, self.protocol.recipe)
        checked = None if options else self.checked
        return replace(self, asked=asked, recipe_file=file, recipe=recipe, checked=checked)

    def _results_before(self) -> "Sequence[Sequence[Result]]":
        return () if self.cell is None else self._results_of(self.cell.name)

    def _results_of(self, name: str) -> "Sequence[Sequence[Result]]":
        if self.cell is None:
            return ()
        life = replace(self, cell=cell_of(self.cell.sample, name)).life()
        return () if life is None else [run.results for run in life.runs]

    def plan(self) -> Plan:
        """Everything that may be applied, at its worst.

        Raises
        ------
        SettingsError
            The recipe leaves to the device profile what the profile does not know.
        """
        return self.checked or self.protocol.plan(self.recipe, self.setup.profile)

    def once_checked(self) -> "Job":
        """The same, refused nothing on one cell: on others only what they suffered is judged."""
        return replace(self, checked=self.plan())

    @property
    def row(self) -> type[Any]:
        """The class of its rows: that of the protocol; of a cell of an array with its address."""
        return self.protocol.row if self._address is None else addressed_row(self.protocol.row)

    @property
    def _address(self) -> Address | None:
        return None if self.setup.profile.array is None else self.setup.at

    def on(self, cell: Cell) -> "Job":
        """The same job on another cell of its sample.

        Raises
        ------
        SettingsError
            It is outside the array, or its bench selects no cell.
        """
        setup, cell = _on_cell(self.setup, cell)
        return replace(self, cell=cell, setup=setup)

    def rows(self, bench: Bench) -> Generator[Any, None, None]:
        """Run the protocol: its rows as they come, each held against what was promised.

        Raises
        ------
        MhoError
            Of the bench; or the protocol yields what its row class cannot be.
        """
        rows = yielded_rows(self.protocol, self.protocol.run(bench, self.recipe))
        return rows if self._address is None else addressed(rows, self.row, self._address)

    def life(self, broken: "BrokenRun | None" = None) -> "Life | None":
        """What is known of the cell; None for a job without a sample. See `mho.life.read_life`.

        Raises
        ------
        SettingsError, RecordingError
            The ledger of the sample cannot be used.
        """
        if self.cell is None:
            return None
        from mho.life import read_life  # it reads runs, which takes long to load

        return read_life(self.cell, rehearsed=self.setup.rehearses, broken=broken)

    def dose_refusals(self, plan: Plan, life: "Life | None") -> list[str]:
        """Why the cell has not enough of its life left for a plan; no bench is asked."""
        profile = self.setup.profile
        return [
            *dose_refusals(plan, profile, None if life is None else life.suffered),
            *self._array_refusals(plan, life),
        ]

    def _array_refusals(self, plan: Plan, life: "Life | None") -> list[str]:
        """Why its neighbours in an array, or the sources of half voltages, forbid a plan."""
        profile, selector = self.setup.profile, self.setup.selector
        found: list[str] = []
        if profile.array is not None and self.setup.at is not None:
            before = HalfSelected(profile.array)
            if life is not None:
                before = life.half_selected(profile.array)
            found = half_select_refusals(plan, profile, self.setup.at, before)
        return found + follower_refusals(
            plan, profile, None if selector is None else selector.wiring
        )

    def refusals(self, broken: "BrokenRun | None" = None) -> list[str]:
        """Every reason why this job must not start, or a run not go on; empty if it may."""
        profile, limits = self.setup.profile, self.setup.limits
        found = [str(problem) for problem in missing_terminals(profile, limits)]
        if found:
            return found
        plan, life = self.plan(), self.life(broken)
        suffered = None if life is None else life.suffered
        found = [
            *standing_refusals(profile, limits),
            *compensation_refusals(profile, limits),
            *plan_refusals(plan, profile, limits, suffered),
            *self._array_refusals(plan, life),
            *self.setup.model_refusals(plan),
            *wide_steps(self.recipe, plan, profile, limits),
        ]
        return found or self.setup.unplayable(plan)


def read_job(
    protocol: str,
    bench: str,
    device: str | None,
    recipe: str,
    *,
    options: Iterable[str] = (),
    seed: int | None = None,
    wire: bool = False,
    sample: str | None = None,
    cell: str | None = None,
    after: str = "0 s",
    said: Said = Said(),
) -> Job:
    """Read a job from names and files.

    Parameters
    ----------
    protocol
        Name of a protocol plug-in.
    bench, device, recipe
        Shipped names or paths of TOML files. The device may be left to the sample.
    options
        ``key=value`` laid over the recipe; ``bench.key=value`` and ``device.key=value`` over the
        other two files.
    seed
        Seeds simulated devices and instruments; that of a cell is in its sample file.
    sample, cell
        The cell of a sample file that the run is made on; without a sample, that of an array.
    after
        In a rehearsal: how long after the last run on the cell, with its unit.
    said
        What people say of the run.
    wire
        Whether a rehearsal goes over sockets; see `mho.setup.Setup`.

    Raises
    ------
    SettingsError
        Everything wrong in all of it, at once.
    """
    problems: list[Problem] = []
    laid: dict[str, list[str]] = {"bench": [], "device": [], "recipe": []}
    for option in options:
        owner, dot, rest = option.partition(".")
        owned = dot and owner in laid and "=" not in owner
        laid[owner if owned else "recipe"].append(rest if owned else option)

    kind: MeasurementProtocol | None = None
    model: Frozen | None = None
    recipe_file: SettingsFile | None = None
    try:
        kind = protocol_named(protocol)
        recipe_file, wrong = settings.overridden(
            settings.read_recipe(recipe, protocol), laid["recipe"]
        )
        model = settings.validate_all(recipe_file, kind.recipe, wrong)
    except SettingsError as error:
        problems += error.problems
    chosen: Cell | None = None
    try:
        chosen = _cell(sample, cell, device, seed)
        if chosen is not None:
            asking = chosen.sample.sample
            problems += _unsaid(f"sample {asking.name}", asking.require, said)
    except SettingsError as error:
        problems += error.problems
    waited = 0.0
    try:
        waited = _waited(after)
    except SettingsError as error:
        problems += error.problems
    if device is None and chosen is not None:
        device = chosen.sample.device
    setup: Setup | None = None
    try:
        if device is None:
            raise SettingsError([] if problems else [_NO_DEVICE])
        setup = read_setup(
            bench,
            device,
            seed=(seed or 0) if chosen is None else chosen.seed,
            bench_options=laid["bench"],
            device_options=laid["device"],
            wire=wire,
        )
        problems += _unsaid(setup.bench_file.place, setup.require, said)
        if chosen is not None:
            setup, chosen = _on_cell(setup, chosen)
        elif sample is None:
            setup = _on_address(setup, cell)
    except SettingsError as error:
        problems += error.problems
    if problems or kind is None or recipe_file is None or model is None or setup is None:
        raise SettingsError(problems)
    job = Job(
        protocol=kind,
        setup=setup,
        recipe_file=recipe_file,
        recipe=model,
        cell=chosen,
        waited=waited,
        said=said,
    )
    return job.completed()


_NO_DEVICE = Problem(
    "--device",
    "is missing; name the device, or a sample with --sample; mho list devices shows what can be "
    "given",
)


def _waited(after: str) -> float:
    try:
        waited = SECOND.parse(after)
    except ValueError as error:
        raise SettingsError([Problem("--after", str(error))]) from None
    if waited < 0:
        raise SettingsError([Problem("--after", f"{after} is before the last run")])
    return waited


def _cell(
    sample: str | None, cell: str | None, device: str | None, seed: int | None
) -> Cell | None:
    """The cell that is meant, if one is.

    Raises
    ------
    SettingsError
        Everything wrong, at once.
    """
    if sample is None:
        return None
    file = read_sample(sample)
    place = f"sample {file.sample.name}"
    problems = []
    if device is not None and device != file.device:
        message = f"the cells are of device {file.device}; take --device {device} out"
        problems.append(Problem(place, message))
    if seed is not None:
        message = "says the seed of each of its cells; take --seed out"
        problems.append(Problem(place, message))
    chosen: Cell | None = None
    try:
        chosen = cell_of(file, cell)
    except SettingsError as error:
        problems += error.problems
    if problems:
        raise SettingsError(problems)
    return chosen


def _on_cell(setup: Setup, cell: Cell) -> tuple[Setup, Cell]:
    """A setup with a cell of a sample on it, and that cell."""
    place = f"sample {cell.sample.sample.name}"
    if setup.selector is None and cell.sample.sample.reach.by == "selector":
        message = (
            f'its cells are reached by a selector (reach.by = "selector"), but '
            f"{setup.bench_file.place} has no table [select]"
        )
        raise SettingsError([Problem(place, message)])
    if setup.profile.array is None:
        return replace(setup, seed=cell.seed), cell
    if cell.row is None or cell.column is None:
        message = (
            f"{setup.profile.name} is {setup.profile.array}, so its cells are a grid; write "
            f'grid = "{setup.profile.array.rows} x {setup.profile.array.columns}" in [cells]'
        )
        raise SettingsError([Problem(place, message)])
    cell = in_array(cell)
    at = Address(cell.row or 0, cell.column or 0)
    return replace(setup, seed=cell.seed).on(at, place), cell


def _on_address(setup: Setup, cell: str | None) -> Setup:
    """A setup with a cell of an array on it that belongs to no sample."""
    if cell is None:
        if setup.selector is not None and setup.at is None:
            raise SettingsError([no_cell(setup.profile)])
        return setup
    if setup.profile.array is None:
        message = (
            f"belongs to a sample, or to an array, which {setup.profile.name} is not; name the "
            "sample with --sample"
        )
        raise SettingsError([Problem("--cell", message)])
    return setup.on(cell_address(cell, setup.profile))


def _unsaid(place: str, require: Iterable[Demand], said: Said) -> Iterator[Problem]:
    """What a bench or a sample asks to be said of every run, and nobody says."""
    for demand in require:
        if not getattr(said, demand):
            message = f"asks for {demand} of every run; give --{demand.removesuffix('s')}"
            yield Problem(place, message)


def protocol_named(name: str) -> MeasurementProtocol:
    """The protocol of that name, whose rows can be recorded.

    Raises
    ------
    MhoError
        The plug-in offers something else, or a row that no file can hold; names the field.
    """
    found = plugins.load(plugins.PROTOCOLS, name)
    if not isinstance(found, MeasurementProtocol):
        raise MhoError(
            f'the plug-in behind the protocol "{name}" is a {type(found).__name__}, '
            "no MeasurementProtocol"
        )
    try:
        columns(found.row)
    except MhoError as error:
        raise MhoError(f'the protocol "{name}" cannot be recorded: {error}') from None
    return found
