"""How far a pulse moves Cu:Te memristors through a circuit whose voltage follows their state.

What chance adds to the mean changes the voltage too, and with it the rest of the motion: by so much
that under a current limit it is nearly taken back. Only what it adds in the last few e-folds of
time comes too late for that. Both parts are drawn by themselves, which changes nothing in their
sum, so that a pulse and its pieces lead to the same states.
"""

from functools import partial
from typing import NamedTuple

from mho.sim_instruments.devices.circuit import Circuit, Near
from mho.sim_instruments.devices.cu_te_conduction import Bend
from mho.sim_instruments.devices.cu_te_kinetics import CuTeKinetics, dragged
from mho.sim_instruments.devices.elementwise import Elementwise, Formula, Values, constant

_SMALL = 1e-9  # no mean step that is divided by is smaller


class Stroke(NamedTuple):
    """One pulse, before it is known what voltage it leaves for the memristors."""

    y: Values
    """Where the maps see the devices at first."""
    travel: Formula
    """The mean step for each voltage across."""
    most: Values
    """The mean step with all of the level across."""
    finish: Formula
    """The state that each step leads to."""


def through(
    circuit: Circuit,
    stroke: Stroke,
    early: Formula,
    late: Formula,
    kinetics: CuTeKinetics,
    bend: Bend,
    ops: Elementwise,
) -> tuple[Values, Values, Values]:
    """The volts across at the end, the mean step, and the step itself.

    Given the chance of either part for each mean of it.
    """
    y, travel, most, finish = stroke
    # where a pulse of the mean would end tells how the circuit gives way to the state
    near = circuit.near(bend.along(constant(finish(most)))(circuit.level))
    rough = circuit.divide(bend.along(partial(_ends, travel, finish)), near, roughly=True)
    mean = travel(rough)
    conductance = bend.along(constant(finish(mean)))(rough)
    feedback = kinetics.feedback(y, rough, mean, circuit.yielding(rough, conductance))
    # a mean that is hardly another one has hardly another share of chance
    first, last = feedback.parts(mean, ops)
    part = (early(first) + last) / ops.maximum(mean, _SMALL)
    travel = dragged(travel, feedback.drag)
    path = bend.along(partial(_ends_felt, travel, part, finish))
    slope = conductance * ops.maximum(feedback.steepness, 1.0)
    across = circuit.divide(path, Near(rough, slope))
    mean = travel(across)
    first, last = feedback.parts(mean, ops)
    return across, mean, early(first) + late(last)


def _ends(travel: Formula, finish: Formula, voltage: Values) -> Values:
    return finish(travel(voltage))


def _ends_felt(travel: Formula, part: Values, finish: Formula, voltage: Values) -> Values:
    return finish(part * travel(voltage))
