"""The pulse-card channels of a bench: they play tests and go off. Sends only what changed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from mho.clock import Clock
from mho.drivers.keithley_4200a.codec import pulse_card, segment_arb, standard_pulses
from mho.drivers.keithley_4200a.codec.pulse_card import PulsePoint
from mho.drivers.keithley_4200a.compiler.pulse_channels import SEGMENTS, PulseTest
from mho.drivers.keithley_4200a.conversation.sequence_store import SequenceStore
from mho.drivers.keithley_4200a.conversation.waiting import (
    A_MOMENT,
    WORTH_ASKING,
    polls,
)
from mho.drivers.keithley_4200a.conversation.wire import Wire
from mho.drivers.keithley_4200a.ranges import MAX_POINTS_IN_REPLY, OPEN_LOAD
from mho.drivers.keithley_4200a.settings import PulseTerminal
from mho.errors import InstrumentTimeout, ReplyError
from mho.quantities import SECOND
from mho.readings import Reading

Settings = Mapping[tuple[int, str], str]

_EXTRA_TIME = 10.0
"""Seconds that a test may take beyond its nominal duration."""

_MOST_REMEMBERED = 4096


class PulseGroup:
    """The pulse-card channels wired to terminals, all on one wire.

    A setting that the cards took before, word for word, and other levels of a sequence that they
    hold are looked at with the errors at the end of what is played; everything else before it is.
    """

    def __init__(self, wire: Wire, clock: Clock, terminals: Mapping[str, PulseTerminal]) -> None:
        self._wire = wire
        self._clock = clock
        self._terminals = tuple(terminals.values())
        self._wired = {terminal.number: name for name, terminal in terminals.items()}
        self._store = SequenceStore()
        self._sent: dict[tuple[int, str], str] = {}
        self._accepted: set[str] = set()
        self._unchecked: list[str] = []
        self._late: dict[float, float] = {}
        self._kind = ""
        self._may_run = False

    def forget_settings(self) -> None:
        """What the pulse cards are set to is not known (any more)."""
        self._store.clear()
        self._sent.clear()
        self._accepted.clear()
        self._unchecked.clear()
        self._late.clear()
        self._kind = ""

    def prepare(self) -> None:
        """Segment Arb mode, RPMs in pulse mode; the outputs stay off until the first test.

        Raises
        ------
        InstrumentError, ConnectionFailed
            As the wire.
        """
        self._initialise(SEGMENTS)
        self._check()
        self._kind = SEGMENTS

    def play(self, tests: Sequence[PulseTest]) -> list[Reading]:
        """Play tests one after the other; the last level of each is 0 V.

        A test of which nothing changed costs three messages, one more for each further channel
        that is read, and one more for each 2048 points; to that comes one for the errors of all.
        One of another kind than the last begins all settings anew, and so does one whose sequences
        would not find room on the cards.
        """
        readings: list[Reading] = []
        for test in tests:
            self._load(test)
            self._send(pulse_card.EXECUTE)
            start = self._clock.now()
            self._wait_for_end(test)
            fetched = {
                number: iter(self._fetch(number, count))
                for number, count in Counter(test.read_by).items()
            }
            points = [next(fetched[number]) for number in test.read_by]
            readings += [
                Reading(
                    start + end,
                    point.voltage,
                    point.current,
                    point.in_compliance,
                    point.status,
                    self._wired[number],
                )
                for end, number, point in zip(
                    _ends(test, points), test.read_by, points, strict=True
                )
            ]
        self._check()
        return readings

    def stop(self) -> None:
        """End a test that may be running; its outputs go off (manual p. 7-4)."""
        self.forget_settings()
        if self._may_run:
            self._wire.send(pulse_card.ABORT)
            self._may_run = False

    def switch_off(self, terminal: PulseTerminal) -> None:
        """Switch one output off, at once; its RPM stays in pulse mode, cut off from any SMU.

        Raises
        ------
        InstrumentError, ConnectionFailed
            A message could not be sent, or the 4200A refused.
        """
        self._sent.pop((terminal.number, "OUTPUT"), None)
        self._wire.send(pulse_card.output(terminal.number, on=False))
        if terminal.rpm:
            self._wire.send(pulse_card.rpm(terminal.channel, pulse_card.RPM_PULSE))
        self._wire.check_errors(f"to switch {terminal.channel} off")

    def _load(self, test: PulseTest) -> None:
        """Set everything up for a test."""
        kind, self._kind = self._kind, ""  # until all of it is sent
        if test.kind != kind:
            self._initialise(test.kind)
        wanted, is_new = self._settings(test)
        for key, line in wanted.items():
            if self._sent.get(key) == line:
                continue
            is_new = is_new or line not in self._accepted
            self._send(line)
            self._sent[key] = line
        if is_new:
            self._check()
        self._kind = test.kind

    def _settings(self, test: PulseTest) -> tuple[Settings, bool]:
        """What a test is to find set; True if something of its sequences is new to the cards."""
        found: dict[tuple[int, str], str] = {}
        is_new = False
        if test.kind == SEGMENTS:
            defined = self._store.define(test.bars)
            if defined is None:
                self._initialise(SEGMENTS)
                defined = self._store.define(test.bars)
                assert defined is not None, "the compiler refuses more than there is room for"  # noqa: S101
            for line in defined.messages:
                self._send(line)
            is_new = bool(defined.messages) and not defined.only_levels
            played = tuple(zip(defined.names, test.loops, strict=True))
            for part in test.parts:
                found[part.number, "WFM"] = segment_arb.waveform(part.number, played)
        else:
            found = dict(standard_pulses.settings(test.pulses))
        for part in test.parts:
            number = part.number
            found[number, "V"] = pulse_card.voltage_range(number, part.voltage_range)
            found[number, "I"] = pulse_card.current_range(number, part.current_range)
            found[number, "OUTPUT"] = pulse_card.output(number, on=True)
        return found, is_new

    def _initialise(self, kind: str) -> None:
        """Begin all settings anew, outputs off on the way; whether INIT does that is unverified."""
        messages = [
            pulse_card.output(terminal.number, on=False)
            for terminal in self._terminals
            if (terminal.number, "OUTPUT") in self._sent
        ]
        messages.append(pulse_card.SEGMENT_MODE if kind == SEGMENTS else pulse_card.STANDARD_MODE)
        known: dict[tuple[int, str], str] = {}
        for terminal in self._terminals:
            if terminal.rpm:
                messages.append(pulse_card.rpm(terminal.channel, pulse_card.RPM_PULSE))
            messages.append(pulse_card.load(terminal.number, OPEN_LOAD))
            known[terminal.number, "V"] = pulse_card.voltage_range(terminal.number, 10.0)  # p. 7-24
        self.forget_settings()
        self._may_run = True
        for line in messages:
            self._send(line)
        self._sent = known

    def _send(self, line: str) -> None:
        self._unchecked.append(line)
        self._wire.send(line)

    def _check(self) -> None:
        """See that everything was taken that was sent since the last time."""
        self._wire.check_errors(" | ".join(self._unchecked))
        if len(self._accepted) >= _MOST_REMEMBERED:
            self._accepted.clear()
        self._accepted.update(self._unchecked)
        self._unchecked.clear()

    def _wait_for_end(self, test: PulseTest) -> None:
        """Wait as long as the same took before: what a card needs beside it is not published."""
        duration = test.duration
        late = self._late.get(duration)
        expected, longest = duration + (late or 0.0) + A_MOMENT, 2 * duration + _EXTRA_TIME
        began = self._clock.now()
        at_once = late is None and duration > WORTH_ASKING
        late = 0.0
        for due in polls(self._clock, expected, longest, at_once=at_once):
            if not self._wire.query(pulse_card.RUNNING, pulse_card.running):
                if len(self._late) >= _MOST_REMEMBERED:
                    self._late.clear()
                self._late[duration] = late
                return
            late = self._clock.now() - began - duration if due else 0.0
        raise InstrumentTimeout(
            f"a pulse test of {SECOND.show(duration)} has not ended within {SECOND.show(longest)}"
        )

    def _fetch(self, number: int, wanted: int) -> list[PulsePoint]:
        """All points of a channel; one more is asked for, so that too many would show."""
        points: list[PulsePoint] = []
        while wanted:
            asked = min(wanted + 1 - len(points), MAX_POINTS_IN_REPLY)
            query = pulse_card.data_block(number, len(points), asked)
            block = self._wire.query(query, lambda reply: pulse_card.data(reply, number))
            points += block
            if not block or len(points) > wanted:
                break
            if len(points) == wanted and len(block) < asked:
                break
        if len(points) != wanted:
            # After a test that did not start, the error says more than the number.
            self._check()
            raise ReplyError(f"the pulse card sent {len(points)} points where {wanted} were due")
        return points


def _ends(test: PulseTest, points: Sequence[PulsePoint]) -> Sequence[float]:
    """When the readings ended (s after the start of the test).

    A pulse sweep pauses for a time that nobody tells, so the card's own stamps say when its pulses
    came; what they count from is unverified, and if they do not grow they are not believed.
    """
    stamps = [point.time for point in points]
    if test.pauses and all(later > earlier for earlier, later in pairwise(stamps)):
        return [test.ends[0] + stamp - stamps[0] for stamp in stamps]
    return test.ends
