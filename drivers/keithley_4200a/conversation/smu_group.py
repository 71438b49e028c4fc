"""The SMUs of a bench: they hold levels, play programs and go off. Sends only what changed."""

from collections.abc import Collection, Mapping, Sequence

from mho.clock import Clock
from mho.drivers.keithley_4200a.codec import source_measure as text
from mho.drivers.keithley_4200a.codec.source_measure import Constant, Measurement
from mho.drivers.keithley_4200a.codec.system_mode import LevelSweep, Sampling, messages
from mho.drivers.keithley_4200a.compiler.smu_program import Step, Steps
from mho.drivers.keithley_4200a.conversation.waiting import polls, wait_until
from mho.drivers.keithley_4200a.conversation.wire import Wire
from mho.drivers.keithley_4200a.ranges import source_range
from mho.errors import CommandRejected, InstrumentTimeout, ReplyError
from mho.quantities import AMPERE, SECOND, VOLT
from mho.readings import Reading
from mho.stimuli import RETURN_TO_ZERO, Source

_EXTRA_TIME_PER_POINT = 1.0
"""Seconds that a point may take beyond its nominal time; 0.1 s has been reported."""

_EXTRA_TIME = 10.0
_OFF_COMPLIANCE = 1e-3
"""Limit at 0 V on the way off (A): enough to empty a cable, and what every SMU can do."""

_UNKNOWN = Constant(0, 0.0, 0.0)

_MAX_TIMES_MISSED = 2
"""So often in a row the 4200A may fail to tell times before it is not asked any more."""

_LOWEST_READABLE_LEVEL = 1e-3
"""A level from which on an SMU that sources it cannot read exactly 0 V (V; ours, unverified)."""

_ABORT_TIME = 5.0
"""Seconds that an aborted test may take to stop."""


