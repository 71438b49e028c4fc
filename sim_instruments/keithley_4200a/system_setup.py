"""What the pages DE, SS, SM and MD have set up for a system-mode test, and its buffers."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Kind = Literal["V", "I"]

COMMON_MODE = 3
VAR1, VAR2, CONSTANT, VAR1_PRIME = 1, 2, 3, 4

BUFFER_SIZE = 4096
"""Readings a name can hold: KXCI manual Rev. E page 5-28."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One ``CH``, ``VS`` or ``VM`` line; a VS or VM has no current name."""

    voltage_name: str
    current_name: str
    kind: Kind | None
    function: int
    is_meter: bool = False


@dataclass(frozen=True, slots=True)
class Levels:
    """Levels that a source takes one after another, and its compliance."""

    kind: Kind
    values: tuple[float, ...]
    compliance: float


class Sample(NamedTuple):
    """One value in a buffer: when (s since the start of the test), and its status letter."""

    value: float
    time: float
    letter: str


@dataclass(slots=True)
class SystemSetup:
    """Everything set up on the system pages; made new by ``*RST``."""

    definitions: dict[str, Definition] = field(default_factory=dict)
    var1: Levels = field(
        default_factory=lambda: Levels("V", tuple(n / 100 for n in range(101)), 0.1)
    )
    var2: dict[int, Levels] = field(default_factory=dict)
    lists: dict[str, Levels] = field(default_factory=dict)
    master: str | None = None
    constants: dict[str, Levels] = field(default_factory=dict)
    ratios: dict[int | None, float] = field(default_factory=dict)  # by SMU number; None: all
    offsets: dict[int | None, float] = field(default_factory=dict)
    hold: float = 0.0
    delay: float = 0.0
    keeps_on: set[str] = field(default_factory=set)
    shown: dict[str, None] = field(default_factory=dict)
    readings: int = 1
    interval: float = 0.01
    wait: float = 0.0
    stop_on_compliance: bool = False
    buffers: dict[str, list[Sample]] = field(default_factory=dict)

    def var1_prime(self, role: str, values: tuple[float, ...]) -> tuple[float, ...]:
        """What VAR1' gives on ``role`` while VAR1 takes ``values``: pages 5-11, 5-13."""
        number = int(role[-1])
        ratio = self.ratios.get(number, self.ratios.get(None, 1.0))
        offset = self.offsets.get(number, self.offsets.get(None, 0.0))
        return tuple(value * ratio + offset for value in values)


def power_up(smus: Iterable[str]) -> SystemSetup:
    """The definitions at power-up: KXCI manual Rev. E page 5-5."""
    kinds: tuple[tuple[Kind | None, int], ...] = (
        (None, CONSTANT),
        ("I", VAR2),
        ("V", VAR1),
        ("V", CONSTANT),
    )
    definitions = {
        smu: Definition(f"V{n}", f"I{n}", kind, function)
        for n, (smu, (kind, function)) in enumerate(zip(smus, kinds, strict=False), start=1)
    }
    return SystemSetup(definitions=definitions)
