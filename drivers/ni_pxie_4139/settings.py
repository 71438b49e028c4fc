"""The bench file of NI PXIe-4139 SMUs: which resource drives which terminal, and where it is."""

import re
from collections.abc import Mapping
from typing import Literal

from pydantic import Field, field_validator

from mho.bench import ChannelLimits, WiredTerminal
from mho.device.profile import DeviceProfile
from mho.drivers.ni_pxie_4139.ranges import MODELS
from mho.errors import Problem
from mho.frozen import Frozen
from mho.owner import this_process
from mho.quantities import Seconds

LOCAL = "local"
SIMULATOR = "simulator"
SIMULATED = "ni"
"""The simulated instrument of a rehearsal."""

_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+):\d{1,5}")


class Smu(WiredTerminal):
    """One SMU at one terminal."""

    resource: str = Field(min_length=1, description='NI resource name, for example "PXI1Slot2/0"')
    model: Literal["20 W", "40 W"] = Field(description="version, as printed on the front panel")
    sense: Literal["local", "remote"] = Field(
        default="local", description='"remote" for four wires (devices of low resistance)'
    )

    @field_validator("resource")
    @classmethod
    def _one_channel(cls, resource: str) -> str:
        name, slash, channel = resource.partition("/")
        if not name or (slash and channel != "0"):
            raise ValueError(
                f'"{resource}" is no channel of a PXIe-4139, which has one: write "PXI1Slot2/0"'
            )
        return resource


class NiSettings(Frozen):
    """A bench of PXIe-4139 SMUs."""

    target: str = Field(
        description='"local" (NI-DCPower runtime on this computer), "<host>:<port>" '
        '(NI gRPC Device Server, port 31763 unless changed) or "simulator"'
    )
    terminals: dict[str, Smu] = Field(
        min_length=1,
        description="a table [terminals.NAME] for each terminal of your devices, with the SMU "
        "wired to it",
    )
    session_name_prefix: str = Field(
        default="mho ", description="session names on the server: this and the resource name"
    )
    timeout: Seconds = Field(default=10.0, gt=0, description="deadline of one exchange")

    @field_validator("target")
    @classmethod
    def _known_target(cls, target: str) -> str:
        if target in (LOCAL, SIMULATOR) or _ADDRESS.fullmatch(target):
            return target
        raise ValueError(
            f'"{target}" is not a target; write "local", "simulator" or "<host>:<port>", '
            'for example "localhost:31763"'
        )

    @field_validator("terminals")
    @classmethod
    def _one_terminal_each(cls, terminals: dict[str, Smu]) -> dict[str, Smu]:
        seen: dict[str, str] = {}
        for name, smu in terminals.items():
            other = seen.setdefault(_module(smu), name)
            if other != name:
                raise ValueError(f"{smu.resource} drives both {other} and {name}; one SMU each")
        return terminals


def wrong_model(terminal: str, smu: Smu, found: str) -> Problem:
    """What is wrong in the bench file if the SMU calls itself ``found``."""
    right = next((name for name, model in MODELS.items() if model.instrument_model == found), None)
    advice = f'write model = "{right}"' if right else "this driver is for the PXIe-4139 only"
    return Problem(
        f"terminals.{terminal}.model",
        f'is "{smu.model}", but {smu.resource} calls itself "{found}"; {advice}',
    )


def limits(settings: NiSettings, profile: DeviceProfile) -> Mapping[str, ChannelLimits]:  # noqa: ARG001
    """What the channels of this bench can do, by terminal; needs no instrument."""
    return {name: smu.wired(MODELS[smu.model].limits()) for name, smu in settings.terminals.items()}


def rehearses(settings: NiSettings) -> bool:
    """True if nothing real can be energised."""
    return settings.target == SIMULATOR


def resources(settings: NiSettings) -> list[str]:
    """Each SMU by itself, so that runs may share a rack."""
    if settings.target == LOCAL:
        place = this_process.computer()
    else:
        host, _, port = settings.target.rpartition(":")
        here = host.casefold() in ("localhost", "127.0.0.1", "[::1]")
        place = f"{this_process.computer() if here else host.casefold()}:{port}"
    return [f"ni-dcpower {place} {_module(smu)}" for smu in settings.terminals.values()]


def _module(smu: Smu) -> str:
    """The module of an SMU, which has one channel; NI takes its name in any case."""
    return smu.resource.casefold().removesuffix("/0")
