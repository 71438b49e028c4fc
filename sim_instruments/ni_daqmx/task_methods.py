"""Methods about tasks, their channels, timing, triggers and control."""

from collections.abc import Callable
from typing import Any

from mho.sim_instruments.ni_daqmx import channel as channels
from mho.sim_instruments.ni_daqmx import control, names, values
from mho.sim_instruments.ni_daqmx.channel import Channel
from mho.sim_instruments.ni_daqmx.chassis import Chassis
from mho.sim_instruments.ni_daqmx.errors import (
    INVALID_ATTRIBUTE_VALUE,
    MIN_NOT_LESS_THAN_MAX,
    NOT_DONE_IN_TIME,
    NOT_WHILE_RUNNING,
    PHYSICAL_CHAN_DOES_NOT_EXIST,
    DaqError,
)
from mho.sim_instruments.ni_daqmx.methods import Fields, Methods, chosen
from mho.sim_instruments.ni_daqmx.task import RUNNING, Task

METHODS = Methods()

VOLTS = 10348
PER_LINE = 0


@METHODS.method("CreateTask", "LoadTask")
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


# ---- channels


def _add(chassis: Chassis, request: Any, build: Callable[[str], Channel], text: str) -> None:
    task = chassis.task(request.task.name)
    if task.state == RUNNING:
        raise DaqError(NOT_WHILE_RUNNING, f"Task: {task.name}.")
    parts = names.expand(text)
    if not parts:
        raise DaqError(PHYSICAL_CHAN_DOES_NOT_EXIST, "No physical channel was specified.")
    built = [build(part) for part in parts]
    if request.name_to_assign_to_channel:
        for channel, name in zip(
            built, names.assigned(request.name_to_assign_to_channel, len(built)), strict=True
        ):
            channel.name = name
    for channel in built:
        task.add(channel)


def _limits(request: Any, largest: float) -> tuple[float, float]:
    low, high = request.min_val, request.max_val
    if not low < high:
        raise DaqError(MIN_NOT_LESS_THAN_MAX, f"Minimum: {low:g}. Maximum: {high:g}.")
    if max(abs(low), abs(high)) > largest * (1 + 1e-9):
        raise DaqError(
            INVALID_ATTRIBUTE_VALUE,
            f"Requested: {low:g} V to {high:g} V. Largest range: {largest:g} V.",
        )
    return low, high


def _only_volts(request: Any) -> None:
    units = chosen(request, "units")
    if units not in (0, VOLTS) or request.custom_scale_name:
        raise DaqError(
            INVALID_ATTRIBUTE_VALUE, f"Units: {units} {request.custom_scale_name}. Supported: V."
        )


@METHODS.method("CreateAIVoltageChan")
def create_ai_voltage(chassis: Chassis, request: Any) -> None:
    """Analogue inputs, volts."""
    _only_volts(request)
    configuration = chosen(request, "terminal_config")

    def build(part: str) -> Channel:
        card, line, follows = channels.analog_input(part, chassis.cards)
        low, high = _limits(request, card.ai_ranges[-1])
        return Channel(
            part, values.AI, card, part, low, high, input=line, follows=follows,
            settings={"AI_TERM_CFG": configuration if configuration > 0 else DIFFERENTIAL},
        )  # fmt: skip

    _add(chassis, request, build, request.physical_channel)


DIFFERENTIAL = 10106


@METHODS.method("CreateAOVoltageChan")
def create_ao_voltage(chassis: Chassis, request: Any) -> None:
    """Analogue outputs, volts."""
    _only_volts(request)

    def build(part: str) -> Channel:
        card, line = channels.analog_output(part, chassis.cards)
        low, high = _limits(request, line.full_scale)
        return Channel(part, values.AO, card, part, low, high, output=line)

    _add(chassis, request, build, request.physical_channel)


def _digital(kind: int) -> None:
    def create(chassis: Chassis, request: Any) -> None:
        task = chassis.task(request.task.name)
        parts = names.expand(request.lines)
        if not parts:
            raise DaqError(PHYSICAL_CHAN_DOES_NOT_EXIST, "No line was specified.")
        found = [(part, *channels.digital(part, chassis.cards)) for part in parts]
        name = request.name_to_assign_to_lines
        if chosen(request, "line_grouping") != PER_LINE:
            default = parts[0] if len(parts) == 1 else f"{parts[0]}..."
            lines = [line for _, _, part_lines, _ in found for line in part_lines]
            signals = channels.places([(len(part), is_port) for _, _, part, is_port in found])
            whole = len(found) == 1 and found[0][3]
            called = names.joined(parts)
            task.add(
                Channel(
                    name or default, kind, found[0][1], called,
                    lines=lines, signals=signals, is_port=whole,
                )
            )  # fmt: skip
            return
        given = names.assigned(name, len(found)) if name else parts
        for called, (part, card, lines, is_port) in zip(given, found, strict=True):
            signals = channels.places([(len(lines), is_port)])
            task.add(
                Channel(called, kind, card, part, lines=lines, signals=signals, is_port=is_port)
            )

    METHODS.method("CreateDIChan" if kind == values.DI else "CreateDOChan")(create)


