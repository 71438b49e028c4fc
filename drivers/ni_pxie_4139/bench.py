"""The bench of PXIe-4139 SMUs: one session for each terminal of the device."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from textwrap import shorten
from types import TracebackType
from typing import Self

from mho.bench import ChannelLimits, InstrumentIdentity, curve_by_curve
from mho.clock import Clock
from mho.device_profile import DeviceProfile
from mho.drivers.ni_pxie_4139 import settings as bench_file
from mho.drivers.ni_pxie_4139.channel import Channel
from mho.drivers.ni_pxie_4139.connection import Connection, DeviceServer, LocalRuntime
from mho.drivers.ni_pxie_4139.program import Program, compile_stimulus, refuse_beyond
from mho.drivers.ni_pxie_4139.ranges import CURRENT_RANGES, MODELS, VOLTAGE_RANGES, voltage_range
from mho.drivers.ni_pxie_4139.session import FAULTS, meaning
from mho.drivers.ni_pxie_4139.settings import LOCAL, SIMULATOR, NiSettings
from mho.errors import ConnectionFailed, SettingsError, UnsafeStateError, UnsupportedError
from mho.interrupts import deferred
from mho.limits import missing_terminals
from mho.plugin_kinds import Rehearsal
from mho.quantities import AMPERE, VOLT
from mho.readings import Reading, Trace
from mho.stimuli import Family, Plateau, Pulse, Stimulus

_KEPT_PROGRAMS = 64


def open_bench(settings: NiSettings, rehearsal: Rehearsal) -> "NiBench":
    """The bench of ``settings`` with the device of ``rehearsal``, not yet entered.

    Raises
    ------
    SettingsError
        The device has a terminal that no SMU is wired to.
    """
    profile = rehearsal.profile
    missing = missing_terminals(profile, settings.terminals)
    if missing:
        raise SettingsError(missing)
    target = settings.target
    if target == SIMULATOR:
        smus = {name: settings.terminals[name] for name in profile.terminals}
        target = rehearsal.instrument(
            bench_file.SIMULATED,
            {smu.resource: name for name, smu in smus.items()},
            version_40w=[smu.resource for smu in smus.values() if smu.model == "40 W"],
        )

    def connect() -> Connection:
        if target == LOCAL:
            return LocalRuntime()
        return DeviceServer(target, settings.session_name_prefix, settings.timeout)

    return NiBench(settings, profile, rehearsal.clock, connect)


class NiBench:
    """Satisfies `mho.bench.Bench`."""

    def __init__(
        self,
        settings: NiSettings,
        profile: DeviceProfile,
        clock: Clock,
        connect: Callable[[], Connection],
    ) -> None:
        self.name = f"NI PXIe-4139 ({settings.target})"
        self.clock = clock
        self.profile = profile
        self.identities: tuple[InstrumentIdentity, ...] = ()
        everything = bench_file.limits(settings, profile)
        self.limits: Mapping[str, ChannelLimits] = {
            name: everything[name] for name in profile.terminals
        }
        self._settings = settings
        self._models = {name: MODELS[settings.terminals[name].model] for name in profile.terminals}
        self._connect = connect
        self._connection: Connection | None = None
        self._channels: dict[str, Channel] = {}
        self._programs: dict[object, tuple[Program, ...]] = {}
        self._last_pulse: tuple[Pulse | None, tuple[Program, ...], float, float]
        self._last_pulse = (None, (), 0.0, 0.0)
        self._standing: dict[str, tuple[float, float]] = {}
        self._dark = True

    def __enter__(self) -> Self:
        """Connect, identify, switch every output on at 0 V, then apply the standing biases.

        Raises
        ------
        ConnectionFailed
            Runtime, server or SMU cannot be reached; says how to mend it.
        SettingsError
            An SMU is not the model that the bench file says.
        InstrumentError
            An SMU refused its first settings.
        """
        try:
            self._open()
        except BaseException as error:
            self._shut()
            if isinstance(error, FAULTS):
                raise meaning(error, self.name, "opening the bench") from error
            raise
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Switch every output off and close the sessions; see `off`."""
        self._shut()

    def bias(self, terminal: str, level: float, compliance: float) -> None:
        """Hold ``terminal`` at ``level`` volts from now on, limited to ``compliance`` amperes.

        Nobody measures it. A later stimulus on the same terminal ends it.
        """
        channel = self._channel(terminal)
        refuse_beyond([Plateau(level, 0.0, compliance, None)], self._models[terminal])
        try:
            if self._dark:
                self._light()
            channel.hold(level, compliance)
        except BaseException as error:
            what = f"a bias of {VOLT.show(level)} limited to {AMPERE.show(compliance)}"
            self._abandon(error, channel, what)
            raise
        self._standing[terminal] = (level, compliance)

    def apply(self, stimulus: Stimulus) -> Trace:
        """Play one stimulus and return its readings; see `mho.stimuli` for their order.

        A closed-loop step (a pulse of which only the amplitude changes) costs five exchanges with
        its SMU, a train or sweep five and the settings that changed. After `off` the outputs come
        back on with their standing biases. If anything fails, Ctrl-C included, all outputs are
        off before the error goes on; a refusal before anything was sent leaves them as they are.

        Raises
        ------
        LimitError, UnsupportedError
            Beyond what the SMU can do; nothing was sent.
        CommandRejected
            The SMU refused a setting, at once or when it was to start.
        InstrumentTimeout
            No end within 1.5 times the expected duration and 5 s, or no answer to an exchange.
        ConnectionFailed
            The server or the session is gone.
        UnsafeStateError
            As `off`.
        """
        terminal = stimulus.terminal
        channel = self._channels.get(terminal) or self._channel(terminal)
        if type(stimulus) is Pulse:
            programs, level = self._compiled_pulse(stimulus), stimulus.amplitude
        elif type(stimulus) is Family:
            return self._apply_family(stimulus)
        else:
            programs, level = self._compiled(stimulus), None
        try:
            if self._dark:
                self._light()
            level_before, compliance = self._standing[terminal]
            if level_before:
                self._standing[terminal] = (0.0, compliance)
                channel.hold(0.0, compliance)
            if len(programs) == 1:
                return Trace(channel.play(programs[0], level, self.clock))
            readings: tuple[Reading, ...] = ()
            for program in programs:
                readings += channel.play(program, level, self.clock)
            return Trace(readings)
        except BaseException as error:
            self._abandon(error, channel, shorten(repr(stimulus), 300))
            raise

    def _apply_family(self, family: Family) -> Trace:
        """Whatever becomes of it, the stepped terminal stands at 0 V afterwards."""
        self._channel(family.stepped)
        held = (Plateau(step, 0.0, family.step_compliance, None) for step in family.steps)
        refuse_beyond(held, self._models[family.stepped])
        self._compiled(family.sweep)
        try:
            return curve_by_curve(self, family)
        except BaseException:
            self._standing[family.stepped] = (0.0, family.step_compliance)
            if not self._dark:  # between two curves
                self.off()
            raise

    def off(self) -> None:
        """Bring every output to 0 V and switch it off; may be called again and again.

        Ctrl-C waits until that is done. A lost session is replaced once to do it.

        Raises
        ------
        UnsafeStateError
            An output could not be switched off; says which.
        """
        with deferred():
            self._darken()

    def _open(self) -> None:
        self.identities = ()
        self._connection = self._connect()
        terminals = self.profile.terminals
        for name in sorted(terminals, key=lambda name: name != self.profile.drive):
            channel = Channel(name, self._settings.terminals[name], self._connection)
            self._channels[name] = channel
            compliance = min(terminals[name].max_compliance, CURRENT_RANGES[-1])
            self._standing[name] = (0.0, compliance)
            self.identities += (channel.open(self._settings.target),)
        self._light()
        for name, terminal in terminals.items():
            if terminal.bias is not None and terminal.bias_compliance is not None:
                self.bias(name, terminal.bias, terminal.bias_compliance)

    def _channel(self, terminal: str) -> Channel:
        try:
            return self._channels[terminal]
        except KeyError:
            pass
        if self._connection is None:
            raise ConnectionFailed(f"{self.name} is not open; use it with `with`")
        raise UnsupportedError(
            f"this bench has no terminal {terminal}; it has {', '.join(self._channels)}"
        )

    def _compiled_pulse(self, pulse: Pulse) -> tuple[Program, ...]:
        """The program of a pulse; one serves all amplitudes of one voltage range.

        The closed loop comes through here at every step, so the last pulse is remembered with the
        amplitudes that its program serves.
        """
        last, programs, lowest, highest = self._last_pulse
        if (
            lowest < abs(pulse.amplitude) <= highest
            and last is not None
            and pulse.verify is last.verify
            and pulse.width == last.width
            and pulse.compliance == last.compliance
            and pulse.rest == last.rest
            and pulse.terminal == last.terminal
        ):
            return programs
        model = self._models[pulse.terminal]
        if abs(pulse.amplitude) * pulse.compliance > model.max_source_power:
            return compile_stimulus(pulse, model)  # refuses, whatever is kept for its range
        highest = voltage_range(pulse.amplitude)
        programs = self._compiled(pulse, key=(replace(pulse, amplitude=0.0), highest))
        lowest = max((smaller for smaller in VOLTAGE_RANGES if smaller < highest), default=-1.0)
        highest = min(highest, model.max_source_power / pulse.compliance)
        self._last_pulse = (pulse, programs, lowest, highest)
        return programs

    def _compiled(self, stimulus: Stimulus, key: object = None) -> tuple[Program, ...]:
        key = stimulus if key is None else key
        programs = self._programs.get(key)
        if programs is None:
            programs = compile_stimulus(stimulus, self._models[stimulus.terminal])
            if len(self._programs) >= _KEPT_PROGRAMS:
                self._programs.clear()
            self._programs[key] = programs
        return programs

    def _light(self) -> None:
        for name, channel in self._channels.items():
            channel.hold(*self._standing[name])
        self._dark = False

    def _abandon(self, error: BaseException, channel: Channel, asked: str) -> None:
        self.off()
        if isinstance(error, FAULTS):
            raise meaning(error, channel.where, asked) from error

    def _darken(self) -> None:
        self._dark = True
        _raise_unsafe(_failures(channel.off for channel in self._channels.values()))

    def _shut(self) -> None:
        with deferred():
            try:
                self._darken()
            finally:
                for channel in self._channels.values():
                    channel.close()
                self._channels.clear()
                connection, self._connection = self._connection, None
                if connection is not None:
                    connection.close()


def _failures(actions: Iterable[Callable[[], None]]) -> list[str]:
    """Do all of them, whatever happens to the one before; what went wrong."""
    failures = []
    for action in actions:
        try:
            action()
        except Exception as error:
            failures.append(str(error) or repr(error))
    return failures


def _raise_unsafe(failures: list[str]) -> None:
    if failures:
        raise UnsafeStateError(
            "\n".join(failures)
            + "\nSwitch these outputs off by hand before touching the probes: reset the devices "
            "in NI MAX, or switch the chassis off."
        )
