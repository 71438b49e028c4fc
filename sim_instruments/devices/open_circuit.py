"""Nothing at terminal TE: probes up in the air."""

from collections.abc import Mapping

from mho.frozen import Frozen
from mho.plugin_kinds import DeviceKind
from mho.sim_instruments.devices.device_model import Drive, Response


class OpenCircuitParameters(Frozen):
    """An open circuit has no parameters."""


class OpenCircuit:
    """No current at any voltage."""

    @property
    def terminals(self) -> tuple[str, ...]:
        """TE."""
        return ("TE",)

    def advance(self, drives: Mapping[str, Drive], duration: float) -> None:
        """Nothing changes with time."""

    def respond(self, drives: Mapping[str, Drive]) -> Mapping[str, Response]:
        """The level asked for, and no current."""
        drive = drives.get("TE")
        return {} if drive is None else {"TE": Response(drive.level, 0.0, False)}


def _build(parameters: OpenCircuitParameters, seed: int) -> OpenCircuit:  # noqa: ARG001
    return OpenCircuit()


OPEN_CIRCUIT = DeviceKind(parameters=OpenCircuitParameters, build=_build)
