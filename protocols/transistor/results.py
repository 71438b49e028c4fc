"""Results of the curves from their rows: threshold, swing, on-resistance, output slope."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from mho.merit.estimate import Estimate
from mho.merit.reporting import attempt, measured, taken_from
from mho.merit.samples import FloatArray, NotEnoughData
from mho.merit.transfer import SOURCE, TransferLaw, transfer_law
from mho.merit.transistor import (
    OnResistance,
    channel_length_modulation,
    gain_factor,
    on_resistance,
)
from mho.protocols.quoting import INTERVALS, quoted, value_or_reason
from mho.protocols.transistor.recipe import Output, Transfer, TransistorRecipe
from mho.protocols.transistor.row import Curve, Verdict
from mho.quantities import AMPERE, MICROSIEMENS, VOLT, ScaledUnit
from mho.result import Result
from mho.summary import Summary

Cells = tuple[str, ...]

MILLIVOLTS, MILLIAMPERES = VOLT.scaled("m"), AMPERE.scaled("m")

GAIN = ScaledUnit("uA/V^2", 1e-6)

MISFIT, LEAST_MISFIT = 1.3, 2e-3
"""Scatter about the law over that from point to point, and relative to the current, from which on
the law does not describe the transistor."""


def summary(rows: pd.DataFrame, recipe: TransistorRecipe) -> Summary:
    """One line a figure of merit, each with its rule."""
    notes = [INTERVALS]
    lines: list[Cells] = []
    threshold: float | None = None
    if recipe.transfer is not None:
        gate, current = transfer_curve(rows)
        found, threshold = _transfer_lines(recipe.transfer, gate, current, notes)
        lines += found
    if recipe.output is not None:
        for gate_voltage, curve in output_curves(rows):
            lines += _output_lines(recipe, recipe.output, gate_voltage, curve, threshold, notes)
    limited = int(rows["in_compliance"].sum())
    if limited:
        notes.append(
            f"{limited} of {len(rows)} points were held by the current limit; they are left out of "
            "all figures of merit"
        )
    if (rows["verdict"] == Verdict.CONTACT_LOST).any():
        notes.append("the contact was lost: a whole curve drew less than the contact floor lets")
    return Summary(
        title="Transistor: transfer and output curves",
        headers=("quantity", "value", "rule"),
        rows=tuple(lines),
        notes=tuple(notes),
    )


def results(rows: pd.DataFrame, recipe: TransistorRecipe) -> Iterator[Result]:
    """Threshold (V), gm,max (S), swing (V/decade); at the highest gate voltage Ron, lambda."""
    yield measured(
        "largest_current",
        "A",
        float(np.max(np.abs(rows["current"].to_numpy(dtype=float)), initial=0.0)),
        method="largest magnitude of all readings",
        source=f"{len(rows)} rows",
    )
    threshold: float | None = None
    if recipe.transfer is not None:
        gate, current = transfer_curve(rows)
        law, why = attempt(partial(_law, recipe.transfer, gate, current))
        threshold = None if law is None else law.extrapolated.value
        source = taken_from(_of(rows, Curve.TRANSFER), "the transfer curve")
        fitted = f"{SOURCE}; {len(gate)} gate voltages"
        yield measured(
            "off_resistance",
            "ohm",
            partial(_off_resistance, abs(recipe.transfer.drain), gate, current),
            method="VDS over the magnitude of ID at the lowest gate voltage",
            source=source,
        )
        for name, unit, value, how in (
            (
                "threshold",
                "V",
                None if law is None else law.extrapolated,
                "tangent at gm,max less VDS/2",
            ),
            (
                "threshold_pinch_off",
                "V",
                None if law is None else law.pinch_off,
                "threshold of the law",
            ),
            (
                "transconductance",
                "S",
                None if law is None else law.transconductance,
                "largest slope",
            ),
            ("swing", "V/decade", None if law is None else law.swing, "limit of weak inversion"),
        ):
            yield measured(name, unit, value, method=f"{how}: {fitted}", source=source, why=why)
    if recipe.output is not None:
        yield from _of_output(rows, recipe, recipe.output, threshold)


def _off_resistance(drain: float, gate: FloatArray, current: FloatArray) -> float:
    """Ohms.

    Raises
    ------
    NotEnoughData
        No current was read there.
    """
    if not len(gate) or not current[0]:
        raise NotEnoughData("the off-resistance needs a current at the lowest gate voltage")
    return float(drain / current[0])


def _of_output(
    rows: pd.DataFrame, recipe: TransistorRecipe, output: Output, threshold: float | None
) -> Iterator[Result]:
    """Of the curve with the highest gate voltage."""
    all_points = _of(rows, Curve.OUTPUT)
    curves = list(output_curves(rows))
    source = taken_from(all_points, "output curves")
    ron = slope = None
    why = slope_why = "no output curve was recorded outside the current limit"
    at = ""
    if curves:
        gate, curve = curves[-1]
        at = f" at VG {VOLT.show(gate)}"
        voltage, current = _floats(curve, "voltage"), _floats(curve, "current")
        ron, why = attempt(partial(on_resistance, voltage, current, up_to=output.triode_up_to))
        slope_why = "lambda needs the threshold of a transfer curve"
        if threshold is not None:
            above = max(gate - threshold, 0.0)
            slope, slope_why = attempt(
                partial(channel_length_modulation, voltage, current, above=above)
            )
    yield measured(
        "on_resistance",
        "ohm",
        None if ron is None else ron.resistance,
        method=f"VDS/ID through the origin up to {VOLT.show(output.triode_up_to)}{at}",
        source=source,
        why=why,
    )
    yield measured(
        "length_modulation",
        "1/V",
        None if slope is None else slope.modulation,
        method=f"ID = I0 (1 + lambda VDS) from the overdrive up{at}",
        source=source,
        why=slope_why,
    )
    if recipe.width_over_length is not None:
        factor, reason = None, why if ron is None else "it needs the threshold"
        if ron is not None and threshold is not None:
            gain = partial(_gain, recipe.width_over_length, output, curves[-1][0], threshold, ron)
            factor, reason = attempt(gain)
        yield measured(
            "gain_factor",
            "A/V^2",
            factor,
            method=f"kp from Ron, W/L and threshold{at}",
            source=source,
            why=reason,
        )


def _gain(
    ratio: float, output: Output, gate: float, threshold: float, ron: OnResistance
) -> Estimate:
    # A line through the origin weighs its points with VDS^2: their mean stands at 3/4 of the end.
    drain = 0.75 * output.triode_up_to
    return gain_factor(
        [ratio], [ron.resistance.value], gate=gate, threshold=threshold, drain=drain
    ).kp


def _transfer_lines(
    transfer: Transfer, gate: FloatArray, current: FloatArray, notes: list[str]
) -> tuple[list[Cells], float | None]:
    law = value_or_reason(lambda: _law(transfer, gate, current), notes)
    if law is None:
        return [], None
    if law.misfit > MISFIT and law.noise > LEAST_MISFIT:
        notes.append(
            f"the transfer curve is {law.misfit:.2g} times further from the law than it scatters "
            "from point to point: threshold and swing are those of a law that does not fit"
        )
    notes.append(f"transfer curve: {law.source}")
    return [
        ("Vth (V)", quoted(law.extrapolated), "tangent at gm,max less VDS/2"),
        ("Vth, pinch-off (V)", quoted(law.pinch_off), "threshold of the law"),
        ("gm,max (uS)", quoted(law.transconductance, MICROSIEMENS), f"at VG {law.at:.3g} V"),
        ("swing (mV/decade)", quoted(law.swing, MILLIVOLTS), "limit of weak inversion"),
    ], law.extrapolated.value


def _law(transfer: Transfer, gate: FloatArray, current: FloatArray) -> TransferLaw:
    return transfer_law(
        gate, current, drain_voltage=abs(transfer.drain), noise_floor=transfer.noise_floor
    )


def _output_lines(
    recipe: TransistorRecipe,
    output: Output,
    gate: float,
    curve: pd.DataFrame,
    threshold: float | None,
    notes: list[str],
) -> list[Cells]:
    voltage, current = _floats(curve, "voltage"), _floats(curve, "current")
    at = f"VG {VOLT.show(gate)}"
    lines: list[Cells] = []
    ron = value_or_reason(lambda: on_resistance(voltage, current, up_to=output.triode_up_to), notes)
    if ron is not None:
        lines.append((f"Ron at {at} (ohm)", quoted(ron.resistance), ron.source))
    if threshold is None:
        return lines
    # From the overdrive up the channel is pinched off.
    above = max(gate - threshold, 0.0)
    slope = value_or_reason(lambda: channel_length_modulation(voltage, current, above=above), notes)
    if slope is not None:
        rule = f"ID = I0 (1 + lambda VDS), VDS >= {above:.3g} V"
        lines.append((f"lambda at {at} (1/V)", quoted(slope.modulation), rule))
        lines.append((f"I0 at {at} (mA)", quoted(slope.current, MILLIAMPERES), rule))
    if ron is not None and recipe.width_over_length is not None:
        lines += _gain_lines(recipe.width_over_length, output, gate, threshold, ron, notes)
    return lines


def _gain_lines(
    ratio: float,
    output: Output,
    gate: float,
    threshold: float,
    ron: OnResistance,
    notes: list[str],
) -> list[Cells]:
    # A line through the origin weighs its points with VDS^2: their mean stands at 3/4 of the end.
    drain = 0.75 * output.triode_up_to
    kp = value_or_reason(
        lambda: gain_factor(
            [ratio], [ron.resistance.value], gate=gate, threshold=threshold, drain=drain
        ),
        notes,
    )
    if kp is None:
        return []
    quantity = f"kp at VG {VOLT.show(gate)} ({GAIN})"
    return [(quantity, f"{GAIN.of(kp.kp.value):.4g}", kp.source)]


def _of(rows: pd.DataFrame, curve: Curve) -> pd.DataFrame:
    return rows[rows["curve"] == curve]


def _unlimited(rows: pd.DataFrame, curve: Curve) -> pd.DataFrame:
    """The points of a curve that the current limit did not hold."""
    points = _of(rows, curve)
    return points[~points["in_compliance"].astype(bool)]


def output_curves(rows: pd.DataFrame) -> Iterator[tuple[float, pd.DataFrame]]:
    """The output curves, in ascending order of the gate voltage, without points in compliance."""
    for gate, curve in _unlimited(rows, Curve.OUTPUT).groupby("gate", sort=True):
        yield float(str(gate)), curve


def transfer_curve(rows: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    """Gate voltage and magnitude of current, gate rising; there and back are averaged.

    Points in compliance are left out.
    """
    mean = _unlimited(rows, Curve.TRANSFER).groupby("gate", sort=True)["current"].mean()
    return mean.index.to_numpy(dtype=float), np.abs(mean.to_numpy(dtype=float))


def _floats(points: pd.DataFrame, column: str) -> FloatArray:
    return points[column].to_numpy(dtype=float)
