"""Methods about tasks and their control."""

from typing import Any

from mho.sim_instruments.ni_daqmx import control, values, verification
from mho.sim_instruments.ni_daqmx.chassis import Chassis
from mho.sim_instruments.ni_daqmx.errors import (
    INVALID_ATTRIBUTE_VALUE,
    NOT_DONE_IN_TIME,
    DaqError,
)
from mho.sim_instruments.ni_daqmx.methods import Fields, Methods, chosen
from mho.sim_instruments.ni_daqmx.task import RUNNING, Task
from mho.sim_instruments.ni_daqmx.timing_methods import idle

METHODS = Methods()


@METHODS.method("CreateTask")
def create_task(chassis: Chassis, request: Any) -> Fields:
    """Make a task or attach to one."""
    name, new = chassis.tasks.open(request.session_name, request.initialization_behavior, Task)
    return {"task": {"name": name}, "new_session_initialized": new}


@METHODS.method("ClearTask")
def clear_task(chassis: Chassis, request: Any) -> None:
    """Stop a task and forget it; its outputs stay as they are."""
    task = chassis.task(request.task.name)
    control.unreserve(chassis, task)
    task.events.end()
    chassis.tasks.pop(task.name)


@METHODS.method("StartTask")
def start_task(chassis: Chassis, request: Any) -> None:
    """Start a task, or arm it for its trigger."""
    control.start(chassis, chassis.task(request.task.name))


@METHODS.method("StopTask")
def stop_task(chassis: Chassis, request: Any) -> None:
    """Stop a task; what had stopped it before is told."""
    task = chassis.task(request.task.name)
    chassis.now()
    error = task.error if task.state == RUNNING else None
    control.stop(chassis, task)
    if error is not None:
        raise error


@METHODS.method("IsTaskDone")
def is_task_done(chassis: Chassis, request: Any) -> Fields:
    """Whether it has nothing left to do."""
    task = chassis.task(request.task.name)
    now = chassis.now()
    if task.state == RUNNING and task.error is not None:
        raise task.error
    return {"is_task_done": task.is_done(now)}


@METHODS.method("WaitUntilTaskDone")
def wait_until_done(chassis: Chassis, request: Any) -> None:
    """Wait until it has nothing left to do."""
    task = chassis.task(request.task.name)
    run = task.run

    def over() -> float:
        return float("inf") if run is None else run.ticks.over()

    in_time = chassis.wait(lambda: task.is_done(chassis.moment), over, request.time_to_wait)
    if task.state == RUNNING and task.error is not None:
        raise task.error
    if not in_time:
        raise DaqError(NOT_DONE_IN_TIME, f"Task: {task.name}.")


@METHODS.method("TaskControl")
def task_control(chassis: Chassis, request: Any) -> None:
    """One of the seven actions."""
    task = chassis.task(request.task.name)
    action = chosen(request, "action")
    if action == values.START:
        control.start(chassis, task)
    elif action == values.STOP:
        control.stop(chassis, task)
    elif action == values.VERIFY:
        verification.verify(chassis, task)
    elif action == values.COMMIT:
        verification.commit(chassis, task)
    elif action == values.RESERVE:
        verification.reserve(chassis, task)
    elif action in (values.UNRESERVE, values.ABORT):
        control.unreserve(chassis, task)
    else:
        raise DaqError(INVALID_ATTRIBUTE_VALUE, f"Action: {action}.")


# ---- a log that nothing is written to


@METHODS.method("ConfigureLogging")
def configure_logging(chassis: Chassis, request: Any) -> None:
    """Kept and read back; no file is written."""
    idle(chassis, request).settings["READ"].update(
        LOGGING_FILE_PATH=request.file_path,
        LOGGING_MODE=chosen(request, "logging_mode"),
        LOGGING_TDMS_GROUP_NAME=request.group_name,
        LOGGING_TDMS_OPERATION=chosen(request, "operation"),
    )


@METHODS.method("StartNewFile")
def start_new_file(chassis: Chassis, request: Any) -> None:
    """As `configure_logging`."""
    chassis.task(request.task.name).settings["READ"]["LOGGING_FILE_PATH"] = request.file_path
