"""Conduction mechanisms of one way of a sweep: straight lines in the axes of each."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mho.analysis.data import Analysis, Data, figure_of
from mho.analysis.sweeps import complete, swept
from mho.errors import Problem, SettingsError
from mho.figure import Axis, Line, Panel
from mho.merit.conduction import MECHANISMS, ConductionFit, Film, Mechanism, conduction_fits
from mho.merit.estimate import Estimate
from mho.merit.log_slopes import log_slopes
from mho.merit.reporting import RATIO, attempt, measured
from mho.merit.samples import FloatArray
from mho.quantities import AMPERE, VOLT
from mho.result import Result
from mho.summary import Summary

_UNITS = {
    "relative permittivity": ("relative_permittivity", "1"),
    "barrier (eV)": ("barrier", "eV"),
    "hopping distance (m)": ("hopping_distance", "m"),
}


def conduction(
    data: Data,
    *,
    cycle: int | None = None,
    branch: int = 0,
    window: tuple[float, float] | None = None,
    film: Film | None = None,
) -> Analysis:
    """Every mechanism over one window of one way, and the slopes of log I against log V.

    Raises
    ------
    SettingsError
        No such cycle or way, or no points of it outside the current limit.
    NotEnoughData
        Fewer than 4 usable points.
    """
    data.need("an analysis of conduction", "voltage", "current")
    data = complete(data)
    points, at = _chosen(data, cycle, branch)
    voltage, current = (np.abs(points[name].to_numpy(float)) for name in ("voltage", "current"))
    limits = window or (float(np.min(voltage[voltage > 0], initial=np.inf)), float(voltage.max()))
    fits = conduction_fits(voltage, current, window=limits, film=film)
    slopes, why = attempt(lambda: log_slopes(voltage, current))
    notes = [why] if slopes is None else []
    if slopes is not None:
        notes.append(
            f"log I against log V: slope {quoted(slopes.low_slope)} below "
            f"{quoted(slopes.break_voltage)} V, {quoted(slopes.high_slope)} above, R2 "
            f"{slopes.r2:.4f} (one line: {quoted(slopes.single_slope)}, R2 {slopes.single_r2:.4f})"
        )
    notes.append("95 % intervals; R2 alone is no evidence: the slope must be physical too")
    if film is None:
        notes.append("with --thickness the slopes are turned into physical quantities")
    notes += [f"source: {source}" for source in dict.fromkeys(fit.source for fit in fits)]
    what = f"cycle {at}, branch {branch}"
    source = f"{len(points)} points of {what}, outside the current limit"
    results = [result for fit in fits for result in _results(fit, source)]
    for name, unit, value in (
        ("low_slope", RATIO, None if slopes is None else slopes.low_slope),
        ("high_slope", RATIO, None if slopes is None else slopes.high_slope),
        ("break_voltage", "V", None if slopes is None else slopes.break_voltage),
    ):
        method = "two lines through log I against log V"
        results.append(measured(name, unit, value, method=method, source=source, why=why))
    return Analysis(
        summary=Summary(
            title=f"Conduction, {what}, {_shown(limits[0])} to {_shown(limits[1])}",
            headers=("mechanism", "slope", "expected", "R2", "means", "points"),
            rows=tuple(_cells(fit) for fit in fits),
            notes=(*notes, *data.notes),
        ),
        results=tuple(results),
        figure=figure_of(f"Conduction, {what}", _panels(voltage, current, limits, fits)),
    )


def _chosen(data: Data, cycle: int | None, branch: int) -> tuple[pd.DataFrame, int]:
    sweep = swept(data.frame)
    if sweep.empty:
        raise SettingsError([Problem(str(data.place), "has no points of a sweep")])
    at = int(sweep["cycle"].max()) if cycle is None else cycle
    of_cycle = sweep[sweep["cycle"] == at]
    way = of_cycle["way"] if "branch" in data.frame else of_cycle["way"] - of_cycle["way"].min()
    chosen = of_cycle[(way == branch) & ~of_cycle["held"]]
    if chosen.empty:
        branches = sorted(set((way if len(way) else sweep["way"]).tolist()))
        message = (
            f"has no points of cycle {at}, branch {branch} out of compliance; it has cycles "
            f"{sweep['cycle'].min()} to {sweep['cycle'].max()}, branches "
            f"{', '.join(map(str, branches))}"
        )
        raise SettingsError([Problem(str(data.place), message)])
    return chosen, at


def _results(fit: ConductionFit, source: str) -> list[Result]:
    part = f"mechanism {fit.mechanism}"
    between = f"{fit.window[0]:.4g} to {fit.window[1]:.4g} V, {fit.points} points"
    method = f"straight line, {fit.source}, {between}"
    told = {"method": method, "source": source, "part": part}
    found = [
        measured("slope", RATIO, fit.slope, method=method, source=source, part=part),
        measured("r2", RATIO, fit.r2, method=method, source=source, part=part),
    ]
    if fit.quantity in _UNITS:
        name, unit = _UNITS[fit.quantity]
        why = "the slope has the wrong sign, or no thickness was given"
        found.append(measured(name, unit, fit.physical, why=why, **told))
    return found


def _panels(
    voltage: FloatArray,
    current: FloatArray,
    limits: tuple[float, float],
    fits: tuple[ConductionFit, ...],
) -> tuple[Panel, ...]:
    """The curve, then each mechanism in its own axes with its line; points outside are pale."""
    known = (voltage > 0) & (current > 0)
    v, i = voltage[known], current[known]
    inside = (v >= limits[0]) & (v <= limits[1])
    curve = Panel(
        x=Axis("abs(voltage)", VOLT, "log"),
        y=Axis("abs(current)", AMPERE, "log"),
        lines=(
            Line(x=v.tolist(), y=i.tolist(), style="points", label="measured"),
            Line(
                x=v[inside].tolist(), y=i[inside].tolist(), series=1, label="window", style="points"
            ),
        ),
        height=1.4,
    )
    kinds = {kind.name: kind for kind in MECHANISMS}
    shown = [fit for fit in fits if fit.mechanism != "SCLC"]  # the same axes as ohmic
    return (curve, *(_panel(kinds[fit.mechanism], fit, v, i, inside) for fit in shown))


def _panel(
    kind: Mechanism,
    fit: ConductionFit,
    v: FloatArray,
    i: FloatArray,
    inside: NDArray[np.bool_],
) -> Panel:
    x = kind.x(v)
    y = np.log(i / v**kind.voltage_power)
    line = fit.slope.value * x[inside] + np.log(i[inside] / v[inside] ** kind.voltage_power).mean()
    line = line - fit.slope.value * x[inside].mean()
    name = "Ohm's law, SCLC" if kind.name == "ohmic" else kind.name
    ordinate, _, abscissa = (
        kind.axes.replace("/T^2", "").replace("ln(I)", "ln I").partition(" against ")
    )
    order = np.argsort(x[inside])
    return Panel(
        x=Axis(f"{abscissa} (V in volts)"),
        y=Axis(f"{name}\n{ordinate}"),
        lines=(
            Line(x=x.tolist(), y=y.tolist(), style="points", faint=True),
            Line(x=x[inside].tolist(), y=y[inside].tolist(), style="points"),
            Line(
                x=x[inside][order].tolist(),
                y=line[order].tolist(),
                series=1,
                label=f"slope {fit.slope.value:.3g}, R2 {fit.r2:.4f}",
            ),
        ),
    )


def _cells(fit: ConductionFit) -> tuple[str, ...]:
    means = "-" if fit.physical is None else f"{fit.quantity} {quoted(fit.physical)}"
    return (
        fit.mechanism,
        quoted(fit.slope),
        "-" if fit.expected_slope is None else f"{fit.expected_slope:g}",
        f"{fit.r2:.4f}",
        means,
        str(fit.points),
    )


def _shown(voltage: float) -> str:
    return VOLT.show(float(f"{voltage:.4g}"))


def quoted(estimate: Estimate) -> str:
    """``1.2 (1.1 to 1.3)``."""
    return f"{estimate.value:.4g} ({estimate.low:.4g} to {estimate.high:.4g})"
