"""Switching a 4200A off that another process left on; without the device, and without a bench."""

from collections.abc import Sequence
from contextlib import suppress

from mho.clock import RealClock
from mho.drivers.keithley_4200a.codec import pulse_card
from mho.drivers.keithley_4200a.codec.error_codes import NO_SUCH_SMU
from mho.drivers.keithley_4200a.conversation.pulse_group import PulseGroup
from mho.drivers.keithley_4200a.conversation.smu_group import SmuGroup
from mho.drivers.keithley_4200a.conversation.visa import import_library, open_link
from mho.drivers.keithley_4200a.conversation.wire import Wire
from mho.drivers.keithley_4200a.settings import KeithleySettings, PulseTerminal, SmuTerminal
from mho.errors import CommandRejected, MhoError
from mho.plugin_kinds import SwitchedOff, SwitchOff
from mho.quantities import VOLT

_NOTHING = 1e-3
"""Below this (V) an SMU sources 0 V or is off; from outside that looks the same."""


def switching_off(settings: KeithleySettings) -> SwitchOff:
    """See `mho.plugin_kinds.Driver`. A 4200A knows no sessions."""
    import_library(settings.connection)

    def switch_all_off(_sessions: Sequence[str], look: bool) -> list[SwitchedOff]:
        wire = Wire(lambda: open_link(settings.connection, settings.timeout, settings.terminator))
        wire.open()  # this ends a test that runs
        try:
            return _Outputs(wire, settings).switched_off(look=look)
        finally:
            wire.close()

    return switch_all_off


class _Outputs:
    def __init__(self, wire: Wire, settings: KeithleySettings) -> None:
        terminals = settings.terminals
        self._wire = wire
        self._smus = {n: t for n, t in terminals.items() if isinstance(t, SmuTerminal)}
        self._pulsers = {n: t for n, t in terminals.items() if isinstance(t, PulseTerminal)}
        self._smu_group = SmuGroup(wire, RealClock(), [], {})
        self._pulse_group = PulseGroup(wire, RealClock(), self._pulsers)

    def switched_off(self, *, look: bool) -> list[SwitchedOff]:
        before: dict[str, str] = {}
        failures = dict.fromkeys((*self._smus, *self._pulsers), "")
        with suppress(MhoError):
            self._wire.clear_errors()
        if look:
            before = {name: self._state(smu) for name, smu in self._smus.items()}
        for smu in self._smus.values():  # 0 V everywhere, then relays
            with suppress(MhoError):
                self._smu_group.bring_to_zero(smu.number)
        for name, pulser in self._pulsers.items():
            try:
                self._pulse_group.switch_off(pulser)
            except MhoError as error:
                failures[name] = str(error)
        for name, smu in self._smus.items():
            try:
                self._smu_group.switch_off(smu.number)
                if smu.through_rpm is not None:
                    self._wire.send(pulse_card.rpm(smu.through_rpm, pulse_card.RPM_PULSE))
            except MhoError as error:
                if isinstance(error, CommandRejected) and error.code == NO_SUCH_SMU:
                    before[name] = "no such SMU"  # the bench file is for a larger 4200A
                else:
                    failures[name] = str(error)
        terminals: dict[str, SmuTerminal | PulseTerminal] = {**self._smus, **self._pulsers}
        return [
            SwitchedOff(
                terminal=name,
                channel=terminal.channel,
                before=before.get(name, "could not be told"),
                failure=failures[name],
            )
            for name, terminal in terminals.items()
        ]

    def _state(self, smu: SmuTerminal) -> str:
        try:
            volts = self._smu_group.voltage(smu.number)
        except MhoError:
            return "could not be told"
        if abs(volts) < _NOTHING:
            return "at 0 V, or off"
        return f"on, at {VOLT.show(float(f'{volts:.3g}'))}"
