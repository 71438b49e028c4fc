"""A cell whose open gate has a potential: what a rehearsal must be able to show."""

import math
from collections.abc import Mapping

import numpy as np

from mho.device.model import Response, State, drive_at, undisturbed
from mho.stimuli import Drive

GATE_OHMS, FARADS = 1e6, 1e-6
OHMS = 1e4


class CellWithPotential:
    """A capacitor of 1 uF behind 1 Mohm at the gate; a resistor from drain to ground."""

    terminals = ("gate", "drain")

    def __init__(self, potential: float = 0.6) -> None:
        self.potential = potential
        self.stretches: list[tuple[float, dict[str, float]]] = []

    def advance(self, drives: Mapping[str, Drive], duration: float) -> None:
        self.stretches.append((duration, {name: drive.level for name, drive in drives.items()}))
        gate, response = drive_at(drives, "gate"), self.respond(drives)["gate"]
        if response.in_compliance:
            self.potential += response.current * duration / FARADS
        elif gate is not None:
            away = (self.potential - gate.level) * math.exp(-duration / (GATE_OHMS * FARADS))
            self.potential = gate.level + away

    def respond(self, drives: Mapping[str, Drive]) -> Mapping[str, Response]:
        found = undisturbed(self.terminals, drives)
        gate, drain = drive_at(drives, "gate"), drive_at(drives, "drain")
        found["gate"] = Response(self.potential, 0.0, False)
        if gate is not None:
            current = (gate.level - self.potential) / GATE_OHMS
            held = min(max(current, -gate.limit), gate.limit)
            found["gate"] = Response(self.potential + held * GATE_OHMS, held, held != current)
        if drain is not None:
            found["drain"] = Response(drain.level, drain.level / OHMS, False)
        return found

    def state(self) -> State:
        return {"potential": np.array(self.potential)}

    def restore(self, state: State) -> None:
        self.potential = float(state["potential"])
