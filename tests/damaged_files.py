"""Legal settings files, and one thing broken in one of them: every kind of mistake we thought of.

A damaged job has the files as bytes and the ``--set`` options, ready to be written and checked.
"""

import datetime
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from math import isinf, isnan
from pathlib import Path

import numpy as np

from mho import settings
from mho.job import read_job

BENCHES = ("ni-pxie-4139", "keithley-4200a", "keithley-4200a-pmu", "ideal")

DEVICES = {  # where a recipe cannot be had on the device that most of them are for
    "alpha": "alpha-fe2o3",
    "published": "alpha-fe2o3",
    "fig-4": "alpha-fe2o3",
    "ecram-lithium": "ecram-lithium",
    "ecram-metal": "ecram-metal-oxide",
    "ecram-oxide": "ecram-oxide-10-ns",
    "ecram-short": "ecram-short-memory",
    "ecram-full": "ecram-metal-oxide",
    "ecram-2x2": "ecram-array-2x2",
    "ecram-3x3": "ecram-array-3x3",
    "mod-source": "cu-te-1t1r-source-line",
    "mos-source": "cu-te-1t1r-mos",
    "cu-te-selector": "nmos",
    "transfer": "nmos",
    "threshold-3x3": "threshold-crossbar-3x3",
}


class Raw(str):
    """A value that stands in the file as it is written here."""


@dataclass(frozen=True)
class DamagedJob:
    """What a command is given; ``odd`` says what is in the place of a file.

    ``subject`` is the protocol that is checked, or the instrument that is served.
    """

    kind: str
    subject: str
    files: dict[str, bytes | str]
    options: tuple[str, ...] = ()
    what: str = ""
    odd: dict[str, str] = field(default_factory=dict)

    def write(self, folder: Path) -> dict[str, str]:
        """Write the files; their paths by name."""
        paths = {}
        for name, text in self.files.items():
            path = folder / f"{name}.toml"
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            paths[name] = str(path)
        for name, what in self.odd.items():
            with suppress(OSError):  # not everybody may make links
                paths[name] = _put(what, folder / f"odd-{name}.toml", Path(paths[name]))
        return paths


@dataclass(frozen=True)
class LegalJob:
    """Shipped files that go together, as data."""

    subject: str
    data: dict[str, dict]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.data)

    @property
    def open_to_options(self) -> tuple[str, ...]:
        return tuple(
            name for name in self.data if "settings" not in self.data or name == "settings"
        )

    def option(self, name: str, setting: str) -> str:
        return setting if name == "settings" else f"{name}.{setting}"

    def written(self, **changed) -> dict[str, bytes | str]:
        return {name: toml_text({**self.data, **changed}[name]) for name in self.data}


def _put(what: str, path: Path, other: Path) -> str:
    """Make what is in the place of a file; its path, or name."""
    match what:
        case "a folder":
            path.mkdir()
        case "a loop of links":
            path.symlink_to(path)
        case "a dangling link":
            path.symlink_to(path.with_name("nowhere"))
        case "unreadable":
            path.write_text("a = 1")
            path.chmod(0)
        case "NUL in the name":
            return str(path.with_name("a\0.toml"))
        case "a name of a mile":
            return str(path.with_name("a" * 5000 + ".toml"))
        case "below a file":
            return str(other / "x.toml")
        case "no such shipped name":
            return "cu-te-1r1t"
        case "empty name":
            return ""
    return str(path)


TWO_MAKES = {
    "instruments": {
        "smu": {
            "kind": "ni-pxie-4139",
            "target": "simulator",
            "simulator": {"calibration_errors": True, "version_40w": ["PXI1Slot2"]},
        },
        "4200": {"kind": "keithley-4200a", "connection": "simulator", "timeout": "4 s"},
    },
    "terminals": {
        "TE": {"on": "smu", "resource": "PXI1Slot2/0", "model": "40 W"},
        "gate": {"on": "4200", "channel": "SMU1", "preamp": True},
    },
}
"""A bench of two instruments, with everything that a bench file may have."""


