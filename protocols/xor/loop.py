"""The weights written cell by cell, then the four patterns through both layers."""

from collections.abc import Iterator
from dataclasses import replace
from math import nan

import numpy as np

from mho.bench import Bench, Plan, Planned
from mho.device.profile import DeviceProfile
from mho.protocols.array_lines import (
    Floats,
    conductances,
    currents,
    product,
    require_lines,
)
from mho.protocols.breakdown import ends_at_breakdown
from mho.protocols.xor.recipe import PATTERNS, XorRecipe
from mho.protocols.xor.row import Phase, Verdict, XorRow
from mho.stimuli import OuterProduct, duration

_SIZE = 3
_LEARNS = 0.3
"""Share of the motion expected from which on a burst tells how far a pulse moves."""
_IDLE = 0.02
"""Share of the motion expected below which a burst has moved nothing."""
_GIVEN_UP = 2
"""Bursts in a row that moved nothing: any more would only half-select the neighbours."""


def _broken(row: XorRow) -> XorRow:
    return row._replace(verdict=Verdict.BREAKDOWN)


def _gates(recipe: XorRecipe) -> tuple[str, ...]:
    return recipe.lines.gates


@ends_at_breakdown(_broken, _gates)
def xor(bench: Bench, recipe: XorRecipe) -> Iterator[XorRow]:
    """Write the nine weights, read them, infer; wait, read and infer again. A row each.

    Raises
    ------
    SettingsError
        The device has not these lines; before any pulse.
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    require_lines(recipe.lines, _SIZE, _SIZE, bench.profile)
    for number in range(1, recipe.passes + 1):
        for row, column in np.ndindex(_SIZE, _SIZE):
            yield from _written(bench, recipe, number, row, column)
    yield from _weights(bench, recipe, Phase.WEIGHT)
    yield from _inferred(bench, recipe, Phase.INFERENCE, last=not recipe.hold)
    if recipe.hold:
        bench.clock.sleep(recipe.hold)
        yield from _weights(bench, recipe, Phase.KEPT)
        yield from _inferred(bench, recipe, Phase.LATER, last=True)


def _weights(bench: Bench, recipe: XorRecipe, phase: Phase) -> Iterator[XorRow]:
    found = conductances(bench, recipe.lines, recipe.reads, recipe.average)
    for row, column in np.ndindex(_SIZE, _SIZE):
        yield _cell(bench, recipe, phase, row, column, float(found[row, column]))


def _written(
    bench: Bench, recipe: XorRecipe, number: int, row: int, column: int
) -> Iterator[XorRow]:
    """Bursts at one cell, each as long as what the last ones moved says.

    To half of the tolerance: what is written later may move the cell as far again. A cell that
    does not move is given up.
    """
    span = recipe.range.span
    target = float(recipe.targets[row, column])
    step = {1: recipe.first_step * span, -1: recipe.first_step * span}
    conductance = _read(bench, recipe, row, column)
    idle = 0
    for burst in range(1, recipe.bursts + 1):
        missing = target - conductance
        if abs(missing) <= 0.5 * recipe.tolerance * span or idle >= _GIVEN_UP:
            return
        way = 1 if missing > 0 else -1
        pulses = min(max(round(abs(missing) / step[way]), 1), recipe.longest_burst)
        bench.apply(selected(recipe, bench.profile, row, column, way, pulses))
        bench.clock.sleep(recipe.settle)
        found = _read(bench, recipe, row, column)
        moved = (found - conductance) * way
        expected = pulses * step[way]
        step[way] = moved / pulses if moved > _LEARNS * expected else 0.5 * step[way]
        idle = idle + 1 if moved < _IDLE * expected else 0
        conductance = found
        yield _cell(bench, recipe, Phase.WRITE, row, column, conductance)._replace(
            pass_=number,
            burst=burst,
            pulses=way * pulses,
            amplitude=way * bench.profile.set_sign * recipe.amplitude,
        )


def selected(
    recipe: XorRecipe, profile: DeviceProfile, row: int, column: int, way: int, pulses: int
) -> OuterProduct:
    """So many pulses at one cell; those on its lines are half-selected."""
    lines = recipe.lines
    rows = tuple(way if one == row else 0 for one in range(len(lines.gates)))
    cols = tuple(way if one == column else 0 for one in range(len(lines.columns)))
    return OuterProduct(
        rows=lines.gates,
        columns=lines.columns,
        row_slots=(rows,) * pulses,
        column_slots=(cols,) * pulses,
        amplitude=profile.set_sign * recipe.amplitude,
        width=recipe.width or profile.pulse_width,
        gap=recipe.width or profile.pulse_width,
        compliance=profile.pulse_compliance,
    )


def _read(bench: Bench, recipe: XorRecipe, row: int, column: int) -> float:
    one = product(recipe.lines, recipe.reads, np.eye(_SIZE)[row], bench.profile)
    flowing = [currents(bench.apply(one))[column] for _ in range(recipe.average)]
    return float(np.mean(flowing)) / recipe.reads.voltage


def _sums(bench: Bench, recipe: XorRecipe, inputs: Floats) -> tuple[Floats, bool]:
    """Currents less that of cells in the middle of the range, in weights."""
    trace = bench.apply(product(recipe.lines, recipe.reads, inputs, bench.profile))
    reference = recipe.range.middle * recipe.reads.voltage * inputs.sum()
    limited = any(reading.in_compliance for reading in trace)
    return (currents(trace) - reference) / (recipe.scale * recipe.reads.voltage), limited


def _inferred(bench: Bench, recipe: XorRecipe, phase: Phase, *, last: bool) -> Iterator[XorRow]:
    for first, second in PATTERNS:
        hidden, one = _sums(bench, recipe, np.array([first, second, 1.0]))
        fired = (hidden[:2] > 0).astype(float)
        output, other = _sums(bench, recipe, np.array([*fired, 1.0]))
        is_end = last and (first, second) == PATTERNS[-1]
        yield XorRow(
            time=bench.clock.now(),
            phase=phase,
            pass_=0,
            row=-1,
            column=-1,
            target=nan,
            conductance=nan,
            burst=0,
            pulses=0,
            amplitude=nan,
            input_1=first,
            input_2=second,
            hidden_1=float(hidden[0]),
            hidden_2=float(hidden[1]),
            output_sum=float(output[2]),
            expected=first ^ second,
            in_compliance=one or other,
            verdict=Verdict.COMPLETE if is_end else Verdict.GOES_ON,
        )


def _cell(
    bench: Bench, recipe: XorRecipe, phase: Phase, row: int, column: int, conductance: float
) -> XorRow:
    return XorRow(
        time=bench.clock.now(),
        phase=phase,
        pass_=0,
        row=row,
        column=column,
        target=float(recipe.targets[row, column]),
        conductance=conductance,
        burst=0,
        pulses=0,
        amplitude=nan,
        input_1=-1,
        input_2=-1,
        hidden_1=nan,
        hidden_2=nan,
        output_sum=nan,
        expected=-1,
        in_compliance=False,
        verdict=Verdict.GOES_ON,
    )


def plan(recipe: XorRecipe, profile: DeviceProfile) -> Plan:
    """The longest burst of either polarity at every cell, and all reads."""
    require_lines(recipe.lines, _SIZE, _SIZE, profile)
    cells = _SIZE * _SIZE
    bursts = recipe.passes * cells * recipe.bursts
    planned = []
    ones = (1,) * _SIZE
    for way, what in ((1, "burst up"), (-1, "burst down")):
        longest = replace(
            selected(recipe, profile, 0, 0, way, recipe.longest_burst),
            row_slots=(tuple(way * one for one in ones),) * recipe.longest_burst,
            column_slots=(tuple(way * one for one in ones),) * recipe.longest_burst,
        )
        planned.append(Planned(what=what, stimulus=longest, at_most=bursts))
    looks = recipe.average * (bursts + (recipe.passes + 2) * cells) + 16
    read = product(recipe.lines, recipe.reads, np.ones(_SIZE), profile)
    planned.append(Planned(what="product", stimulus=read, at_most=looks))
    seconds = bursts * (duration(planned[0].stimulus) + recipe.settle) + recipe.hold
    return Plan(planned=tuple(planned), duration=seconds + looks * duration(read))


def progress(row: XorRow, recipe: XorRecipe) -> tuple[float, str]:
    """Share of the cells that are written, and what is done."""
    if row.phase is not Phase.WRITE:
        return 0.95, str(row.phase)
    done = (row.pass_ - 1) * _SIZE * _SIZE + row.row * _SIZE + row.column
    share = 0.9 * done / (recipe.passes * _SIZE * _SIZE)
    return share, f"pass {row.pass_}, cell r{row.row}c{row.column}: burst {row.burst}"
