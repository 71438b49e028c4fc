"""What is wrong with the data of a settings file, in the words of a laboratory.

pydantic finds it; here each finding is told with the key where it stands, what came, and what to
write instead. Alike findings in one list are told once.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from mho.errors import Problem
from mho.plugins import nearest
from mho.quantities import FRACTION, Unit
from mho.settings_text import place_of, shown

Location = tuple[int | str, ...]

_MOST_KEYS = 12
"""That are listed beside a suggestion."""

_KNOWN = " Known: "

_NUMBERS = {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}
_NO_NUMBER = {"float_type", "float_parsing", "int_type", "int_parsing", "int_parsing_size"}
_NO_TABLE = {"dict_type", "model_type", "model_attributes_type", "mapping_type"}
_NO_LIST = {"tuple_type", "list_type"}
_BOUNDS = {"gt": "above {}", "ge": "{} or more", "lt": "below {}", "le": "{} or less"}


def problems_of(
    place: str,
    data: Mapping[str, Any],
    model: type[BaseModel],
    error: ValidationError,
    above: Location = (),
) -> list[Problem]:
    """Every problem that was found in a file at ``place``, alike ones of one list as one.

    ``above`` is where in the file the model's part of it stands.
    """
    by_key: dict[Location, list[_Finding]] = {}
    for detail in error.errors(include_url=False):
        if not _follows(detail):
            finding = _found(detail, data, model, above)
            by_key.setdefault(finding.at, []).append(finding)
    _leave_out_meant(by_key)
    told = [(at, _said(findings)) for at, findings in by_key.items()]
    return [Problem(place_of(place, (*above, *at)), message) for at, message in _grouped(told)]


def _leave_out_meant(by_key: dict[Location, list["_Finding"]]) -> None:
    """A key that is missing because it was misspelt beside is told once, where it is misspelt."""
    for at, (one, *_) in list(by_key.items()):
        if one.kind == "extra_forbidden":
            near = nearest(str(at[-1]), one.siblings)
            missing = by_key.get((*at[:-1], near or ""), ())
            if any(other.kind == "missing" for other in missing):
                del by_key[(*at[:-1], near or "")]


@dataclass(frozen=True, slots=True)
class _Expected:
    """What the model expects at one key: the annotation, and what its metadata say."""

    annotation: Any
    unit: Unit | None = None
    bounds: tuple[tuple[str, float], ...] = ()
    description: str = ""

    @classmethod
    def of(
        cls, annotation: Any, metadata: Iterable[Any] = (), description: str = ""
    ) -> "_Expected":
        """Seen through ``Annotated`` and through ``| None``."""
        unit: Unit | None = None
        bounds: list[tuple[str, float]] = []
        waiting = list(metadata)
        while True:
            if get_origin(annotation) is Annotated:
                annotation, *more = get_args(annotation)
                waiting += more
            elif len(_alternatives(annotation)) == 1 and _alternatives(annotation)[0] != annotation:
                (annotation,) = _alternatives(annotation)
            else:
                break
        for item in waiting:
            if isinstance(item, FieldInfo):
                waiting += item.metadata
                description = description or item.description or ""
            elif isinstance(item, Unit):
                unit = item
            bounds += [(n, getattr(item, n)) for n in _BOUNDS if getattr(item, n, None) is not None]
        return cls(annotation, unit, tuple(bounds), description)

    def allows(self, value: float) -> bool:
        """Whether a number is within all bounds."""
        return all(
            value > bound if name == "gt"
            else value >= bound if name == "ge"
            else value < bound if name == "lt"
            else value <= bound
            for name, bound in self.bounds
        )  # fmt: skip

    @property
    def example(self) -> str:
        """What may stand there, as it is written in a file; empty if nobody knows."""
        items = _items(self.annotation)
        if self.unit is not None:
            allowed = self.allows(self.unit.parse(self.unit.example))
            return f'"{"" if allowed else "-"}{self.unit.example}"'
        if get_origin(self.annotation) is Literal:
            return _written(get_args(self.annotation)[0])
        if isinstance(self.annotation, type) and issubclass(self.annotation, Enum):
            return _written(next(iter(self.annotation)).value)
        if items is not None:
            inside = _Expected.of(items).example
            return f"[{inside}]" if inside else ""
        return ""


class _Finding(NamedTuple):
    """One finding of pydantic, at the key where a person looks for it."""

    at: Location
    kind: str
    value: Any
    context: Mapping[str, Any]
    words: str
    expected: _Expected
    siblings: Mapping[str, FieldInfo]
    model: type[BaseModel]
    above: Location


def _found(
    detail: Any, data: Mapping[str, Any], model: type[BaseModel], above: Location
) -> _Finding:
    at, expected, siblings = _walk(model, detail["loc"])
    context = detail.get("ctx", {})
    kind = detail["type"]
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        key = str(context["discriminator"]).strip("'\"")
        at = (*at, key)
    words = str(detail["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    value = detail["input"]
    if kind in _NUMBERS:
        value = _as_written(data, at, value)  # it was read as a float before it was compared
    return _Finding(at, kind, value, context, words, expected, siblings, model, above)


def _as_written(data: Any, at: Location, value: Any) -> Any:
    try:
        for part in at:
            data = data[part]
    except (KeyError, IndexError, TypeError):  # a default, or what a model puts in its place
        return value
    return data


def _walk(
    model: type[BaseModel], location: Location
) -> tuple[Location, _Expected, Mapping[str, FieldInfo]]:
    """The key in the file, what is expected there, and the keys beside it.

    A location of pydantic also names which of several alternatives it tried; files do not.
    """
    at: list[int | str] = []
    here = _Expected.of(model)
    siblings: Mapping[str, FieldInfo] = model.model_fields
    for part in location:
        alternatives = _alternatives(here.annotation)
        if len(alternatives) > 1:
            chosen = next((a for a in alternatives if _is_called(a, part)), alternatives[0])
            here = _Expected.of(chosen, (), here.description)
            siblings = _fields(here.annotation)
            continue
        siblings = _fields(here.annotation)
        at.append(part)
        if isinstance(part, str) and part in siblings:
            field = siblings[part]
            here = _Expected.of(field.annotation, field.metadata, field.description or "")
        elif isinstance(part, int):
            here = _Expected.of(_items(here.annotation, part) or Any)
        else:
            here = _Expected.of(_values(here.annotation) or Any)
    return tuple(at), here, siblings


def _said(findings: Sequence[_Finding]) -> str:
    """What is said of all findings at one key: more than one, where it has alternatives."""
    first = findings[0]
    choice = next((f for f in findings[1:] if f.kind == "literal_error"), None)
    if choice is None:
        return _message(first)
    choices = [_written(c) for c in get_args(choice.expected.annotation)]
    if isinstance(choice.value, str) and nearest(_written(choice.value), choices):
        return _message(choice)
    return f"{_message(first)}, or {' or '.join(choices)}"


def _message(one: _Finding) -> str:
    value, expected = shown(one.value), one.expected
    if one.kind == "extra_forbidden":
        return _unknown_key(one)
    if one.kind == "missing" or one.kind == "union_tag_not_found":
        return _missing(one)
    if one.kind in ("value_error", "assertion_error"):
        return one.words
    if one.kind in _NUMBERS:
        return f"{value} {_out_of_bounds(one)}"
    if one.kind in ("literal_error", "enum"):
        return _no_choice(one.value, [_written(c) for c in _choices(expected.annotation)])
    if one.kind == "union_tag_invalid":
        tags = re.findall(r"'([^']*)'", str(one.context["expected_tags"]))
        return _no_choice(one.context["tag"], [_written(tag) for tag in tags])
    if one.kind in _NO_TABLE:
        return f"{value} stands where a table is wanted; write {_table(one)}"
    if one.kind in _NO_LIST:
        return f"{value} stands where a list is wanted; {_list(one)}"
    if expected.unit is not None:
        unit = expected.unit
        return f"{value} is not {unit.quantity}; write it in quotes, {unit.advice()}"
    if one.kind in _NO_NUMBER:
        what = "number" if one.kind.startswith("float") else "whole number"
        return f"{value} must be a {what}{_without_unit(one)}"
    if one.kind == "int_from_float":
        return f"{value} must be a whole number"
    if one.kind in ("bool_type", "bool_parsing"):
        return f"{value} must be true or false, without quotes"
    if one.kind == "string_type":
        write = "" if isinstance(one.value, dict | list) else f'; write "{value}"'
        return f"{value} must be a text in quotes{write}"
    if one.kind == "string_too_short":
        return "must not be empty"
    if one.kind == "string_pattern_mismatch":
        what = expected.description or "another text"
        return f"{value} is not what belongs here: {what}"
    if one.kind == "too_short":
        least = one.context["min_length"]
        return f"needs {least} or more, and has {one.context['actual_length']}"
    if one.kind == "too_long":
        return f"has more than the {one.context['max_length']} that there can be"
    if one.kind == "finite_number":
        return f"{value} must be a number that ends"
    return f"{value} cannot stand here{_described(expected)}"


def _unknown_key(one: _Finding) -> str:
    key, known = str(one.at[-1]), tuple(one.siblings)
    near, others = nearest(key, known), tuple(_places_of(one.model, key))
    hint = f' Did you mean "{near}"?' if near else ""
    if others:
        hint = f" It is a key of {_table_name((*one.above, *others[0][:-1]))}."
    listing = "" if hint and len(known) > _MOST_KEYS else f"{_KNOWN}{', '.join(known) or 'none'}"
    return f"unknown key {shown(key)}.{hint}{listing}"


def _missing(one: _Finding) -> str:
    if one.kind == "union_tag_not_found":
        return "is missing; it says which of several kinds this is"
    expected, key = one.expected, one.at[-1]
    if expected.example:
        return f"is missing; write for example {key} = {expected.example}{_described(expected)}"
    if _fields(expected.annotation) or _values(expected.annotation) is not None:
        return f"is missing; write {_table(one)}"
    return f"is missing; it has no default{_described(expected)}"


def _out_of_bounds(one: _Finding) -> str:
    unit = one.expected.unit
    name = next(n for n in _BOUNDS if n in one.context)
    bound = one.context[name]
    written = _bare(bound) if unit is None else unit.show(bound)
    message = f"must be {_BOUNDS[name].format(written)}"
    meant = _meant(one)
    return f"{message}; did you mean {meant}?" if meant else message


def _meant(one: _Finding) -> str:
    """What a quantity out of bounds was meant to be, if one slip of the pen explains it."""
    value, expected, unit = one.value, one.expected, one.expected.unit
    if unit is FRACTION and isinstance(value, int | float):
        return f'"{_bare(value)} %"' if expected.allows(value / 100) else ""
    if unit is None or not isinstance(value, str):
        return ""
    swapped = {"m": "M", "M": "m"}
    found = re.fullmatch(r"(\s*[+-]?[0-9.eE+-]*?\s*)([mM])(.+)", value)
    trials = [] if found is None else [found[1] + swapped[found[2]] + found[3]]
    trials.append(value.replace("-", "", 1) if value.startswith("-") else f"-{value}")
    for trial in trials:
        try:
            if expected.allows(unit.parse(trial)):
                return shown(trial)
        except ValueError:
            continue
    return ""


def _no_choice(value: Any, choices: Sequence[str]) -> str:
    near = nearest(_written(value), choices) if isinstance(value, str | int) else None
    number = re.match(r"[0-9.]+", value) if isinstance(value, str) else None
    if near is None and number and number[0] in choices:
        near = number[0]
    hint = f"; did you mean {near}?" if near else ""
    if near and len(choices) == 1:
        return f"{shown(value)} cannot stand here{hint}"
    return f"{shown(value)} must be {_or(choices)}{hint}"


def _table(one: _Finding) -> str:
    keys = ", ".join(_fields(one.expected.annotation))
    inside = f" with {keys}" if keys else ""
    if any(isinstance(part, int) for part in one.at):
        return f"{{ key = value }}{inside}"
    if _fields(_Expected.of(_values(one.expected.annotation)).annotation):
        return _table_name((*one.above, *one.at, "NAME")) + ", one for each"
    return f"{_table_name((*one.above, *one.at))} and its keys below it{inside and f': {keys}'}"


def _list(one: _Finding) -> str:
    items = _items(one.expected.annotation)
    inside = _Expected.of(items)
    if items is not None and _fields(inside.annotation):
        return f"write [{_table_name((*one.above, *one.at))}] and its keys below it, once for each"
    if isinstance(one.value, dict):
        return "write [ ... ]"
    written = shown(one.value)
    if inside.unit is not None and isinstance(one.value, int | float):
        written = inside.example
    return f"write [{written}]"


def _table_name(at: Location) -> str:
    if not at:
        return "the file itself, above its first [table]"
    return f"[{place_of('', at).removeprefix(': ')}]"


def _without_unit(one: _Finding) -> str:
    """What a text was meant to be where a bare number is wanted."""
    found = (
        re.match(r"\s*([+-]?[0-9.]+(?:e[+-]?[0-9]+)?)", one.value)
        if isinstance(one.value, str)
        else None
    )
    if found is None:
        return _described(one.expected)
    return f" without unit and quotes; did you mean {found[1]}?{_described(one.expected)}"


def _described(expected: _Expected) -> str:
    return f" ({expected.description})" if expected.description else ""


def _grouped(told: Sequence[tuple[Location, str]]) -> Iterator[tuple[Location, str]]:
    """Findings that differ in their place in a list only are told once, with their number.

    So are the keys that a table may have.
    """
    groups: dict[tuple[Location, str], list[tuple[Location, str]]] = {}
    for at, message in told:
        anywhere = tuple("" if isinstance(part, int) else part for part in at)
        alike = re.sub(r'"[^"]*"|[0-9.]+', "", message) if anywhere != at else message
        groups.setdefault((anywhere, alike), []).append((at, message))
    listed: set[str] = set()
    for group in groups.values():
        at, message = group[0]
        said, known, listing = message.partition(_KNOWN)
        message = message if listing not in listed else said
        listed |= {listing} if known else set()
        more = len(group) - 1
        yield at, f"{message} (and {more} more like it)" if more else message


def _follows(detail: Any) -> bool:
    """Whether a list is called too short only because of items that are told by themselves."""
    short = detail["type"] == "too_short" and isinstance(detail["input"], Sequence)
    return short and bool(len(detail["input"]) >= detail["ctx"]["min_length"])


# ---- annotations


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    """The members of a union but None; the annotation itself if it is none."""
    if get_origin(annotation) is Annotated:
        return _alternatives(get_args(annotation)[0])
    if get_origin(annotation) is Union or type(annotation).__name__ == "UnionType":
        return tuple(a for a in get_args(annotation) if a is not type(None))
    return (annotation,)


def _is_called(alternative: Any, label: int | str) -> bool:
    """Whether pydantic names an alternative so: by its tag, its class, or what it is."""
    metadata = getattr(alternative, "__metadata__", ())
    inside = _Expected.of(alternative).annotation
    if label in (getattr(item, "tag", None) for item in metadata):
        return True
    fields = _fields(inside)
    tags = [tag for f in fields.values() for tag in _choices(f.annotation)]
    name = str(label)
    if fields:
        return label in tags or getattr(inside, "__name__", "") == name
    return name.startswith("literal") == (get_origin(inside) is Literal)


def _fields(annotation: Any) -> Mapping[str, FieldInfo]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation.model_fields
    return {}


def _items(annotation: Any, number: int = 0) -> Any:
    """What the items of a list are; None if it is none."""
    if get_origin(annotation) not in (tuple, list):
        return None
    arguments = [a for a in get_args(annotation) if a is not Ellipsis]
    return arguments[min(number, len(arguments) - 1)] if arguments else Any


def _values(annotation: Any) -> Any:
    """What the values of a table with free keys are; None if it is none."""
    return get_args(annotation)[1] if get_origin(annotation) is dict else None


def _choices(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return tuple(one.value for one in annotation)
    return ()


def _places_of(model: type[BaseModel], key: str, above: Location = ()) -> Iterator[Location]:
    """Where else in the model there is a key of this name, outside of lists and free tables."""
    for name, field in model.model_fields.items():
        if name == key:
            yield (*above, name)
        inside = _Expected.of(field.annotation).annotation
        if isinstance(inside, type) and issubclass(inside, BaseModel):
            yield from _places_of(inside, key, (*above, name))


def _written(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else _bare(value)


def _bare(value: Any) -> str:
    return (
        str(value).lower()
        if isinstance(value, bool)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


def _or(choices: Sequence[str]) -> str:
    return (
        " or ".join(filter(None, (", ".join(choices[:-1]), choices[-1]))) if choices else "another"
    )
