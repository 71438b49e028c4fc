"""What plays in the instrument: a test, a sequence or a module, and bursts beside it."""

import math
from collections.abc import Callable

from mho.clock import Clock, VirtualClock
from mho.sim_instruments.keithley_4200a.run import Enough, Run
from mho.sim_instruments.keithley_4200a.source_pulses import SourcePulses

ACTIONS_PER_POLL = 500_000
"""A busy poll plays at most so many actions, however long a Segment Arb list loops."""


def limited_actions() -> Enough:
    """The usual limit of a poll."""
    return lambda played: played >= ACTIONS_PER_POLL


class Activity:
    """One run at most, and the bursts of the two-letter pulse commands.

    Parameters
    ----------
    clock
        Real time passes by itself. A virtual clock is moved by polls that find it busy: by
        ``busy_poll`` seconds, or (None) up to the end.
    source_pulses
        What has the bursts.
    at_end
        Called when a run has ended.
    """

    def __init__(
        self,
        clock: Clock,
        source_pulses: SourcePulses,
        busy_poll: float | None,
        at_end: Callable[[], None],
    ) -> None:
        self._clock, self._source_pulses = clock, source_pulses
        self._busy_poll, self._at_end = busy_poll, at_end
        self._is_playing = False
        self.run: Run | None = None
        self.poll_limit: Callable[[], Enough] = limited_actions
        """Called with every poll: how much is computed before it is answered."""

    @property
    def is_busy(self) -> bool:
        """A run, or a burst."""
        return self.run is not None or self._source_pulses.is_busy

    @property
    def plays(self) -> bool:
        """A run or a burst, or continuous output, which is no reason to be busy."""
        return self.run is not None or bool(self._source_pulses.bursts)

    def catch_up(self, moment: float, *, as_poll: bool = False) -> None:
        """Play what is due up to ``moment``; nothing from within an action.

        On a real clock a poll does not wait until all of it has been computed: it finds the
        instrument busy for longer.
        """
        if self._source_pulses.bursts:
            self._play_together(moment)
        elif self.run is not None:
            bounded = as_poll and not isinstance(self._clock, VirtualClock)
            self.run.play(moment, self.poll_limit() if bounded else None)
            self._end_if_done()

    def abort(self) -> None:
        """Stop the run, if any, now."""
        if self.run is not None:
            self.run.abort(self._clock.now())
            self._end_if_done()

    def let_poll_pass(self) -> None:
        """Move a virtual clock after a poll that found the instrument busy.

        Real time passes by itself; virtual time does not, and a client that polls without sleeping
        would poll for ever.
        """
        if not isinstance(self._clock, VirtualClock) or not self.is_busy:
            return
        if self._busy_poll is not None:
            self._clock.sleep(self._busy_poll)
        elif self._source_pulses.bursts:
            self._pass_together(self._clock, lambda: self.is_busy)
        elif self.run is not None:
            self._clock.advance_to(self.run.play_through(self.poll_limit()))
            self._end_if_done()

    def let_burst_end(self, number: int) -> None:
        """Move a virtual clock to the end of the burst that channel ``number`` plays, if any.

        Of a burst that is very long the rest is cut.
        """
        if isinstance(self._clock, VirtualClock):
            self._pass_together(self._clock, lambda: self._source_pulses.plays_burst(number))

    def _play_together(self, moment: float) -> None:
        """The run and the bursts, in the order of their actions."""
        if self._is_playing:
            return
        self._is_playing = True
        try:
            while self.run is not None and self.run.next_moment <= moment:
                self._source_pulses.play(self.run.next_moment)
                self.run.play_next()
                self._end_if_done()
            self._source_pulses.play(moment)
        finally:
            self._is_playing = False

    def _pass_together(self, clock: VirtualClock, is_awaited: Callable[[], bool]) -> None:
        is_enough = self.poll_limit()
        played = 0
        while is_awaited() and not is_enough(played):
            played += 1
            due = math.inf if self.run is None else self.run.next_moment
            moment = min(due, self._source_pulses.next_moment())
            clock.advance_to(moment)
            self._play_together(moment)

    def _end_if_done(self) -> None:
        if self.run is not None and self.run.is_done:
            self.run = None
            self._at_end()
