"""``mho arena``: reads the options, holds the contest, prints and draws it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from mho import settings
from mho.arena.banks import banks_of
from mho.arena.composites import FACTOR, Composed, composed, composite_data
from mho.arena.contest import Arena, Entrant, Round, as_data, rounds, spread_targets
from mho.arena.entrants import entrants_of
from mho.arena.figure import figure
from mho.arena.means import Terms
from mho.arena.standings import Standing, calibration, ranked
from mho.cli.exit_codes import DONE
from mho.cli.lines import table, width, wrapped
from mho.device.profile import DeviceProfile
from mho.drawing import draw
from mho.errors import Problem, SettingsError
from mho.merit.estimate import Estimate
from mho.quantities import FRACTION, JOULE, SECOND, SIEMENS, Unit

SCHEMA = 1


def hold(options: Mapping[str, Any]) -> int:
    """Hold a contest.

    Raises
    ------
    SettingsError
        An option that is no such quantity, or cannot be met by the device.
    """
    _, profile = settings.read_device(options["device"])
    entrants = entrants_of(options["algorithms"])
    tolerances = _tolerances(options["tolerances"])
    arena = _arena(options, profile)
    found = []
    title = _title(options, arena, entrants)
    if not options["as_json"]:
        click.echo("\n".join(wrapped(title, width())))
    for one in rounds(arena, entrants, tolerances):
        found.append(one)
        if not options["as_json"]:
            click.echo("\n".join(_lines(one, with_calibration=options["calibration"])))
    composites = _composites(options, arena, entrants[0], tolerances[-1])
    if composites and not options["as_json"]:
        click.echo("\n".join(["", *_composite_lines(entrants[0].name, tolerances[-1], composites)]))
    if options["as_json"]:
        click.echo(
            json.dumps(_document(options, arena, found, composites), indent=1, allow_nan=False)
        )
    path: Path = options["figure"]
    draw(figure(title, found), path)
    click.echo(f"\n{path}" * (not options["as_json"]) or str(path), err=options["as_json"])
    return DONE


def _arena(options: Mapping[str, Any], profile: DeviceProfile) -> Arena:
    terms = Terms(
        max_pulses=options["max_pulses"],
        longest_look=_quantity("--look", options["look"], SECOND),
        judged_after=_quantity("--after", options["judged_after"], SECOND),
        judged_for=_quantity("--over", options["judged_for"], SECOND),
        confidence=_fraction("--confidence", options["confidence"]),
    )
    cells = banks_of(profile, options["preset"])
    given = options["lowest"], options["highest"]
    if (given[0] is None) is not (given[1] is None):
        missing = "--from" if given[0] is None else "--to"
        raise SettingsError([Problem(missing, "the targets need both ends, or neither")])
    ends = None
    if given[0] is not None:
        ends = _quantity("--from", given[0], SIEMENS), _quantity("--to", given[1], SIEMENS)
        if ends[0] >= ends[1]:
            raise SettingsError([Problem("--to", f'"{given[1]}" is not above --from "{given[0]}"')])
    targets = spread_targets(profile, cells, options["targets"], terms, ends)
    return Arena(
        profile=profile,
        cells=cells,
        devices=options["devices"],
        targets=targets,
        terms=terms,
        seed=options["seed"],
    )


def _tolerances(written: Sequence[str]) -> list[float]:
    found = [_fraction("--tolerance", one) for text in written for one in text.split(",")]
    return sorted(found, reverse=True)


def _fraction(option: str, text: str) -> float:
    value = _quantity(option, text, FRACTION)
    if not value < 1.0:
        raise SettingsError([Problem(option, f'"{text}" must be below 100 %')])
    return value


def _quantity(option: str, text: str, unit: Unit) -> float:
    try:
        value = unit.parse(text.strip())
        if not value > 0:
            raise ValueError(f'"{text}" must be above 0')
    except ValueError as error:
        raise SettingsError([Problem(option, str(error))]) from None
    return value


def _title(options: Mapping[str, Any], arena: Arena, entrants: Sequence[Entrant]) -> str:
    preset = f", preset {options['preset']}" if options["preset"] else ""
    low, high = (SIEMENS.show(float(f"{end:.3g}")) for end in (arena.targets[0], arena.targets[-1]))
    return (
        f"{len(entrants)} algorithms on {arena.profile.name}{preset}: {arena.devices} devices x "
        f"{len(arena.targets)} targets, {low} to {high}, seed {arena.seed}"
    )


_HEADERS = (
    "algorithm", "true %", "declared %", "false %", "pulses", "p95", "reads", "time", "energy",
)  # fmt: skip


def _lines(found: Round, *, with_calibration: bool) -> list[str]:
    """One tolerance as a table; false accepts are of those declared."""
    ceiling = f"noise ceiling {_percent(found.ceiling)} %"
    pulses = f"{found.fewest_pulses:.1f} pulses by perfect knowledge"
    if found.fewest_pulses != found.fewest_pulses:
        pulses = "no bound for the pulses: the steps of this device do not follow its amplitudes"
    head = f"tolerance {FRACTION.show(found.tolerance)}: {ceiling}, {pulses}"
    order = ranked(found.standings)
    lines = ["", *wrapped(head, width()), ""]
    lines += table(_HEADERS, tuple(map(_row, order)), width())
    ends = "; ".join(
        f"{one.name}: " + ", ".join(f"{count} {word}" for word, count in one.ends) for one in order
    )
    lines += ["", *wrapped(f"ends: {ends}", width())]
    if with_calibration:
        lines += ["", *_calibration(found)]
    return lines


def _row(one: Standing) -> tuple[str, ...]:
    return (
        one.name,
        _percent(one.true),
        f"{100 * one.declared.value:.1f}",
        "-" if one.false_accept.value != one.false_accept.value else _percent(one.false_accept),
        f"{one.pulses.value:.0f}",
        f"{one.pulses_p95:.0f}",
        f"{one.reads.value:.0f}",
        SECOND.show(float(f"{one.time.value:.2g}")),
        JOULE.show(float(f"{one.energy.value:.2g}")),
    )


def _percent(share: Estimate) -> str:
    return f"{100 * share.value:.1f} ({100 * share.low:.0f}-{100 * share.high:.0f})"


def _calibration(found: Round) -> list[str]:
    rows = [
        (one.name, str(b.cells), f"{100 * b.said:.1f}", _percent(b.true))
        for one in ranked(found.standings)
        for b in calibration(found.trials[one.name])
    ]
    if not rows:
        return ["none of these algorithms says how sure it is"]
    return table(("algorithm", "cells", "said %", "true %"), tuple(rows), width())


def _composites(
    options: Mapping[str, Any], arena: Arena, entrant: Entrant, tolerance: float
) -> tuple[list[Composed], float] | None:
    if options["composite"] is None:
        return None
    return composed(arena, entrant, tolerance, options["composite"])


def _composite_lines(
    name: str, tolerance: float, composites: tuple[list[Composed], float]
) -> list[str]:
    found, floor = composites
    head = (
        f"values on several cells by {name}, tolerance {FRACTION.show(tolerance)}; each next cell "
        f"counts {FRACTION.show(FACTOR)} and takes what the others miss. Meanwhile the first cell "
        f"itself wanders by {100 * floor:.2f} %: the floor"
    )
    rows = tuple(
        (str(one.cells), f"{100 * one.error:.2f}", _percent(one.true), f"{one.pulses:.1f}")
        for one in found
    )
    lines = wrapped(head, width())
    return [*lines, "", *table(("cells", "error %", "true %", "pulses"), rows, width())]


def _document(
    options: Mapping[str, Any],
    arena: Arena,
    found: Sequence[Round],
    composites: tuple[list[Composed], float] | None,
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "device": arena.profile.name,
        "preset": options["preset"],
        "devices": arena.devices,
        "targets": arena.targets.tolist(),
        "seed": arena.seed,
        "judged_after": arena.terms.judged_after,
        "judged_for": arena.terms.judged_for,
        "confidence": arena.terms.confidence,
        "rounds": [as_data(one) for one in found],
        "composite": None if composites is None else composite_data(*composites),
    }
