"""The text of a settings file: read, decoded and parsed; whatever comes is data or a problem.

What no settings file of a laboratory has is refused here, once for all models: megabytes, tables in
tables without end, control characters, numbers beyond anything that is measured.
"""

import re
import tomllib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from mho.errors import Problem, SettingsError

MOST_BYTES = 1_000_000
"""Of a settings file; the largest that mho brings has a few thousand."""

DEEPEST = 30
"""Tables and lists within one another."""

LARGEST, SMALLEST = 1e30, 1e-30
"""Of numbers without a unit; products of a few of them are still numbers."""

_TOO_DEEP = "has tables or lists nested too deeply"
_SYNTAX = (
    ("Cannot", "the same key or table stands in the file before"),
    ("Unclosed array|Expected ']'", "a bracket is missing"),
    ("Expected '='|Invalid statement", "write it as key = value, or [table]"),
    ("Unterminated|Expected [\"']", "a quote is missing"),
    ("Invalid value|Expected newline", "a text stands in quotes, and one value in a line"),
)
_UNQUOTED = re.compile(
    r"[=\[,]\s*([+-]?[0-9][0-9.eE+-]*\s*(?!\d)[A-Za-z%\u00b5\u03bc][\w/%]*)\s*[\],#]?"
)
_MOST_DIGITS = 20
_MOST_DOTS = 1000
_SPLIT = re.compile(r"[={}\[\],#\n]")
_SPACES = "\u00a0\u2009\u202f"
_CONTROL = re.compile(
    "[\u200e\u200f\u202a-\u202e\u2066-\u2069\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]"
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SHOWN = 40


def text_of(place: str, path: Path) -> str:
    """The text of a file, which is told as ``place``.

    Raises
    ------
    SettingsError
        It cannot be read, is not UTF-8, or has more than `MOST_BYTES`.
    """
    try:
        with path.open("rb") as file:
            read = file.read(MOST_BYTES + 1)
            if len(read) > MOST_BYTES:
                size = max(path.stat().st_size, len(read)) / 1e6
                raise SettingsError(
                    [
                        Problem(
                            place,
                            f"has {size:.1f} MB; a settings file has {MOST_BYTES / 1e6:.0f} MB at "
                            "most. Is it the right file?",
                        )
                    ]
                )
        # Editors on Windows begin with a mark; PowerShell 5 redirects into UTF-16.
        utf_16 = read[:2] in (BOM_UTF16_LE, BOM_UTF16_BE)
        return read.decode("utf-16" if utf_16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = read.count(b"\n", 0, error.start) + 1
        message = f"is not UTF-8 text (line {line}); save it as UTF-8"
        raise SettingsError([Problem(place, message)]) from None
    except OSError as error:
        why = error.strerror or str(error)
        raise SettingsError([Problem(place, f"cannot be read: {why}")]) from None
    except ValueError:  # a NUL in it
        raise SettingsError([Problem(place, "no file can have this name")]) from None


def table_of(place: str, text: str) -> dict[str, Any]:
    """The data of a TOML text.

    Raises
    ------
    SettingsError
        It is not TOML, or what no settings file has (see above); every place of it.
    """
    try:
        data = _parsed(place, text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([_syntax_problem(place, text, str(error))]) from None
    _refuse_odd(place, data)
    return data


def value_of(place: str, written: str) -> Any:
    """What stands after the ``=`` of an option: a TOML value, or plain text.

    Raises
    ------
    SettingsError
        As `table_of`.
    """
    value: Any = written
    with suppress(tomllib.TOMLDecodeError):
        data = _parsed(place, f"value = {written}")
        if data.keys() == {"value"}:  # a second line of it would be a second key
            value = data["value"]
    _refuse_odd(place, value)
    return value


def _parsed(place: str, text: str) -> dict[str, Any]:
    if any(part.count(".") > _MOST_DOTS for part in _SPLIT.split(text)):
        raise SettingsError([Problem(place, f"has a key of more than {_MOST_DOTS} parts")])
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError:
        raise SettingsError([Problem(place, _TOO_DEEP)]) from None
    except ValueError:  # Python reads no whole number of thousands of digits
        message = "has a whole number of thousands of digits"
        raise SettingsError([Problem(place, message)]) from None


def _refuse_odd(place: str, data: object) -> None:
    problems = list(_odd(place, data))
    if problems:
        raise SettingsError(problems)


def place_of(place: str, at: tuple[str | int, ...]) -> str:
    """A place in a file, as it is told: ``my.toml: terminals.TE.channel``, ``...: targets[2]``.

    ``place`` may be a table of a file already: ``my.toml: simulator``.
    """
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{key_text(part)}" for part in at)
    if not key:
        return place
    return f"{place}{key}" if ": " in place else f"{place}: {key.removeprefix('.')}"


def key_text(key: str) -> str:
    """A key as TOML writes it: in quotes unless it is a plain word."""
    return key if _BARE_KEY.fullmatch(key) and len(key) <= _SHOWN else shown(key)


def shown(value: object) -> str:
    """A value as it stands in a file, shortened, with what no screen shows written out."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            text = value.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{printable(text)}"'
        case dict():
            return "a table" if value else "an empty table"
        case list() | tuple():
            inside = ", ".join(shown(item) for item in value[:3])
            return f"[{inside}{', ...' if len(value) > 3 else ''}]"
        case int() if abs(value) >= 10**_MOST_DIGITS:
            return "a whole number of very many digits"
    return str(value)


def printable(text: str, most: int = _SHOWN) -> str:
    """A text in one line of moderate length, with what no screen shows written out."""
    if len(text) > most:
        text = f"{text[: most - most // 3 - 3]}...{text[-(most // 3) :]}"
    return "".join(_letter(letter) for letter in text)


def _letter(letter: str) -> str:
    if letter.isprintable() or letter in _SPACES:
        return letter
    known = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return known.get(letter, f"\\u{ord(letter):04X}")


def _odd(place: str, data: object) -> Iterator[Problem]:
    waiting: list[tuple[tuple[str | int, ...], object]] = [((), data)]
    while waiting:
        at, value = waiting.pop()
        if len(at) > DEEPEST:
            first = place_of(place, at[:1])
            yield Problem(first, _TOO_DEEP)
            return
        if isinstance(value, dict):
            for key, below in value.items():
                if not key:
                    yield Problem(place_of(place, at), "has a key without a name")
                elif _CONTROL.search(key):
                    yield Problem(
                        place_of(place, (*at, key)), "has a control character in its name"
                    )
                else:
                    waiting.append(((*at, key), below))
        elif isinstance(value, list):
            waiting += (((*at, number), item) for number, item in enumerate(value))
        elif isinstance(value, str):
            if _CONTROL.search(value):
                yield Problem(place_of(place, at), f"{shown(value)} has a control character")
        elif isinstance(value, int | float) and value and not SMALLEST <= abs(value) <= LARGEST:
            yield Problem(
                place_of(place, at), f"{shown(value)} is beyond anything that can be meant"
            )


def _syntax_problem(place: str, text: str, said: str) -> Problem:
    """What the reader of TOML stumbled over: the line, and what people mostly meant."""
    lines = text.rstrip().split("\n")
    found = re.search(r" \(at line (\d+), column \d+\)$", said)
    number = min(int(found[1]) if found else len(lines), len(lines))
    line = lines[number - 1].strip()
    why = re.sub(r" \(at [^()]*\)$", "", said)
    hint = next((hint for words, hint in _SYNTAX if re.match(words, why)), None)
    quantity = _UNQUOTED.search(line)
    if quantity is not None:
        hint = f'a quantity stands in quotes: "{quantity[1]}"'
    if hint is None:
        hint = printable(f"{why[:1].lower()}{why[1:]}")
    return Problem(place, f"line {number} is not valid TOML: {printable(line)}; {hint}")
