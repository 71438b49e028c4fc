"""What a run of programming comes to, target by target, from its recorded rows."""

from math import nan
from typing import NamedTuple

import numpy as np
import pandas as pd

from mho.programming.algorithm import End

TUNING, CHECK = "tuning", "check"
"""Phases of rows: a pulse with its look, or a look alone; the mean that judges the result."""

ABORTED = "aborted"
"""How a target ended that the run broke off in."""

_ENDS = frozenset(end.value for end in End if end is not End.GOES_ON)


class JudgedTarget(NamedTuple):
    """One target that was begun: how it ended, what it cost, what it truly is.

    ``error`` is that of the mean that judges, relative; ``true`` whether it lies within, as 1 or 0;
    both NaN where it was not judged. ``seconds`` are those of looks and of the waits before them,
    ``pulsing`` those of pulses, ``stress`` volt seconds of pulses (magnitude), ``energy`` joules of
    pulses and looks; NaN where a pulse was not measured.
    """

    target: float
    low: float
    high: float
    verdict: str
    confidence: float
    pulses: int
    looks: int
    reads: int
    seconds: float
    pulsing: float
    stress: float
    energy: float
    mean: float
    spread: float
    error: float
    true: float

    @property
    def half(self) -> float:
        """Of the window."""
        return (self.high - self.low) / 2


def judged(rows: pd.DataFrame) -> pd.DataFrame:
    """One line a target; see `JudgedTarget`. ``half`` is a column of it, too."""
    found = pd.DataFrame(judged_targets(rows), columns=JudgedTarget._fields)
    found["half"] = (found["high"] - found["low"]) / 2
    return found


def judged_targets(rows: pd.DataFrame) -> list[JudgedTarget]:
    """In the order they were begun."""
    return [_of_target(of) for _, of in rows.groupby("target_index", sort=True)]


def _of_target(rows: pd.DataFrame) -> JudgedTarget:
    tuning = rows[rows["phase"] == TUNING]
    check = rows[rows["phase"] == CHECK]
    last = rows.iloc[-1] if not len(tuning) else tuning.iloc[-1]
    verdict = str(last["verdict"])
    mean = float(check["conductance"].iloc[0]) if len(check) else nan
    usable = len(check) and not bool(check["in_compliance"].iloc[0])
    known = bool(usable) and bool(np.isfinite(mean))
    pulses = tuning[tuning["amplitude"].abs() > 0]
    stood = pulses["pulse_voltage"].abs()
    energy = (stood * pulses["pulse_current"].abs() * pulses["width"]).sum(skipna=False)
    looks = (tuning["voltage"] * tuning["current"]).abs() * tuning["seconds"]
    low, high = float(last["low"]), float(last["high"])
    return JudgedTarget(
        target=float(last["target"]),
        low=low,
        high=high,
        verdict=verdict if verdict in _ENDS else ABORTED,
        confidence=float(last["confidence"]),
        pulses=int(last["pulse"]),
        looks=int((tuning["reads"] > 0).sum()),
        reads=int(tuning["reads"].sum()),
        seconds=float((tuning["seconds"] + tuning["wait"].fillna(0.0)).sum()),
        pulsing=float(pulses["width"].sum()),
        stress=float((stood * pulses["width"]).sum(skipna=False)),
        energy=float(energy + looks.sum(skipna=False)),
        mean=mean if known else nan,
        spread=float(check["spread"].iloc[0]) if known else nan,
        error=mean / float(last["target"]) - 1 if known else nan,
        true=float(low <= mean <= high) if known else nan,
    )
