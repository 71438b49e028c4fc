"""The keys of ``[select]`` that are the 707B's own, and its addresses.

A source is at a row, ``"A"``; a line at a column of a slot, ``"105"`` for column 5 of the card in
slot 1. Together they are the channel ``1A05`` (707B/708B manual, channel numbering).
"""

import re
from collections.abc import Iterator
from typing import Literal

from pydantic import Field, field_validator

from mho.bench import Points, RelayPath
from mho.frozen import Frozen
from mho.owner import this_process
from mho.quantities import Seconds

SIMULATOR = "simulator"
SIMULATED = "keithley-707b"
"""The simulated instrument of a rehearsal."""

_ROW = re.compile(r"[A-Z]|[1-9]")
_COLUMN = re.compile(r"([1-6])([0-9A-Z][0-9])")


class Keithley707BSettings(Frozen):
    """A 707B (six slots) or 708B (one) with matrix cards."""

    connection: str = Field(
        description='"simulator", or the VISA resource of the mainframe, with the library after a '
        'blank: "TCPIP0::10.0.0.6::5025::SOCKET @py", "GPIB0::16::INSTR"'
    )
    model: Literal["707B", "708B"] = Field(default="707B", description="which mainframe it is")
    timeout: Seconds = Field(default=5.0, gt=0, description="deadline of one exchange")

    @field_validator("connection")
    @classmethod
    def _known_connection(cls, connection: str) -> str:
        if connection == SIMULATOR or re.match(r"\S+::\S+", connection):
            return connection
        raise ValueError(
            f'"{connection}" is no VISA resource; write "simulator", '
            '"TCPIP0::10.0.0.6::5025::SOCKET @py" or "GPIB0::16::INSTR"'
        )


def rehearses(settings: Keithley707BSettings) -> bool:
    """True if no real relay can be moved."""
    return settings.connection == SIMULATOR


def channel(path: RelayPath) -> str:
    """The channel between a row and a column of a slot: ``1A05``."""
    return f"{path.line[0]}{path.source}{path.line[1:]}"


def path(channel: str) -> RelayPath:
    """The path that a channel is."""
    return RelayPath(channel[1], channel[0] + channel[2:])


def problems(settings: Keithley707BSettings, points: Points) -> Iterator[tuple[str, str]]:
    """Addresses that no 707B has."""
    for address in points.sources:
        if not _ROW.fullmatch(address):
            yield address, f'"{address}" is no row; write its letter, "A"'
    for address, line in points.lines.items():
        match = _COLUMN.fullmatch(address)
        if match is None:
            yield (
                address,
                f'"{address}" for {line} is no column of a slot; write "105" for column 5 of the '
                "card in slot 1",
            )
        elif settings.model == "708B" and match[1] != "1":
            yield address, f"{line} is in slot {match[1]}, but a 708B has one slot"


def resources(settings: Keithley707BSettings) -> list[str]:
    """The mainframe as a whole."""
    address = settings.connection.partition(" ")[0].casefold()
    for here in ("::localhost::", "::127.0.0.1::"):
        address = address.replace(here, f"::{this_process.computer()}::")
    if not address.startswith("tcpip"):
        address = f"{this_process.computer()} {address}"
    return [f"keithley-707b {address}"]
