"""PXIe-4139 SMUs as an instrument: one session for each terminal of the device."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from textwrap import shorten

from mho.bench import ChannelLimits, InstrumentIdentity
from mho.bench.composed import failures_of
from mho.clock import Clock
from mho.device.profile import DeviceProfile
from mho.drivers.ni_pxie_4139 import settings as bench_file
from mho.drivers.ni_pxie_4139.channel import Channel
from mho.drivers.ni_pxie_4139.connection import Connection, DeviceServer, LocalRuntime
from mho.drivers.ni_pxie_4139.kept_programs import KeptPrograms, needs_advanced
from mho.drivers.ni_pxie_4139.ranges import CURRENT_RANGES
from mho.drivers.ni_pxie_4139.session import FAULTS, meaning
from mho.drivers.ni_pxie_4139.settings import LOCAL, SIMULATOR, NiSettings
from mho.errors import UnsafeStateError
from mho.plugin_kinds import Rehearsal
from mho.quantities import AMPERE, VOLT
from mho.readings import MANY, Trace, samples
from mho.stimuli import OPEN, Drive, Held, Pulse, PulseTrain, Source, Stimulus


def instrument(settings: NiSettings, rehearsal: Rehearsal) -> "NiInstrument":
    """The SMUs of ``settings`` with the device of ``rehearsal``, not yet connected."""
    profile, target = rehearsal.profile, settings.target
    if target == SIMULATOR:
        wired = settings.terminals
        smus = {name: wired[name] for name in profile.terminals if name in wired}
        target = rehearsal.instrument(
            bench_file.SIMULATED,
            {smu.resource: name for name, smu in smus.items()},
            version_40w=[smu.resource for smu in smus.values() if smu.model == "40 W"],
        )

    def connection() -> Connection:
        if target == LOCAL:
            return LocalRuntime()
        return DeviceServer(target, settings.session_name_prefix, settings.timeout)

    return NiInstrument(settings, profile, rehearsal.clock, connection)


class NiInstrument:
    """Satisfies `mho.bench.Instrument`.

    A closed-loop step (a pulse or a single read of which only the level changes) costs four
    exchanges with its SMU, a train, sweep or hold four and the settings that changed.
    """

    opens_within_stimuli = False

    def __init__(
        self,
        settings: NiSettings,
        profile: DeviceProfile,
        clock: Clock,
        connection: Callable[[], Connection],
    ) -> None:
        self.name = f"NI PXIe-4139 ({settings.target})"
        everything = bench_file.limits(settings, profile)
        # The terminal that is written first: it is the first to go off.
        wired = sorted(
            (name for name in profile.terminals if name in everything),
            key=lambda name: name != profile.write_at,
        )
        self.limits: Mapping[str, ChannelLimits] = {name: everything[name] for name in wired}
        self._rests = {name: _rest(profile, name) for name in wired}
        self._settings = settings
        self._clock = clock
        self._new_connection = connection
        self._connection: Connection | None = None
        self._exchanges_before: int | None = 0
        self._channels: dict[str, Channel] = {}
        self._programs = {
            name: KeptPrograms(
                limits.max_source_power, rests_open=self._rests[name].source is Source.OPEN
            )
            for name, limits in self.limits.items()
        }

    def plays(self, stimulus: Stimulus) -> bool:
        """What drives one terminal by one source.

        The SMUs are not synchronised with one another, and a program has one output function:
        pulses by a current are not played with their reads, which are by a voltage.
        """
        if len(stimulus.terminals) > 1:
            return False
        if isinstance(stimulus, Pulse | PulseTrain):
            return stimulus.source is Source.VOLTAGE or stimulus.verify is None
        return True

    def check(self, part: Stimulus | Held) -> None:
        """See that there are sequences that play it; an SMU holds any level."""
        if not isinstance(part, Held):
            self._programs[part.terminal].of(part, is_advanced=needs_advanced(part))

    def connect(self) -> tuple[InstrumentIdentity, ...]:
        """Open a session for each SMU; see `mho.bench.Instrument`."""
        identities = []
        with self._faults_told(self.name, lambda: "opening the bench"):
            self._connection = self._new_connection()
            for name in self.limits:
                smu, rest = self._settings.terminals[name], self._rests[name]
                channel = Channel(name, smu, self._connection, rest)
                self._channels[name] = channel
                identities.append(channel.open(self._settings.target))
        return tuple(identities)

    def outputs_on(self, standing: Mapping[str, Drive]) -> None:
        """Hold every terminal as it stands; see `mho.bench.Instrument`."""
        for name, drive in standing.items():
            self.hold(name, drive)

    def hold(self, terminal: str, drive: Drive) -> None:
        """Source a level from now on, or open the terminal. Nobody measures it."""
        channel = self._channels[terminal]
        with self._faults_told(channel.where, lambda: _said(drive)):
            channel.hold(drive)

    def play(self, stimulus: Stimulus) -> Trace:
        """Play a stimulus at one terminal; see `mho.bench.Instrument`.

        After one that sources a current the terminal is brought to rest: 0 V, or open.

        Raises
        ------
        InstrumentTimeout
            No end within 1.5 times the expected duration and 5 s, or no answer to an exchange.
        """
        terminal = stimulus.terminal
        channel = self._channels[terminal]
        is_advanced = channel.chooses_advanced(stimulus)
        programs, level = self._programs[terminal].of(stimulus, is_advanced=is_advanced)

        played = chain.from_iterable(
            channel.play(program, level, self._clock) for program in programs
        )
        try:
            many = not isinstance(programs, tuple) or sum(len(p.points) for p in programs) > MANY
            trace = Trace(samples(terminal, played) if many else tuple(played))
            if channel.sources_current:
                channel.to_rest()
            return trace
        except FAULTS as error:
            raise meaning(error, channel.where, shorten(repr(stimulus), 300)) from error

    def off(self) -> None:
        """Switch every output off; a lost session is replaced once to do it."""
        failures = failures_of(channel.off for channel in self._channels.values())
        if failures:
            raise UnsafeStateError(
                "\n".join(failures)
                + "\nSwitch these outputs off by hand before touching the probes: reset the "
                "devices in NI MAX, or switch the chassis off."
            )

    @property
    def exchanges(self) -> int | None:
        """With device servers so far; None where NI-DCPower runs on this computer."""
        here = 0 if self._connection is None else self._connection.exchanges
        before = self._exchanges_before
        return None if before is None or here is None else before + here

    def disconnect(self) -> None:
        """Close the sessions and the connection."""
        for channel in self._channels.values():
            channel.close()
        self._channels.clear()
        self._exchanges_before = self.exchanges
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    @staticmethod
    @contextmanager
    def _faults_told(where: str, asked: Callable[[], str]) -> Iterator[None]:
        try:
            yield
        except FAULTS as error:
            raise meaning(error, where, asked()) from error


def _rest(profile: DeviceProfile, terminal: str) -> Drive:
    """How a terminal stands while nothing drives it, its bias ended."""
    limits = profile.terminals[terminal]
    if limits.rests == "open":
        return OPEN
    return Drive(0.0, min(limits.max_compliance, CURRENT_RANGES[-1]))


def _said(drive: Drive) -> str:
    if drive.source is Source.OPEN:
        return "an open terminal"
    level, limit = (AMPERE, VOLT) if drive.source is Source.CURRENT else (VOLT, AMPERE)
    return f"a bias of {level.show(drive.level)} limited to {limit.show(drive.limit)}"
