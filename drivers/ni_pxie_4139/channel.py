"""One SMU at one terminal: holds a level, plays programs, goes off. Sends only what changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from math import ceil, isinf
from typing import Any

from mho.bench import InstrumentIdentity
from mho.clock import Clock
from mho.drivers.ni_pxie_4139.connection import Connection
from mho.drivers.ni_pxie_4139.kept_programs import needs_advanced, plays_either
from mho.drivers.ni_pxie_4139.program import Point, Program
from mho.drivers.ni_pxie_4139.ranges import MODELS
from mho.drivers.ni_pxie_4139.session import (
    AFTER_RESET,
    DEFAULTS,
    FAULTS,
    FUNCTIONS,
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
from mho.drivers.ni_pxie_4139.steps import (
    PROPERTIES,
    Step,
    level_range,
    limit_range,
    no_ranges,
)
from mho.errors import (
    ConnectionFailed,
    InstrumentTimeout,
    MhoError,
    ReplyError,
    SettingsError,
    UnsafeStateError,
)
from mho.readings import Reading
from mho.stimuli import Drive, Hold, Source, Stimulus

SLICE = 0.1
"""Longest wait in one go (s): the time after which Ctrl-C is honoured at the latest."""

_SLICES_BETWEEN_LOOKS = 600
"""Slices after which a long sequence is looked at."""

_STEPS_BETWEEN_LOOKS = 10_000
"""Steps after which it is looked at as well: no one exchange is to wait for more of them."""

_KEPT_SEQUENCES = 16

_NO_CONNECTION: tuple[type[Exception], ...] = (MhoError, *FAULTS)


@dataclass(slots=True)
class _Loaded:
    """A sequence in the SMU: its name, and the level of its first step as last sent."""

    name: str
    level: float


class Channel:
    """One SMU at one terminal. Faults of NI's client pass through as they come (`FAULTS`).

    ``rest`` is how the terminal stands while nothing drives it. Where that is open, the relay is
    open from the first exchange on and after the last one.

    ``set_sequence`` and advanced sequences must not be mixed on one channel in one session (NI,
    Sequence Source Mode), so going from one family to the other takes a new session. What both can
    play is played by the one at hand; but several readings in one hold after another, which an
    advanced sequence plays in two programs, are worth a new session.
    """

    _held: Drive | None

    def __init__(self, terminal: str, smu: Smu, connection: Connection, rest: Drive) -> None:
        self.where = f"terminal {terminal} ({smu.resource})"
        self._rest = rest
        self._rests_open = rest.source is Source.OPEN
        self._terminal = terminal
        self._smu = smu
        self._connection = connection
        self._session: SmuSession | None = None
        self._sequence_names = (f"mho{number}" for number in count(1))
        self._is_uniform: bool | None = None
        self._was_long_hold = False
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

    def hold(self, drive: Drive) -> None:
        """Drive the terminal so from now on, the output switched on; or open it.

        Raises
        ------
        LimitError
            The SMU has no range for the level or the limit; nothing was sent.
        """
        if drive.source is Source.OPEN:
            self._open_relay()
            return
        spans = level_range(drive.source, drive.level), limit_range(drive.source, drive.limit)
        if any(map(isinf, spans)):
            raise no_ranges(drive.source, drive.level, drive.limit)
        if self._held is not None and drive == self._held._replace(level=drive.level):
            before = level_range(drive.source, self._held.level)
            if spans[0] == before:  # applied at once while a single point runs (Programming States)
                self._set(PROPERTIES[drive.source].level, drive.level)
                self._held = drive
                return
        session = self._require_session()
        self._stop()
        if self._is_uniform is False:
            # Else the settings below would go to a step of the advanced sequence.
            self._set("active_advanced_sequence", "")
        self._set("source_mode", SINGLE_POINT)
        self._set("output_function", FUNCTIONS[drive.source])
        properties = PROPERTIES[drive.source]
        self._set(properties.level_range, spans[0])
        self._set(properties.limit_range, spans[1])
        self._set(properties.limit, drive.limit)
        self._set(properties.level, drive.level)
        self._set_output_on()
        self._may_run = True
        session.initiate()
        self._held = drive

    @property
    def sources_current(self) -> bool:
        """Whether the program played last does, so that the terminal is at 0 A now, not at rest."""
        return self._active is not None and self._active.source is Source.CURRENT

    def plays_advanced(self, stimulus: Stimulus) -> bool:
        """Whether the next stimulus is to be played by advanced sequences."""
        if not plays_either(stimulus):
            self._was_long_hold = False
            return needs_advanced(stimulus)
        is_long_hold = isinstance(stimulus, Hold) and stimulus.count > 1
        again, self._was_long_hold = is_long_hold and self._was_long_hold, is_long_hold
        if self._is_uniform is None:
            return self._rests_open  # where the length of the return to rest is what matters most
        return not self._is_uniform and not again

    def play(self, program: Program, level: float | None, clock: Clock) -> list[Reading]:
        """Play ``program``, its first step at ``level`` if one is given; the readings it makes.

        The relay closes with initiate, if it is open; how long it takes is not published, and
        whether the first step waits for it is unverified.

        Four exchanges once the program is loaded: level, initiate, fetch, abort; three if the
        level is the same as last time. Readings are stamped from the moment before initiate; the
        delay until the hardware starts is not known.
        """
        if level is None:
            level = program.first_level
        if program is not self._active:
            self._load(program, level)
        elif level != self._loaded.level:
            self._send_level(program, level)
        session = self._require_session()
        if self._is_open:
            self._close_relay()
        start = clock.now()
        self._may_run = True
        session.initiate()
        measured = self._measured(session, clock)
        # Output stays on at the level of the last step.
        session.abort()
        self._may_run = False
        clock.sleep(program.rest)
        return [_reading(self._terminal, start, point, measured) for point in program.points]

    def to_rest(self) -> None:
        """Ground or open the terminal; 0 A, at which a current ends, is neither."""
        self.hold(self._rest)

    def off(self) -> None:
        """Switch the output off, over a new session if this one is lost.

        Raises
        ------
        UnsafeStateError
            It may still be on.
        """
        if self._session is None:
            return
        try:
            self._switch_off(self._session)
        except FAULTS as first:
            try:
                self._connect(driven=True)
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

    def _connect(self, *, driven: bool = False) -> SmuSession:
        """A new session, its output off; ``driven`` where this program may have left it on."""
        self._forget_settings()
        self._is_uniform = None
        self._session = session = self._connection.open(self._smu.resource)
        if driven or not self._rests_open:
            session.reset()
        if self._rests_open:
            session.disable()
        self._is_switched_off()
        return session

    def _switch_off(self, session: SmuSession) -> None:
        is_open = self._is_open
        self._forget_settings()
        switch_off(session, opens=self._rests_open, is_open=is_open)
        self._is_switched_off()

    def _is_switched_off(self) -> None:
        """Know what a reset leaves, or a disable, after which the relay is open."""
        self._is_open = self._rests_open
        self._may_run = False
        self._sent.update(DEFAULTS if self._rests_open else AFTER_RESET)

    def _require_session(self) -> SmuSession:
        if self._session is None:
            raise ConnectionFailed(f"{self.where} is not connected; open the bench with `with`")
        return self._session

    def _forget_settings(self) -> None:
        """Know nothing of what the session was sent, or of what it does."""
        self._sent: dict[str, Any] = {}
        self._sequences: dict[tuple[Step, ...], _Loaded] = {}
        self._loaded = _Loaded("", 0.0)
        self._active: Program | None = None
        self._active_step: int | None = None
        self._held = None
        self._may_run = True
        self._is_open = False

    def _set(self, name: str, value: Any) -> None:
        if self._sent.get(name) != value:
            setattr(self._session, name, value)
            self._sent[name] = value

    def _set_output_on(self) -> None:
        self._set("sense", SENSE[self._smu.sense])
        self._close_relay()
        self._set("output_enabled", True)

    def _close_relay(self) -> None:
        self._is_open = False
        self._set("output_connected", True)

    def _open_relay(self) -> None:
        """Bring the output to 0 V (a current to 0 A), then open the relay, by a commit.

        NI-DCPower applies Output Connected when it commits (Programming States), and no level.
        After a program the output is at 0 already.
        """
        if self._is_open:
            return
        session, held = self._require_session(), self._held
        if held is not None and held.level:
            self._set(PROPERTIES[held.source].level, 0.0)
        if self._may_run:
            self._stop()
        self._set("output_connected", False)
        session.commit()
        self._is_open = True

    def _stop(self) -> None:
        self._active = self._held = None
        if self._may_run:
            self._require_session().abort()
            self._may_run = False

    def _load(self, program: Program, level: float) -> None:
        self._stop()
        if self._is_uniform is (not program.uniform):
            self._change_family()
        session = self._require_session()
        self._is_uniform = program.uniform
        self._set("source_mode", SEQUENCE)
        self._set("output_function", FUNCTIONS[program.source])
        if program.uniform:
            self._load_uniform(session, program, level)
        else:
            self._load_advanced(session, program, level)
        self._set("sequence_loop_count", program.loops)
        self._set_output_on()
        self._measurements = program.measurements
        self._duration = program.duration
        self._active = program

    def _change_family(self) -> None:
        """A new session after a program of the other family, which has brought the output to rest.

        A reset switches the output off and commits that, and so does disable, which opens the
        relay; so the new session finds what it takes for granted.
        """
        session = self._require_session()
        if self._rests_open:
            session.disable()
        else:
            session.reset()
        session.close()
        self._forget_settings()
        self._session = self._connection.open(self._smu.resource)
        self._is_switched_off()

    def _load_uniform(self, session: SmuSession, program: Program, level: float) -> None:
        """Send what all of its steps share, then their levels and delays."""
        properties, first = program.properties, program.steps[0]
        # A level held before may not fit into the range of the sequence.
        self._set(properties.level, 0.0)
        for name, value in zip(properties, first, strict=True):
            if name not in (properties.level, properties.source_delay):
                self._set(name, value)
        self._send_sequence(session, program, level)

    def _send_sequence(self, session: SmuSession, program: Program, level: float) -> None:
        levels = [getattr(step, program.properties.level) for step in program.steps]
        levels[0] = level
        session.set_sequence(levels, [step.source_delay for step in program.steps])
        self._loaded = _Loaded("", level)

    def _send_level(self, program: Program, level: float) -> None:
        session = self._require_session()
        if program.uniform:
            self._send_sequence(session, program, level)
            return
        if self._active_step != 0:
            session.active_advanced_sequence_step = self._active_step = 0
        setattr(session, program.properties.level, level)
        self._loaded.level = level

    def _load_advanced(self, session: SmuSession, program: Program, level: float) -> None:
        known = self._sequences.get(program.steps)
        if known is not None:
            if self._sent.get("active_advanced_sequence") != known.name:
                self._set("active_advanced_sequence", known.name)
                self._active_step = None  # whether it is kept beside a sequence is unverified
            self._loaded = known
            if level != known.level:
                self._send_level(program, level)
            return
        if len(self._sequences) >= _KEPT_SEQUENCES:
            oldest = next(iter(self._sequences))
            session.delete_advanced_sequence(self._sequences.pop(oldest).name)
        name = next(self._sequence_names)
        session.create_advanced_sequence(name, program.properties, True)
        self._sent["active_advanced_sequence"] = name
        for number, step in enumerate(program.steps):
            session.create_advanced_sequence_step(True)
            self._active_step = number
            for setting, value in zip(program.properties, step, strict=True):
                is_first_level = not number and setting == program.properties.level
                setattr(session, setting, level if is_first_level else value)
        self._loaded = self._sequences[program.steps] = _Loaded(name, level)
        if program.loops == 1:  # the level of its first step is likely to change
            session.active_advanced_sequence_step = self._active_step = 0

    def _measured(self, session: SmuSession, clock: Clock) -> Sequence[Measurement]:
        """What the sequence has measured, once all of it is there, with which it has ended.

        A sleep costs no exchange; a look now and then finds a server that died in a long one.
        """
        slices = int(self._duration / SLICE)
        per_slice = self._measurements * SLICE / self._duration
        between = max(1, min(_SLICES_BETWEEN_LOOKS, int(_STEPS_BETWEEN_LOOKS / per_slice)))
        while slices > 0:
            asleep = slices if slices < 1.5 * between else between
            for _ in range(asleep):
                clock.sleep(SLICE)
            slices -= asleep
            if slices > 0:
                if _is_done(session):
                    break
                slices -= 1  # for that look has lasted one
        for _ in range(ceil((0.5 * self._duration + 5.0) / SLICE)):
            try:
                measured = session.fetch_multiple(self._measurements, SLICE)
            except DriverError as error:
                if error.code in TIMEOUTS:
                    continue
                raise
            if len(measured) != self._measurements:
                raise ReplyError(
                    f"{self.where} gave {len(measured)} of {self._measurements} measurements"
                )
            return measured
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
