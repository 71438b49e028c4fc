"""The keys of ``[select]`` where relays are driven by digital lines of a card, one line a relay."""

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field, field_validator

from mho.bench import Points, RelayPath
from mho.drivers.ni_daq.cards import CARDS, Model
from mho.drivers.ni_daq.settings import LOCAL, SIMULATOR, is_target, place_of_card
from mho.frozen import Frozen
from mho.quantities import Seconds

_LINE = re.compile(r"port(\d)/line(\d{1,2})")


class NiDaqLinesSettings(Frozen):
    """Relays that are driven by digital lines of an NI DAQ card."""

    target: str = Field(
        description='"local" (NI-DAQmx runtime on this computer), "<host>:<port>" '
        '(NI gRPC Device Server, port 31763 unless changed) or "simulator"'
    )
    card: str = Field(
        pattern=r"^[^\s,:/]+$", description='name of the card in NI MAX, for example "Dev1"'
    )
    model: Model = Field(description="of the card, as NI MAX shows it")
    relays: dict[str, str] = Field(
        min_length=1,
        description="the line that drives each relay, by the source and the line of the array that "
        'the relay connects: "smu-TE0" = "port0/line0"',
    )
    active: Literal["high", "low"] = Field(
        default="high", description="the level at which a digital line closes its relay"
    )
    settling_time: Seconds = Field(
        default=10e-3,
        ge=0,
        le=10,
        description="from the change of a digital line until its relay is at rest, either way",
    )
    task_name_prefix: str = Field(
        default="mho ",
        pattern=r"^[A-Za-z0-9_ -]*$",
        description="name of the task on the server: this, the card, its first line",
    )
    timeout: Seconds = Field(default=10.0, gt=0, description="deadline of one exchange")

    @field_validator("target")
    @classmethod
    def _known_target(cls, target: str) -> str:
        return is_target(target)

    @property
    def lines(self) -> tuple[str, ...]:
        """The digital lines, each once."""
        return tuple(dict.fromkeys(self.relays.values()))

    @property
    def is_high(self) -> bool:
        """The state of a line whose relay is closed."""
        return self.active == "high"

    @property
    def all_open(self) -> dict[str, bool]:
        """The states of the lines at which every relay is open."""
        return dict.fromkeys(self.relays.values(), not self.is_high)


def by_path(settings: NiDaqLinesSettings, points: Points) -> dict[RelayPath, str]:
    """The digital line of each path that has a relay."""
    return {
        path: settings.relays[str(path)] for path in _every(points) if str(path) in settings.relays
    }


def problems(settings: NiDaqLinesSettings, points: Points) -> Iterator[tuple[str, str]]:
    """Relays that are missing, or lead nowhere, or share a line; lines that the card lacks."""
    yield from _wrong_relays(settings.relays, points)
    ports, taken = CARDS[settings.model].ports, dict[str, str]()
    for name, line in settings.relays.items():
        match = _LINE.fullmatch(line)
        if match is None:
            yield f"relays.{name}", f'"{line}" is no digital line; write "port0/line0"'
        elif int(match[1]) >= len(ports) or int(match[2]) >= ports[int(match[1])]:
            has = ", ".join(f"port{n}/line0 to line{most - 1}" for n, most in enumerate(ports))
            yield f"relays.{name}", f"a {settings.model} has {has}, no {line}"
        else:
            # NI-DAQmx reads "line07" as line7.
            same = f"port{int(match[1])}/line{int(match[2])}"
            other = taken.setdefault(same, name)
            if other != name:
                yield f"relays.{name}", f"{line} drives the relay {other} too; one line a relay"


def _wrong_relays(relays: Mapping[str, str], points: Points) -> Iterator[tuple[str, str]]:
    known: dict[str, RelayPath] = {}
    for path in _every(points):
        other = known.setdefault(str(path), path)
        if other != path:
            yield (
                f"relays.{path}",
                f"may be {other.source} to {other.line} or {path.source} to {path.line}; "
                "call one of them otherwise",
            )
    for name in relays:
        if name not in known:
            yield (
                f"relays.{name}",
                "is no relay between a source and a line of this table; write "
                + " or ".join(f'"{one}"' for one in list(known)[:2]),
            )
    for path in points.paths:
        if str(path) not in relays:
            what = points.sources.get(path.source), points.lines.get(path.line)
            yield (
                f"relays.{path}",
                f"is missing: a selection may connect {what[1]} to {what[0]}; say which digital "
                "line drives that relay",
            )


def _every(points: Points) -> Iterator[RelayPath]:
    for source in points.sources:
        for line in points.lines:
            yield RelayPath(source, line)


def rehearses(settings: NiDaqLinesSettings) -> bool:
    """True if no real relay can be moved."""
    return settings.target == SIMULATOR


def resources(settings: NiDaqLinesSettings) -> list[str]:
    """The digital lines of the card; its analogue outputs may be somebody else's."""
    return [f"{place_of_card(settings.target, settings.card)} digital lines"]


def is_local(settings: NiDaqLinesSettings) -> bool:
    """True if NI's runtime on this computer is asked."""
    return settings.target == LOCAL
