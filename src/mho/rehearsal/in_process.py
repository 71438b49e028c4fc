"""Connections within this process: how a simulated instrument is reached without a network.

An instrument that a rehearsal starts offers them and gets an address; a driver asks here first for
a connection to the address that it was given, and dials over the network only if there is none.
"""

from collections.abc import Callable
from itertools import count

_offers: dict[str, Callable[[], object]] = {}
_numbers = count(1)


def offer(connect: Callable[[], object]) -> str:
    """Make known how to connect; gives the address, which nothing else has in this process."""
    address = f"in-process:{next(_numbers)}"
    _offers[address] = connect
    return address


def withdraw(address: str) -> None:
    """Offer no more connections at an address."""
    _offers.pop(address, None)


def connection_to(address: str) -> object | None:
    """A new connection to an address, of the kind that its driver knows; None if there is none."""
    connect = _offers.get(address)
    return None if connect is None else connect()
