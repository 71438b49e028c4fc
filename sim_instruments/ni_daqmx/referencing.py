"""Reference triggers: an acquisition that keeps what came before an edge, and ends after it.

Samples come from the start of the task on, and the oldest give way. An edge counts once as many are
there as are to be kept from before it; then come the others.
"""

from mho.sim_instruments.ni_daqmx import pausing, terminals, values
from mho.sim_instruments.ni_daqmx.chassis import Chassis
from mho.sim_instruments.ni_daqmx.errors import (
    ATTR_NOT_SUPPORTED_IN_TASK,
    INVALID_ATTRIBUTE_VALUE,
    REF_AND_PAUSE_TRIG,
    REF_TRIG_WHEN_CONTINUOUS,
    TOO_MANY_PRETRIG_SAMPLES,
    TRIG_WHEN_ON_DEMAND,
    DaqError,
)
from mho.sim_instruments.ni_daqmx.runs import InputRun
from mho.sim_instruments.ni_daqmx.signals import Listener
from mho.sim_instruments.ni_daqmx.task import Task

LEAST = 2
"""Samples before the trigger, and after it."""


def pretrigger(task: Task) -> int:
    """Samples that are kept from before the trigger."""
    return int(task.settings["TRIG"].get("REF_TRIG_PRETRIG_SAMPLES", LEAST))


def check(task: Task, chassis: Chassis) -> None:
    """Refuse what no card has.

    Raises
    ------
    DaqError
        It does not acquire, or goes on for ever, or keeps more than it takes; no such terminal.
    """
    if not task.has_reference:
        return
    if task.kind not in (values.AI, values.DI):
        raise DaqError(ATTR_NOT_SUPPORTED_IN_TASK, "Only an acquisition has a reference trigger.")
    if not task.is_clocked:
        raise DaqError(TRIG_WHEN_ON_DEMAND)
    if task.wanted is None:
        raise DaqError(REF_TRIG_WHEN_CONTINUOUS)
    if pausing.is_set(task):
        raise DaqError(REF_AND_PAUSE_TRIG)
    before = pretrigger(task)
    if before < LEAST:
        raise DaqError(INVALID_ATTRIBUTE_VALUE, f"Pretrigger samples: {before}. Minimum: {LEAST}.")
    if before + LEAST > task.wanted:
        raise DaqError(TOO_MANY_PRETRIG_SAMPLES, f"Pretrigger: {before}. Samples: {task.wanted}.")
    if task.settings["TRIG"]["REF_TRIG_TYPE"] == values.DIGITAL_EDGE:
        _terminal(task, chassis)


def _terminal(task: Task, chassis: Chassis) -> str:
    source = task.settings["TRIG"].get("DIG_EDGE_REF_TRIG_SRC", "")
    return terminals.source(source, task.card, chassis.cards)


def arm(chassis: Chassis, task: Task, run: InputRun) -> None:
    """Have an acquisition go on until its reference trigger has come; analogue ones never do."""
    settings, total = task.settings["TRIG"], task.wanted
    if not task.has_reference or total is None:
        return
    if settings["REF_TRIG_TYPE"] != values.DIGITAL_EDGE:
        return

    def edge(moment: float) -> None:
        number = run.ticks.until(moment)
        if run.reference is None and number >= pretrigger(task):
            run.reference = number
            run.ticks.limit = number + total - pretrigger(task)
            chassis.signals.edge(task.name, task.terminal("ReferenceTrigger"), moment)

    falls = settings.get("DIG_EDGE_REF_TRIG_EDGE", values.RISING) == values.FALLING
    listener = Listener(task.name, edge=edge, falls=falls)
    chassis.signals.listen(_terminal(task, chassis), listener)