_digital(values.DI)
_digital(values.DO)


@METHODS.method("CreateCOPulseChanFreq", "CreateCOPulseChanTime", "CreateCOPulseChanTicks")
def create_co_pulse(chassis: Chassis, request: Any) -> None:
    """A counter that gives a train of pulses."""
    if hasattr(request, "freq"):
        frequency, delay, duty = request.freq, request.initial_delay, request.duty_cycle
    elif hasattr(request, "high_time"):
        period = request.high_time + request.low_time
        frequency, delay = 1 / period if period > 0 else 0.0, request.initial_delay
        duty = request.high_time / period if period > 0 else 0.0
    else:
        ticks = request.high_ticks + request.low_ticks
        frequency, delay, duty = 20e6 / max(ticks, 1), request.initial_delay / 20e6, 0.5
    if not 0 < frequency <= 25e6:
        raise DaqError(INVALID_ATTRIBUTE_VALUE, f"Frequency: {frequency:g} Hz.")

    def build(part: str) -> Channel:
        card, number = channels.counter(part, chassis.cards)
        return Channel(
            part, values.CO, card, part, counter=number,
            settings={
                "CO_PULSE_FREQ": frequency,
                "CO_PULSE_FREQ_INITIAL_DELAY": delay,
                "CO_PULSE_TIME_INITIAL_DELAY": delay,
                "CO_PULSE_DUTY_CYC": duty,
                "CO_PULSE_IDLE_STATE": chosen(request, "idle_state"),
            },
        )  # fmt: skip

    _add(chassis, request, build, request.counter)


@METHODS.method("CreateCICountEdgesChan")
def create_ci_count(chassis: Chassis, request: Any) -> None:
    """A counter of edges; it can be set up, but sees none."""

    def build(part: str) -> Channel:
        card, number = channels.counter(part, chassis.cards)
        return Channel(
            part, values.CI, card, part, counter=number,
            settings={"CI_COUNT": request.initial_count, "CI_MEAS_TYPE": 10125},
        )  # fmt: skip

    _add(chassis, request, build, request.counter)


# ---- timing and triggers


def _idle(chassis: Chassis, request: Any) -> Task:
    task = chassis.task(request.task.name)
    if task.state == RUNNING:
        raise DaqError(NOT_WHILE_RUNNING, f"Task: {task.name}.")
    return task


@METHODS.method("CfgSampClkTiming", "CfgPipelinedSampClkTiming")
def configure_sample_clock(chassis: Chassis, request: Any) -> None:
    """Time the task by a sample clock."""
    task = _idle(chassis, request)
    task.kind  # noqa: B018  refuses a task without channels
    timing = task.timing
    timing.kind = values.SAMPLE_CLOCK
    timing.asked, timing.divisor = request.rate, None
    timing.source = request.source
    timing.edge = chosen(request, "active_edge") or values.RISING
    timing.mode = chosen(request, "sample_mode")
    timing.samples = request.samps_per_chan


@METHODS.method("CfgImplicitTiming")
def configure_implicit(chassis: Chassis, request: Any) -> None:
    """Time the task by what it generates itself."""
    timing = _idle(chassis, request).timing
    timing.kind = values.IMPLICIT
    timing.mode = chosen(request, "sample_mode")
    timing.samples = request.samps_per_chan


@METHODS.method("CfgDigEdgeStartTrig")
def digital_edge_start(chassis: Chassis, request: Any) -> None:
    """Start at an edge of a terminal."""
    _idle(chassis, request).settings["TRIG"].update(
        START_TRIG_TYPE=values.DIGITAL_EDGE,
        DIG_EDGE_START_TRIG_SRC=request.trigger_source,
        DIG_EDGE_START_TRIG_EDGE=chosen(request, "trigger_edge"),
    )


@METHODS.method("CfgAnlgEdgeStartTrig")
def analog_edge_start(chassis: Chassis, request: Any) -> None:
    """Start when a signal passes a level; no signal here ever does."""
    _idle(chassis, request).settings["TRIG"].update(
        START_TRIG_TYPE=values.ANALOG_EDGE,
        ANLG_EDGE_START_TRIG_SRC=request.trigger_source,
        ANLG_EDGE_START_TRIG_SLOPE=chosen(request, "trigger_slope"),
        ANLG_EDGE_START_TRIG_LVL=request.trigger_level,
    )


@METHODS.method("CfgAnlgWindowStartTrig")
def analog_window_start(chassis: Chassis, request: Any) -> None:
    """Start when a signal enters or leaves a window; no signal here ever does."""
    _idle(chassis, request).settings["TRIG"].update(
        START_TRIG_TYPE=values.ANALOG_WINDOW,
        ANLG_WIN_START_TRIG_SRC=request.trigger_source,
        ANLG_WIN_START_TRIG_WHEN=chosen(request, "trigger_when"),
        ANLG_WIN_START_TRIG_TOP=request.window_top,
        ANLG_WIN_START_TRIG_BTM=request.window_bottom,
    )


