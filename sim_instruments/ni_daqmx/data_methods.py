"""Methods that read and write samples."""

from collections.abc import Callable
from typing import Any

import numpy as np
from ni.protobuf.types import waveform_pb2
from numpy.typing import NDArray

from mho.sim_instruments.ni_daqmx import reading, values, writing
from mho.sim_instruments.ni_daqmx.chassis import Chassis
from mho.sim_instruments.ni_daqmx.errors import (
    INVALID_ATTRIBUTE_VALUE,
    NO_INPUT_CHANS_IN_TASK,
    NUM_LINES_MISMATCH,
    READ_BUFFER_TOO_SMALL,
    WRITE_NUM_CHANS_MISMATCH,
    DaqError,
)
from mho.sim_instruments.ni_daqmx.line import volts_of
from mho.sim_instruments.ni_daqmx.methods import Fields, Methods, chosen
from mho.sim_instruments.ni_daqmx.task import Task, as_rows

METHODS = Methods()

Samples = NDArray[np.generic]


# ---- reading


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
            volts_of(row.astype(np.int16), channel.full_scale)
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
    """Volts."""
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
    width = _raw_type(task)
    size = request.array_size_in_bytes // width.itemsize
    _, rows, status = _read(chassis, request, (values.AI, values.DI), size)
    return {
        "status": status,
        "read_array": rows.T.astype(width).tobytes().ljust(request.array_size_in_bytes, b"\0"),
        "samps_read": rows.shape[1],
        "num_bytes_per_samp": width.itemsize,
    }


def _raw_type(task: Task) -> "np.dtype[Any]":
    if task.kind in (values.AI, values.AO):
        return np.dtype("<i2")
    lines = max(len(channel.lines) for channel in task.channels)
    return np.dtype("<u1" if lines <= 8 else "<u2" if lines <= 16 else "<u4")


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


def bytes_per_channel(task: Task) -> int:
    """Of a sample as bytes: the lines of the widest channel."""
    return max(len(channel.lines) for channel in task.channels) if task.channels else 0


def _digital_read(name: str, limit: int, as_bytes: bool) -> None:
    def read(chassis: Chassis, request: Any) -> Fields:
        task = chassis.task(request.task.name)
        _fits(task, limit)
        _, rows, status = _read(chassis, request, _LINES, request.array_size_in_samps)
        flat = _flat(_on_port(task, rows), request)
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
    return {"value": int(_on_port(task, rows)[0, 0])}


def _on_port(task: Task, rows: Samples) -> NDArray[np.int64]:
    """Lines at the places that they have on their port, as integers are read and written."""
    found = np.zeros(rows.shape, dtype=np.int64)
    for number, (row, channel) in enumerate(zip(rows.astype(np.int64), task.channels, strict=True)):
        for place, where in enumerate(_places(channel.lines)):
            found[number] |= (row >> place & 1) << where
    return found


def _off_port(task: Task, rows: Samples) -> NDArray[np.int64]:
    """The reverse of `_on_port`."""
    found = np.zeros(rows.shape, dtype=np.int64)
    for number, (row, channel) in enumerate(zip(rows.astype(np.int64), task.channels, strict=True)):
        for place, where in enumerate(_places(channel.lines)):
            found[number] |= (row >> where & 1) << place
    return found


def _places(lines: Any) -> list[int]:
    ports = {id(port) for port, _ in lines}
    return [bit for _, bit in lines] if len(ports) == 1 else list(range(len(lines)))


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


# ---- writing


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
    width = _raw_type(task)
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
        return _written(chassis, task, _off_port(task, rows), request)

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
    _written(chassis, task, _off_port(task, rows), request)


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
