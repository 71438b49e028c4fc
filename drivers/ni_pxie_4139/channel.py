"""One SMU at one terminal: holds a level, plays programs, goes off. Sends only what changed."""

from itertools import count
from math import ceil
from typing import Any

from mho.bench import InstrumentIdentity
from mho.clock import Clock
from mho.drivers.ni_pxie_4139.connection import Connection
from mho.drivers.ni_pxie_4139.program import Point, Program, Step
from mho.drivers.ni_pxie_4139.ranges import MODELS, current_range, voltage_range
from mho.drivers.ni_pxie_4139.session import (
    FAULTS,
    SENSE,
    SEQUENCE,
    SEQUENCE_DONE,
    SINGLE_POINT,
    TIMEOUTS,
    DriverError,
    Measurement,
    SmuSession,
    switch_off,
)
from mho.drivers.ni_pxie_4139.settings import Smu, wrong_model
from mho.errors import (
    ConnectionFailed,
    InstrumentTimeout,
    MhoError,
    ReplyError,
    SettingsError,
    UnsafeStateError,
)
from mho.readings import Reading

SLICE = 0.1
"""Longest wait in one go (s): the time after which Ctrl-C is honoured at the latest."""

_SLICES_BETWEEN_CHECKS = 600
"""Slices after which a long sequence is looked at."""

_KEPT_SEQUENCES = 16

_UNIFORM_SETTINGS = ("voltage_level_range", "current_limit_range", "current_limit", "aperture_time")
"""What all steps of a uniform program share."""

_NO_CONNECTION: tuple[type[Exception], ...] = (MhoError, *FAULTS)