@METHODS.method("CfgDigEdgeRefTrig")
def digital_edge_reference(chassis: Chassis, request: Any) -> None:
    """A reference trigger can be set up; a task with one does not start."""
    _idle(chassis, request).settings["TRIG"].update(
        REF_TRIG_TYPE=values.DIGITAL_EDGE,
        DIG_EDGE_REF_TRIG_SRC=request.trigger_source,
        DIG_EDGE_REF_TRIG_EDGE=chosen(request, "trigger_edge"),
        REF_TRIG_PRETRIG_SAMPLES=request.pretrigger_samples,
    )


@METHODS.method("CfgAnlgEdgeRefTrig")
def analog_edge_reference(chassis: Chassis, request: Any) -> None:
    """As `digital_edge_reference`, at a level."""
    _idle(chassis, request).settings["TRIG"].update(
        REF_TRIG_TYPE=values.ANALOG_EDGE,
        ANLG_EDGE_REF_TRIG_SRC=request.trigger_source,
        ANLG_EDGE_REF_TRIG_SLOPE=chosen(request, "trigger_slope"),
        ANLG_EDGE_REF_TRIG_LVL=request.trigger_level,
        REF_TRIG_PRETRIG_SAMPLES=request.pretrigger_samples,
    )


@METHODS.method("CfgAnlgWindowRefTrig")
def analog_window_reference(chassis: Chassis, request: Any) -> None:
    """As `digital_edge_reference`, at a window."""
    _idle(chassis, request).settings["TRIG"].update(
        REF_TRIG_TYPE=values.ANALOG_WINDOW,
        ANLG_WIN_REF_TRIG_SRC=request.trigger_source,
        ANLG_WIN_REF_TRIG_WHEN=chosen(request, "trigger_when"),
        ANLG_WIN_REF_TRIG_TOP=request.window_top,
        ANLG_WIN_REF_TRIG_BTM=request.window_bottom,
        REF_TRIG_PRETRIG_SAMPLES=request.pretrigger_samples,
    )


@METHODS.method("DisableStartTrig")
def disable_start(chassis: Chassis, request: Any) -> None:
    """No start trigger."""
    _idle(chassis, request).settings["TRIG"]["START_TRIG_TYPE"] = values.NONE


@METHODS.method("DisableRefTrig")
def disable_reference(chassis: Chassis, request: Any) -> None:
    """No reference trigger."""
    _idle(chassis, request).settings["TRIG"]["REF_TRIG_TYPE"] = values.NONE


_EXPORTS = {
    12487: "SAMP_CLK_OUTPUT_TERM",
    12491: "START_TRIG_OUTPUT_TERM",
    12490: "REF_TRIG_OUTPUT_TERM",
    12494: "CTR_OUT_EVENT_OUTPUT_TERM",
    12484: "AI_CONV_CLK_OUTPUT_TERM",
    12536: "10_MHZ_REF_CLK_OUTPUT_TERM",
    12486: "20_MHZ_TIMEBASE_OUTPUT_TERM",
    12488: "ADV_TRIG_OUTPUT_TERM",
    12492: "ADV_CMPLT_EVENT_OUTPUT_TERM",
    12493: "AI_HOLD_CMPLT_EVENT_OUTPUT_TERM",
    12511: "CHANGE_DETECT_EVENT_OUTPUT_TERM",
    12512: "WATCHDOG_EXPIRED_EVENT_OUTPUT_TERM",
}


@METHODS.method("ExportSignal")
def export_signal(chassis: Chassis, request: Any) -> None:
    """Give a signal at a terminal while the task runs."""
    signal = chosen(request, "signal_id")
    if signal not in _EXPORTS:
        raise DaqError(INVALID_ATTRIBUTE_VALUE, f"Signal: {signal}.")
    task = _idle(chassis, request)
    task.settings["EXPORT"][_EXPORTS[signal]] = request.output_terminal


# ---- a log that nothing is written to


@METHODS.method("ConfigureLogging")
def configure_logging(chassis: Chassis, request: Any) -> None:
    """Kept and read back; no file is written."""
    _idle(chassis, request).settings["READ"].update(
        LOGGING_FILE_PATH=request.file_path,
        LOGGING_MODE=chosen(request, "logging_mode"),
        LOGGING_TDMS_GROUP_NAME=request.group_name,
        LOGGING_TDMS_OPERATION=chosen(request, "operation"),
    )


@METHODS.method("StartNewFile")
def start_new_file(chassis: Chassis, request: Any) -> None:
    """As `configure_logging`."""
    chassis.task(request.task.name).settings["READ"]["LOGGING_FILE_PATH"] = request.file_path


# ---- control


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
        control.verify(chassis, task)
    elif action == values.COMMIT:
        control.commit(chassis, task)
    elif action == values.RESERVE:
        control.reserve(chassis, task)
    elif action in (values.UNRESERVE, values.ABORT):
        control.unreserve(chassis, task)
    else:
        raise DaqError(INVALID_ATTRIBUTE_VALUE, f"Action: {action}.")