class SmuGroup:
    """The SMUs on one wire, each known by its number.

    ``present`` are the numbers of all SMUs in the mainframe: those not ``wired`` to a terminal are
    kept out of the tests of system mode. ``preamps`` are the numbers of those with a preamp.
    """

    def __init__(
        self,
        wire: Wire,
        clock: Clock,
        present: Sequence[int],
        wired: Mapping[int, str],
        preamps: Collection[int] = (),
    ) -> None:
        self._wire = wire
        self._clock = clock
        self._present = present
        self._wired = wired
        self._preamps = preamps
        self._driven: dict[int, Constant] = {}  # and those that are known to be off
        self._times_missed = 0
        self._testing = False
        self.forget_settings()

    def forget_settings(self) -> None:
        """What the 4200A is set to is not known (any more)."""
        self._plc: float | None = None
        self._floors: dict[int, float] = {}
        self._in_user_mode = False

    def hold(self, levels: Sequence[Constant]) -> None:
        """Source these levels from now on, in this order, or be off; one message.

        What is to be off comes to 0 first. None if all of it is off already.

        Raises
        ------
        InstrumentError, ConnectionFailed
            As the wire; outputs may be on.
        """
        commands = [command for smu in levels for command in self._commands(smu)]
        if not commands:
            return
        if not self._in_user_mode:
            commands.insert(0, text.USER_MODE)
        message = ";".join(commands)
        on = {smu.number: smu for smu in levels if smu.source is not Source.OPEN}
        self._driven |= on
        self._wire.send(message)
        self._in_user_mode = True
        self._wire.check_errors(message)
        self._driven |= {smu.number: smu for smu in levels}

    def _commands(self, smu: Constant) -> list[str]:
        if smu.source is not Source.OPEN:
            return [self._source_message(smu)]
        before = self._driven.get(smu.number)
        if before is None:  # since the 4200A was reset
            return [text.output_off(smu.number)]
        if before.source is Source.OPEN:
            return []
        zero = [self._source_message(before._replace(level=0.0))] if before.level else []
        return [*zero, text.output_off(smu.number)]

    def _source_message(self, smu: Constant) -> str:
        span = source_range(smu.source, smu.level, smu.number in self._preamps)
        return text.source(smu, span)

    def play_steps(self, number: int, program: Steps, amplitude: float | None) -> list[Reading]:
        """Play levels in user mode; ``amplitude`` stands in for the level of the first.

        Two messages a level that is read, three where voltage and current are, one for any other,
        one for the error at the end.
        """
        wire, clock = self._wire, self._clock
        readings: list[Reading] = []
        sent: list[str] = []
        last = len(program.steps) - 1
        for index, step in enumerate(program.steps):
            if program.stops and index < last and readings and readings[-1].in_compliance:
                continue
            level = amplitude if amplitude is not None and index == 0 else step.level
            smu = Constant(number, level, step.compliance, program.source)
            self._driven[number] = smu
            sent.append(self._step_message(smu, step, program.span))
            wire.send(sent[-1])
            start = clock.now()
            if step.read_after is not None:
                wait_until(clock, start + step.read_after)
                readings.append(self._reading(smu, step.reads_both, sent))
            wait_until(clock, start + step.duration)
        wire.check_errors(" | ".join(sent))
        return readings

    def play_test(
        self, number: int, test: LevelSweep | Sampling, held: Sequence[Constant], rest: Constant
    ) -> list[Reading]:
        """Play one test of system mode with the other SMUs held, then come back to user mode.

        An SMU that is off takes no part in it. ``rest`` is how the one that is driven goes on. On
        the way from mode to mode the outputs may leave their levels (unverified).
        """
        wire = self._wire
        self.forget_settings()
        setup = messages(number, test, held, self._present)
        for message in setup:
            wire.send(message)
        wire.check_errors(f"the set-up of a test: {' | '.join(setup)}")
        set_before = wire.query(text.STATUS, text.status_byte) & (
            text.SYNTAX_ERROR | text.SERVICE_REQUEST
        )
        wire.send("MD")
        self._testing = True
        self._driven[number] = Constant(number, _largest(test), test.compliance, test.source)
        for stepped in _stepper_at_zero(test):
            self._driven[stepped.number] = stepped
        wire.send("ME1")
        start = self._clock.now()
        self._wait_for_end(test, set_before)
        self._testing = False
        end = self._clock.now()
        currents = wire.query(text.column_query(f"I{number}"), text.points)
        voltages = wire.query(text.column_query(f"V{number}"), text.points)
        wire.check_errors("a test of system mode")
        points = list(zip(currents, voltages, strict=False))
        _check_complete(test, len(currents), len(voltages), points)
        times = self._times(number, len(points), end - start)
        self._plc = test.plc
        if test.current_floor is not None:
            self._floors[number] = test.current_floor
        self.hold([rest, *_stepper_at_zero(test), *held])
        wait_until(self._clock, self._clock.now() + RETURN_TO_ZERO)
        readings = [
            Reading(
                start + times[index],
                voltage.value,
                current.value,
                text.in_compliance(current.status, voltage.status),
                f"{current.status} {voltage.status}",
                self._wired[number],
            )
            for index in test.wanted
            if index < len(points)
            for current, voltage in [points[index]]
        ]
        _check_interlock(test, readings)
        return readings

    def stop(self) -> None:
        """End a test that may be running; then the SMUs listen to user mode again."""
        self.forget_settings()
        if not self._testing:
            return
        self._wire.send(text.ABORT)
        for _ in polls(self._clock, 0.0, _ABORT_TIME):
            if not self._wire.query(text.STATUS, text.status_byte) & text.BUSY:
                self._testing = False
                return
        raise InstrumentTimeout(f"the 4200A is still busy {_ABORT_TIME:g} s after {text.ABORT}")

    def bring_to_zero(self, number: int) -> None:
        """Bring one SMU to 0 V on the way off, or to 0 A if that is what it sources.

        One that is off already stays so.

        Raises
        ------
        InstrumentError, ConnectionFailed
            A message could not be sent, or the 4200A refused.
        """
        self._enter_user_mode()
        zero, before = Constant(number, 0.0, _OFF_COMPLIANCE), self._driven.get(number, _UNKNOWN)
        if before.source is Source.OPEN:
            return
        if before.source is Source.CURRENT:
            zero = before._replace(level=0.0)
        self._wire.send(self._source_message(zero))

    def switch_off(self, number: int) -> None:
        """Switch the output of one SMU off; `bring_to_zero` comes before.

        Raises
        ------
        InstrumentError, ConnectionFailed
            A message could not be sent, or the 4200A refused.
        """
        self._enter_user_mode()
        self._wire.send(text.output_off(number))
        self._wire.check_errors(f"to switch SMU{number} off")
        self._driven[number] = Constant(number, 0.0, 0.0, Source.OPEN)

    def voltage(self, number: int) -> float:
        """What stands at an SMU (V), whoever left it there."""
        self._enter_user_mode()
        return self._voltage(number).value

    def _enter_user_mode(self) -> None:
        if not self._in_user_mode:
            self._wire.send(text.USER_MODE)
            self._in_user_mode = True

    def _step_message(self, smu: Constant, step: Step, span: int) -> str:
        number, message = smu.number, text.source(smu, span)
        if step.read_after is None:
            return message
        if self._plc != step.plc:
            message = f"{text.integration(step.plc)};{message}"
            self._plc = step.plc
        floor = step.current_floor
        if floor is not None and self._floors.get(number) != floor:
            message = f"{text.current_floor(number, floor)};{message}"
            self._floors[number] = floor
        return message

    def _reading(self, smu: Constant, reads_both: bool, sent: Sequence[str]) -> Reading:
        """What is not sourced is measured first, and stamped."""
        number, level = smu.number, smu.level
        terminal, sources_voltage = self._wired[number], smu.source is Source.VOLTAGE
        measure_first, measure_second = self._current, self._voltage
        if not sources_voltage:
            measure_first, measure_second = measure_second, measure_first
        first = measure_first(number)
        moment = self._clock.now()
        # Nothing at all: it does not conduct, or is a short, or the interlock is open.
        if not reads_both and (first.value or not level):
            limited = text.in_compliance(first.status)
            # Out of compliance the SMU holds its level; in compliance nobody knows what it gives.
            given = float("nan") if limited else level
            voltage, current = (given, first.value) if sources_voltage else (first.value, given)
            return Reading(moment, voltage, current, limited, first.status, terminal)
        second = measure_second(number)
        voltage, current = (
            (second.value, first.value) if sources_voltage else (first.value, second.value)
        )
        limited = text.in_compliance(first.status, second.status)
        status = f"{first.status} {second.status}"
        reading = Reading(moment, voltage, current, limited, status, terminal)
        if _is_interlocked(smu.source, level, reading):
            self._wire.check_errors(" | ".join(sent))
            raise _interlock_error(smu.source, level)
        return reading

    def _current(self, number: int) -> Measurement:
        query = text.current_query(number)
        return self._wire.query(query, lambda reply: text.current_reading(reply, number))

    def _voltage(self, number: int) -> Measurement:
        query = text.voltage_query(number)
        return self._wire.query(query, lambda reply: text.voltage_reading(reply, number))

    def _times(self, number: int, taken: int, took: float) -> Sequence[float]:
        """When the ``taken`` points were taken, seconds from the start.

        By the 4200A's own stamps if it gives them (that they count from the start of the test is
        unverified), else evenly spread over the time the test took.
        """
        if self._times_missed < _MAX_TIMES_MISSED:
            try:
                stamps = self._wire.query(text.column_query(f"V{number}T"), text.points)
            except (CommandRejected, ReplyError, InstrumentTimeout):
                stamps = []
            if len(stamps) == taken:
                self._times_missed = 0
                return [stamp.value for stamp in stamps]
            self._times_missed += 1
        return [took * (index + 1) / taken for index in range(taken)]

    def _wait_for_end(self, test: LevelSweep | Sampling, set_before: int) -> None:
        idle_before = False
        longest = 1.5 * test.duration + _EXTRA_TIME_PER_POINT * test.points + _EXTRA_TIME
        for due in polls(self._clock, test.duration, longest):
            status = self._wire.query(text.STATUS, text.status_byte) & ~set_before
            service = status & text.SERVICE_REQUEST and not status & text.READY
            if status & text.SYNTAX_ERROR or service:
                self._wire.check_errors("a test of system mode")
                raise CommandRejected(
                    f"the 4200A tells a syntax error (status byte {status}) while it measures, "
                    "but latched no error"
                )
            if not status & text.BUSY:
                # Data ready ends a test; whether a poll clears that bit over Ethernet is not
                # documented, so being idle twice after the end was due is taken as well.
                if status & text.READY or idle_before:
                    return
                idle_before = due
            else:
                idle_before = False
        raise InstrumentTimeout(
            f"a test of {test.points} points, nominally {SECOND.show(test.duration)}, has not "
            f"ended within {SECOND.show(longest)}"
        )


