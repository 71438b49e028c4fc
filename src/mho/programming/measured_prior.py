"""A prior from the results of characterised cells, and as the table of a device file."""

from collections.abc import Iterator, Sequence
from math import exp, fsum, log, sqrt

from mho.device.prior import (
    NoiseAtTime,
    NoiseLaw,
    NoisePoint,
    Prior,
    StressCurve,
    StressPoint,
)
from mho.errors import Problem, SettingsError
from mho.quantities import SECOND, SIEMENS, VOLT
from mho.result import Result

SET, RESET = "SET", "RESET"
PULSE_WIDTH = "pulse_width"
SLOPE, DECADE, GRAIN, CYCLE_SPREAD = "slope", "volts_per_decade", "granularity", "cycle_spread"
STRESS_CONDUCTANCE, STRESS_AMPLITUDE = "stress_conductance", "stress_amplitude"
NOISE_CONDUCTANCE, NOISE_DEVIATION, NOISE_SHARE = "conductance", "rsd", "noise_share"
FRESH_NOISE, RELAXATION = "fresh_noise", "relaxation"
"""Names of the results that a prior is made of; parts are SET, "SET, point 1", "level 1", "0.3 s".
"""

_ENOUGH_CELLS = 3
"""From which on the spread between cells is taken from them."""

_ASSUMED_SPREAD = 0.06
"""sd of the curve between cells as a part of its amplitudes, of fewer cells: assumed."""

_LEAST_GRAIN = 0.003
"""A granularity that few steps cannot tell from none counts as this."""

_ONE_READ = "one read"

Cell = dict[tuple[str, str], float]
"""The numbers of one cell by name and part."""


def prior_of(device: str, cells: Sequence[Sequence[Result]]) -> Prior:
    """The prior of a type of device from the results of one or more cells of it.

    Raises
    ------
    SettingsError
        What a prior needs and no cell tells; all of it at once.
    """
    found = [_numbers(results) for results in cells]
    missing = list(_missing(found))
    if missing:
        raise SettingsError(missing)
    shares = {
        part: _average(found, (NOISE_SHARE, part)) or 0.0
        for part in dict.fromkeys(p for cell in found for name, p in cell if name == NOISE_SHARE)
    }
    # what is not there is not written; the slowest noise of a short look may be
    shares = {part: share for part, share in shares.items() if share >= 0.005}
    total = fsum(shares.values())
    return Prior(
        device=device,
        pulse_width=_must(found, (PULSE_WIDTH, "")),
        set=_curve(found, SET),
        reset=_curve(found, RESET),
        noise=NoiseLaw(
            points=tuple(_noise_points(found)),
            times=tuple(
                NoiseAtTime(
                    time=0.0 if part == _ONE_READ else SECOND.parse(part),
                    share=_digits(share / total),
                )
                for part, share in shares.items()
            ),
            **_fresh(found),
        ),
        **_relaxation(found),
    )


def _numbers(results: Sequence[Result]) -> Cell:
    return {(one.name, one.part): one.value for one in results if isinstance(one.value, float)}


def _missing(cells: Sequence[Cell]) -> Iterator[Problem]:
    """What must be known of one cell at least."""
    wanted = [(PULSE_WIDTH, ""), *((SLOPE, word) for word in (SET, RESET))]
    wanted += [(STRESS_AMPLITUDE, f"{word}, point 2") for word in (SET, RESET)]
    for key in wanted:
        if not any(key in cell for cell in cells):
            yield Problem(" of ".join(filter(None, key)), "is not known of any of these runs")
    for name, what in ((NOISE_DEVIATION, "noise of a level"), (NOISE_SHARE, "share of the noise")):
        if not any(key[0] == name for cell in cells for key in cell):
            yield Problem(name, f"no {what} is known of any of these runs")


def _all(cells: Sequence[Cell], key: tuple[str, str]) -> list[float]:
    return [cell[key] for cell in cells if key in cell]


def _average(cells: Sequence[Cell], key: tuple[str, str]) -> float | None:
    values = _all(cells, key)
    return fsum(values) / len(values) if values else None


def _must(cells: Sequence[Cell], key: tuple[str, str]) -> float:
    values = _all(cells, key)
    return fsum(values) / len(values)


def _geometric(values: Sequence[float]) -> float:
    return exp(fsum(map(log, values)) / len(values))


