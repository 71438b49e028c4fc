"""Whether the access devices of an array tell a whole pulse from half of one.

A cell that is written stands between a row and a column that are both pulsed; those that share one
of these lines see half of the voltage. The potential of a cell adds to what stands there, or takes
some of it away. So an access device has to switch between half of a pulse and the potential, and a
whole pulse less the potential.
"""

from collections.abc import Iterator

from mho.bench import Plan
from mho.quantities import VOLT
from mho.sim_instruments.devices.pseudo_crossbar_parameters import (
    PseudoCrossbarParameters,
    channel_lines,
    gate_lines,
)
from mho.stimuli import Purpose, Score, Segment


def access_refusals(parameters: PseudoCrossbarParameters, plan: Plan) -> Iterator[str]:
    """Why cells behind these access devices cannot be written so; once for each voltage."""
    threshold, cell = parameters.access_voltage, parameters.cell
    if threshold is None:
        return
    potential = abs(cell.potential_middle) + cell.potential_swing / 2
    said = set[tuple[float, float]]()
    for planned in plan.planned:
        half, whole = _pulses(planned.stimulus.score(), parameters)
        low, high = half + potential, whole - potential
        if not half < whole or low < threshold < high or (half, whole) in said:
            continue
        said.add((half, whole))
        against = f" against {VOLT.show(potential)} of potential" if potential else ""
        window = f"{_volts(low)} and {_volts(high)}"
        yield (
            f"{planned.what}: a selected cell gets {_volts(whole)}, one that is half-selected "
            f"{_volts(half)}{against}; an access device has to switch between {window}, and "
            f"access_voltage is {VOLT.show(threshold)}"
            if low < high
            else f"{planned.what}: a selected cell gets {_volts(whole)}, one that is half-selected "
            f"{_volts(half)}{against}: no access device (access_voltage = {VOLT.show(threshold)}) "
            "tells them apart; take a larger amplitude"
        )


def _pulses(score: Score, parameters: PseudoCrossbarParameters) -> tuple[float, float]:
    """The largest voltage (V) by which one line is pulsed, and that from a gate to a column."""
    gates, columns = set(gate_lines(parameters.rows)), set(channel_lines(parameters.columns))
    at_gates = [n for n, name in enumerate(score.terminals) if name in gates]
    at_columns = [n for n, name in enumerate(score.terminals) if name in columns]
    half = whole = 0.0
    if not at_gates or not at_columns:
        return half, whole
    for bar in score.bars():
        for column in bar.columns():
            up = [_level(column[n]) for n in at_gates]
            down = [_level(column[n]) for n in at_columns]
            if any(up) and any(down):
                half = max(half, *map(abs, up), *map(abs, down))
                whole = max(whole, max(up) - min(down), max(down) - min(up))
    return half, whole


def _level(segment: Segment) -> float:
    return segment.level if segment.purpose is Purpose.PROGRAM else 0.0


def _volts(level: float) -> str:
    return VOLT.show(float(f"{level:.4g}"))
