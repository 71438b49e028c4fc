"""NI DAQ cards on one clock as an instrument: their outputs and inputs at the terminals."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from textwrap import shorten

from mho.bench import ChannelLimits, InstrumentIdentity
from mho.bench.kept_programs import KeptPrograms
from mho.clock import Clock
from mho.device.profile import DeviceProfile
from mho.drivers.ni_daq.acquired import inputs_of
from mho.drivers.ni_daq.cards import CARDS
from mho.drivers.ni_daq.channel_limits import limits
from mho.drivers.ni_daq.chassis import simulated, wiring
from mho.drivers.ni_daq.client import FAULTS, DaqError, is_reserved, logged, meaning
from mho.drivers.ni_daq.clocking import Clock as SampleClock
from mho.drivers.ni_daq.compile import compile_stimulus
from mho.drivers.ni_daq.connection import Connection, DeviceServer, LocalRuntime
from mho.drivers.ni_daq.program import Program
from mho.drivers.ni_daq.settings import LOCAL, SIMULATED, SIMULATOR, NiDaqSettings, wrong_rate
from mho.drivers.ni_daq.task_names import Names
from mho.drivers.ni_daq.tasks import Tasks
from mho.drivers.ni_daq.terminals import OutputTerminal
from mho.errors import (
    ConnectionFailed,
    MhoError,
    Problem,
    SettingsError,
    UnsafeStateError,
    UnsupportedError,
)
from mho.plugin_kinds import Rehearsal
from mho.quantities import HERTZ, OHM, VOLT
from mho.readings import Trace
from mho.stimuli import Drive, Held, Pulse, PulseTrain, Source, Stimulus

_NO_CONNECTION: tuple[type[Exception], ...] = (MhoError, *FAULTS)


def instrument(settings: NiDaqSettings, rehearsal: Rehearsal) -> "NiDaqInstrument":
    """The card of ``settings`` with the device of ``rehearsal``, not yet connected."""
    profile, target = rehearsal.profile, settings.target
    wired = (one for name, one in settings.driven.items() if name in profile.terminals)
    wrong = wrong_rate(settings, wired)
    if wrong is not None:
        raise SettingsError([wrong])
    if target == SIMULATOR:
        target = rehearsal.instrument(
            SIMULATED, wiring(settings, profile), **simulated(settings, profile)
        )

    def connection() -> Connection:
        return LocalRuntime() if target == LOCAL else DeviceServer(target, settings.timeout)

    return NiDaqInstrument(settings, profile, rehearsal.clock, connection)


class NiDaqInstrument:
    """Satisfies `mho.bench.Instrument`.

    A waveform costs 26 exchanges at most, whatever its length, and one for each block that is
    streamed either way; one of a shape that was played before, as in a closed loop, seven or nine.
    That is on one card; each further one takes its outputs as often.
    """

    opens_within_stimuli = False

    def __init__(
        self,
        settings: NiDaqSettings,
        profile: DeviceProfile,
        clock: Clock,
        connection: Callable[[], Connection],
    ) -> None:
        self.name = f"NI {settings.model} {settings.card} ({settings.target})"
        everything = limits(settings, profile)
        wired = sorted(
            (name for name in profile.terminals if name in everything),
            key=lambda name: name != profile.write_at,
        )
        self.limits: Mapping[str, ChannelLimits] = {name: everything[name] for name in wired}
        self._driven = {name: settings.driven[name] for name in wired if name in settings.driven}
        self._names = Names.of(settings, self._driven)
        self._settings = settings
        self._clock = clock
        self._new_connection = connection
        self._connection: Connection | None = None
        self._tasks: Tasks | None = None
        self._levels = dict.fromkeys(self._driven, 0.0)
        self._has_driven = False
        self._programs = KeptPrograms(self._compiled, lambda pulse: None)  # noqa: ARG005

    def plays(self, stimulus: Stimulus) -> bool:
        """What drives terminals by voltages: all outputs run on one clock."""
        if isinstance(stimulus, Pulse | PulseTrain) and stimulus.source is not Source.VOLTAGE:
            return stimulus.verify is None
        return True

    def check(self, part: Stimulus | Held) -> None:
        """See that there is a program that plays it; an output holds any level."""
        if not isinstance(part, Held):
            self._programs.of(part)

    def connect(self) -> tuple[InstrumentIdentity, ...]:
        """Connect, and see that the card is there; see `mho.bench.Instrument`."""
        with self._faults_told("opening the bench"):
            self._connect()
            found = {card: self._found(card) for card in self._names.used}
        wrong = [
            _wrong_model(self._settings, card, model)
            for card, (model, _) in found.items()
            if model != self._settings.models[card]
        ]
        if wrong:
            raise SettingsError(wrong)
        return tuple(self._identity(name, found) for name in self.limits)

    def outputs_on(self, standing: Mapping[str, Drive]) -> None:
        """Bring every output to where its terminal stands; see `mho.bench.Instrument`."""
        for name, drive in standing.items():
            self._refuse(name, drive)
            if name in self._driven:
                self._levels[name] = drive.level
        self._set_levels("switching on")

    def hold(self, terminal: str, drive: Drive) -> None:
        """Hold a level from now on. Nobody limits or measures its current."""
        self._refuse(terminal, drive)
        if terminal not in self._driven or self._levels[terminal] == drive.level:
            return
        self._levels[terminal] = drive.level
        self._set_levels(f"a bias of {VOLT.show(drive.level)} at {terminal}")

    def play(self, stimulus: Stimulus) -> Trace:
        """Play a stimulus; see `mho.bench.Instrument`.

        Raises
        ------
        InstrumentTimeout
            No end within 1.5 times the expected duration and 5 s, or no answer to an exchange.
        """
        program, _ = self._programs.of(stimulus)
        tasks = self._require_tasks()
        inputs = inputs_of(program, self._driven, CARDS[self._settings.model].input_ranges)
        with self._faults_told(lambda: shorten(repr(stimulus), 300)):
            start, acquired = tasks.play(program, inputs, self._levels)
        for name in stimulus.terminals:
            if name in self._levels:
                self._levels[name] = 0.0
        return acquired.trace(start, self._driven)

    def off(self) -> None:
        """Bring every output to 0 V; over a new connection if this one is lost."""
        if self._tasks is None or not self._has_driven:
            return
        self._levels = dict.fromkeys(self._driven, 0.0)
        try:
            self._tasks.to_zero()
        except _NO_CONNECTION as first:
            try:
                self._hang_up()
                tasks = self._connect()
                self._clear_left()
                tasks.to_zero()
            except _NO_CONNECTION as second:
                cards = " and ".join(self._names.used)
                raise UnsafeStateError(
                    f"the outputs of {cards} could not be brought to 0 V ({first}), nor "
                    f"over a new connection ({second})\nBring them to 0 V by hand before touching "
                    "the probes: reset the card in NI MAX, or switch its chassis or computer off."
                ) from second

    def disconnect(self) -> None:
        """Clear the tasks and hang up."""
        self._hang_up()

    # ---- inside

    def _found(self, name: str) -> tuple[str, int]:
        """Model and serial number of a card, as it tells them."""
        assert self._connection is not None  # noqa: S101
        card = self._connection.card(name)
        model = logged(f"{name} model", "", lambda: str(card.product_type))
        return model, logged(f"{name} serial", "", lambda: int(card.serial_num))

    def _identity(self, name: str, found: Mapping[str, tuple[str, int]]) -> InstrumentIdentity:
        terminal, own = self._settings.terminals[name], self._names.card
        card = self._settings.place(terminal)[0] if isinstance(terminal, OutputTerminal) else own
        model, serial = found[card]
        return InstrumentIdentity(
            terminal=name,
            model=f"NI {model}",
            serial=f"{serial:X}",
            address=f"{_channels(self._settings, name)} at {self._settings.target}",
            note=_note(self._settings, name),
        )

    def _compiled(self, stimulus: Stimulus) -> Program:
        settings, card = self._settings, CARDS[self._settings.model]
        clock = SampleClock(
            rate=settings.sample_rate,
            input_rate=card.input_rate,
            inputs_rate=card.inputs_rate,
            buffer=settings.buffer,
            streaming=settings.streaming,
        )
        return compile_stimulus(stimulus, self._driven, clock)

    def _connect(self) -> Tasks:
        self._connection = self._new_connection()
        self._tasks = Tasks(self._connection, self._names, tuple(self._driven), self._clock)
        return self._tasks

    def _hang_up(self) -> None:
        tasks, self._tasks = self._tasks, None
        connection, self._connection = self._connection, None
        try:
            if tasks is not None:
                with suppress(*FAULTS):  # what is lost needs no clearing
                    tasks.clear()
        finally:
            if connection is not None:
                connection.close()

    def _clear_left(self) -> None:
        """The tasks of this process that a server still has from a connection that was lost."""
        assert self._connection is not None  # noqa: S101
        for name in self._names.tasks:
            self._connection.clear_left(name, self._connection.owner)

    def _set_levels(self, asked: str) -> None:
        tasks = self._require_tasks()
        with self._faults_told(asked):
            try:
                self._has_driven = True  # some may be from the first exchange on
                tasks.set_levels(self._levels)
            except DaqError as error:
                self._has_driven &= not is_reserved(error)
                raise

    def _require_tasks(self) -> Tasks:
        if self._tasks is None:
            raise ConnectionFailed(f"{self.name} is not connected; open the bench with `with`")
        return self._tasks

    def _refuse(self, terminal: str, drive: Drive) -> None:
        if drive.source is not Source.VOLTAGE:
            raise UnsupportedError(
                f"{terminal}: an analogue output sources voltages only, and no relay opens it; "
                "wire it to an SMU"
            )
        if drive.level and terminal not in self._driven:
            raise UnsupportedError(
                f"{terminal} is grounded; nothing can hold it at {VOLT.show(drive.level)}"
            )

    @contextmanager
    def _faults_told(self, asked: str | Callable[[], str]) -> Iterator[None]:
        try:
            yield
        except FAULTS as error:
            what = asked if isinstance(asked, str) else asked()
            raise meaning(error, self._names.card, what) from error


def _wrong_model(settings: NiDaqSettings, card: str, found: str) -> Problem:
    key = "model" if card == settings.card else f"other_cards.{card}"
    advice = (
        f'write {key} = "{found}"' if found in CARDS else f"this driver knows {', '.join(CARDS)}"
    )
    return Problem(
        key, f'is "{settings.models[card]}", but {card} calls itself "{found}"; {advice}'
    )


def _channels(settings: NiDaqSettings, name: str) -> str:
    """The channels of a terminal with their cards, for people."""
    terminal = settings.terminals[name]
    if not isinstance(terminal, OutputTerminal):
        return f"ground ({terminal.grounded_by}) of {settings.card}"
    card, line = settings.place(terminal)
    inputs = " and ".join(terminal.inputs)
    if card == settings.card or not inputs:
        return f"{' and '.join((line, *terminal.inputs))} of {card}"
    return f"{line} of {card}, {inputs} of {settings.card}"


def _note(settings: NiDaqSettings, name: str) -> str:
    """What stands between the card and the terminal."""
    terminal = settings.terminals[name]
    if not isinstance(terminal, OutputTerminal) or terminal.current is None:
        return ""
    return (
        f"an amplifier of {OHM.show(terminal.current.gain)} (V/A) and "
        f"{HERTZ.show(terminal.current.bandwidth)} at {terminal.current.input}"
    )
