"""The score of a long stimulus, kept: whoever judges, plays and counts it asks for it anew."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Protocol

from mho.stimuli.score import Bar, Score, Source
from mho.stimuli.segments import closing


class Written(Protocol):
    """A stimulus of voltages under one limit that is written bar by bar; hashable."""

    @property
    def terminals(self) -> tuple[str, ...]:
        """Those of the score."""

    @property
    def compliance(self) -> float:
        """The limit at each of them (A)."""

    def bars(self) -> Iterator[Bar]:
        """Those of the score, made anew."""

    def __hash__(self) -> int:
        """Equal ones have one score."""


@lru_cache(maxsize=2)
def score_of(stimulus: Written, recorded: float = 0.0) -> Score:
    """The score of these bars, the same object for as long as few others are asked for.

    What happens in the first ``recorded`` seconds is recorded whole; 0 is nothing.
    """
    bars, terminals = tuple(stimulus.bars()), stimulus.terminals
    rest = closing(stimulus.compliance, Source.VOLTAGE)
    return Score(
        terminals=terminals,
        write=lambda: iter(bars),
        closing=tuple(rest for _ in terminals),
        recorded=recorded,
    )
