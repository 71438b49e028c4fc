"""One Keithley 4200A as an instrument: its SMUs and pulse cards at the terminals of the device."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from mho.bench import ChannelLimits, InstrumentIdentity
from mho.bench.composed import failures_of
from mho.clock import Clock
from mho.device.profile import DeviceProfile
from mho.drivers.keithley_4200a import settings as bench_file
from mho.drivers.keithley_4200a.chassis import simulated
from mho.drivers.keithley_4200a.codec import mainframe, pulse_card
from mho.drivers.keithley_4200a.codec.source_measure import Constant
from mho.drivers.keithley_4200a.codec.system_mode import LevelSweep
from mho.drivers.keithley_4200a.compiler.pulse_channels import PulseChannel
from mho.drivers.keithley_4200a.compiler.smu import Smu
from mho.drivers.keithley_4200a.compiler.smu_program import SmuProgram, Steps
from mho.drivers.keithley_4200a.compiler.stimulus_compiler import StimulusCompiler
from mho.drivers.keithley_4200a.conversation.cards import identities, refuse_other
from mho.drivers.keithley_4200a.conversation.pulse_group import PulseGroup
from mho.drivers.keithley_4200a.conversation.smu_group import SmuGroup
from mho.drivers.keithley_4200a.conversation.wire import Link, Wire
from mho.drivers.keithley_4200a.settings import (
    SIMULATOR,
    KeithleySettings,
    PulseTerminal,
    SmuTerminal,
)
from mho.errors import UnsafeStateError, UnsupportedError
from mho.plugin_kinds import Rehearsal
from mho.readings import Reading, Trace
from mho.stimuli import Drive, Held, Source, Stimulus

_START = ("*RST", "EM 1,0", "EC 0")
"""A known state (which also ends a test of whoever was here before), the 4200A's own command set
for this session, no stop on compliance (manual p. 4-5, 5-39)."""


def instrument(settings: KeithleySettings, rehearsal: Rehearsal) -> "KeithleyInstrument":
    """The 4200A of ``settings`` with the device of ``rehearsal``, not yet connected."""
    profile, address = rehearsal.profile, settings.connection
    if address == SIMULATOR:
        wiring = {}
        for name in profile.terminals:
            if name not in settings.terminals:
                continue
            terminal = settings.terminals[name]
            wiring[terminal.channel] = name
            if isinstance(terminal, SmuTerminal) and terminal.through_rpm is not None:
                wiring[terminal.through_rpm] = name
        address = rehearsal.instrument(bench_file.SIMULATED, wiring, **simulated(settings))

    def link() -> Link:
        from mho.drivers.keithley_4200a.conversation.visa import open_link

        return open_link(address, settings.timeout, settings.terminator)

    return KeithleyInstrument(settings, profile, rehearsal.clock, link)


class KeithleyInstrument:
    """Satisfies `mho.bench.Instrument`.

    How an SMU plays a stimulus and what its timing is worth: `smu_program`; a pulse card:
    `pulse_program`. The voltage of an SMU's pulse is its level, or NaN in compliance: a second
    measurement would lengthen the pulse.
    """

    opens_within_stimuli = False

    def __init__(
        self,
        settings: KeithleySettings,
        profile: DeviceProfile,
        clock: Clock,
        link: Callable[[], Link],
    ) -> None:
        self.name = f"Keithley 4200A ({settings.connection})"
        self._clock = clock
        self._address = settings.connection
        self._wire = Wire(link)
        # The terminal that is written first: it is the first to go to 0 V and the first to go off.
        wired = sorted(
            (name for name in profile.terminals if name in settings.terminals),
            key=lambda name: name != profile.write_at,
        )
        everything = bench_file.limits(settings, profile)
        self.limits: Mapping[str, ChannelLimits] = {name: everything[name] for name in wired}
        self._terminals = {name: settings.terminals[name] for name in wired}
        self._smus = {
            name: Smu.of(terminal, settings.line_frequency)
            for name, terminal in self._terminals.items()
            if isinstance(terminal, SmuTerminal)
        }
        self._pulsers = {
            name: PulseChannel.of(terminal)
            for name, terminal in self._terminals.items()
            if isinstance(terminal, PulseTerminal)
        }
        self._rests_open = {n for n in wired if profile.terminals[n].rests == "open"}
        self._smu_group = self._new_smu_group(())
        self._pulse_group = PulseGroup(
            self._wire,
            clock,
            {n: t for n, t in self._terminals.items() if isinstance(t, PulseTerminal)},
        )
        self._standing: dict[str, Drive] = {}
        self._compiler = StimulusCompiler(self._smus, self._pulsers)
        self._safe = True  # every output is known to be off

    @property
    def exchanges(self) -> int:
        """With the 4200A so far."""
        return self._wire.exchanges

    def plays(self, stimulus: Stimulus) -> bool:
        """Families too, where one test of system mode holds all their curves."""
        return self._compiler.plays(stimulus)

    def check(self, part: Stimulus | Held) -> None:
        """See that there is a program that plays it, or an SMU that holds it."""
        if isinstance(part, Held):
            self._check_held(part.terminal, Drive(part.level, part.limit))
        else:
            self._compiler.compile(part)

    def connect(self) -> tuple[InstrumentIdentity, ...]:
        """Bring the 4200A to a known state and see that the cards are there.

        See `mho.bench.Instrument`.
        """
        identity = mainframe.identity(self._wire.open())
        refuse_other(identity, self._address)
        self._wire.clear_errors()
        for message in _START:
            self._wire.send(message)
        self._wire.check_errors(" | ".join(_START))
        # Not before the 4200A's own command set is chosen: in that of a 4145 it lists nothing.
        cards = self._wire.query(mainframe.OPTIONS, mainframe.cards)
        found = identities(self._terminals, identity, cards, self._address)
        self._smu_group = self._new_smu_group(sorted(cards.smus))
        self._safe = False
        return found

    def outputs_on(self, standing: Mapping[str, Drive]) -> None:
        """Switch the SMUs on as they stand, those first that stay off.

        The outputs of pulse cards stay off until a test.
        """
        self._safe = False
        self._standing = {name: drive for name, drive in standing.items() if name in self._smus}
        for terminal in self._terminals.values():
            if isinstance(terminal, SmuTerminal) and terminal.through_rpm is not None:
                self._wire.send(pulse_card.rpm(terminal.through_rpm, pulse_card.RPM_SMU))
        if self._pulsers:
            self._pulse_group.prepare()
        smus = [self._constant(name, drive) for name, drive in self._standing.items()]
        self._smu_group.hold(sorted(smus, key=lambda smu: smu.source is not Source.OPEN))

    def hold(self, terminal: str, drive: Drive) -> None:
        """Source a level from now on, or switch the output off. A pulse card holds 0 V only.

        An output that is switched off comes to 0 V before, a source of current to 0 A. Whether it
        is then cut off by a relay or by its high impedance is unverified.

        While an SMU plays a sweep, train or hold, the level is part of its test; on the way in and
        out of the test it may be interrupted (unverified).
        """
        self._check_held(terminal, drive)
        if terminal in self._pulsers:
            return
        self._smu_group.hold([self._constant(terminal, drive)])
        self._standing[terminal] = drive

    def play(self, stimulus: Stimulus) -> Trace:
        """Play a stimulus on SMUs or on pulse cards; see `mho.bench.Instrument`.

        After one that sources a current the SMU comes to 0 V, or stays at 0 A where the terminal
        rests open: the bench opens it, and 0 V would move its potential.
        """
        program, first_level = self._compiler.compile(stimulus)
        if isinstance(program, tuple):
            return Trace(tuple(self._pulse_group.play(program)))
        return Trace(tuple(self._play(stimulus.terminal, program, first_level)))

    def off(self) -> None:
        """Switch every output off: two attempts, the second on a new connection."""
        if self._safe:
            return
        failures = self._switch_off()
        if failures:
            try:
                self._wire.reconnect()
                failures = self._switch_off()
            except Exception as error:
                failures.append(str(error) or repr(error))
        self._safe = not failures
        if failures:
            raise UnsafeStateError(
                "\n".join(failures)
                + "\nSwitch these outputs off by hand before touching the probes: close KXCI on "
                "the 4200A, or switch its output off by the interlock."
            )

    def disconnect(self) -> None:
        """Hang up."""
        self._wire.close()

    def _play(self, terminal: str, program: SmuProgram, first_level: float | None) -> list[Reading]:
        number = self._smus[terminal].number
        rest = self._rest(terminal, program)
        if isinstance(program, Steps):
            readings = self._smu_group.play_steps(number, program, first_level)
            if program.source is not rest.source:
                self._smu_group.hold([rest])
            return readings
        playing = {number}
        if isinstance(program, LevelSweep) and program.stepper is not None:
            playing.add(program.stepper.number)
            self._standing |= {
                name: Drive(0.0, program.stepper.compliance)
                for name, smu in self._smus.items()
                if smu.number == program.stepper.number
            }
        held = [
            smu
            for name, drive in self._standing.items()
            for smu in [self._constant(name, drive)]
            if smu.number not in playing and smu.source is not Source.OPEN
        ]
        return self._smu_group.play_test(number, program, held, rest)

    def _rest(self, terminal: str, program: SmuProgram) -> Constant:
        """How an SMU goes on after a program, until the bench says more."""
        number = self._smus[terminal].number
        if isinstance(program, Steps):
            compliance = program.steps[-1].compliance
        else:
            compliance = program.compliance
        if program.source is Source.VOLTAGE or terminal in self._rests_open:
            return Constant(number, 0.0, compliance, program.source)
        return Constant(number, 0.0, self._standing[terminal].limit)

    def _check_held(self, terminal: str, drive: Drive) -> None:
        if terminal not in self._pulsers:
            return
        if drive.level or drive.source is not Source.VOLTAGE:
            raise UnsupportedError(
                "a pulse card holds no level, sources no current and opens nothing; wire terminal "
                f"{terminal} to an SMU"
            )

    def _constant(self, terminal: str, drive: Drive) -> Constant:
        return Constant(self._smus[terminal].number, *drive)

    def _new_smu_group(self, present: Sequence[int]) -> SmuGroup:
        wired = {smu.number: name for name, smu in self._smus.items()}
        preamps = {smu.number for smu in self._smus.values() if smu.preamp}
        return SmuGroup(self._wire, self._clock, present, wired, preamps)

    def _switch_off(self) -> list[str]:
        """Try every output, whatever happens to the one before; what went wrong."""
        failures: list[str] = []
        for stop in (self._smu_group.stop, self._pulse_group.stop, self._wire.clear_errors):
            # What counts is whether the outputs go off; a failure here shows there as well.
            failures_of([stop])
        # Every terminal that is on to 0 before the first one goes off.
        failures_of(
            partial(self._smu_group.bring_to_zero, smu.number) for smu in self._smus.values()
        )
        for name, terminal in self._terminals.items():
            failed = failures_of([partial(self._switch_terminal_off, terminal)])
            failures += [f"terminal {name} ({terminal.channel}): {failure}" for failure in failed]
        return failures

    def _switch_terminal_off(self, terminal: SmuTerminal | PulseTerminal) -> None:
        if isinstance(terminal, PulseTerminal):
            self._pulse_group.switch_off(terminal)
            return
        self._smu_group.switch_off(terminal.number)
        if terminal.through_rpm is not None:
            self._wire.send(pulse_card.rpm(terminal.through_rpm, pulse_card.RPM_PULSE))
