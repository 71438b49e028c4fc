"""Conditions on runs, as people write them: ``device = cu-te and read_window > 3``.

A condition is a name, a comparison and a value; conditions are joined by ``and``, ``or`` and
``not``, with brackets. A name is a fact of a run or one of its results. Values may have
units (``> 50 uS``) and quotes. Nothing is evaluated: it becomes SQL, with the values beside it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mho.errors import Problem, SettingsError
from mho.plugins import unknown
from mho.quantities import UNITS

_TOKEN = re.compile(
    r"""\s*(?:(?P<bracket>[()])
    |(?P<comparison>!=|<=|>=|==|=|<|>|~)
    |"(?P<double>[^"]*)"|'(?P<single>[^']*)'
    |(?P<word>[^\s()=<>!~"']+))""",
    re.VERBOSE,
)
_COMPARISONS = {
    "=": "=",
    "==": "=",
    "!=": "!=",
    "<": "<",
    ">": ">",
    "<=": "<=",
    ">=": ">=",
    "~": "~",
}
_JOINS = {"and", "or", "not"}
_MOST_WORDS, _DEEPEST = 1000, 30
"""Nobody writes more; SQLite and this reader have their limits, too."""
_EXAMPLE = 'for example: device = cu-te and read_window > 3 and conductance > "50 uS"'


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL that is true for the runs that are meant, and the values in it."""

    sql: str = "1"
    values: tuple[str | float, ...] = ()


def condition(text: str, facts: Mapping[str, str], results: Sequence[str]) -> Condition:
    """Read a condition.

    Parameters
    ----------
    text
        As people write it; empty is true for every run.
    facts
        Columns of the table ``runs``, each "text" or "number".
    results
        Names of results that there are; another name is refused.

    Raises
    ------
    SettingsError
        It cannot be read; says where and how it is written.
    """
    tokens = _tokens(text)
    if not tokens:
        return Condition()
    reader = _Reader(text, tokens, facts, results)
    found = reader.any_of()
    if reader.left:
        raise reader.problem(f"{reader.next} stands where an end was expected")
    return found


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str

    def __str__(self) -> str:
        return f'"{self.text}"'


def _tokens(text: str) -> list[_Token]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unreadable(text, f"{text[at:].strip()[:20]} is not understood")
        at, kind = match.end(), str(match.lastgroup)
        word = match[kind]
        if kind == "word" and word.lower() in _JOINS:
            found.append(_Token("join", word.lower()))
        else:
            found.append(_Token("text" if kind in ("double", "single") else kind, word))
    if len(found) > _MOST_WORDS:
        raise _unreadable(f"{text[:40]}...", f"there are more than {_MOST_WORDS} words and signs")
    return found


class _Reader:
    """Reads tokens from left to right; ``and`` binds closer than ``or``."""

    def __init__(
        self, text: str, tokens: list[_Token], facts: Mapping[str, str], results: Sequence[str]
    ) -> None:
        self._text, self._tokens, self._facts, self._results = text, tokens, facts, results
        self._at = self._depth = 0

    @property
    def left(self) -> bool:
        return self._at < len(self._tokens)

    @property
    def next(self) -> _Token:
        return self._tokens[self._at] if self.left else _Token("end", "the end")

    def problem(self, what: str) -> SettingsError:
        return _unreadable(self._text, what)

    def any_of(self) -> Condition:
        return self._joined("or", self.all_of)

    def all_of(self) -> Condition:
        return self._joined("and", self._one)

    def _joined(self, join: str, part: Callable[[], Condition]) -> Condition:
        parts = [part()]
        while self.next == _Token("join", join):
            self._at += 1
            parts.append(part())
        if len(parts) == 1:
            return parts[0]
        sql = f" {join} ".join(one.sql for one in parts)
        return Condition(f"({sql})", tuple(value for one in parts for value in one.values))

    def _one(self) -> Condition:
        token = self.next
        self._at += 1
        if token in (_Token("join", "not"), _Token("bracket", "(")):
            if self._depth == _DEEPEST:
                raise self.problem(f"there are more than {_DEEPEST} brackets and nots in another")
            self._depth += 1
            inner = self._negated() if token.kind == "join" else self._bracketed()
            self._depth -= 1
            return inner
        if token.kind not in ("word", "text"):
            raise self.problem(f"{token} stands where a name was expected")
        comparison = self.next
        if comparison.kind != "comparison":
            raise self.problem(f"after {token} one of = != < > <= >= ~ was expected")
        self._at += 1
        return self._compared(token.text, _COMPARISONS[comparison.text], self._value())

    def _negated(self) -> Condition:
        inner = self._one()
        return Condition(f"not {inner.sql}", inner.values)

    def _bracketed(self) -> Condition:
        inner = self.any_of()
        if self.next != _Token("bracket", ")"):
            raise self.problem("a bracket is not closed")
        self._at += 1
        return inner

    def _value(self) -> str:
        words = []
        if self.next.kind == "text":
            self._at += 1
            return self._tokens[self._at - 1].text
        while self.next.kind == "word":
            words.append(self.next.text)
            self._at += 1
        if not words:
            raise self.problem(f"a value was expected before {self.next}")
        return " ".join(words)

    def _compared(self, name: str, comparison: str, text: str) -> Condition:
        kind = self._facts.get(name)
        if kind is None and name not in self._results:
            known = [*self._facts, *sorted(set(self._results))]
            raise SettingsError([unknown("name", name, known, "--where")])
        value: str | float
        if comparison == "~":
            sql, value = "like ? escape '\\'", f"%{_escaped(text)}%"
        else:
            number = _number(text)
            value = text if number is None or kind == "text" else number
            sql = f"{comparison} ?"
            if isinstance(value, str) and comparison not in ("=", "!=") and kind != "text":
                raise self.problem(f'"{text}" is no number, so {name} cannot be {comparison} it')
        if name == "tag":
            return Condition(f"runs.run in (select run from tags where tag {sql})", (value,))
        if kind is not None:
            return Condition(f'runs."{name}" {sql}', (value,))
        if not isinstance(value, str):
            sql += " and typeof(value) != 'text'"  # to SQLite a word is greater than any number
        return Condition(
            f"runs.run in (select run from results where name = ? and value {sql})", (name, value)
        )


def _number(text: str) -> float | None:
    """A number with or without a unit, in SI; None if it is none."""
    try:
        return float(text)
    except ValueError:
        pass
    for unit in UNITS:
        try:
            return unit.parse(text)
        except ValueError:
            continue
    return None


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _unreadable(text: str, what: str) -> SettingsError:
    return SettingsError([Problem("--where", f'{what} in "{text}"; {_EXAMPLE}')])
