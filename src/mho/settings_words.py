"""What is said of one finding in a settings file: what came, and what to write instead."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from mho.plugins import nearest
from mho.quantities import FRACTION
from mho.settings_expected import (
    BOUNDS,
    Expected,
    Location,
    bare,
    choices_of,
    fields_of,
    items_of,
    places_of,
    values_of,
    written,
)
from mho.settings_text import place_of, printable, shown

KNOWN = " Known: "
"""Before the keys that a table may have."""

NUMBERS = {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}
"""Findings about a number out of bounds."""

_LONGEST = 400

_MOST_KEYS = 12
"""That are listed beside a suggestion."""

_NO_NUMBER = {"float_type", "float_parsing", "int_type", "int_parsing", "int_parsing_size"}
_NO_TABLE = {"dict_type", "model_type", "model_attributes_type", "mapping_type"}
_NO_LIST = {"tuple_type", "list_type"}


class Finding(NamedTuple):
    """One finding of pydantic, at the key where a person looks for it."""

    at: Location
    kind: str
    value: Any
    context: Mapping[str, Any]
    words: str
    expected: Expected
    siblings: Mapping[str, FieldInfo]
    model: type[BaseModel]
    above: Location


def message(one: Finding) -> str:
    """One sentence: what came, what is wrong with it, what may stand there."""
    value, expected = shown(one.value), one.expected
    if one.kind == "extra_forbidden":
        return _unknown_key(one)
    if one.kind == "missing" or one.kind == "union_tag_not_found":
        return _missing(one)
    if one.kind in ("value_error", "assertion_error"):
        return printable(one.words, _LONGEST)  # it may repeat a text of the file
    if one.kind in NUMBERS:
        return f"{value} {_out_of_bounds(one)}"
    if one.kind in ("literal_error", "enum"):
        return _no_choice(one.value, [written(c) for c in choices_of(expected.annotation)])
    if one.kind == "union_tag_invalid":
        tags = re.findall(r"'([^']*)'", str(one.context["expected_tags"]))
        return _no_choice(one.context["tag"], [written(tag) for tag in tags])
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


def _unknown_key(one: Finding) -> str:
    key, known = str(one.at[-1]), tuple(one.siblings)
    near, others = nearest(key, known), tuple(places_of(one.model, key))
    hint = f' Did you mean "{near}"?' if near else ""
    if others:
        hint = f" It is a key of {_table_name((*one.above, *others[0][:-1]))}."
    listing = "" if hint and len(known) > _MOST_KEYS else f"{KNOWN}{', '.join(known) or 'none'}"
    return f"unknown key {shown(key)}.{hint}{listing}"


def _missing(one: Finding) -> str:
    if one.kind == "union_tag_not_found":
        return "is missing; it says which of several kinds this is"
    expected, key = one.expected, one.at[-1]
    if expected.example:
        return f"is missing; write for example {key} = {expected.example}{_described(expected)}"
    if fields_of(expected.annotation) or values_of(expected.annotation) is not None:
        return f"is missing; write {_table(one)}"
    return f"is missing; it has no default{_described(expected)}"


def _out_of_bounds(one: Finding) -> str:
    unit = one.expected.unit
    name = next(n for n in BOUNDS if n in one.context)
    bound = one.context[name]
    written = bare(bound) if unit is None else unit.show(bound)
    message = f"must be {BOUNDS[name].format(written)}"
    meant = _meant(one)
    return f"{message}; did you mean {meant}?" if meant else message


def _meant(one: Finding) -> str:
    """What a quantity out of bounds was meant to be, if one slip of the pen explains it."""
    value, expected, unit = one.value, one.expected, one.expected.unit
    if unit is FRACTION and isinstance(value, int | float):
        return f'"{bare(value)} %"' if expected.allows(value / 100) else ""
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
    near = nearest(written(value), choices) if isinstance(value, str | int) else None
    number = re.match(r"[0-9.]+", value) if isinstance(value, str) else None
    if near is None and number and number[0] in choices:
        near = number[0]
    hint = f"; did you mean {near}?" if near else ""
    if near and len(choices) == 1:
        return f"{shown(value)} cannot stand here{hint}"
    return f"{shown(value)} must be {_or(choices)}{hint}"


def _table(one: Finding) -> str:
    keys = ", ".join(fields_of(one.expected.annotation))
    inside = f" with {keys}" if keys else ""
    if any(isinstance(part, int) for part in one.at):
        return f"{{ key = value }}{inside}"
    if fields_of(Expected.of(values_of(one.expected.annotation)).annotation):
        return _table_name((*one.above, *one.at, "NAME")) + ", one for each"
    return f"{_table_name((*one.above, *one.at))} and its keys below it{inside and f': {keys}'}"


def _list(one: Finding) -> str:
    items = items_of(one.expected.annotation)
    inside = Expected.of(items)
    if items is not None and fields_of(inside.annotation):
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


def _without_unit(one: Finding) -> str:
    """What a text was meant to be where a bare number is wanted."""
    found = (
        re.match(r"\s*([+-]?[0-9.]+(?:e[+-]?[0-9]+)?)", one.value)
        if isinstance(one.value, str)
        else None
    )
    if found is None:
        return _described(one.expected)
    return f" without unit and quotes; did you mean {found[1]}?{_described(one.expected)}"


def _described(expected: Expected) -> str:
    return f" ({expected.description})" if expected.description else ""


def _or(choices: Sequence[str]) -> str:
    return (
        " or ".join(filter(None, (", ".join(choices[:-1]), choices[-1]))) if choices else "another"
    )
