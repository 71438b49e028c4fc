"""A job: one protocol, one recipe, one bench with one device; read, planned and checked."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Any

from mho import plugins, settings
from mho.bench import Bench, Plan
from mho.bench.compensation import compensation_refusals
from mho.bench.limits import missing_terminals, standing_refusals
from mho.bench.plan_refusals import plan_refusals
from mho.errors import MhoError, Problem, SettingsError
from mho.frozen import Frozen
from mho.laboratory import Setup, read_setup
from mho.plugin_kinds import MeasurementProtocol
from mho.recording.columns import columns
from mho.settings import SettingsFile
from mho.wide_steps import wide_steps
from mho.yielded_rows import yielded_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be done, checked for mistakes of spelling and range; nothing opened yet."""

    protocol: MeasurementProtocol
    setup: Setup
    recipe_file: SettingsFile
    recipe: Frozen

    def plan(self) -> Plan:
        """Everything that may be applied, at its worst.

        Raises
        ------
        SettingsError
            The recipe leaves to the device profile what the profile does not know.
        """
        return self.protocol.plan(self.recipe, self.setup.profile)

    def rows(self, bench: Bench) -> Generator[Any, None, None]:
        """Run the protocol: its rows as they come, each held against what was promised.

        Raises
        ------
        MhoError
            Of the bench; or the protocol yields what its row class cannot be.
        """
        return yielded_rows(self.protocol, self.protocol.run(bench, self.recipe))

    def refusals(self) -> list[str]:
        """Every reason why this job must not start; empty if it may."""
        profile, limits = self.setup.profile, self.setup.limits
        found = [str(problem) for problem in missing_terminals(profile, limits)]
        if found:
            return found
        plan = self.plan()
        found = [
            *standing_refusals(profile, limits),
            *compensation_refusals(profile, limits),
            *plan_refusals(plan, profile, limits),
            *wide_steps(self.recipe, plan, profile, limits),
        ]
        return found or self.setup.unplayable(plan)


def read_job(
    protocol: str,
    bench: str,
    device: str,
    recipe: str,
    *,
    options: Iterable[str] = (),
    seed: int = 0,
    wire: bool = False,
) -> Job:
    """Read a job from names and files.

    Parameters
    ----------
    protocol
        Name of a protocol plug-in.
    bench, device, recipe
        Shipped names or paths of TOML files.
    options
        ``key=value`` laid over the recipe; ``bench.key=value`` and ``device.key=value`` over the
        other two files.
    seed
        Seeds simulated devices and instruments.
    wire
        Whether a rehearsal goes over sockets; see `mho.laboratory.Setup`.

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
        kind = _protocol(protocol)
        recipe_file, wrong = settings.overridden(
            settings.read_recipe(recipe, protocol), laid["recipe"]
        )
        model = settings.validate_all(recipe_file, kind.recipe, wrong)
    except SettingsError as error:
        problems += error.problems
    setup: Setup | None = None
    try:
        setup = read_setup(
            bench,
            device,
            seed=seed,
            bench_options=laid["bench"],
            device_options=laid["device"],
            wire=wire,
        )
    except SettingsError as error:
        problems += error.problems
    if problems or kind is None or recipe_file is None or model is None or setup is None:
        raise SettingsError(problems)
    return Job(protocol=kind, setup=setup, recipe_file=recipe_file, recipe=model)


def _protocol(name: str) -> MeasurementProtocol:
    """A protocol whose rows can be recorded.

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
