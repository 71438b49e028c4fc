"""The curves themselves, and what they apply."""

from collections.abc import Iterator
from itertools import product

from mho.bench import Bench, Plan, Planned, PlannedBias
from mho.device.profile import DeviceProfile
from mho.protocols.transistor.recipe import (
    TransistorRecipe,
    gate_voltages,
    output_families,
    transfer_read,
)
from mho.protocols.transistor.row import Curve, TransistorPoint
from mho.quantities import VOLT
from mho.readings import Reading
from mho.stimuli import Hold, Sweep, duration


def transistor(bench: Bench, recipe: TransistorRecipe) -> Iterator[TransistorPoint]:
    """Transfer curve, then output curves; one row per drain current.

    The gate is held at each of its voltages in turn while the drain is driven, so that every
    current is read at the drain. Output curves are families, which an instrument may time as one;
    between two transfer points the drain is at 0 V. In the end the gate goes back to the bias of
    the profile, or to 0 V.

    Raises
    ------
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    profile = bench.profile
    if recipe.transfer is not None:
        read = transfer_read(recipe, recipe.transfer, profile)
        for gate in recipe.transfer.gates:
            bench.bias(recipe.gate_terminal, gate, recipe.gate_compliance)
            bench.clock.sleep(recipe.settle)
            (reading,) = bench.apply(read)
            yield _point(recipe, Curve.TRANSFER, gate, read, read.level, reading)
    if recipe.output is not None:
        for family in output_families(recipe, recipe.output, profile):
            sweep = family.sweep
            at = product(family.steps, sweep.levels)
            for (gate, level), reading in zip(at, bench.apply(family), strict=True):
                yield _point(recipe, Curve.OUTPUT, gate, sweep, level, reading)
    bench.bias(recipe.gate_terminal, profile.bias_of(recipe.gate_terminal), recipe.gate_compliance)


def _point(
    recipe: TransistorRecipe,
    curve: Curve,
    gate: float,
    stimulus: Hold | Sweep,
    level: float,
    reading: Reading,
) -> TransistorPoint:
    return TransistorPoint(
        time=reading.time,
        curve=curve,
        gate_terminal=recipe.gate_terminal,
        gate=gate,
        terminal=stimulus.terminal,
        level=level,
        dwell=recipe.dwell,
        compliance=stimulus.compliance,
        voltage=reading.voltage,
        current=reading.current,
        in_compliance=reading.in_compliance,
        status=reading.status,
    )


def plan(recipe: TransistorRecipe, profile: DeviceProfile) -> Plan:
    """Reads and sweeps of the drain, and the gate voltages, held while they last."""
    gates = gate_voltages(recipe)
    planned = []
    if recipe.transfer is not None:
        read = transfer_read(recipe, recipe.transfer, profile)
        at_most = len(recipe.transfer.gates)
        planned.append(Planned(what="transfer curve", stimulus=read, at_most=at_most))
    if recipe.output is not None:
        families = output_families(recipe, recipe.output, profile)
        planned += [
            Planned(what="output curves", stimulus=family, at_most=1) for family in families
        ]
    seconds = sum(one.at_most * duration(one.stimulus) for one in planned)
    return Plan(
        planned=tuple(planned),
        biases=(
            PlannedBias(
                what="gate voltages",
                terminal=recipe.gate_terminal,
                levels=(*gates, profile.bias_of(recipe.gate_terminal)),
                limit=recipe.gate_compliance,
            ),
        ),
        duration=seconds + len(gates) * recipe.settle,
    )


def progress(row: TransistorPoint, recipe: TransistorRecipe) -> tuple[float, str]:
    """Share of the gate voltages done."""
    gates = gate_voltages(recipe)
    transfer = 0 if recipe.transfer is None else len(recipe.transfer.gates)
    if row.curve is Curve.TRANSFER:
        done = gates[:transfer].index(row.gate)
    else:
        done = transfer + gates[transfer:].index(row.gate)
    return (done + 1) / len(gates), f"{row.curve} curve, VG {VOLT.show(row.gate)}"
