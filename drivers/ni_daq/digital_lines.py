"""Static digital lines of a card: set, read back, released. For whatever they switch.

To set them all is one exchange, to read them all another one.

A line keeps its last state when it is released. What a task that writes lines reads back is what
its own lines are driven to (NI-DAQmx), not what stands at the connector: a relay that sticks is not
seen by it.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import numpy as np

from mho.drivers.ni_daq.client import FAULTS, LINE_BY_LINE, RESERVE, Task, logged, meaning
from mho.drivers.ni_daq.connection import Connection
from mho.errors import ReplyError
from mho.interrupts import deferred


class DigitalLines:
    """Lines of one card over one connection, as ``{"port0/line0": True}``.

    Parameters
    ----------
    connection
        Where the card is; it stays open.
    card
        Its name in NI-DAQmx.
    lines
        Without the card: ``port0/line0``; one or more.
    prefix
        Of the name of the task.

    Raises
    ------
    ConnectionFailed
        The card, or a line, is not there, or another program has it.
    """

    def __init__(
        self, connection: Connection, card: str, lines: Sequence[str], prefix: str = "mho "
    ) -> None:
        self._connection = connection
        self._where = f"{card} ({', '.join(lines)})"
        self._lines = tuple(lines)
        self._name = task_name(card, lines, prefix)
        self._states: dict[str, bool] = {}
        self._task: Task | None = None
        physical = ", ".join(f"{card}/{line}" for line in lines)
        try:
            with deferred():  # a task that nobody knows of could not be cleared
                self._task = task = connection.task(self._name)
                logged(
                    f"{self._name} add",
                    f" {physical}",
                    lambda: task.do_channels.add_do_chan(physical, line_grouping=LINE_BY_LINE),
                )
                logged(f"{self._name} reserve", "", lambda: task.control(RESERVE))
            self._writer, self._reader = _writer(task), _reader(task)
        except FAULTS as error:
            self.release()
            raise meaning(error, self._where, "taking its lines") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Release the lines; they keep their states."""
        self.release()

    def set(self, states: Mapping[str, bool]) -> None:
        """Bring lines to these states, all at once; the others stay, at first low.

        Raises
        ------
        KeyError
            A line that this does not have.
        InstrumentError, ConnectionFailed
            It was refused, or nobody answered.
        """
        wanted = dict.fromkeys(self._lines, False) | self._states
        for line, state in states.items():
            if line not in wanted:
                raise KeyError(f"{self._where} has no {line}")
            wanted[line] = state
        self._require_task()
        data = np.array([wanted[line] for line in self._lines], dtype=bool)
        shown = "".join("01"[int(state)] for state in data)
        try:
            logged(
                f"{self._name} write",
                f" {shown}",
                lambda: self._writer.write_one_sample_one_line(data),
            )
        except FAULTS as error:
            raise meaning(error, self._where, f"lines {shown}") from error
        self._states = wanted

    def read(self) -> dict[str, bool]:
        """The states that the lines are driven to, as the card says.

        Raises
        ------
        InstrumentError, ConnectionFailed
            It was refused, or nobody answered.
        """
        self._require_task()
        found = np.zeros(len(self._lines), dtype=bool)
        try:
            logged(f"{self._name} read", "", lambda: self._reader.read_one_sample_one_line(found))
        except FAULTS as error:
            raise meaning(error, self._where, "reading its lines") from error
        return {line: bool(state) for line, state in zip(self._lines, found, strict=True)}

    def release(self) -> None:
        """Give the lines back; they keep their states. May be called again and again."""
        task, self._task = self._task, None
        if task is None:
            return
        try:
            logged(f"{self._name} clear", "", task.close)
        except FAULTS:
            with suppress(*FAULTS):
                self._connection.clear_left(self._name, self._connection.owner)

    def _require_task(self) -> None:
        if self._task is None:
            raise ReplyError(f"{self._where}: its lines were released; take them again")


def task_name(card: str, lines: Sequence[str], prefix: str = "mho ") -> str:
    """What the task that has these lines is called, before the name of its process."""
    return f"{prefix}{card} {lines[0]}".replace("/", " ")


def _writer(task: Task) -> Any:
    from nidaqmx.stream_writers import DigitalMultiChannelWriter

    writer: Any = DigitalMultiChannelWriter(task.out_stream, auto_start=True)
    writer.verify_array_shape = False  # which would be exchanges
    return writer


def _reader(task: Task) -> Any:
    from nidaqmx.stream_readers import DigitalMultiChannelReader

    reader: Any = DigitalMultiChannelReader(task.in_stream)
    reader.verify_array_shape = False
    return reader
