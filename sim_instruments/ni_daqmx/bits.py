"""Lines of digital channels as bytes, as bits of integers, and raw samples."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mho.sim_instruments.ni_daqmx import values
from mho.sim_instruments.ni_daqmx.task import Task

Samples = NDArray[np.generic]


def raw_type(task: Task) -> "np.dtype[Any]":
    """Of one sample of one channel as it is on the card."""
    if task.kind in (values.AI, values.AO):
        return np.dtype("<i2")
    lines = max(len(channel.lines) for channel in task.channels)
    return np.dtype("<u1" if lines <= 8 else "<u2" if lines <= 16 else "<u4")


def bytes_per_channel(task: Task) -> int:
    """Of a sample as bytes: the lines of the widest channel."""
    return max(len(channel.lines) for channel in task.channels) if task.channels else 0


def on_port(task: Task, rows: Samples) -> NDArray[np.int64]:
    """Lines at the places that they have on their port, as integers are read and written."""
    found = np.zeros(rows.shape, dtype=np.int64)
    for number, (row, channel) in enumerate(zip(rows.astype(np.int64), task.channels, strict=True)):
        for place, where in enumerate(_places(channel.lines)):
            found[number] |= (row >> place & 1) << where
    return found


def off_port(task: Task, rows: Samples) -> NDArray[np.int64]:
    """The reverse of `on_port`."""
    found = np.zeros(rows.shape, dtype=np.int64)
    for number, (row, channel) in enumerate(zip(rows.astype(np.int64), task.channels, strict=True)):
        for place, where in enumerate(_places(channel.lines)):
            found[number] |= (row >> where & 1) << place
    return found


def _places(lines: Any) -> list[int]:
    ports = {id(port) for port, _ in lines}
    return [bit for _, bit in lines] if len(ports) == 1 else list(range(len(lines)))
