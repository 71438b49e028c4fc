"""The keys of a settings file, read off its model: how each is written, its range, its meaning."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import reduce
from json import dumps
from operator import or_
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from mho.frozen import Frozen
from mho.quantities import Unit

_WORDS = {bool: "true or false", int: "whole number", float: "number", str: "text", bytes: "bytes"}
_BOUNDS = (("gt", ">"), ("ge", ">="), ("lt", "<"), ("le", "<="))


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a table.

    Attributes
    ----------
    name
        As it is written in the file.
    written
        What stands behind the equals sign: ``volts``, ``whole number``, ``"set" or "reset"``.
    legal
        The range, ``> 0 V, <= 10 V``; empty if there is none.
    default
        As it would be written; empty where the key may be left out, None where it must be given.
    meaning
        In words; empty if its model says nothing.
    """

    name: str
    written: str
    legal: str
    default: str | None
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The keys of one table of a file: its heading (empty at the top), what it is, its keys."""

    heading: str
    meaning: str
    keys: tuple[Key, ...]


def tables(model: type[Frozen], heading: str = "", given: Frozen | None = None) -> Iterator[Table]:
    """The table of a model and those beneath it, in the order of its fields.

    ``given`` is what stands for this model by default in the one above it.
    """
    keys, beneath = [], []
    for name, field in model.model_fields.items():
        default = _default(field) if given is None else getattr(given, name)
        inner = tuple(_models(field.annotation))
        if inner:
            place = _heading(heading, name, field.annotation)
            known = default if isinstance(default, Frozen) else None
            beneath += [(one, place, known if isinstance(known, one) else None) for one in inner]
        keys.append(_key(name, field, default, is_table=bool(inner)))
    yield Table(heading=heading, meaning=_first_line(model), keys=tuple(keys))
    for one, place, known in beneath:
        yield from tables(one, place, known)


def written_key(name: str) -> str:
    """A key as it stands in a file: quoted where TOML wants it so."""
    plain = name.isascii() and name.replace("-", "_").isidentifier()
    return name if plain else dumps(name, ensure_ascii=False)


def _key(name: str, field: FieldInfo, default: Any, *, is_table: bool) -> Key:
    written, legal = _form(field.annotation, field.metadata)
    return Key(
        name=name,
        written=written,
        legal=legal,
        default=_shown_default(field, default, is_table=is_table),
        meaning=field.description or "",
    )


def _default(field: FieldInfo) -> Any:
    return None if field.is_required() else field.get_default(call_default_factory=True)


def _shown_default(field: FieldInfo, default: Any, *, is_table: bool) -> str | None:
    if field.is_required():
        return None
    if default is None or default in ((), {}) or is_table:
        return ""
    return _as_written(default, _unit(field.annotation, field.metadata))


def _as_written(value: Any, unit: Unit | None) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_as_written(one, unit) for one in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    if unit is not None and isinstance(value, float):
        return f'"{unit.show(value)}"'
    if isinstance(value, float):
        return f"{value:g}"
    return dumps(str(value), ensure_ascii=False) if isinstance(value, str | Enum) else str(value)


def _form(annotation: Any, metadata: Sequence[Any]) -> tuple[str, str]:
    """How a value is written, and its legal range."""
    plain, metadata = _bare(annotation, metadata)
    if list(_models(plain)):
        return _table_form(plain), _many(metadata)
    origin, arguments = get_origin(plain), get_args(plain)
    unit = _unit(plain, metadata)
    if origin is Literal:
        return " or ".join(_as_written(one, None) for one in arguments), ""
    if origin is tuple:
        written, legal = _form(arguments[0], ())
        each = f"each {legal}" if legal else ""
        count = "" if arguments[-1] is ... else f"{len(arguments)}: "
        return f"list of {count}{written}", ", ".join(filter(None, (_many(metadata), each)))
    if origin is dict:
        written, legal = _form(arguments[1], ())
        return f"table NAME = {written}", legal
    if origin in (Union, UnionType):
        forms = [_form(one, metadata) for one in arguments]
        return " or ".join(form for form, _ in forms), next(
            (legal for _, legal in forms if legal), ""
        )
    if isinstance(plain, type) and issubclass(plain, Enum):
        return " or ".join(_as_written(one, None) for one in plain), ""
    if unit is not None:
        return unit.name, _range(metadata, unit)
    return _WORDS.get(plain, "value"), _range(metadata, None)


def _table_form(plain: Any) -> str:
    origin = get_origin(plain)
    return "tables" if origin in (tuple, dict) else "table"


def _many(metadata: Sequence[Any]) -> str:
    least = next((item.min_length for item in metadata if hasattr(item, "min_length")), None)
    most = next((item.max_length for item in metadata if hasattr(item, "max_length")), None)
    if least and most:
        return f"{least} to {most} of them"
    return f"at least {least}" if least else f"at most {most}" if most else ""


def _range(metadata: Sequence[Any], unit: Unit | None) -> str:
    found = []
    for name, sign in _BOUNDS:
        bound = next((getattr(item, name) for item in metadata if hasattr(item, name)), None)
        if bound is not None and abs(bound) != float("inf"):
            shown = unit.show(bound) if unit is not None else _as_written(bound, None)
            found.append(f"{sign} {shown}")
    return ", ".join(found)


def _bare(annotation: Any, metadata: Sequence[Any]) -> tuple[Any, tuple[Any, ...]]:
    """The type without annotations and None, and all that is said beside it."""
    found = list(metadata)
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *more = get_args(annotation)
            found += more
        elif get_origin(annotation) in (Union, UnionType) and NoneType in get_args(annotation):
            left = [one for one in get_args(annotation) if one is not NoneType]
            annotation = reduce(or_, left)
        else:
            return annotation, tuple(_flat(found))


def _flat(metadata: Sequence[Any]) -> Iterator[Any]:
    for item in metadata:
        yield item
        if isinstance(item, FieldInfo):
            yield from _flat(item.metadata)


def _unit(annotation: Any, metadata: Sequence[Any]) -> Unit | None:
    plain, metadata = _bare(annotation, metadata)
    for item in metadata:
        if isinstance(item, Unit):
            return item
    inner = (_unit(one, ()) for one in get_args(plain) if one is not ...)
    return next((unit for unit in inner if unit is not None), None)


def _models(annotation: Any) -> Iterator[type[Frozen]]:
    if isinstance(annotation, type) and issubclass(annotation, Frozen):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def _heading(above: str, name: str, annotation: Any) -> str:
    plain, _ = _bare(annotation, ())
    place = f"{above.strip('[]')}.{name}" if above else name
    if get_origin(plain) is dict:
        return f"[{place}.NAME]"
    return f"[[{place}]]" if get_origin(plain) is tuple else f"[{place}]"


def _first_line(model: type[Frozen]) -> str:
    return (model.__doc__ or "").strip().partition("\n")[0]
