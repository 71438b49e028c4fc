"""Methods that add channels to a task."""

from collections.abc import Callable
from typing import Any

from mho.sim_instruments.ni_daqmx import channel as channels
from mho.sim_instruments.ni_daqmx import names, values
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
from mho.sim_instruments.ni_daqmx.task import RUNNING

METHODS = Methods()

VOLTS = 10348
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
