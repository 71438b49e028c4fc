"""Methods that save tasks under a name, as long as the server runs."""

from typing import Any

from mho.sim_instruments.ni_daqmx.chassis import Chassis
from mho.sim_instruments.ni_daqmx.errors import DUPLICATE_TASK, NO_SAVED_TASK, DaqError
from mho.sim_instruments.ni_daqmx.methods import Fields, Methods
from mho.sim_instruments.ni_daqmx.task import Task

METHODS = Methods()

OVERWRITE = 1
"""Of the options of saving, a bit."""


@METHODS.method("SaveTask")
def save(chassis: Chassis, request: Any) -> None:
    """Keep channels, timing and settings of a task."""
    task = chassis.task(request.task.name)
    name = request.save_as or task.name
    options = getattr(request, request.WhichOneof("options_enum") or "options_raw")
    if name in chassis.saved and not options & OVERWRITE:
        raise DaqError(DUPLICATE_TASK, f"Saved task: {name}.")
    chassis.saved[name] = task.copied(name)


@METHODS.method("LoadTask")
def load(chassis: Chassis, request: Any) -> Fields:
    """Make a task of a saved one, or attach to it."""
    name = request.session_name
    if name not in chassis.saved:
        raise DaqError(NO_SAVED_TASK, f"Saved task: {name}.")

    def build(called: str) -> Task:
        return chassis.saved[name].copied(called)

    found, new = chassis.tasks.open(name, request.initialization_behavior, build)
    return {"task": {"name": found}, "new_session_initialized": new}


@METHODS.method("DeleteSavedTask")
def delete(chassis: Chassis, request: Any) -> None:
    """Forget a saved task; one that was loaded stays."""
    if chassis.saved.pop(request.task_name, None) is None:
        raise DaqError(NO_SAVED_TASK, f"Saved task: {request.task_name}.")
