"""The simulated mainframe: its relays, its error queue, and what it answers to a line."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from inspect import signature
from typing import TypeAlias

from mho.errors import Problem, SettingsError
from mho.rehearsal import World
from mho.sim_instruments.keithley_707b.channels import Channel, NoChannel, cards, channels_in
from mho.sim_instruments.keithley_707b.language import (
    Assignment,
    Call,
    Expression,
    LanguageError,
    Name,
    statements,
)
from mho.sim_instruments.keithley_707b.options import MatrixOptions

_LOG = logging.getLogger("mho.sim_instruments.keithley_707b")

RELAY_TIME = 4e-3
"""Seconds that a relay takes (707B/708B manual: three channels one after the other take 12 ms)."""

SYNTAX, RUNTIME, PARAMETER = -285, -286, 1115
"""Codes of errors; those of TSP, and an unverified one for channels."""

KEPT_MESSAGES = 10_000
_MOST_ERRORS = 100

Value: TypeAlias = str | float | bool | tuple["Value", ...] | None


class _Refused(Exception):
    def __init__(self, code: int, text: str) -> None:
        self.code = code
        super().__init__(text)


class Mainframe:
    """What answers, whoever carries its lines.

    Attributes
    ----------
    messages
        Lines that came, for tests to count.
    world
        The device, and what drives it.
    """

    def __init__(self, world: World, wiring: Mapping[str, str], options: MatrixOptions) -> None:
        self.world, self.options = world, options
        self.messages: deque[str] = deque(maxlen=KEPT_MESSAGES)
        self._channels = cards(options.slots)
        self._wired = dict(wiring)
        self._see_wiring()
        self._errors: deque[tuple[int, str]] = deque(maxlen=_MOST_ERRORS)
        self._patterns: dict[str, tuple[Channel, ...]] = {}
        self._counts = dict.fromkeys(self._channels, 0)
        self._answered = 0
        self._closed: set[Channel] = set()
        self._variables: dict[str, Value] = {}
        self._delays: dict[Channel, float] = {}
        self._forbidden: set[Channel] = set()
        self._settled_at = 0.0
        self._defaults()
        self._calls: dict[str, Callable[..., Value]] = {
            "channel.close": self._close,
            "channel.open": self._open,
            "channel.exclusiveclose": self._exclusive_close,
            "channel.getclose": self._get_close,
            "channel.getstate": lambda text=None: _commas(
                int(one in self._closed) for one in self._listed(text)
            ),
            "channel.getcount": lambda text=None: _commas(
                self._counts[one] for one in self._listed(text)
            ),
            "channel.gettype": lambda text=None: _commas(1 for _ in self._listed(text)),
            "channel.setdelay": self._set_delay,
            "channel.getdelay": lambda text=None: _commas(
                f"{self._delays.get(one, 0.0):.3f}" for one in self._listed(text)
            ),
            "channel.setforbidden": lambda text=None: self._forbidden.update(self._listed(text)),
            "channel.clearforbidden": lambda text=None: self._forbidden.difference_update(
                self._listed(text)
            ),
            "channel.getforbidden": lambda text=None: _semicolons(
                one for one in self._listed(text) if one in self._forbidden
            ),
            "channel.reset": self._reset_channels,
            "channel.createspecifier": self._specifier,
            "channel.pattern.setimage": self._set_image,
            "channel.pattern.getimage": lambda name=None: _semicolons(
                self._patterns.get(str(name), ())
            ),
            "channel.pattern.delete": lambda name=None: (
                self._patterns.pop(str(name), None) and None
            ),
            "errorqueue.next": self._next_error,
            "errorqueue.clear": self._forget_errors,
            "reset": self._reset,
        }

    @property
    def closed(self) -> tuple[str, ...]:
        """The relays that are closed now."""
        return tuple(map(str, sorted(self._closed)))

    def answer(self, line: str) -> list[str]:
        """Carry out one line; what it answers, line by line."""
        self.messages.append(line)
        _LOG.debug("<- %s", line)
        self._answered += 1
        silent = self.options.faults.silent_after
        if silent is not None and self._answered > silent:
            return []
        with self.world.lock:
            replies = self._answers(line.strip())
        if line.strip().upper() == "*OPC?":
            self._let_settle()
        for reply in replies:
            _LOG.debug("-> %s", reply)
        return replies

    def _answers(self, line: str) -> list[str]:
        if not line:
            return []
        if line.startswith("*"):
            return self._of_488(line.upper())
        replies: list[str] = []
        try:
            for statement in statements(line):
                if isinstance(statement, Assignment):
                    self._assign(statement)
                elif statement.path == "print":
                    values = [self._value(one) for one in statement.arguments]
                    replies.append("\t".join(_text(one) for one in values))
                else:
                    self._value(statement)
        except LanguageError as error:
            self._errors.append((SYNTAX, f"TSP Syntax error: {error}"))
        except _Refused as error:
            self._errors.append((error.code, str(error)))
        return replies

    def _of_488(self, line: str) -> list[str]:
        if line == "*IDN?":
            model, serial = self.options.model, self.options.serial
            return [f"KEITHLEY INSTRUMENTS INC.,MODEL {model},{serial},01.30a"]
        if line == "*OPC?":
            return ["1"]
        if line == "*RST":
            self._reset()
        elif line == "*CLS":
            self._errors.clear()
        else:
            self._errors.append((SYNTAX, f"TSP Syntax error: {line}"))
        return []

    def _let_settle(self) -> None:
        left = self._settled_at - self.world.clock.now()
        if left > 0:
            self.world.clock.sleep(left)

    # ---- the language

    def _value(self, expression: Expression) -> Value:
        if isinstance(expression, Name):
            return self._variable(expression.path)
        if not isinstance(expression, Call):
            return expression
        call = self._calls.get(expression.path)
        if call is None:
            message = f"attempt to call field '{expression.path}' (a nil value)"
            raise _Refused(RUNTIME, f"TSP Runtime error: {message}")
        given = [self._value(one) for one in expression.arguments]
        try:
            signature(call).bind(*given)
        except TypeError:
            raise _Refused(RUNTIME, f"TSP Runtime error: {expression.path}: parameters") from None
        return call(*given)

    def _variable(self, path: str) -> Value:
        slot, _, of_slot = path.partition(".")
        if slot.startswith("slot[") and of_slot == "idn":
            number = slot.removeprefix("slot[").removesuffix("]")
            if not number.isdigit() or int(number) not in self.options.slots:
                return "Empty Slot"
            return f"7174A, 8x12 High Speed Low Leakage Matrix, 01.00a, SIM{number}"
        if path == "errorqueue.count":
            return float(len(self._errors))
        return self._variables.get(path)

    def _assign(self, statement: Assignment) -> None:
        if statement.path not in self._variables or "." not in statement.path:
            message = f"{statement.path} cannot be set"
            raise _Refused(RUNTIME, f"TSP Runtime error: {message}")
        self._variables[statement.path] = self._value(statement.value)

    # ---- relays

    def _listed(self, text: Value) -> list[Channel]:
        if not isinstance(text, str) or not text:
            raise _Refused(PARAMETER, f"Parameter error: a list of channels, not {_text(text)}")
        try:
            return channels_in(text, self._channels, self._patterns)
        except NoChannel as error:
            raise _Refused(PARAMETER, f"Parameter error: {error}") from None

    def _close(self, text: Value = None) -> None:
        wanted = self._listed(text)
        self._refuse_forbidden(wanted)
        self._move(self._closed | set(wanted), wanted)

    def _open(self, text: Value = None) -> None:
        self._move(self._closed - set(self._listed(text)), ())

    def _exclusive_close(self, text: Value = None) -> None:
        if text == "":
            self._move(set(), ())
            return
        if isinstance(text, str) and "slot" in text.casefold():
            raise _Refused(PARAMETER, f"Parameter error: {text}")
        wanted = self._listed(text)
        self._refuse_forbidden(wanted)
        slots = {one.slot for one in wanted}
        kept = {one for one in self._closed if one.slot not in slots}
        self._move(kept | set(wanted), wanted)

    def _refuse_forbidden(self, wanted: list[Channel]) -> None:
        refused = [one for one in wanted if one in self._forbidden]
        if refused:
            raise _Refused(PARAMETER, f"Parameter error: {refused[0]} is forbidden to close")

    def _move(self, closed: set[Channel], wanted: list[Channel] | tuple[()]) -> None:
        faults = self.options.faults
        stuck = {one for one in self._closed if str(one) in faults.stuck_closed}
        closed = {one for one in closed | stuck if str(one) not in faults.stuck_open}
        for one in closed - self._closed:
            self._counts[one] += 1
        moved = len(closed ^ self._closed)
        self._closed = closed
        now = self.world.clock.now()
        sequential = self._variables["channel.connectsequential"] == 1.0
        delay = max((self._delays.get(one, 0.0) for one in wanted), default=0.0)
        self._settled_at = now + RELAY_TIME * (moved if sequential else min(moved, 1)) + delay
        if self._wired and self.world.switch(now, self._paths(), self.options.serial):
            _LOG.warning("a relay moved under voltage: this may weld it")

    def _paths(self) -> list[tuple[str, str]]:
        """What is connected in the world: rows and columns at which there is something."""
        found = []
        for one in sorted(self._closed):
            row, column = one.row, str(one).replace(one.row, "", 1)
            if row in self._wired and column in self._wired:
                found.append((self._wired[row], self._wired[column]))
        return found

    def _get_close(self, text: Value = None) -> Value:
        return _semicolons(sorted(one for one in self._listed(text) if one in self._closed))

    def _set_delay(self, text: Value = None, delay: Value = None) -> None:
        if not isinstance(delay, float) or delay < 0.0:
            raise _Refused(PARAMETER, f"Parameter error: a delay, not {_text(delay)}")
        self._delays.update(dict.fromkeys(self._listed(text), delay))

    def _reset_channels(self, text: Value = None) -> None:
        listed = self._listed(text)
        self._open(text)
        for one in listed:
            self._delays.pop(one, None)
            self._forbidden.discard(one)

    def _specifier(self, slot: Value = None, row: Value = None, column: Value = None) -> Value:
        numbers = (slot, row, column)
        if not all(isinstance(one, float) for one in numbers):
            raise _Refused(PARAMETER, "Parameter error: slot, row and column are numbers")
        of_slot, of_row, of_column = (int(one) for one in numbers if isinstance(one, float))
        channel = Channel(of_slot, chr(ord("A") + of_row - 1), of_column)
        if channel not in self._channels:
            raise _Refused(PARAMETER, "Parameter error: no such channel")
        return str(channel)

    def _set_image(self, text: Value = None, name: Value = None) -> None:
        self._patterns[str(name)] = tuple(self._listed(text))

    # ---- the rest

    def _next_error(self) -> Value:
        code, text = self._errors.popleft() if self._errors else (0, "Queue Is Empty")
        return (float(code), text, 20.0 if code else 0.0, 1.0)

    def _forget_errors(self) -> None:
        self._errors.clear()

    def _defaults(self) -> None:
        self._variables = {
            "channel.connectrule": 1.0,
            "channel.connectsequential": 0.0,
            "channel.BREAK_BEFORE_MAKE": 1.0,
            "channel.MAKE_BEFORE_BREAK": 2.0,
            "channel.OFF": 0.0,
            "channel.ON": 1.0,
            "localnode.model": self.options.model,
            "localnode.serialno": self.options.serial,
        }

    def _reset(self) -> None:
        self._move(set(), ())
        self._defaults()
        self._delays.clear()
        self._forbidden.clear()

    def _see_wiring(self) -> None:
        rows = {one.row for one in self._channels}
        columns = {str(one).replace(one.row, "", 1) for one in self._channels}
        problems = [
            Problem(
                f"wiring.{address}",
                "is no row (A ... H) and no column of a slot with a card (101 ... 112)",
            )
            for address in self._wired
            if address not in rows | columns
        ]
        if problems:
            raise SettingsError(problems)


def _commas(values: Iterable[object]) -> str:
    return ",".join(map(str, values))


def _semicolons(channels: Iterable[object]) -> str | None:
    return ";".join(map(str, channels)) or None


def _text(value: Value) -> str:
    if isinstance(value, tuple):
        return "\t".join(map(_text, value))
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.5e}" if isinstance(value, float) else value
