"""Waiting on the injected clock."""

from collections.abc import Iterator

from mho.clock import Clock

A_MOMENT = 1e-6
"""Seconds to wait beyond an end that is due, so that one exactly then is not asked for twice."""

WORTH_ASKING = 10.0
"""Seconds from which on something that was not done before is asked at once whether it began."""

_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.02, 10.0
_PAUSE_SHARE = 0.2
"""Share of the time passed by which the pause between two polls grows."""

_NEGLIGIBLE = 1e-9


def wait_until(clock: Clock, moment: float) -> None:
    """Sleep until ``moment`` (s on the clock), to a nanosecond; the past returns at once."""
    while (left := moment - clock.now()) > _NEGLIGIBLE:
        clock.sleep(left)


def polls(clock: Clock, expected: float, longest: float, *, at_once: bool = True) -> Iterator[bool]:
    """Pace the polls of something that should take ``expected`` seconds from now.

    The first poll is ``at_once``, for what failed to start, and yields False. All others yield
    True: one when the end is due, the rest at pauses that grow with the time passed, so that they
    stay few however late the end is. Ends when ``longest`` seconds have passed.
    """
    start = clock.now()
    if at_once:
        yield False
    wait_until(clock, start + expected)
    while True:
        yield True
        passed = clock.now() - start
        if passed >= longest:
            return
        pause = min(max(_SHORTEST_PAUSE, passed * _PAUSE_SHARE), _LONGEST_PAUSE)
        wait_until(clock, clock.now() + pause)
