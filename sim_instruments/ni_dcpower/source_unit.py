"""What a running channel does by itself, as parts of the timeline.

From NI-DCPower's "Single Point Source Mode" and "Sequence Source Mode": the source unit waits for
its trigger, changes the output, waits for the source delay, generates Source Complete, lets the
measure unit take its record, and goes on to the next step.
"""

from collections.abc import Collection, Generator
from itertools import count
from typing import Any, Protocol

from mho.sim_instruments.ni_dcpower.attribute import Settings
from mho.sim_instruments.ni_dcpower.operating_point import OperatingPoint
from mho.sim_instruments.ni_dcpower.plan import (
    ENDLESS,
    FALL,
    READING,
    SOURCE_COMPLETE,
    Plan,
    Plans,
    plan,
    record_length,
)
from mho.sim_instruments.ni_dcpower.sequences import Step
from mho.sim_instruments.ni_dcpower.specifications import MIN_STEP
from mho.sim_instruments.ni_dcpower.timeline import Due, Steps
from mho.sim_instruments.ni_dcpower.timing import aperture
from mho.sim_instruments.ni_dcpower.trigger_attributes import type_of
from mho.sim_instruments.ni_dcpower.values import NO_TRIGGER, Event, Trigger

_TYPES = {trigger: type_of(trigger) for trigger in Trigger}
Operation = Generator[Due | Trigger, float, float]


class Running(Protocol):
    """The channel as its source unit sees it. ``running`` are the settings in force."""

    running: dict[str, Any]

    @property
    def heard(self) -> bool:
        """Whether anybody waits for triggers or events of anybody."""
        ...

    def put(self, moment: float, point: OperatingPoint) -> None:
        """Put an operating point on the output."""
        ...

    def acquire(self, moment: float, duration: float) -> bool:
        """Take a measurement whose aperture ends at ``moment`` into the buffer, if it has room."""
        ...

    def notify(self, event: Event, moment: float) -> None:
        """Generate an event."""
        ...

    def passes(self, trigger: Trigger, moment: float) -> None:
        """Pass on a trigger that has been acted on."""
        ...


def single_point(smu: Running, moment: float) -> Steps:
    """One source operation. Start and Sequence Advance trigger are not used in this mode."""
    moment = yield from _await(smu, Trigger.SOURCE, moment)
    yield from _operation(smu, plan(smu.running), moment)


def sequence(
    smu: Running, plans: Plans, steps: Collection[Step], commit_step: Step | None, moment: float
) -> Steps:
    """All steps, as often as the loop count says; the last level stays on the output.

    The commit step is taken first and lasts its source delay (unverified).
    """
    settings = smu.running
    awaits = _waits(settings, Trigger.SOURCE)
    moment = yield from _await(smu, Trigger.START, moment)
    if commit_step is not None:
        first = plans.of(commit_step)
        yield Due(moment)
        smu.put(moment, first.point)
        moment += first.delay
    finite, loops = settings["SEQUENCE_LOOP_COUNT_IS_FINITE"], settings["SEQUENCE_LOOP_COUNT"]
    for loop in range(loops) if finite else count():
        if loop:
            moment = yield from _await(smu, Trigger.SEQUENCE_ADVANCE, moment)
        left = len(steps)
        for step in steps:
            left -= 1
            if awaits or smu.heard:
                moment = yield from _await(smu, Trigger.SOURCE, moment)
            begin = moment
            now = plans.of(step)
            moment = max((yield from _operation(smu, now, moment)), begin + MIN_STEP)
            if now.delta and (left or not finite or loop < loops - 1):
                moment = max(moment, begin + now.delta)
        yield Due(moment)
        smu.notify(Event.SEQUENCE_ITERATION_COMPLETE, moment)
    smu.notify(Event.SEQUENCE_ENGINE_DONE, moment)


def measure_unit(smu: Running) -> Steps:
    """A measure record at every Measure trigger."""
    while True:
        moment = yield Trigger.MEASURE
        smu.passes(Trigger.MEASURE, moment)
        length = record_length(smu.running)
        yield from _record(smu, aperture(smu.running), length, moment)


def _operation(smu: Running, what: Plan, moment: float) -> Operation:
    if what.bias is not None:
        return (yield from _pulse(smu, what, what.bias, moment))
    yield Due(moment)
    smu.put(moment, what.point)
    moment += what.delay
    yield Due(moment)
    smu.notify(Event.SOURCE_COMPLETE, moment)
    if what.length:
        moment = yield from _record(smu, what.duration, what.length, moment)
    return moment


def _record(smu: Running, duration: float, length: int, moment: float) -> Operation:
    """So many measurements; a record without end ends with the first that finds no room."""
    end = moment
    for number in count() if length == ENDLESS else range(length):
        end = moment + (number + 1) * duration
        yield Due(end, reading=True)
        if not smu.acquire(end, duration) and length == ENDLESS:
            break
    smu.notify(Event.MEASURE_COMPLETE, end)
    return end


def _pulse(smu: Running, what: Plan, bias: OperatingPoint, moment: float) -> Operation:
    """Bias, one pulse, bias.

    Pulse Complete comes the pulse bias delay after the pulse, at the latest with the end of the
    off time (unverified). A measurement that outlasts the pulse reads the bias.
    """
    yield Due(moment)
    smu.put(moment, bias)
    if _waits(smu.running, Trigger.PULSE):
        smu.notify(Event.READY_FOR_PULSE_TRIGGER, moment)
        moment = yield Trigger.PULSE
    smu.passes(Trigger.PULSE, moment)
    smu.put(moment, what.point)
    complete, fall = moment + what.delay, moment + what.on
    end = fall + what.off
    last = READING + what.length - 1
    for happening in what.order():
        if happening >= READING:
            moment = complete + (happening - READING + 1) * what.duration
            yield Due(moment, reading=True)
            smu.acquire(moment, what.duration)
            if happening == last:
                smu.notify(Event.MEASURE_COMPLETE, moment)
        elif happening == FALL:
            yield Due(fall)
            smu.put(fall, bias)
        elif happening == SOURCE_COMPLETE:
            yield Due(complete)
            smu.notify(Event.SOURCE_COMPLETE, complete)
        else:
            done = min(fall + what.bias_delay, end)
            yield Due(done)
            smu.notify(Event.PULSE_COMPLETE, done)
    return max(end, moment)


def _waits(settings: Settings, trigger: Trigger) -> bool:
    return bool(settings[_TYPES[trigger]] != NO_TRIGGER)


def _await(smu: Running, trigger: Trigger, moment: float) -> Operation:
    """Wait for ``trigger`` from ``moment`` on, if it is to be waited for, and pass it on."""
    if _waits(smu.running, trigger):
        yield Due(moment, reading=True)
        moment = yield trigger
    elif smu.heard:
        yield Due(moment)
    smu.passes(trigger, moment)
    return moment
