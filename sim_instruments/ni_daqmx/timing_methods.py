"""Methods about sample clocks, triggers and exported signals."""

from typing import Any

from mho.sim_instruments.ni_daqmx import values
from mho.sim_instruments.ni_daqmx.chassis import Chassis
from mho.sim_instruments.ni_daqmx.errors import (
    INVALID_ATTRIBUTE_VALUE,
    NOT_WHILE_RUNNING,
    DaqError,
)
from mho.sim_instruments.ni_daqmx.methods import Methods, chosen
from mho.sim_instruments.ni_daqmx.task import RUNNING, Task

METHODS = Methods()


def idle(chassis: Chassis, request: Any) -> Task:
    """A task that does not run; refuses one that does."""
    task = chassis.task(request.task.name)
    if task.state == RUNNING:
        raise DaqError(NOT_WHILE_RUNNING, f"Task: {task.name}.")
    return task


@METHODS.method("CfgSampClkTiming", "CfgPipelinedSampClkTiming")
def configure_sample_clock(chassis: Chassis, request: Any) -> None:
    """Time the task by a sample clock."""
    task = idle(chassis, request)
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
    timing = idle(chassis, request).timing
    timing.kind = values.IMPLICIT
    timing.mode = chosen(request, "sample_mode")
    timing.samples = request.samps_per_chan


@METHODS.method("CfgDigEdgeStartTrig")
def digital_edge_start(chassis: Chassis, request: Any) -> None:
    """Start at an edge of a terminal."""
    idle(chassis, request).settings["TRIG"].update(
        START_TRIG_TYPE=values.DIGITAL_EDGE,
        DIG_EDGE_START_TRIG_SRC=request.trigger_source,
        DIG_EDGE_START_TRIG_EDGE=chosen(request, "trigger_edge"),
    )


@METHODS.method("CfgAnlgEdgeStartTrig")
def analog_edge_start(chassis: Chassis, request: Any) -> None:
    """Start when a signal passes a level; no signal here ever does."""
    idle(chassis, request).settings["TRIG"].update(
        START_TRIG_TYPE=values.ANALOG_EDGE,
        ANLG_EDGE_START_TRIG_SRC=request.trigger_source,
        ANLG_EDGE_START_TRIG_SLOPE=chosen(request, "trigger_slope"),
        ANLG_EDGE_START_TRIG_LVL=request.trigger_level,
    )


@METHODS.method("CfgAnlgWindowStartTrig")
def analog_window_start(chassis: Chassis, request: Any) -> None:
    """Start when a signal enters or leaves a window; no signal here ever does."""
    idle(chassis, request).settings["TRIG"].update(
        START_TRIG_TYPE=values.ANALOG_WINDOW,
        ANLG_WIN_START_TRIG_SRC=request.trigger_source,
        ANLG_WIN_START_TRIG_WHEN=chosen(request, "trigger_when"),
        ANLG_WIN_START_TRIG_TOP=request.window_top,
        ANLG_WIN_START_TRIG_BTM=request.window_bottom,
    )


@METHODS.method("CfgDigEdgeRefTrig")
def digital_edge_reference(chassis: Chassis, request: Any) -> None:
    """A reference trigger can be set up; a task with one does not start."""
    idle(chassis, request).settings["TRIG"].update(
        REF_TRIG_TYPE=values.DIGITAL_EDGE,
        DIG_EDGE_REF_TRIG_SRC=request.trigger_source,
        DIG_EDGE_REF_TRIG_EDGE=chosen(request, "trigger_edge"),
        REF_TRIG_PRETRIG_SAMPLES=request.pretrigger_samples,
    )


@METHODS.method("CfgAnlgEdgeRefTrig")
def analog_edge_reference(chassis: Chassis, request: Any) -> None:
    """As `digital_edge_reference`, at a level."""
    idle(chassis, request).settings["TRIG"].update(
        REF_TRIG_TYPE=values.ANALOG_EDGE,
        ANLG_EDGE_REF_TRIG_SRC=request.trigger_source,
        ANLG_EDGE_REF_TRIG_SLOPE=chosen(request, "trigger_slope"),
        ANLG_EDGE_REF_TRIG_LVL=request.trigger_level,
        REF_TRIG_PRETRIG_SAMPLES=request.pretrigger_samples,
    )


@METHODS.method("CfgAnlgWindowRefTrig")
def analog_window_reference(chassis: Chassis, request: Any) -> None:
    """As `digital_edge_reference`, at a window."""
    idle(chassis, request).settings["TRIG"].update(
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
    idle(chassis, request).settings["TRIG"]["START_TRIG_TYPE"] = values.NONE


@METHODS.method("DisableRefTrig")
def disable_reference(chassis: Chassis, request: Any) -> None:
    """No reference trigger."""
    idle(chassis, request).settings["TRIG"]["REF_TRIG_TYPE"] = values.NONE


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
    task = idle(chassis, request)
    task.settings["EXPORT"][_EXPORTS[signal]] = request.output_terminal
