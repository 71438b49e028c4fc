"""``mho report requirements``: runs of a cell beside what an application asks of it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click

from mho.cli.exit_codes import DONE, STOPPED
from mho.cli.result_lines import beside
from mho.cli.screen import console, print_summary
from mho.quantities import FRACTION, OHM, PERCENT, SIEMENS
from mho.requirements import (
    Answer,
    Report,
    Requirement,
    Verdict,
    read_requirements,
    report,
)
from mho.summary import Summary


def show_requirements(name: str, folders: Sequence[Path], *, as_json: bool) -> int:
    """Print the report; the exit code is 1 unless all requirements are met."""
    _, asked = read_requirements(name)
    found = report(asked, folders)
    if as_json:
        click.echo(json.dumps(as_data(found), indent=1))
    else:
        print_summary(_summary(found), console())
    met = all(answer.verdict is Verdict.MET for answer in found.answers)
    return DONE if met else STOPPED


def as_data(found: Report) -> dict[str, object]:
    """The report as plain data, in SI units."""
    return {
        "title": found.requirements.title,
        "source": found.requirements.source,
        "answers": [_answer_data(answer) for answer in found.answers],
        "conductance_range": found.span,
        "lost_in_lines": found.lost,
        "lost_in_lines_as_asked": found.lost_as_asked,
    }


def _answer_data(answer: Answer) -> dict[str, object]:
    requirement, result = answer.requirement, answer.result
    low, high = (None if abs(end) == float("inf") else end for end in requirement.bounds)
    return {
        "requirement": requirement.name,
        "printed": requirement.printed,
        "at_least": low,
        "at_most": high,
        "unit": requirement.unit,
        "verdict": answer.verdict.value,
        "value": None if result is None else result.value,
        "interval": None if result is None else result.interval,
        "result": None if result is None else result.name,
        "run": answer.run,
        "contradicted_by": list(answer.contradicted),
    }


def _summary(found: Report) -> Summary:
    lines, notes = [], []
    for answer in found.answers:
        result = answer.result
        lines.append(
            (
                answer.requirement.name,
                _bounds(answer.requirement),
                _measured(answer),
                answer.verdict.value,
            )
        )
        if answer.run is not None and result is not None:
            of = f", {result.part}" if result.part else ""
            notes.append(f"{answer.requirement.name}: {result.name}{of} of {answer.run}")
        else:
            wanted = " or ".join(answer.requirement.results)
            notes.append(f"{answer.requirement.name}: no run gives {wanted}")
        if answer.contradicted:
            notes.append(f"  another verdict by {', '.join(answer.contradicted)}")
    notes += _losses(found)
    notes.append(
        "met: the whole 95 % interval lies within; undecided: a part of it; of several runs the "
        "last one counts"
    )
    return Summary(
        title=f"{found.requirements.title} ({found.requirements.source})",
        headers=("requirement", "asked for", "measured (95 % interval)", "verdict"),
        rows=tuple(lines),
        notes=tuple(notes),
    )


def _bounds(requirement: Requirement) -> str:
    low, high = requirement.at_least, requirement.at_most
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f"at most {high}" if low is None else f"at least {low}"


def _measured(answer: Answer) -> str:
    """Value and interval; in percent where the bounds are."""
    result, bounds = answer.result, (answer.requirement.at_least, answer.requirement.at_most)
    if result is None:
        return "-"
    if not any(str(bound).endswith("%") for bound in bounds) or result.unit != "1":
        return beside(result)
    value, ends = result.value, result.interval
    scaled = replace(
        result,
        value=PERCENT.of(value) if isinstance(value, float) else value,
        interval=None if ends is None else (_percent(ends[0]), _percent(ends[1])),
        unit=PERCENT.symbol,
    )
    return beside(scaled)


def _percent(end: float | None) -> float | None:
    return None if end is None else PERCENT.of(end)


def _losses(found: Report) -> Iterator[str]:
    array = found.requirements.array
    if array is None:
        return
    where = f"an array of {array.size} x {array.size}, {OHM.show(array.segment)} a segment"
    if found.span is None or found.lost is None:
        yield f"{where}: no run gives the range of conductance, so the loss is open"
    else:
        yield f"{where}, cells {_range(found.span)}: {_share(found.lost)} of the current is lost"
    if array.range is not None and found.lost_as_asked is not None:
        yield f"  cells {_range(array.range)}, as asked for: {_share(found.lost_as_asked)}"


def _range(span: tuple[float, float]) -> str:
    low, high = (SIEMENS.show(float(f"{end:.3g}")) for end in span)
    return f"from {low} to {high}"


def _share(part: float) -> str:
    return FRACTION.show(float(f"{part:.2g}"))
