"""The SMUs of a bench: they hold levels, play programs and go off. Sends only what changed."""

from collections.abc import Collection, Mapping, Sequence

from mho.clock import Clock
from mho.drivers.keithley_4200a.codec import source_measure as text
from mho.drivers.keithley_4200a.codec.source_measure import Constant, Measurement
from mho.drivers.keithley_4200a.codec.system_mode import LevelSweep, Sampling
from mho.drivers.keithley_4200a.compiler.smu_program import Step, Steps
from mho.drivers.keithley_4200a.conversation.system_tests import SystemTests
from mho.drivers.keithley_4200a.conversation.waiting import wait_until
from mho.drivers.keithley_4200a.conversation.wire import Wire
from mho.drivers.keithley_4200a.ranges import source_range
from mho.errors import ReplyError
from mho.quantities import AMPERE, VOLT
from mho.readings import Reading
from mho.stimuli import RETURN_TO_ZERO, Source

_OFF_COMPLIANCE = 1e-3
"""Limit at 0 V on the way off (A): enough to empty a cable, and what every SMU can do."""

_UNKNOWN = Constant(0, 0.0, 0.0)

_LOWEST_READABLE_LEVEL = 1e-3
"""A level from which on an SMU that sources it cannot read exactly 0 V (V; ours, unverified)."""


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
        self._wired = wired
        self._preamps = preamps
        self._driven: dict[int, Constant] = {}  # and those that are known to be off
        self._tests = SystemTests(wire, clock, present)
        self.forget_settings()

    def forget_settings(self) -> None:
        """What the 4200A is set to is not known (any more)."""
        self._tests.forget()
        self._forget_user_mode()

    def _forget_user_mode(self) -> None:
        self._plc: float | None = None
        self._floors: dict[int, float] = {}
        self._in_user_mode = False

    def hold(self, levels: Sequence[Constant], after: str = "") -> None:
        """Source these levels from now on, in this order, or be off; one message, one for errors.

        What is to be off comes to 0 first. None if all of it is off already. ``after`` says what
        else the error, if there is one, may be about.

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
        self._wire.check_errors(f"{after}{message}")
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

        Two messages a level that is read, one for any other, one for the error at the end.
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

        Seven messages, if the 4200A took the set-up of the test before.
        """
        self._forget_user_mode()
        setup, start = self._tests.prepare(number, test, held)
        self._driven[number] = Constant(number, _largest(test), test.compliance, test.source)
        for stepped in _stepper_at_zero(test):
            self._driven[stepped.number] = stepped
        taken = self._tests.run(number, test, setup, start)
        self._plc = test.plc
        if test.current_floor is not None:
            self._floors[number] = test.current_floor
        self.hold([rest, *_stepper_at_zero(test), *held], after="a test of system mode, then ")
        wait_until(self._clock, self._clock.now() + RETURN_TO_ZERO)
        readings = [
            Reading(
                taken.times[index],
                voltage.value,
                current.value,
                text.in_compliance(current.status, voltage.status),
                f"{current.status} {voltage.status}",
                self._wired[number],
            )
            for index in test.wanted
            if index < len(taken.points)
            for current, voltage in [taken.points[index]]
        ]
        _check_interlock(test, readings)
        return readings

    def stop(self) -> None:
        """End a test that may be running; then the SMUs listen to user mode again."""
        self.forget_settings()
        self._tests.stop()

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
        """What is not sourced is measured, and stamped; what is sourced is known, out of limits.

        So it is measured only if ``reads_both`` and the SMU tells anything but a normal reading.
        """
        number, level = smu.number, smu.level
        terminal, sources_voltage = self._wired[number], smu.source is Source.VOLTAGE
        measure_first, measure_second = self._current, self._voltage
        if not sources_voltage:
            measure_first, measure_second = measure_second, measure_first
        first = measure_first(number)
        moment = self._clock.now()
        is_known = not reads_both or text.is_normal(first.status)
        # Nothing at all: it does not conduct, or is a short, or the interlock is open.
        if is_known and (first.value or not level):
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
        self._tests.note_reading()
        return self._wire.query(query, lambda reply: text.current_reading(reply, number))

    def _voltage(self, number: int) -> Measurement:
        query = text.voltage_query(number)
        return self._wire.query(query, lambda reply: text.voltage_reading(reply, number))


def _stepper_at_zero(test: LevelSweep | Sampling) -> list[Constant]:
    """The stepped SMU, if there is one, at 0 V."""
    stepper = test.stepper if isinstance(test, LevelSweep) else None
    return [] if stepper is None else [Constant(stepper.number, 0.0, stepper.compliance)]


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
