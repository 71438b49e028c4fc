"""``mho validate``: published numbers beside simulated ones, as a table, Markdown or JSON."""

import json
from collections.abc import Iterator, Sequence
from math import floor, inf, isfinite, log10

import click
from rich.markup import escape

from mho.cli.exit_codes import DONE, STOPPED
from mho.cli.screen import console, print_table, say
from mho.quantities import ScaledUnit
from mho.validation import Comparison, validate
from mho.validation.published import Basis

HEADERS = ("published", "counts", "simulated", "seeds", "by", "inside")
IN_MARKDOWN = (
    "published", "as printed", "counts", "simulated", "seeds inside", "basis", "bench", "inside"
)  # fmt: skip

LETTERS: dict[Basis, str] = {"predicted": "P", "fitted": "F", "follows from the recipe": "R"}
LEGEND = "by: P predicted, F fitted, R follows from the recipe"

PLAIN = ScaledUnit("", 1.0)


def show_validation(device: str | None, seeds: int, form: str | None = None) -> int:
    """Measure and print as ``json``, ``markdown`` or, without a form, as a table.

    Exit code 1 if a median lies outside without an explanation.
    """
    errors = console(errors=True)
    found = validate(device, seeds, lambda line: errors.print(f"[dim]{escape(line)}[/]"))
    if form == "json":
        click.echo(json.dumps([_as_json(comparison) for comparison in found], indent=1))
    elif form == "markdown":
        click.echo("\n".join(markdown(found)))
    else:
        _print(found)
    unexplained = [c for c in found if not c.inside and not c.number.explanation]
    return STOPPED if unexplained else DONE


def markdown(found: Sequence[Comparison]) -> Iterator[str]:
    """The table of ``docs/validation.md``: one a paper, why what is outside, and the count."""
    for line in _totals(found):
        yield from (line, "")
    for paper, of_paper in _by_paper(found):
        yield from (f"### {paper}", "", _line(IN_MARKDOWN), _line(["---"] * len(IN_MARKDOWN)))
        for comparison in of_paper:
            number = comparison.number
            cells = (
                number.what,
                number.printed,
                counted(comparison),
                _simulated(comparison),
                _seeds(comparison),
                str(number.basis),
                comparison.bench,
                _inside(comparison),
            )
            yield _line(cells)
        yield ""
    outside = list(_explanations(found))
    if outside:
        yield from (
            "Medians outside, or more than one device in ten, and why:",
            "",
            *(f"- {line}" for line in outside),
            "",
        )


def _print(found: Sequence[Comparison]) -> None:
    to = console()
    for paper, of_paper in _by_paper(found):
        rows = tuple(_cells(comparison) for comparison in of_paper)
        print_table(paper, HEADERS, rows, to)
    for line in (LEGEND, *_explanations(found), *_totals(found)):
        say(line, to)


def _by_paper(found: Sequence[Comparison]) -> Iterator[tuple[str, list[Comparison]]]:
    for paper in dict.fromkeys(comparison.paper for comparison in found):
        yield paper, [comparison for comparison in found if comparison.paper == paper]


def _cells(comparison: Comparison) -> tuple[str, ...]:
    number = comparison.number
    what = number.what if number.value is None else f"{number.what}: {number.printed}"
    if len(number.benches) > 1:
        what = f"{what} ({comparison.bench})"
    return (
        what,
        counted(comparison),
        _simulated(comparison),
        _seeds(comparison),
        LETTERS[number.basis or "fitted"],
        _inside(comparison),
    )


def counted(comparison: Comparison) -> str:
    """The bounds, both in one unit."""
    low, high = comparison.number.bounds
    unit = _scaled(comparison, max(abs(end) for end in (low, high) if isfinite(end)))
    ends = [f"{unit.of(end):.4g}" for end in (low, high) if isfinite(end)]
    words = " to ".join(ends) if len(ends) == 2 else f"{'≤' if low == -inf else '≥'} {ends[0]}"
    return f"{words} {unit}".rstrip()


def _simulated(comparison: Comparison) -> str:
    """Median ± standard deviation; or both ends of the interval, their medians."""
    low, high = comparison.low, comparison.high
    unit = _scaled(comparison, comparison.typical)
    if comparison.number.judged_by == "interval" and isfinite(low + high):
        return f"{unit.of(low):.3g} to {unit.of(high):.3g} {unit}".rstrip()
    value, spread = unit.of(comparison.typical), unit.of(comparison.spread)
    if not isfinite(value):
        return "-"
    if comparison.number.over_devices is not None:
        (figure,) = [one for one in comparison.figures if one is not None]
        ends = f"{unit.of(figure.low):.3g} to {unit.of(figure.high):.3g}"
        return f"{value:.3g} ({ends}) {unit}".rstrip()
    if not isfinite(spread):
        return f"{value:.4g} {unit}".rstrip()
    return f"{_rounded(value, spread)} ± {_rounded(spread, spread)} {unit}".rstrip()


def _scaled(comparison: Comparison, value: float) -> ScaledUnit:
    unit = comparison.number.unit
    return PLAIN if unit is None else unit.readable(abs(value))


def _rounded(value: float, spread: float) -> str:
    """To the two leading digits of the spread, or to four of its own."""
    if not spread:
        return f"{value:.4g}"
    decimals = max(1 - floor(log10(spread)), 0)
    return f"{value:.{decimals}f}" if decimals <= 4 else f"{value:.4g}"


def _seeds(comparison: Comparison) -> str:
    of_devices = f" of {comparison.number.devices}" if comparison.number.over_devices else ""
    return f"{comparison.seeds_inside}/{len(comparison.figures)}{of_devices}"


def _inside(comparison: Comparison) -> str:
    return "yes" if comparison.inside else "NO"


def _explanations(found: Sequence[Comparison]) -> Iterator[str]:
    for comparison in found:
        why = comparison.number.explanation or comparison.failure
        if comparison.in_question and why:
            devices = f"{_seeds(comparison)} devices inside"
            yield f"{comparison.number.what} ({comparison.bench}, {devices}): {why}"


def _totals(found: Sequence[Comparison]) -> Iterator[str]:
    of_basis = {
        basis: sum(comparison.number.basis == basis for comparison in found)
        for basis in ("predicted", "fitted", "follows from the recipe")
    }
    inside = sum(comparison.inside for comparison in found)
    predicted = sum(c.inside for c in found if c.number.basis == "predicted")
    seeds = sum(len(comparison.figures) for comparison in found)
    of_seeds = sum(comparison.seeds_inside for comparison in found)
    yield (
        f"{inside} of {len(found)} medians inside, {predicted} of the "
        f"{of_basis['predicted']} predicted; {of_seeds} of {seeds} single devices "
        f"({of_seeds / max(seeds, 1):.0%})."
    )
    yield (
        f"{of_basis['predicted']} predicted, {of_basis['fitted']} fitted, "
        f"{of_basis['follows from the recipe']} follow from the recipe."
    )


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _as_json(comparison: Comparison) -> dict[str, object]:
    return {
        "paper": comparison.paper,
        **comparison.number.model_dump(mode="json"),
        "bench": comparison.bench,
        "bounds": [end if isfinite(end) else None for end in comparison.number.bounds],
        "simulated": [None if figure is None else figure.value for figure in comparison.figures],
        "intervals": [
            None
            if figure is None
            else [end if isfinite(end) else None for end in (figure.low, figure.high)]
            for figure in comparison.figures
        ],
        "seeds_inside": comparison.seeds_inside,
        "inside": comparison.inside,
        "failure": comparison.failure,
    }
