"""From channels to terminals: wiring, and the RPMs that switch a terminal between instruments."""

from collections.abc import Mapping
from enum import IntEnum

from mho.device.model import Response
from mho.errors import Problem, SettingsError
from mho.rehearsal import World, unconnected
from mho.sim_instruments.keithley_4200a.chassis import Chassis
from mho.stimuli import OPEN, Drive, Source

_UNWANTED = OPEN, 0.0


class RpmMode(IntEnum):
    """Modes of ``:PMU:RPM:CONFIGURE``, KXCI manual Rev. E page 7-22."""

    PULSE = 0
    CV_2_WIRE = 1
    SMU = 2
    CV_4_WIRE = 3


class Connections:
    """What every channel wants at its terminal, and which of them gets through.

    An SMU wired to the same terminal as a pulse channel with an RPM sits behind that RPM. Drives
    that do not get through are remembered and applied when the RPM switches.
    """

    def __init__(
        self, world: World, wiring: Mapping[str, str], chassis: Chassis, rpms: RpmMode
    ) -> None:
        _check(wiring, chassis, world.terminals)
        self._world = world
        self._terminals = dict(wiring)
        self._wanted: dict[str, tuple[Drive, float]] = {}  # with the resistance of the source
        self._modes = dict.fromkeys(sorted(chassis.rpm_channels), rpms)
        self._power_up = rpms
        self._rpm_of = {  # terminal -> the RPM in front of it
            terminal: channel for channel, terminal in wiring.items() if channel in self._modes
        }
        self._through: dict[str, str] = {}
        self.interlock_is_open = False
        self._switch()

    def drive(self, moment: float, channel: str, drive: Drive, resistance: float = 0.0) -> None:
        """From ``moment`` on, ``channel`` drives so, behind ``resistance`` (ohm) of its own.

        `OPEN` opens its output.
        """
        self._wanted[channel] = drive, resistance
        terminal = self._through.get(channel)
        if terminal is not None:
            self._world.drive(moment, terminal, drive, resistance)

    def read(self, moment: float, channel: str) -> Response:
        """What an ideal meter at ``channel`` sees, behind the resistance of its source.

        Not connected: its own level and no current.

        With its output off a channel is cut off, meters included: 0 V and 0 A (unverified).
        """
        terminal = self._through.get(channel)
        drive, _ = self._wanted.get(channel, _UNWANTED)
        if terminal is None or drive.source is Source.OPEN:
            return unconnected(drive)
        return self._world.read(moment, terminal)

    def open_interlock(self, moment: float) -> None:
        """Cut off all SMUs, for good; their readings are 0 (KXCI manual Rev. E page 3-7)."""
        self.interlock_is_open = True
        for channel, terminal in self._through.items():
            if channel.startswith("SMU"):
                self._world.drive(moment, terminal, OPEN)
        self._switch()

    def rpm_mode(self, channel: str) -> RpmMode | None:
        """The mode of a pulse channel's RPM; None where it has none."""
        return self._modes.get(channel)

    def rpm_for(self, channel: str) -> str | None:
        """The RPM that a pulse channel has, or an SMU sits behind."""
        if channel in self._modes:
            return channel
        return self._rpm_of.get(self._terminals.get(channel, ""))

    def switch_rpm(self, moment: float, channel: str, mode: RpmMode) -> None:
        """Switch the RPM of a pulse channel; the terminal changes hands at ``moment``."""
        self._modes[channel] = mode
        self._switch()
        terminal = self._terminals.get(channel)
        if terminal is not None:
            owner = next((c for c, t in self._through.items() if t == terminal), None)
            wanted = self._wanted.get(owner, _UNWANTED) if owner else _UNWANTED
            self._world.drive(moment, terminal, *wanted)

    def reset_rpms(self, moment: float) -> None:
        """Every RPM back to its mode at power-up."""
        for channel in self._modes:
            self.switch_rpm(moment, channel, self._power_up)

    def _switch(self) -> None:
        through = {}
        for channel, terminal in self._terminals.items():
            if self.interlock_is_open and channel.startswith("SMU"):
                continue
            rpm = self._rpm_of.get(terminal)
            owner = RpmMode.SMU if channel.startswith("SMU") else RpmMode.PULSE
            if rpm is None or self._modes[rpm] == owner:
                through[channel] = terminal
        self._through = through


def _check(wiring: Mapping[str, str], chassis: Chassis, terminals: tuple[str, ...]) -> None:
    channels = (*chassis.smu_channels, *chassis.pmu_channels)
    problems = []
    taken: dict[str, list[str]] = {}
    for channel, terminal in wiring.items():
        if channel not in channels:
            known = ", ".join(channels)
            problems.append(
                Problem(f"wiring.{channel}", f"the chassis has no such channel; it has: {known}")
            )
        elif terminal not in terminals:
            known = ", ".join(terminals)
            problems.append(
                Problem(
                    f"wiring.{channel}",
                    f'the device has no terminal "{terminal}"; it has: {known}',
                )
            )
        else:
            taken.setdefault(terminal, []).append(channel)
    for terminal, rivals in taken.items():
        smus = sum(channel.startswith("SMU") for channel in rivals)
        joined = any(channel in chassis.rpm_channels for channel in rivals)
        if smus > 1 or len(rivals) - smus > 1 or (len(rivals) > 1 and not joined):
            listing = " and ".join(rivals)
            problems.append(
                Problem(
                    f"wiring.{rivals[-1]}",
                    f"{listing} cannot share {terminal}: that takes one SMU, one PMU channel and "
                    "its RPM",
                )
            )
    if problems:
        raise SettingsError(problems)
