"""Compensation: pulses raised by what the series resistance takes at the conductance read last.

``V`` volts stand at a device of ``G`` siemens behind ``R`` ohm where ``V (1 + R G)`` are sent;
``G`` is that of the last read, which has to come after the last pulse: after it nobody knows it.

What the method cannot do: a device whose conductance at the pulse differs from that at the read
voltage, or changes while the pulse lasts, gets more or less than was asked; a train is raised as a
whole, by the read before it. If a device loses its conductance in the pulse, all that was sent
stands across it; so nothing is sent that goes beyond a limit of the device.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import inf, isfinite
from typing import NamedTuple

from mho.bench.bounds import bounds_of
from mho.bench.series import Limits, is_known, there_and_back
from mho.device.profile import DeviceProfile
from mho.readings import Reading, Trace, raised_level
from mho.stimuli import Pulse, PulseTrain, Purpose, Source, Stimulus, Sweep, Waveforms

_NOTHING_READ = "nothing was read before it"


class Raised(NamedTuple):
    """What is sent for a stimulus: its levels times ``factor``.

    ``at_limit`` where a limit of device or channel keeps it below what the compensation asks for.
    """

    stimulus: Stimulus
    factor: float = 1.0
    at_limit: bool = False


class UnknownConductance(Exception):
    """Nobody knows what a pulse would have to be raised by; says why."""


def compensation_refusals(profile: DeviceProfile, limits: Limits) -> list[str]:
    """Why terminals cannot be compensated as the bench file asks for."""
    found = []
    for name in profile.terminals:
        if name not in limits or not limits[name].compensates:
            continue
        asked = f'terminal {name}: compensate = "last read", but'
        if name not in (profile.write_at, profile.read_terminal):
            found.append(
                f"{asked} {profile.name} is written and read at {profile.write_at}; write it there"
            )
        elif name != profile.read_terminal or name != profile.write_at:
            found.append(
                f"{asked} {profile.name} is written at {profile.write_at} and read at "
                f"{profile.read_terminal}, so no read says what flows in a pulse; take it out"
            )
        elif not is_known(profile, limits, name):
            found.append(
                f"{asked} no resistance is known: {limits[name].instrument} has none of its own "
                "and the bench file gives none of the wiring; write series_resistance, in ohm, "
                "beside it, or take it out"
            )
    return found


class Compensation:
    """Raises what is asked for at compensated terminals, and keeps what was read last there."""

    def __init__(self, profile: DeviceProfile, limits: Limits) -> None:
        self._profile, self._limits = profile, limits
        self._ohms = {
            name: there_and_back(profile, limits, name)
            for name in profile.terminals
            if limits[name].compensates
        }
        self._conductance: float | None = None
        self._unknown = _NOTHING_READ

    @property
    def is_wanted(self) -> bool:
        """Whether any terminal is compensated."""
        return bool(self._ohms)

    def raised(self, stimulus: Stimulus, held: Mapping[str, float]) -> Raised:
        """What to send for a stimulus, the terminals that it does not drive being ``held`` (V).

        Raises
        ------
        UnknownConductance
            It has pulses to be raised, and the conductance is not known.
        """
        if stimulus.terminal not in self._ohms or not is_pulsed(stimulus):
            return Raised(stimulus)
        if self._conductance is None:
            raise UnknownConductance(
                f"{type(stimulus).__name__.lower()} at {stimulus.terminal}: the bench is to raise "
                "it by what the conductance read last will take (compensate), but "
                f"{self._unknown}; read the device first, or take compensate out of the bench file"
            )
        wanted = 1.0 + self._ohms[stimulus.terminal] * self._conductance
        most = most_raised(stimulus, self._profile, self._limits, held)
        factor = max(min(wanted, most), 1.0)
        return Raised(_times(stimulus, factor), factor, at_limit=wanted > most)

    def note(self, stimulus: Stimulus, trace: Trace) -> None:
        """Take in what a stimulus did: a pulse makes the conductance unknown, a read known."""
        taken, score = iter(trace), stimulus.score()
        for column in score.columns():
            for name, segment in zip(score.terminals, column, strict=True):
                reading = None if segment.aperture is None else next(taken, None)
                if segment.purpose is Purpose.PROGRAM and segment.level:
                    self.forget("a pulse came after the last read")
                elif segment.purpose is Purpose.READ and name in self._ohms and reading is not None:
                    self._take(reading)

    def forget(self, why: str) -> None:
        """From now on the conductance is not known."""
        self._conductance, self._unknown = None, why

    def _take(self, reading: Reading) -> None:
        conductance = reading.conductance
        if reading.in_compliance:
            self.forget("the last read was held by its current limit, so it says too little")
        elif not isfinite(conductance):
            self.forget("the last read gave no conductance")
        else:
            self._conductance = max(conductance, 0.0)


def is_pulsed(stimulus: Stimulus) -> bool:
    """Whether a stimulus has pulses of voltage that are to be raised."""
    match stimulus:
        case Pulse():
            return stimulus.source is Source.VOLTAGE and stimulus.amplitude != 0
        case PulseTrain():
            return stimulus.source is Source.VOLTAGE and any(stimulus.amplitudes)
        case Waveforms():
            return any(any(track) for _, track in stimulus.levels)
        case Sweep():
            return stimulus.is_pulse and stimulus.source is Source.VOLTAGE
    return False


def most_raised(
    stimulus: Stimulus, profile: DeviceProfile, limits: Limits, held: Mapping[str, float]
) -> float:
    """The largest factor by which the levels of a stimulus may be multiplied."""
    return min(_factors(stimulus, profile, limits, held), default=inf)


def _factors(
    stimulus: Stimulus, profile: DeviceProfile, limits: Limits, held: Mapping[str, float]
) -> Iterator[float]:
    """What every level, power and difference between terminals leaves."""
    score, bounds = stimulus.score(), bounds_of(profile, limits, held)
    for bar in score.bars():
        for name, part in zip(score.terminals, bar.parts, strict=True):
            for segment in part:
                if segment.purpose is Purpose.PROGRAM and segment.level:
                    end = bounds[name].highest if segment.level > 0 else bounds[name].lowest
                    yield end / segment.level
                    # a little less, for a product of decimal numbers is none
                    power = bounds[name].max_power * (1 - 1e-6)
                    yield power / abs(segment.level * segment.limit)
        if len(score.terminals) < 2:
            continue
        for limit in profile.across:
            if not set(limit.terminals) <= set(score.terminals):
                continue
            first, second = map(score.terminals.index, limit.terminals)
            for column in bar.columns():
                difference = column[first].level - column[second].level
                if difference and any(one.purpose is Purpose.PROGRAM for one in column):
                    end = limit.max_voltage if difference > 0 else limit.min_voltage
                    yield end / difference


def _times(stimulus: Stimulus, factor: float) -> Stimulus:
    if factor == 1.0:
        return stimulus
    match stimulus:
        case Pulse():
            return replace(stimulus, amplitude=raised_level(stimulus.amplitude, factor))
        case PulseTrain():
            levels = tuple(raised_level(level, factor) for level in stimulus.amplitudes)
            return replace(stimulus, amplitudes=levels)
        case Waveforms():
            tracks = tuple(
                (name, tuple(raised_level(level, factor) for level in track))
                for name, track in stimulus.levels
            )
            return replace(stimulus, levels=tracks)
        case Sweep():
            levels = tuple(
                level if abs(level) <= stimulus.read_up_to else raised_level(level, factor)
                for level in stimulus.levels
            )
            return replace(stimulus, levels=levels)
    return stimulus
