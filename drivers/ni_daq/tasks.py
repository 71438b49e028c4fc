"""The tasks of the card: one pair that plays a program, and single levels.

The inputs run on the card's own clock; the outputs run on the clock of the inputs and start with
them. So the outputs stop with the last edge of a finite acquisition, and a regenerated buffer is
repeated exactly as often as asked. Every exchange is one call of NI's client.

Pairs are kept by the shape of their programs, so that a closed loop costs no more than its samples:
seven exchanges, and two where another shape was played before, for channels belong to one task at a
time and a pair has to give them back. Levels are written by a task of their own.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from typing import Any, NamedTuple

import numpy as np

from mho.clock import Clock
from mho.drivers.ni_daq.acquired import Acquired, InputChannel
from mho.drivers.ni_daq.client import (
    CONTINUOUS,
    FAULTS,
    FINITE,
    REPEATING,
    RISING,
    STREAMED,
    UNRESERVE,
    WIRINGS,
    DaqError,
    Task,
    is_reserved,
    is_timeout,
    logged,
)
from mho.drivers.ni_daq.connection import Connection
from mho.drivers.ni_daq.program import Floats, Program
from mho.drivers.ni_daq.settings import NiDaqSettings, OutputTerminal
from mho.errors import InstrumentTimeout, ReplyError
from mho.interrupts import deferred

SLICE = 0.1
"""Longest wait in one go (s): the time after which Ctrl-C is honoured at the latest."""

BLOCK = 65_536
"""Fewest samples a channel of a block that is streamed; more where they last less than a slice."""

BLOCKS_AHEAD = 4
"""Blocks in the output buffer: as many may be late before it runs dry."""

MOST_PAIRS = 8
"""Pairs of tasks that are kept."""

_LATE = 0.02
"""Seconds after which a block that was due is asked for, so that it is there."""


class _Shape(NamedTuple):
    """What two programs that one pair of tasks plays have in common."""

    rate: float
    period: int
    samples: int
    streams: bool
    inputs: tuple[InputChannel, ...]


@dataclass(frozen=True, slots=True)
class _Pair:
    number: int
    outputs: Task
    inputs: Task
    writer: Any
    reader: Any
    channels: int


@dataclass(frozen=True, slots=True)
class Names:
    """What the card and its tasks are called.

    ``outputs`` are the outputs (``ao0``) in the order of their terminals.
    """

    card: str
    prefix: str
    outputs: tuple[str, ...]

    @classmethod
    def of(cls, settings: NiDaqSettings, terminals: Mapping[str, OutputTerminal]) -> "Names":
        """Those of a bench file, for the outputs of some of its terminals."""
        outputs = tuple(terminal.output for terminal in terminals.values())
        return cls(settings.card, settings.task_name_prefix, outputs)

    @property
    def tasks(self) -> tuple[str, ...]:
        """The names of all tasks that this driver makes."""
        pairs = [self.task(what, n) for n in range(MOST_PAIRS) for what in ("outputs", "inputs")]
        return (*pairs, self.task("levels"))

    def task(self, what: str, number: int | None = None) -> str:
        """The name of a task; ``number`` is that of its pair."""
        return f"{self.prefix}{self.card} {what}{'' if number is None else f' {number}'}"

    def lines(self, channels: Sequence[str]) -> str:
        """Channels as NI-DAQmx takes a list of them."""
        return ", ".join(f"{self.card}/{channel}" for channel in channels)


class Tasks:
    """The tasks of one card over one connection. Faults of NI's client pass through (`FAULTS`)."""

    def __init__(
        self,
        connection: Connection,
        names: Names,
        terminals: Mapping[str, OutputTerminal],
        clock: Clock,
    ) -> None:
        self._connection = connection
        self._names = names
        self._terminals = terminals
        self._clock = clock
        self._pairs: dict[_Shape, _Pair] = {}
        self._holding: _Pair | None = None  # the channels

    def play(
        self, program: Program, inputs: tuple[InputChannel, ...], held: Mapping[str, float]
    ) -> tuple[float, Acquired]:
        """Play a program; when it began (s), and what the inputs measured.

        Raises
        ------
        InstrumentTimeout
            No end within 1.5 times the expected duration and 5 s, or a block that did not come.
        """
        with deferred():  # a task that nobody knows of could not be cleared
            pair = self._pair_for(program, inputs)
        acquired = Acquired(program, inputs)
        if program.streams:
            return self._stream(pair, program, acquired, held), acquired
        self._write(pair, program.rendered(tuple(self._terminals), held))
        start = self._start(pair)
        self._wait(pair, program)
        acquired.take(self._read(pair, program.samples))
        self._stop(pair)
        return start, acquired

    def set_levels(self, levels: Mapping[str, float]) -> None:
        """Bring every output to its level (V) at once; the outputs stay there."""
        name, data = self._names.task("levels"), np.array([levels[one] for one in self._terminals])
        with deferred():
            self._give_back()
            task = self._connection.task(name)
            try:
                self._add_outputs(task, name, self._largest_range())
                shown = f" {', '.join(f'{volts:g}' for volts in data)} V"
                writer = _writer(task)
                logged(f"{name} write", shown, lambda: writer.write_one_sample(data))
            finally:
                self._close(task, name)

    def clear(self) -> None:
        """Clear all tasks; what they play stops at once, and the outputs stay there."""
        pairs, self._pairs, self._holding = [*self._pairs.values()], {}, None
        failure: BaseException | None = None
        for pair in pairs:
            try:
                self._clear(pair)
            except FAULTS as error:
                failure = failure or error
        if failure is not None:
            raise failure

    def to_zero(self) -> None:
        """Bring every output to 0 V, whatever its task does.

        Where another task has an output the card is reset, which ends the tasks of everybody.
        """
        with suppress(DaqError):  # what counts is whether the outputs go to 0 V
            self.clear()
        zeros = dict.fromkeys(self._terminals, 0.0)
        try:
            self.set_levels(zeros)
        except DaqError as error:
            if not is_reserved(error):
                raise
            card = self._connection.card(self._names.card)
            logged(f"{self._names.card} reset", "", card.reset_device)
            self.set_levels(zeros)

    # ---- inside

    def _pair_for(self, program: Program, inputs: tuple[InputChannel, ...]) -> _Pair:
        shape = _Shape(program.rate, program.period, program.samples, program.streams, inputs)
        pair = self._pairs.get(shape)
        if pair is None or pair is not self._holding:
            self._give_back()
        if pair is None:
            if len(self._pairs) >= MOST_PAIRS:
                self.clear()
            number = min(set(range(MOST_PAIRS)) - {one.number for one in self._pairs.values()})
            pair = self._pairs[shape] = self._new_pair(number, program, inputs)
        self._holding = pair
        return pair

    def _give_back(self) -> None:
        """Have the pair that was played last give its channels back."""
        pair, self._holding = self._holding, None
        if pair is None:
            return
        self._unreserve(pair.inputs, self._names.task("inputs", pair.number))
        self._unreserve(pair.outputs, self._names.task("outputs", pair.number))

    @staticmethod
    def _unreserve(task: Task, name: str) -> None:
        logged(f"{name} unreserve", "", lambda: task.control(UNRESERVE))

    def _new_pair(self, number: int, program: Program, inputs: tuple[InputChannel, ...]) -> _Pair:
        made: list[tuple[Task, str]] = []
        try:
            name = self._names.task("outputs", number)
            outputs = self._connection.task(name)
            made.append((outputs, name))
            self._set_up_outputs(outputs, name, program)
            name = self._names.task("inputs", number)
            reading = self._connection.task(name)
            made.append((reading, name))
            self._set_up_inputs(reading, name, program, inputs)
        except BaseException:
            for task, name in made:
                with suppress(*FAULTS):
                    self._close(task, name)
            raise
        return _Pair(number, outputs, reading, _writer(outputs), _reader(reading), len(inputs))

    def _clear(self, pair: _Pair) -> None:
        try:
            # The inputs are the clock of the outputs.
            self._close(pair.inputs, self._names.task("inputs", pair.number))
        finally:
            self._close(pair.outputs, self._names.task("outputs", pair.number))

    def _clear_playing(self) -> None:
        """Clear the pair that plays; what was sent and not played is gone with it."""
        pair, self._holding = self._holding, None
        if pair is not None:
            self._pairs = {shape: one for shape, one in self._pairs.items() if one is not pair}
            self._clear(pair)

    def _close(self, task: Task, name: str) -> None:
        """Clear a task; if that fails, by its name, for the client has forgotten it then."""
        try:
            logged(f"{name} clear", "", task.close)
        except FAULTS:
            with suppress(*FAULTS):
                self._connection.clear_left(name, self._connection.owner)
            raise

    def _set_up_outputs(self, task: Task, name: str, program: Program) -> None:
        card = self._names.card
        self._add_outputs(task, name, self._largest_range())
        again = program.repeats > 1 or program.streams
        source = f"/{card}/ai/SampleClock"
        mode = CONTINUOUS if again else FINITE
        logged(
            f"{name} clock",
            f" {source} {program.rate:g}/s {mode.name} {program.period}",
            lambda: task.timing.cfg_samp_clk_timing(
                program.rate,
                source=source,
                active_edge=RISING,
                sample_mode=mode,
                samps_per_chan=_block(program) if program.streams else program.period,
            ),
        )
        if again:
            kind = STREAMED if program.streams else REPEATING
            logged(f"{name} {kind.name}", "", lambda: setattr(task.out_stream, "regen_mode", kind))
        if program.streams:
            size = BLOCKS_AHEAD * _block(program)
            logged(
                f"{name} buffer",
                f" {size}",
                lambda: setattr(task.out_stream, "output_buf_size", size),
            )
        trigger = f"/{card}/ai/StartTrigger"
        logged(
            f"{name} starts with",
            f" {trigger}",
            lambda: task.triggers.start_trigger.cfg_dig_edge_start_trig(trigger, RISING),
        )

    def _set_up_inputs(
        self, task: Task, name: str, program: Program, inputs: tuple[InputChannel, ...]
    ) -> None:
        for one in inputs:
            self._add_input(task, name, one)
        mode = CONTINUOUS if program.streams else FINITE
        size = BLOCKS_AHEAD * _block(program) if program.streams else program.samples
        logged(
            f"{name} clock",
            f" {program.rate:g}/s {mode.name} {size}",
            lambda: task.timing.cfg_samp_clk_timing(
                program.rate, active_edge=RISING, sample_mode=mode, samps_per_chan=size
            ),
        )

    def _add_input(self, task: Task, name: str, one: InputChannel) -> None:
        channel = f"{self._names.card}/{one.channel}"
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

    def _add_outputs(self, task: Task, name: str, range_: float) -> None:
        lines = self._names.lines(self._names.outputs)
        logged(
            f"{name} add",
            f" {lines} +-{range_:g} V",
            lambda: task.ao_channels.add_ao_voltage_chan(lines, min_val=-range_, max_val=range_),
        )

    def _largest_range(self) -> float:
        return max(terminal.range for terminal in self._terminals.values())

    def _write(self, pair: _Pair, block: Floats) -> None:
        shown = f" {block.shape[0]} x {block.shape[1]}, {block.min():g} to {block.max():g} V"
        written = logged(
            f"{self._names.task('outputs', pair.number)} write",
            shown,
            lambda: pair.writer.write_many_sample(block, timeout=SLICE),
        )
        if written != block.shape[1]:
            raise ReplyError(
                f"{self._names.card} took {written} of {block.shape[1]} samples for its outputs"
            )

    def _start(self, pair: _Pair) -> float:
        """Start both; the outputs wait for the inputs. When the inputs were started (s)."""
        logged(f"{self._names.task('outputs', pair.number)} start", "", pair.outputs.start)
        start = self._clock.now()
        logged(f"{self._names.task('inputs', pair.number)} start", "", pair.inputs.start)
        return start

    def _wait(self, pair: _Pair, program: Program) -> None:
        """Until a finite acquisition has ended; hardly ever more than one exchange."""
        name, duration = self._names.task("inputs", pair.number), program.duration
        self._clock.sleep(duration)
        for _ in range(ceil((0.5 * duration + 5.0) / SLICE)):
            try:
                logged(f"{name} wait", "", lambda: pair.inputs.wait_until_done(SLICE))
            except FAULTS as error:
                if is_timeout(error):
                    continue
                raise
            return
        raise InstrumentTimeout(
            f"{self._names.card}: a waveform of {duration:g} s had not ended after "
            f"{1.5 * duration + 5.0:g} s"
        )

    def _read(self, pair: _Pair, samples: int) -> Floats:
        data = np.empty((pair.channels, samples))
        read = logged(
            f"{self._names.task('inputs', pair.number)} read",
            f" {pair.channels} x {samples}",
            lambda: pair.reader.read_many_sample(data, samples, timeout=SLICE),
        )
        if read != samples:
            raise ReplyError(f"{self._names.card} gave {read} of {samples} samples of its inputs")
        return data

    def _stop(self, pair: _Pair) -> None:
        logged(f"{self._names.task('inputs', pair.number)} stop", "", pair.inputs.stop)
        logged(f"{self._names.task('outputs', pair.number)} stop", "", pair.outputs.stop)

    def _stream(
        self, pair: _Pair, program: Program, acquired: Acquired, held: Mapping[str, float]
    ) -> float:
        """Play in blocks: one is sent for each that has come. When it began (s).

        What is sent ends with blocks of rest to spare, for the clock goes on until it is stopped.
        """
        size, terminals = _block(program), tuple(self._terminals)
        blocks: Iterator[Floats] = program.blocks(terminals, held, size)
        ahead = [next(blocks) for _ in range(BLOCKS_AHEAD)]
        self._write(pair, np.concatenate(ahead, axis=1))
        start = self._start(pair)
        number = ceil(program.samples / size)
        for index in range(number):
            due = start + (index + 1) * size / program.rate + _LATE
            self._clock.sleep(due - self._clock.now())
            acquired.take(self._read(pair, size))
            if index + 1 < number:
                self._write(pair, next(blocks))
        self._see_all_was_played(pair, program)
        self._clear_playing()
        return start

    def _see_all_was_played(self, pair: _Pair, program: Program) -> None:
        """An output that ran dry stands still while the inputs go on."""
        played = logged(
            f"{self._names.task('outputs', pair.number)} played",
            "",
            lambda: pair.outputs.out_stream.total_samp_per_chan_generated,
        )
        if played < program.samples:
            raise ReplyError(
                f"{self._names.card} played {played} of {program.samples} samples and then waited "
                "for more. Lower sample_rate, or set streaming = false"
            )


def _block(program: Program) -> int:
    """Samples a channel of a block: those of a slice of time, if they are enough."""
    return max(BLOCK, ceil(program.rate * SLICE))


def _writer(task: Task) -> Any:
    from nidaqmx.stream_writers import AnalogMultiChannelWriter

    writer: Any = AnalogMultiChannelWriter(task.out_stream)
    writer.verify_array_shape = False  # which would be an exchange
    return writer


def _reader(task: Task) -> Any:
    from nidaqmx.stream_readers import AnalogMultiChannelReader

    reader: Any = AnalogMultiChannelReader(task.in_stream)
    reader.verify_array_shape = False
    return reader
