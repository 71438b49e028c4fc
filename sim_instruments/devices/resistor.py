"""A resistor from terminal TE to ground: the first device to try a bench on."""

from collections.abc import Mapping

from pydantic import Field

from mho.device.model import Response, State, drive_at
from mho.frozen import Frozen
from mho.plugin_kinds import DeviceKind
from mho.quantities import Ohms
from mho.stimuli import Drive


class ResistorParameters(Frozen):
    """A resistor."""

    resistance: Ohms = Field(default=10e3, gt=0, description="of the resistor; assumed")


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
        """Ohm's law up to the current limit of the source; an open TE is at ground."""
        drive = drive_at(drives, "TE")
        if drive is None:
            return {"TE": Response(0.0, 0.0, False)}
        current = drive.level / self._resistance
        if abs(current) <= drive.limit:
            return {"TE": Response(drive.level, current, False)}
        current = drive.limit if current > 0 else -drive.limit
        return {"TE": Response(current * self._resistance, current, True)}

    def state(self) -> State:
        """A resistor has no memory."""
        return {}

    def restore(self, state: State) -> None:
        """Nothing to take over."""


def _build(parameters: ResistorParameters, seed: int) -> Resistor:  # noqa: ARG001
    return Resistor(parameters.resistance)


RESISTOR = DeviceKind(parameters=ResistorParameters, build=_build)
