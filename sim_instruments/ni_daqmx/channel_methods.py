"""Methods that add channels to a task."""

from collections.abc import Callable
from typing import Any

import numpy as np

from mho.sim_instruments.ni_daqmx import channel as channels
from mho.sim_instruments.ni_daqmx import names, scale_methods, values
from mho.sim_instruments.ni_daqmx.channel import Channel
from mho.sim_instruments.ni_daqmx.chassis import Chassis
from mho.sim_instruments.ni_daqmx.errors import (
    INVALID_ATTRIBUTE_VALUE,
    MIN_NOT_LESS_THAN_MAX,
    NOT_WHILE_RUNNING,
    PHYSICAL_CHAN_DOES_NOT_EXIST,
    DaqError,
)
from mho.sim_instruments.ni_daqmx.methods import Methods, chosen
from mho.sim_instruments.ni_daqmx.scale import Scale
from mho.sim_instruments.ni_daqmx.task import RUNNING

METHODS = Methods()

VOLTS, FROM_SCALE = 10348, 10065
PER_LINE = 0


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


def _limits(request: Any, largest: float, scale: Scale | None) -> tuple[float, float]:
    low, high = request.min_val, request.max_val
    if not low < high:
        raise DaqError(MIN_NOT_LESS_THAN_MAX, f"Minimum: {low:g}. Maximum: {high:g}.")
    ends = np.array([low, high])
    volts = ends if scale is None else scale.volts(ends)
    if not np.max(np.abs(volts)) <= largest * (1 + 1e-9):
        raise DaqError(
            INVALID_ATTRIBUTE_VALUE,
            f"Requested: {low:g} V to {high:g} V. Largest range: {largest:g} V.",
        )
    return low, high


def _scale(chassis: Chassis, request: Any) -> Scale | None:
    """The custom scale that is asked for; None for volts."""
    units = chosen(request, "units")
    if units == FROM_SCALE:
        return scale_methods.named(chassis, request.custom_scale_name)
    if units not in (0, VOLTS):
        raise DaqError(INVALID_ATTRIBUTE_VALUE, f"Units: {units}. Supported: V or a custom scale.")
    return None


def _units(kind: str, scale: Scale | None) -> dict[str, Any]:
    if scale is None:
        return {}
    return {f"{kind}_VOLTAGE_UNITS": FROM_SCALE, f"{kind}_CUSTOM_SCALE_NAME": scale.name}


@METHODS.method("CreateAIVoltageChan")
def create_ai_voltage(chassis: Chassis, request: Any) -> None:
    """Analogue inputs, volts."""
    scale = _scale(chassis, request)
    configuration = chosen(request, "terminal_config")

    def build(part: str) -> Channel:
        card, line, follows = channels.analog_input(part, chassis.cards)
        low, high = _limits(request, card.ai_ranges[-1], scale)
        return Channel(
            part, values.AI, card, part, low, high, input=line, scale=scale, follows=follows,
            settings={
                "AI_TERM_CFG": configuration if configuration > 0 else DIFFERENTIAL,
                **_units("AI", scale),
            },
        )  # fmt: skip

    _add(chassis, request, build, request.physical_channel)


DIFFERENTIAL = 10106


@METHODS.method("CreateAOVoltageChan")
def create_ao_voltage(chassis: Chassis, request: Any) -> None:
    """Analogue outputs, volts."""
    scale = _scale(chassis, request)

    def build(part: str) -> Channel:
        card, line = channels.analog_output(part, chassis.cards)
        low, high = _limits(request, line.full_scale, scale)
        return Channel(
            part,
            values.AO,
            card,
            part,
            low,
            high,
            output=line,
            scale=scale,
            settings=_units("AO", scale),
        )

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
    settings = _pulses(request)
    frequency = settings["CO_PULSE_FREQ"]
    if not 0 < frequency <= 25e6:
        raise DaqError(INVALID_ATTRIBUTE_VALUE, f"Frequency: {frequency:g} Hz.")
    settings["CO_PULSE_IDLE_STATE"] = chosen(request, "idle_state")

    def build(part: str) -> Channel:
        card, number = channels.counter(part, chassis.cards)
        return Channel(part, values.CO, card, part, counter=number, settings=dict(settings))

    _add(chassis, request, build, request.counter)


TICK = 1 / 20e6
"""Of the timebase that pulses are counted in (s), unless a terminal is named."""
BY_FREQUENCY, BY_TICKS, BY_TIME = 10119, 10268, 10269


def _pulses(request: Any) -> dict[str, Any]:
    """A train of pulses as frequency and duty cycle, and as it was asked for."""
    if hasattr(request, "freq"):
        return {
            "CO_OUTPUT_TYPE": BY_FREQUENCY, "CO_PULSE_FREQ": request.freq,
            "CO_PULSE_DUTY_CYC": request.duty_cycle,
            "CO_PULSE_FREQ_INITIAL_DELAY": request.initial_delay,
            "CO_PULSE_TIME_INITIAL_DELAY": request.initial_delay,
        }  # fmt: skip
    if hasattr(request, "high_time"):
        high, low, delay = request.high_time, request.low_time, request.initial_delay
        kind: dict[str, Any] = {"CO_OUTPUT_TYPE": BY_TIME}
    else:
        high, low = request.high_ticks * TICK, request.low_ticks * TICK
        delay = request.initial_delay * TICK
        kind = {
            "CO_OUTPUT_TYPE": BY_TICKS, "CO_PULSE_HIGH_TICKS": request.high_ticks,
            "CO_PULSE_LOW_TICKS": request.low_ticks,
            "CO_PULSE_TICKS_INITIAL_DELAY": request.initial_delay,
            "CO_CTR_TIMEBASE_SRC": request.source_terminal,
        }  # fmt: skip
    period = high + low
    return {
        **kind, "CO_PULSE_HIGH_TIME": high, "CO_PULSE_LOW_TIME": low,
        "CO_PULSE_FREQ": 1 / period if period > 0 else 0.0,
        "CO_PULSE_DUTY_CYC": high / period if period > 0 else 0.0,
        "CO_PULSE_TIME_INITIAL_DELAY": delay,
    }  # fmt: skip


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
