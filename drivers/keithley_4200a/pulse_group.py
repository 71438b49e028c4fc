"""The pulse-card channels of a bench: they play tests and go off. Sends only what changed."""

from collections.abc import Sequence

from mho.clock import Clock
from mho.drivers.keithley_4200a import segment_arb as text
from mho.drivers.keithley_4200a.pulse_program import PulseTest
from mho.drivers.keithley_4200a.ranges import MAX_POINTS_IN_REPLY
from mho.drivers.keithley_4200a.segment_arb import PulsePoint
from mho.drivers.keithley_4200a.settings import PulseTerminal
from mho.drivers.keithley_4200a.waiting import polls
from mho.drivers.keithley_4200a.wire import Wire
from mho.errors import InstrumentTimeout, ReplyError
from mho.quantities import SECOND
from mho.readings import Reading

_SLACK = 10.0
"""Seconds that a test may take beyond its nominal duration."""


class PulseGroup:
    """The pulse-card channels wired to terminals, all on one wire."""

    def __init__(self, wire: Wire, clock: Clock, terminals: Sequence[PulseTerminal]) -> None:
        self._wire = wire
        self._clock = clock
        self._terminals = terminals
        self._sent: dict[tuple[int, str], list[str]] = {}
        self._ready = False

    def forget(self) -> None:
        """What the pulse cards are set to is not known (any more)."""
        self._sent.clear()
        self._ready = False

    def prepare(self) -> None:
        """Segment Arb mode, RPMs in pulse mode; the outputs stay off until the first test.

        Raises
        ------
        InstrumentError, ConnectionFailed
            As the wire.
        """
        self._sent.clear()
        messages = [text.SEGMENT_MODE]
        for terminal in self._terminals:
            if terminal.rpm:
                messages.append(text.rpm(terminal.channel, text.RPM_PULSE))
            messages.append(text.load(terminal.number, terminal.load))
        for message in messages:
            self._wire.tell(message)
        self._wire.check(" | ".join(messages))
        self._ready = True

    def play(self, tests: Sequence[PulseTest]) -> list[Reading]:
        """Play tests one after the other; the last level of each is 0 V.

        A test of which nothing changed costs five messages, and one for each 2048 points.
        """
        readings: list[Reading] = []
        first_name = 1
        for test in tests:
            self._set_up(test, first_name)
            first_name += len(test.parts[0].sequences)
            self._wire.tell(text.EXECUTE)
            start = self._clock.now()
            self._wait(test)
            points = self._fetch(test.parts[0].number, len(test.ends))
            self._wire.check(text.EXECUTE)
            readings += [
                Reading(
                    start + end, point.voltage, point.current, point.in_compliance, point.status
                )
                for end, point in zip(test.ends, points, strict=True)
            ]
        return readings

    def stop(self) -> None:
        """End a test that may be running; its outputs go off (manual p. 7-4)."""
        if self._ready:
            self._wire.tell(text.ABORT)
        self.forget()

    def switch_off(self, terminal: PulseTerminal) -> None:
        """Switch one output off, at once; its RPM stays in pulse mode, cut off from any SMU.

        Raises
        ------
        InstrumentError, ConnectionFailed
            It could not be told, or the 4200A refused.
        """
        self._sent.pop((terminal.number, "OUTPUT"), None)
        self._wire.tell(text.output(terminal.number, on=False))
        if terminal.rpm:
            self._wire.tell(text.rpm(terminal.channel, text.RPM_PULSE))
        self._wire.check(f"to switch {terminal.channel} off")

    def _set_up(self, test: PulseTest, first_name: int) -> None:
        played = {part.number: part.sequences for part in test.parts}
        wanted = text.waveforms(played, first_name)
        for part in test.parts:
            number = part.number
            wanted[number, "V"] = [text.voltage_range(number, part.voltage_range)]
            wanted[number, "I"] = [text.current_range(number, part.current_range)]
            wanted[number, "OUTPUT"] = [text.output(number, on=True)]
        changed = {key: lines for key, lines in wanted.items() if self._sent.get(key) != lines}
        for key, lines in changed.items():
            self._sent.pop(key, None)
            for line in lines:
                self._wire.tell(line)
        if changed:
            self._wire.check(" | ".join(line for lines in changed.values() for line in lines))
            self._sent.update(changed)

    def _wait(self, test: PulseTest) -> None:
        longest = 2 * test.duration + _SLACK
        for _ in polls(self._clock, test.duration, longest):
            if not self._wire.ask(text.RUNNING, text.running):
                return
        raise InstrumentTimeout(
            f"a pulse test of {SECOND.show(test.duration)} has not ended within "
            f"{SECOND.show(longest)}"
        )

    def _fetch(self, number: int, wanted: int) -> list[PulsePoint]:
        if not wanted:
            return []
        found = self._wire.ask(text.data_count(number), text.count)
        if found != wanted:
            # After a test that did not start, the error says more than the number.
            self._wire.check(text.EXECUTE)
            raise ReplyError(f"the pulse card has {found} points where {wanted} were asked for")
        points: list[PulsePoint] = []
        while len(points) < wanted:
            query = text.data_block(number, len(points), wanted - len(points))
            block = self._wire.ask(query, lambda reply: text.data(reply, number))
            if not 0 < len(block) <= MAX_POINTS_IN_REPLY:
                raise ReplyError(f"{query} brought {len(block)} points")
            points += block
        if len(points) != wanted:
            raise ReplyError(f"the pulse card sent {len(points)} points where {wanted} were due")
        return points
