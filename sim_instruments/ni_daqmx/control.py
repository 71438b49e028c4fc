"""Verifying, reserving, starting and stopping tasks."""

import math

import numpy as np

from mho.sim_instruments.ni_daqmx import task as task_
from mho.sim_instruments.ni_daqmx import terminals, timing, values
from mho.sim_instruments.ni_daqmx.chassis import Chassis
from mho.sim_instruments.ni_daqmx.errors import (
    ATTR_NOT_SUPPORTED_IN_TASK,
    NOT_WHILE_RUNNING,
    OUTPUT_BUFFER_EMPTY,
    TRIG_WHEN_ON_DEMAND,
    DaqError,
)
from mho.sim_instruments.ni_daqmx.input_buffer import InputBuffer
from mho.sim_instruments.ni_daqmx.runs import (
    AnalogRun,
    AnalogSource,
    ClockRun,
    DigitalRun,
    InputRun,
    OutputRun,
    Run,
)
from mho.sim_instruments.ni_daqmx.signals import Listener
from mho.sim_instruments.ni_daqmx.task import Task
from mho.sim_instruments.ni_daqmx.ticks import ENDLESS, Ticks, Train

_SOURCES = {
    values.DIGITAL_EDGE: "DIG_EDGE_START_TRIG_SRC",
    values.ANALOG_EDGE: "ANLG_EDGE_START_TRIG_SRC",
    values.ANALOG_WINDOW: "ANLG_WIN_START_TRIG_SRC",
}


def verify(chassis: Chassis, task: Task) -> None:
    """Refuse what the card cannot do.

    Raises
    ------
    DaqError
        Says what.
    """
    kind, card = task.kind, task.card
    if task.is_clocked:
        static = kind in (values.DI, values.DO) and any(
            not port.rate for channel in task.channels for port, _ in channel.lines
        )
        timing.check(task.timing, card, kind, len(task.channels), static_lines=static)
        if task.timing.is_external:
            terminals.source(task.timing.source, card, chassis.cards)
    elif start_trigger(task) != values.NONE and kind != values.CO:
        raise DaqError(TRIG_WHEN_ON_DEMAND)
    source = trigger_source(task)
    if source:
        terminals.source(source, card, chassis.cards)
    for name, text in task.settings["EXPORT"].items():
        if name.endswith("OUTPUT_TERM"):
            for one in text.split(","):
                if one.strip():
                    terminals.destination(one, card, chassis.cards)
    task.state = max(task.state, task_.VERIFIED)


def start_trigger(task: Task) -> int:
    """The type of the start trigger."""
    return int(task.settings["TRIG"].get("START_TRIG_TYPE", values.NONE))


def trigger_source(task: Task) -> str:
    """The terminal of the start trigger as it was set; empty without one."""
    name = _SOURCES.get(start_trigger(task))
    return "" if name is None else str(task.settings["TRIG"].get(name, ""))


def reserve(chassis: Chassis, task: Task) -> None:
    """Have the task hold its lines and its part of the card; verifies it first."""
    verify(chassis, task)
    task.card.reserve(task.name, _resources(task))
    task.state = max(task.state, task_.RESERVED)


def commit(chassis: Chassis, task: Task) -> None:
    """Reserve; nothing more is to be done on a simulated card."""
    reserve(chassis, task)
    task.state = max(task.state, task_.COMMITTED)


def unreserve(chassis: Chassis, task: Task) -> None:
    """Back to verified; a running task is stopped first."""
    stop(chassis, task)
    if task.channels:
        task.card.release(task.name)
    task.state = min(task.state, task_.VERIFIED)


def _resources(task: Task) -> list[str]:
    kind = task.kind
    if kind == values.AI:
        return ["analogue input"]
    if kind in (values.CI, values.CO):
        return [f"ctr{channel.counter}" for channel in task.channels]
    found = []
    if kind == values.AO:
        found = [channel.output.name for channel in task.channels if channel.output is not None]
    if kind == values.DO:
        found = [f"{p.name}/line{bit}" for channel in task.channels for p, bit in channel.lines]
    if task.is_clocked:
        found.append(f"{task.subsystem} sample clock")
    return found


def start(chassis: Chassis, task: Task, *, implicit: bool = False) -> None:
    """Start a task, or arm it for its trigger.

    Raises
    ------
    DaqError
        It runs already, or one of `verify`, `reserve`, or its buffer is empty.
    """
    if task.state == task_.RUNNING:
        raise DaqError(NOT_WHILE_RUNNING, f"Task: {task.name}.")
    before = max(task.state, task_.VERIFIED) if task.channels else task.state
    _refuse_triggers(task)
    now = chassis.now()
    reserve(chassis, task)
    try:
        run = _new_run(task)
    except DaqError:
        if before < task_.RESERVED:
            task.card.release(task.name)
            task.state = before
        raise
    task.run = run
    task.before, task.state = before, task_.RUNNING
    task.is_implicit = implicit
    task.triggered_at = None
    task.events.began()
    if task.kind == values.DO:
        for channel in task.channels:
            for port, bit in channel.lines:
                port.driven |= 1 << bit
    if run is None:
        return
    _export(chassis, task)
    source = trigger_source(task)
    if start_trigger(task) == values.NONE or (task.kind == values.CO and not source):
        _trigger(chassis, task, run, now)
    elif source:
        _arm(chassis, task, run, source)
    chassis.play(now)


