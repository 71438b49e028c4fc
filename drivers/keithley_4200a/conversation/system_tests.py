"""Tests of system mode: set up, started, waited for and fetched.

A set-up is one message. One that the 4200A has taken before goes out together with the start: the
same words were refused neither then nor now, and whether the pages keep their settings while user
mode comes between is not documented. A new one is checked before anything is started.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mho.clock import Clock
from mho.drivers.keithley_4200a.codec import source_measure as text
from mho.drivers.keithley_4200a.codec.source_measure import Constant, Measurement
from mho.drivers.keithley_4200a.codec.system_mode import LevelSweep, Sampling, set_up
from mho.drivers.keithley_4200a.conversation.waiting import A_MOMENT, WORTH_ASKING, polls
from mho.drivers.keithley_4200a.conversation.wire import Wire
from mho.errors import CommandRejected, InstrumentTimeout, ReplyError
from mho.quantities import SECOND

_EXTRA_TIME_PER_POINT = 1.0
"""Seconds that a point may take beyond its nominal time; 0.1 s has been reported."""

_EXTRA_TIME = 10.0
_MAX_TIMES_MISSED = 2
"""So often in a row the 4200A may fail to tell times before it is not asked any more."""

_ABORT_TIME = 5.0
"""Seconds that an aborted test may take to stop."""

_MOST_SET_UPS = 32

_ERRORS = text.SYNTAX_ERROR | text.SERVICE_REQUEST


@dataclass(frozen=True, slots=True)
class Taken:
    """What a test measured, point by point, and when (s on the clock)."""

    points: Sequence[tuple[Measurement, Measurement]]
    times: Sequence[float]


class SystemTests:
    """The tests of one 4200A, one after the other.

    ``present`` are the numbers of all SMUs in the mainframe: those that a test does not name are
    kept out of it.
    """

    def __init__(self, wire: Wire, clock: Clock, present: Sequence[int]) -> None:
        self._wire = wire
        self._clock = clock
        self._present = present
        self._times_missed = 0
        self._testing = False
        self.forget()

    def forget(self) -> None:
        """What the 4200A took before, and what its status byte tells, is not known (any more)."""
        self._last_busy: dict[str, float] = {}
        self._stale_bits: int | None = None
        self._request_may_stand = False

    def note_reading(self) -> None:
        """Know of a reading of user mode: it may have requested service, and nobody polls then."""
        self._request_may_stand = True

    def prepare(
        self, number: int, test: LevelSweep | Sampling, held: Sequence[Constant]
    ) -> tuple[str, str]:
        """See that the set-up of a test is taken; nothing is sourced yet.

        Returns the set-up, and what is to be sent to start the test.

        Raises
        ------
        InstrumentError, ConnectionFailed
            As the wire.
        """
        setup = set_up(number, test, held, self._present)
        if setup in self._last_busy:
            return setup, f"{setup};{text.MEASURE}"
        self._wire.send(setup)
        self._wire.check_errors(f"the set-up of a test: {setup}")
        if self._stale_bits is None:
            self._stale_bits = self._left_by(self._wire.status())
        return setup, text.MEASURE

    def run(self, number: int, test: LevelSweep | Sampling, setup: str, start: str) -> Taken:
        """Start a test that is prepared, wait for its end and fetch what it measured.

        An error that is latched is for the caller to ask for.

        Raises
        ------
        InstrumentTimeout, CommandRejected, ReplyError, ConnectionFailed
            It did not end, or not with the points that were asked for.
        """
        wire = self._wire
        if self._request_may_stand and wire.polls_clear:
            wire.status()  # clears it: it would be taken for one of this test
            self._request_may_stand = False
        self._testing = True
        wire.send(start)
        began = self._clock.now()
        last_busy = self._wait_for_end(test, self._last_busy.get(setup))
        self._testing = False
        took = self._clock.now() - began
        currents = wire.query(text.column_query(f"I{number}"), text.points)
        voltages = wire.query(text.column_query(f"V{number}"), text.points)
        points = list(zip(currents, voltages, strict=False))
        if len(currents) != len(voltages) or not _are_complete(test, points):
            # Of a test that did not start, the error says more than the number.
            wire.check_errors("a test of system mode")
            raise ReplyError(
                f"the 4200A measured {len(currents)} currents and {len(voltages)} voltages where "
                f"{test.points} points were asked for"
            )
        times = self._times(number, len(points), took)
        if len(self._last_busy) >= _MOST_SET_UPS:
            self._last_busy.clear()
        self._last_busy[setup] = last_busy
        return Taken(points, [began + time for time in times])

    def stop(self) -> None:
        """End a test that may be running.

        Raises
        ------
        InstrumentTimeout, InstrumentError, ConnectionFailed
            It goes on, or nobody knows.
        """
        if not self._testing:
            return
        self._wire.send(text.ABORT)
        for _ in polls(self._clock, 0.0, _ABORT_TIME):
            if not self._wire.status() & text.BUSY:
                self._testing = False
                return
        raise InstrumentTimeout(f"the 4200A is still busy {_ABORT_TIME:g} s after {text.ABORT}")

    def _left_by(self, status: int) -> int:
        """The error bits that a poll leaves standing; whether ``SP`` does is not documented."""
        return 0 if self._wire.polls_clear else status & _ERRORS

    def _wait_for_end(self, test: LevelSweep | Sampling, last_busy: float | None) -> float:
        """Wait; when it was last seen busy after its nominal duration (s from the start), or 0.

        ``last_busy`` is that of the same test before, if there was one: what the 4200A needs
        beyond the nominal times is not published.
        """
        idle_before = False
        began = self._clock.now()
        expected = max(test.duration, last_busy or 0.0) + A_MOMENT
        longest = 1.5 * test.duration + _EXTRA_TIME_PER_POINT * test.points + _EXTRA_TIME
        at_once = last_busy is None and test.duration > WORTH_ASKING
        busy = 0.0
        for due in polls(self._clock, expected, longest, at_once=at_once):
            told = self._wire.status()
            status = told & ~(self._stale_bits or 0)
            self._stale_bits = self._left_by(told)
            service = status & text.SERVICE_REQUEST and not status & text.READY
            if status & text.SYNTAX_ERROR or service:
                self._wire.check_errors("a test of system mode")
                raise CommandRejected(
                    f"the 4200A tells a syntax error (status byte {status}) while it measures, "
                    "but latched no error"
                )
            if not status & text.BUSY:
                # Data ready ends a test; a serial poll clears it, and whether SP does is not
                # documented, so being idle twice after the end was due is taken as well.
                if status & text.READY or idle_before:
                    return busy
                idle_before = due
            else:
                idle_before = False
                busy = self._clock.now() - began if due else 0.0
        raise InstrumentTimeout(
            f"a test of {test.points} points, nominally {SECOND.show(test.duration)}, has not "
            f"ended within {SECOND.show(longest)}"
        )

    def _times(self, number: int, taken: int, took: float) -> Sequence[float]:
        """When the ``taken`` points were taken, seconds from the start.

        By the 4200A's own stamps if it gives them (that they count from the start of the test is
        unverified), else evenly spread over the time the test took.
        """
        if self._times_missed < _MAX_TIMES_MISSED:
            try:
                stamps = self._wire.query(text.column_query(f"V{number}T"), text.points)
            except (CommandRejected, ReplyError, InstrumentTimeout):
                self.forget()
                stamps = []
            if len(stamps) == taken:
                self._times_missed = 0
                return [stamp.value for stamp in stamps]
            self._times_missed += 1
        return [took * (index + 1) / taken for index in range(taken)]


def _are_complete(
    test: LevelSweep | Sampling, points: Sequence[tuple[Measurement, Measurement]]
) -> bool:
    """Only stop on compliance may end a test early, and only for the SMU that is measured."""
    if isinstance(test, LevelSweep) and test.stops and 0 < len(points) < test.points:
        current, voltage = points[-1]
        return text.in_compliance(current.status, voltage.status)
    return len(points) == test.points
