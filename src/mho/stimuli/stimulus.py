"""What every stimulus is: frozen data that says what is applied, and writes it as a score.

Volts, amperes and seconds throughout; where a current is the source, levels are amperes and the
compliance is in volts. A stimulus starts from rest and ends at rest, for `RETURN_TO_ZERO`,
whatever bench plays it. Terminals that are held meanwhile (a gate) are set by ``Bench.bias``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from mho.stimuli.score import Score, Segment


class Stimulus(Protocol):
    """What a bench applies: frozen data that can be compared and hashed."""

    @property
    def terminal(self) -> str:
        """The terminal that it is about."""
        ...

    @property
    def terminals(self) -> tuple[str, ...]:
        """The terminals that it drives, the one that it is about first."""
        ...

    @property
    def short(self) -> tuple[Segment, ...]:
        """Its segments, if they are few and at one terminal: what a closed loop applies.

        Nothing of what is longer or drives several; whoever judges looks at the score then.
        """
        ...

    def score(self) -> Score:
        """What it does to its terminals."""
        ...

    def faults(self) -> Iterator[str]:
        """What is wrong with it on any bench."""
        ...

    def parts(self) -> Iterator["Part"]:
        """The same, one terminal at a time, for instruments that share no time axis.

        Nothing if it cannot be taken apart.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A part of a stimulus: from now on a terminal is held at a level (V), limited (A)."""

    terminal: str
    level: float
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A part of a stimulus: every terminal rests or is held as it is, for ``duration`` s."""

    duration: float


Part = Stimulus | Held | Pause


def duration(stimulus: Stimulus) -> float:
    """Seconds from the start of a stimulus to the end of its return to rest."""
    return stimulus.score().duration
