"""What is connected to a selector: sources and lines, each at an address of its own."""

import re
from collections.abc import Iterator, Mapping

from pydantic import Field, field_validator

from mho.bench import Points, RelayPath
from mho.device.layout import GROUND, CellLines, line_name
from mho.frozen import Frozen
from mho.quantities import Amperes, Volts

_RANGE = re.compile(r"(.*?)([0-9]+)\s*\.\.\s*(.*?)([0-9]+)")
_MOST_LINES = 4096
_TREATMENTS = ("open", "grounded", "half")


class HalfBias(Frozen):
    """A source that holds lines of cells that are not selected between two levels."""

    terminal: str = Field(description="the terminal of this bench whose channel it is")
    level: Volts = Field(description="at which it holds them, from the first output to the last")
    limit: Amperes = Field(gt=0, description="its current limit")


class Follower(Frozen):
    """An amplifier that gives lines of other cells a part of what a source is set to."""

    at: str = Field(description="where its output is connected to the selector")
    of: str = Field(description="the terminal of this bench that it follows")
    part: float = Field(
        gt=0, le=1, description="of the voltage there: 0.5 for V/2; one third, two thirds for V/3"
    )


class SelectorWiring(Frozen):
    """What connects a cell to the instruments, and what is connected to it."""

    kind: str = Field(description="what selects: mho describe selector lists what there is")
    sources: dict[str, str] = Field(
        min_length=1,
        description='where the channel of each terminal is connected to the selector: TE = "A" or '
        'TE = "r0"',
    )
    lines: dict[str, tuple[str, ...]] = Field(
        description="where the lines of each terminal are, in the order of their numbers; a range "
        'is written "c0..c7"'
    )
    unselected: dict[str, str] = Field(
        default_factory=dict,
        description='what becomes of the lines of other cells, by terminal: "open", "grounded", '
        '"half", or the name of a follower; without it they are grounded if there is a ground, '
        "else open",
    )
    ground: str | None = Field(default=None, description="where the selector is grounded")
    half: HalfBias | None = Field(
        default=None, description='the source that holds lines which are "half"'
    )
    followers: dict[str, Follower] = Field(
        default_factory=dict,
        description="amplifiers that follow a source, by a name that unselected may have: a table "
        "[select.followers.NAME] each",
    )

    @field_validator("lines", mode="before")
    @classmethod
    def _ranges(cls, lines: object) -> object:
        if not isinstance(lines, Mapping):
            return lines
        return {
            name: [text for one in several for text in _in_range(one)]
            if isinstance(several, list | tuple) and all(isinstance(one, str) for one in several)
            else several
            for name, several in lines.items()
        }

    def points(self) -> Points:
        """What is connected, by address; of two things at one address the first."""
        sources: dict[str, str] = {}
        lines: dict[str, str] = {}
        for terminal, address in self.sources.items():
            sources.setdefault(address, terminal)
        for name, follower in self.followers.items():
            sources.setdefault(follower.at, name)
        if self.ground is not None:
            sources.setdefault(self.ground, GROUND)
        for terminal, addresses in self.lines.items():
            for number, address in enumerate(addresses):
                lines.setdefault(address, line_name(terminal, number))
        return Points(sources, lines, tuple(self._paths()))

    def source_of_others(self, terminal: str) -> str | None:
        """Where lines of other cells are connected to; None where they stay open."""
        match self.of_other_cells(terminal):
            case "grounded":
                return self.ground
            case "half" if self.half is not None:
                return self.sources.get(self.half.terminal)
            case name if name in self.followers:
                return self.followers[name].at
        return None

    def of_other_cells(self, terminal: str) -> str:
        """What becomes of the lines of this terminal that other cells are on."""
        return self.unselected.get(terminal, "open" if self.ground is None else "grounded")

    def followed(self, layout: CellLines | None) -> str:
        """The terminal that lines of other cells follow; empty where none does."""
        names = () if layout is None else layout.lines
        treatments = (self.of_other_cells(name) for name in names)
        of = {self.followers[one].of for one in treatments if one in self.followers}
        return of.pop() if len(of) == 1 else ""

    def seen_parts(self, layout: CellLines | None) -> dict[str, float]:
        """Of a pulse at the terminal `followed`, what other cells see, by the line they share.

        Of cells of two ends, one on lines of rows and one on lines of columns.
        """
        pulsed = self.followed(layout)
        if layout is None or not pulsed or len(layout.lines) != 2 or pulsed not in layout.lines:
            return {}
        (other,) = layout.lines.keys() - {pulsed}
        found = {}
        for name, seen in ((pulsed, other), (other, pulsed)):
            treatment = self.of_other_cells(seen)
            follower = self.followers.get(treatment)
            if follower is None and treatment != "grounded":
                continue  # what floats, nobody knows
            part = 0.0 if follower is None else follower.part
            found[name] = 1.0 - part if name == pulsed else part
        return found

    def _paths(self) -> Iterator[RelayPath]:
        """Of each line: to its own source, and to what it is on while another one is selected."""
        for terminal, addresses in self.lines.items():
            sources = [self.sources.get(terminal)]
            if len(addresses) > 1:
                sources.append(self.source_of_others(terminal))
            yield from (RelayPath(a, b) for a in sources if a is not None for b in addresses)