@cache
def legal_jobs() -> tuple[LegalJob, ...]:
    """Every shipped recipe on a device that it suits, on every kind of bench in turn."""
    jobs = [
        LegalJob(
            "ispp",
            {
                "bench": TWO_MAKES,
                "device": dict(settings.read(settings.DEVICES, "cu-te-1t1r").data),
                "recipe": dict(settings.read(settings.RECIPES, recipe, "ispp").data),
            },
        )
        for recipe in ("one-target", "nine-targets", "one-target")
    ]
    for number, (protocol, recipe) in enumerate(settings.shipped_recipes()):
        device = next((d for start, d in DEVICES.items() if recipe.startswith(start)), "cu-te-1t1r")
        for turn in range(len(BENCHES)):
            bench = BENCHES[(number + turn) % len(BENCHES)]
            if not read_job(protocol, bench, device, recipe).refusals():
                break
        data = {
            "bench": settings.read(settings.BENCHES, bench).data,
            "device": settings.read(settings.DEVICES, device).data,
            "recipe": settings.read(settings.RECIPES, recipe, protocol).data,
        }
        jobs.append(LegalJob(protocol, {name: dict(table) for name, table in data.items()}))
    return tuple(jobs)


@cache
def legal_instruments() -> tuple[LegalJob, ...]:
    """Every shipped simulated instrument with a device."""
    return tuple(
        LegalJob(
            name,
            {
                "settings": dict(settings.read(settings.INSTRUMENTS, name).data),
                "device": dict(settings.read(settings.DEVICES, "cu-te-1t1r").data),
            },
        )
        for name in settings.shipped(settings.INSTRUMENTS)
    )


# ---- TOML


def toml_text(table: dict) -> str:
    return "".join(f"{_key(key)} = {_value(value)}\n" for key, value in table.items())


def _key(key: str) -> str:
    return key if isinstance(key, Raw) else json.dumps(key)


def _value(value: object) -> str:
    match value:
        case Raw():
            return value
        case bool():
            return str(value).lower()
        case str():
            return json.dumps(value).replace("\x7f", "\\u007f")
        case float() if isnan(value):
            return "nan"
        case float() if isinf(value):
            return "inf" if value > 0 else "-inf"
        case int() | float():
            return repr(value)
        case dict():
            return "{" + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_value, value)) + "]"
    assert isinstance(value, datetime.date | datetime.time), value
    return value.isoformat()


# ---- places in a file

Place = tuple[str | int, ...]


def places(data: object, at: Place = ()) -> Iterator[Place]:
    """Every place in a file where a value stands, tables and lists included."""
    if at:
        yield at
    if isinstance(data, dict):
        for key, value in data.items():
            yield from places(value, (*at, key))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from places(value, (*at, number))


def found(data: object, at: Place) -> object:
    for part in at:
        data = data[part]
    return data


def changed(data: object, at: Place, value: object) -> object:
    """The data with another value at one place."""
    if not at:
        return value
    first, *rest = at
    copy = list(data) if isinstance(data, list) else dict(data)
    copy[first] = changed(copy[first], tuple(rest), value)
    return copy


def without(data: object, at: Place) -> object:
    *above, last = at
    table = found(data, tuple(above))
    copy = list(table) if isinstance(table, list) else dict(table)
    del copy[last]
    return changed(data, tuple(above), copy)


def dotted(at: Place) -> str:
    return ".".join(map(str, at))


# ---- kinds of damage

Damage = Callable[[LegalJob, np.random.Generator], DamagedJob]
KINDS: dict[str, Damage] = {}


def _kind(damage: Damage) -> Damage:
    KINDS[damage.__name__.replace("_", " ")] = damage
    return damage


def pick(rng: np.random.Generator, choices):
    choices = tuple(choices)
    return choices[int(rng.integers(len(choices)))]


def damaged(kind: str, number: int, among: tuple[LegalJob, ...]) -> DamagedJob:
    """The job of this number with this kind of damage; one number is one job."""
    rng = np.random.default_rng([4139, number, list(KINDS).index(kind)])
    legal = among[int(rng.integers(len(among)))]
    return replace(KINDS[kind](legal, rng), kind=kind)


def _with_value(legal, rng, values, chosen=lambda _: True, options=True) -> DamagedJob:
    """One value of one file replaced: in the file, or by an option."""
    name = pick(rng, legal.names)
    if not any(chosen(found(legal.data[name], at)) for at in places(legal.data[name])):
        name = "device"
    data = legal.data[name]
    at = pick(rng, (at for at in places(data) if chosen(found(data, at))))
    value = pick(rng, values(found(data, at)))
    what = f"{name} {dotted(at)} = {_value(value)[:60]}"
    as_option = options and rng.random() < 0.25 and not any(isinstance(p, int) for p in at)
    if as_option and name in legal.open_to_options:
        option = legal.option(name, f"{dotted(at)}={_value(value)}")
        return DamagedJob("", legal.subject, legal.written(), (option,), what)
    return DamagedJob(
        "", legal.subject, legal.written(**{name: changed(data, at, value)}), (), what
    )


