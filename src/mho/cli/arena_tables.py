"""A contest as lines of text: what is true, what it costs, what was said against what came."""

from collections.abc import Sequence
from math import isfinite

from mho.arena.composites import FACTOR, Composed
from mho.arena.contest import Round
from mho.arena.standings import Standing, calibration, ranked
from mho.cli.lines import table, width, wrapped
from mho.merit.estimate import Estimate
from mho.quantities import FRACTION, SECOND

_HEADERS = ("algorithm", "true %", "declared %", "false %", "pulses", "p95", "time")
_COSTS = ("algorithm", "pulses", "looks", "reads", "time s", "stress mV s", "energy uJ")
_ROOMY = 100
_EXCHANGES = "exchanges", "for each pulse and look"


def round_lines(found: Round, *, with_calibration: bool) -> list[str]:
    """One tolerance: two tables; false accepts are of those declared."""
    order = ranked(found.standings)
    lines = ["", *wrapped(_head(found), width()), ""]
    lines += table(_HEADERS, tuple(map(_row, order)), width())
    lines += ["", *_cost_lines(order)]
    ends = "; ".join(
        f"{one.name}: " + ", ".join(f"{count} {word}" for word, count in one.ends) for one in order
    )
    lines += ["", *wrapped(f"ends: {ends}", width())]
    if with_calibration:
        lines += ["", *_calibration(found)]
    return lines


def _head(found: Round) -> str:
    at = f"tolerance {FRACTION.show(found.tolerance)}"
    if _unknown(found.ceiling):
        cells = max(one.cells for one in found.standings)
        return f"{at}: {cells} targets each; no bounds, as no cell is placed on a bench"
    pulses = f"{found.fewest_pulses:.1f} pulses by perfect knowledge"
    if found.fewest_pulses != found.fewest_pulses:
        pulses = "no bound for the pulses: the steps of this device do not follow its amplitudes"
    return f"{at}: noise ceiling {percent(found.ceiling)} %, {pulses}"


def _row(one: Standing) -> tuple[str, ...]:
    return (
        one.name,
        percent(one.true),
        percent(one.declared),
        "-" if _unknown(one.false_accept) else percent(one.false_accept),
        f"{one.pulses.value:.0f}",
        f"{one.pulses_p95:.0f}",
        SECOND.show(float(f"{one.time.value:.2g}")),
    )


def _cost_lines(order: Sequence[Standing]) -> list[str]:
    """Medians; with their intervals where there is room."""
    roomy = width() >= _ROOMY
    counted = any(one.exchanges is not None for one in order)
    headers = (*_COSTS, *_EXCHANGES) if counted else _COSTS
    rows = tuple(_costs(one, roomy=roomy, counted=counted) for one in order)
    said = "medians with 95 % intervals" if roomy else "medians; --json has their 95 % intervals"
    return [f"a target takes, {said}:", "", *table(headers, rows, width())]


def _costs(one: Standing, *, roomy: bool, counted: bool) -> tuple[str, ...]:
    medians = (
        one.pulses,
        one.looks,
        one.reads,
        one.time,
        _scaled(one.stress, 1e3),
        _scaled(one.energy, 1e6),
    )
    found = (one.name, *(_typical(median, roomy=roomy) for median in medians))
    if not counted:
        return found
    if one.exchanges is None or one.exchanges_each is None:
        return (*found, "-", "-")
    return (*found, f"{one.exchanges:.0f}", f"{one.exchanges_each:.1f}")


def _scaled(estimate: Estimate, factor: float) -> Estimate:
    return estimate.mapped(lambda value: factor * value)


def _typical(median: Estimate, *, roomy: bool) -> str:
    """With its interval, if six targets or more tell one."""
    if _unknown(median):
        return "-"
    value, low, high = map(_two_digits, (median.value, median.low, median.high))
    known = roomy and isfinite(median.high - median.low)
    return f"{value} ({low}-{high})" if known else value


def _two_digits(value: float) -> str:
    """Or all those before the point."""
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.2g}"


def _unknown(estimate: Estimate) -> bool:
    return estimate.value != estimate.value


def percent(share: Estimate) -> str:
    """With its interval, all in percent."""
    return f"{100 * share.value:.1f} ({100 * share.low:.0f}-{100 * share.high:.0f})"


def _calibration(found: Round) -> list[str]:
    rows = [
        (one.name, str(b.cells), f"{100 * b.said:.1f}", percent(b.true))
        for one in ranked(found.standings)
        for b in calibration(found.trials[one.name])
    ]
    if not rows:
        return ["none of these algorithms says how sure it is"]
    return table(("algorithm", "cells", "said %", "true %"), tuple(rows), width())


def composite_lines(
    name: str, tolerance: float, found: Sequence[Composed], floor: float
) -> list[str]:
    """Values on several cells, and the floor."""
    head = (
        f"values on several cells by {name}, tolerance {FRACTION.show(tolerance)}; each next cell "
        f"counts {FRACTION.show(FACTOR)} and takes what the others miss. Meanwhile the first cell "
        f"itself wanders by {100 * floor:.2f} %: the floor"
    )
    rows = tuple(
        (str(one.cells), f"{100 * one.error:.2f}", percent(one.true), f"{one.pulses:.1f}")
        for one in found
    )
    lines = wrapped(head, width())
    return [*lines, "", *table(("cells", "error %", "true %", "pulses"), rows, width())]
