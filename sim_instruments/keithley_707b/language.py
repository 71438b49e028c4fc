"""The part of TSP (Lua) that is simulated: calls, assignments, texts, numbers and names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"\n]*"|'[^'\n]*')|(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)"""
    r"""|(?P<name>[A-Za-z_]\w*)|(?P<mark>[-.(),\[\]=;]))"""
)
_DEEPEST = 20


class LanguageError(Exception):
    """It is no statement of the language, or of no part of it that is simulated."""


@dataclass(frozen=True)
class Name:
    """A variable: ``channel.connectrule``, ``slot[1].idn``."""

    path: str


@dataclass(frozen=True)
class Call:
    """A function called: ``channel.close("1A01")``."""

    path: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True)
class Assignment:
    """A variable given a value."""

    path: str
    value: "Expression"


Expression: TypeAlias = str | float | bool | Name | Call | None
Statement: TypeAlias = Call | Assignment


def statements(line: str) -> list[Statement]:
    """The statements of one line.

    Raises
    ------
    LanguageError
        It is none.
    """
    parser = _Parser(line)
    return list(parser.statements())


class _Parser:
    def __init__(self, line: str) -> None:
        self._tokens = list(_tokens(line))
        self._at = 0

    def statements(self) -> Iterator[Statement]:
        while self._at < len(self._tokens):
            if self._take(";"):
                continue
            found = self._expression(0)
            if isinstance(found, Name) and self._take("="):
                yield Assignment(found.path, self._expression(0))
            elif isinstance(found, Call):
                yield found
            else:
                raise LanguageError("a statement is a call or an assignment")

    def _expression(self, depth: int) -> Expression:
        if depth > _DEEPEST:
            raise LanguageError("calls within calls without end")
        kind, token = self._next()
        if kind == "text":
            return token[1:-1]
        if kind == "number":
            return float(token)
        if token == "-":
            value = self._expression(depth + 1)
            if not isinstance(value, float):
                raise LanguageError("a minus without a number")
            return -value
        if kind != "name":
            raise LanguageError(f"unexpected symbol near {token}")
        if token in ("nil", "true", "false"):
            return {"nil": None, "true": True, "false": False}[token]
        path = token
        while True:
            if self._take("."):
                path += f".{self._next()[1]}"
            elif self._take("["):
                index = self._expression(depth + 1)
                self._want("]")
                path += f"[{index:g}]" if isinstance(index, float) else f"[{index}]"
            else:
                break
        if not self._take("("):
            return Name(path)
        arguments: list[Expression] = []
        while not self._take(")"):
            if arguments:
                self._want(",")
            arguments.append(self._expression(depth + 1))
        return Call(path, tuple(arguments))

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise LanguageError("the line ends too soon")
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, mark: str) -> bool:
        found = self._at < len(self._tokens) and self._tokens[self._at] == ("mark", mark)
        self._at += found
        return found

    def _want(self, mark: str) -> None:
        if not self._take(mark):
            raise LanguageError(f"{mark} expected")


def _tokens(line: str) -> Iterator[tuple[str, str]]:
    at, line = 0, line.strip()
    while at < len(line):
        match = _TOKEN.match(line, at)
        if match is None:
            raise LanguageError(f"unexpected symbol near {line[at : at + 10]}")
        at = match.end()
        kind = str(match.lastgroup)
        yield kind, match[kind]