@_kind
def nothing(legal, rng):
    return DamagedJob("", legal.subject, legal.written())


@_kind
def wrong_type(legal, rng):
    values = (
        {}, {"a": 1}, {"": ""}, [], [1, 2], [[1], ["2 V"]], ["2 V", {"a": "2 V"}], [{}], [[]],
        datetime.date(2025, 1, 2), datetime.time(1, 2, 3), datetime.datetime(2025, 1, 2, 3, 4),
        datetime.datetime(2025, 1, 2, tzinfo=datetime.UTC),
        True, False, 5, 1.5, -3, 0, "text", "", "true", "5",
    )  # fmt: skip
    return _with_value(legal, rng, lambda _: values)


@_kind
def number_out_of_range(legal, rng):
    numbers = (
        "1e400", "-1e400", "1e-500", "1e300", "-1e300", "1e-300", "1e30", "1e12", "0", "-0.0",
        "1e99999999999999", "9" * 5000, "1e-30", "1e-9", "-1", "3", "1_0", "0x10", "١", "1,5",
    )  # fmt: skip

    def values(value):
        if isinstance(value, str) and value[:1] in "-0123456789" and value:
            unit = value.rpartition(" ")[2].lstrip("-0123456789.e")
            return tuple(f"{number} {unit}" for number in numbers)
        return tuple(
            Raw(number)
            for number in (
                "1e400",
                "-1e400",
                "1e-500",
                "1e300",
                "1e-300",
                "inf",
                "-inf",
                "nan",
                "9" * 400,
                "9" * 4400,
                "9223372036854775808",
                "-1",
                "0",
                "1.5",
                "1e16",
                "1e9",
                "1000000000",
                "0xffffffffffffffffffff",
                "2147483648",
                "3",
                "0.0",
            )
        )

    def is_number(value):
        if isinstance(value, str):
            return value[:1].isdigit() or value[:1] == "-"
        return isinstance(value, int | float) and not isinstance(value, bool)

    return _with_value(legal, rng, values, is_number)


def _is_quantity(value):
    return isinstance(value, str) and value[:1] in "-0123456789" and " " in value


@_kind
def number_changed(legal, rng):
    factor = 10 ** rng.uniform(-4, 4)

    def values(value):
        if isinstance(value, str):
            number, _, unit = value.rpartition(" ")
            return (f"{float(number) * factor:.4g} {unit}",)
        return (type(value)(value * factor),)

    def is_number(value):
        return _is_quantity(value) or type(value) in (int, float)

    return _with_value(legal, rng, values, is_number)


@_kind
def unit_missing_or_wrong(legal, rng):
    def values(value):
        number, _, unit = value.rpartition(" ")
        others = (
            "V", "mV", "uA", "A", "us", "S", "uS", "kohm", "MOhm", "mohm", "%", "ppm", "K", "min",
            "h", "d", "C", "J", "W", "V/s", "Hz", "volts", "V V", "°C", "S/m", "μS", "Ω",
            unit.upper(), unit.lower(), unit.swapcase(),
        )  # fmt: skip
        spelled = tuple(f"{number} {other}" for other in others)
        return (*spelled, number, Raw(number), f"{number}  {unit}", f"{unit} {number}", f"{value}.")

    return _with_value(legal, rng, values, _is_quantity)


KEYS = (
    "limt", "", ".", "a.b", "targets", "Kind", "TERMINALS", "[bold]", "ключ", "a\x00b", "a" * 3000,
    "a b", "0", "-", "__class__", "model_config", "model_fields", "self", "\x1b[31m", "\n", "max",
)  # fmt: skip


@_kind
def unknown_key(legal, rng):
    name = pick(rng, legal.names)
    data = legal.data[name]
    tables = [at for at in ((), *places(data)) if isinstance(found(data, at), dict)]
    at, key = pick(rng, tables), pick(rng, KEYS)
    value = pick(rng, (1, "2 V", {}, {"a": {}}, [], True))
    more = changed(data, at, {**found(data, at), key: value})
    return DamagedJob(
        "", legal.subject, legal.written(**{name: more}), (), f"{name} {dotted(at)} + {key[:20]!r}"
    )


