"""The selector of a bench: an actuator and the cell that it is to select.

Relays move while every output is off, and what the actuator reports is held against what was asked
before one comes on.
"""

from mho.bench.actuator import Actuator
from mho.bench.bench import InstrumentIdentity
from mho.bench.selection import Selection, listed, meetings
from mho.errors import LimitError, SelectionError


class CellSelector:
    """Selects one cell; the bench says when.

    Raises
    ------
    LimitError
        Two sources would meet on one line.
    """

    def __init__(self, actuator: Actuator, selection: Selection) -> None:
        refused = list(meetings(selection.paths))
        if refused:
            raise LimitError([f"cell {selection.cell}: {one}" for one in refused])
        self._actuator, self._selection = actuator, selection
        self._may_be_connected = False
        self.name = actuator.name

    def connect(self) -> InstrumentIdentity:
        """Connect; everything is open then."""
        self._may_be_connected = True
        return self._actuator.connect()

    def close(self) -> None:
        """Connect the cell; every output must be off.

        Raises
        ------
        SelectionError
            The actuator reports something else than it was asked for.
        """
        asked = frozenset(self._selection.paths)
        self._actuator.select(self._selection)
        found = self._actuator.selected()
        if found == asked:
            return
        wrong = [
            f"{what} {listed(paths)}"
            for what, paths in (
                ("not connected:", asked - found),
                ("connected, but not asked for:", found - asked),
            )
            if paths
        ]
        raise SelectionError(
            f"cell {self._selection.cell} is not selected: {self.name} was asked for "
            f"{listed(asked)} and reports {listed(found)} ({'; '.join(wrong)}). No output was "
            "switched on. See to that relay and its wiring, then start again"
        )

    def open(self) -> None:
        """Open everything; the outputs must be at 0 V. Nothing if it was never connected."""
        if self._may_be_connected:
            self._actuator.off()

    def disconnect(self) -> None:
        """Hang up."""
        if self._may_be_connected:
            self._actuator.disconnect()
        self._may_be_connected = False
