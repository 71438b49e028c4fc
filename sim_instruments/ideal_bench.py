"""The ideal bench: no wire, no instrument error, no dead time; for algorithms and rehearsals.

It plays the plateaus of `mho.stimuli` to the letter on the simulated device of the profile. A
plateau is read at its end; the current there stands for the mean over the aperture.
"""

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Self

from pydantic import Field

from mho.bench import ChannelLimits, InstrumentIdentity
from mho.clock import Clock
from mho.device_profile import DeviceProfile
from mho.errors import LimitError, Problem, SettingsError, UnsupportedError
from mho.frozen import Frozen
from mho.plugin_kinds import BenchKind, Rehearsal
from mho.quantities import Amperes, Volts
from mho.readings import Reading, Trace
from mho.rehearsal import World
from mho.stimuli import OPEN, Drive, Plateau, Stimulus, Sweep, driven, plateaus

_NAME = "ideal bench"


class IdealSettings(Frozen):
    """An ideal bench needs no settings; narrower limits may be tried out."""

    max_voltage: Volts = Field(default=200.0, gt=0, description="magnitude at any terminal")
    max_compliance: Amperes = Field(default=1.0, gt=0, description="at any terminal")


class IdealBench:
    """A simulated device between perfect sources, on a clock that it moves itself."""

    def __init__(self, world: World, profile: DeviceProfile, settings: IdealSettings) -> None:
        self._world = world
        self._terminals = world.terminals
        self._profile, self._clock = profile, world.clock
        self._channel = _channel(settings)
        self._limits = dict.fromkeys(self._terminals, self._channel)
        self._on = False
        self._opened = False
        _check_terminals(profile, self._terminals)

    @property
    def name(self) -> str:
        """``ideal bench``."""
        return _NAME

    @property
    def clock(self) -> Clock:
        """The clock of the rehearsal."""
        return self._clock

    @property
    def profile(self) -> DeviceProfile:
        """The device under test."""
        return self._profile

    @property
    def limits(self) -> Mapping[str, ChannelLimits]:
        """The same generous limits at every terminal."""
        return self._limits

    @property
    def identities(self) -> tuple[InstrumentIdentity, ...]:
        """One perfect source at every terminal; empty before the bench is open."""
        if not self._opened:
            return ()
        return tuple(
            InstrumentIdentity(terminal=terminal, model=_NAME, serial="none", address="in process")
            for terminal in self._terminals
        )

    def __enter__(self) -> Self:
        """Bring every terminal to 0 V, then those that the profile holds to their bias."""
        self._on = self._opened = True
        for terminal in self._terminals:
            limits = self._profile.terminals.get(terminal)
            if limits is not None:
                self._drive(terminal, Drive(0.0, limits.max_compliance))
        for terminal, limits in self._profile.terminals.items():
            if limits.bias is not None and limits.bias_compliance is not None:
                self.bias(terminal, limits.bias, limits.bias_compliance)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Open every terminal."""
        self.off()

    def bias(self, terminal: str, level: float, compliance: float) -> None:
        """Hold ``terminal`` at ``level`` volts from now on, limited to ``compliance`` amperes.

        Raises
        ------
        UnsupportedError
            No such terminal, or the outputs are off.
        LimitError
            More than this bench gives.
        """
        self._check(terminal, (Plateau(level, self._channel.min_width, compliance, None),))
        self._drive(terminal, Drive(level, compliance))

    def apply(self, stimulus: Stimulus) -> Trace:
        """Play one stimulus and return its readings; see `mho.stimuli` for their order.

        Raises
        ------
        UnsupportedError
            No such terminal, or the outputs are off.
        LimitError
            More than this bench gives.
        """
        terminal = stimulus.terminal
        steps = tuple(plateaus(stimulus))
        self._check(terminal, steps)
        others = []
        for other in driven(stimulus)[1:]:
            others.append((other, tuple(plateaus(stimulus, other))))
            self._check(*others[-1])
        world, clock = self._world, self._clock
        stops = isinstance(stimulus, Sweep) and stimulus.stop_in_compliance
        readings: list[Reading] = []
        moment = clock.now()
        for number, (level, duration, compliance, aperture) in enumerate(steps):
            stopped = stops and bool(readings) and readings[-1].in_compliance
            if stopped and number < len(steps) - 1:
                continue
            world.drive(moment, terminal, Drive(level, compliance))
            for other, along in others:
                world.drive(moment, other, Drive(along[number].level, along[number].compliance))
            clock.sleep(duration)
            moment = clock.now()
            if aperture is not None:
                voltage, current, in_compliance = world.read(moment, terminal)
                readings.append(Reading(moment, voltage, current, in_compliance))
        return Trace(tuple(readings))

    def off(self) -> None:
        """Open every terminal; may be called again and again."""
        self._on = False
        for terminal in self._terminals:
            self._drive(terminal, OPEN)

    def _drive(self, terminal: str, drive: Drive) -> None:
        self._world.drive(self._clock.now(), terminal, drive)

    def _check(self, terminal: str, steps: tuple[Plateau, ...]) -> None:
        if not self._on:
            raise UnsupportedError(
                "the outputs of the ideal bench are off; open it with a `with` statement"
            )
        if terminal not in self._limits:
            known = ", ".join(self._terminals)
            raise UnsupportedError(f'the device has no terminal "{terminal}"; it has: {known}')
        channel = self._channel
        if len(steps) > channel.max_points:
            raise LimitError(
                [f"{len(steps)} plateaus in one stimulus; at most {channel.max_points}"]
            )
        for step in steps:
            if (  # each as a claim that NaN fails
                not abs(step.level) <= channel.max_voltage
                or not 0.0 < step.compliance <= channel.max_compliance
                or not step.duration >= channel.min_width
                or (
                    step.aperture is not None
                    and not 0.0 < step.aperture <= min(step.duration, channel.max_aperture)
                )
            ):
                raise LimitError(_refusals(terminal, step, channel))


def _channel(settings: IdealSettings) -> ChannelLimits:
    return ChannelLimits(
        instrument=_NAME,
        max_voltage=settings.max_voltage,
        max_compliance=settings.max_compliance,
        min_width=1e-9,
        min_aperture=1e-9,
        max_aperture=1e6,
        max_source_power=settings.max_voltage * settings.max_compliance,
        max_points=10_000_000,
    )


def _refusals(terminal: str, step: Plateau, channel: ChannelLimits) -> Iterator[str]:
    if not abs(step.level) <= channel.max_voltage:
        yield f"{step.level} V at {terminal}; this bench gives up to {channel.max_voltage} V"
    if not 0.0 < step.compliance <= channel.max_compliance:
        yield (
            f"a current limit of {step.compliance} A at {terminal}; this bench takes more than 0 "
            f"and up to {channel.max_compliance} A"
        )
    if not step.duration >= channel.min_width:
        yield f"{step.duration} s at {terminal}; this bench needs {channel.min_width} s or more"
    longest = min(step.duration, channel.max_aperture)
    if step.aperture is not None and not 0.0 < step.aperture <= longest:
        yield f"an aperture of {step.aperture} s at {terminal}; here it may last up to {longest} s"


def _check_terminals(profile: DeviceProfile, terminals: tuple[str, ...]) -> None:
    problems = [
        Problem(
            f"terminals.{name}",
            f'the simulated device has no terminal "{name}"; it has: {", ".join(terminals)}',
        )
        for name in profile.terminals
        if name not in terminals
    ]
    if problems:
        raise SettingsError(problems)


def _limits(settings: IdealSettings, profile: DeviceProfile) -> Mapping[str, ChannelLimits]:
    return dict.fromkeys(profile.terminals, _channel(settings))


def _rehearses(settings: IdealSettings) -> bool:  # noqa: ARG001
    return True


def _open(settings: IdealSettings, rehearsal: Rehearsal) -> IdealBench:
    return IdealBench(rehearsal.world, rehearsal.profile, settings)


IDEAL = BenchKind(settings=IdealSettings, limits=_limits, rehearses=_rehearses, open=_open)
