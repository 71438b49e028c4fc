"""Exchanges with instruments: what a run costs on the wire, where a driver counts them."""

from collections.abc import Iterable
from typing import Protocol, runtime_checkable


@runtime_checkable
class Exchanging(Protocol):
    """An instrument, or a bench, that counts its exchanges. Drivers are free to."""

    @property
    def exchanges(self) -> int | None:
        """Messages with their answers so far; None where nobody counts them."""
        ...


def exchanges_of(parts: Iterable[object]) -> int | None:
    """Of all together; None unless each of them counts."""
    total = 0
    for part in parts:
        count = part.exchanges if isinstance(part, Exchanging) else None
        if count is None:
            return None
        total += count
    return total
