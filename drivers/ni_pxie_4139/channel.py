"""One SMU at one terminal: holds a level, plays programs, goes off. Sends only what changed."""

from math import isinf

from mho.bench import InstrumentIdentity
from mho.clock import Clock
from mho.drivers.ni_pxie_4139.connection import Connection
from mho.drivers.ni_pxie_4139.fetching import measured, reading
from mho.drivers.ni_pxie_4139.kept_programs import needs_advanced, plays_either
from mho.drivers.ni_pxie_4139.program import Program
from mho.drivers.ni_pxie_4139.ranges import MODELS
from mho.drivers.ni_pxie_4139.sent import Sent
from mho.drivers.ni_pxie_4139.session import (
    AFTER_RESET,
    DEFAULTS,
    FAULTS,
    FUNCTIONS,
    SENSE,
    SINGLE_POINT,
    SmuSession,
    switch_off,
)
from mho.drivers.ni_pxie_4139.settings import Smu, wrong_model
from mho.drivers.ni_pxie_4139.steps import PROPERTIES, level_range, limit_range, no_ranges
from mho.errors import (
    ConnectionFailed,
    MhoError,
    ReplyError,
    SettingsError,
    UnsafeStateError,
)
from mho.readings import Reading
from mho.stimuli import Drive, Hold, Source, Stimulus

_NO_CONNECTION: tuple[type[Exception], ...] = (MhoError, *FAULTS)


class Channel:
    """One SMU at one terminal. Faults of NI's client pass through as they come (`FAULTS`).

    ``rest`` is how the terminal stands while nothing drives it. Where that is open, the relay is
    open from the first exchange on and after the last one.

    ``set_sequence`` and advanced sequences must not be mixed on one channel in one session (NI,
    Sequence Source Mode), so going from one family to the other takes a new session. What both can
    play is played by the one at hand; but several readings in one hold after another, which an
    advanced sequence plays in two programs, are worth a new session.
    """

    _sent: Sent

    def __init__(self, terminal: str, smu: Smu, connection: Connection, rest: Drive) -> None:
        self.where = f"terminal {terminal} ({smu.resource})"
        self._rest = rest
        self._rests_open = rest.source is Source.OPEN
        self._terminal = terminal
        self._smu = smu
        self._connection = connection
        self._session: SmuSession | None = None
        self._was_long_hold = False
        self._may_run = self._is_open = False
        self._active: Program | None = None
        self._held: Drive | None = None

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
                self._sent.set(PROPERTIES[drive.source].level, drive.level)
                self._held = drive
                return
        session = self._require_session()
        self._stop()
        self._sent.leave_sequences()
        self._sent.set("source_mode", SINGLE_POINT)
        self._sent.set("output_function", FUNCTIONS[drive.source])
        properties = PROPERTIES[drive.source]
        self._sent.set(properties.level_range, spans[0])
        self._sent.set_limit(properties, spans[1], drive.limit)
        self._sent.set(properties.level, drive.level)
        self._set_output_on()
        self._may_run = True
        session.initiate()
        self._held = drive

    @property
    def sources_current(self) -> bool:
        """Whether the program played last does, so that the terminal is at 0 A now, not at rest."""
        return self._active is not None and self._active.source is Source.CURRENT

    def chooses_advanced(self, stimulus: Stimulus) -> bool:
        """Choose how the next stimulus is played: whether by advanced sequences."""
        if not plays_either(stimulus):
            self._was_long_hold = False
            return needs_advanced(stimulus)
        is_long_hold = isinstance(stimulus, Hold) and stimulus.count > 1
        again, self._was_long_hold = is_long_hold and self._was_long_hold, is_long_hold
        if self._sent.is_uniform is None:
            return self._rests_open  # where the length of the return to rest is what matters most
        return not self._sent.is_uniform and not again

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
        else:
            self._sent.set_level(program, level)
        session = self._require_session()
        if self._is_open:
            self._close_relay()
        start = clock.now()
        self._may_run = True
        session.initiate()
        found = measured(session, program, clock, self.where)
        # Output stays on at the level of the last step.
        session.abort()
        self._may_run = False
        clock.sleep(program.rest)
        return [reading(self._terminal, start, point, found) for point in program.points]

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
        self._session = session = self._connection.open(self._smu.resource)
        self._forget(session, None)
        if driven or not self._rests_open:
            session.reset()
        if self._rests_open:
            session.disable()
        self._is_switched_off(session, None)
        return session

    def _switch_off(self, session: SmuSession) -> None:
        is_open, is_uniform = self._is_open, self._sent.is_uniform
        self._forget(session, is_uniform)
        switch_off(session, opens=self._rests_open, is_open=is_open)
        self._is_switched_off(session, is_uniform)

    def _forget(self, session: SmuSession, is_uniform: bool | None) -> None:
        """Know nothing of what the session was sent, or of what the output does."""
        self._sent = Sent(session, {}, is_uniform)
        self._active = self._held = None
        self._may_run = True
        self._is_open = False

    def _is_switched_off(self, session: SmuSession, is_uniform: bool | None) -> None:
        """Know what a reset leaves, or a disable, after which the relay is open."""
        known = DEFAULTS if self._rests_open else AFTER_RESET
        self._sent = Sent(session, known, is_uniform)
        self._active = self._held = None
        self._may_run = False
        self._is_open = self._rests_open

    def _require_session(self) -> SmuSession:
        if self._session is None:
            raise ConnectionFailed(f"{self.where} is not connected; open the bench with `with`")
        return self._session

    def _set_output_on(self) -> None:
        self._sent.set("sense", SENSE[self._smu.sense])
        self._close_relay()
        self._sent.set("output_enabled", True)

    def _close_relay(self) -> None:
        self._is_open = False
        self._sent.set("output_connected", True)

    def _open_relay(self) -> None:
        """Bring the output to 0 V (a current to 0 A), then open the relay, by a commit.

        NI-DCPower applies Output Connected when it commits (Programming States), and no level.
        After a program the output is at 0 already.
        """
        if self._is_open:
            return
        session, held = self._require_session(), self._held
        if held is not None and held.level:
            self._sent.set(PROPERTIES[held.source].level, 0.0)
        if self._may_run:
            self._stop()
        self._sent.set("output_connected", False)
        session.commit()
        self._is_open = True

    def _stop(self) -> None:
        self._active = self._held = None
        if self._may_run:
            self._require_session().abort()
            self._may_run = False

    def _load(self, program: Program, level: float) -> None:
        self._stop()
        if self._sent.is_uniform is (not program.uniform):
            self._change_family()
        self._sent.load(program, level)
        self._set_output_on()
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
        self._session = session = self._connection.open(self._smu.resource)
        self._is_switched_off(session, None)