def _stepper_at_zero(test: LevelSweep | Sampling) -> list[Constant]:
    """The stepped SMU, if there is one, at 0 V."""
    stepper = test.stepper if isinstance(test, LevelSweep) else None
    return [] if stepper is None else [Constant(stepper.number, 0.0, stepper.compliance)]


def _check_complete(
    test: LevelSweep | Sampling,
    currents: int,
    voltages: int,
    points: Sequence[tuple[Measurement, Measurement]],
) -> None:
    """Only stop on compliance may end a test early, and only for the SMU that is measured."""
    if currents == voltages == test.points:
        return
    if isinstance(test, LevelSweep) and test.stops and 0 < currents == voltages < test.points:
        current, voltage = points[-1]
        if text.in_compliance(current.status, voltage.status):
            return
    raise ReplyError(
        f"the 4200A measured {currents} currents and {voltages} voltages where {test.points} "
        "points were asked for"
    )


def _largest(test: LevelSweep | Sampling) -> float:
    return test.level if isinstance(test, Sampling) else max(test.levels, key=abs)


def _check_interlock(test: LevelSweep | Sampling, readings: Sequence[Reading]) -> None:
    """With the interlock open, readings come back as zeros (manual p. 3-7)."""
    levels = (
        [test.level] * test.points
        if isinstance(test, Sampling)
        else [test.levels[index % len(test.levels)] for index in test.wanted]
    )
    for level, reading in zip(levels, readings, strict=False):
        if _is_interlocked(test.source, level, reading):
            raise _interlock_error(test.source, level)


def _is_interlocked(source: Source, level: float, reading: Reading) -> bool:
    """Whether zeros cannot be what the SMU gives. A voltmeter, of 0 A, may well read 0 V."""
    if reading.in_compliance or reading.voltage:
        return False
    if source is Source.VOLTAGE:
        return abs(level) >= _LOWEST_READABLE_LEVEL
    return level != 0 and reading.current == 0


def _interlock_error(source: Source, level: float) -> ReplyError:
    unit, read = (VOLT, "0 V") if source is Source.VOLTAGE else (AMPERE, "0 V and 0 A")
    return ReplyError(f"at {unit.show(level)} the SMU reads exactly {read}; is the interlock open?")
