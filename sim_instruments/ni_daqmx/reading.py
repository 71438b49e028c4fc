"""Reading from a task: waiting for samples and taking them out of its buffer."""

import math

import numpy as np
from numpy.typing import NDArray

from mho.sim_instruments.ni_daqmx import control, values, verification
from mho.sim_instruments.ni_daqmx import task as task_
from mho.sim_instruments.ni_daqmx.chassis import Chassis
from mho.sim_instruments.ni_daqmx.errors import (
    NO_INPUT_CHANS_IN_TASK,
    NO_REF_TRIG,
    SAMPLES_NEVER_AVAILABLE,
    SAMPLES_NO_LONGER_AVAILABLE,
    SAMPLES_NOT_YET_AVAILABLE,
    DaqError,
)
from mho.sim_instruments.ni_daqmx.runs import InputRun
from mho.sim_instruments.ni_daqmx.task import Task
from mho.sim_instruments.ni_daqmx.ticks import Ticks, Train

Samples = NDArray[np.generic]

ALL = -1
"""As many as there are, of a finite task as many as come."""


def read(chassis: Chassis, task: Task, count: int, timeout: float) -> tuple[Samples, int]:
    """Samples as codes or bits, one row a channel, and a status: that of a part, else 0.

    Raises
    ------
    DaqError
        Nothing can be read.
    """
    if task.kind == values.DO:
        return _lines_as_written(task, 1 if count < 0 else count), 0
    if task.kind not in (values.AI, values.DI):
        raise DaqError(NO_INPUT_CHANS_IN_TASK, f"Task: {task.name}.")
    chassis.now()
    if not task.is_clocked:
        return _on_demand(chassis, task, 1 if count < 0 else count), 0
    if task.state != task_.RUNNING:
        control.start(chassis, task, implicit=True)
    run = task.run
    assert isinstance(run, InputRun)  # noqa: S101
    return _from_buffer(chassis, task, run, count, timeout)


def _from_buffer(
    chassis: Chassis, task: Task, run: InputRun, count: int, timeout: float
) -> tuple[Samples, int]:
    buffer = run.buffer
    if task.has_reference and not _is_whole(chassis, task, run, timeout):
        return buffer.get(0, 0), SAMPLES_NOT_YET_AVAILABLE
    start = _start(task, run)
    finite = run.ticks.limit
    if count == ALL:
        waits = finite is not None and not task.settings["READ"].get("READ_ALL_AVAIL_SAMP", False)
        count = (finite or 0) - start if waits else buffer.acquired - start
    elif finite is not None:
        if start >= finite and count:
            raise DaqError(SAMPLES_NEVER_AVAILABLE, f"Task: {task.name}.")
        count = min(count, finite - start)

    def ready() -> bool:
        return (
            buffer.acquired >= start + count
            or run.ended is not None
            or task.run is not run
            or task.state != task_.RUNNING
        )

    chassis.wait(ready, lambda: run.ticks.when(start + count), timeout)
    if run.error is not None:
        raise run.error
    if buffer.oldest > start:
        buffer.position = buffer.oldest
        raise DaqError(SAMPLES_NO_LONGER_AVAILABLE, f"Task: {task.name}.")
    got = max(0, min(count, buffer.acquired - start))
    samples = buffer.get(start, got)
    buffer.position = start + got
    if task.is_implicit and finite is not None and buffer.position >= finite:
        control.stop(chassis, task)
    return samples, SAMPLES_NOT_YET_AVAILABLE if got < count else 0


def _is_whole(chassis: Chassis, task: Task, run: InputRun, timeout: float) -> bool:
    """Wait for what a reference trigger ends; whether it came to its end within ``timeout`` s."""

    def ready() -> bool:
        limit = run.ticks.limit
        return limit is not None and run.buffer.acquired >= limit

    def when() -> float:
        limit = run.ticks.limit
        return math.inf if limit is None else run.ticks.when(limit)

    chassis.wait(ready, when, timeout)
    if run.error is not None:
        raise run.error
    if not ready():
        return False
    run.buffer.position = max(run.buffer.position, _first_kept(task, run))
    return True


def _first_kept(task: Task, run: InputRun) -> int:
    """The number of the first pretrigger sample."""
    return (run.ticks.limit or 0) - (task.wanted or 0)


def _start(task: Task, run: InputRun) -> int:
    settings = task.settings["READ"]
    relative = settings.get("RELATIVE_TO", values.CURRENT_READ)
    of_reference = (values.REFERENCE_TRIGGER, values.FIRST_PRETRIGGER)
    if relative in of_reference and run.reference is None:
        raise DaqError(NO_REF_TRIG, f"Task: {task.name}.")
    base = {
        values.FIRST_SAMPLE: _first_kept(task, run) if task.has_reference else 0,
        values.FIRST_PRETRIGGER: _first_kept(task, run),
        values.REFERENCE_TRIGGER: run.reference,
        values.MOST_RECENT: run.buffer.acquired,
    }.get(relative, run.buffer.position)
    return max(0, (base or 0) + int(settings.get("OFFSET", 0)))


def _on_demand(chassis: Chassis, task: Task, count: int) -> Samples:
    """Samples that are taken now, one after the other as fast as the card can."""
    started = task.state == task_.RUNNING
    if not started:
        verification.reserve(chassis, task)
    if task.on_demand is None or len(task.on_demand.buffer.get(0, 0)) != len(task.channels):
        task.on_demand = control.acquisition(task, Ticks(None), 1)
    run = control.acquisition(task, Ticks(None), count)
    run.ticks.taken = task.on_demand.ticks.taken
    base = run.ticks.taken
    card = task.card
    rate = (card.what.ai_total_rate or 1e6) / len(task.channels)
    now = chassis.now()
    delay = card.ai_delay if task.kind == values.AI else 0.0
    run.ticks.feed(Train(now + delay, 1 / rate, count))
    kept_run, kept_state = task.run, task.state
    task.run, task.state = run, task_.RUNNING
    try:
        chassis.wait(
            lambda: run.buffer.acquired >= count, lambda: run.ticks.when(base + count), math.inf
        )
    finally:
        task.run, task.state = kept_run, kept_state
    task.on_demand.ticks.taken = run.ticks.taken
    if not started and task.before < task_.RESERVED and task.state < task_.COMMITTED:
        task.card.release(task.name)
        task.state = min(task.state, task_.VERIFIED)
    return run.buffer.get(0, count)


def _lines_as_written(task: Task, count: int) -> Samples:
    rows = []
    for channel in task.channels:
        bits = sum((port.state >> bit & 1) << n for n, (port, bit) in enumerate(channel.lines))
        rows.append(np.full(count, bits, dtype=np.int64))
    return np.stack(rows)
