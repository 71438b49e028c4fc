"""Pause triggers: a sample clock that stands still while a line is at a level.

With the task's own clock, what is left of a period passes when the line lets it go on (unverified);
of another's clock the edges in between are not counted.
"""

from collections.abc import Callable
from typing import NamedTuple

from mho.sim_instruments.ni_daqmx import terminals, values
from mho.sim_instruments.ni_daqmx.chassis import Chassis
from mho.sim_instruments.ni_daqmx.errors import (
    ATTR_NOT_SUPPORTED_IN_TASK,
    TRIG_WHEN_ON_DEMAND,
    DaqError,
)
from mho.sim_instruments.ni_daqmx.runs import Run
from mho.sim_instruments.ni_daqmx.signals import Listener
from mho.sim_instruments.ni_daqmx.task import Task
from mho.sim_instruments.ni_daqmx.ticks import Train

HIGH = 10192
"""Of a line."""


def is_set(task: Task) -> bool:
    """Whether the task has a pause trigger."""
    return bool(task.settings["TRIG"].get("PAUSE_TRIG_TYPE", values.NONE) != values.NONE)


def check(task: Task, chassis: Chassis) -> None:
    """Refuse what no card has, and what is not simulated.

    Raises
    ------
    DaqError
        A trigger at an analogue level, a counter, a task without a clock, or no such terminal.
    """
    if not is_set(task):
        return
    kind = task.settings["TRIG"]["PAUSE_TRIG_TYPE"]
    if kind != values.DIGITAL_LEVEL or task.kind in (values.CI, values.CO):
        raise DaqError(ATTR_NOT_SUPPORTED_IN_TASK, f"PAUSE_TRIG_TYPE: {kind} is not simulated.")
    if not task.is_clocked:
        raise DaqError(TRIG_WHEN_ON_DEMAND)
    _line(task, chassis)


class _Line(NamedTuple):
    """Where the trigger is, and the level that pauses."""

    terminal: str
    high: bool

    def pauses(self, is_high: bool) -> bool:
        return is_high == self.high


def _line(task: Task, chassis: Chassis) -> _Line | None:
    if not is_set(task):
        return None
    settings = task.settings["TRIG"]
    source = settings.get("DIG_LVL_PAUSE_TRIG_SRC", "")
    terminal = terminals.source(source, task.card, chassis.cards)
    return _Line(terminal, settings.get("DIG_LVL_PAUSE_TRIG_WHEN", HIGH) == HIGH)


def gate(
    chassis: Chassis, task: Task, run: Run, give: Callable[[Train], None]
) -> Callable[[Train], None]:
    """``give`` starts the task's clock; what starts it as long as the line does not pause it."""
    line = _line(task, chassis)
    if line is None:
        return give
    given: Train | None = None
    waits: Train | None = None  # as it would go on at moment 0

    def begin(train: Train) -> None:
        nonlocal given, waits
        if line.pauses(chassis.signals.is_high(line.terminal)):
            waits = train._replace(start=0.0)
            return
        given = train
        give(train)

    def level(is_high: bool, moment: float) -> None:
        nonlocal waits, given
        if not line.pauses(is_high) and waits is not None:
            left, waits = waits, None
            begin(left._replace(start=moment + left.start))
        elif line.pauses(is_high) and given is not None:
            left = given.after(given.up_to(moment))
            given, waits = None, left._replace(start=left.start - moment)
            run.ticks.cut(moment)
            chassis.signals.halt(task.name, moment)

    chassis.signals.listen(line.terminal, Listener(task.name, level=level))
    return begin


def count(
    chassis: Chassis,
    task: Task,
    run: Run,
    source: str,
    clock: Callable[[Train], None],
    moment: float,
) -> None:
    """Have ``clock`` take the edges at ``source`` from ``moment`` on, where the line lets it."""
    signals = chassis.signals
    line = _line(task, chassis)

    def take(train: Train) -> None:
        if line is None or not line.pauses(signals.is_high(line.terminal)):
            clock(train)

    def level(is_high: bool, now: float) -> None:
        if line is not None and line.pauses(is_high):
            run.ticks.cut(now)
            signals.halt(task.name, now)
        else:
            go_on(now)

    def go_on(now: float) -> None:
        going = signals.running(source, now)
        if going is not None:
            take(going)

    if line is not None:
        signals.listen(line.terminal, Listener(task.name, level=level))
    signals.listen(source, Listener(task.name, clock=take, stopped=run.ticks.cut))
    go_on(moment)