@_kind
def key_missing(legal, rng):
    name = pick(rng, legal.names)
    at = pick(rng, places(legal.data[name]))
    fewer = without(legal.data[name], at)
    return DamagedJob(
        "", legal.subject, legal.written(**{name: fewer}), (), f"{name} without {dotted(at)}"
    )


@_kind
def key_twice_or_renamed(legal, rng):
    name = pick(rng, legal.names)
    data = legal.data[name]
    at = pick(rng, (at for at in places(data) if isinstance(at[-1], str)))
    if rng.random() < 0.3:
        text = f"{legal.written()[name]}{json.dumps(at[0])} = 1\n"
        return DamagedJob("", legal.subject, {**legal.written(), name: text}, (), f"{at[0]} twice")
    key = at[-1]
    renamed = pick(rng, (key.upper(), key[:-1], key + "s", key.replace("_", "-"), key[::-1]))
    table = found(data, at[:-1])
    fresh = {renamed if k == key else k: v for k, v in table.items()}
    written = legal.written(**{name: changed(data, at[:-1], fresh)})
    return DamagedJob("", legal.subject, written, (), f"{name} {dotted(at)} -> {renamed}")


TEXTS = (
    "[bold]x[/bold]", "[/]", "[/red]", "[link=http://a]b[/link]", ":smile:", "[", "]", "\\[bold]",
    "[bold red on white]", "\x00", "a\x00b", "\x1b[31mred\x1b[0m", "a\nb", "\r\n", "\t", "é" * 300,
    "x" * 100_000, "’", "𝔘", "\u202e", "%s {0} {a}", "../../x", "C:\\a", "SMU1\n", "NaN", "None",
)  # fmt: skip


@_kind
def markup_and_control_characters(legal, rng):
    return _with_value(
        legal, rng, lambda _: TEXTS, lambda value: isinstance(value, str), options=True
    )


@_kind
def nested_deeply(legal, rng):
    depth = int(pick(rng, (5, 15, 40, 90, 400, 3000, 50_000)))
    nested = pick(
        rng,
        (
            "[" * depth + "]" * depth,
            "[" * depth,
            "{a=" * depth + "1" + "}" * depth,
            "[{a=" * depth + "1" + "}]" * depth,
            "{" + ".".join("a" * depth) + "=1}",
        ),
    )
    if rng.random() < 0.3:
        name = pick(rng, legal.names)
        head = pick(rng, ("[" + ".".join("a" * depth) + "]", ".".join("a" * depth) + " = 1"))
        text = legal.written()[name] + head
        return DamagedJob("", legal.subject, {**legal.written(), name: text}, (), f"{name} {depth}")
    job = _with_value(legal, rng, lambda _: (Raw(nested),), options=depth < 30_000)
    return replace(job, what=f"{job.what} depth {depth}")


@_kind
def damaged_bytes(legal, rng):
    name = pick(rng, legal.names)
    text = str(legal.written()[name]).encode()
    at = int(rng.integers(max(len(text), 1)))
    byte = bytes([int(rng.integers(256))])
    made = {
        "truncated": text[:at],
        "one byte changed": text[:at] + byte + text[at + 1 :],
        "one byte more": text[:at] + byte + text[at:],
        "latin-1": text + b'description = "50 \xb5S"\n',
        "NUL": text[:at] + b"\0" + text[at:],
        "empty": b"",
        "UTF-16": text.decode().encode("utf-16"),
        "BOM": b"\xef\xbb\xbf" + text,
        "two BOMs": b"\xef\xbb\xbf\xef\xbb\xbf" + text,
        "CRLF": text.replace(b"\n", b"\r\n"),
        "CR": text.replace(b"\n", b"\r"),
        "binary": rng.bytes(500),
        "a line gone": b"\n".join(line for n, line in enumerate(text.split(b"\n")) if n != 1),
    }
    what = pick(rng, made)
    return DamagedJob(
        "", legal.subject, {**legal.written(), name: made[what]}, (), f"{name} {what}"
    )


@_kind
def too_large(legal, rng):
    name = pick(rng, legal.names)
    text = str(legal.written()[name])
    more = pick(
        rng, ("# " + "x" * 1_500_000, "targets = [" + '"50 uS",' * 200_000 + "]", "\n" * 2_000_000)
    )
    files = {**legal.written(), name: text + more}
    return DamagedJob("", legal.subject, files, (), f"{name} of {len(text + more)} bytes")


