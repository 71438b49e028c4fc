"""Methods that read samples."""

from typing import Any

import numpy as np
from ni.protobuf.types import waveform_pb2
from numpy.typing import NDArray

from mho.sim_instruments.ni_daqmx import reading, values
from mho.sim_instruments.ni_daqmx.bits import bytes_per_channel, on_port, raw_type
from mho.sim_instruments.ni_daqmx.chassis import Chassis
from mho.sim_instruments.ni_daqmx.errors import (
    NO_INPUT_CHANS_IN_TASK,
    READ_BUFFER_TOO_SMALL,
    DaqError,
)
from mho.sim_instruments.ni_daqmx.line import volts_of
from mho.sim_instruments.ni_daqmx.methods import Fields, Methods, chosen
from mho.sim_instruments.ni_daqmx.task import Task

METHODS = Methods()

Samples = NDArray[np.generic]


def _read(
    chassis: Chassis, request: Any, kinds: tuple[int, ...], size: int | None = None
) -> tuple[Task, Samples, int]:
    """A task, samples as codes or bits, and the status; ``size`` is what the client has room for.

    Nothing is taken out of the buffer if the room is too small.
    """
    task = chassis.task(request.task.name)
    if task.kind not in kinds:
        raise DaqError(NO_INPUT_CHANS_IN_TASK, f"Task: {task.name}.")
    count = getattr(request, "num_samps_per_chan", 1)
    if size is not None and count > 0 and count * len(task.channels) > size:
        raise DaqError(READ_BUFFER_TOO_SMALL, f"Samples: {count} per channel. Room: {size}.")
    rows, status = reading.read(chassis, task, count, request.timeout)
    if size is not None and rows.size > size:
        raise DaqError(READ_BUFFER_TOO_SMALL, f"Samples: {rows.size}. Room: {size}.")
    return task, rows, status


def _volts(task: Task, rows: Samples) -> NDArray[np.float64]:
    return np.stack(
        [
            channel.named(volts_of(row.astype(np.int16), channel.full_scale))
            for row, channel in zip(rows, task.channels, strict=True)
        ]
    )


def _flat(rows: Samples, request: Any) -> Samples:
    """One after the other, zeros to the end of the room that the client has."""
    by_scan = chosen(request, "fill_mode") == values.BY_SCAN
    flat = rows.T.reshape(-1) if by_scan else rows.reshape(-1)
    return np.pad(flat, (0, request.array_size_in_samps - flat.size))


@METHODS.method("ReadAnalogF64")
def read_analog(chassis: Chassis, request: Any) -> Fields:
    """Volts, or what the scale of the channel makes of them."""
    task, rows, status = _read(chassis, request, (values.AI,), request.array_size_in_samps)
    return {
        "status": status,
        "read_array": _flat(_volts(task, rows), request),
        "samps_per_chan_read": rows.shape[1],
    }


@METHODS.method("ReadAnalogScalarF64")
def read_analog_scalar(chassis: Chassis, request: Any) -> Fields:
    """Volts, one sample of one channel."""
    task, rows, status = _read(chassis, request, (values.AI,))
    if status:
        raise DaqError(status, f"Task: {task.name}.")
    return {"value": float(_volts(task, rows)[0, 0])}


def _binary(name: str, is_signed: bool) -> None:
    def read(chassis: Chassis, request: Any) -> Fields:
        _, rows, status = _read(chassis, request, (values.AI,), request.array_size_in_samps)
        codes = rows.astype(np.int64)
        if not is_signed:
            codes = codes & 0xFFFF
        return {
            "status": status,
            "read_array": _flat(codes, request),
            "samps_per_chan_read": rows.shape[1],
        }

    METHODS.method(name)(read)


for _name, _signed in (("I16", True), ("I32", True), ("U16", False), ("U32", False)):
    _binary(f"ReadBinary{_name}", _signed)


@METHODS.method("ReadRaw")
def read_raw(chassis: Chassis, request: Any) -> Fields:
    """Codes or bits as bytes, scan by scan."""
    task = chassis.task(request.task.name)
    width = raw_type(task)
    size = request.array_size_in_bytes // width.itemsize
    _, rows, status = _read(chassis, request, (values.AI, values.DI), size)
    return {
        "status": status,
        "read_array": rows.T.astype(width).tobytes().ljust(request.array_size_in_bytes, b"\0"),
        "samps_read": rows.shape[1],
        "num_bytes_per_samp": width.itemsize,
    }


_LINES = (values.DI, values.DO)


