"""What the SQLite files of mho have in common: how they, and results in them, are written."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from mho.result import Result


@contextmanager
def all_or_nothing(base: sqlite3.Connection) -> Iterator[None]:
    """What is written inside comes as a whole or not at all, and nobody else writes meanwhile."""
    base.execute("begin immediate")
    try:
        yield
        base.execute("commit")
    except BaseException:
        with suppress(sqlite3.Error):
            base.execute("rollback")
        raise


def result_columns(result: Result) -> tuple[str | float | None, ...]:
    """A result as columns: name, part, value, low, high, unit."""
    low, high = result.interval or (None, None)
    return result.name, result.part, result.value, low, high, result.unit
