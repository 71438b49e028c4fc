"""Benches with one fault each, of the kind that a driver may have, on the ideal instrument."""

from dataclasses import replace

from mho.errors import LimitError
from mho.readings import Trace
from mho.stimuli import Pulse


class Sound:
    """The bench as it is; a fault overrides one thing."""

    def __init__(self, bench):
        self.bench = bench

    def __getattr__(self, name):
        return getattr(self.bench, name)

    def __enter__(self):
        self.bench.__enter__()
        return self

    def __exit__(self, *why):
        self.bench.__exit__(*why)

    def apply(self, stimulus):
        trace = self.bench.apply(stimulus)
        return Trace(tuple(self.altered(list(trace))))

    def altered(self, readings):
        return readings


class OutOfOrder(Sound):
    def altered(self, readings):
        return [*readings[:-2], *reversed(readings[-2:])]


class OneShort(Sound):
    def altered(self, readings):
        return readings[: max(1, len(readings) - 1)]


class LeftOn(Sound):
    def apply(self, stimulus):
        trace = super().apply(stimulus)
        self.bench.bias(stimulus.terminal, 0.1, 1e-4)
        return trace


class ComplianceNotReported(Sound):
    def altered(self, readings):
        return [reading._replace(in_compliance=False) for reading in readings]


class LevelInsteadOfMeasured(Sound):
    """What the limit held is told at the level that was asked for."""

    def apply(self, stimulus):
        readings = list(self.bench.apply(stimulus))
        if isinstance(stimulus, Pulse) and readings[0].in_compliance:
            readings[0] = readings[0]._replace(voltage=stimulus.amplitude)
        return Trace(tuple(readings))


class RefusalApproximated(Sound):
    """A pulse too short is made long enough."""

    def apply(self, stimulus):
        try:
            return super().apply(stimulus)
        except LimitError:
            if not isinstance(stimulus, Pulse):
                raise
            width = 4 * self.limits[stimulus.terminal].min_width
            return super().apply(replace(stimulus, width=width))


class LimitLingers(Sound):
    """The limit of a stimulus still holds in the read behind it."""

    def altered(self, readings):
        limited = readings[0].in_compliance
        return [reading._replace(in_compliance=limited) for reading in readings]


class StaysOn(Sound):
    """Switched off, it leaves on what is held."""

    def off(self):
        pass