@METHODS.method("ReadDigitalLines")
def read_lines(chassis: Chassis, request: Any) -> Fields:
    """A byte for each line, those of a channel side by side."""
    task, rows, status = _read(chassis, request, _LINES)
    width = bytes_per_channel(task)
    bits = (rows.astype(np.int64)[:, :, np.newaxis] >> np.arange(width)) & 1
    if chosen(request, "fill_mode") == values.BY_SCAN:
        bits = bits.swapaxes(0, 1)
    if bits.size > request.array_size_in_bytes:
        raise DaqError(READ_BUFFER_TOO_SMALL, f"Bytes: {bits.size}.")
    return {
        "status": status,
        "read_array": bits.astype(np.uint8).tobytes().ljust(request.array_size_in_bytes, b"\0"),
        "samps_per_chan_read": rows.shape[1],
        "num_bytes_per_samp": width,
    }


def _digital_read(name: str, limit: int, as_bytes: bool) -> None:
    def read(chassis: Chassis, request: Any) -> Fields:
        task = chassis.task(request.task.name)
        _fits(task, limit)
        _, rows, status = _read(chassis, request, _LINES, request.array_size_in_samps)
        flat = _flat(on_port(task, rows), request)
        return {
            "status": status,
            "read_array": flat.astype(np.uint8).tobytes() if as_bytes else flat,
            "samps_per_chan_read": rows.shape[1],
        }

    METHODS.method(name)(read)


def _fits(task: Task, limit: int) -> None:
    for channel in task.channels:
        widest = max((bit for _, bit in channel.lines), default=0) + 1
        if widest > limit and channel.is_port:
            raise DaqError(
                READ_BUFFER_TOO_SMALL, f"Channel: {channel.name}. Lines: {widest}. Room: {limit}."
            )


_digital_read("ReadDigitalU8", 8, True)
_digital_read("ReadDigitalU16", 16, False)
_digital_read("ReadDigitalU32", 32, False)


@METHODS.method("ReadDigitalScalarU32")
def read_digital_scalar(chassis: Chassis, request: Any) -> Fields:
    """One sample of one channel."""
    task, rows, status = _read(chassis, request, _LINES)
    if status:
        raise DaqError(status, f"Task: {task.name}.")
    return {"value": int(on_port(task, rows)[0, 0])}


@METHODS.method("ReadAnalogWaveforms")
def read_analog_waveforms(chassis: Chassis, request: Any) -> Fields:
    """Volts with their timing, one waveform a channel."""
    task, rows, status = _read(chassis, request, (values.AI,))
    waveforms = []
    for row, channel in zip(_volts(task, rows), task.channels, strict=True):
        waveform = waveform_pb2.DoubleAnalogWaveform(y_data=row)
        _describe(waveform, chassis, task, channel.name, request)
        if chosen(request, "waveform_attribute_mode") & EXTENDED:
            waveform.attributes["NI_UnitDescription"].string_value = "Volts"
        waveforms.append(waveform)
    return {"status": status, "waveforms": waveforms, "samps_per_chan_read": rows.shape[1]}


@METHODS.method("ReadDigitalWaveforms")
def read_digital_waveforms(chassis: Chassis, request: Any) -> Fields:
    """Lines with their timing, one waveform a channel."""
    task, rows, status = _read(chassis, request, _LINES)
    waveforms = []
    for row, channel in zip(rows.astype(np.int64), task.channels, strict=True):
        bits = (row[:, np.newaxis] >> np.array(channel.signals)) & 1
        waveform = waveform_pb2.DigitalWaveform(
            y_data=bits.astype(np.uint8).tobytes(), signal_count=len(channel.lines)
        )
        _describe(waveform, chassis, task, channel.name, request)
        if chosen(request, "waveform_attribute_mode") & EXTENDED:
            named = [channel.lines[place] for place in channel.signals]
            lines = [f"{task.card.name}/{port.name}/line{bit}" for port, bit in named]
            waveform.attributes["NI_LineNames"].string_value = ", ".join(lines)
        waveforms.append(waveform)
    return {"status": status, "waveforms": waveforms, "samps_per_chan_read": rows.shape[1]}


TIMING, EXTENDED = 1, 2
"""What of a waveform's attributes is asked for."""


def _describe(waveform: Any, chassis: Chassis, task: Task, name: str, request: Any) -> None:
    mode = chosen(request, "waveform_attribute_mode")
    if mode & EXTENDED:
        waveform.attributes["NI_ChannelName"].string_value = name
    if mode & TIMING:
        if task.is_clocked:
            waveform.dt = 1 / task.timing.rate
        begun = chassis.clock.now() if task.triggered_at is None else task.triggered_at
        wall = chassis.clock.wall_time().timestamp() + begun - chassis.clock.now()
        whole = int(wall // 1)
        waveform.t0.seconds = whole + _SECONDS_FROM_1904
        waveform.t0.fractional_seconds = int((wall - whole) * 2**64) & (2**64 - 1)


_SECONDS_FROM_1904 = 2_082_844_800
"""From the beginning of 1904, when NI's time begins, to that of 1970."""
