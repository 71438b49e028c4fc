"""Starting and stopping tasks."""

import numpy as np

from mho.sim_instruments.ni_daqmx import referencing, triggering, values, verification
from mho.sim_instruments.ni_daqmx import task as task_
from mho.sim_instruments.ni_daqmx.chassis import Chassis
from mho.sim_instruments.ni_daqmx.errors import (
    NOT_WHILE_RUNNING,
    OUTPUT_BUFFER_EMPTY,
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
)
from mho.sim_instruments.ni_daqmx.task import Task
from mho.sim_instruments.ni_daqmx.ticks import Ticks


def unreserve(chassis: Chassis, task: Task) -> None:
    """Back to verified; a running task is stopped first."""
    stop(chassis, task)
    if task.channels:
        task.card.release(task.name)
    task.state = min(task.state, task_.VERIFIED)


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
    now = chassis.now()
    verification.reserve(chassis, task)
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
    triggering.export(chassis, task)
    if isinstance(run, InputRun):
        referencing.arm(chassis, task, run)
    source = verification.trigger_source(task)
    if verification.start_trigger(task) == values.NONE or (task.kind == values.CO and not source):
        triggering.trigger(chassis, task, run, now)
    elif source:
        triggering.arm(chassis, task, run, source)
    chassis.play(now)


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
    limit = None if retriggerable or task.has_reference else task.wanted
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
    overwrites = task.settings["READ"].get("OVERWRITE") == values.OVERWRITE or task.has_reference
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
