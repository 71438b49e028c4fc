"""The simulated 4200A-SCS: its state, its clock, and what runs in it."""

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mho.device.arrays import generator_state, restore_generator
from mho.device.model import State
from mho.rehearsal import World
from mho.sim_instruments.keithley_4200a.activity import Activity
from mho.sim_instruments.keithley_4200a.connections import Connections, RpmMode
from mho.sim_instruments.keithley_4200a.late_replies import LateReplies
from mho.sim_instruments.keithley_4200a.options import DEFAULT_OPTIONS, KeithleyOptions
from mho.sim_instruments.keithley_4200a.pulse_unit import PulseUnit
from mho.sim_instruments.keithley_4200a.run import Run
from mho.sim_instruments.keithley_4200a.smu import Smu
from mho.sim_instruments.keithley_4200a.source_pulses import SourcePulses
from mho.sim_instruments.keithley_4200a.status import BUSY, Refused, Status
from mho.sim_instruments.keithley_4200a.system_setup import power_up
from mho.sim_instruments.keithley_4200a.user_modules import (
    Registry,
    installed,
    named_in_settings,
)

if TYPE_CHECKING:
    from mho.sim_instruments.keithley_4200a.module_call import ModuleCall

KIND = "keithley-4200a"
"""What it is called in the state of its world."""

Page = Literal["DE", "SS", "SM", "MD", "US", "UL"]


class Exchange(NamedTuple):
    """The beginning of a message, and that of its first reply; nothing if it has none."""

    message: str
    reply: str


class Keithley4200A:
    """A chassis with its channels wired to one device. Speaks through ``conversation.answer``.

    Satisfies `mho.rehearsal.Member`.

    Parameters
    ----------
    world
        Device, clock and seed. All times are taken from the clock. A virtual one moves when a
        reading integrates and when a poll finds the instrument busy. The seed is that of the noise
        of the instrument (that of the device is its own).
    wiring
        Channel (``SMU1``, ``PMU1-1``) -> terminal of the device.

    Raises
    ------
    SettingsError
        The wiring does not fit the chassis or the device, or a file of user modules cannot be read.
    """

    def __init__(
        self,
        world: World,
        wiring: Mapping[str, str],
        options: KeithleyOptions = DEFAULT_OPTIONS,
    ) -> None:
        self.chassis, self.options = options.chassis, options
        self.world, self.clock = world, world.clock
        rpms = RpmMode.SMU if options.rpm_at_power_up == "SMU" else RpmMode.PULSE
        self.connections = Connections(world, wiring, self.chassis, rpms)
        if options.interlock_open:
            self.connections.open_interlock(self.clock.now())
        self.exchanges: deque[Exchange] = deque(maxlen=10_000)
        number = world.count(KIND)
        self._noise = generator = np.random.default_rng(
            [world.seed, number] if number else world.seed
        )
        self.smus = {
            channel: Smu(
                channel,
                card,
                self.connections,
                generator,
                noise=options.noise,
                source_resolution=options.source_resolution,
            )
            for channel, card in zip(self.chassis.smu_channels, self.chassis.smus, strict=True)
        }
        self.pulse_unit = PulseUnit(self.connections, generator, options)
        self.source_pulses = SourcePulses(self.connections, generator, options)
        self.status = Status(request_on_data=options.request_on_data_at_power_up)
        self.activity = Activity(
            self.clock, self.source_pulses, options.busy_poll, lambda: self.status.data_ready()
        )
        self.late_replies = LateReplies()
        self.module_call: ModuleCall | None = None
        self._settings_modules = named_in_settings(options.user_modules)
        self._power_up()
        world.join(KIND, self)

    def state(self) -> dict[str, NDArray[np.generic]]:
        """The generator that all its cards draw their noise from."""
        return {"noise": generator_state(self._noise)}

    def restore(self, state: State) -> None:
        """Take over what `state` gave."""
        restore_generator(self._noise, state["noise"])

    def _power_up(self) -> None:
        self.page: Page = "DE"
        self.roles = dict(self.smus)
        self.integration_cycles = 1.0
        self.digits = 5
        self.emulates_4145 = False
        self.setup = power_up(self.smus)

    @property
    def integration_time(self) -> float:
        """Seconds that one reading integrates."""
        return self.integration_cycles / self.options.line_frequency

    def smu(self, role: str) -> Smu:
        """The SMU that plays ``role`` (``SMU1``, ``VS2``, ...); -979 if there is none."""
        try:
            return self.roles[role]
        except KeyError:
            raise Refused(-979) from None

    def source(self, channel: str) -> Smu | None:
        """The SMU ``channel``, if ``MP`` has made it a VS."""
        smu = self.smus.get(channel)
        plays = (role for role, unit in self.roles.items() if unit is smu)
        return smu if any(role.startswith("VS") for role in plays) else None

    def status_letter(self, limited: bool, any_limited: bool) -> str:
        """First letter of a reading: KXCI manual Rev. E page 3-1, T as in Rev. B."""
        if limited:
            return "C"
        return "T" if any_limited and self.options.status_letters == "rev-b" else "N"

    def status_byte(self) -> int:
        """The byte for ``SP``; clears what that clears."""
        flags = self.status.polled(self.options.sp_clears)
        return flags | BUSY if self.activity.is_busy else flags

    def serial_poll(self) -> int:
        """The byte for a serial poll, which clears bits 0, 1 and 6: KXCI manual Rev. E page 3-3."""
        flags = self.status.polled("all")
        return flags | BUSY if self.activity.is_busy else flags

    def begin(self, run: Run) -> None:
        """Let ``run`` play from now on."""
        self.status.clear_data()
        self.activity.run = run

    def catch_up(self, moment: float) -> None:
        """Play what is due up to ``moment``."""
        self.activity.catch_up(moment)

    def user_modules(self) -> Registry:
        """The user modules that ``EX`` finds; the settings come before installed packages."""
        return {**installed(), **self._settings_modules}

    def reset(self) -> None:
        """``*RST``: outputs off, settings and data as at power-up."""
        self.activity.abort()
        moment = self.clock.now()
        for smu in self.smus.values():
            smu.switch_off(moment)
            smu.reset()
        self.module_call = None
        self.pulse_unit.reset(moment)
        self.reset_source_pulses()
        self.connections.reset_rpms(moment)
        page = self.page
        self._power_up()
        self.page = page
        self.status = Status(request_on_data=self.options.request_on_data_at_power_up)

    def device_clear(self) -> None:
        """The bus messages DCL and SDC: KXCI manual Rev. E pages 3-4, 5-4.

        They clear bits 1 and 6 of the status byte and bring back the defaults of user mode; sources
        stay as they are, and so does a test that runs (unverified).
        """
        self.status.clear_errors()
        for smu in self.smus.values():
            smu.reset_ranges()
        self.integration_cycles = 1.0

    def reset_source_pulses(self) -> None:
        """All channels as after ``PS``."""
        for number in self.source_pulses.channels:
            self.source_pulses.reset(self.clock.now(), number)
