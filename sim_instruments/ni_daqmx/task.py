"""A task: its channels, what is set of it, and where it stands between unverified and running."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mho.sim_instruments.ni_daqmx import channel as channels_
from mho.sim_instruments.ni_daqmx import values
from mho.sim_instruments.ni_daqmx.card import Card
from mho.sim_instruments.ni_daqmx.channel import Channel
from mho.sim_instruments.ni_daqmx.errors import (
    CHAN_ALREADY_IN_TASK,
    CHAN_NOT_IN_TASK,
    INVALID_ATTRIBUTE_VALUE,
    NO_CHANS_IN_TASK,
    DaqError,
)
from mho.sim_instruments.ni_daqmx.events import Events
from mho.sim_instruments.ni_daqmx.input_buffer import InputBuffer
from mho.sim_instruments.ni_daqmx.output_buffer import OutputBuffer
from mho.sim_instruments.ni_daqmx.runs import ClockRun, InputRun, OutputRun
from mho.sim_instruments.ni_daqmx.timing import Timing

UNVERIFIED, VERIFIED, RESERVED, COMMITTED, RUNNING = range(5)


class Task:
    """A task.

    Attributes
    ----------
    settings
        What is set of triggers, exported signals, reading, writing and buffers, by group and name.
    state, before
        Where it stands, and where it is to stand once it stops.
    is_implicit
        A read or a write has started it; it stops by itself when all is done.
    run
        What it does while it runs; an on-demand task has none.
    on_demand
        The acquisition that on-demand reads go on with.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.channels: list[Channel] = []
        self.timing = Timing()
        self.settings: dict[str, dict[str, Any]] = {
            group: {} for group in ("TRIG", "EXPORT", "READ", "WRITE", "BUFFER", "WATCHDOG")
        }
        self.state = UNVERIFIED
        self.before = UNVERIFIED
        self.is_implicit = False
        self.run: OutputRun | InputRun | ClockRun | None = None
        self.on_demand: InputRun | None = None
        self.output: OutputBuffer | None = None
        self.events = Events()
        self.triggered_at: float | None = None

    def copied(self, name: str) -> "Task":
        """A task of this name that is set up alike and does nothing yet."""
        task = Task(name)
        task.channels = [replace(one, settings=dict(one.settings)) for one in self.channels]
        task.timing = replace(self.timing, others=dict(self.timing.others))
        task.settings = {group: dict(settings) for group, settings in self.settings.items()}
        return task

    # ---- channels

    def add(self, channel: Channel) -> None:
        """Take in a channel.

        Raises
        ------
        DaqError
            There is one of this name, or it is of another kind or card.
        """
        if any(one.name.lower() == channel.name.lower() for one in self.channels):
            raise DaqError(CHAN_ALREADY_IN_TASK, f"Channel: {channel.name}. Task: {self.name}.")
        if self.channels and channel.kind != self.channels[0].kind:
            raise DaqError(INVALID_ATTRIBUTE_VALUE, "All channels of a task are of one type.")
        if self.channels and channel.card is not self.channels[0].card:
            raise DaqError(INVALID_ATTRIBUTE_VALUE, "All channels of a task are on one card here.")
        self.channels.append(channel)

    @property
    def kind(self) -> int:
        """The type of its channels.

        Raises
        ------
        DaqError
            It has none.
        """
        return self._first.kind

    @property
    def card(self) -> Card:
        """The card of its channels; refuses like `kind`."""
        return self._first.card

    @property
    def _first(self) -> Channel:
        if not self.channels:
            raise DaqError(NO_CHANS_IN_TASK, f"Task: {self.name}.")
        return self.channels[0]

    @property
    def is_input(self) -> bool:
        """Whether it acquires."""
        return self.kind in values.INPUTS

    def named(self, text: str) -> list[Channel]:
        """Channels by their names; all without a name.

        Raises
        ------
        DaqError
            One is not in the task.
        """
        found = channels_.named(self.channels, text)
        if not found and text.strip():
            raise DaqError(CHAN_NOT_IN_TASK, f"Channel: {text}. Task: {self.name}.")
        if not found:
            raise DaqError(NO_CHANS_IN_TASK, f"Task: {self.name}.")
        return found

    # ---- timing

    @property
    def is_clocked(self) -> bool:
        """Whether a sample clock times it."""
        return self.timing.kind != values.ON_DEMAND

    @property
    def wanted(self) -> int | None:
        """Samples of a finite task; None of a continuous one."""
        return self.timing.samples if self.timing.mode == values.FINITE else None

    @property
    def has_reference(self) -> bool:
        """Whether a reference trigger ends it."""
        return bool(self.settings["TRIG"].get("REF_TRIG_TYPE", values.NONE) != values.NONE)

    def of_buffer(self, what: str) -> int | None:
        """The size of a buffer that somebody has set."""
        return self.settings["BUFFER"].get(what)

    @property
    def subsystem(self) -> str:
        """``ao``, ``ai``, ``ctr0``: the part of the card that it works with."""
        name = values.KIND_NAMES[self.kind]
        return f"ctr{self._first.counter}" if name in ("ci", "co") else name

    def terminal(self, signal: str) -> str:
        """The terminal at which it gives a signal."""
        if self.kind == values.CO:
            return f"/{self.card.name}/Ctr{self._first.counter}InternalOutput"
        return f"/{self.card.name}/{self.subsystem}/{signal}"

    # ---- buffers

    @property
    def input(self) -> InputBuffer | None:
        """What was acquired, also of a task that has stopped since."""
        return self.run.buffer if isinstance(self.run, InputRun) else None

    def new_output(self) -> OutputBuffer:
        """An empty output buffer, as the settings are now."""
        mode = self.settings["WRITE"].get("REGEN_MODE", values.ALLOW_REGENERATION)
        return OutputBuffer(
            regenerates=mode == values.ALLOW_REGENERATION,
            size=self.of_buffer("OUTPUT_BUF_SIZE"),
            fifo=self.card.ao_fifo if self.kind == values.AO else 2047,
        )

    def input_size(self) -> int:
        """Samples that the input buffer holds: as set, as many as are to come, or by the rate."""
        size = self.of_buffer("INPUT_BUF_SIZE")
        if size is not None:
            return size
        again = self.settings["TRIG"].get("START_TRIG_RETRIGGERABLE", False)
        if self.wanted is not None and not again:
            return self.wanted
        rate = self.timing.rate
        steps = ((100.0, 1000), (10e3, 10_000), (1e6, 100_000))
        default = next((size for limit, size in steps if rate <= limit), 1_000_000)
        return max(default, self.timing.samples)

    @property
    def error(self) -> DaqError | None:
        """What has stopped it."""
        return None if self.run is None else self.run.error

    def is_done(self, moment: float) -> bool:
        """Whether it has nothing left to do at ``moment``."""
        if self.state != RUNNING or self.run is None:
            return True
        if self.run.ended is not None:
            return True
        return self.run.ticks.over() <= moment


def as_rows(flat: NDArray[np.generic], channels: int, *, by_scan: bool) -> NDArray[np.generic]:
    """Data as they come, as one row a channel."""
    return flat.reshape(-1, channels).T if by_scan else flat.reshape(channels, -1)
