"""What a user module has in its hands: SMUs, pulse cards, the device and the time."""

from collections.abc import Generator
from typing import TYPE_CHECKING

from mho.rehearsal import World
from mho.sim_instruments.keithley_4200a import pulse_commands, segment_commands
from mho.sim_instruments.keithley_4200a.command import Entry
from mho.sim_instruments.keithley_4200a.general_commands import COMMANDS as GENERAL
from mho.sim_instruments.keithley_4200a.smu import Smu, SmuReading
from mho.sim_instruments.keithley_4200a.status import Refused
from mho.sim_instruments.keithley_4200a.tokens import parse

if TYPE_CHECKING:
    from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A

COMMANDS: dict[str, Entry] = {
    **pulse_commands.COMMANDS,
    **segment_commands.COMMANDS,
    ":PMU:RPM:CONFIGURE": GENERAL[":PMU:RPM:CONFIGURE"],
}

EXECUTE = ":PMU:EXECUTE"


class Apparatus:
    """The instruments of one 4200A, for a module that runs in it.

    What a real module does through LPT calls it does through these; a call that the instrument
    refuses raises `Refused`, whose code the module then returns unless it catches it.
    """

    def __init__(self, instrument: "Keithley4200A", now: float) -> None:
        self._instrument = instrument
        self.now = now
        """Seconds on the instrument's clock; moves on with every ``yield`` of the module."""

    @property
    def world(self) -> World:
        """The device, the clock and the seed."""
        return self._instrument.world

    def force_voltage(self, smu: int, volts: float, limit: float) -> None:
        """SMU ``smu`` sources ``volts``, limited to ``limit`` amperes."""
        self._smu(smu).apply_voltage(self.now, volts, limit)

    def force_current(self, smu: int, amperes: float, limit: float) -> None:
        """SMU ``smu`` sources ``amperes``, limited to ``limit`` volts."""
        self._smu(smu).apply_current(self.now, amperes, limit)

    def switch_off(self, smu: int) -> None:
        """Open the output of SMU ``smu``."""
        self._smu(smu).switch_off(self.now)

    def measure(self, smu: int, cycles: float = 1.0) -> Generator[float, None, SmuReading]:
        """Integrate over ``cycles`` of the mains: ``reading = yield from apparatus.measure(1)``."""
        yield cycles / self._instrument.options.line_frequency
        return self._smu(smu).measure(self.now, cycles)

    def pulse(self, *messages: str) -> str:
        """Carry out ``:PMU:`` commands, but not ``:PMU:EXECUTE``; the reply to the last one."""
        reply: str | None = None
        for command in (command for message in messages for command in parse(message)):
            entry = COMMANDS.get(command.mnemonic)
            if entry is None or command.mnemonic == EXECUTE:
                raise Refused(-992)
            reply = entry.run(self._instrument, command.arguments)
        return reply or ""

    def execute(self) -> Generator[float, None, None]:
        """``:PMU:EXECUTE``, and wait for its end: ``yield from apparatus.execute()``."""
        run = self._instrument.pulse_unit.begin(self.now)
        while not run.is_done:
            yield max(0.0, run.next_moment - self.now)
            run.play_next()

    def switch_all_off(self) -> None:
        """Open every output."""
        for smu in self._instrument.smus.values():
            smu.switch_off(self.now)
        self._instrument.pulse_unit.switch_off(self.now)

    def _smu(self, number: int) -> Smu:
        return self._instrument.smu(f"SMU{number}")
