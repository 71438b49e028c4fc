"""A three-terminal electrochemical memory: ions behind a gate set the conductance of a channel.

A positive gate drives ions into the channel, between drain and source, and raises its conductance,
which is linear in the voltage along it. The gate stands against the middle of the channel. It is
open where nothing drives it: it then has its open-circuit potential, and the state stays but for a
small leakage. A source that nothing drives is tied to ground.
"""

import math
from collections.abc import Mapping

import numpy as np

from mho.device.arrays import generator_state, named, part_of, restore_generator
from mho.device.model import DeviceModel, Response, State, drive_at, undisturbed
from mho.plugin_kinds import DeviceKind
from mho.sim_instruments.devices.circuit import LimitedSource
from mho.sim_instruments.devices.conductance_noise import ConductanceNoise
from mho.sim_instruments.devices.ecram_kinetics import Driven, Junction
from mho.sim_instruments.devices.ecram_parameters import EcramParameters
from mho.sim_instruments.devices.ecram_settling import Settling
from mho.sim_instruments.devices.ecram_temperature import relative_conductivity
from mho.sim_instruments.devices.elementwise import elementwise
from mho.sim_instruments.devices.kept import kept, put_back
from mho.stimuli import Drive

_ONE = elementwise(1)
_KEPT = (
    "_capacity", "_range", "state_of_charge", "_unsettled", "_age", "_driven", "broken_down",
)  # fmt: skip
_SMALLEST_MOVE = 1e-7
"""Charge (as a part of the range) that has to pass before the random stream is drawn from."""


