"""Trains of pulses: symmetric point, shape, and the states that their scatter allows."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from mho.analysis.data import Analysis, Data, figure_of, finite
from mho.errors import Problem, SettingsError
from mho.figure import Axis, Line, Panel
from mho.merit.asymmetry import Asymmetry, asymmetry
from mho.merit.cycle_variation import cycle_variation
from mho.merit.levels import distinguishable_states
from mho.merit.pulse_trace import Branch
from mho.merit.querlioz import querlioz_fit
from mho.merit.reporting import COUNT, RATIO, attempt, measured
from mho.merit.samples import FloatArray
from mho.quantities import SIEMENS
from mho.result import Result
from mho.summary import Summary

BRANCHES: tuple[Branch, ...] = ("potentiation", "depression")


def trains(data: Data, z: float) -> Analysis:
    """Symmetric point, asymmetry, and of both directions beta of Querlioz and states.

    Raises
    ------
    SettingsError
        Several series, or no whole trace.
    """
    if "read" in data.frame:
        data = replace(data, frame=data.frame[data.frame["read"].astype(bool)])
    data = finite(data, ("conductance", "pulse"))
    frame = data.frame
    if "series" in frame and frame["series"].nunique() > 1:
        known = ", ".join(map(str, sorted(frame["series"].unique())))
        message = f"has several series; take one with --where series=NUMBER: {known}"
        raise SettingsError([Problem(str(data.place), message)])
    traces, notes = {}, list(data.notes)
    for branch in BRANCHES:
        pulses, found, broken = _traces(frame, branch)
        traces[branch] = pulses, found
        if broken:
            message = f"{broken} of {broken + len(found)} traces of {branch} have fewer reads than"
            notes.append(f"{message} the longest one: left out")
    if not any(len(found) for _, found in traces.values()):
        known = ", ".join(sorted({str(word) for word in frame["direction"]}))
        message = f"no whole trace: direction must be potentiation or depression; it is {known}"
        raise SettingsError([Problem(str(data.place), message)])
    source = f"{len(frame)} reads, " + ", ".join(
        f"{len(found)} traces of {branch}" for branch, (_, found) in traces.items()
    )
    up, down = (traces[branch][1] for branch in BRANCHES)
    symmetry, why = attempt(lambda: asymmetry(list(up), list(down)))
    results = _symmetry(symmetry, source, why)
    lines: list[Line] = []
    for series, (branch, (pulses, found)) in enumerate(traces.items()):
        results += _of_branch(branch, pulses, found, source, z)
        if len(found):
            mean = found.mean(axis=0).tolist()
            x = pulses.tolist()
            lines.append(Line(x=x, y=mean, series=series, style="both", label=branch))
    panels = [
        Panel(x=Axis("pulse"), y=Axis("conductance", SIEMENS), lines=tuple(lines), height=1.6)
    ]
    if symmetry is not None:
        g, a = list(symmetry.conductance), list(symmetry.asymmetry)
        shown = [Line(x=g, y=a, style="both", label="asymmetry")]
        if symmetry.symmetric_point is not None:
            point = symmetry.symmetric_point.value
            shown.append(
                Line(x=[point], y=[0.0], series=1, style="points", label="symmetric point")
            )
        panels.append(
            Panel(x=Axis("conductance", SIEMENS), y=Axis("asymmetry A(G)"), lines=tuple(shown))
        )
    rows = tuple(
        (branch, str(len(found)), str(found.shape[1] if len(found) else 0))
        for branch, (_, found) in traces.items()
    )
    return Analysis(
        summary=Summary(
            title=f"Pulse trains of {data.name}",
            headers=("direction", "traces", "reads"),
            rows=rows,
            notes=tuple(notes),
        ),
        results=tuple(results),
        figure=figure_of("Pulse trains", tuple(panels)),
    )


def _traces(frame: pd.DataFrame, branch: Branch) -> tuple[FloatArray, FloatArray, int]:
    """Pulse numbers, shape (reads,), and S, shape (cycles, reads), of whole traces; the others."""
    of_branch = frame[frame["direction"].astype(str).str.lower() == branch]
    cycle = of_branch["cycle"] if "cycle" in of_branch else pd.Series(1, index=of_branch.index)
    parts = [part for _, part in of_branch.groupby(cycle, sort=True)]
    length = max((len(part) for part in parts), default=0)
    whole = [part for part in parts if len(part) == length]
    if not whole:
        return np.empty(0), np.empty((0, 0)), 0
    pulses = whole[0]["pulse"].to_numpy(dtype=float)
    of_pulses = np.array([part["conductance"].to_numpy(dtype=float) for part in whole])
    return pulses, of_pulses, len(parts) - len(whole)


def _symmetry(found: Asymmetry | None, source: str, why: str) -> list[Result]:
    method = "asymmetry of the steps up and down" if found is None else found.source
    nowhere = "the steps of both directions nowhere cancel in their common range"
    point = None if found is None else found.symmetric_point
    results = [
        measured("symmetric_point", "S", point, method=method, source=source, why=why or nowhere)
    ]
    for name, value in (
        ("asymmetry", None if found is None else found.mean),
        ("largest_asymmetry", None if found is None else found.largest),
    ):
        results.append(measured(name, RATIO, value, method=method, source=source, why=why))
    return results


def _of_branch(
    branch: Branch, pulses: FloatArray, found: FloatArray, source: str, z: float
) -> list[Result]:
    name = "ltp" if branch == "potentiation" else "ltd"
    mean = found.mean(axis=0) if len(found) else np.empty(0)
    fit, why = attempt(partial(querlioz_fit, mean, branch=branch, pulses=pulses))
    method = "Querlioz: dG = alpha exp(-beta f)" if fit is None else fit.source
    scatter, no_scatter = attempt(partial(cycle_variation, found))
    states, no_states = None, no_scatter
    if scatter is not None:
        sigma = np.array(scatter.per_pulse)
        states, no_states = attempt(lambda: distinguishable_states(mean, sigma, z=z).states)
    beta = None if fit is None else fit.beta
    step = None if fit is None else fit.first_step
    over = f"sigma over {len(found)} cycles, z = {z:g}"
    return [
        measured(f"{name}_querlioz_beta", RATIO, beta, method=method, source=source, why=why),
        measured(f"{name}_querlioz_first_step", "S", step, method=method, source=source, why=why),
        measured(
            f"{name}_distinguishable_states",
            COUNT,
            states,
            method=f"N_d = 1 + integral dG / (2 z sigma(G)), {over}",
            source=source,
            why=no_states,
        ),
    ]
