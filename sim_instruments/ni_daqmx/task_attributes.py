"""Properties of a task: its triggers, exported signals, reading, writing and buffers."""

from typing import TYPE_CHECKING, Any

from mho.sim_instruments.ni_daqmx import names, terminals, values
from mho.sim_instruments.ni_daqmx import task as task_
from mho.sim_instruments.ni_daqmx.attribute_defaults import EXPORT, READ, TRIGGER, WRITE
from mho.sim_instruments.ni_daqmx.bits import bytes_per_channel
from mho.sim_instruments.ni_daqmx.errors import (
    ATTR_NOT_SUPPORTED,
    ATTR_NOT_SUPPORTED_IN_TASK,
    INVALID_ATTRIBUTE_VALUE,
    NO_PROPERTY_WHILE_RUNNING,
    DaqError,
)
from mho.sim_instruments.ni_daqmx.runs import OutputRun
from mho.sim_instruments.ni_daqmx.task import Task

if TYPE_CHECKING:
    from mho.sim_instruments.ni_daqmx.attributes import Asked

_TERMINALS = (
    "DIG_EDGE_START_TRIG_SRC", "ANLG_EDGE_START_TRIG_SRC", "ANLG_WIN_START_TRIG_SRC",
    "DIG_EDGE_REF_TRIG_SRC", "ANLG_EDGE_REF_TRIG_SRC", "ANLG_WIN_REF_TRIG_SRC",
    "DIG_LVL_PAUSE_TRIG_SRC", "DIG_EDGE_ARM_START_TRIG_SRC",
)  # fmt: skip


def _task(asked: "Asked") -> Task:
    return asked.chassis.task(asked.request.task.name)


def _stored(asked: "Asked", group: str, defaults: dict[str, Any]) -> Any:
    settings = _task(asked).settings[group]
    if asked.name in settings:
        return settings[asked.name]
    if asked.name in defaults:
        return defaults[asked.name]
    return asked.empty


def _store(asked: "Asked", group: str, value: Any) -> None:
    task = _task(asked)
    if task.state == task_.RUNNING and asked.name not in _WHILE_RUNNING:
        raise DaqError(NO_PROPERTY_WHILE_RUNNING, f"Property: {asked.name}.")
    task.settings[group][asked.name] = value


_WHILE_RUNNING = (
    "RELATIVE_TO", "OFFSET", "READ_ALL_AVAIL_SAMP", "WAIT_MODE", "SLEEP_TIME", "LOGGING_PAUSE",
    "OVERWRITE", "CHANNELS_TO_READ", "NEXT_WRITE_IS_LAST",
)  # fmt: skip


# ---- task


def get_task(asked: "Asked") -> Any:
    """What a task is made of."""
    task, name = _task(asked), asked.name
    if name == "NAME":
        return task.name
    if name == "CHANNELS":
        return names.joined([channel.name for channel in task.channels])
    if name == "NUM_CHANS":
        return len(task.channels)
    cards = {channel.card.name for channel in task.channels}
    if name == "DEVICES":
        return names.joined(sorted(cards))
    if name == "NUM_DEVICES":
        return len(cards)
    return task.is_done(asked.chassis.now())  # COMPLETE


# ---- triggers and exported signals


def get_trigger(asked: "Asked") -> Any:
    """A property of a trigger; terminals with their card."""
    value = _stored(asked, "TRIG", TRIGGER)
    if asked.name in _TERMINALS and value:
        return terminals.source(value, _task(asked).card, asked.chassis.cards)
    if asked.name == "START_TRIG_TERM":
        return _task(asked).terminal("StartTrigger")
    return value


def set_trigger(asked: "Asked", value: Any) -> None:
    """Set a property of a trigger."""
    task = _task(asked)
    if task.kind == values.CO and asked.name.startswith(("REF_TRIG", "HSHK_TRIG")):
        raise DaqError(ATTR_NOT_SUPPORTED_IN_TASK, f"Property: {asked.name}.")
    if asked.kind == "Int32" and asked.name not in TRIGGER:
        raise DaqError(ATTR_NOT_SUPPORTED_IN_TASK, f"Property: {asked.name}.")
    _store(asked, "TRIG", value)


def reset_trigger(asked: "Asked") -> None:
    """Back to what it was before anybody set it."""
    _task(asked).settings["TRIG"].pop(asked.name, None)


def get_export(asked: "Asked") -> Any:
    """A property of an exported signal, as it was set."""
    return _stored(asked, "EXPORT", EXPORT)


def set_export(asked: "Asked", value: Any) -> None:
    """Set a property of an exported signal; a terminal is looked up when the task is verified."""
    _store(asked, "EXPORT", value)


def reset_export(asked: "Asked") -> None:
    """Back to what it was before anybody set it."""
    _task(asked).settings["EXPORT"].pop(asked.name, None)


# ---- reading


