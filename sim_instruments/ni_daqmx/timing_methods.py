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


def _triggers(which: str, title: str) -> None:
    """Methods that set up the start or the reference trigger."""

    def set_up(chassis: Chassis, request: Any, kind: int, **settings: Any) -> None:
        found = {f"{which}_TRIG_TYPE": kind, **settings}
        if which == "REF":
            found["REF_TRIG_PRETRIG_SAMPLES"] = request.pretrigger_samples
        idle(chassis, request).settings["TRIG"].update(found)

    @METHODS.method(f"CfgDigEdge{title}Trig")
    def digital_edge(chassis: Chassis, request: Any) -> None:
        """At an edge of a terminal."""
        settings = {
            f"DIG_EDGE_{which}_TRIG_SRC": request.trigger_source,
            f"DIG_EDGE_{which}_TRIG_EDGE": chosen(request, "trigger_edge"),
        }
        set_up(chassis, request, values.DIGITAL_EDGE, **settings)

    @METHODS.method(f"CfgAnlgEdge{title}Trig")
    def analog_edge(chassis: Chassis, request: Any) -> None:
        """When a signal passes a level; no signal here ever does."""
        settings = {
            f"ANLG_EDGE_{which}_TRIG_SRC": request.trigger_source,
            f"ANLG_EDGE_{which}_TRIG_SLOPE": chosen(request, "trigger_slope"),
            f"ANLG_EDGE_{which}_TRIG_LVL": request.trigger_level,
        }
        set_up(chassis, request, values.ANALOG_EDGE, **settings)

    @METHODS.method(f"CfgAnlgWindow{title}Trig")
    def analog_window(chassis: Chassis, request: Any) -> None:
        """When a signal enters or leaves a window; no signal here ever does."""
        settings = {
            f"ANLG_WIN_{which}_TRIG_SRC": request.trigger_source,
            f"ANLG_WIN_{which}_TRIG_WHEN": chosen(request, "trigger_when"),
            f"ANLG_WIN_{which}_TRIG_TOP": request.window_top,
            f"ANLG_WIN_{which}_TRIG_BTM": request.window_bottom,
        }
        set_up(chassis, request, values.ANALOG_WINDOW, **settings)

    @METHODS.method(f"Disable{title}Trig")
    def disable(chassis: Chassis, request: Any) -> None:
        """No such trigger."""
        idle(chassis, request).settings["TRIG"][f"{which}_TRIG_TYPE"] = values.NONE


_triggers("START", "Start")
_triggers("REF", "Ref")


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
