"""SET and RESET voltages over the cycles of a sweep, and the law of their scatter."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd
from scipy import special

from mho.analysis.data import Analysis, Data, figure_of
from mho.analysis.sweeps import complete, swept
from mho.errors import Problem, SettingsError
from mho.figure import Axis, Line, Panel
from mho.merit.endurance import WeibullFit, weibull_median_ranks
from mho.merit.estimate import Estimate, deviation
from mho.merit.half_way import Event
from mho.merit.reporting import OVER_CYCLES, RATIO, attempt, average, counted, measured, middle
from mho.merit.samples import FloatArray, NotEnoughData
from mho.merit.sweep_branches import Polarity
from mho.merit.switching import Rule, switching_voltage
from mho.quantities import VOLT
from mho.result import Result
from mho.summary import Summary

SetPolarity = Literal["positive", "negative"]

_POLARITIES: tuple[Polarity, ...] = (1, -1)
_OTHER: Mapping[Polarity, Polarity] = {1: -1, -1: 1}
_FEWEST_OF_A_SIDE = 3
_FEWEST_OF_A_LAW = 5
_LEAST_WINDOW = 1.5
"""On/off ratio of the ways below which a sweep did not switch."""


@dataclass(frozen=True, slots=True)
class _Side:
    """One polarity: what it does, and where each cycle switched (V, NaN where it did not)."""

    event: Event
    cycle: FloatArray
    voltage: FloatArray
    points: int
    held: int

    @property
    def known(self) -> FloatArray:
        return self.voltage[np.isfinite(self.voltage)]


def switching(
    data: Data, *, rule: Rule = Rule.HALF_WAY, set_polarity: SetPolarity | None = None
) -> Analysis:
    """Switching voltages of every cycle, with a normal and a Weibull law through them.

    Parameters
    ----------
    set_polarity
        Sign of the voltages that set; by default that after which the current is larger.

    Raises
    ------
    SettingsError
        No voltage or current, or nothing tells which polarity sets.
    NotEnoughData
        Too few points.
    """
    data.need("an analysis of switching", "voltage", "current")
    data = complete(data)
    sweep = swept(data.frame)
    if len(sweep) < 8:
        raise NotEnoughData(
            f"an analysis of switching needs the points of a sweep; got {len(sweep)}"
        )
    by_polarity: dict[Polarity, pd.DataFrame] = {
        polarity: of_side
        for polarity in _POLARITIES
        if len(of_side := sweep[sweep["asked"] * polarity > 0]) >= _FEWEST_OF_A_SIDE
    }
    events = _events(data, by_polarity, set_polarity)
    sides = [
        _side(of_side, polarity, rule, events[polarity])
        for polarity, of_side in by_polarity.items()
    ]
    lines = []
    for side in sides:
        known = side.known
        far = f"{np.median(known):.4g}" if len(known) else "none"
        lines.append((side.event.upper(), far, str(len(known)), str(len(side.voltage))))
    return Analysis(
        summary=Summary(
            title=f"Switching voltages of {data.name}, rule: {rule.value}",
            headers=("event", "median (V)", "switched", "cycles"),
            rows=tuple(lines),
            notes=data.notes,
        ),
        results=tuple(result for side in sides for result in _results(side, rule)),
        figure=figure_of("Switching voltages", _panels(sides)),
    )


def _side(of_side: pd.DataFrame, polarity: Polarity, rule: Rule, event: Event) -> _Side:
    cycles, voltages = [], []
    for cycle, of_cycle in of_side.groupby("cycle", sort=True):
        found, _ = attempt(
            partial(
                switching_voltage,
                of_cycle["asked"].to_numpy(float),
                of_cycle["current"].to_numpy(float),
                event=event,
                polarity=polarity,
                rule=rule,
                in_compliance=of_cycle["held"].to_numpy(bool),
                least_voltage=0.02 * float(of_side["asked"].abs().max()),
            )
        )
        cycles.append(float(str(cycle)))
        switched = found is not None and _ratio(of_cycle) >= _LEAST_WINDOW
        voltages.append(found.voltage if found is not None and switched else np.nan)
    return _Side(
        event=event,
        cycle=np.array(cycles),
        voltage=np.array(voltages),
        points=len(of_side),
        held=int(of_side["held"].sum()),
    )


def _events(
    data: Data, by_polarity: Mapping[Polarity, pd.DataFrame], set_polarity: SetPolarity | None
) -> dict[Polarity, Event]:
    """What each polarity does: as is said, else as the current tells of one or both of them."""
    if set_polarity is not None:
        sets: Polarity = 1 if set_polarity == "positive" else -1
        return {polarity: "set" if polarity == sets else "reset" for polarity in _POLARITIES}
    change = {polarity: _median_change(of_side) for polarity, of_side in by_polarity.items()}
    told = {polarity: found for polarity, found in change.items() if np.isfinite(found)}
    plain = [found for found in told.values() if abs(found) >= np.log(_LEAST_WINDOW)]
    if not told:
        why = (
            "at neither polarity there are currents at 0.1 to 0.4 of the largest voltage, on the "
            "way out and on the way back and outside a current limit, that would tell"
        )
    elif len(plain) > 1 and (min(plain) > 0) is (max(plain) > 0):
        change_of_both = "larger" if min(plain) > 0 else "smaller"
        why = f"the current is {change_of_both} on the way back at both polarities"
    else:
        sure = max(told, key=lambda polarity: abs(told[polarity]))
        sets = sure if told[sure] > 0 else _OTHER[sure]
        return {polarity: "set" if polarity == sets else "reset" for polarity in _POLARITIES}
    message = f"it is not known which polarity sets: {why}. Say it: --set-polarity positive"
    raise SettingsError([Problem(str(data.place), message)])


def _median_change(of_side: pd.DataFrame) -> float:
    """Of all cycles in which it is known; NaN where in none."""
    change = [_change(of_cycle) for _, of_cycle in of_side.groupby("cycle", sort=True)]
    known = [one for one in change if np.isfinite(one)]
    return float(np.median(known)) if known else np.nan


def _ratio(of_cycle: pd.DataFrame) -> float:
    change = _change(of_cycle)
    return float(np.exp(abs(change))) if np.isfinite(change) else np.inf


def _change(of_cycle: pd.DataFrame) -> float:
    """Logarithm of the current on the way back over that on the way out, where both are low."""
    height = of_cycle["asked"].abs().to_numpy(float)
    drawn = of_cycle["current"].abs().to_numpy(float)
    free = ~of_cycle["held"].to_numpy(bool)
    turn = int(np.argmax(height))
    top = height[turn]
    parts = []
    for part in (slice(0, turn), slice(turn + 1, None)):
        low = free[part] & (height[part] >= 0.1 * top) & (height[part] <= 0.4 * top)
        values = drawn[part][low]
        parts.append(float(np.median(values)) if len(values) else 0.0)
    return float(np.log(parts[1] / parts[0])) if min(parts) > 0 else np.nan


def _results(side: _Side, rule: Rule) -> list[Result]:
    known, cycles, name = side.known, len(side.voltage), side.event
    source = f"{side.points} points of {cycles} cycles, {side.held} held by the current limit"
    of = f"{len(known)} of {cycles} cycles"
    fit, why = attempt(partial(_weibull, known, side.event))
    what = f"the {side.event.upper()} voltage"
    count = f"count of {cycles} that switched"
    median = partial(middle, what, side.voltage)
    mean, sd = partial(average, what, side.voltage), partial(_deviation, known, what)
    rows: list[tuple[str, str, Estimate | float | Callable[[], Estimate | float] | None, str]] = [
        ("voltage", "V", median, f"{OVER_CYCLES}, {of}; rule: {rule.value}"),
        ("voltage_mean", "V", mean, f"mean over {of}, Student t interval"),
        ("voltage_deviation", "V", sd, f"sd (n - 1) over {of}, chi square interval"),
        ("weibull_shape", RATIO, None if fit is None else fit.shape, _WEIBULL),
        ("weibull_scale", "V", None if fit is None else fit.scale, _WEIBULL),
        ("weibull_r2", RATIO, None if fit is None else fit.r2, "of the Weibull plot"),
        ("normal_r2", RATIO, partial(_normal_r2, known, what), "of the normal plot, median ranks"),
    ]
    return [
        counted(f"{name}_cycles", len(known), method=count, source=source),
        *(
            measured(f"{name}_{figure}", unit, value, method=method, source=source, why=why)
            for figure, unit, value, method in rows
        ),
    ]


_WEIBULL = "line through the Weibull plot of the magnitudes, median ranks, simulated interval"


def _weibull(known: FloatArray, event: str) -> WeibullFit:
    if len(known) < _FEWEST_OF_A_LAW:
        raise NotEnoughData(
            f"a law of the {event.upper()} voltage needs {_FEWEST_OF_A_LAW} cycles that switched, "
            f"got {len(known)}"
        )
    return weibull_median_ranks(np.abs(known))


def _deviation(known: FloatArray, what: str) -> Estimate:
    if len(known) < 2:
        raise NotEnoughData(f"the scatter of {what} needs two cycles, got {len(known)}")
    return deviation(float(np.std(known, ddof=1)), len(known) - 1)


def ranks(count: int) -> FloatArray:
    """Median ranks (i - 0.3)/(n + 0.4)."""
    return (np.arange(1, count + 1, dtype=np.float64) - 0.3) / (count + 0.4)


def _normal_r2(known: FloatArray, what: str) -> float:
    if len(known) < _FEWEST_OF_A_LAW or np.ptp(known) == 0:
        raise NotEnoughData(
            f"a law of {what} needs {_FEWEST_OF_A_LAW} different voltages, got {len(known)}"
        )
    return float(np.corrcoef(np.sort(known), special.ndtri(ranks(len(known))))[0, 1] ** 2)


def _panels(sides: list[_Side]) -> tuple[Panel, ...]:
    over_cycles = Panel(
        x=Axis("cycle"),
        y=Axis("switching\nvoltage", VOLT),
        lines=tuple(
            Line(
                x=side.cycle.tolist(),
                y=side.voltage.tolist(),
                series=series,
                style="points",
                label=side.event.upper(),
            )
            for series, side in enumerate(sides)
        ),
    )
    return (over_cycles, *_law_panels(sides))


def _law_panels(sides: list[_Side]) -> tuple[Panel, ...]:
    weibull: list[Line] = []
    normal: list[Line] = []
    for series, side in enumerate(sides):
        if len(side.known) < _FEWEST_OF_A_LAW or np.ptp(side.known) == 0:
            continue
        ordered = np.sort(np.abs(side.known))
        share = ranks(len(ordered))
        weibull.append(
            Line(
                x=ordered.tolist(),
                y=np.log(-np.log1p(-share)).tolist(),
                series=series,
                style="points",
            )
        )
        fit, _ = attempt(partial(_weibull, side.known, side.event))
        if fit is not None:
            y = fit.shape.value * np.log(ordered / fit.scale.value)
            label = f"{side.event.upper()}: shape {fit.shape.value:.3g}"
            weibull.append(Line(x=ordered.tolist(), y=y.tolist(), series=series, label=label))
        scores = special.ndtri(share)
        normal.append(Line(x=ordered.tolist(), y=scores.tolist(), series=series, style="points"))
        y = (ordered - ordered.mean()) / ordered.std(ddof=1)
        label = f"{side.event.upper()}: sd {VOLT.show(float(f'{ordered.std(ddof=1):.3g}'))}"
        normal.append(Line(x=ordered.tolist(), y=y.tolist(), series=series, label=label))
    if not weibull:
        return ()
    magnitude = Axis("abs(switching voltage)", VOLT, "log")
    return (
        Panel(
            x=magnitude, y=Axis("Weibull plot\nln(-ln(1 - F))"), lines=tuple(weibull), height=1.3
        ),
        Panel(
            x=Axis("abs(switching voltage)", VOLT),
            y=Axis("normal plot\nscore"),
            lines=tuple(normal),
            height=1.3,
        ),
    )
