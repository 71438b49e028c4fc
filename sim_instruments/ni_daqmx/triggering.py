"""Start triggers and sample clocks: what a task waits for, and what it gives to others."""

import math

from mho.sim_instruments.ni_daqmx import pausing, terminals, values
from mho.sim_instruments.ni_daqmx import task as task_
from mho.sim_instruments.ni_daqmx.chassis import Chassis
from mho.sim_instruments.ni_daqmx.runs import (
    Run,
)
from mho.sim_instruments.ni_daqmx.signals import Listener
from mho.sim_instruments.ni_daqmx.task import Task
from mho.sim_instruments.ni_daqmx.ticks import ENDLESS, Train


def export(chassis: Chassis, task: Task) -> None:
    """Give the signals of a task at the terminals that they are exported to."""
    for name, signal in (
        ("SAMP_CLK_OUTPUT_TERM", "SampleClock"),
        ("START_TRIG_OUTPUT_TERM", "StartTrigger"),
        ("REF_TRIG_OUTPUT_TERM", "ReferenceTrigger"),
        ("CTR_OUT_EVENT_OUTPUT_TERM", "InternalOutput"),
    ):
        text = task.settings["EXPORT"].get(name, "")
        found = [
            terminals.destination(one, task.card, chassis.cards)
            for one in text.split(",")
            if one.strip()
        ]
        if found:
            chassis.signals.export(task.name, task.terminal(signal), found)


def arm(chassis: Chassis, task: Task, run: Run, source: str) -> None:
    """Have a task wait for its start trigger."""
    terminal = terminals.source(source, task.card, chassis.cards)
    again = task.settings["TRIG"].get("START_TRIG_RETRIGGERABLE", False)

    def edge(moment: float) -> None:
        if task.run is not run or task.state != task_.RUNNING:
            return
        if task.triggered_at is None or (again and run.ticks.next() == math.inf):
            trigger(chassis, task, run, moment)

    falls = task.settings["TRIG"].get("DIG_EDGE_START_TRIG_EDGE", values.RISING) == values.FALLING
    chassis.signals.listen(terminal, Listener(task.name, edge=edge, falls=falls))
    going = chassis.signals.running(terminal, chassis.clock.now())
    if going is not None:
        edge(going.start)


def trigger(chassis: Chassis, task: Task, run: Run, moment: float) -> None:
    """The start trigger has come: the task's own clock starts, or it counts another's edges."""
    again = task.triggered_at is not None
    task.triggered_at = moment
    moment += float(task.settings["TRIG"].get("START_TRIG_DELAY", 0.0))
    if task.kind == values.CO:
        _pulse(chassis, task, run, moment)
        return
    chassis.signals.edge(task.name, task.terminal("StartTrigger"), moment)
    if not task.timing.is_external:
        count = ENDLESS if task.wanted is None or task.has_reference else task.wanted

        def give(train: Train) -> None:
            run.ticks.feed(train)
            chassis.signals.train(task.name, task.terminal("SampleClock"), train)

        pausing.gate(chassis, task, run, give)(Train(moment, 1 / task.timing.rate, count))
        return
    if again:
        return
    falls = task.timing.edge == values.FALLING

    def clock(train: Train) -> None:
        shift = train.period / 2 if falls else 0.0
        first = train.before(moment)
        run.ticks.feed(train.after(first)._replace(start=train.moment(first) + shift))
        chassis.signals.train(task.name, task.terminal("SampleClock"), train.after(first))

    source = terminals.source(task.timing.source, task.card, chassis.cards)
    pausing.count(chassis, task, run, source, clock, moment)


def _pulse(chassis: Chassis, task: Task, run: Run, moment: float) -> None:
    """A counter gives its pulses."""
    settings = task.channels[0].settings
    frequency = float(settings.get("CO_PULSE_FREQ", 1000.0))
    count = ENDLESS if run.ticks.limit is None else run.ticks.limit
    delay = float(settings.get("CO_PULSE_TIME_INITIAL_DELAY", 0.0))
    train = Train(moment + delay, 1 / frequency, count)
    run.ticks.feed(train)
    chassis.signals.train(task.name, task.terminal("InternalOutput"), train)
