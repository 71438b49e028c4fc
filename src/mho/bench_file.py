"""The bench file: which instruments stand on a bench, and which terminal is wired to which.

A bench of one instrument is its driver's own file, with ``kind``. A bench of several names them in
tables ``[instruments.NAME]``, and says ``on = "NAME"`` in the table of each terminal.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mho import plugins, settings
from mho.bench import ChannelLimits
from mho.bench.composed import composed_limits
from mho.bench_select import SELECT
from mho.device.profile import DeviceProfile
from mho.errors import MhoError, Problem, SettingsError
from mho.frozen import Frozen
from mho.plugin_kinds import Driver, InstrumentKind
from mho.samples.sample import Demand
from mho.settings import SettingsFile
from mho.settings_text import place_of, shown

SIMULATOR = "simulator"
"""The table that sets up the simulated instrument of a rehearsal."""

REQUIRE = "require"
"""The key of any bench file that says what must be said of every run."""

_OF_NO_INSTRUMENT = (REQUIRE, SELECT)

_INSTRUMENTS, _TERMINALS, _KIND, _ON = "instruments", "terminals", "kind", "on"
_OF_BENCH = (_INSTRUMENTS, _TERMINALS, *_OF_NO_INSTRUMENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchInstrument:
    """One instrument of a bench file: its driver, its settings, where these stand in the file.

    ``kind`` is the name of the driver; ``simulator`` is the table of that name.
    """

    name: str
    kind: str
    place: str
    driver: Driver
    settings: Frozen
    simulator: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rehearses(self) -> bool:
        """True if nothing real can be energised."""
        return self.driver.rehearses(self.settings)

    def limits(self, profile: DeviceProfile) -> dict[str, ChannelLimits]:
        """What its channels at terminals of the device can do."""
        limits = self.driver.limits(self.settings, profile)
        return {name: limits[name] for name in profile.terminals if name in limits}


def bench_instruments(file: SettingsFile) -> tuple[BenchInstrument, ...]:
    """The instruments of a bench file, in its order.

    Raises
    ------
    SettingsError
        Everything wrong in it, at once.
    """
    if _INSTRUMENTS not in file.data:
        data = {k: value for k, value in file.data.items() if k not in _OF_NO_INSTRUMENT}
        return (_instrument(_Part(kind_of_name(file), file.place, file.place, data)),)
    problems: list[Problem] = []
    found = []
    for part in _parts(file, problems):
        try:
            found.append(_instrument(part))
        except SettingsError as error:
            problems += error.problems
    real = [one.name for one in found if not one.rehearses]
    if real and len(real) < len(found):
        simulated = ", ".join(one.name for one in found if one.rehearses)
        problems.append(
            Problem(
                f"{file.place}: {_INSTRUMENTS}",
                f"{simulated} would be simulated while {', '.join(real)} drives a real device; "
                "make all of them real, or all simulated",
            )
        )
    problems += _named_twice(found)
    if problems:
        raise SettingsError(problems)
    return tuple(found)


class _Demands(Frozen):
    require: tuple[Demand, ...] = ()


def bench_demands(file: SettingsFile) -> tuple[Demand, ...]:
    """What a bench file asks to be said of every run.

    Raises
    ------
    SettingsError
        It asks for what cannot be said.
    """
    asked = {key: value for key, value in file.data.items() if key == REQUIRE}
    return settings.parse(file.place, asked, _Demands).require


def _named_twice(instruments: Iterable[BenchInstrument]) -> Iterator[Problem]:
    """Real instruments that stand in the file under two names: two drivers would talk to one."""
    owners: dict[str, str] = {}
    for one in instruments:
        if one.rehearses:
            continue
        for resource in one.driver.resources(one.settings):
            other = owners.setdefault(resource, one.name)
            if other != one.name:
                yield Problem(
                    one.place,
                    f"is the same instrument as {other} ({resource}); name it once and write "
                    f'on = "{other}" in its terminals',
                )


def bench_limits(
    instruments: tuple[BenchInstrument, ...], profile: DeviceProfile
) -> dict[str, ChannelLimits]:
    """What the channels of a bench can do, by terminal of the device."""
    return composed_limits({one.name: one.limits(profile) for one in instruments})


def kind_of_name(file: SettingsFile) -> str:
    """What a bench of one instrument calls it: its kind."""
    return str(file.data.get(_KIND, ""))


@dataclass(frozen=True, slots=True)
class _Part:
    """What a bench file says of one instrument, as a file of its driver alone would."""

    name: str
    place: str
    terminals_place: str
    data: Mapping[str, Any]


def _parts(file: SettingsFile, problems: list[Problem]) -> Iterator[_Part]:
    """Take the file apart; what does not fit together goes into ``problems``."""
    unknown = [key for key in file.data if key not in _OF_BENCH]
    problems += [
        Problem(
            place_of(file.place, (key,)),
            f"a bench of several instruments has {_INSTRUMENTS} and {_TERMINALS} only; put this "
            f"into the table [{_INSTRUMENTS}.NAME] that it is about",
        )
        for key in unknown
    ]
    tables = {key: file.data.get(key, {}) for key in (_INSTRUMENTS, _TERMINALS)}
    wrong = [_no_table(file.place, (key,), t) for key, t in tables.items() if not _is_table(t)]
    wrong += [
        _no_table(file.place, (key, name), inner)
        for key, table in tables.items()
        if _is_table(table)
        for name, inner in table.items()
        if not _is_table(inner)
    ]
    if wrong:
        problems += wrong
        return
    wired: dict[str, dict[str, Any]] = {name: {} for name in tables[_INSTRUMENTS]}
    for terminal, table in tables[_TERMINALS].items():
        on = table.get(_ON)
        if not isinstance(on, str) or on not in wired:
            said = "is missing" if on is None else f"names {shown(on)}, which is no instrument here"
            problems.append(
                Problem(
                    place_of(file.place, (_TERMINALS, terminal, _ON)),
                    f"{said}; write one of {', '.join(wired) or 'those in [instruments.NAME]'}",
                )
            )
            continue
        wired[on][terminal] = {key: value for key, value in table.items() if key != _ON}
    for name, table in tables[_INSTRUMENTS].items():
        place = place_of(file.place, (_INSTRUMENTS, name))
        if not wired[name]:
            problems.append(
                Problem(place, f'no terminal is on it; write on = "{name}" in one, or take it out')
            )
            continue
        yield _Part(name, place, file.place, {**table, _TERMINALS: wired[name]})


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _no_table(place: str, at: tuple[str, ...], value: object) -> Problem:
    name = ".".join(at if len(at) > 1 else (*at, "NAME"))
    message = f"{shown(value)} stands where a table is wanted; write [{name}] and its keys below it"
    return Problem(place_of(place, at), message)


def _instrument(part: _Part) -> BenchInstrument:
    driver = _driver(part)
    problems: list[Problem] = []
    simulator: Mapping[str, Any] = {}
    left = [_KIND]
    if driver.simulator is not None and SIMULATOR in part.data:
        left.append(SIMULATOR)
        try:
            simulator = _simulator(part, driver.simulator)
        except SettingsError as error:
            problems += error.problems
    data = {key: value for key, value in part.data.items() if key not in left}
    chosen: Frozen | None = None
    try:
        chosen = settings.parse(part.terminals_place, data, driver.settings)
    except SettingsError as error:
        problems += (_placed(problem, part) for problem in error.problems)
    if chosen is not None and SIMULATOR in left and not driver.rehearses(chosen):
        message = "sets up a simulated instrument, but this bench is a real one; take it out"
        problems.append(Problem(_key_place(part, SIMULATOR), message))
    if problems or chosen is None:
        raise SettingsError(problems)
    return BenchInstrument(
        name=part.name,
        kind=part.data[_KIND],
        place=part.place,
        driver=driver,
        settings=chosen,
        simulator=simulator,
    )


def _placed(problem: Problem, part: _Part) -> Problem:
    """A problem of the driver's settings where it stands in a file of several instruments."""
    if part.place == part.terminals_place:
        return problem
    before, _, key = problem.place.rpartition(": ")
    if not before or key.startswith(f"{_TERMINALS}."):
        return problem
    return Problem(f"{part.place}.{key}", problem.message)


