"""``mho validate``: published numbers beside simulated ones."""

import json
from math import isfinite

import click
from rich.markup import escape

from mho.cli.commands import DONE, STOPPED
from mho.cli.screen import console, table
from mho.validation import Comparison, validate

HEADERS = ("published", "printed", "inside if", "simulated", "spread", "fitted", "inside")


def show_validation(device: str | None, seeds: int, *, as_json: bool) -> int:
    """Measure and print; exit code 1 if a number lies outside without an explanation."""
    errors = console(errors=True)
    found = validate(device, seeds, lambda line: errors.print(f"[dim]{escape(line)}[/]"))
    if as_json:
        click.echo(json.dumps([_as_json(comparison) for comparison in found], indent=1))
    else:
        to = console()
        to.width = max(to.width, 140)
        for paper in dict.fromkeys(comparison.paper for comparison in found):
            rows = tuple(_cells(c) for c in found if c.paper == paper)
            to.print(table(paper, HEADERS, rows))
        for comparison in found:
            why = comparison.number.explanation or comparison.failure
            if not comparison.inside and why:
                to.print(escape(f"{comparison.number.what}: {why}"))
        unfitted = sum(not comparison.number.fitted for comparison in found)
        inside = sum(comparison.inside for comparison in found)
        to.print(
            f"{inside} of {len(found)} inside; {unfitted} of {len(found)} were not used for fitting"
        )
    unexplained = [c for c in found if not c.inside and not c.number.explanation]
    return STOPPED if unexplained else DONE


def _cells(comparison: Comparison) -> tuple[str, ...]:
    number = comparison.number
    unit = "" if number.unit == "1" else f" {number.unit}"
    return (
        number.what,
        number.printed,
        f"{number.low:.4g} to {number.high:.4g}{unit}",
        f"{comparison.typical:.4g}{unit}" if isfinite(comparison.typical) else "-",
        f"{comparison.spread:.2g}" if isfinite(comparison.spread) else "-",
        "fitted" if number.fitted else "no",
        "yes" if comparison.inside else "explained" if number.explanation else "NO",
    )


def _as_json(comparison: Comparison) -> dict[str, object]:
    return {
        "paper": comparison.paper,
        **comparison.number.model_dump(mode="json"),
        "simulated": list(comparison.values),
        "inside": comparison.inside,
        "failure": comparison.failure,
    }
