"""Results of an LTP/LTD run from its rows: table, figures of merit and progress."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import pandas as pd

from mho.protocols.ltp_ltd.recipe import LtpLtdRecipe, series
from mho.protocols.ltp_ltd.row import Direction, Verdict
from mho.protocols.ltp_ltd.traces import DirectionMerit, SeriesMerit, Traces, series_merits
from mho.protocols.quoting import INTERVALS, NONE, brief, limited_reads, quoted
from mho.quantities import MICROSIEMENS, SIEMENS, VOLT
from mho.summary import Summary


def summary(rows: pd.DataFrame, recipe: LtpLtdRecipe) -> Summary:
    """One block a series: fits, both nonlinearities, variation, on/off and asymmetry."""
    lines: list[tuple[str, ...]] = []
    sources: list[str] = []
    reasons: list[str] = []
    for index, merit in series_merits(rows).items():
        given = series(recipe)[index]
        amplitude = "recipe" if given is None else VOLT.show(given)
        lines += [(amplitude, *line) for line in _lines(merit)]
        reasons += [f"{amplitude}: {reason}" for reason in merit.reasons]
        for result in (
            *(getattr(d, name) for d in merit.directions.values() for name in d.__slots__),
            merit.on_off,
            merit.asymmetry,
        ):
            if result is not None and result.source not in sources:
                sources.append(result.source)
    notes = [f"{INTERVALS}; fits of the mean over cycles"]
    if (rows["verdict"] == Verdict.CONTACT_LOST).any():
        notes.append("the run ended early: contact lost")
    return Summary(
        title="LTP/LTD: conductance against pulse number",
        headers=("amplitude", "figure of merit", "potentiation", "depression"),
        rows=tuple(lines),
        notes=(
            *notes,
            *limited_reads(rows[rows["read"]]),
            *reasons,
            *(f"source: {source}" for source in sources),
        ),
    )


def merits(rows: pd.DataFrame, recipe: LtpLtdRecipe) -> dict[str, float]:
    """Figures of merit by name, SI units; those of a series carry its amplitude.

    ``c2c_sigma`` is the larger one of both directions; ``gain_growth`` the smallest ratio of the
    gains (last minus first read of the potentiation) of two successive series.
    """
    found: dict[str, float] = {}
    gains = []
    for index, merit in series_merits(rows).items():
        amplitude = series(recipe)[index]
        at = "" if amplitude is None else f" at {VOLT.show(amplitude)}"
        sigmas = []
        for direction, one in merit.directions.items():
            name = "ltp" if direction is Direction.POTENTIATION else "ltd"
            if one.exponential is not None:
                found[f"{name}_n0{at}"] = one.exponential.constant.value
                found[f"{name}_r2{at}"] = one.exponential.r2
            if one.neurosim is not None:
                found[f"{name}_nl_neurosim{at}"] = one.neurosim.label.value
            if one.alpha is not None:
                found[f"{name}_alpha_power{at}"] = one.alpha.alpha.value
            if one.variation is not None:
                sigmas.append(one.variation.largest.value)
        if sigmas:
            found[f"c2c_sigma{at}"] = max(sigmas)
        if merit.on_off is not None:
            found[f"on_off{at}"] = merit.on_off.ratio.value
        if merit.asymmetry is not None:
            found[f"asymmetry{at}"] = merit.asymmetry.mean.value
        if Direction.POTENTIATION in merit.traces:
            trace = merit.traces[Direction.POTENTIATION].mean
            gains.append(float(trace[-1] - trace[0]))
    growths = [later / earlier for earlier, later in pairwise(gains) if earlier]
    if growths:
        found["gain_growth"] = min(growths)
    return found


def _lines(merit: SeriesMerit) -> Iterator[tuple[str, str, str]]:
    def both(what: str, cell: Callable[[Traces, DirectionMerit], str]) -> tuple[str, str, str]:
        up, down = (
            cell(merit.traces[d], merit.directions[d]) if d in merit.traces else NONE
            for d in Direction
        )
        return what, up, down

    yield both("from, to", lambda t, _: _range(t))
    yield both(
        "n0 (pulses)", lambda _, m: quoted(m.exponential.constant) if m.exponential else NONE
    )
    yield both(
        "R2 of exponential", lambda _, m: f"{m.exponential.r2:.4f}" if m.exponential else NONE
    )
    yield both("NL (NeuroSim label)", lambda _, m: quoted(m.neurosim.label) if m.neurosim else NONE)
    yield both("alpha (power form)", lambda _, m: quoted(m.alpha.alpha) if m.alpha else NONE)
    yield both(
        "C2C sigma, largest (uS)",
        lambda _, m: quoted(m.variation.largest, MICROSIEMENS) if m.variation else NONE,
    )
    if merit.on_off is not None:
        at = f"on/off at {brief(merit.on_off.read_voltage, VOLT, 3)}"
        yield at, quoted(merit.on_off.ratio), ""
    if merit.asymmetry is not None:
        yield "asymmetry, mean", quoted(merit.asymmetry.mean), ""
        yield "asymmetry, largest", quoted(merit.asymmetry.largest), ""
        if merit.asymmetry.symmetric_point is not None:
            yield (
                "symmetric point (uS)",
                quoted(merit.asymmetry.symmetric_point, MICROSIEMENS),
                "",
            )


def _range(traces: Traces) -> str:
    first, last = (brief(float(traces.mean[end]), SIEMENS) for end in (0, -1))
    return f"{first}, {last}"
