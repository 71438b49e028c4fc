"""Levels of conductance: how many are told apart; or, of pulse trains, their shape and symmetry."""

from dataclasses import replace

import numpy as np
import pandas as pd

from mho.analysis.data import Analysis, Data, figure_of, finite, only
from mho.analysis.text_layout import NOTHING
from mho.analysis.trains import trains
from mho.errors import Problem, SettingsError
from mho.figure import Axis, Line, Panel
from mho.merit.levels import distinguishable_states, level_separation
from mho.merit.relative_deviation import deviation_law
from mho.merit.reporting import COUNT, RATIO, attempt, counted, measured
from mho.merit.samples import FloatArray
from mho.quantities import SIEMENS
from mho.result import Result
from mho.summary import Summary


def levels(data: Data, *, minimum_gap: float, z: float = 3.0) -> Analysis:
    """Of reads by level: separation and distinguishable states; of pulse trains their shape.

    Parameters
    ----------
    minimum_gap
        S; between the reads of two levels that are apart.
    z
        Half distance between two distinguishable states, in sd.

    Raises
    ------
    SettingsError
        Neither levels nor pulses are told apart by a column.
    NotEnoughData
        Too few reads.
    """
    data.need("an analysis of levels", "conductance")
    if "in_compliance" in data.frame:
        data = _free(data)
    if "pulse" in data.frame and "direction" in data.frame:
        return trains(data, z)
    data.need("an analysis of levels", "level")
    return _levels(data, minimum_gap, z)


def _free(data: Data) -> Data:
    """Reads that the current limit did not hold."""
    held = data.frame["in_compliance"].to_numpy(dtype=bool)
    if not held.any():
        return data
    if held.all():
        raise SettingsError([Problem(str(data.place), "the current limit held every read")])
    note = f"{int(held.sum())} of {len(held)} reads were held by the current limit: left out"
    return replace(data, frame=data.frame[~held], notes=(*data.notes, note))


def _reads(frame: pd.DataFrame) -> pd.DataFrame:
    """Of a run: the reads of its levels, the longest record of each; of a file: all."""
    if "phase" not in frame:
        return frame
    for phase in ("retention", "read"):
        found = frame[frame["phase"] == phase]
        if "outcome" in frame and phase == "read":
            made = frame.loc[frame["outcome"] == "level", "attempt"]
            found = found[found["attempt"].isin(made)]
        if len(found):
            return found
    return frame


def _of_a_level(data: Data) -> Data:
    """The reads that say of which level they are."""
    named = data.frame["level"].astype(str).str.strip().str.lower()
    known = ~(data.frame["level"].isna() | named.isin(NOTHING)).to_numpy(dtype=bool)
    return only(data, known, "says of which level it is", "do not say of which level: left out")


def _level(frame: pd.DataFrame) -> "pd.Series[float] | pd.Series[str]":
    """The level of each read: a number where all are, so that 2 is 2.0, and before 10."""
    numbers = pd.to_numeric(frame["level"], errors="coerce")
    return frame["level"].astype(str) if numbers.isna().any() else numbers


def _name(level: object) -> str:
    return f"{level:.12g}" if isinstance(level, float) else str(level)


def _levels(data: Data, minimum_gap: float, z: float) -> Analysis:
    reads = finite(_of_a_level(replace(data, frame=_reads(data.frame))), ("conductance",))
    by_level = {
        _name(level): part["conductance"].to_numpy(dtype=float)
        for level, part in reads.frame.groupby(_level(reads.frame), sort=True, observed=True)
    }
    records = {name: g for name, g in by_level.items() if len(g) > 1}
    mean = np.array([g.mean() for g in records.values()])
    sd = np.array([g.std(ddof=1) for g in records.values()])
    source = f"{len(reads.frame)} reads of {len(by_level)} levels"
    apart, why = attempt(lambda: level_separation(list(records.values()), minimum_gap=minimum_gap))
    gap = SIEMENS.show(minimum_gap)
    states, no_states = attempt(lambda: distinguishable_states(mean, sd, z=z))
    law, no_law = attempt(lambda: deviation_law(mean, sd / np.abs(mean), reference=10e-6))
    by_gap = by_d = None
    if apart is not None:
        by_gap = float(len(apart.separated_by_gap))
        by_d = float(len(apart.separated_by_d_prime))
    results = [
        counted("levels", len(by_level), method="count", source=source),
        measured(
            "separate_levels",
            COUNT,
            by_gap,
            method=f"largest set of levels whose reads lie {gap} or more apart",
            source=source,
            why=why,
        ),
        measured(
            "separate_levels_by_d_prime",
            COUNT,
            by_d,
            method="levels with a d' of 6 or more to the one below",
            source=source,
            why=why,
        ),
        *_states(None if states is None else states.states, z, source, no_states),
        measured(
            "rsd_exponent",
            RATIO,
            None if law is None else law.beta,
            method="beta of rsd = rsd0 (G/10 uS)^-beta, least squares of ln rsd on ln G",
            source=source,
            why=no_law,
        ),
        measured(
            "rsd_at_10_us",
            RATIO,
            None if law is None else law.rsd0,
            method="rsd0 of that law",
            source=source,
            why=no_law,
        ),
    ]
    rows = tuple(
        (
            name,
            f"{SIEMENS.scaled('u').of(g.mean()):.4g}",
            f"{100 * g.std(ddof=1) / abs(g.mean()):.3g}" if g.mean() else "-",
            str(len(g)),
        )
        for name, g in records.items()
    )
    order = np.argsort(mean)
    panels = [
        Panel(
            x=Axis("level, in ascending order"),
            y=Axis("conductance", SIEMENS, "log"),
            lines=tuple(_spans(list(records.values()), order)),
            height=1.6,
        ),
        Panel(
            x=Axis("conductance", SIEMENS, "log"),
            y=Axis("sd of reads", SIEMENS, "log"),
            lines=(Line(x=mean.tolist(), y=sd.tolist(), style="points", label="levels"),),
            height=1.3,
        ),
    ]
    return Analysis(
        summary=Summary(
            title=f"Levels of {data.name}",
            headers=("level", "mean (uS)", "RSD (%)", "reads"),
            rows=rows,
            notes=reads.notes,
        ),
        results=tuple(results),
        figure=figure_of("Levels", tuple(panels)),
    )


def _spans(records: list[FloatArray], order: np.ndarray) -> list[Line]:
    """Mean of each level, and from its lowest read to its highest."""
    sorted_records = [records[number] for number in order]
    x: list[float] = []
    y: list[float] = []
    for place, g in enumerate(sorted_records, start=1):
        x += [place, place, np.nan]
        y += [float(g.min()), float(g.max()), np.nan]
    means = [float(g.mean()) for g in sorted_records]
    places = [float(n) for n in range(1, len(means) + 1)]
    return [
        Line(x=x, y=y, series=1, label="lowest to highest read"),
        Line(x=places, y=means, style="points", label="mean"),
    ]


def _states(states: float | None, z: float, source: str, why: str) -> list[Result]:
    method = f"N_d = 1 + integral dG / (2 z sigma(G)), z = {z:g}, sigma a power law between points"
    bits = None if states is None else float(np.log2(states))
    return [
        measured("distinguishable_states", COUNT, states, method=method, source=source, why=why),
        measured(
            "bits", COUNT, bits, method=f"binary logarithm of: {method}", source=source, why=why
        ),
    ]
