"""The bench of one Keithley 4200A: its SMUs and pulse cards at the terminals of the device."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from textwrap import shorten
from types import TracebackType
from typing import Self

from mho.bench import ChannelLimits, InstrumentIdentity, curve_by_curve
from mho.clock import Clock
from mho.device_profile import DeviceProfile
from mho.drivers.keithley_4200a import settings as bench_file
from mho.drivers.keithley_4200a.chassis import simulated
from mho.drivers.keithley_4200a.codec import mainframe, pulse_card
from mho.drivers.keithley_4200a.codec.source_measure import Constant
from mho.drivers.keithley_4200a.codec.system_mode import LevelSweep
from mho.drivers.keithley_4200a.compiler.pulse_channels import PulseChannel, PulseTest
from mho.drivers.keithley_4200a.compiler.refusals import refuse_beyond
from mho.drivers.keithley_4200a.compiler.smu import Smu
from mho.drivers.keithley_4200a.compiler.smu_program import SmuProgram, Steps
from mho.drivers.keithley_4200a.compiler.stimulus_compiler import CurveByCurve, StimulusCompiler
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
from mho.errors import (
    ConnectionFailed,
    SettingsError,
    UnsafeStateError,
    UnsupportedError,
)
from mho.interrupts import deferred
from mho.limits import missing_terminals
from mho.plugin_kinds import Rehearsal
from mho.readings import Reading, Trace
from mho.stimuli import Family, Plateau, Stimulus, driven

_START = ("*RST", "EM 1,0", "EC 0")
"""A known state (which also ends a test of whoever was here before), the 4200A's own command set
for this session, no stop on compliance (manual p. 4-5, 5-39)."""


def open_bench(settings: KeithleySettings, rehearsal: Rehearsal) -> "KeithleyBench":
    """The bench of ``settings`` with the device of ``rehearsal``, not yet entered.

    Raises
    ------
    SettingsError
        The device has a terminal that no channel is wired to.
    """
    profile = rehearsal.profile
    missing = missing_terminals(profile, settings.terminals)
    if missing:
        raise SettingsError(missing)
    address = settings.connection
    if address == SIMULATOR:
        wiring = {}
        for name in profile.terminals:
            terminal = settings.terminals[name]
            wiring[terminal.channel] = name
            if isinstance(terminal, SmuTerminal) and terminal.through_rpm is not None:
                wiring[terminal.through_rpm] = name
        address = rehearsal.instrument(bench_file.SIMULATED, wiring, **simulated(settings))

    def connect() -> Link:
        from mho.drivers.keithley_4200a.conversation.visa import open_link

        return open_link(address, settings.timeout, settings.terminator)

    return KeithleyBench(settings, profile, rehearsal.clock, connect)


class KeithleyBench:
    """Satisfies `mho.bench.Bench`."""

    def __init__(
        self,
        settings: KeithleySettings,
        profile: DeviceProfile,
        clock: Clock,
        connect: Callable[[], Link],
    ) -> None:
        self.name = f"Keithley 4200A ({settings.connection})"
        self.clock = clock
        self.profile = profile
        self.identities: tuple[InstrumentIdentity, ...] = ()
        everything = bench_file.limits(settings, profile)
        self.limits: Mapping[str, ChannelLimits] = {
            name: everything[name] for name in profile.terminals
        }
        self._address = settings.connection
        self._wire = Wire(connect)
        # The driven terminal first: it is the first to go to 0 V and the first to go off.
        wired = sorted(profile.terminals, key=lambda name: name != profile.drive)
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
        self._smu_group = SmuGroup(self._wire, clock, [])
        self._pulse_group = PulseGroup(
            self._wire, clock, [t for t in self._terminals.values() if isinstance(t, PulseTerminal)]
        )
        self._standing = {
            name: (0.0, min(profile.terminals[name].max_compliance, smu.limits.max_compliance))
            for name, smu in self._smus.items()
        }
        self._compiler = StimulusCompiler(self._smus, self._pulsers)
        self._opened = False
        self._dark = True  # the outputs are to be switched on before anything is played
        self._safe = True  # every output is known to be off

    def __enter__(self) -> Self:
        """Connect, identify, switch the SMUs on at 0 V, then apply the standing biases.

        Raises
        ------
        ConnectionFailed
            No library, no instrument, wrong address; says how to mend it.
        SettingsError
            A terminal is mapped to a card that the 4200A does not list; nothing was energised.
        InstrumentError
            The 4200A refused its first settings.
        """
        try:
            self._open()
        except BaseException:
            self._shut()
            raise
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Switch every output off and hang up; see `off`."""
        self._shut()

    def bias(self, terminal: str, level: float, compliance: float) -> None:
        """Hold ``terminal`` at ``level`` volts from now on, limited to ``compliance`` amperes.

        A later stimulus on the same terminal ends it. A pulse card holds 0 V only. While an SMU
        plays a sweep, train or hold, the level is part of its test; on the way in and out of the
        test it may be interrupted (unverified).
        """
        self._check_open(terminal)
        if terminal in self._pulsers:
            if level:
                raise UnsupportedError(
                    f"a pulse card holds no level; wire terminal {terminal} to an SMU"
                )
            return
        smu = self._smus[terminal]
        refuse_beyond([Plateau(level, 0.0, compliance, None)], smu.limits)
        try:
            if self._dark:
                self._light()
            self._smu_group.hold([Constant(smu.number, level, compliance)])
        except BaseException:
            self.off()
            raise
        self._standing[terminal] = (level, compliance)

    def apply(self, stimulus: Stimulus) -> Trace:
        """Play one stimulus and return its readings; see `mho.stimuli` for their order.

        How an SMU plays it and what its timing is worth: `smu_program`; a pulse card:
        `pulse_program`. The voltage of an SMU's pulse is its level, or NaN in compliance: a second
        measurement would lengthen the pulse. After `off` the outputs come back on with their
        standing biases. If anything fails, Ctrl-C included, all outputs are off before the error
        goes on; a refusal before anything was sent leaves them as they are.

        Raises
        ------
        LimitError, UnsupportedError
            Beyond what the channel can do; nothing was sent.
        CommandRejected
            The 4200A latched an error.
        ReplyError
            An answer that cannot be read, or fewer points than asked for.
        InstrumentTimeout
            No answer, or a test that did not end.
        ConnectionFailed
            The connection is gone.
        UnsafeStateError
            As `off`.
        """
        terminal = stimulus.terminal
        for name in driven(stimulus):
            self._check_open(name)
        program, amplitude = self._compiler.compile(stimulus)
        if isinstance(program, CurveByCurve):
            return self._apply_curves(program.family)
        try:
            if self._dark:
                self._light()
            return Trace(tuple(self._play(terminal, program, amplitude)))
        except BaseException as error:
            error.add_note(f"while {self.name} played {shorten(repr(stimulus), 300)}")
            self.off()
            raise

    def _apply_curves(self, family: Family) -> Trace:
        """Whatever becomes of it, the stepped terminal stands at 0 V afterwards."""
        try:
            return curve_by_curve(self, family)
        except BaseException:
            self._standing[family.stepped] = (0.0, family.step_compliance)
            if not self._dark:  # between two curves
                self.off()
            raise

    def off(self) -> None:
        """Bring every output to 0 V and switch it off; may be called again and again.

        Ctrl-C waits until that is done. A lost connection is made anew once to do it.

        Raises
        ------
        UnsafeStateError
            An output could not be switched off; says which.
        """
        with deferred():
            self._darken()

    def _open(self) -> None:
        identity = mainframe.identity(self._wire.open())
        refuse_other(identity, self._address)
        self._wire.forget_errors()
        for message in _START:
            self._wire.tell(message)
        self._wire.check(" | ".join(_START))
        # Not before the 4200A's own command set is chosen: in that of a 4145 it lists nothing.
        cards = self._wire.ask(mainframe.OPTIONS, mainframe.cards)
        self.identities = identities(self._terminals, identity, cards, self._address)
        self._smu_group = SmuGroup(self._wire, self.clock, sorted(cards.smus))
        self._opened = True
        self._light()
        for name, terminal in self.profile.terminals.items():
            if terminal.bias is not None and terminal.bias_compliance is not None:
                self.bias(name, terminal.bias, terminal.bias_compliance)

    def _check_open(self, terminal: str) -> None:
        if not self._opened:
            raise ConnectionFailed(f"{self.name} is not open; use it with `with`")
        if terminal not in self._terminals:
            raise UnsupportedError(
                f"this bench has no terminal {terminal}; it has {', '.join(self._terminals)}"
            )

    def _play(
        self,
        terminal: str,
        program: SmuProgram | tuple[PulseTest, ...],
        amplitude: float | None,
    ) -> list[Reading]:
        if isinstance(program, tuple):
            return self._pulse_group.play(program)
        number = self._smus[terminal].number
        level, compliance = self._standing[terminal]
        if level:
            self._standing[terminal] = (0.0, compliance)
            self._smu_group.hold([Constant(number, 0.0, compliance)])
        if isinstance(program, Steps):
            return self._smu_group.play_steps(number, program, amplitude)
        playing = {number}
        if isinstance(program, LevelSweep) and program.stepper is not None:
            playing.add(program.stepper.number)
            self._standing |= {
                name: (0.0, program.stepper.compliance)
                for name, smu in self._smus.items()
                if smu.number == program.stepper.number
            }
        held = [smu for smu in self._held() if smu.number not in playing]
        return self._smu_group.play_test(number, program, held)

    def _held(self) -> Iterator[Constant]:
        for name, standing in self._standing.items():
            yield Constant(self._smus[name].number, *standing)

    def _light(self) -> None:
        self._dark = self._safe = False
        for terminal in self._terminals.values():
            if isinstance(terminal, SmuTerminal) and terminal.through_rpm is not None:
                self._wire.tell(pulse_card.rpm(terminal.through_rpm, pulse_card.RPM_SMU))
        if self._pulsers:
            self._pulse_group.prepare()
        if self._smus:
            self._smu_group.hold(list(self._held()))

    def _darken(self) -> None:
        """Two attempts, the second on a new connection."""
        self._dark = True
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

    def _switch_off(self) -> list[str]:
        """Try every output, whatever happens to the one before; what went wrong."""
        failures = []
        for stop in (self._smu_group.stop, self._pulse_group.stop, self._wire.forget_errors):
            # What counts is whether the outputs go off; a failure here shows there as well.
            _tried(stop)
        for name, terminal in self._terminals.items():
            failure = _tried(partial(self._switch_terminal_off, terminal))
            if failure:
                failures.append(f"terminal {name} ({terminal.channel}): {failure}")
        return failures

    def _switch_terminal_off(self, terminal: SmuTerminal | PulseTerminal) -> None:
        if isinstance(terminal, PulseTerminal):
            self._pulse_group.switch_off(terminal)
            return
        self._smu_group.switch_off(terminal.number)
        if terminal.through_rpm is not None:
            self._wire.tell(pulse_card.rpm(terminal.through_rpm, pulse_card.RPM_PULSE))

    def _shut(self) -> None:
        with deferred():
            try:
                self._darken()
            finally:
                self._opened = False
                self._wire.close()


def _tried(action: Callable[[], None]) -> str:
    """Do it; what went wrong, or nothing."""
    try:
        action()
    except Exception as error:
        return str(error) or repr(error)
    return ""
