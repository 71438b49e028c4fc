"""The keys of ``[select]`` that are NI-SWITCH's own, and its addresses: ``r0`` and ``c5``."""

import re
from collections.abc import Iterator
from typing import Literal

from pydantic import Field, field_validator

from mho.bench import Points
from mho.frozen import Frozen
from mho.owner import this_process
from mho.quantities import Seconds

LOCAL = "local"
SIMULATOR = "simulator"
SIMULATED = "ni"
"""The simulated instrument of a rehearsal."""

_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+):\d{1,5}")
_SIZE = re.compile(r".*\b(\d+)x(\d+)( Matrix)?")
_POINT = re.compile(r"([rc])(\d{1,4})")


class NiSwitchSettings(Frozen):
    """A matrix module of NI."""

    target: str = Field(
        description='"local" (NI-SWITCH runtime on this computer), "<host>:<port>" '
        '(NI gRPC Device Server, port 31763 unless changed) or "simulator"'
    )
    resource: str = Field(min_length=1, description='name in NI MAX, for example "PXI1Slot8"')
    topology: str = Field(
        description='rows x columns as the module is configured: "2737/2-Wire 4x64 Matrix"'
    )
    read_back: Literal["driven", "all"] = Field(
        default="driven",
        description='paths whose state is asked for after a selection, one exchange each: "driven" '
        'those of the sources; "all" also those that ground or bias other cells, which otherwise '
        "NI-SWITCH has acknowledged",
    )
    timeout: Seconds = Field(default=10.0, gt=0, description="deadline of one exchange")
    session_name_prefix: str = Field(
        default="mho ", description="session names on the server: this and the resource name"
    )

    @field_validator("target")
    @classmethod
    def _known_target(cls, target: str) -> str:
        if target in (LOCAL, SIMULATOR) or _ADDRESS.fullmatch(target):
            return target
        raise ValueError(
            f'"{target}" is not a target; write "local", "simulator" or "<host>:<port>", '
            'for example "localhost:31763"'
        )

    @field_validator("topology")
    @classmethod
    def _matrix(cls, topology: str) -> str:
        if _SIZE.fullmatch(topology) is None:
            raise ValueError(
                f'"{topology}" is no topology of a matrix; write "2737/2-Wire 4x64 Matrix"'
            )
        return topology


def rehearses(settings: NiSwitchSettings) -> bool:
    """True if no real relay can be moved."""
    return settings.target == SIMULATOR


def problems(settings: NiSwitchSettings, points: Points) -> Iterator[tuple[str, str]]:
    """Addresses that a module of this topology does not have."""
    size = _SIZE.fullmatch(settings.topology)
    most = {"r": int(size[1]), "c": int(size[2])} if size else {}
    for address, what in (*points.sources.items(), *points.lines.items()):
        match = _POINT.fullmatch(address)
        if match is None:
            yield address, 'is no channel of a matrix; write a row, "r0", or a column, "c0"'
        elif int(match[2]) >= most[match[1]]:
            yield (
                address,
                f"{what} is there, but {settings.topology} ends at {match[1]}"
                + str(most[match[1]] - 1),
            )
    kinds = {address[:1] for address in points.sources}, {address[:1] for address in points.lines}
    if kinds[0] & kinds[1]:
        both = f"{next(iter(points.sources))} and {next(iter(points.lines))}"
        yield both, "sources are at rows and lines at columns, or all the other way round"


def resources(settings: NiSwitchSettings) -> list[str]:
    """The module."""
    if settings.target == LOCAL:
        place = this_process.computer()
    else:
        host, _, port = settings.target.rpartition(":")
        here = host.casefold() in ("localhost", "127.0.0.1", "[::1]")
        place = f"{this_process.computer() if here else host.casefold()}:{port}"
    return [f"ni-switch {place} {settings.resource.casefold()}"]
