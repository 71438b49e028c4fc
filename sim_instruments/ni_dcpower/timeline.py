"""Timed actions of all channels, played in the order of time however lazily they are asked for.

A part is a generator: it yields when it next has something to do, is resumed at that moment, and
does it. Or it yields a trigger and is resumed when the trigger comes. The terminals of one device
thus see every change in the order of time, whichever channel makes it.
"""

import heapq
from collections.abc import Callable, Generator
from itertools import count
from typing import NamedTuple

from mho.sim_instruments.ni_dcpower.values import Trigger


class Due(NamedTuple):
    """When a part is to be resumed.

    Readings at a moment come before changes at that moment, and so does beginning to wait for a
    trigger: who gives it at that moment is heard.
    """

    moment: float
    reading: bool = False


Steps = Generator[Due | Trigger, float, None]

SAME_MOMENT = 10
"""Digits after the second within which sums of the same durations count as one moment."""


ACTIONS = 20_000
"""Actions that are played in one go while somebody waits on a virtual clock."""


class Part:
    """A generator at work. ``waits_for`` is the trigger it needs, if any."""

    __slots__ = ("alive", "rank", "steps", "waits_for")

    def __init__(self, steps: Steps, rank: int) -> None:
        self.steps = steps
        self.rank = rank
        self.alive = True
        self.waits_for: Trigger | None = None


class Timeline:
    """The agenda of all parts. Not thread-safe: the rack's lock guards it."""

    def __init__(self) -> None:
        self._agenda: list[tuple[float, bool, int, int, float, Part]] = []
        self._serial = count()
        self._at_work = False

    def start(self, steps: Steps, rank: int) -> Part:
        """Put a part on the agenda; ``rank`` orders parts that act at the same moment."""
        part = Part(steps, rank)
        self._put(part, next(steps))
        return part

    def cancel(self, part: Part) -> None:
        """Take a part off the agenda; what it has done stays done."""
        part.alive = False
        part.waits_for = None
        part.steps.close()

    def release(self, part: Part, moment: float) -> None:
        """Have a part that waits for a trigger resumed at ``moment``, in its turn.

        Not at once: a part that gives the trigger may still be acting.
        """
        part.waits_for = None
        self._put(part, Due(moment))

    def play(self, until: float) -> None:
        """Play everything that is due up to and including ``until``; nothing while a part acts."""
        agenda = self._agenda
        while agenda and agenda[0][4] <= until and not self._at_work:
            _, _, _, _, moment, part = heapq.heappop(agenda)
            if part.alive:
                self._resume(part, moment)

    def run(self, until: float, reach: Callable[[float], None], ready: Callable[[], bool]) -> bool:
        """Play up to ``until`` or to the first moment after which it is ``ready``; gives which.

        ``reach`` is told every moment before it is asked. After `ACTIONS` it stops short of both.
        """
        agenda = self._agenda
        for _ in range(ACTIONS):
            if not agenda or agenda[0][4] > until:
                reach(until)
                return True
            _, _, _, _, moment, part = heapq.heappop(agenda)
            if part.alive:
                self._resume(part, moment)
            if not agenda or agenda[0][4] > moment:
                reach(moment)
                if ready():
                    return True
        return False

    def next_moment(self) -> float | None:
        """When the next action is due; None if nothing is scheduled."""
        while self._agenda and not self._agenda[0][5].alive:
            heapq.heappop(self._agenda)
        return self._agenda[0][4] if self._agenda else None

    def _resume(self, part: Part, moment: float) -> None:
        self._at_work = True
        try:
            due = part.steps.send(moment)
        except StopIteration:
            part.alive = False
        except BaseException:
            part.alive = False  # a part that failed must not be resumed for ever
            raise
        else:
            self._put(part, due)
        finally:
            self._at_work = False

    def _put(self, part: Part, due: Due | Trigger) -> None:
        if isinstance(due, Due):
            moment, reading = due
            turn = (round(moment, SAME_MOMENT), not reading, part.rank, next(self._serial))
            heapq.heappush(self._agenda, (*turn, moment, part))
        else:
            part.waits_for = due
