"""The pulse-card channels of a bench: they play tests and go off. Sends only what changed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from mho.clock import Clock
from mho.drivers.keithley_4200a.codec import pulse_card, segment_arb, standard_pulses
from mho.drivers.keithley_4200a.codec.pulse_card import PulsePoint
from mho.drivers.keithley_4200a.compiler.pulse_channels import SEGMENTS, PulseTest
from mho.drivers.keithley_4200a.conversation.waiting import SLICE, polls, wait_until
from mho.drivers.keithley_4200a.conversation.wire import Wire
from mho.drivers.keithley_4200a.ranges import MAX_POINTS_IN_REPLY, MAX_SEGMENTS, MAX_SEQUENCES
from mho.drivers.keithley_4200a.settings import PulseTerminal
from mho.errors import InstrumentTimeout, ReplyError
from mho.quantities import SECOND
from mho.readings import Reading

Settings = Mapping[tuple[int, str], list[str]]

_EXTRA_TIME = 10.0
"""Seconds that a test may take beyond its nominal duration."""


class PulseGroup:
    """The pulse-card channels wired to terminals, all on one wire."""

    def __init__(self, wire: Wire, clock: Clock, terminals: Mapping[str, PulseTerminal]) -> None:
        self._wire = wire
        self._clock = clock
        self._terminals = tuple(terminals.values())
        self._wired = {terminal.number: name for name, terminal in terminals.items()}
        self._sent: dict[tuple[int, str], list[str]] = {}
        self._stored: dict[tuple[int, int], int] = {}
        self._kind = ""

    def forget_settings(self) -> None:
        """What the pulse cards are set to is not known (any more)."""
        self._sent.clear()
        self._stored.clear()
        self._kind = ""

    def prepare(self) -> None:
        """Segment Arb mode, RPMs in pulse mode; the outputs stay off until the first test.

        Raises
        ------
        InstrumentError, ConnectionFailed
            As the wire.
        """
        self._initialise(SEGMENTS, {})

    def play(self, tests: Sequence[PulseTest]) -> list[Reading]:
        """Play tests one after the other; the last level of each is 0 V.

        A test of which nothing changed costs four messages, one more for each further channel that
        is read, and one more for each 2048 points. One
        of another kind than the last begins all settings anew, and so does one whose sequences
        would not find room beside those that are stored.
        """
        readings: list[Reading] = []
        first_name = 1
        for test in tests:
            first_name = self._load(test, first_name)
            self._wire.send(pulse_card.EXECUTE)
            start = self._clock.now()
            self._wait_for_end(test)
            fetched = {
                number: iter(self._fetch(number, count))
                for number, count in Counter(test.read_by).items()
            }
            points = [next(fetched[number]) for number in test.read_by]
            self._wire.check_errors(pulse_card.EXECUTE)
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
        return readings

    def stop(self) -> None:
        """End a test that may be running; its outputs go off (manual p. 7-4)."""
        if self._kind:
            self._wire.send(pulse_card.ABORT)
        self.forget_settings()

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

    def _load(self, test: PulseTest, first_name: int) -> int:
        """Set everything up for a test; the next free name of a sequence."""
        if first_name + test.longest > MAX_SEQUENCES + 1:
            first_name = 1
        wanted = _settings(test, first_name)
        stored = {
            (number, name): len(sequence.segments)
            for number, sequences in test.sequences.items()
            for name, sequence in enumerate(sequences, start=first_name)
        }
        if test.kind == self._kind and self._has_room(stored):
            self._send(_changed(wanted, self._sent))
        else:
            self._initialise(test.kind, wanted)
        self._stored |= stored
        return first_name + test.longest

    def _has_room(self, new: Mapping[tuple[int, int], int]) -> bool:
        """Whether segments find room; that sequences of earlier tests take some is unverified."""
        stored = {**self._stored, **new}
        return all(
            sum(length for (of, _), length in stored.items() if of == number) <= MAX_SEGMENTS
            for number in {number for number, _ in new}
        )

    def _initialise(self, kind: str, wanted: Settings) -> None:
        """Begin all settings anew, outputs off on the way; whether INIT does that is unverified."""
        messages = [
            pulse_card.output(terminal.number, on=False)
            for terminal in self._terminals
            if (terminal.number, "OUTPUT") in self._sent
        ]
        messages.append(pulse_card.SEGMENT_MODE if kind == SEGMENTS else pulse_card.STANDARD_MODE)
        known = dict(standard_pulses.AFTER_INIT)
        for terminal in self._terminals:
            if terminal.rpm:
                messages.append(pulse_card.rpm(terminal.channel, pulse_card.RPM_PULSE))
            messages.append(pulse_card.load(terminal.number, terminal.load))
            known[terminal.number, "V"] = [
                pulse_card.voltage_range(terminal.number, 10.0)
            ]  # p. 7-24
        self.forget_settings()
        self._send({(0, "BEGIN"): messages, **_changed(wanted, known)})
        self._sent = {**known, **self._sent}
        self._kind = kind

    def _send(self, changed: Settings) -> None:
        """Send settings and see that they were taken; what is not known to be is forgotten."""
        if not changed:
            return
        for key in changed:
            self._sent.pop(key, None)
        lines = [line for lines in changed.values() for line in lines]
        for line in lines:
            self._wire.send(line)
        self._wire.check_errors(" | ".join(lines))
        self._sent |= changed

    def _wait_for_end(self, test: PulseTest) -> None:
        expected, longest = test.duration, 2 * test.duration + _EXTRA_TIME
        if expected <= SLICE:  # not worth asking whether it began
            wait_until(self._clock, self._clock.now() + expected)
            expected = 0.0
        for _ in polls(self._clock, expected, longest):
            if not self._wire.query(pulse_card.RUNNING, pulse_card.running):
                return
        raise InstrumentTimeout(
            f"a pulse test of {SECOND.show(test.duration)} has not ended within "
            f"{SECOND.show(longest)}"
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
            self._wire.check_errors(pulse_card.EXECUTE)
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


@lru_cache(maxsize=16)  # the reads of a closed loop are all alike
def _settings(test: PulseTest, first_name: int) -> Settings:
    if test.sequences:
        found = segment_arb.waveforms(test.sequences, first_name)
    else:
        found = standard_pulses.settings(test.pulses)
    for part in test.parts:
        number = part.number
        found[number, "V"] = [pulse_card.voltage_range(number, part.voltage_range)]
        found[number, "I"] = [pulse_card.current_range(number, part.current_range)]
        found[number, "OUTPUT"] = [pulse_card.output(number, on=True)]
    return found


def _changed(wanted: Settings, known: Settings) -> Settings:
    return {key: lines for key, lines in wanted.items() if known.get(key) != lines}
