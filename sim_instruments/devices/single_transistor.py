"""The NMOS transistor by itself: drain and gate driven, source and body grounded.

For the transfer, output and on-resistance curves of Lim et al., Frontiers in Neuroscience (2025),
doi:10.3389/fnins.2025.1516971, Figure 1: six W/L were made, of which the text names 65 and 330; 5,
10, 30 and 130 complete the set here (assumed).
"""

from collections.abc import Mapping

import numpy as np
from pydantic import Field

from mho.device.arrays import generator_state, named, part_of, restore_generator
from mho.device.model import Response, State, drive_at, undisturbed
from mho.frozen import Frozen
from mho.plugin_kinds import DeviceKind
from mho.quantities import Fraction
from mho.sim_instruments.devices.circuit import LimitedSource
from mho.sim_instruments.devices.conductance_noise import ConductanceNoise, NoiseParameters
from mho.sim_instruments.devices.elementwise import elementwise
from mho.sim_instruments.devices.nmos import Nmos, NmosParameters
from mho.stimuli import Drive

_ONE = elementwise(1)


class SingleTransistorParameters(Frozen):
    """One transistor and the noise of its drain current."""

    transistor: NmosParameters = Field(
        default=NmosParameters(), description="parameters of the transistor"
    )
    noise_level: Fraction = Field(
        default=0.0, ge=0, lt=0.1, description="relative sd of the drain current; off (assumed)"
    )
    noise_shape: NoiseParameters = Field(
        default=NoiseParameters(traps=0, trap_share=0.0),
        description="of the noise: traps and 1/f part",
    )


class SingleTransistor:
    """The `DeviceModel` of one transistor.

    An open gate is taken as 0 V, off (assumed); an open drain stands at the grounded source.
    """

    terminals = ("drain", "gate")

    def __init__(self, parameters: SingleTransistorParameters, seed: int) -> None:
        self._transistor = Nmos(parameters.transistor, _ONE)
        self._level = parameters.noise_level
        structure, self._stream = (
            np.random.default_rng(sequence) for sequence in np.random.SeedSequence(seed).spawn(2)
        )
        self._noise = ConductanceNoise(parameters.noise_shape, _ONE, structure, self._stream, 0.0)
        self._age = 0.0

    def advance(self, drives: Mapping[str, Drive], duration: float) -> None:  # noqa: ARG002
        """Nothing but the noise ages."""
        self._age += duration

    def respond(self, drives: Mapping[str, Drive]) -> Mapping[str, Response]:
        """The drain takes the channel current and that of its body diode; the gate takes none."""
        responses = undisturbed(self.terminals, drives)
        drain = drive_at(drives, "drain")
        if drain is not None and drain.level != 0.0:
            responses["drain"] = self._drain(drain, responses["gate"].voltage)
        return responses

    def state(self) -> State:
        """Only the noise has a memory."""
        return {
            "age": np.array(self._age),
            "fluctuation": generator_state(self._stream),
            **named("noise", self._noise.state()),
        }

    def restore(self, state: State) -> None:
        """Take over what `state` gave."""
        self._age = float(state["age"])
        restore_generator(self._stream, state["fluctuation"])
        self._noise.restore(part_of(state, "noise"))

    def _drain(self, drain: Drive, gate: float) -> Response:
        transistor, factor = self._transistor, self._factor()

        def conduction(level: float) -> float:
            current = transistor.channel_current(gate, 0.0, level) + transistor.junction(level)
            return float(factor * current / level)

        # the body diode takes the limit before the drain goes lower
        level = max(drain.level, transistor.lowest_node(drain.limit))
        response = LimitedSource(level, drain.limit, _ONE).response(conduction)
        if level == drain.level:
            return response
        return Response(response.voltage, -drain.limit, True)

    def _factor(self) -> float:
        if self._level == 0.0:
            return 1.0
        if self._age > 0.0:
            self._noise.advance(round(self._age, 9))
            self._age = 0.0
        return 1.0 + self._level * float(self._noise.value())


def _build(parameters: SingleTransistorParameters, seed: int) -> SingleTransistor:
    return SingleTransistor(parameters, seed)


NMOS = DeviceKind(parameters=SingleTransistorParameters, build=_build)
