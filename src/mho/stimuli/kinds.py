"""What is applied to the device, as frozen data that a bench compiles.

Volts, amperes and seconds throughout. A stimulus drives one terminal (`Waveforms` and `Family`:
several), starts from 0 V and ends with it back at 0 V for `RETURN_TO_ZERO`, whatever bench plays
it.
Terminals that are held meanwhile (a gate) are set by ``Bench.bias``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

RETURN_TO_ZERO = 50e-6
"""Seconds at 0 V that close every stimulus, so that the next one starts from a settled zero."""


class Plateau(NamedTuple):
    """A constant level (V) for a duration (s); read over its last ``aperture`` seconds, or not."""

    level: float
    duration: float
    compliance: float
    aperture: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A verify read at a voltage that leaves the state alone.

    The voltage is applied for ``settle + aperture`` seconds and the current is averaged over the
    last ``aperture`` seconds.
    """

    voltage: float
    aperture: float
    compliance: float
    settle: float = 0.0

    def plateau(self) -> Plateau:
        """The one plateau of this read."""
        return Plateau(self.voltage, self.settle + self.aperture, self.compliance, self.aperture)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """One rectangular pulse from 0 V, and the verify read that follows it (if any).

    The pulse itself is read over the second half of its ``width``; ``rest`` seconds at 0 V
    separate it from the verify read. Its trace has one point for the pulse and, with ``verify``,
    a second one for the read.
    """

    terminal: str
    amplitude: float
    width: float
    compliance: float
    rest: float = 0.0
    verify: Read | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseTrain:
    """Pulses of one width, ``rest`` seconds at 0 V after each, a read after every nth.

    The trace has one point per pulse, and one per read in the order of time.
    """

    terminal: str
    amplitudes: tuple[float, ...]
    width: float
    compliance: float
    rest: float
    verify: Read | None = None
    verify_every: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """A staircase: each level held for ``dwell`` seconds and read over the last ``aperture``.

    The trace has one point per level. With ``stop_in_compliance`` the sweep ends after the first
    level at which the current limit holds the output, and the trace with it.
    """

    terminal: str
    levels: tuple[float, ...]
    dwell: float
    aperture: float
    compliance: float
    stop_in_compliance: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A family of curves: one sweep after the other, another terminal held at the next step.

    The trace has the points of all sweeps, curve by curve. Between two curves the swept terminal
    goes from its last level to its first one, or by way of 0 V. No reading is taken sooner than
    ``settle`` seconds after a step: where the sweep itself does not wait so long before its first
    reading, each curve begins with a ``lead`` at 0 V.
    """

    sweep: Sweep
    stepped: str
    steps: tuple[float, ...]
    step_compliance: float
    settle: float = 0.0

    @property
    def terminal(self) -> str:
        """The terminal that is swept and read."""
        return self.sweep.terminal

    @property
    def lead(self) -> float:
        """Seconds at 0 V that begin each curve, in whole microseconds; often none."""
        waits = self.sweep.dwell - self.sweep.aperture
        return max(round(self.settle - waits, 6), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A constant level, read ``count`` times: every ``interval`` over its last ``aperture`` s.

    The trace has ``count`` points.
    """

    terminal: str
    level: float
    count: int
    interval: float
    aperture: float
    compliance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Waveforms:
    """Levels on several terminals at once, piece by piece on one time axis, then a verify read.

    Attributes
    ----------
    terminal
        Where the verify read is taken; the others are at 0 V then.
    durations
        Length of each piece (s).
    levels
        For each driven terminal its name and one level (V) a piece.

    The trace has one point, the verify read.
    """

    terminal: str
    durations: tuple[float, ...]
    levels: tuple[tuple[str, tuple[float, ...]], ...]
    compliance: float
    verify: Read


Stimulus = Pulse | PulseTrain | Sweep | Family | Hold | Waveforms


def plateaus(stimulus: Stimulus, terminal: str | None = None) -> Iterator[Plateau]:
    """The plateaus at one terminal in the order of time, the closing return to 0 V included.

    A plateau with an ``aperture`` gives one point of the trace; that a sweep may stop in compliance
    is not looked at. ``terminal`` is needed where a
    stimulus drives several; the default is the one that is read.
    """
    match stimulus:
        case Waveforms():
            at = stimulus.terminal if terminal is None else terminal
            levels = dict(stimulus.levels).get(at, (0.0,) * len(stimulus.durations))
            for level, duration in zip(levels, stimulus.durations, strict=True):
                yield Plateau(level, duration, stimulus.compliance, None)
            read = stimulus.verify.plateau()
            yield read if at == stimulus.terminal else read._replace(level=0.0, aperture=None)
        case Pulse():
            yield _pulse_plateau(stimulus, stimulus.amplitude)
            if stimulus.verify is not None:
                yield from _rest(stimulus)
                yield stimulus.verify.plateau()
        case PulseTrain():
            for number, amplitude in enumerate(stimulus.amplitudes, start=1):
                yield _pulse_plateau(stimulus, amplitude)
                yield from _rest(stimulus)
                if stimulus.verify is not None and number % stimulus.verify_every == 0:
                    yield stimulus.verify.plateau()
        case Sweep():
            for level in stimulus.levels:
                yield Plateau(level, stimulus.dwell, stimulus.compliance, stimulus.aperture)
        case Family():
            curve = list(plateaus(stimulus.sweep))[:-1]
            if stimulus.lead:
                curve.insert(0, Plateau(0.0, stimulus.lead, stimulus.sweep.compliance, None))
            for held in stimulus.steps:
                for played in curve:
                    if terminal == stimulus.stepped:
                        yield Plateau(held, played.duration, stimulus.step_compliance, None)
                    else:
                        yield played
        case Hold():
            step = Plateau(
                stimulus.level, stimulus.interval, stimulus.compliance, stimulus.aperture
            )
            for _ in range(stimulus.count):
                yield step
    yield Plateau(0.0, RETURN_TO_ZERO, _compliance(stimulus, terminal), None)


def driven(stimulus: Stimulus) -> tuple[str, ...]:
    """The terminals that a stimulus drives, the one that is read first."""
    if isinstance(stimulus, Family):
        return (stimulus.terminal, stimulus.stepped)
    if isinstance(stimulus, Waveforms):
        others = (name for name, _ in stimulus.levels if name != stimulus.terminal)
        return (stimulus.terminal, *others)
    return (stimulus.terminal,)


def duration(stimulus: Stimulus) -> float:
    """Seconds from the start of a stimulus to the end of its return to 0 V."""
    if isinstance(stimulus, Hold):  # its plateaus may be very many
        return stimulus.count * stimulus.interval + RETURN_TO_ZERO
    return sum(plateau.duration for plateau in plateaus(stimulus))


def _compliance(stimulus: Stimulus, terminal: str | None) -> float:
    if not isinstance(stimulus, Family):
        return stimulus.compliance
    if terminal == stimulus.stepped:
        return stimulus.step_compliance
    return stimulus.sweep.compliance


def _pulse_plateau(stimulus: Pulse | PulseTrain, amplitude: float) -> Plateau:
    return Plateau(amplitude, stimulus.width, stimulus.compliance, stimulus.width / 2)


def _rest(stimulus: Pulse | PulseTrain) -> Iterator[Plateau]:
    if stimulus.rest > 0:
        yield Plateau(0.0, stimulus.rest, stimulus.compliance, None)