def get_read(asked: "Asked") -> Any:
    """A property of reading: what there is to read, and how it is read."""
    task, name = _task(asked), asked.name
    buffer = task.input
    if name == "NUM_CHANS":
        return len(task.channels)
    if name == "DIGITAL_LINES_BYTES_PER_CHAN":
        return bytes_per_channel(task)
    if name == "RAW_DATA_WIDTH":
        return len(task.channels) * 2
    if name == "CHANNELS_TO_READ":
        chosen = task.settings["READ"].get(name, "")
        return chosen or names.joined([channel.name for channel in task.channels])
    if name in _COUNTS:
        asked.chassis.now()
        return 0 if buffer is None else _COUNTS[name](buffer)
    if name == "DEFAULT_SAMPLES":
        asked.chassis.now()
        if not task.is_clocked:
            return 1
        everything = not task.settings["READ"].get("READ_ALL_AVAIL_SAMP", False)
        if task.wanted is not None and everything:
            return task.wanted
        return 0 if buffer is None else buffer.unread
    if name.endswith(("_CHANS", "_CHANS_EXIST", "_DETAILS")):
        return asked.empty
    return _stored(asked, "READ", READ)


_COUNTS = {
    "AVAIL_SAMP_PER_CHAN": lambda buffer: buffer.unread,
    "TOTAL_SAMP_PER_CHAN_ACQUIRED": lambda buffer: buffer.acquired,
    "CURR_READ_POS": lambda buffer: buffer.position,
}


def set_read(asked: "Asked", value: Any) -> None:
    """Set a property of reading."""
    if asked.name == "CHANNELS_TO_READ":
        _task(asked).named(value)
    if asked.name in _COUNTS or (asked.kind == "Int32" and asked.name not in READ):
        raise DaqError(ATTR_NOT_SUPPORTED, f"Property: {asked.name}. It cannot be set.")
    _store(asked, "READ", value)


def reset_read(asked: "Asked") -> None:
    """Back to what it was before anybody set it."""
    _task(asked).settings["READ"].pop(asked.name, None)


# ---- writing


def get_write(asked: "Asked") -> Any:
    """A property of writing: how much room there is, and how it is written."""
    task, name = _task(asked), asked.name
    if name == "NUM_CHANS":
        return len(task.channels)
    if name == "DIGITAL_LINES_BYTES_PER_CHAN":
        return bytes_per_channel(task)
    if name == "RAW_DATA_WIDTH":
        return len(task.channels) * 2
    if name in ("CURR_WRITE_POS", "TOTAL_SAMP_PER_CHAN_GENERATED", "SPACE_AVAIL"):
        asked.chassis.now()
        return _written(task, name)
    if name.endswith(("_CHANS", "_CHANS_EXIST")):
        return asked.empty
    return _stored(asked, "WRITE", WRITE)


def _written(task: Task, name: str) -> int:
    buffer = task.output
    if name == "TOTAL_SAMP_PER_CHAN_GENERATED":
        return task.run.ticks.taken if isinstance(task.run, OutputRun) else 0
    if buffer is None:
        size = task.of_buffer("OUTPUT_BUF_SIZE")
        return (size or 0) if name == "SPACE_AVAIL" else 0
    if name == "CURR_WRITE_POS":
        return buffer.written
    return buffer.room(running=task.state == task_.RUNNING)


def set_write(asked: "Asked", value: Any) -> None:
    """Set a property of writing."""
    if asked.kind == "Int32" and asked.name not in WRITE:
        raise DaqError(ATTR_NOT_SUPPORTED, f"Property: {asked.name}. It cannot be set.")
    if asked.name == "REGEN_MODE" and value not in (
        values.ALLOW_REGENERATION,
        values.NO_REGENERATION,
    ):
        raise DaqError(INVALID_ATTRIBUTE_VALUE, f"Regeneration Mode: {value}.")
    _store(asked, "WRITE", value)


def reset_write(asked: "Asked") -> None:
    """Back to what it was before anybody set it."""
    _task(asked).settings["WRITE"].pop(asked.name, None)


# ---- buffers


def _of_this_task(asked: "Asked") -> Task:
    task = _task(asked)
    if asked.name.startswith("INPUT") != task.is_input:
        raise DaqError(ATTR_NOT_SUPPORTED_IN_TASK, f"Property: {asked.name}. Task: {task.name}.")
    return task


def get_buffer(asked: "Asked") -> int:
    """The size of a buffer: as set, or as it is without."""
    task = _of_this_task(asked)
    chosen = task.of_buffer(asked.name)
    if chosen is not None:
        return chosen
    if asked.name == "INPUT_BUF_SIZE":
        return task.input_size() if task.is_clocked else 0
    if asked.name == "INPUT_ONBRD_BUF_SIZE":
        return 4095
    if asked.name == "OUTPUT_ONBRD_BUF_SIZE":
        return task.card.ao_fifo
    return 0 if task.output is None else task.output.size


def set_buffer(asked: "Asked", value: int) -> None:
    """Set the size of a buffer."""
    _of_this_task(asked)
    if asked.name == "INPUT_ONBRD_BUF_SIZE":
        raise DaqError(ATTR_NOT_SUPPORTED, f"Property: {asked.name}. It cannot be set.")
    _store(asked, "BUFFER", value)


def reset_buffer(asked: "Asked") -> None:
    """Let NI-DAQmx choose the size again."""
    _of_this_task(asked).settings["BUFFER"].pop(asked.name, None)
