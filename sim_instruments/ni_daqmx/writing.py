"""Writing to a task: at once, into its buffer before the start, or as room comes while it runs."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mho.sim_instruments.ni_daqmx import control, values, verification
from mho.sim_instruments.ni_daqmx import task as task_
from mho.sim_instruments.ni_daqmx.block import ports_of, with_lines
from mho.sim_instruments.ni_daqmx.chassis import Chassis
from mho.sim_instruments.ni_daqmx.errors import (
    AO_DATA_OUT_OF_RANGE,
    NO_OUTPUT_CHANS_IN_TASK,
    ONLY_WHILE_RUNNING,
    SAMPLES_CANNOT_YET_BE_WRITTEN,
    DaqError,
)
from mho.sim_instruments.ni_daqmx.line import HALF_SCALE, Codes, codes_of
from mho.sim_instruments.ni_daqmx.output_buffer import OutputBuffer
from mho.sim_instruments.ni_daqmx.runs import OutputRun
from mho.sim_instruments.ni_daqmx.task import Task

Samples = NDArray[np.generic]


def check_kind(task: Task, kind: int) -> None:
    """Refuse a write to channels of another kind."""
    if task.kind != kind:
        raise DaqError(NO_OUTPUT_CHANS_IN_TASK, f"Task: {task.name}.")


def volts_as_codes(task: Task, rows: NDArray[np.float64]) -> Codes:
    """Volts, one row a channel, as codes.

    Raises
    ------
    DaqError
        A value is beyond the limits of its channel, or no number.
    """
    for row, channel in zip(rows, task.channels, strict=True):
        low, high = channel.low, channel.high
        if low is None or high is None or not len(row):
            continue
        least, most = float(np.min(row)), float(np.max(row))
        if not (least >= low - 1e-9 and most <= high + 1e-9):
            raise DaqError(
                AO_DATA_OUT_OF_RANGE,
                f"Channel: {channel.name}. Requested: {least:g} V to {most:g} V. "
                f"Minimum: {low:g} V. Maximum: {high:g} V.",
            )
    return np.stack(
        [
            codes_of(row if channel.scale is None else channel.scale.volts(row), channel.full_scale)
            for row, channel in zip(rows, task.channels, strict=True)
        ]
    )


def write(chassis: Chassis, task: Task, rows: Samples, *, auto_start: bool, timeout: float) -> int:
    """Write codes or bits, one row a channel; gives how many samples of each.

    Raises
    ------
    DaqError
        They were not all written in time, or cannot be.
    """
    chassis.now()
    count = int(rows.shape[1])
    if not task.is_clocked:
        _on_demand(chassis, task, rows, auto_start=auto_start)
        return count
    if task.state == task_.RUNNING and task.is_implicit and task.is_done(chassis.moment):
        control.stop(chassis, task)
    if task.state == task_.RUNNING:
        return _while_running(chassis, task, rows, timeout)
    verification.verify(chassis, task)
    if task.output is None or task.output.was_started:
        task.output = task.new_output()
    task.output.prime(rows)
    if auto_start:
        control.start(chassis, task, implicit=True)
    return count


def _on_demand(chassis: Chassis, task: Task, rows: Samples, *, auto_start: bool) -> None:
    running = task.state == task_.RUNNING
    if not running and not auto_start:
        raise DaqError(ONLY_WHILE_RUNNING, f"Task: {task.name}.")
    before = task.state
    if not running:
        verification.reserve(chassis, task)
    now = chassis.now()
    if rows.shape[1]:
        if task.kind == values.AO:
            for row, channel in zip(rows, task.channels, strict=True):
                if channel.output is not None:
                    channel.output.code = int(row[-1])
                    chassis.player.drive(now, channel.output, channel.output.code)
        else:
            _put_lines(chassis, task, rows, now)
    if not running and before < task_.RESERVED:
        task.card.release(task.name)
        task.state = max(before, task_.VERIFIED)


def _put_lines(chassis: Chassis, task: Task, rows: Samples, now: float) -> None:
    channels = [channel.lines for channel in task.channels]
    for port in ports_of(channels):
        states = [port.state, *with_lines(port, channels, rows).tolist()]
        for lines in channels:
            for other, bit in lines:
                if other is port:
                    port.driven |= 1 << bit
        port.state = int(states[-1])
        for before, after in pairwise(states):
            for bit in range(port.lines):
                if (after ^ before) >> bit & 1 and port.name in _PFI:
                    terminal = f"/{task.card.name}/PFI{_PFI[port.name] + bit}"
                    chassis.signals.level(terminal, bool(after >> bit & 1), now)
    chassis.play(now)


_PFI = {"port1": 0, "port2": 8}
"""Lines of these ports are terminals as well: the first one's number."""


def _while_running(chassis: Chassis, task: Task, rows: Samples, timeout: float) -> int:
    run, buffer = task.run, task.output
    assert isinstance(run, OutputRun) and buffer is not None  # noqa: S101
    if run.error is not None:
        raise run.error
    written, count = 0, int(rows.shape[1])
    deadline = chassis.clock.now() + timeout
    while written < count:
        room = buffer.room(running=True)
        if room:
            part = rows[:, written : written + room]
            buffer.write(part)
            written += int(part.shape[1])
            continue
        left = -1.0 if timeout < 0 else max(0.0, deadline - chassis.clock.now())
        wanted = min(count - written, max(1, buffer.size // 2))
        if not _room_comes(chassis, task, run, buffer, wanted, left):
            raise DaqError(SAMPLES_CANNOT_YET_BE_WRITTEN, written=written)
        if run.error is not None:
            raise run.error
    return written


def _room_comes(
    chassis: Chassis, task: Task, run: OutputRun, buffer: OutputBuffer, wanted: int, timeout: float
) -> bool:
    """Wait for room for ``wanted`` samples, or some at the end of the time."""
    chassis.wait(
        lambda: (
            buffer.room(running=True) >= wanted
            or run.ended is not None
            or task.state != task_.RUNNING
        ),
        lambda: run.ticks.when(run.ticks.taken + wanted),
        timeout,
    )
    return buffer.room(running=True) > 0 or run.error is not None


def raw_as_codes(rows: NDArray[np.int64]) -> Codes:
    """Codes as they come, signed or unsigned, within the converter's."""
    return np.clip(rows, -HALF_SCALE, HALF_SCALE - 1).astype(np.int16)
