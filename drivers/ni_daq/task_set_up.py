"""Setting tasks up: their channels, clock, trigger and buffer. Each exchange is one call.

The inputs run on the clock of their card, the outputs of every card on that clock, and start with
the inputs.
"""

from math import ceil
from typing import Any

from mho.drivers.ni_daq.acquired import InputChannel
from mho.drivers.ni_daq.client import (
    CONTINUOUS,
    FINITE,
    REPEATING,
    RISING,
    STREAMED,
    WIRINGS,
    Task,
    logged,
)
from mho.drivers.ni_daq.program import Program
from mho.drivers.ni_daq.task_names import Outputs

SLICE = 0.1
"""Longest wait in one go (s): the time after which Ctrl-C is honoured at the latest."""

BLOCK = 65_536
"""Fewest samples a channel of a block that is streamed; more where they last less than a slice."""

BLOCKS_AHEAD = 4
"""Blocks in the output buffer: as many may be late before it runs dry."""


def block(program: Program) -> int:
    """Samples a channel of a block: those of a slice of time, if they are enough."""
    return max(BLOCK, ceil(program.rate * SLICE))


def add_outputs(task: Task, name: str, outputs: Outputs) -> None:
    """The outputs of a card, on the range that holds all of them."""
    lines, span = ", ".join(outputs.channels), outputs.range
    logged(
        f"{name} add",
        f" {lines} +-{span:g} V",
        lambda: task.ao_channels.add_ao_voltage_chan(lines, min_val=-span, max_val=span),
    )


def set_up_outputs(
    task: Task, name: str, outputs: Outputs, program: Program, clock_card: str
) -> None:
    """The task of the outputs of a card, on the clock of the inputs of ``clock_card``."""
    add_outputs(task, name, outputs)
    again = program.repeats > 1 or program.streams
    source = f"/{clock_card}/ai/SampleClock"
    mode = CONTINUOUS if again else FINITE
    logged(
        f"{name} clock",
        f" {source} {program.rate:g}/s {mode.name} {program.period}",
        lambda: task.timing.cfg_samp_clk_timing(
            program.rate,
            source=source,
            active_edge=RISING,
            sample_mode=mode,
            samps_per_chan=block(program) if program.streams else program.period,
        ),
    )
    if again:
        kind = STREAMED if program.streams else REPEATING
        logged(f"{name} {kind.name}", "", lambda: setattr(task.out_stream, "regen_mode", kind))
    if program.streams:
        size = BLOCKS_AHEAD * block(program)
        logged(
            f"{name} buffer",
            f" {size}",
            lambda: setattr(task.out_stream, "output_buf_size", size),
        )
    trigger = f"/{clock_card}/ai/StartTrigger"
    logged(
        f"{name} starts with",
        f" {trigger}",
        lambda: task.triggers.start_trigger.cfg_dig_edge_start_trig(trigger, RISING),
    )


def set_up_inputs(
    task: Task, name: str, program: Program, inputs: tuple[InputChannel, ...], card: str
) -> None:
    """The task of the inputs of a card, on its own clock."""
    for one in inputs:
        _add_input(task, name, one, card)
    mode = CONTINUOUS if program.streams else FINITE
    size = BLOCKS_AHEAD * block(program) if program.streams else program.samples
    logged(
        f"{name} clock",
        f" {program.rate:g}/s {mode.name} {size}",
        lambda: task.timing.cfg_samp_clk_timing(
            program.rate, active_edge=RISING, sample_mode=mode, samps_per_chan=size
        ),
    )


def _add_input(task: Task, name: str, one: InputChannel, card: str) -> None:
    channel = f"{card}/{one.channel}"
    logged(
        f"{name} add",
        f" {channel} {one.wiring} +-{one.range:g} V",
        lambda: task.ai_channels.add_ai_voltage_chan(
            channel,
            terminal_config=WIRINGS[one.wiring],
            min_val=-one.range,
            max_val=one.range,
        ),
    )


def writer_of(task: Task) -> Any:
    """What writes to all outputs of a task."""
    from nidaqmx.stream_writers import AnalogMultiChannelWriter

    writer: Any = AnalogMultiChannelWriter(task.out_stream)
    writer.verify_array_shape = False  # which would be an exchange
    return writer


def reader_of(task: Task) -> Any:
    """What reads all inputs of a task."""
    from nidaqmx.stream_readers import AnalogMultiChannelReader

    reader: Any = AnalogMultiChannelReader(task.in_stream)
    reader.verify_array_shape = False
    return reader
