"""Reading the arguments of a command; what cannot be read is refused with -993 (or -969)."""

import math
from collections.abc import Sequence

from mho.sim_instruments.keithley_4200a.status import Refused

KXCI_ARGUMENT, PMU_ARGUMENT = -993, -969


def number(arguments: Sequence[str], index: int, code: int = KXCI_ARGUMENT) -> float:
    """Argument ``index`` as a finite float."""
    try:
        value = float(arguments[index])
    except (IndexError, ValueError):
        raise Refused(code) from None
    if not math.isfinite(value):
        raise Refused(code)
    return value


def between(
    arguments: Sequence[str], index: int, low: float, high: float, code: int = KXCI_ARGUMENT
) -> float:
    """Argument ``index`` as a float from ``low`` to ``high``, both finite."""
    try:
        value = float(arguments[index])
    except (IndexError, ValueError):
        raise Refused(code) from None
    if not low <= value <= high:
        raise Refused(code)
    return value


def integer(
    arguments: Sequence[str], index: int, low: int, high: int, code: int = KXCI_ARGUMENT
) -> int:
    """Argument ``index`` as a whole number from ``low`` to ``high``."""
    value = between(arguments, index, low, high, code)
    if value != int(value):
        raise Refused(code)
    return int(value)


def name(arguments: Sequence[str], index: int, longest: int = 6) -> str:
    """Argument ``index`` as a name of at most ``longest`` characters."""
    text = arguments[index] if index < len(arguments) else ""
    if not 0 < len(text) <= longest:
        raise Refused(KXCI_ARGUMENT)
    return text


def count(arguments: Sequence[str], *allowed: int, code: int = KXCI_ARGUMENT) -> int:
    """How many arguments there are; anything but ``allowed`` is refused."""
    if len(arguments) not in allowed:
        raise Refused(code)
    return len(arguments)
