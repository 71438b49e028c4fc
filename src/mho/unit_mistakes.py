"""Mistakes in the writing of quantities: what was written, and what was probably meant."""

import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mho.quantities import Unit

_COMMA = re.compile(r"\s*[+-]?[0-9]+,[0-9]+(?!.*[.,])")
_SHOWN = 60
"""Characters of a text that are repeated in a message."""

_WORDS = {
    "V": ("volt", "volts"),
    "A": ("amp", "amps", "ampere", "amperes"),
    "S": ("siemens", "mho", "mhos"),
    "ohm": ("ohm", "ohms", "r"),
    "s": ("sec", "secs", "second", "seconds"),
    "W": ("watt", "watts"),
    "J": ("joule", "joules"),
    "C": ("coulomb", "coulombs"),
    "m": ("metre", "metres", "meter", "meters"),
    "K": ("kelvin", "kelvins"),
    "%": ("percent", "per cent", "pct"),
    "min": ("m", "mins", "minute", "minutes"),
    "h": ("hr", "hrs", "hour", "hours"),
    "d": ("day", "days"),
}
"""What people write for a unit, without regard to case."""

_RECIPROCALS = {("S", "ohm"), ("ohm", "S"), ("s", "Hz")}


def no_number(unit: "Unit", text: str) -> str:
    """What is said of a text that is no number with a unit."""
    return _comma(text) or (
        f"{quoted(text)} is not a number with a unit; write {unit.quantity}, {unit.advice()}"
    )


def no_unit(unit: "Unit", text: str, digits: str) -> str:
    """What is said of a number alone."""
    if unit.symbol == "1":
        return f"{quoted(text)} has no unit; did you mean {quoted(f'{digits} %')}?"
    return f"{quoted(text)} has no unit; write {unit.quantity} with its unit, {unit.advice()}"


def other_unit(unit: "Unit", text: str, digits: str, written: str, units: Iterable["Unit"]) -> str:
    """What is said of a number whose unit is none of this quantity: what it is, what was meant.

    ``units`` are those of all quantities.
    """
    of = next((one for one in units if one.factor_of(written) is not None), None)
    is_what = f"is no {unit.quantity.partition(' ')[2]}" if of is None else f"is {of.quantity}"
    meant = _meant(unit, written)
    if meant is not None:
        by_case = meant.casefold() == written.casefold()
        differ = " Upper and lower case differ" if by_case else ""
        return f"{quoted(text)} {is_what}; did you mean {quoted(f'{digits} {meant}')}?{differ}"
    reciprocal = "" if of is None else _reciprocal(unit, of, f"{digits} {written}")
    if reciprocal:
        return f'{quoted(text)} {is_what}; as {unit.quantity} that is "{reciprocal}"'
    return _comma(text) or f"{quoted(text)} {is_what}; write {unit.quantity}, {unit.advice()}"


def quoted(text: str) -> str:
    """A text as it stands in a file, in quotes, with what no screen shows written out."""
    return json.dumps(shortened(text), ensure_ascii=False)


def shortened(text: str) -> str:
    """The beginning of a long text."""
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def _comma(text: str) -> str:
    if not _COMMA.match(text):
        return ""
    return f"{quoted(text)} has a decimal comma; did you mean {quoted(text.replace(',', '.', 1))}?"


def _meant(unit: "Unit", written: str) -> str | None:
    """The unit of this quantity that was meant: another case, or a word for it."""
    folded = written.casefold()
    same = [symbol for symbol in unit.symbols if symbol.casefold() == folded]
    if same:
        return min(same, key=lambda symbol: (symbol[0] != written[0], symbol))  # mv: mV, not MV
    for symbol, words in _WORDS.items():
        if folded in words and unit.factor_of(symbol) is not None:
            return symbol
    return None


def _reciprocal(unit: "Unit", of: "Unit", text: str) -> str:
    """The same as a quantity of ``unit``, where that is one over it; empty otherwise."""
    if (unit.symbol, of.symbol) not in _RECIPROCALS:
        return ""
    try:
        value = of.parse(text)
    except ValueError:
        return ""
    return unit.show(float(f"{1 / value:.6g}")) if value else ""
