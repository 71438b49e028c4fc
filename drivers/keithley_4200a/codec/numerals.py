"""Numbers as KXCI writes and reads them. Pure."""

from math import nan

SENTINEL = 1e20
"""No reading is as large. What is not measured reads 9e37, 1e22 and the like (manual p. 5-8)."""


def numeral(value: float) -> str:
    """Six significant digits: at most 12 characters, 2 of them exponent (manual p. 5-6)."""
    return f"{value + 0.0:.6g}"  # + 0.0 turns -0.0 into 0.0


def moment(seconds: float) -> str:
    """A time on the 10 ns grid of a pulse card, up to 1 s, without loss."""
    return f"{seconds + 0.0:.9g}"


def measured(text: str) -> float:
    """The value of a reading; NaN for the sentinels that stand for none.

    Raises
    ------
    ValueError
        Not a number.
    """
    value = float(text.replace(" ", ""))
    return value if abs(value) < SENTINEL else nan
