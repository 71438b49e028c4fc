"""What is wrong with the data of a settings file, in the words of a laboratory.

pydantic finds it; here each finding is told with the key where it stands, what came, and what to
write instead. Alike findings in one list are told once.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from mho.errors import Problem
from mho.plugins import nearest
from mho.settings_expected import Location, walk, written
from mho.settings_text import place_of
from mho.settings_words import KNOWN, NUMBERS, Finding, message


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
    by_key: dict[Location, list[Finding]] = {}
    for detail in error.errors(include_url=False):
        if not _follows(detail):
            finding = _found(detail, data, model, above)
            by_key.setdefault(finding.at, []).append(finding)
    _leave_out_meant(by_key)
    told = [(at, _said(findings)) for at, findings in by_key.items()]
    return [Problem(place_of(place, (*above, *at)), said) for at, said in _grouped(told)]


def _leave_out_meant(by_key: dict[Location, list["Finding"]]) -> None:
    """A key that is missing because it was misspelt beside is told once, where it is misspelt."""
    for at, (one, *_) in list(by_key.items()):
        if one.kind == "extra_forbidden":
            near = nearest(str(at[-1]), one.siblings)
            missing = by_key.get((*at[:-1], near or ""), ())
            if any(other.kind == "missing" for other in missing):
                del by_key[(*at[:-1], near or "")]


def _found(
    detail: Any, data: Mapping[str, Any], model: type[BaseModel], above: Location
) -> Finding:
    at, expected, siblings = walk(model, detail["loc"])
    context = detail.get("ctx", {})
    kind = detail["type"]
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        key = str(context["discriminator"]).strip("'\"")
        at = (*at, key)
    words = str(detail["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    value = detail["input"]
    if kind in NUMBERS:
        value = _as_written(data, at, value)  # it was read as a float before it was compared
    return Finding(at, kind, value, context, words, expected, siblings, model, above)


def _as_written(data: Any, at: Location, value: Any) -> Any:
    try:
        for part in at:
            data = data[part]
    except (KeyError, IndexError, TypeError):  # a default, or what a model puts in its place
        return value
    return data


def _said(findings: Sequence[Finding]) -> str:
    """What is said of all findings at one key: more than one, where it has alternatives."""
    first = findings[0]
    choice = next((f for f in findings[1:] if f.kind == "literal_error"), None)
    if choice is None:
        return message(first)
    choices = [written(c) for c in get_args(choice.expected.annotation)]
    if isinstance(choice.value, str) and nearest(written(choice.value), choices):
        return message(choice)
    return f"{message(first)}, or {' or '.join(choices)}"


def _grouped(told: Sequence[tuple[Location, str]]) -> Iterator[tuple[Location, str]]:
    """Findings that differ in their place in a list only are told once, with their number.

    So are the keys that a table may have.
    """
    groups: dict[tuple[Location, str], list[tuple[Location, str]]] = {}
    for at, said in told:
        anywhere = tuple("" if isinstance(part, int) else part for part in at)
        alike = re.sub(r'"[^"]*"|[0-9.]+', "", said) if anywhere != at else said
        groups.setdefault((anywhere, alike), []).append((at, said))
    listed: set[str] = set()
    for group in groups.values():
        at, said = group[0]
        without, known, listing = said.partition(KNOWN)
        said = without if listing in listed else said
        listed |= {listing} if known else set()
        more = len(group) - 1
        yield at, f"{said} (and {more} more like it)" if more else said


def _follows(detail: Any) -> bool:
    """Whether a list is called too short only because of items that are told by themselves."""
    short = detail["type"] == "too_short" and isinstance(detail["input"], Sequence)
    return short and bool(len(detail["input"]) >= detail["ctx"]["min_length"])
