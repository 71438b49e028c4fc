"""The ideal instrument: no wire, no instrument error, no dead time; for algorithms and rehearsals.

It plays the score of a stimulus to the letter on the simulated device of the profile, all terminals
on one time axis; those that rest open are open in its rests. A segment is read at its end; the
current there stands for the mean over the aperture.
"""

from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import NamedTuple

from pydantic import Field

from mho.bench import ChannelLimits, InstrumentIdentity, WiredTerminal
from mho.clock import Clock
from mho.device.profile import DeviceProfile
from mho.errors import Problem, SettingsError
from mho.frozen import Frozen
from mho.plugin_kinds import Driver, Rehearsal, SwitchOff
from mho.quantities import Amperes, Volts
from mho.readings import MANY, Reading, Trace, samples
from mho.rehearsal import World
from mho.stimuli import OPEN, Drive, Held, Score, Segment, Stimulus

_NAME = "ideal bench"


class IdealTerminal(WiredTerminal):
    """A terminal on the ideal instrument needs no settings; resistance may stand before it."""


class IdealSettings(Frozen):
    """An ideal instrument needs no settings; narrower limits may be tried out."""

    max_voltage: Volts = Field(default=200.0, gt=0, description="largest magnitude at any terminal")
    max_compliance: Amperes = Field(
        default=1.0, gt=0, description="largest current limit at any terminal"
    )
    terminals: dict[str, IdealTerminal] = Field(
        default_factory=dict, description="those that are on it; without any, all of the device"
    )


class IdealInstrument:
    """Satisfies `mho.bench.Instrument`: perfect sources, on a clock that they move themselves."""

    name = _NAME
    opens_within_stimuli = True

    def __init__(
        self, world: World, profile: DeviceProfile, clock: Clock, settings: IdealSettings
    ) -> None:
        self._world, self._clock = world, clock
        self._drives: dict[Drive, Drive] = {}
        self.limits = _limits(settings, profile)
        self._open_at_rest = {
            name for name, terminal in profile.terminals.items() if terminal.rests == "open"
        }
        _check_terminals(profile, world.terminals)

    def plays(self, stimulus: Stimulus) -> bool:  # noqa: ARG002
        """Everything."""
        return True

    def check(self, part: Stimulus | Held) -> None:
        """It can play and hold everything."""

    def connect(self) -> tuple[InstrumentIdentity, ...]:
        """One perfect source at every terminal."""
        return tuple(
            InstrumentIdentity(terminal=terminal, model=_NAME, serial="none", address="in process")
            for terminal in self.limits
        )

    def outputs_on(self, standing: Mapping[str, Drive]) -> None:
        """Drive every terminal so."""
        for terminal, drive in standing.items():
            self.hold(terminal, drive)

    def hold(self, terminal: str, drive: Drive) -> None:
        """Drive one terminal so from now on."""
        self._world.drive(self._clock.now(), terminal, drive)

    def play(self, stimulus: Stimulus) -> Trace:
        """Play the score; where several terminals are driven, all are read with each other.

        Of many, as of the lines of an array, only those are that somebody asks for.
        """
        score = stimulus.score()
        played = self._played(score)
        readings = list(islice(played, MANY + 1))
        if len(score.terminals) == 1 and len(readings) > MANY:
            everything = chain(readings, played)
            return Trace(samples(stimulus.terminal, (one for one, _ in everything)))
        readings.extend(played)
        return Trace(
            tuple([one for one, is_asked in readings if is_asked]),
            tuple([one for one, is_asked in readings if not is_asked]),
        )

    def _played(self, score: Score) -> Iterator[tuple[Reading, bool]]:
        """Play a score; its readings as they are taken, and whether they were asked for."""
        world, clock, terminals = self._world, self._clock, score.terminals
        moment, stops = clock.now(), score.stops_in_compliance
        for together in self._moments(score):
            world.drive_together(moment, together.drives)
            clock.sleep(together.duration)
            moment = clock.now()
            if not together.reads:
                continue
            read, asked = terminals, together.asked
            if len(terminals) > _FEW:
                read = tuple([name for name, one in zip(terminals, asked, strict=True) if one])
                asked = (True,) * len(read)
            answers = world.read_together(moment, read)
            for terminal, is_asked, answer in zip(read, asked, answers, strict=True):
                yield Reading(moment, *answer, "", terminal), is_asked
            if stops and any(
                is_asked and answer.in_compliance
                for is_asked, answer in zip(asked, answers, strict=True)
            ):
                break
        world.drive_together(moment, self._together(terminals, score.closing).drives)
        clock.sleep(score.closing[0].duration)

    def _moments(self, score: Score) -> Iterator["_Together"]:
        """What stands at the same time, moment by moment, without the closing return to rest.

        Most bars of a long stimulus are alike; those are worked out once.
        """
        terminals = score.terminals
        known: dict[int, _Known] = {}
        for bar in score.bars():
            if len(bar.parts[0]) > _REMEMBERED:
                for _ in range(bar.times):
                    yield from (self._together(terminals, column) for column in bar.columns())
                continue
            same = known.get(id(bar.parts))
            if same is None:
                if len(known) == _REMEMBERED:
                    known.clear()
                moments = [self._together(terminals, column) for column in bar.columns()]
                same = known[id(bar.parts)] = _Known(bar.parts, moments)
            for _ in range(bar.times):
                yield from same.moments

    def _together(self, terminals: tuple[str, ...], column: tuple[Segment, ...]) -> "_Together":
        segments = dict(zip(map(id, column), column, strict=True))  # lines of an array share theirs
        driven = {key: self._drive(one) for key, one in segments.items()}
        if len(driven) == 1:
            drives = dict.fromkeys(terminals, self._drive(column[0]))
        else:
            drives = dict(zip(terminals, map(driven.__getitem__, map(id, column)), strict=True))
        if self._open_at_rest and any(one.rests for one in segments.values()):
            for terminal, segment in zip(terminals, column, strict=True):
                if segment.rests and terminal in self._open_at_rest:
                    drives[terminal] = OPEN
        asked = (False,) * len(column)
        reads = any(one.aperture is not None for one in segments.values())
        if reads:
            asked = tuple([segment.aperture is not None for segment in column])
        return _Together(drives, column[0].duration, asked, reads)

    def _drive(self, segment: Segment) -> Drive:
        """Equal ones are one object, so that those which did not change are soon found."""
        drive = Drive(segment.level, segment.limit, segment.source)
        if len(self._drives) == _REMEMBERED:
            self._drives.clear()
        return self._drives.setdefault(drive, drive)

    def off(self) -> None:
        """Open every terminal."""
        for terminal in self.limits:
            self.hold(terminal, OPEN)

    def disconnect(self) -> None:
        """There is nothing to hang up."""


