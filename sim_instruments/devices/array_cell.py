"""One cell of an array: it ages lazily, and may be stuck or slow."""

from collections.abc import Mapping, Sequence

import numpy as np

from mho.device.model import DeviceModel, Response, State
from mho.rehearsal.load_lines import LoadLines
from mho.stimuli import Drive

Drives = Mapping[str, Drive]
Ohms = Mapping[str, float]


class ArrayCell:
    """A cell behind the sources and resistances that the rest of the array leaves it.

    Time is let pass when something else happens to the cell: most of an array rests most of the
    time, and how its time is cut changes nothing (`DeviceModel`).
    """

    def __init__(
        self, device: DeviceModel, *, is_stuck: bool = False, slowness: float = 1.0
    ) -> None:
        self.device, self.is_stuck, self.slowness = device, is_stuck, slowness
        self._lines = LoadLines(device)
        self._drives: dict[str, Drive] = {}
        self._ohms: dict[str, float] = {}
        self._waits = 0.0
        self._known: dict[tuple[tuple[str, Drive], ...], Mapping[str, Response]] = {}

    def advance(self, drives: Drives, ohms: Ohms, duration: float) -> None:
        """Let ``duration`` seconds pass, sooner or later."""
        if drives != self._drives or ohms != self._ohms:
            self.catch_up()
            self._drives, self._ohms = dict(drives), dict(ohms)
        self._waits += duration

    def catch_up(self) -> None:
        """Let pass what has to."""
        lasts, self._waits = self._waits, 0.0
        if not lasts:
            return
        self._lines = LoadLines(self.device)  # which remembers what stood there before
        if self.is_stuck:
            self.device.advance({}, lasts)
        elif self.slowness > 1.0 and any(drive.level for drive in self._drives.values()):
            self._let_pass(lasts / self.slowness)
            self.device.advance({}, lasts - lasts / self.slowness)
        else:
            self._let_pass(lasts)

    def respond(self, drives: Drives, ohms: Ohms) -> Mapping[str, Response]:
        """What stands at its terminals, and flows into them."""
        self.catch_up()
        return self._lines.respond(drives, ohms) if ohms else self.device.respond(drives)

    def remembered(self, drives: Drives) -> Mapping[str, Response] | None:
        """What it answered to these drives, if that was of no weight for the others."""
        return self._known.get(tuple(drives.items()))

    def remember(self, drives: Drives, response: Mapping[str, Response]) -> None:
        """Keep an answer that is of no weight."""
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        self._known[tuple(drives.items())] = response

    def forget(self) -> None:
        """What it answers is of weight, or may have changed."""
        self._known.clear()

    def _let_pass(self, lasts: float) -> None:
        if self._ohms and any(drive.level for drive in self._drives.values()):
            self._lines.advance(self._drives, self._ohms, lasts)
        else:
            self.device.advance(self._drives, lasts)


def state_of_cells(cells: Sequence[ArrayCell]) -> State:
    """The states of cells, stacked: the first axis of each array is the cell."""
    states = []
    for cell in cells:
        cell.catch_up()
        states.append(cell.device.state())
    return {name: np.stack([one[name] for one in states]) for name in states[0]}


def restore_cells(cells: Sequence[ArrayCell], state: State) -> None:
    """Take over what `state_of_cells` gave.

    Raises
    ------
    KeyError
        The state is that of something else.
    """
    if any(len(array) != len(cells) for array in state.values()):
        raise KeyError("the state is that of another number of cells")
    for number, cell in enumerate(cells):
        cell.catch_up()
        cell.device.restore({name: array[number] for name, array in state.items()})
        cell.forget()


_REMEMBERED = 64