class Ecram:
    """The `DeviceModel` of one cell. ``state_of_charge`` is its ion content, 0 to 1.

    What a cell is, how its steps vary and how its channel fluctuates draw from separate generators.
    The variance of a step grows with the charge that passes, whatever pulses bring it, and shrinks
    as a cell comes to rest, where it is drawn to from all sides.
    """

    terminals = ("gate", "drain", "source")

    def __init__(self, parameters: EcramParameters, seed: int) -> None:
        self._parameters = p = parameters
        variation, self._steps, self._fluctuation = (
            np.random.default_rng(sequence) for sequence in np.random.SeedSequence(seed).spawn(3)
        )
        spread = 1.0 if p.device_to_device else 0.0
        capacity, size = spread * variation.standard_normal(2)
        self._capacity = p.area * p.capacity_density * math.exp(p.capacity_spread * capacity)
        self._range = p.highest_conductance - p.lowest_conductance
        self._range *= math.exp(p.range_spread * size)
        self._noise = ConductanceNoise(p.noise_shape, _ONE, variation, self._fluctuation, 0.0)
        self.state_of_charge = p.initial_state
        self._unsettled = self._age = self._driven = 0.0
        self.broken_down = False
        self._settling = Settling(p.settling)
        self._junction = self._gate()

    def _gate(self) -> Junction:
        p = self._parameters
        return Junction(
            exchange=p.area * p.exchange_density,
            largest=p.area * p.largest_density,
            slope=p.slope,
            capacity=self._capacity,
            middle=p.potential_middle,
            swing=p.potential_swing,
            softness_up=p.softness_up,
            softness_down=p.softness_down,
            retention=p.retention,
            resting_state=p.resting_state,
        )

    @property
    def conductance(self) -> float:
        """Of the channel (S), free of noise: what no measurement can see."""
        p, q = self._parameters, self.state_of_charge
        seen = max(q + self._settling.excess, 0.0)
        conductance = p.lowest_conductance + self._range * seen
        return conductance * relative_conductivity(q, p.temperature)

    @property
    def leakage(self) -> float:
        """Of the electrolyte (S): electrons that pass from the gate without moving an ion."""
        p = self._parameters
        return p.gate_leakage * (p.breakdown_factor if self.broken_down else 1.0)

    @property
    def open_circuit_potential(self) -> float:
        """Of the gate against the channel (V)."""
        return self._junction.potential(self.state_of_charge)

    def advance(self, drives: Mapping[str, Drive], duration: float) -> None:
        """Let time pass: a driven gate moves ions, an open one leaks."""
        self._age += duration
        q, gate = self.state_of_charge, drive_at(drives, "gate")
        if gate is None:
            self.state_of_charge = self._junction.leaked(q, duration)
        else:
            volts = gate.level - _middle(drives)
            self._driven += duration if volts else 0.0
            self.broken_down |= self._gives_way(volts)
            limit = self._for_ions(gate, volts)
            self.state_of_charge = self._varied(self._junction.driven(q, volts, limit, duration))
        self._settling.advance(self.state_of_charge - q, duration)

    def _gives_way(self, volts: float) -> bool:
        p = self._parameters
        worn = p.breakdown_time is not None and self._driven > p.breakdown_time
        return worn or abs(volts) > p.breakdown_voltage

    def _for_ions(self, gate: Drive, volts: float) -> float:
        """What the limit of the gate leaves for ions: leakage takes its part first."""
        if self.leakage == 0.0:
            return gate.limit
        return max(gate.limit - abs(self.leakage * volts), 0.0)

    def _varied(self, driven: Driven) -> float:
        """The end, varied by what is left there of the chance in the charge that passed."""
        p, end = self._parameters, driven.state
        self._unsettled = self._unsettled * driven.left**2 + driven.motion
        if not p.cycle_to_cycle or self._unsettled < _SMALLEST_MOVE:
            return end
        deviation = p.step_jitter * math.sqrt(p.nominal_step * self._unsettled)
        self._unsettled = 0.0
        return min(max(end + deviation * self._steps.standard_normal(), 0.0), 1.0)

    def respond(self, drives: Mapping[str, Drive]) -> Mapping[str, Response]:
        """Channel and gate; what goes in at the gate comes out at the ends of the channel."""
        responses = undisturbed(self.terminals, drives)
        drain, source = drive_at(drives, "drain"), drive_at(drives, "source")
        if drain is None:
            responses["drain"] = responses["source"]
        elif drain.level != responses["source"].voltage:
            responses.update(self._channel(drain, source))
        gate = drive_at(drives, "gate")
        middle = 0.5 * (responses["drain"].voltage + responses["source"].voltage)
        responses["gate"] = self._at_gate(gate, middle)
        current = responses["gate"].current
        if current != 0.0:
            ends = [end for end in ("drain", "source") if drive_at(drives, end) is not None]
            share = 0.5 if drain is not None else 1.0
            for end in ends:
                at_end = responses[end]
                responses[end] = at_end._replace(current=at_end.current - share * current)
        return responses

    def _channel(self, drain: Drive, source: Drive | None) -> dict[str, Response]:
        """Opposite currents at both ends; of two limits the smaller one holds."""
        low = 0.0 if source is None else source.level
        limit = drain.limit if source is None else min(drain.limit, source.limit)
        conductance = self.conductance * self._factor()
        across = LimitedSource(drain.level - low, limit, _ONE)
        voltage, current, limited = across.response(lambda _: conductance)
        if source is None:
            return {"drain": Response(voltage, current, limited)}
        if source.limit < drain.limit:
            base = drain.level - voltage if limited else low
            at_drain = Response(drain.level, current, False)
            return {"drain": at_drain, "source": Response(base, -current, limited)}
        at_drain = Response(low + voltage if limited else drain.level, current, limited)
        return {"drain": at_drain, "source": Response(low, -current, False)}

    def _at_gate(self, gate: Drive | None, middle: float) -> Response:
        if gate is None:
            return Response(middle + self.open_circuit_potential, 0.0, False)
        volts = gate.level - middle
        current = self._junction.current(self.state_of_charge, volts) + self.leakage * volts
        if abs(current) <= gate.limit:
            return Response(gate.level, current, False)
        current = math.copysign(gate.limit, current)
        return Response(middle + self._volts_at(current), current, True)

    def _volts_at(self, current: float) -> float:
        """Of the gate against the channel, where so many amperes go in: ions and leakage share."""
        junction, leakage, q = self._junction, self.leakage, self.state_of_charge
        alone = self.open_circuit_potential + junction.overpotential(current)
        if leakage == 0.0:
            return alone
        from scipy.optimize import brentq  # seldom needed, and slow to import

        def missing(volts: float) -> float:
            return junction.current(q, volts) + leakage * volts - current

        ends = sorted((alone, current / leakage, 0.0, self.open_circuit_potential))
        return float(brentq(missing, ends[0] - 1e-9, ends[-1] + 1e-9, xtol=1e-12))

    def _factor(self) -> float:
        if not self._parameters.noise:
            return 1.0
        age = round(self._age, 9)
        if age > 0.0:
            self._noise.advance(age)
            self._age = 0.0
        return 1.0 + self._parameters.noise_level * float(self._noise.value())

    def state(self) -> State:
        """What the cell is, its ions, and the generators of what is to come."""
        return {
            **kept(self, _KEPT),
            "steps": generator_state(self._steps),
            "fluctuation": generator_state(self._fluctuation),
            **named("noise", self._noise.state()),
            **named("settling", self._settling.state()),
        }

    def restore(self, state: State) -> None:
        """Take over what `state` gave."""
        put_back(self, _KEPT, state, _ONE)
        restore_generator(self._steps, state["steps"])
        restore_generator(self._fluctuation, state["fluctuation"])
        self._noise.restore(part_of(state, "noise"))
        self._settling.restore(part_of(state, "settling"))
        self._junction = self._gate()


def _middle(drives: Mapping[str, Drive]) -> float:
    """Potential of the middle of the channel: between its ends, or that of the one driven."""
    drain, source = drive_at(drives, "drain"), drive_at(drives, "source")
    low = 0.0 if source is None else source.level
    return low if drain is None else 0.5 * (drain.level + low)


def _build(parameters: EcramParameters, seed: int) -> DeviceModel:
    return Ecram(parameters, seed)


ECRAM = DeviceKind(parameters=EcramParameters, build=_build)
