"""Figures of merit as lines of a table: value and 95 % interval under one prefix."""

from collections.abc import Iterable, Iterator

from mho.quantities import UNITS, ScaledUnit
from mho.result import Result

HEADERS = ("figure of merit", "of", "value", "95 % interval", "unit")

_PREFIXED = {unit.symbol: unit for unit in UNITS if unit.symbol != "1"}
_DIGITS = 4


def lines(results: Iterable[Result]) -> tuple[tuple[str, ...], ...]:
    """One line a result; of one that is undetermined `reasons` tells why."""
    return tuple(_line(result) for result in results)


def beside(result: Result) -> str:
    """Value, interval and unit in one cell of a table."""
    _, _, value, interval, unit = _line(result)
    return " ".join(part for part in (value, f"({interval})" if interval else "", unit) if part)


def reasons(results: Iterable[Result]) -> Iterator[str]:
    """Why figures of merit are undetermined, each reason once."""
    told: dict[str, list[str]] = {}
    for result in results:
        if result.undetermined:
            of = f" ({result.part})" if result.part else ""
            told.setdefault(result.undetermined, []).append(f"{result.name}{of}")
    for reason, names in told.items():
        yield f"undetermined: {', '.join(names)}: {reason}"


def _line(result: Result) -> tuple[str, ...]:
    value, unit, interval = "undetermined", "", ""
    if isinstance(result.value, str):
        value = result.value
    elif result.value is not None:
        scaled = _unit(result.unit, result.value)
        value, unit = _number(scaled.of(result.value)), scaled.symbol
        if result.interval is not None:
            low, high = (_end(end, scaled) for end in result.interval)
            interval = f"{low} to {high}"
    return result.name, result.part, value, interval, unit


def _unit(symbol: str, value: float) -> ScaledUnit:
    if symbol in _PREFIXED:
        return _PREFIXED[symbol].readable(abs(value))
    return ScaledUnit("" if symbol == "1" else symbol, 1.0)


def _end(end: float | None, unit: ScaledUnit) -> str:
    return "open" if end is None else _number(unit.of(end))


def _number(value: float) -> str:
    return f"{value:.{_DIGITS}g}"
