"""The bench file of a Keithley 4200A, and what its channels can do; needs no instrument."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator

from mho.bench import ChannelLimits, WiredTerminal
from mho.device.profile import DeviceProfile
from mho.drivers.keithley_4200a.ranges import (
    BUFFER,
    FIXED_PLC,
    MAX_PLC,
    MAX_PULSE_READINGS,
    MAX_SMU_CURRENT,
    MAX_SMU_POWER,
    MAX_SMU_VOLTAGE,
    MIN_COMPLIANCE,
    MIN_FLAT,
    MIN_PLC,
    MIN_SEGMENT,
    MIN_SMU_STEP,
    MIN_VOLTAGE_LIMIT,
    OUTPUT_RESISTANCE,
    PULSE_CURRENT_RANGES,
    PULSE_VOLTAGE_RANGES,
    TICK,
)
from mho.frozen import Frozen
from mho.owner import this_process
from mho.quantities import Amperes, Seconds

SIMULATOR = "simulator"
SIMULATED = "keithley-4200a"
"""The simulated instrument of a rehearsal."""

_PULSE_CHANNEL = r"PMU[1-4]-[12]"
_LONGEST_FIXED_READ = 1e3


class SmuTerminal(WiredTerminal):
    """A terminal on a source-measure unit."""

    channel: str = Field(pattern=r"^SMU[1-8]$", description='"SMU1" to "SMU8"')
    high_power: bool = Field(default=False, description="true for a 4210-SMU or 4211-SMU")
    preamp: bool = Field(default=False, description="true with a 4200-PA: compliance from 100 pA")
    integration: Literal["short", "normal", "long"] | None = Field(
        default=None,
        description="0.1, 1 or 10 power line cycles for every reading; "
        "without it the recipe says how long a reading integrates",
    )
    lowest_range: Amperes | None = Field(
        default=None,
        ge=1e-12,
        le=1.0,
        description="measure currents on ranges down to this one, for curves over many decades; "
        "without it the compliance of a reading fixes its range, which is quicker",
    )
    through_rpm: str | None = Field(
        default=None,
        pattern=rf"^{_PULSE_CHANNEL}$",
        description='the RPM that this SMU passes on its way to the device, "PMU1-1" for example',
    )

    @property
    def number(self) -> int:
        """1 to 8."""
        return int(self.channel[-1])


class PulseTerminal(WiredTerminal):
    """A terminal on a channel of a 4225-PMU."""

    channel: str = Field(pattern=rf"^{_PULSE_CHANNEL}$", description='"PMU1-1": card 1, channel 1')
    current_unlimited: Literal[True] = Field(
        description="true says: I know that a pulse card does not limit the current, "
        "compliance only picks its measure range"
    )
    rpm: bool = Field(default=True, description="a 4225-RPM sits on this channel")
    transition: Seconds = Field(
        default=100e-9,
        ge=MIN_SEGMENT[10.0],
        le=10e-6,
        description="from one level to the next, part of the duration of the level",
    )

    @property
    def card(self) -> int:
        """Which pulse card, from 1."""
        return int(self.channel[3])

    @property
    def number(self) -> int:
        """Channel number on the wire: card 1 has 1 and 2, card 2 has 3 and 4, and so on."""
        return 2 * (self.card - 1) + int(self.channel[-1])


def _card(terminal: Any) -> str:
    channel = terminal.get("channel") if isinstance(terminal, dict) else None
    if isinstance(terminal, PulseTerminal | SmuTerminal):
        channel = terminal.channel
    return "PMU" if isinstance(channel, str) and channel.startswith("PMU") else "SMU"


Terminal = Annotated[
    Annotated[SmuTerminal, Tag("SMU")] | Annotated[PulseTerminal, Tag("PMU")],
    Discriminator(_card),
]


class KeithleySettings(Frozen):
    """A bench on one 4200A-SCS with KXCI running."""

    connection: str = Field(
        description='"simulator", or a VISA resource and, if need be, a blank and the VISA '
        'library: "TCPIP0::10.0.0.5::1225::SOCKET @py", "GPIB0::17::INSTR"'
    )
    terminals: dict[str, Terminal] = Field(
        min_length=1,
        description="a table [terminals.NAME] for each terminal of your devices, with the "
        "channel wired to it",
    )
    timeout: Seconds = Field(default=5.0, ge=0.5, le=60, description="deadline of one exchange")
    terminator: Literal["auto", "none", "CR", "LF", "CRLF"] = Field(
        default="auto", description='"String terminator" in KCon; auto finds it out'
    )
    line_frequency: Literal[50, 60] = Field(
        default=50, description="of the mains, in hertz: an SMU integrates in its cycles"
    )

    @field_validator("connection")
    @classmethod
    def _known_connection(cls, connection: str) -> str:
        if connection == SIMULATOR or re.match(r"\S+::\S+", connection):
            return connection
        raise ValueError(
            f'"{connection}" is no VISA resource; write "simulator", '
            '"TCPIP0::<host>::1225::SOCKET @py" or "GPIB0::17::INSTR"'
        )

    @field_validator("terminals")
    @classmethod
    def _one_terminal_each(cls, terminals: dict[str, Terminal]) -> dict[str, Terminal]:
        seen: dict[str, str] = {}
        for name, terminal in terminals.items():
            other = seen.setdefault(terminal.channel, name)
            if other != name:
                raise ValueError(f"{terminal.channel} drives both {other} and {name}; one each")
        for name, terminal in terminals.items():
            if isinstance(terminal, SmuTerminal) and terminal.through_rpm is not None:
                other = seen.setdefault(terminal.through_rpm, name)
                if other != name:
                    raise ValueError(
                        f"the RPM {terminal.through_rpm} cannot be at both {other} and {name}"
                    )
        return terminals


def smu_limits(terminal: SmuTerminal, line_frequency: float) -> ChannelLimits:
    """What one SMU can do. Its pulses are timed by software or by a sweep, hence ``min_width``."""
    if terminal.integration is None:
        shortest, longest = MIN_PLC / line_frequency, MAX_PLC / line_frequency
    else:
        shortest, longest = FIXED_PLC[terminal.integration] / line_frequency, _LONGEST_FIXED_READ
    limits = ChannelLimits(
        instrument=f"a 4200A {terminal.channel}",
        max_voltage=MAX_SMU_VOLTAGE,
        max_compliance=MAX_SMU_CURRENT[terminal.high_power],
        min_compliance=MIN_COMPLIANCE[terminal.preamp],
        min_width=MIN_SMU_STEP,
        min_aperture=shortest,
        max_aperture=longest,
        max_source_power=MAX_SMU_POWER[terminal.high_power],
        max_points=BUFFER - 1,  # the return to 0 that closes a list takes one
        sources_current=True,
        min_voltage_limit=MIN_VOLTAGE_LIMIT,
        opens=True,
    )
    return terminal.wired(limits)


def pulse_limits(terminal: PulseTerminal) -> ChannelLimits:
    """What one channel of a pulse card can do.

    It sources no current. Nor does it open: what stands at a terminal while the output is off, or
    the RPM is in another mode, is not documented.
    """
    largest = max(max(PULSE_CURRENT_RANGES[span, terminal.rpm]) for span in PULSE_VOLTAGE_RANGES)
    limits = ChannelLimits(
        instrument=f"a 4225-PMU ({terminal.channel})",
        max_voltage=PULSE_VOLTAGE_RANGES[-1],
        max_compliance=largest,
        min_width=terminal.transition + MIN_FLAT[10.0],
        min_aperture=MIN_SEGMENT[10.0],
        max_aperture=0.5,  # a level longer than a segment of 1 s is cut into equal parts
        max_source_power=PULSE_VOLTAGE_RANGES[-1] * largest,
        max_points=MAX_PULSE_READINGS,
        limits_current=False,
        stops_in_compliance=False,
        time_axis="pulse cards",
        time_step=TICK,
        output_resistance=OUTPUT_RESISTANCE,
    )
    return terminal.wired(limits)


def limits(
    settings: KeithleySettings,
    profile: DeviceProfile,  # noqa: ARG001
) -> Mapping[str, ChannelLimits]:
    """What the channels of this bench can do, by terminal; needs no instrument."""
    return {
        name: smu_limits(terminal, settings.line_frequency)
        if isinstance(terminal, SmuTerminal)
        else pulse_limits(terminal)
        for name, terminal in settings.terminals.items()
    }


def rehearses(settings: KeithleySettings) -> bool:
    """True if nothing real can be energised."""
    return settings.connection == SIMULATOR


def resources(settings: KeithleySettings) -> list[str]:
    """The 4200A as a whole: it has one conversation at a time."""
    address, _, _library = settings.connection.partition(" ")
    address = address.casefold()
    network = address.startswith("tcpip")
    for here in ("::localhost::", "::127.0.0.1::"):
        address = address.replace(here, f"::{this_process.computer()}::")
    return [f"keithley-4200a {address}" if network else _of_this_computer(address)]


def _of_this_computer(address: str) -> str:
    """A bus of this computer; that of another one is called the same."""
    return f"keithley-4200a {this_process.computer()} {address}"
