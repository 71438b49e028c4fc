"""What an algorithm learnt of a cell: as the text of a row, and back from the runs before."""

import json
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mho.result import Result

LEARNT = "learnt"
"""The name of these results; their part names algorithm and number."""


def learnt_text(learnt: Mapping[str, float]) -> str:
    """As a cell of a row; empty where nothing is known."""
    return json.dumps(dict(learnt), sort_keys=True) if learnt else ""


def learnt_of(text: str) -> dict[str, float]:
    """From the cell of a row; nothing of what is no such text."""
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        str(name): float(value)
        for name, value in found.items()
        if isinstance(value, int | float) and isfinite(value)
    }


def learnt_before(runs: "Iterable[Iterable[Result]]", algorithm: str) -> dict[str, float]:
    """What the last run by this algorithm learnt, from the results of each; empty if none did."""
    head, found = f"{algorithm}: ", dict[str, float]()
    for run in runs:
        here = {
            one.part.removeprefix(head): one.value
            for one in run
            if one.name == LEARNT and one.part.startswith(head) and isinstance(one.value, float)
        }
        found = here or found
    return found


def learnt_option(learnt: Mapping[str, float]) -> tuple[str, ...]:
    """As an option that is laid over a recipe; none where nothing is known."""
    if not learnt:
        return ()
    pairs = ", ".join(f"{json.dumps(name)} = {value!r}" for name, value in sorted(learnt.items()))
    return (f"learnt={{{pairs}}}",)
