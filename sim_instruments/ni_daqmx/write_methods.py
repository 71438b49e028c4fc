"""Methods that write samples."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mho.sim_instruments.ni_daqmx import values, writing
from mho.sim_instruments.ni_daqmx.bits import bytes_per_channel, off_port, raw_type
from mho.sim_instruments.ni_daqmx.chassis import Chassis
from mho.sim_instruments.ni_daqmx.errors import (
    INVALID_ATTRIBUTE_VALUE,
    NUM_LINES_MISMATCH,
    WRITE_NUM_CHANS_MISMATCH,
    DaqError,
)
from mho.sim_instruments.ni_daqmx.methods import Fields, Methods, chosen
from mho.sim_instruments.ni_daqmx.task import Task, as_rows

METHODS = Methods()

Samples = NDArray[np.generic]


def _written(
    chassis: Chassis, task: Task, rows: Samples, request: Any, field: str = "samps_per_chan_written"
) -> Fields:
    count = writing.write(
        chassis, task, rows, auto_start=request.auto_start, timeout=request.timeout
    )
    return {field: count}


def _rows(task: Task, flat: Samples, count: int, *, by_scan: bool, width: int = 1) -> Samples:
    """Data as one row a channel.

    Raises
    ------
    DaqError
        There is not so much.
    """
    channels = len(task.channels)
    if count < 0 or flat.size != channels * count * width:
        raise DaqError(
            WRITE_NUM_CHANS_MISMATCH,
            f"Channels in task: {channels}. Samples per channel: {count}. Samples: {flat.size}.",
        )
    return as_rows(flat, channels, by_scan=by_scan)


def _by_scan(request: Any) -> bool:
    return chosen(request, "data_layout") == values.BY_SCAN


@METHODS.method("WriteAnalogF64")
def write_analog(chassis: Chassis, request: Any) -> Fields:
    """Volts."""
    task = chassis.task(request.task.name)
    writing.check_kind(task, values.AO)
    flat = np.array(request.write_array, dtype=np.float64)
    rows = _rows(task, flat, request.num_samps_per_chan, by_scan=_by_scan(request))
    return _written(chassis, task, writing.volts_as_codes(task, rows.astype(np.float64)), request)


@METHODS.method("WriteAnalogScalarF64")
def write_analog_scalar(chassis: Chassis, request: Any) -> None:
    """Volts, one sample of one channel."""
    task = chassis.task(request.task.name)
    writing.check_kind(task, values.AO)
    rows = _rows(task, np.array([request.value]), 1, by_scan=False)
    _written(chassis, task, writing.volts_as_codes(task, rows.astype(np.float64)), request)


def _binary_write(name: str, is_signed: bool) -> None:
    def write(chassis: Chassis, request: Any) -> Fields:
        task = chassis.task(request.task.name)
        writing.check_kind(task, values.AO)
        flat = np.array(request.write_array, dtype=np.int64)
        if not is_signed:  # two's complement
            flat = np.where(flat > 0x7FFF, flat - 0x10000, flat)
        rows = _rows(task, flat, request.num_samps_per_chan, by_scan=_by_scan(request))
        return _written(chassis, task, writing.raw_as_codes(rows.astype(np.int64)), request)

    METHODS.method(name)(write)


for _name, _signed in (("I16", True), ("I32", True), ("U16", False), ("U32", False)):
    _binary_write(f"WriteBinary{_name}", _signed)


@METHODS.method("WriteRaw")
def write_raw(chassis: Chassis, request: Any) -> Fields:
    """Codes or bits as bytes, scan by scan."""
    task = chassis.task(request.task.name)
    if task.kind not in (values.AO, values.DO):
        writing.check_kind(task, values.AO)
    width = raw_type(task)
    whole = request.num_samps * len(task.channels) * width.itemsize
    flat = np.frombuffer(request.write_array[:whole], dtype=width)
    rows = _rows(task, flat, request.num_samps, by_scan=True)
    if task.kind == values.AO:
        rows = rows.astype(np.int16)
    return _written(chassis, task, rows, request)


@METHODS.method("WriteDigitalLines")
def write_lines(chassis: Chassis, request: Any) -> Fields:
    """A byte for each line, those of a channel side by side."""
    task = chassis.task(request.task.name)
    writing.check_kind(task, values.DO)
    width = bytes_per_channel(task)
    flat = np.frombuffer(request.write_array, dtype=np.uint8)
    count = request.num_samps_per_chan
    _rows(task, flat, count, by_scan=False, width=width)
    channels = len(task.channels)
    if _by_scan(request):
        bits = flat.reshape(count, channels, width).swapaxes(0, 1)
    else:
        bits = flat.reshape(channels, count, width)
    rows = ((bits != 0).astype(np.int64) << np.arange(width)).sum(axis=2)
    return _written(chassis, task, rows, request)


def _digital_write(name: str, limit: int, values_of: Callable[[Any], Samples]) -> None:
    def write(chassis: Chassis, request: Any) -> Fields:
        task = chassis.task(request.task.name)
        writing.check_kind(task, values.DO)
        for channel in task.channels:
            if channel.is_port and len(channel.lines) > limit:
                raise DaqError(
                    INVALID_ATTRIBUTE_VALUE,
                    f"Channel: {channel.name}. Lines: {len(channel.lines)}. Written: {limit}.",
                )
        rows = _rows(
            task, values_of(request), request.num_samps_per_chan, by_scan=_by_scan(request)
        )
        return _written(chassis, task, off_port(task, rows), request)

    METHODS.method(name)(write)


def _integers(request: Any) -> Samples:
    return np.array(request.write_array, dtype=np.int64)


_digital_write("WriteDigitalU8", 8, lambda r: np.frombuffer(r.write_array, dtype=np.uint8))
_digital_write("WriteDigitalU16", 16, _integers)
_digital_write("WriteDigitalU32", 32, _integers)


@METHODS.method("WriteDigitalScalarU32")
def write_digital_scalar(chassis: Chassis, request: Any) -> None:
    """One sample of one channel."""
    task = chassis.task(request.task.name)
    writing.check_kind(task, values.DO)
    rows = _rows(task, np.array([request.value]), 1, by_scan=False)
    _written(chassis, task, off_port(task, rows), request)


@METHODS.method("WriteAnalogWaveforms")
def write_analog_waveforms(chassis: Chassis, request: Any) -> Fields:
    """Volts, one waveform a channel."""
    task = chassis.task(request.task.name)
    writing.check_kind(task, values.AO)
    rows = _equally_long(task, [np.array(one.y_data) for one in request.waveforms])
    return _written(chassis, task, writing.volts_as_codes(task, rows.astype(np.float64)), request)


@METHODS.method("WriteDigitalWaveforms")
def write_digital_waveforms(chassis: Chassis, request: Any) -> Fields:
    """Lines, one waveform a channel."""
    task = chassis.task(request.task.name)
    writing.check_kind(task, values.DO)
    parts = []
    for waveform, channel in zip(request.waveforms, task.channels, strict=False):
        bits = np.frombuffer(waveform.y_data, dtype=np.uint8).reshape(-1, waveform.signal_count)
        if waveform.signal_count != len(channel.lines):
            raise DaqError(
                NUM_LINES_MISMATCH,
                f"Channel: {channel.name}. Lines: {len(channel.lines)}. "
                f"Signals: {waveform.signal_count}.",
            )
        parts.append(((bits != 0).astype(np.int64) << np.array(channel.signals)).sum(axis=1))
    if len(request.waveforms) != len(parts):
        parts.append(np.empty(0, dtype=np.int64))
    return _written(chassis, task, _equally_long(task, parts), request)


def _equally_long(task: Task, parts: list[Samples]) -> Samples:
    if len(parts) != len(task.channels) or len({part.size for part in parts}) > 1:
        raise DaqError(
            WRITE_NUM_CHANS_MISMATCH,
            f"Channels in task: {len(task.channels)}. Waveforms: {len(parts)}.",
        )
    return np.stack(parts)
