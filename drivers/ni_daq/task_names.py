"""What cards and their tasks are called, for who made them and for who finds them later."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from mho.drivers.ni_daq.settings import NiDaqSettings
from mho.drivers.ni_daq.terminals import OutputTerminal

MOST_SETS = 8
"""Sets of tasks that are kept."""


class Outputs(NamedTuple):
    """The outputs of one card, in the order of their terminals."""

    card: str
    terminals: tuple[str, ...]
    channels: tuple[str, ...]
    """With the card: ``Dev1/ao0``."""
    range: float
    """The largest of their ranges (V)."""


@dataclass(frozen=True, slots=True)
class Names:
    """What cards and tasks are called; ``card`` is the one whose inputs measure."""

    card: str
    prefix: str
    outputs: tuple[Outputs, ...]

    @classmethod
    def of(cls, settings: NiDaqSettings, terminals: Mapping[str, OutputTerminal]) -> "Names":
        """Those of a bench file, for the outputs of some of its terminals."""
        found = []
        for card in settings.models:
            own = {
                name: settings.place(terminal)[1]
                for name, terminal in terminals.items()
                if settings.place(terminal)[0] == card
            }
            if own:
                channels = tuple(f"{card}/{line}" for line in own.values())
                largest = max(terminals[name].range for name in own)
                found.append(Outputs(card, tuple(own), channels, largest))
        return cls(settings.card, settings.task_name_prefix, tuple(found))

    @property
    def used(self) -> tuple[str, ...]:
        """The cards that measure or drive something."""
        return tuple(dict.fromkeys((self.card, *(one.card for one in self.outputs))))

    @property
    def tasks(self) -> tuple[str, ...]:
        """The names of all tasks that this driver makes."""
        numbers = range(MOST_SETS)
        return (
            *(self.inputs(number) for number in numbers),
            *(self.generation(one, number) for one in self.outputs for number in numbers),
            *(self.levels(one) for one in self.outputs),
        )

    def inputs(self, number: int) -> str:
        """The name of the task of the inputs in the set of this number."""
        return f"{self.prefix}{self.card} inputs {number}"

    def generation(self, outputs: Outputs, number: int) -> str:
        """That of the task of the outputs of a card."""
        return f"{self.prefix}{outputs.card} outputs {number}"

    def levels(self, outputs: Outputs) -> str:
        """That of the task that writes single levels."""
        return f"{self.prefix}{outputs.card} levels"
