"""Verifying, reserving and committing tasks."""

from mho.sim_instruments.ni_daqmx import pausing, referencing, terminals, timing, values
from mho.sim_instruments.ni_daqmx import task as task_
from mho.sim_instruments.ni_daqmx.chassis import Chassis
from mho.sim_instruments.ni_daqmx.errors import (
    ATTR_NOT_SUPPORTED_IN_TASK,
    TRIG_WHEN_ON_DEMAND,
    DaqError,
)
from mho.sim_instruments.ni_daqmx.task import Task

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
    referencing.check(task, chassis)
    pausing.check(task, chassis)
    if task.settings["TRIG"].get("ARM_START_TRIG_TYPE", values.NONE) != values.NONE:
        raise DaqError(ATTR_NOT_SUPPORTED_IN_TASK, "ARM_START_TRIG_TYPE: not simulated.")
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