def wiring_faults(wiring: SelectorWiring) -> Iterator[tuple[tuple[str, ...], str]]:
    """What cannot be connected so: each key of the table, and why."""
    at: dict[str, str] = {}
    for terminal, address in wiring.sources.items():
        other = at.setdefault(address, terminal)
        if other != terminal:
            yield (
                ("sources", terminal),
                (
                    f"is at {address}, where {other} is: two sources would meet there; give each "
                    "an address of its own"
                ),
            )
    for name, follower in wiring.followers.items():
        other = at.setdefault(follower.at, name)
        if other != name:
            yield ("followers", name, "at"), f"is {follower.at}, where {other} is, a source"
        if name in (*_TREATMENTS, *wiring.sources):
            yield ("followers", name), "has the name of something else; call it otherwise"
        if follower.of not in wiring.sources:
            known = ", ".join(wiring.sources)
            yield ("followers", name, "of"), f"is no terminal among the sources: {known}"
    if wiring.ground is not None and wiring.ground in at:
        yield ("ground",), f"is at {wiring.ground}, where {at[wiring.ground]} is, a source"
    taken: dict[str, str] = {}
    for terminal, addresses in wiring.lines.items():
        for number, address in enumerate(addresses):
            name = line_name(terminal, number)
            other = taken.setdefault(address, name)
            if other != name:
                yield (
                    ("lines", terminal),
                    (
                        f"{name} is at {address}, where {other} is: "
                        "two sources would meet on one line"
                    ),
                )
            if address in at or address == wiring.ground:
                whose = at.get(address, "the ground")
                yield ("lines", terminal), f"{name} is at {address}, where {whose} is, a source"
        if terminal not in wiring.sources:
            yield ("lines", terminal), "has lines, but no address among the sources"
    for terminal in wiring.sources:
        is_half = wiring.half is not None and terminal == wiring.half.terminal
        if terminal not in wiring.lines and not is_half:
            yield ("sources", terminal), f"has no lines; name them in select.lines.{terminal}"
    for terminal, what in wiring.unselected.items():
        if terminal not in wiring.sources:
            yield ("unselected", terminal), "is no terminal among the sources"
        if what not in (*_TREATMENTS, *wiring.followers):
            known = ", ".join((*_TREATMENTS, *wiring.followers))
            yield ("unselected", terminal), f'is "{what}"; write one of {known}'
        if what == "grounded" and wiring.ground is None:
            yield ("unselected", terminal), "is grounded, but ground is missing: say where"
        if what == "half" and wiring.half is None:
            yield ("unselected", terminal), "is half, but half is missing: name its source"
    if wiring.half is not None and wiring.half.terminal not in wiring.sources:
        yield ("half", "terminal"), "is no terminal among the sources; say where it is connected"
    if wiring.half is not None and wiring.half.terminal in wiring.lines:
        yield ("half", "terminal"), "has lines of its own; take another terminal for the bias"


def _in_range(text: str) -> list[str]:
    """``c0..c7`` as eight addresses, anything else as it is."""
    match = _RANGE.fullmatch(text.strip())
    if match is None:
        return [text]
    before, first, same, last = match.groups()
    if same not in (before, ""):
        return [text]
    numbers = range(int(first), min(int(last), int(first) + _MOST_LINES) + 1)
    width = len(first) if first.startswith("0") or len(first) == len(last) else 0
    return [f"{before}{number:0{width}}" for number in numbers]
