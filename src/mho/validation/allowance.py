"""How far from a printed value a simulated one may lie: one rule for all values.

The larger one of three counts:

- what the print leaves open: half a unit of the last printed digit, a whole unit where the paper
  says "about", "nearly", "close to" or "estimated";
- what one device leaves open: each paper measured one and prints no spread. 5 % for the exponent
  of a curve and for a transistor of a foundry, 10 % for a voltage and for how a cell divides
  between its own parts, 20 % for a state, its current or power, and a count of states or cycles;
- what a sample leaves open: where the value is itself a standard deviation of n values, two of its
  standard errors, 2/sqrt(2 (n - 1)).
"""

import re
from math import sqrt
from typing import Literal

Measurand = Literal["exponent", "transistor", "voltage", "division", "state"]
"""What kind of quantity a value is, as far as devices differ in it."""

OF_ONE_DEVICE: dict[Measurand, float] = {
    "exponent": 0.05,
    "transistor": 0.05,
    "voltage": 0.10,
    "division": 0.10,
    "state": 0.20,
}

_NUMBER = re.compile(r"[+-]?(\d+)(?:\.(\d+))?")


def allowance(
    printed: str, measurand: Measurand, *, approximate: bool = False, sample: int | None = None
) -> float:
    """Largest deviation that still counts as the printed value, as a fraction of it.

    Parameters
    ----------
    printed
        The value as printed, with its unit; each of its digits counts, zeros too.
    approximate
        It is printed with "about" or the like.
    sample
        How many values a printed standard deviation is one of.

    Raises
    ------
    ValueError
        There is no number at the beginning of it, or it is zero.
    """
    match = _NUMBER.match(printed)
    if match is None or not float(match[0]):
        raise ValueError(f'"{printed}" does not begin with a number other than zero')
    last_digit = 10.0 ** -len(match[2] or "")
    of_print = last_digit * (1.0 if approximate else 0.5) / abs(float(match[0]))
    of_sample = 2 / sqrt(2 * (sample - 1)) if sample is not None else 0.0
    return max(of_print, OF_ONE_DEVICE[measurand], of_sample)
