"""What can be chosen about a simulated matrix module, and how its channels are wired."""

import re
from collections.abc import Iterable, Iterator, Mapping

from pydantic import Field, field_validator

from mho.device.layout import GROUND
from mho.errors import Problem
from mho.frozen import Frozen
from mho.quantities import Seconds
from mho.sim_instruments.ni_switch.topologies import TOPOLOGIES

_POINT = re.compile(r"(?P<resource>[^/]+)/(?P<channel>[rc]\d+)")


class SwitchSettings(Frozen):
    """A matrix module."""

    topology: str = Field(
        default="2737/2-Wire 4x64 Matrix",
        description="as it is configured: model, wires, rows x columns",
    )
    settling_time: Seconds = Field(
        default=3.4e-3, ge=0, description="from a relay's movement until its contact is at rest"
    )
    stuck_open: tuple[str, ...] = Field(
        default=(), description='relays that never close, "kr0c5"; they are reported as they are'
    )
    stuck_closed: tuple[str, ...] = Field(
        default=(), description="relays that never open again once they were closed"
    )

    @field_validator("topology")
    @classmethod
    def _known(cls, topology: str) -> str:
        if topology not in TOPOLOGIES:
            known = ", ".join(TOPOLOGIES)
            raise ValueError(f'"{topology}" is no topology of a simulated matrix: {known}')
        return topology


def is_point(channel: str) -> bool:
    """Whether a channel of the chassis is a row or a column of a matrix: ``PXI1Slot8/r0``."""
    return _POINT.fullmatch(channel) is not None


def points_of(resource: str, wiring: Mapping[str, str]) -> dict[str, str]:
    """What is wired to a module: row or column -> source or line."""
    found = {}
    for channel, what in wiring.items():
        match = _POINT.fullmatch(channel)
        if match is not None and match["resource"].casefold() == resource.casefold():
            found[match["channel"]] = what
    return found


def wrong_points(
    wiring: Mapping[str, str], modules: Mapping[str, SwitchSettings], terminals: Iterable[str]
) -> Iterator[Problem]:
    """Rows and columns that no module has, and sources that are not there."""
    known = {*terminals, GROUND}
    by_name = {name.casefold(): module for name, module in modules.items()}
    for channel, what in wiring.items():
        resource, _, point = channel.partition("/")
        module = by_name.get(resource.casefold())
        if module is None:
            there = ", ".join(modules) or "none"
            yield Problem(f"wiring.{channel}", f"there is no matrix {resource}; there is {there}")
            continue
        rows, columns = TOPOLOGIES[module.topology]
        if int(point[1:]) >= (rows if point[0] == "r" else columns):
            message = f"{module.topology} has {rows} rows and {columns} columns, from 0"
            yield Problem(f"wiring.{channel}", message)
        elif point[0] == "r" and what not in known:
            yield Problem(f"wiring.{channel}", f'"{what}" is no source of this device')
