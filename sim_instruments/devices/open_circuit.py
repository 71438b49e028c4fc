"""Nothing at terminal TE: probes up in the air."""

from collections.abc import Mapping

from mho.device.model import Response, State, undisturbed
from mho.frozen import Frozen
from mho.plugin_kinds import DeviceKind
from mho.stimuli import Drive


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
        """The level asked for, and no current; a probe that nothing drives is at 0 V (assumed)."""
        return undisturbed(self.terminals, drives)

    def state(self) -> State:
        """Nothing has no memory."""
        return {}

    def restore(self, state: State) -> None:
        """Nothing to take over."""


def _build(parameters: OpenCircuitParameters, seed: int) -> OpenCircuit:  # noqa: ARG001
    return OpenCircuit()


OPEN_CIRCUIT = DeviceKind(parameters=OpenCircuitParameters, build=_build)