NO_FILES = (
    "a folder", "nothing", "a loop of links", "unreadable", "NUL in the name", "a name of a mile",
    "below a file", "no such shipped name", "empty name", "a dangling link",
)  # fmt: skip


@_kind
def no_file(legal, rng):
    name, what = pick(rng, legal.names), pick(rng, NO_FILES)
    return DamagedJob("", legal.subject, legal.written(), (), f"{name} {what}", {name: what})


@_kind
def wrong_option(legal, rng):
    name = pick(rng, legal.open_to_options)
    at = dotted(pick(rng, places(legal.data[name])))
    option = pick(
        rng,
        (
            "", "=", "a", "=1", "a.=1", ".a=1", "..=1", "a..b=1", " =1", f"[bold]{at}[/]=1",
            "\udcff=1", f"{'a.' * 3000}b=1",
            *(
                legal.option(name, setting)
                for setting in (
                    "=1", "", at, f"{at}.below=1", f"{at}.0=1", f"{at}.below.further=1", f"{at}=",
                    f"{at}=[", f"{at}={{", f"{at}=1\nfoo=2", f'{at}="""', f"{at}={'[' * 3000}",
                    f"{at}={'9' * 5000}", f"{at}=1e400", f"{at}=\x00", f"{at}=[bold]x[/bold]",
                    f"{at}=\udcff", f'"{at}"=1', f"{at} = 1", f"{at}==1", f"{at}=2025-01-02",
                    f"{at}=true", f"{'a.' * 3000}b=1",
                )
            ),
        ),
    )  # fmt: skip
    return DamagedJob("", legal.subject, legal.written(), (option,), f"--set {option[:60]!r}")


@_kind
def plug_in_or_model(legal, rng):
    if rng.random() < 0.2:
        subject = pick(rng, ("isp", "", "[bold]", "../ispp", "ISPP", "NI", "ispp ", "a\x00"))
        return DamagedJob("", subject, legal.written(), (), f"plug-in {subject!r}")
    name = pick(rng, ("bench", "device")) if "bench" in legal.data else "device"
    data = legal.data[name]
    words = (
        "idael", "IDEAL", "", "ideal", "resistor", "open", "cu-te", "nmos", "ni-pxie-4139", "ecram",
        "keithley-4200a", "[bold]", 3, [], {}, True, "alpha-fe2o3", "cu-te-1t1r",
    )  # fmt: skip
    word = pick(rng, words)
    at = ("model", "kind")
    if name == "bench":
        at = ("kind",) if "kind" in data else ("instruments", "smu", "kind")
    if name == "device" and rng.random() < 0.6:
        model = dict(data["model"])
        model["parameters"] = pick(
            rng,
            (
                {"resistance": "1 ohm"}, {"resistanc": 3}, 3, [], {"noise": "yes"}, {"preset": 3},
                {"preset": "louder"}, {"transistor": {}}, {"": 1}, {"configuration": "MOX"},
                {"memristor": {"formed": 3}}, {"endurance": {"median": -1}}, {"noise": {}},
                {**model.get("parameters", {}), "slope": "9 s"}, {"area": -1}, {"area": 1e400},
                {"lowest_conductance": "1 S", "highest_conductance": "1 uS"},
            ),
        )  # fmt: skip
        at, fresh = ("model",), model
    else:
        fresh = word
    files = legal.written(**{name: changed(data, at, fresh)})
    return DamagedJob("", legal.subject, files, (), f"{name} {dotted(at)} = {_value(fresh)[:70]}")


@_kind
def terminal_gone_or_renamed(legal, rng):
    name = pick(rng, ("bench", "device")) if "bench" in legal.data else "device"
    data = legal.data[name]
    terminals = dict(data.get("terminals", {}))
    if not terminals:
        terminals = {"TE": {}}
    terminal = pick(rng, terminals)
    table = terminals.pop(terminal)
    renamed = pick(rng, ("", "te", "[bold]", "a.b", "A B", "\x00", "gate", "BE", "é", None))
    if renamed is not None:
        terminals[renamed] = table
    files = legal.written(**{name: {**data, "terminals": terminals}})
    return DamagedJob("", legal.subject, files, (), f"{name} {terminal} -> {renamed!r}")
