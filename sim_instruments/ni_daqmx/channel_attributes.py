"""Properties of virtual channels."""

from typing import TYPE_CHECKING, Any

import numpy as np

from mho.sim_instruments.ni_daqmx import values
from mho.sim_instruments.ni_daqmx.attribute_defaults import CHANNEL
from mho.sim_instruments.ni_daqmx.channel import Channel
from mho.sim_instruments.ni_daqmx.errors import (
    ATTR_NOT_SUPPORTED_IN_TASK,
    INVALID_ATTRIBUTE_VALUE,
    NOT_SET,
    DaqError,
)
from mho.sim_instruments.ni_daqmx.line import HALF_SCALE
from mho.sim_instruments.ni_daqmx.task import Task

if TYPE_CHECKING:
    from mho.sim_instruments.ni_daqmx.attributes import Asked

_PREFIXES = {
    values.AI: ("AI_",), values.AO: ("AO_",), values.DI: ("DI_",), values.DO: ("DO_",),
    values.CI: ("CI_",), values.CO: ("CO_",),
}  # fmt: skip


def _channels(asked: "Asked") -> tuple[Task, list[Channel]]:
    task = asked.chassis.task(asked.request.task.name)
    return task, task.named(asked.request.channel)


def get(asked: "Asked") -> Any:
    """A property that all channels asked for have in common."""
    task, channels = _channels(asked)
    found = [_get(asked, task, channel) for channel in channels]
    if any(value != found[0] for value in found):
        raise DaqError(
            INVALID_ATTRIBUTE_VALUE, f"Property: {asked.name}. It differs between the channels."
        )
    return found[0]


def _get(asked: "Asked", task: Task, channel: Channel) -> Any:
    name, kind = asked.name, channel.kind
    if name == "CHAN_TYPE":
        return kind
    if name == "PHYSICAL_CHAN_NAME":
        return channel.physical
    if name == "CHAN_DESCR":
        return channel.settings.get(name, "")
    if name == "CHAN_IS_GLOBAL":
        return False
    if name in ("DI_NUM_LINES", "DO_NUM_LINES") and name.startswith(_PREFIXES[kind]):
        return len(channel.lines)
    if not name.startswith(_PREFIXES[kind]):
        raise DaqError(ATTR_NOT_SUPPORTED_IN_TASK, f"Property: {name}. Channel: {channel.name}.")
    if name in ("AI_MAX", "AO_MAX", "AI_MIN", "AO_MIN"):
        return _limit(name, channel)
    if name in ("AI_RNG_HIGH", "AO_DAC_RNG_HIGH", "AO_DAC_REF_VAL"):
        return channel.full_scale
    if name in ("AI_RNG_LOW", "AO_DAC_RNG_LOW"):
        return -channel.full_scale
    if name == "AI_DEV_SCALING_COEFF":
        return [0.0, channel.full_scale / HALF_SCALE, 0.0, 0.0]
    if name == "AO_DEV_SCALING_COEFF":
        return [0.0, HALF_SCALE / channel.full_scale, 0.0, 0.0]
    if name == "CO_PULSE_TERM":
        return f"/{channel.card.name}/Ctr{channel.counter}InternalOutput"
    if name == "CO_PULSE_DONE":
        return task.is_done(asked.chassis.now())
    if name in channel.settings:
        return channel.settings[name]
    if name in CHANNEL[kind]:
        return CHANNEL[kind][name]
    return asked.empty


def _limit(name: str, channel: Channel) -> float:
    value = channel.high if name.endswith("MAX") else channel.low
    if value is None:
        raise DaqError(NOT_SET, f"Property: {name}. Channel: {channel.name}.")
    if channel.kind == values.AI:  # what the range comes to
        largest = channel.full_scale
        ends = channel.named(np.array([-largest, largest]))
        return float(ends.max() if name.endswith("MAX") else ends.min())
    return value


def set_(asked: "Asked", value: Any) -> None:
    """Set a property of all channels asked for."""
    _, channels = _channels(asked)
    name = asked.name
    for channel in channels:
        if name == "CHAN_DESCR":
            channel.settings[name] = value
            continue
        if not name.startswith(_PREFIXES[channel.kind]):
            raise DaqError(
                ATTR_NOT_SUPPORTED_IN_TASK, f"Property: {name}. Channel: {channel.name}."
            )
        if name in ("AI_MAX", "AO_MAX", "AI_RNG_HIGH", "AO_DAC_RNG_HIGH"):
            _check_range(channel, value)
        if name in ("AI_MIN", "AO_MIN", "AI_RNG_LOW", "AO_DAC_RNG_LOW"):
            _check_range(channel, -value)
        if name in ("AI_MAX", "AO_MAX"):
            channel.high = value
        elif name in ("AI_MIN", "AO_MIN"):
            channel.low = value
        elif name not in ("AO_DAC_RNG_HIGH", "AO_DAC_RNG_LOW"):  # there is one range only
            channel.settings[name] = value


def _check_range(channel: Channel, magnitude: float) -> None:
    output = channel.output
    largest = channel.card.ai_ranges[-1] if output is None else output.full_scale
    if abs(magnitude) > largest * (1 + 1e-9):
        raise DaqError(
            INVALID_ATTRIBUTE_VALUE,
            f"Channel: {channel.name}. Requested: {magnitude:g} V. Largest: {largest:g} V.",
        )


def reset(asked: "Asked") -> None:
    """Back to what it was before anybody set it; limits have no value then."""
    _, channels = _channels(asked)
    for channel in channels:
        if asked.name in ("AI_MAX", "AO_MAX"):
            channel.high = None
        elif asked.name in ("AI_MIN", "AO_MIN"):
            channel.low = None
        else:
            channel.settings.pop(asked.name, None)
