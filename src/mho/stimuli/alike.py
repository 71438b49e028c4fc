"""Lines that play the very same segments, as most of an array do: they are judged once."""

from itertools import islice

from mho.stimuli.score import Score

_FEW = 8
"""Terminals that are not worth a comparison."""
_MOST = 1000
"""Bars that are looked at; of a longer score each line counts by itself."""


def leading(score: Score) -> tuple[int, ...]:
    """For each terminal the number of the first one whose segments are the same objects."""
    if not score.alike:
        score.alike.append(_found(score))
    return score.alike[0]


def _found(score: Score) -> tuple[int, ...]:
    each = tuple(range(len(score.terminals)))
    if len(each) <= _FEW:
        return each
    bars = list(islice(score.bars(), _MOST + 1))  # kept: nothing else may come to their addresses
    if len(bars) > _MOST:
        return each
    played = [bar.parts for bar in bars]
    lines = zip(*(map(id, parts) for parts in played), map(id, score.closing), each, strict=True)
    first: dict[tuple[int, ...], int] = {}
    return tuple([first.setdefault(line[:-1], line[-1]) for line in lines])