def _refuse_triggers(task: Task) -> None:
    for name in ("REF_TRIG_TYPE", "PAUSE_TRIG_TYPE", "ARM_START_TRIG_TYPE"):
        if task.settings["TRIG"].get(name, values.NONE) != values.NONE:
            raise DaqError(ATTR_NOT_SUPPORTED_IN_TASK, f"{name}: not simulated.")


def _new_run(task: Task) -> OutputRun | InputRun | ClockRun | None:
    kind = task.kind
    if kind == values.CI:
        return None
    if kind == values.CO:
        finite = task.timing.kind == values.IMPLICIT and task.timing.mode == values.FINITE
        continuous = task.timing.kind == values.IMPLICIT and not finite
        return ClockRun(Ticks(None if continuous else task.timing.samples if finite else 1))
    if not task.is_clocked:
        return None
    retriggerable = task.settings["TRIG"].get("START_TRIG_RETRIGGERABLE", False)
    limit = None if retriggerable else task.wanted
    if kind in (values.AO, values.DO):
        buffer = task.output
        if buffer is None:
            raise DaqError(OUTPUT_BUFFER_EMPTY, f"Task: {task.name}.")
        buffer.start()
        run = OutputRun(Ticks(limit), buffer)
        for channel in task.channels:
            if channel.output is not None:
                run.lines.append(channel.output)
            else:
                run.channels.append(channel.lines)
        return run
    delay = task.card.ai_delay if kind == values.AI else 0.0
    return acquisition(task, Ticks(limit, delay), task.input_size())


def acquisition(task: Task, ticks: Ticks, size: int) -> InputRun:
    """An acquisition of the task's channels."""
    overwrites = task.settings["READ"].get("OVERWRITE") == values.OVERWRITE
    if task.kind == values.AI:
        buffer = InputBuffer(len(task.channels), size, np.int16)
        run = AnalogRun(ticks, buffer, overwrites)
        for channel in task.channels:
            full_scale = channel.full_scale
            wired = channel.input is not None and channel.input.terminal is not None
            run.sources.append(
                AnalogSource(
                    full_scale=full_scale,
                    noise=task.card.ai_noise(full_scale),
                    low=channel.low or 0.0,
                    high=channel.high or 0.0,
                    line=channel.input if wired else None,
                    follows=channel.follows,
                    waves=task.card.settings.is_simulated and channel.input is not None,
                )
            )
        return run
    buffer = InputBuffer(len(task.channels), size, np.int64)
    lines = [channel.lines for channel in task.channels]
    return DigitalRun(
        ticks, buffer, overwrites, channels=lines, counts=task.card.settings.is_simulated
    )


def _export(chassis: Chassis, task: Task) -> None:
    for name, signal in (
        ("SAMP_CLK_OUTPUT_TERM", "SampleClock"),
        ("START_TRIG_OUTPUT_TERM", "StartTrigger"),
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


def _arm(chassis: Chassis, task: Task, run: Run, source: str) -> None:
    terminal = terminals.source(source, task.card, chassis.cards)
    again = task.settings["TRIG"].get("START_TRIG_RETRIGGERABLE", False)

    def edge(moment: float) -> None:
        if task.run is not run or task.state != task_.RUNNING:
            return
        if task.triggered_at is None or (again and run.ticks.next() == math.inf):
            _trigger(chassis, task, run, moment)

    chassis.signals.listen(terminal, Listener(task.name, None, None, edge))
    going = chassis.signals.running(terminal, chassis.clock.now())
    if going is not None:
        edge(going.start)


def _trigger(chassis: Chassis, task: Task, run: Run, moment: float) -> None:
    """The start trigger has come: the task's own clock starts, or it counts another's edges."""
    again = task.triggered_at is not None
    task.triggered_at = moment
    moment += float(task.settings["TRIG"].get("START_TRIG_DELAY", 0.0))
    if task.kind == values.CO:
        _pulse(chassis, task, run, moment)
        return
    chassis.signals.edge(task.name, task.terminal("StartTrigger"), moment)
    if not task.timing.is_external:
        count = ENDLESS if task.wanted is None else task.wanted
        train = Train(moment, 1 / task.timing.rate, count)
        run.ticks.feed(train)
        chassis.signals.train(task.name, task.terminal("SampleClock"), train)
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
    chassis.signals.listen(source, Listener(task.name, clock, run.ticks.cut, None))
    going = chassis.signals.running(source, moment)
    if going is not None:
        clock(going)


def _pulse(chassis: Chassis, task: Task, run: Run, moment: float) -> None:
    """A counter gives its pulses."""
    settings = task.channels[0].settings
    frequency = float(settings.get("CO_PULSE_FREQ", 1000.0))
    count = ENDLESS if run.ticks.limit is None else run.ticks.limit
    delay = float(settings.get("CO_PULSE_TIME_INITIAL_DELAY", 0.0))
    train = Train(moment + delay, 1 / frequency, count)
    run.ticks.feed(train)
    chassis.signals.train(task.name, task.terminal("InternalOutput"), train)


def stop(chassis: Chassis, task: Task) -> None:
    """Stop a task; what it put out last stays. A task that does not run stays as it is."""
    if task.state != task_.RUNNING:
        return
    now = chassis.now()
    chassis.signals.stop(task.name, now)
    task.state = task.before
    if isinstance(task.run, OutputRun) and task.output is not None:
        task.output.rewind()
    if task.state < task_.RESERVED and task.channels:
        task.card.release(task.name)
    chassis.changed.notify_all()
