"""The score: what a stimulus does to each terminal, segment by segment on one time axis."""

from enum import StrEnum
from typing import NamedTuple


class Source(StrEnum):
    """What drives a terminal: a voltage limited by a current, the reverse, or nothing."""

    VOLTAGE = "voltage"
    CURRENT = "current"
    OPEN = "open"


class Drive(NamedTuple):
    """What drives a terminal: a voltage (V) limited by a current (A), or the reverse.

    An open terminal has neither (`OPEN`). Limits are magnitudes.
    """

    level: float
    limit: float
    source: Source = Source.VOLTAGE


OPEN = Drive(0.0, 0.0, Source.OPEN)
"""Nothing drives the terminal: its relay is open."""
