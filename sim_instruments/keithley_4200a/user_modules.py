"""User modules: a Python function stands for a compiled module of a user library.

A module of the real 4200A declares its parameters in its header: name, type, direction, default and
limits, in order. `UserModule` says the same, and names the function that stands for it.
"""

import importlib
import importlib.util
import logging
import math
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import zip_longest
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Literal

from mho import plugins
from mho.errors import MhoError, Problem, SettingsError

if TYPE_CHECKING:
    from mho.sim_instruments.keithley_4200a.apparatus import Apparatus

_LOG = logging.getLogger("mho.sim_instruments.keithley_4200a")

GROUP = "mho.user_modules"
"""Entry-point group. The object behind a name is a sequence of `UserModule`."""

OFFERED = "MODULES"
"""What a Python file or module that a settings file names has to have: the same."""

Value = float | int | str | tuple[float, ...]
"""Of a parameter; an array is a tuple."""

Steps = Generator[float, None, "Outcome"]
"""What a module that takes time returns: it yields the seconds that it waits."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a module.

    Attributes
    ----------
    name
        As in the module's header; ``GN`` asks for it.
    kind
        double, int (long, too) or text; doubles is an array. An array is followed by a parameter
        of kind int, its size.
    is_output
        Given back by the module; its value in a call is empty.
    default, low, high
        Of an input: what an empty value means, and its limits.
    """

    name: str
    kind: Literal["double", "int", "text", "doubles"] = "double"
    is_output: bool = False
    default: Value | None = None
    low: float = -math.inf
    high: float = math.inf


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a module gives back: its return value (None for void) and its outputs by name."""

    returned: float | None = 0
    outputs: Mapping[str, Value | Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserModule:
    """A module and what stands for it.

    Attributes
    ----------
    library, name
        As ``EX`` calls it.
    parameters
        In the order of a call.
    run
        ``run(values, apparatus)`` gets the inputs by name, the sizes of arrays among them, and the
        simulated instruments. It returns an `Outcome`, or is a generator function: it yields the
        seconds that it waits, and returns an `Outcome`.
    about
        What ``GD`` shows.
    """

    library: str
    name: str
    parameters: tuple[Parameter, ...]
    run: Callable[[Mapping[str, Value], "Apparatus"], Outcome | Steps]
    about: str = ""

    def __post_init__(self) -> None:
        """See that every array has its size."""
        for parameter, size in zip_longest(self.parameters, self.parameters[1:]):
            if parameter.kind == "doubles" and (size is None or size.kind != "int"):
                raise ValueError(
                    f"{self.library} {self.name}: the array {parameter.name} is not followed by "
                    "its size, a parameter of kind int"
                )


Registry = Mapping[tuple[str, str], UserModule]
"""By library and module."""


@cache
def installed() -> Registry:
    """The modules of all installed packages; one that cannot be loaded is logged and left out."""
    found: dict[tuple[str, str], UserModule] = {}
    for name in plugins.names(GROUP):
        try:
            modules = plugins.load(GROUP, name)
        except MhoError as error:
            _LOG.warning("user modules %s: %s", name, error)
            continue
        found.update({(module.library, module.name): module for module in modules})
    return found


def named_in_settings(sources: Sequence[str]) -> Registry:
    """The modules of Python files (``lab_modules.py``) and of modules (``lab.kxci``) by name.

    Raises
    ------
    SettingsError
        What cannot be read, or has no ``MODULES``; all problems at once.
    """
    found: dict[tuple[str, str], UserModule] = {}
    problems = []
    for index, source in enumerate(sources):
        place = f"user_modules.{index}"
        try:
            offered = getattr(_imported(source), OFFERED, None)
        except Exception as error:  # whatever a lab's file does when it is read
            problems.append(Problem(place, f'"{source}" cannot be read: {error}'))
            continue
        modules = offered if isinstance(offered, list | tuple) else None
        if not modules or not all(isinstance(module, UserModule) for module in modules):
            problems.append(
                Problem(place, f'"{source}" has no {OFFERED}: a list of UserModule is expected')
            )
            continue
        found.update({(module.library, module.name): module for module in modules})
    if problems:
        raise SettingsError(problems)
    return found


def _imported(source: str) -> ModuleType:
    if not source.endswith(".py"):
        return importlib.import_module(source)
    path = Path(source)
    if not path.is_file():
        raise FileNotFoundError(f"there is no such file in {Path.cwd()}")
    spec = importlib.util.spec_from_file_location(f"user_modules_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError("it is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
