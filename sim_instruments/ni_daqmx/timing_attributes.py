"""Properties of the sample clock."""

from typing import TYPE_CHECKING, Any

from mho.sim_instruments.ni_daqmx import task as task_
from mho.sim_instruments.ni_daqmx import terminals, timing, values
from mho.sim_instruments.ni_daqmx.attribute_defaults import TIMING
from mho.sim_instruments.ni_daqmx.errors import (
    ATTR_NOT_SUPPORTED_IN_TASK,
    INVALID_ATTRIBUTE_VALUE,
    INVALID_TIMING_TYPE,
    NO_PROPERTY_WHILE_RUNNING,
    DaqError,
)
from mho.sim_instruments.ni_daqmx.specifications import TIMEBASE
from mho.sim_instruments.ni_daqmx.task import Task

if TYPE_CHECKING:
    from mho.sim_instruments.ni_daqmx.attributes import Asked

_TYPES = (values.ON_DEMAND, values.SAMPLE_CLOCK, values.IMPLICIT)


def _task(asked: "Asked") -> Task:
    return asked.chassis.task(asked.request.task.name)


def get(asked: "Asked") -> Any:
    """A property; those of the sample clock are checked first, as NI-DAQmx does."""
    task, name = _task(asked), asked.name
    set_up, card, kind = task.timing, task.card, task.kind
    if name == "SAMP_TIMING_TYPE":
        return set_up.kind
    if name == "SAMP_CLK_MAX_RATE":
        return timing.fastest(card, kind, len(task.channels))
    if name == "SAMP_CLK_TIMEBASE_RATE":
        return TIMEBASE
    if name in _CLOCK:
        timing.check(set_up, card, kind, len(task.channels), static_lines=False)
    if name == "SAMP_CLK_RATE":
        return set_up.rate
    if name == "SAMP_CLK_TIMEBASE_DIV":
        return set_up.division
    if name == "SAMP_QUANT_SAMP_MODE":
        return set_up.mode
    if name == "SAMP_QUANT_SAMP_PER_CHAN":
        return set_up.samples
    if name == "SAMP_CLK_ACTIVE_EDGE":
        return set_up.edge
    if name == "SAMP_CLK_SRC":
        if set_up.is_external:
            return terminals.source(set_up.source, card, asked.chassis.cards)
        return task.terminal("SampleClockTimebase")
    if name == "SAMP_CLK_TERM":
        return task.terminal("SampleClock")
    if name == "SAMP_CLK_TIMEBASE_SRC":
        return f"/{card.name}/100MHzTimebase"
    if kind == values.AI and name == "AI_CONV_RATE":
        return card.what.ai_total_rate
    if kind == values.AI and name == "AI_CONV_MAX_RATE":
        return card.what.ai_single_rate
    if name in set_up.others:
        return set_up.others[name]
    if name in TIMING:
        return TIMING[name]
    raise DaqError(ATTR_NOT_SUPPORTED_IN_TASK, f"Property: {name}. Task: {task.name}.")


_CLOCK = ("SAMP_CLK_RATE", "SAMP_QUANT_SAMP_PER_CHAN", "SAMP_CLK_TIMEBASE_DIV")


def set_(asked: "Asked", value: Any) -> None:
    """Set a property of a task that does not run."""
    task, name = _idle(asked), asked.name
    set_up = task.timing
    if name == "SAMP_TIMING_TYPE":
        if value not in _TYPES:
            raise DaqError(INVALID_TIMING_TYPE, f"Requested: {value}.")
        set_up.kind = value
    elif name == "SAMP_CLK_RATE":
        if not value > 0:
            raise DaqError(INVALID_ATTRIBUTE_VALUE, f"Sample Clock Rate: {value}.")
        set_up.asked, set_up.divisor = value, None
    elif name == "SAMP_CLK_TIMEBASE_DIV":
        if not value:
            raise DaqError(INVALID_ATTRIBUTE_VALUE, "Divisor: 0.")
        set_up.divisor = value
    elif name == "SAMP_QUANT_SAMP_MODE":
        if value not in (values.FINITE, values.CONTINUOUS, values.SINGLE_POINT):
            raise DaqError(INVALID_ATTRIBUTE_VALUE, f"Sample Mode: {value}.")
        set_up.mode = value
    elif name == "SAMP_QUANT_SAMP_PER_CHAN":
        set_up.samples = value
    elif name == "SAMP_CLK_ACTIVE_EDGE":
        set_up.edge = value
    elif name == "SAMP_CLK_SRC":
        set_up.source = value
    elif name in TIMING or name in ("AI_CONV_RATE", "REF_CLK_SRC", "REF_CLK_RATE"):
        set_up.others[name] = value
    else:
        raise DaqError(ATTR_NOT_SUPPORTED_IN_TASK, f"Property: {name}. Task: {task.name}.")


def reset(asked: "Asked") -> None:
    """Back to what it was before anybody set it."""
    task, name = _idle(asked), asked.name
    set_up, new = task.timing, timing.Timing()
    if name == "SAMP_CLK_RATE":
        set_up.asked = set_up.divisor = None
    elif name == "SAMP_CLK_TIMEBASE_DIV":
        set_up.divisor = None
    elif name in _FIELDS:
        field = _FIELDS[name]
        setattr(set_up, field, getattr(new, field))
    else:
        set_up.others.pop(name, None)


_FIELDS = {
    "SAMP_TIMING_TYPE": "kind",
    "SAMP_QUANT_SAMP_MODE": "mode",
    "SAMP_QUANT_SAMP_PER_CHAN": "samples",
    "SAMP_CLK_ACTIVE_EDGE": "edge",
    "SAMP_CLK_SRC": "source",
}


def _idle(asked: "Asked") -> Task:
    task = _task(asked)
    task.kind  # noqa: B018  refuses a task without channels
    if task.state == task_.RUNNING:
        raise DaqError(NO_PROPERTY_WHILE_RUNNING, f"Property: {asked.name}.")
    return task
