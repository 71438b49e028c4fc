"""``mho validate``: published numbers beside simulated ones."""

import json
from math import inf, isfinite

import click
from rich.markup import escape

from mho.cli.exit_codes import DONE, STOPPED
from mho.cli.screen import console, print_table, say
from mho.validation import Comparison, validate

HEADERS = (
    "published", "as printed", "inside if", "simulated", "spread", "SI", "fitted", "inside"
)  # fmt: skip


def show_validation(device: str | None, seeds: int, *, as_json: bool) -> int:
    """Measure and print; exit code 1 if a number lies outside without an explanation."""
    errors = console(errors=True)
    found = validate(device, seeds, lambda line: errors.print(f"[dim]{escape(line)}[/]"))
    if as_json:
        click.echo(json.dumps([_as_json(comparison) for comparison in found], indent=1))
    else:
        to = console()
        for paper in dict.fromkeys(comparison.paper for comparison in found):
            rows = tuple(_cells(c) for c in found if c.paper == paper)
            print_table(paper, HEADERS, rows, to)
        for comparison in found:
            why = comparison.number.explanation or comparison.failure
            if not comparison.inside and why:
                say(f"{comparison.number.what}: {why}", to)
        unfitted = sum(not comparison.number.used_for_fitting for comparison in found)
        inside = sum(comparison.inside for comparison in found)
        to.print(
            f"{inside} of {len(found)} inside; {unfitted} of {len(found)} were not used for fitting"
        )
    unexplained = [c for c in found if not c.inside and not c.number.explanation]
    return STOPPED if unexplained else DONE


def _cells(comparison: Comparison) -> tuple[str, ...]:
    number = comparison.number
    low, high = number.bounds
    return (
        number.what,
        number.printed,
        _span(low, high),
        f"{comparison.typical:.4g}" if isfinite(comparison.typical) else "-",
        f"{comparison.spread:.2g}" if isfinite(comparison.spread) else "-",
        number.unit,
        "fitted" if number.used_for_fitting else "no",
        "yes" if comparison.inside else "explained" if number.explanation else "NO",
    )


def _span(low: float, high: float) -> str:
    if low == -inf:
        return f"<= {high:.4g}"
    return f">= {low:.4g}" if high == inf else f"{low:.4g} to {high:.4g}"


def _as_json(comparison: Comparison) -> dict[str, object]:
    return {
        "paper": comparison.paper,
        **comparison.number.model_dump(mode="json"),
        "simulated": list(comparison.values),
        "inside": comparison.inside,
        "failure": comparison.failure,
    }
