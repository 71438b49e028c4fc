"""A resistor from terminal TE to ground: the first device to try a bench on."""

from collections.abc import Mapping

from pydantic import Field

from mho.frozen import Frozen
from mho.plugin_kinds import DeviceKind
from mho.quantities import Ohms
from mho.sim_instruments.devices.device_model import Drive, Response


class ResistorParameters(Frozen):
    """A resistor."""

    resistance: Ohms = Field(default=10e3, gt=0, description="assumed")


class Resistor:
    """An ideal resistor: Ohm's law, no noise, no memory."""

    def __init__(self, resistance: float) -> None:
        self._resistance = resistance

    @property
    def terminals(self) -> tuple[str, ...]:
        """TE; the other end is grounded."""
        return ("TE",)

    def advance(self, drives: Mapping[str, Drive], duration: float) -> None:
        """Nothing changes with time."""

    def respond(self, drives: Mapping[str, Drive]) -> Mapping[str, Response]:
        """Ohm's law up to the current limit of the source."""
        drive = drives.get("TE")
        if drive is None:
            return {}
        current = drive.level / self._resistance
        if abs(current) <= drive.compliance:
            return {"TE": Response(drive.level, current, False)}
        current = drive.compliance if current > 0 else -drive.compliance
        return {"TE": Response(current * self._resistance, current, True)}


def _build(parameters: ResistorParameters, seed: int) -> Resistor:  # noqa: ARG001
    return Resistor(parameters.resistance)


RESISTOR = DeviceKind(parameters=ResistorParameters, build=_build)
