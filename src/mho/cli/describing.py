"""``mho describe``: every key of a recipe, a bench, a device, an instrument, and what it means."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import click

from mho import plugins, settings
from mho.bench_file import REQUIRE, SIMULATOR
from mho.bench_select import SELECT
from mho.cli.exit_codes import DONE
from mho.cli.lines import width, wrapped
from mho.device.profile import DeviceProfile
from mho.errors import SettingsError
from mho.keys import Key, Table, tables
from mho.plugin_kinds import ActuatorKind, DeviceKind, Driver, InstrumentKind, MeasurementProtocol
from mho.programming.algorithm import AlgorithmKind
from mho.selector_wiring import SelectorWiring

_ESCAPED = str.maketrans({"|": r"\|", "<": r"\<", "*": r"\*", "[": r"\[", "_": r"\_"})
_KINDS = {
    "recipe": "protocols",
    "protocol": "protocols",
    "algorithm": "algorithms",
    "bench": "kinds of bench",
    "device": "devices",
    "instrument": "instruments",
    "selector": "selectors",
}
"""Words for kinds of file: their names are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A file, or a part of one, that has keys: what it is, and a line beneath them."""

    title: str
    tables: tuple[Table, ...]
    note: str = ""


def describe(name: str | None, *, markdown: bool) -> int:
    """Print the keys of what is called ``name``; without it, what can be described, or all."""
    if name in _KINDS:
        return _show_names(_KINDS[name])
    if name is not None:
        subjects = tuple(subjects_of(name))
        if not subjects:
            known = sorted({one for names in _names().values() for one in names})
            raise SettingsError([plugins.unknown("name", name, known)])
    elif markdown:
        subjects = every_subject()
    else:
        return _show_names()
    if markdown:
        click.echo(reference_page(subjects), nl=False)
        return DONE
    columns = width()
    for number, subject in enumerate(subjects):
        click.echo("\n" * (number > 0) + "\n".join(_lines(subject, columns)))
    return DONE


def subjects_of(name: str) -> Iterator[Subject]:
    """All that goes by this name: a bench file and the instrument it rehearses on may share it."""
    names = _names()
    if name in names["protocols"]:
        yield _recipe(name)
    if name in names["algorithms"]:
        yield _algorithm(name)
    if name in names["kinds of bench"]:
        yield _bench(name)
    if name in names["selectors"]:
        yield _selector(name)
    if name in names["instruments"]:
        yield _instrument(name)
    if name in names["devices"]:
        yield _profile()
        model = name
        if name not in plugins.names(plugins.DEVICES):
            _, profile = settings.read_device(name)
            model = "" if profile.model is None else profile.model.kind
        if model:
            yield _model(model)


def every_subject() -> tuple[Subject, ...]:
    """All keys of all files that are installed, each once."""
    names = _names()
    return (
        *map(_recipe, names["protocols"]),
        *map(_algorithm, names["algorithms"]),
        *map(_bench, names["kinds of bench"]),
        *map(_selector, names["selectors"]),
        _profile(),
        *map(_model, plugins.names(plugins.DEVICES)),
        *map(_instrument, names["instruments"]),
    )


def reference_page(subjects: tuple[Subject, ...]) -> str:
    """The keys as Markdown."""
    lines = [
        "# Every key of every file",
        "",
        "Recipes, programming algorithms, benches, devices and simulated instruments, in this",
        "order. Written by",
        "`mho describe --markdown`; `mho describe NAME` shows one of them in the terminal.",
        "",
        'Quantities carry their unit in quotes (`"50 us"`). A key without a default that is',
        "not marked *must be given* may be left out.",
    ]
    for subject in subjects:
        lines += ["", f"## {subject.title}"]
        for table in subject.tables:
            lines.append("")
            if table.heading:
                lines += [f"### `{table.heading}`", ""]
            lines += [table.meaning.translate(_ESCAPED), ""]
            if table.keys:
                lines += ["| key | default | written as | meaning |", "|---|---|---|---|"]
            lines += map(_row, table.keys)
        if subject.note:
            lines += ["", subject.note.translate(_ESCAPED)]
    return "\n".join(lines) + "\n"


def _names() -> dict[str, tuple[str, ...]]:
    models = plugins.names(plugins.DEVICES)
    return {
        "protocols": plugins.names(plugins.PROTOCOLS),
        "algorithms": plugins.names(plugins.ALGORITHMS),
        "kinds of bench": plugins.names(plugins.DRIVERS),
        "selectors": plugins.names(plugins.ACTUATORS),
        "devices": tuple(sorted({*settings.named(settings.DEVICES), *models})),
        "instruments": plugins.names(plugins.INSTRUMENTS),
    }


def _show_names(only: str | None = None) -> int:
    columns = width()
    for what, names in _names().items():
        if only not in (None, what):
            continue
        line = ", ".join(names)
        click.echo("\n".join(wrapped(line, columns, first=f"{what:16}", then=" " * 16)))
    click.echo("\nmho describe NAME shows every key: how it is written, its default, its meaning")
    return DONE


def _recipe(name: str) -> Subject:
    protocol: MeasurementProtocol = plugins.load(plugins.PROTOCOLS, name)
    top, *beneath = tables(protocol.recipe)
    top = replace(top, meaning=protocol.title)
    return Subject(title=f"recipe of {name}", tables=(top, *beneath))


def _algorithm(name: str) -> Subject:
    kind: AlgorithmKind = plugins.load(plugins.ALGORITHMS, name)
    top, *beneath = tables(kind.settings, "[settings]")
    top = replace(top, meaning=kind.title)
    return Subject(title=f"programming algorithm {name}", tables=(top, *beneath))


def _bench(name: str) -> Subject:
    driver: Driver = plugins.load(plugins.DRIVERS, name)
    kind = Key(
        name="kind",
        written=f'"{name}"',
        legal="",
        default=None,
        meaning="the driver that all other keys of the file are of",
    )
    simulator = Key(
        name=SIMULATOR,
        written="table",
        legal="",
        default="",
        meaning="settings of the simulated instrument in a rehearsal: mho describe "
        f"{driver.simulator}",
    )
    top, *beneath = tables(driver.settings)
    last = () if driver.simulator is None else (simulator,)
    require = Key(
        name=REQUIRE,
        written='list of "operator", "note", "tags"',
        legal="",
        default="[]",
        meaning="what must be said of every run on this bench",
    )
    top = replace(top, keys=(kind, *top.keys, *last, require))
    note = (
        "On a bench of several instruments all this stands in [instruments.NAME], and each table "
        '[terminals.NAME] says which one it is on, on = "NAME"; '
        f"{REQUIRE} stays at the top."
    )
    return Subject(title=f"bench file of {name}", tables=(top, *beneath), note=note)


def _selector(name: str) -> Subject:
    kind: ActuatorKind = plugins.load(plugins.ACTUATORS, name)
    ours, *beneath = tables(SelectorWiring, f"[{SELECT}]")
    own, *beneath_own = tables(kind.settings, f"[{SELECT}]")
    simulator = Key(
        name=SIMULATOR,
        written="table",
        legal="",
        default="",
        meaning="settings of the simulated instrument in a rehearsal: mho describe "
        f"{kind.simulator}",
    )
    last = () if kind.simulator is None else (simulator,)
    top = replace(ours, keys=(*ours.keys, *own.keys, *last))
    return Subject(
        title=f"table [{SELECT}] of a bench file, {name}", tables=(top, *beneath, *beneath_own)
    )


def _profile() -> Subject:
    return Subject(title="device file", tables=tuple(tables(DeviceProfile)))


def _model(name: str) -> Subject:
    kind: DeviceKind = plugins.load(plugins.DEVICES, name)
    return Subject(
        title=f"device model {name}",
        tables=tuple(tables(kind.parameters, "[model.parameters]")),
    )


def _instrument(name: str) -> Subject:
    kind: InstrumentKind = plugins.load(plugins.INSTRUMENTS, name)
    wiring = Key(
        name="wiring",
        written="table CHANNEL = text",
        legal="",
        default="",
        meaning="terminal of the device that a channel is wired to; in a bench file the terminals "
        "say it",
    )
    top, *beneath = tables(kind.settings)
    top = replace(top, keys=(*top.keys, wiring))
    return Subject(title=f"simulated instrument {name}", tables=(top, *beneath))


def _lines(subject: Subject, columns: int) -> Iterator[str]:
    yield subject.title
    for table in subject.tables:
        yield ""
        if table.heading:
            yield table.heading
        yield from wrapped(table.meaning, columns)
        for key in table.keys:
            start = f"  {key.name} = {key.default}" if key.default else f"  {key.name}"
            yield from wrapped(_written(key), columns, first=f"{start:32}  ", then=" " * 34)
            yield from wrapped(key.meaning, columns, first=" " * 6, then=" " * 6)
    if subject.note:
        yield ""
        yield from wrapped(subject.note, columns)


def _written(key: Key) -> str:
    written = f"{key.written}, {key.legal}" if key.legal else key.written
    if key.default is None:
        return f"{written}; must be given"
    return written if key.default else f"{written}; may be left out"


def _row(key: Key) -> str:
    default = "*must be given*" if key.default is None else f"`{key.default}`" * bool(key.default)
    written = f"{key.written}, {key.legal}" if key.legal else key.written
    cells = (f"`{key.name}`", default, written.translate(_ESCAPED), key.meaning.translate(_ESCAPED))
    return f"| {' | '.join(cells)} |"
