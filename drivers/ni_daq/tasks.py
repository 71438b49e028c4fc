"""The tasks of the cards: sets that play a program, and single levels.

The inputs run on the clock of their card; the outputs, one task a card, run on the clock of the
inputs and start with them. So the outputs stop with the last edge of a finite acquisition, and a
regenerated buffer is repeated exactly as often as asked. To another card NI-DAQmx routes clock and
start trigger by itself, over the backplane or an RTSI cable, once it knows of either. Every
exchange is one call of NI's client.

Sets are kept by the shape of their programs, so that a closed loop costs no more than its samples:
seven exchanges on one card, and two where another shape was played before, for channels belong to
one task at a time and a set has to give them back. Levels are written by tasks of their own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from typing import Any, NamedTuple, TypeVar

import numpy as np

from mho.clock import Clock
from mho.drivers.ni_daq.acquired import Acquired, InputChannel
from mho.drivers.ni_daq.client import (
    FAULTS,
    UNRESERVE,
    DaqError,
    Task,
    is_reserved,
    is_timeout,
    logged,
)
from mho.drivers.ni_daq.connection import Connection
from mho.drivers.ni_daq.program import Floats, Program
from mho.drivers.ni_daq.task_names import MOST_SETS, Names, Outputs
from mho.drivers.ni_daq.task_set_up import (
    BLOCKS_AHEAD,
    SLICE,
    add_outputs,
    block,
    reader_of,
    set_up_inputs,
    set_up_outputs,
    writer_of,
)
from mho.errors import InstrumentTimeout, ReplyError
from mho.interrupts import deferred

Item = TypeVar("Item")

_LATE = 0.02
"""Seconds after which a block that was due is asked for, so that it is there."""


class _Shape(NamedTuple):
    """What two programs that one set of tasks plays have in common."""

    rate: float
    period: int
    samples: int
    streams: bool
    inputs: tuple[InputChannel, ...]


class _Generation(NamedTuple):
    """The task of the outputs of one card."""

    outputs: Outputs
    name: str
    task: Task
    writer: Any


@dataclass(frozen=True, slots=True)
class _Set:
    number: int
    generations: tuple[_Generation, ...]
    inputs: Task
    reader: Any
    channels: int


class Tasks:
    """The tasks of the cards over one connection. Faults of NI's client pass through (`FAULTS`)."""

    def __init__(
        self,
        connection: Connection,
        names: Names,
        terminals: Sequence[str],
        clock: Clock,
    ) -> None:
        self._connection = connection
        self._names = names
        self._terminals = tuple(terminals)
        self._clock = clock
        self._sets: dict[_Shape, _Set] = {}
        self._holding: _Set | None = None  # the channels

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
            chosen = self._set_for(program, inputs)
        acquired = Acquired(program, inputs)
        if program.streams:
            return self._stream(chosen, program, acquired, held), acquired
        self._write(chosen, program.rendered(self._terminals, held))
        start = self._start(chosen)
        self._wait(chosen, program)
        acquired.take(self._read(chosen, program.samples))
        self._stop(chosen)
        return start, acquired

    def set_levels(self, levels: Mapping[str, float]) -> None:
        """Bring every output to its level (V), those of a card at once; they stay there."""
        with deferred():
            self._give_back()
            for one in self._names.outputs:
                self._set_card(one, levels)

    def clear(self) -> None:
        """Clear all tasks; what they play stops at once, and the outputs stay there."""
        sets, self._sets, self._holding = [*self._sets.values()], {}, None
        _every(self._clear, sets)

    def to_zero(self) -> None:
        """Bring every output to 0 V, whatever its task does, those of every card that can be.

        Where another task has an output its card is reset, which ends the tasks of everybody.
        """
        with suppress(DaqError):  # what counts is whether the outputs go to 0 V
            self.clear()
        with deferred():
            _every(self._to_zero, self._names.outputs)

    # ---- inside

    def _set_card(self, outputs: Outputs, levels: Mapping[str, float]) -> None:
        name, data = self._names.levels(outputs), np.array([levels[t] for t in outputs.terminals])
        task = self._connection.task(name)
        try:
            add_outputs(task, name, outputs)
            shown = f" {', '.join(f'{volts:g}' for volts in data)} V"
            writer = writer_of(task)
            logged(f"{name} write", shown, lambda: writer.write_one_sample(data))
        finally:
            self._close(task, name)

    def _to_zero(self, outputs: Outputs) -> None:
        zeros = dict.fromkeys(outputs.terminals, 0.0)
        try:
            self._set_card(outputs, zeros)
        except DaqError as error:
            if not is_reserved(error):
                raise
            card = self._connection.card(outputs.card)
            logged(f"{outputs.card} reset", "", card.reset_device)
            self._set_card(outputs, zeros)

    def _set_for(self, program: Program, inputs: tuple[InputChannel, ...]) -> _Set:
        shape = _Shape(program.rate, program.period, program.samples, program.streams, inputs)
        chosen = self._sets.get(shape)
        if chosen is None or chosen is not self._holding:
            self._give_back()
        if chosen is None:
            if len(self._sets) >= MOST_SETS:
                self.clear()
            number = min(set(range(MOST_SETS)) - {one.number for one in self._sets.values()})
            chosen = self._sets[shape] = self._new_set(number, program, inputs)
        self._holding = chosen
        return chosen

    def _give_back(self) -> None:
        """Have the set that was played last give its channels back."""
        chosen, self._holding = self._holding, None
        if chosen is None:
            return
        self._unreserve(chosen.inputs, self._names.inputs(chosen.number))
        for one in chosen.generations:
            self._unreserve(one.task, one.name)

    @staticmethod
    def _unreserve(task: Task, name: str) -> None:
        logged(f"{name} unreserve", "", lambda: task.control(UNRESERVE))

    def _new_set(self, number: int, program: Program, inputs: tuple[InputChannel, ...]) -> _Set:
        made: list[tuple[Task, str]] = []

        def task(name: str) -> Task:
            made.append((self._connection.task(name), name))
            return made[-1][0]

        try:
            generations = []
            for one in self._names.outputs:
                name = self._names.generation(one, number)
                outputs = task(name)
                set_up_outputs(outputs, name, one, program, self._names.card)
                generations.append(_Generation(one, name, outputs, writer_of(outputs)))
            name = self._names.inputs(number)
            reading = task(name)
            set_up_inputs(reading, name, program, inputs, self._names.card)
        except BaseException:
            for one_made, name in made:
                with suppress(*FAULTS):
                    self._close(one_made, name)
            raise
        return _Set(number, tuple(generations), reading, reader_of(reading), len(inputs))

    def _clear(self, chosen: _Set) -> None:
        # The inputs are the clock of the outputs, so they go first.
        named = [(chosen.inputs, self._names.inputs(chosen.number))]
        named += [(one.task, one.name) for one in chosen.generations]
        _every(lambda one: self._close(*one), named)

    def _clear_playing(self) -> None:
        """Clear the set that plays; what was sent and not played is gone with it."""
        chosen, self._holding = self._holding, None
        if chosen is not None:
            self._sets = {shape: one for shape, one in self._sets.items() if one is not chosen}
            self._clear(chosen)

    def _close(self, task: Task, name: str) -> None:
        """Clear a task; if that fails, by its name, for the client has forgotten it then."""
        try:
            logged(f"{name} clear", "", task.close)
        except FAULTS:
            with suppress(*FAULTS):
                self._connection.clear_left(name, self._connection.owner)
            raise

    def _write(self, chosen: _Set, block: Floats) -> None:
        rows = {name: number for number, name in enumerate(self._terminals)}
        for one in chosen.generations:
            own = np.ascontiguousarray(block[[rows[name] for name in one.outputs.terminals]])
            self._write_one(one, own)

    @staticmethod
    def _write_one(one: _Generation, own: Floats) -> None:
        written = logged(
            f"{one.name} write",
            f" {own.shape[0]} x {own.shape[1]}, {own.min():g} to {own.max():g} V",
            lambda: one.writer.write_many_sample(own, timeout=SLICE),
        )
        if written != own.shape[1]:
            raise ReplyError(
                f"{one.outputs.card} took {written} of {own.shape[1]} samples for its outputs"
            )

    def _start(self, chosen: _Set) -> float:
        """Start all; the outputs wait for the inputs. When the inputs were started (s)."""
        for one in chosen.generations:
            logged(f"{one.name} start", "", one.task.start)
        start = self._clock.now()
        logged(f"{self._names.inputs(chosen.number)} start", "", chosen.inputs.start)
        return start

    def _wait(self, chosen: _Set, program: Program) -> None:
        """Until a finite acquisition has ended; hardly ever more than one exchange."""
        name, duration = self._names.inputs(chosen.number), program.duration
        self._clock.sleep(duration)
        for _ in range(ceil((0.5 * duration + 5.0) / SLICE)):
            try:
                logged(f"{name} wait", "", lambda: chosen.inputs.wait_until_done(SLICE))
            except FAULTS as error:
                if is_timeout(error):
                    continue
                raise
            return
        raise InstrumentTimeout(
            f"{self._names.card}: a waveform of {duration:g} s had not ended after "
            f"{1.5 * duration + 5.0:g} s"
        )

    def _read(self, chosen: _Set, samples: int) -> Floats:
        data = np.empty((chosen.channels, samples))
        read = logged(
            f"{self._names.inputs(chosen.number)} read",
            f" {chosen.channels} x {samples}",
            lambda: chosen.reader.read_many_sample(data, samples, timeout=SLICE),
        )
        if read != samples:
            raise ReplyError(f"{self._names.card} gave {read} of {samples} samples of its inputs")
        return data

    def _stop(self, chosen: _Set) -> None:
        logged(f"{self._names.inputs(chosen.number)} stop", "", chosen.inputs.stop)
        for one in chosen.generations:
            logged(f"{one.name} stop", "", one.task.stop)

    def _stream(
        self, chosen: _Set, program: Program, acquired: Acquired, held: Mapping[str, float]
    ) -> float:
        """Play in blocks: one is sent for each that has come. When it began (s).

        What is sent ends with blocks of rest to spare, for the clock goes on until it is stopped.
        """
        size = block(program)
        blocks: Iterator[Floats] = program.blocks(self._terminals, held, size)
        ahead = [next(blocks) for _ in range(BLOCKS_AHEAD)]
        self._write(chosen, np.concatenate(ahead, axis=1))
        start = self._start(chosen)
        number = ceil(program.samples / size)
        for index in range(number):
            due = start + (index + 1) * size / program.rate + _LATE
            self._clock.sleep(due - self._clock.now())
            acquired.take(self._read(chosen, size))
            if index + 1 < number:
                self._write(chosen, next(blocks))
        for one in chosen.generations:
            _see_all_was_played(one, program)
        self._clear_playing()
        return start


def _see_all_was_played(one: _Generation, program: Program) -> None:
    """An output that ran dry stands still while the inputs go on."""
    played = logged(
        f"{one.name} played",
        "",
        lambda: one.task.out_stream.total_samp_per_chan_generated,
    )
    if played < program.samples:
        raise ReplyError(
            f"{one.outputs.card} played {played} of {program.samples} samples and then waited for "
            "more. Lower sample_rate, or set streaming = false"
        )


def _every(do: Callable[[Item], None], items: Iterable[Item]) -> None:
    """Do it with all of them, also where one fails; then the first failure is raised."""
    failure: Exception | None = None
    for one in items:
        try:
            do(one)
        except FAULTS as error:
            failure = failure or error
    if failure is not None:
        raise failure
