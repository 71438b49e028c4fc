"""The curves themselves, and what they apply."""

from collections.abc import Iterator
from itertools import product

from mho.bench import Bench, Plan, Planned, PlannedBias
from mho.device.profile import DeviceProfile
from mho.protocols.contact import draws_nothing
from mho.protocols.transistor.recipe import (
    TransistorRecipe,
    gate_voltages,
    output_families,
    transfer_read,
)
from mho.protocols.transistor.row import Curve, TransistorPoint, Verdict
from mho.quantities import VOLT
from mho.readings import Reading
from mho.stimuli import Hold, Sweep, duration


def transistor(bench: Bench, recipe: TransistorRecipe) -> Iterator[TransistorPoint]:
    """Transfer curve, then output curves; one row per drain current.

    The gate is held at each of its voltages in turn while the drain is driven, so that every
    current is read at the drain. Output curves are families, which an instrument may time as one;
    between two transfer points the drain is at 0 V. In the end the gate goes back to the bias of
    the profile, or to 0 V. A transfer curve, or all output curves, that draw less current than the
    contact floor of the profile lets pass end the run.

    Raises
    ------
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    lost = False
    for curve in (_transfer_curve, _output_curves):
        for point in () if lost else curve(bench, recipe):
            yield point
            lost = point.verdict is Verdict.CONTACT_LOST
    back_to = bench.profile.bias_of(recipe.gate_terminal)
    bench.bias(recipe.gate_terminal, back_to, recipe.gate_compliance)


def _transfer_curve(bench: Bench, recipe: TransistorRecipe) -> Iterator[TransistorPoint]:
    if recipe.transfer is None:
        return
    read = transfer_read(recipe, recipe.transfer, bench.profile)
    points = []
    for gate in recipe.transfer.gates:
        bench.bias(recipe.gate_terminal, gate, recipe.gate_compliance)
        bench.clock.sleep(recipe.settle)
        (reading,) = bench.apply(read)
        points.append(_point(recipe, Curve.TRANSFER, gate, read, read.level, reading))
        if len(points) == len(recipe.transfer.gates):
            _judge(points, bench.profile)
        yield points[-1]


def _output_curves(bench: Bench, recipe: TransistorRecipe) -> Iterator[TransistorPoint]:
    if recipe.output is None:
        return
    points: list[TransistorPoint] = []
    families = output_families(recipe, recipe.output, bench.profile)
    for family in families:
        sweep, before = family.sweep, len(points)
        at = product(family.steps, sweep.levels)
        points += (
            _point(recipe, Curve.OUTPUT, gate, sweep, level, reading)
            for (gate, level), reading in zip(at, bench.apply(family), strict=True)
        )
        if family is families[-1]:
            _judge(points, bench.profile)
        yield from points[before:]


def _judge(points: list[TransistorPoint], profile: DeviceProfile) -> None:
    """Say at the end of a curve if there was no current all along it."""
    if draws_nothing(points, profile):
        points[-1] = points[-1]._replace(verdict=Verdict.CONTACT_LOST)


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
        verdict=Verdict.GOES_ON,
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
