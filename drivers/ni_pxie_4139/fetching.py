"""Waiting for a sequence that runs, and what it has measured.

Every step measures once, so a fetch of as many measurements as there are steps waits for the end
of the sequence by itself (FetchMultiple, with a timeout); no event has to be waited for. No wait is
longer than `SLICE`. A fetch that was too early is repeated: should hardware lose the points that it
had by then (unverified), there will never be enough of them, and a timeout says so.
"""

from collections.abc import Sequence
from math import ceil
from typing import Any

from mho.clock import Clock
from mho.drivers.ni_pxie_4139.program import Point, Program
from mho.drivers.ni_pxie_4139.session import (
    SEQUENCE_DONE,
    TIMEOUTS,
    DriverError,
    Measurement,
    SmuSession,
)
from mho.errors import InstrumentTimeout, ReplyError
from mho.readings import Reading

SLICE = 0.1
"""Longest wait in one go (s): the time after which Ctrl-C is honoured at the latest."""

_SLICES_BETWEEN_LOOKS = 600
"""Slices after which a long sequence is looked at."""

_STEPS_BETWEEN_LOOKS = 10_000
"""Steps after which it is looked at as well: no one exchange is to wait for more of them."""


def measured(
    session: SmuSession, program: Program, clock: Clock, where: str
) -> Sequence[Measurement]:
    """What a program that was just initiated has measured, once it has ended.

    Raises
    ------
    InstrumentTimeout
        It has not ended within 1.5 times its duration and 5 s.
    ReplyError
        There are more or fewer measurements than steps.
    """
    duration, number = program.duration, program.measurements
    _sleep(session, duration, number, clock)
    for _ in range(ceil((0.5 * duration + 5.0) / SLICE)):
        try:
            found = session.fetch_multiple(number, SLICE)
        except DriverError as error:
            if error.code in TIMEOUTS:
                continue
            raise
        if len(found) != number:
            raise ReplyError(f"{where} gave {len(found)} of {number} measurements")
        return found
    raise InstrumentTimeout(
        f"{where}: a sequence of {duration:g} s had not ended after {1.5 * duration + 5.0:g} s"
    )


def _sleep(session: SmuSession, duration: float, number: int, clock: Clock) -> None:
    """Sleep nearly as long as the sequence lasts, which costs no exchange.

    A look now and then finds a server that died in a long one.
    """
    slices = int(duration / SLICE)
    if not slices:
        return
    in_slice = number * SLICE / duration
    between = max(1, min(_SLICES_BETWEEN_LOOKS, int(_STEPS_BETWEEN_LOOKS / in_slice)))
    while slices > 0:
        asleep = slices if slices < 1.5 * between else between
        for _ in range(asleep):
            clock.sleep(SLICE)
        slices -= asleep
        if slices > 0:
            if _is_done(session):
                return
            slices -= 1  # for that look has lasted one


def _is_done(session: SmuSession) -> bool:
    try:
        session.wait_for_event(SEQUENCE_DONE, SLICE)
    except DriverError as error:
        if error.code in TIMEOUTS:
            return False
        raise
    return True


def reading(terminal: str, start: float, point: Point, found: Sequence[Any]) -> Reading:
    """The reading that a point of a program is, by what was measured since ``start``."""
    first, number, end = point
    if number == 1:
        one: Measurement = found[first]
        return Reading(start + end, one.voltage, one.current, one.in_compliance, "", terminal)
    window = found[first : first + number]
    return Reading(
        start + end,
        sum(one.voltage for one in window) / number,
        sum(one.current for one in window) / number,
        any(one.in_compliance for one in window),
        terminal=terminal,
    )