def _curve(cells: Sequence[Cell], word: str) -> StressCurve:
    parts = dict.fromkeys(
        part
        for cell in cells
        for name, part in cell
        if name == STRESS_AMPLITUDE and part.startswith(f"{word}, ")
    )
    points = tuple(
        StressPoint(
            conductance=_digits(_geometric(_all(cells, (STRESS_CONDUCTANCE, part)))),
            amplitude=_digits(max(_must(cells, (STRESS_AMPLITUDE, part)), 1e-3)),
        )
        for part in parts
    )
    middle = fsum(point.amplitude for point in points) / len(points)
    between = _spread(cells, parts)
    cycle = _average(cells, (CYCLE_SPREAD, word))
    own = {} if not cycle else {"cycle_spread": _digits(cycle)}
    slopes = _all(cells, (SLOPE, word))
    if len(slopes) >= _ENOUGH_CELLS:
        own["slope_spread"] = _digits(_deviation([log(one) for one in slopes]))
    return StressCurve(
        points=points,
        slope=_digits(_geometric(slopes)),
        spread=_digits(_ASSUMED_SPREAD * middle if between is None else between),
        grain=_digits(max(_average(cells, (GRAIN, word)) or 0.0, _LEAST_GRAIN)),
        **own,
    )


def _spread(cells: Sequence[Cell], parts: dict[str, None]) -> float | None:
    """Sd (V) of the curve between cells; None of too few."""
    means = []
    for cell in cells:
        own = [cell[STRESS_AMPLITUDE, part] for part in parts if (STRESS_AMPLITUDE, part) in cell]
        if len(own) == len(parts):
            means.append(fsum(own) / len(own))
    return _deviation(means) if len(means) >= _ENOUGH_CELLS else None


def _deviation(values: Sequence[float]) -> float:
    middle = fsum(values) / len(values)
    return sqrt(fsum((one - middle) ** 2 for one in values) / (len(values) - 1))


def _noise_points(cells: Sequence[Cell]) -> Iterator[NoisePoint]:
    for part in dict.fromkeys(p for cell in cells for name, p in cell if name == NOISE_DEVIATION):
        both = [cell for cell in cells if (NOISE_CONDUCTANCE, part) in cell
                and cell.get((NOISE_DEVIATION, part), 0.0) > 0]  # fmt: skip
        if both:
            yield NoisePoint(
                conductance=_digits(_geometric(_all(both, (NOISE_CONDUCTANCE, part)))),
                deviation=_digits(_geometric(_all(both, (NOISE_DEVIATION, part)))),
            )


def _fresh(cells: Sequence[Cell]) -> dict[str, float]:
    fresh = _average(cells, (FRESH_NOISE, ""))
    return {} if fresh is None else {"fresh": _digits(max(fresh, 0.0))}


def _relaxation(cells: Sequence[Cell]) -> dict[str, float]:
    relaxation = _average(cells, (RELAXATION, ""))
    return {} if relaxation is None else {"relaxation": _digits(relaxation)}


def _digits(value: float) -> float:
    return float(f"{value:.4g}")


def prior_table(prior: Prior) -> str:
    """The table [prior] of a device file, as it is written there."""
    noise = prior.noise
    lines = [
        "[prior]",
        f"device = {_text(prior.device)}",
        f'pulse_width = "{SECOND.show(prior.pulse_width)}"',
        f"relaxation = {prior.relaxation:g}",
    ]
    for name, curve in (("set", prior.set), ("reset", prior.reset)):
        lines += ["", f"[prior.{name}]", "points = ["]
        lines += (
            f'    {{conductance = "{SIEMENS.show(point.conductance)}", '
            f'amplitude = "{VOLT.show(point.amplitude)}"}},'
            for point in curve.points
        )
        lines += [
            "]",
            f'slope = "{VOLT.show(curve.slope)}"',
            f'spread = "{VOLT.show(curve.spread)}"',
            f'cycle_spread = "{VOLT.show(curve.cycle_spread)}"',
            f"steepness_spread = {curve.steepness_spread:g}",
            f"slope_spread = {curve.slope_spread:g}",
            f"grain = {curve.grain:g}",
        ]
    lines += ["", "[prior.noise]", "points = ["]
    lines += (
        f'    {{conductance = "{SIEMENS.show(point.conductance)}", '
        f"deviation = {point.deviation:g}}},"
        for point in noise.points
    )
    lines += ["]", "times = ["]
    lines += (
        f'    {{time = "{SECOND.show(part.time)}", share = {part.share:g}}},'
        for part in noise.times
    )
    lines += ["]", f"fresh = {noise.fresh:g}"]
    return "\n".join(lines) + "\n"


def _text(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