def _key_place(part: _Part, key: str) -> str:
    return f"{part.place}: {key}" if part.place == part.terminals_place else f"{part.place}.{key}"


def _driver(part: _Part) -> Driver:
    place, name = _key_place(part, _KIND), part.data.get(_KIND)
    if not isinstance(name, str):
        known = ", ".join(plugins.names(plugins.DRIVERS))
        said = "is missing" if name is None else f"{shown(name)} is no name of a driver"
        raise SettingsError([Problem(place, f"{said}; write one of {known}")])
    driver = plugins.load(plugins.DRIVERS, name, place)
    if not isinstance(driver, Driver):
        raise MhoError(f'the plug-in behind the driver "{name}" is no Driver')
    return driver


def _simulator(part: _Part, instrument: str) -> Mapping[str, Any]:
    """The table ``[simulator]``, held against the settings of the instrument."""
    place, table = _key_place(part, SIMULATOR), part.data[SIMULATOR]
    if not isinstance(table, Mapping):
        message = f"{shown(table)} stands where a table is wanted; write [{SIMULATOR}] and its keys"
        raise SettingsError([Problem(place, message)])
    kind: InstrumentKind = plugins.load(plugins.INSTRUMENTS, instrument, place)
    settings.parse(place, table, kind.settings)
    return table
