"""What an algorithm learnt of a cell, as results of the run: so the ledger keeps it."""

from collections.abc import Iterable, Iterator

from mho.merit.reporting import measured
from mho.protocols.learnt import LEARNT, learnt_of
from mho.result import Result


def learnt_results(texts: Iterable[object], algorithm: str) -> Iterator[Result]:
    """One result a number, from the last row that has some."""
    told = [text for text in texts if isinstance(text, str) and text]
    for name, value in sorted(learnt_of(told[-1] if told else "").items()):
        yield measured(
            LEARNT,
            "1",
            value,
            method="what the algorithm knows of the cell at the end, in SI; kept for its next run",
            source=f"the last of {len(told)} targets that ended",
            part=f"{algorithm}: {name}",
        )
