"""The loops themselves, and what they apply."""

from collections.abc import Iterator
from statistics import fmean

from mho.bench import Bench, Plan, Planned, PlannedBias
from mho.device.profile import DeviceProfile
from mho.protocols.contact import below_floor
from mho.protocols.one_transistor_one_resistor.recipe import (
    OneTransistorOneResistorRecipe,
    cell_reads,
    gate_voltages,
    reset_steps,
    reset_sweep,
    set_steps,
    set_sweep,
)
from mho.protocols.one_transistor_one_resistor.row import CellPoint, Phase, Verdict
from mho.protocols.staircase import Direction
from mho.quantities import VOLT
from mho.stimuli import Hold, Sweep, duration


def one_transistor_one_resistor(
    bench: Bench, recipe: OneTransistorOneResistorRecipe
) -> Iterator[CellPoint]:
    """SET sweep, reads, reads at other gate voltages, RESET sweep, reads; cycle by cycle.

    The gate is held by bias. In the end it goes back to the bias of the profile, or to 0 V. A cell
    that reads below the contact floor after SET and after RESET ends the run.

    Raises
    ------
    SettingsError
        The RESET cannot be done so on this device; before anything is applied.
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    profile = bench.profile
    to_set, to_reset = set_sweep(recipe, profile), reset_sweep(recipe, profile)
    reads = cell_reads(recipe, profile)
    way_set = [step.direction for step in set_steps(recipe)]
    way_reset = [step.direction for step in reset_steps(recipe)]
    no_way = [Direction.OUT] * recipe.reads
    for cycle in range(1, recipe.cycles + 1):
        _set_gate(bench, recipe, recipe.gate)
        yield from _measure(bench, cycle, Phase.SET, recipe.gate, to_set, way_set)
        after_set = _measure(bench, cycle, Phase.AFTER_SET, recipe.gate, reads, no_way)
        yield from after_set
        if recipe.gate_series is not None:
            for gate in recipe.gate_series.gates:
                _set_gate(bench, recipe, gate)
                yield from _measure(bench, cycle, Phase.GATE_SERIES, gate, reads, no_way)
            _set_gate(bench, recipe, recipe.gate)
        if to_reset.terminal != profile.write_at:
            # The current returns through the driven terminal, which no_way has the limit of a read.
            bench.bias(profile.write_at, 0.0, to_reset.compliance)
        yield from _measure(bench, cycle, Phase.RESET, recipe.gate, to_reset, way_reset)
        after_reset = _measure(bench, cycle, Phase.AFTER_RESET, recipe.gate, reads, no_way)
        verdict = Verdict.COMPLETE if cycle == recipe.cycles else Verdict.GOING_ON
        if _silent(after_set, profile) and _silent(after_reset, profile):
            verdict = Verdict.CONTACT_LOST
        yield from after_reset[:-1]
        yield after_reset[-1]._replace(verdict=verdict)
        if verdict is Verdict.CONTACT_LOST:
            break
    bench.bias(recipe.gate_terminal, profile.bias_of(recipe.gate_terminal), recipe.gate_compliance)


def plan(recipe: OneTransistorOneResistorRecipe, profile: DeviceProfile) -> Plan:
    """Both sweeps, all reads, and the gate voltages held meanwhile.

    Raises
    ------
    SettingsError
        The RESET cannot be done so on this device.
    """
    gates = gate_voltages(recipe)
    to_set, to_reset = set_sweep(recipe, profile), reset_sweep(recipe, profile)
    rounds = recipe.cycles
    planned = (
        Planned(what="SET sweep", stimulus=to_set, at_most=rounds),
        Planned(what="RESET sweep", stimulus=to_reset, at_most=rounds),
        Planned(
            what="reads", stimulus=cell_reads(recipe, profile), at_most=rounds * (len(gates) + 1)
        ),
    )
    biases = [
        PlannedBias(
            what="gate voltages",
            terminal=recipe.gate_terminal,
            levels=(*gates, profile.bias_of(recipe.gate_terminal)),
            limit=recipe.gate_compliance,
        )
    ]
    if to_reset.terminal != profile.write_at:
        biases.append(
            PlannedBias(
                what="way back of the RESET current",
                terminal=profile.write_at,
                levels=(0.0,),
                limit=to_reset.compliance,
            )
        )
    seconds = sum(one.at_most * duration(one.stimulus) for one in planned)
    return Plan(
        planned=planned,
        biases=tuple(biases),
        duration=seconds + rounds * (len(gates) + 1) * recipe.settle,
    )


def _set_gate(bench: Bench, recipe: OneTransistorOneResistorRecipe, level: float) -> None:
    bench.bias(recipe.gate_terminal, level, recipe.gate_compliance)
    bench.clock.sleep(recipe.settle)


def _silent(points: list[CellPoint], profile: DeviceProfile) -> bool:
    mean = fmean(point.conductance for point in points)
    return not any(point.in_compliance for point in points) and below_floor(mean, profile)


def _measure(
    bench: Bench,
    cycle: int,
    phase: Phase,
    gate: float,
    stimulus: Sweep | Hold,
    directions: list[Direction],
) -> list[CellPoint]:
    if isinstance(stimulus, Hold):
        levels, dwell = (stimulus.level,) * stimulus.count, stimulus.interval
    else:
        levels, dwell = stimulus.levels, stimulus.dwell
    return [
        CellPoint(
            time=reading.time,
            cycle=cycle,
            phase=phase,
            direction=direction,
            gate=gate,
            terminal=stimulus.terminal,
            level=level,
            dwell=dwell,
            compliance=stimulus.compliance,
            voltage=reading.voltage,
            current=reading.current,
            conductance=reading.conductance,
            in_compliance=reading.in_compliance,
            status=reading.status,
            verdict=Verdict.GOING_ON,
        )
        for level, direction, reading in zip(levels, directions, bench.apply(stimulus), strict=True)
    ]


def progress(row: CellPoint, recipe: OneTransistorOneResistorRecipe) -> tuple[float, str]:
    """Share of the cycles done."""
    share = (row.cycle - 1 + list(Phase).index(row.phase) / len(Phase)) / recipe.cycles
    text = f"cycle {row.cycle} of {recipe.cycles}: {row.phase}, VG {VOLT.show(row.gate)}"
    return (1.0 if row.verdict is not Verdict.GOING_ON else share), text