class _Together(NamedTuple):
    """What stands at all terminals for so long (s), and which of them are to be read at its end."""

    drives: Mapping[str, Drive]
    duration: float
    asked: tuple[bool, ...]
    reads: bool


class _Known(NamedTuple):
    """What a bar was worked out to be; its parts are kept: nothing else comes where they are."""

    parts: tuple[tuple[Segment, ...], ...]
    moments: list[_Together]


_REMEMBERED = 64
_FEW = 16
"""Terminals that are read with each other."""


def _limits(settings: IdealSettings, profile: DeviceProfile) -> dict[str, ChannelLimits]:
    """The same generous limits at every terminal."""
    limits = ChannelLimits(
        instrument=_NAME,
        max_voltage=settings.max_voltage,
        max_compliance=settings.max_compliance,
        min_width=1e-9,
        min_aperture=1e-9,
        max_aperture=1e6,
        max_source_power=settings.max_voltage * settings.max_compliance,
        max_points=10_000_000,
        time_axis="simulated",
        sources_current=True,
        opens=True,
    )
    if settings.terminals:
        return {name: terminal.wired(limits) for name, terminal in settings.terminals.items()}
    return dict.fromkeys(profile.terminals, limits)


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


def _rehearses(settings: IdealSettings) -> bool:  # noqa: ARG001
    return True


def _instrument(settings: IdealSettings, rehearsal: Rehearsal) -> IdealInstrument:
    return IdealInstrument(rehearsal.world, rehearsal.profile, rehearsal.clock, settings)


def _resources(settings: IdealSettings) -> tuple[str, ...]:  # noqa: ARG001
    return ()


def _switching_off(settings: IdealSettings) -> SwitchOff:  # noqa: ARG001
    return lambda _sessions, _look: []


IDEAL = Driver(
    settings=IdealSettings,
    limits=_limits,
    rehearses=_rehearses,
    instrument=_instrument,
    resources=_resources,
    switching_off=_switching_off,
)