class Channel:
    """One SMU at one terminal. Faults of NI's client pass through as they come (`FAULTS`).

    ``set_sequence`` and advanced sequences must not be mixed on one channel in one session (NI,
    Sequence Source Mode), so going from one family to the other takes a new session.
    """

    def __init__(self, terminal: str, smu: Smu, connection: Connection) -> None:
        self.where = f"terminal {terminal} ({smu.resource})"
        self._terminal = terminal
        self._smu = smu
        self._connection = connection
        self._session: SmuSession | None = None
        self._sequence_names = (f"mho{number}" for number in count(1))
        self._is_uniform: bool | None = None
        self._forget_settings()

    def open(self, target: str) -> InstrumentIdentity:
        """Open the session, switch the output off, and see that it is the SMU expected.

        ``target`` is where it is, in the words of the bench file; it goes into the identity.

        Raises
        ------
        ConnectionFailed
            No session can be had.
        ReplyError
            It does not say what it is.
        SettingsError
            It is another model.
        """
        session = self._connect()
        found, wanted = session.instrument_model, MODELS[self._smu.model].instrument_model
        if not found:
            raise ReplyError(f"{self.where} did not say what it is; open the bench again")
        if found != wanted:
            raise SettingsError([wrong_model(self._terminal, self._smu, found)])
        return InstrumentIdentity(
            terminal=self._terminal,
            model=found,
            serial=session.serial_number,
            address=f"{self._smu.resource} at {target}",
            firmware=session.instrument_firmware_revision,
        )

    def hold(self, level: float, compliance: float) -> None:
        """Source ``level`` limited to ``compliance`` from now on, the output switched on.

        Both must lie within the ranges of the SMU.
        """
        session = self._require_session()
        self._stop()
        if self._is_uniform is False:
            # Else the settings below would go to a step of the advanced sequence.
            self._set("active_advanced_sequence", "")
        self._set("source_mode", SINGLE_POINT)
        self._set("voltage_level_range", voltage_range(level))
        self._set("current_limit_range", current_range(compliance))
        self._set("current_limit", compliance)
        self._set("voltage_level", level)
        self._set_output_on()
        session.initiate()
        self._holding = True

    def play(self, program: Program, level: float | None, clock: Clock) -> tuple[Reading, ...]:
        """Play ``program``, its first step at ``level`` if one is given; the readings it makes.

        Five exchanges once the program is loaded: level, initiate, wait, fetch, abort; four if
        the level is the same as last time. Readings are stamped from the moment before initiate;
        the delay until the hardware starts is not known.
        """
        if program is not self._active:
            self._load(program)
        session = self._session or self._require_session()
        if level is not None and level != self._levels[program]:
            session.voltage_level = level
            self._levels[program] = level
        start = clock.now()
        session.initiate()
        self._wait(session, clock)
        readings: tuple[Reading, ...] = ()
        if program.points:
            # Never before the end: a fetch blocks in the server and could not be interrupted.
            measured = session.fetch_multiple(self._measurements)
            if len(measured) != self._measurements:
                raise ReplyError(
                    f"{self.where} gave {len(measured)} of {self._measurements} measurements"
                )
            readings = tuple(
                [_reading(self._terminal, start, point, measured) for point in program.points]
            )
        # Output stays on at the level of the last step, which is 0 V.
        session.abort()
        return readings

    def off(self) -> None:
        """Switch the output off, over a new session if this one is lost.

        Raises
        ------
        UnsafeStateError
            It may still be on.
        """
        if self._session is None:
            return
        self._forget_settings()
        try:
            switch_off(self._session)
        except FAULTS as first:
            try:
                self._connect()
            except _NO_CONNECTION as second:
                raise UnsafeStateError(
                    f"the output at {self.where} could not be switched off ({first}), nor over a "
                    f"new connection to {self._connection.place} ({second})"
                ) from second

    def close(self) -> None:
        """Close the session; call `off` before, for NI leaves the output on."""
        session, self._session = self._session, None
        if session is not None:
            try:
                session.close()
            except FAULTS:
                # The output is off, and a session that is lost needs no closing.
                return

    def _connect(self) -> SmuSession:
        self._forget_settings()
        self._is_uniform = None
        self._session = session = self._connection.open(self._smu.resource)
        session.reset()
        return session

    def _require_session(self) -> SmuSession:
        if self._session is None:
            raise ConnectionFailed(f"{self.where} is not connected; open the bench with `with`")
        return self._session

    def _forget_settings(self) -> None:
        """Know nothing of what the session was sent."""
        self._sent: dict[str, Any] = {}
        self._sequences: dict[Program, str] = {}
        self._levels: dict[Program, float] = {}
        self._active: Program | None = None
        self._holding = False

    def _set(self, name: str, value: Any) -> None:
        if self._sent.get(name) != value:
            setattr(self._session, name, value)
            self._sent[name] = value

    def _set_output_on(self) -> None:
        self._set("sense", SENSE[self._smu.sense])
        self._set("output_enabled", True)

    def _stop(self) -> None:
        self._active = None
        if self._holding:
            self._require_session().abort()
            self._holding = False

    def _load(self, program: Program) -> None:
        session = self._require_session()
        self._stop()
        if self._is_uniform is (not program.uniform):
            switch_off(session)
            session.close()
            session = self._connect()
        self._is_uniform = program.uniform
        self._set("source_mode", SEQUENCE)
        if program.uniform:
            self._load_uniform(session, program)
        else:
            self._load_advanced(session, program)
        self._set("sequence_loop_count", program.loops)
        self._set_output_on()
        self._measurements = program.measurements
        self._duration = program.duration
        self._active = program

    def _load_uniform(self, session: SmuSession, program: Program) -> None:
        # A level held before may not fit into the range of the sequence.
        self._set("voltage_level", 0.0)
        for setting in _UNIFORM_SETTINGS:
            self._set(setting, getattr(program.steps[0], setting))
        session.set_sequence(
            [step.voltage_level for step in program.steps],
            [step.source_delay for step in program.steps],
        )

    def _load_advanced(self, session: SmuSession, program: Program) -> None:
        name = self._sequences.get(program)
        if name is not None:
            self._set("active_advanced_sequence", name)
        else:
            if len(self._sequences) >= _KEPT_SEQUENCES:
                oldest = next(iter(self._sequences))
                session.delete_advanced_sequence(self._sequences.pop(oldest))
                del self._levels[oldest]
            name = next(self._sequence_names)
            session.create_advanced_sequence(name, Step._fields, True)
            self._sent["active_advanced_sequence"] = name
            for step in program.steps:
                session.create_advanced_sequence_step(True)
                for setting, value in zip(Step._fields, step, strict=True):
                    setattr(session, setting, value)
            self._sequences[program] = name
            self._levels[program] = program.steps[0].voltage_level
        session.active_advanced_sequence_step = 0

    def _wait(self, session: SmuSession, clock: Clock) -> None:
        # A sleep costs no exchange; a look now and then finds a server that died in a long hold.
        slices = int(self._duration / SLICE)
        while slices > 0:
            for _ in range(min(slices, _SLICES_BETWEEN_CHECKS)):
                clock.sleep(SLICE)
            if _is_done(session):
                return
            slices -= _SLICES_BETWEEN_CHECKS
        for _ in range(ceil((0.5 * self._duration + 5.0) / SLICE)):
            if _is_done(session):
                return
        raise InstrumentTimeout(
            f"{self.where}: a sequence of {self._duration:g} s had not ended after "
            f"{1.5 * self._duration + 5.0:g} s"
        )


def _is_done(session: SmuSession) -> bool:
    try:
        session.wait_for_event(SEQUENCE_DONE, SLICE)
    except DriverError as error:
        if error.code in TIMEOUTS:
            return False
        raise
    return True


def _reading(terminal: str, start: float, point: Point, measured: Any) -> Reading:
    first, number, end = point
    if number == 1:
        one: Measurement = measured[first]
        return Reading(start + end, one.voltage, one.current, one.in_compliance, "", terminal)
    window = measured[first : first + number]
    return Reading(
        start + end,
        sum(one.voltage for one in window) / number,
        sum(one.current for one in window) / number,
        any(one.in_compliance for one in window),
        terminal=terminal,
    )
