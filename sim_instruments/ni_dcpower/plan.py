"""One source operation worked out: what is put out, when, and what is measured. Seconds.

Worked out once for all steps of a sequence that ask for the same.
"""

from collections.abc import Iterator, Mapping
from heapq import merge
from typing import Any, NamedTuple

from mho.sim_instruments.ni_dcpower.attribute import Settings
from mho.sim_instruments.ni_dcpower.operating_point import (
    BIASES,
    FAMILIES,
    OperatingPoint,
    operating_point,
)
from mho.sim_instruments.ni_dcpower.timeline import SAME_MOMENT
from mho.sim_instruments.ni_dcpower.timing import aperture, measures_when
from mho.sim_instruments.ni_dcpower.values import AFTER_SOURCE_COMPLETE

SOURCE_COMPLETE, FALL, PULSE_COMPLETE = range(3)
"""What happens in a pulse, apart from measurements."""
READING = 3
"""The first measurement of a pulse; the second is one more, and so on."""
SHORT = 64
"""Measurements in a pulse up to which its agenda is kept."""
KEPT_PLANS = 4096
ENDLESS = -1


class Plan(NamedTuple):
    """One source operation.

    ``length`` measurements of ``duration`` follow Source Complete, none if 0, without end if
    `ENDLESS`. ``bias`` is what a pulse rises from and falls to; without pulse it is None, and the
    times of the pulse mean nothing. ``delta`` is the least time from step to step.
    """

    point: OperatingPoint
    bias: OperatingPoint | None
    delay: float
    on: float
    off: float
    bias_delay: float
    duration: float
    length: int
    delta: float
    agenda: tuple[int, ...]

    def order(self) -> Iterator[int]:
        """What happens in a pulse, in the order of time; measurements before changes."""
        return iter(self.agenda) if self.length <= SHORT else _order(self)


def record_length(settings: Settings) -> int:
    """How many measurements a measure record has, or `ENDLESS`."""
    finite = settings["MEASURE_RECORD_LENGTH_IS_FINITE"]
    return int(settings["MEASURE_RECORD_LENGTH"]) if finite else ENDLESS


def plan(settings: Settings) -> Plan:
    """The source operation that ``settings`` ask for."""
    function = settings["OUTPUT_FUNCTION"]
    family = BIASES.get(function)
    automatic = measures_when(settings) == AFTER_SOURCE_COMPLETE
    length = record_length(settings) if automatic else 0
    delta = settings["SEQUENCE_STEP_DELTA_TIME"]
    found = Plan(
        point=operating_point(settings, FAMILIES[function]),
        bias=None if family is None else operating_point(settings, family),
        delay=settings["SOURCE_DELAY"],
        on=settings["PULSE_ON_TIME"],
        off=settings["PULSE_OFF_TIME"],
        bias_delay=settings["PULSE_BIAS_DELAY"],
        duration=aperture(settings),
        length=length,
        delta=delta if settings["SEQUENCE_STEP_DELTA_TIME_ENABLED"] else 0.0,
        agenda=(),
    )
    if family is None or length > SHORT:
        return found
    return found._replace(agenda=tuple(_order(found)))


def _order(pulse: Plan) -> Iterator[int]:
    done = min(pulse.on + pulse.bias_delay, pulse.on + pulse.off)
    fixed = {SOURCE_COMPLETE: pulse.delay, FALL: pulse.on, PULSE_COMPLETE: done}

    def key(what: int) -> tuple[float, bool]:
        if what in fixed:
            return round(fixed[what], SAME_MOMENT), True
        return round(pulse.delay + (what - READING + 1) * pulse.duration, SAME_MOMENT), False

    return merge(sorted(fixed, key=key), range(READING, READING + pulse.length), key=key)


class Plans:
    """The plans of steps that all set the same attributes over ``running``.

    Of ``running`` only what switches the output may change while they are played.
    """

    def __init__(self, running: Mapping[str, Any]) -> None:
        self.running = running
        self._base = dict(running)
        self._known: dict[tuple[Any, ...], Plan] = {}

    def serve(self, running: Mapping[str, Any]) -> bool:
        """Go on with ``running``, if it is what the plans were worked out over."""
        if running != self._base:
            return False
        self.running = running
        return True

    def of(self, step: Mapping[str, Any]) -> Plan:
        """The plan of one step."""
        running = self.running
        key = (running["OUTPUT_ENABLED"], running["OUTPUT_CONNECTED"], *step.items())
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= KEPT_PLANS:
                self._known.clear()
            found = self._known[key] = plan({**running, **step})
        return found
