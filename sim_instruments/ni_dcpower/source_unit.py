"""What a running channel does by itself, as parts of the timeline.

From NI-DCPower's "Single Point Source Mode" and "Sequence Source Mode": the source unit waits for
its trigger, changes the output, waits for the source delay, generates Source Complete, lets the
measure unit take its record, and goes on to the next step.
"""

from collections.abc import Callable, Generator, Iterator
from itertools import count
from typing import Any, Protocol

from mho.sim_instruments.ni_dcpower.attribute import Settings
from mho.sim_instruments.ni_dcpower.operating_point import BIASES, FAMILIES, Family
from mho.sim_instruments.ni_dcpower.sequences import Step
from mho.sim_instruments.ni_dcpower.specifications import MIN_STEP
from mho.sim_instruments.ni_dcpower.timeline import SAME_MOMENT, Due, Steps
from mho.sim_instruments.ni_dcpower.timing import PULSED, aperture, measures_when, record_time
from mho.sim_instruments.ni_dcpower.trigger_attributes import type_of
from mho.sim_instruments.ni_dcpower.values import (
    AFTER_SOURCE_COMPLETE,
    NO_TRIGGER,
    Event,
    Signal,
    Trigger,
)

_TYPES = {trigger: type_of(trigger) for trigger in Trigger}

Operation = Generator[Due | Trigger, float, float]


class Running(Protocol):
    """The channel as its source unit sees it. ``running`` are the settings in force."""

    running: dict[str, Any]

    @property
    def heard(self) -> bool:
        """Whether anybody waits for triggers or events of anybody."""
        ...

    def put(self, moment: float, settings: Settings, family: Family) -> None:
        """Put the operating point of ``settings`` on the output."""
        ...

    def acquire(self, moment: float, duration: float) -> None:
        """Take a measurement whose aperture ends at ``moment`` into the buffer."""
        ...

    def give(self, signal: Signal, moment: float) -> None:
        """Generate an event, or pass on a trigger that has been acted on."""
        ...


def single_point(smu: Running, moment: float) -> Steps:
    """One source operation."""
    moment = yield from _await(smu, Trigger.SOURCE, moment)
    yield from _operation(smu, smu.running, moment)


def sequence(smu: Running, steps: list[Step], commit_step: Step | None, moment: float) -> Steps:
    """All steps, as often as the loop count says; the last level stays on the output.

    The commit step is taken first and lasts its source delay (unverified).
    """
    settings = smu.running
    moment = yield from _await(smu, Trigger.START, moment)
    if commit_step is not None:
        first = {**settings, **commit_step}
        yield Due(moment)
        smu.put(moment, first, FAMILIES[first["OUTPUT_FUNCTION"]])
        moment += first["SOURCE_DELAY"]
    loops = settings["SEQUENCE_LOOP_COUNT"]
    for loop in range(loops) if settings["SEQUENCE_LOOP_COUNT_IS_FINITE"] else _endless():
        if loop:
            moment = yield from _await(smu, Trigger.SEQUENCE_ADVANCE, moment)
        for step in steps:
            moment = yield from _await(smu, Trigger.SOURCE, moment)
            begin = moment
            merged = {**smu.running, **step}
            moment = max((yield from _operation(smu, merged, moment)), begin + MIN_STEP)
            last = step is steps[-1] and loop == loops - 1
            if settings["SEQUENCE_STEP_DELTA_TIME_ENABLED"] and not last:
                moment = max(moment, begin + merged["SEQUENCE_STEP_DELTA_TIME"])
        yield Due(moment)
        smu.give(Event.SEQUENCE_ITERATION_COMPLETE, moment)
    smu.give(Event.SEQUENCE_ENGINE_DONE, moment)


def measure_unit(smu: Running) -> Steps:
    """A measure record at every Measure trigger."""
    while True:
        moment = yield Trigger.MEASURE
        smu.give(Trigger.MEASURE, moment)
        yield from _record(smu, smu.running, moment)


def _operation(smu: Running, settings: Settings, moment: float) -> Operation:
    function = settings["OUTPUT_FUNCTION"]
    if function in PULSED:
        return (yield from _pulse(smu, settings, FAMILIES[function], BIASES[function], moment))
    yield Due(moment)
    smu.put(moment, settings, FAMILIES[function])
    moment += settings["SOURCE_DELAY"]
    yield Due(moment)
    smu.give(Event.SOURCE_COMPLETE, moment)
    if measures_when(settings) == AFTER_SOURCE_COMPLETE:
        moment = yield from _record(smu, settings, moment)
    return moment


def _record(smu: Running, settings: Settings, moment: float) -> Operation:
    duration = aperture(settings)
    length = int(settings["MEASURE_RECORD_LENGTH"])
    endless = not settings["MEASURE_RECORD_LENGTH_IS_FINITE"]
    end = moment
    for number in _endless() if endless else range(length):
        end = moment + (number + 1) * duration
        yield Due(end, reading=True)
        smu.acquire(end, duration)
    smu.give(Event.MEASURE_COMPLETE, end)
    return end


def _pulse(
    smu: Running, settings: Settings, level: Family, bias: Family, moment: float
) -> Operation:
    """Bias, one pulse, bias.

    Pulse Complete comes the pulse bias delay after the pulse, at the latest with the end of the
    off time (unverified). A measurement that outlasts the pulse reads the bias.
    """
    yield Due(moment)
    smu.put(moment, settings, bias)
    if _waits(settings, Trigger.PULSE):
        smu.give(Event.READY_FOR_PULSE_TRIGGER, moment)
        moment = yield Trigger.PULSE
    smu.give(Trigger.PULSE, moment)
    smu.put(moment, settings, level)
    duration = aperture(settings)
    complete = moment + settings["SOURCE_DELAY"]
    fall: float = moment + settings["PULSE_ON_TIME"]
    end: float = fall + settings["PULSE_OFF_TIME"]
    agenda: list[tuple[Due, Callable[[float], None]]] = [
        (Due(complete), lambda now: smu.give(Event.SOURCE_COMPLETE, now)),
        (Due(fall), lambda now: smu.put(now, settings, bias)),
        (
            Due(min(fall + settings["PULSE_BIAS_DELAY"], end)),
            lambda now: smu.give(Event.PULSE_COMPLETE, now),
        ),
    ]
    if measures_when(settings) == AFTER_SOURCE_COMPLETE:
        for number in range(settings["MEASURE_RECORD_LENGTH"]):
            due = Due(complete + (number + 1) * duration, reading=True)
            agenda.append((due, lambda now: smu.acquire(now, duration)))
        measured = complete + record_time(settings)
        agenda.append((Due(measured), lambda now: smu.give(Event.MEASURE_COMPLETE, now)))
        end = max(end, measured)
    agenda.sort(key=lambda item: (round(item[0].moment, SAME_MOMENT), not item[0].reading))
    for due, act in agenda:
        yield due
        act(due.moment)
    yield Due(end)
    return end


def _waits(settings: Settings, trigger: Trigger) -> bool:
    return bool(settings[_TYPES[trigger]] != NO_TRIGGER)


def _await(smu: Running, trigger: Trigger, moment: float) -> Generator[Due | Trigger, float, float]:
    """Wait for ``trigger`` from ``moment`` on, if it is to be waited for, and pass it on."""
    if _waits(smu.running, trigger):
        yield Due(moment, reading=True)
        moment = yield trigger
    elif smu.heard:
        yield Due(moment)
    smu.give(trigger, moment)
    return moment


def _endless() -> Iterator[int]:
    return count()
