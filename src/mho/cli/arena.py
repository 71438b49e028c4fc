"""``mho arena`` on simulated cells: holds the contest, prints and draws it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from mho import settings
from mho.arena.banks import banks_of
from mho.arena.composites import Composed, composed, composite_data
from mho.arena.contest import Arena, Entrant, Round, as_data, rounds, spread_targets
from mho.arena.entrants import entrants_of
from mho.arena.figure import figure
from mho.arena.means import Terms
from mho.cli.arena_options import DEVICE, Asked, asked_of
from mho.cli.arena_tables import composite_lines, round_lines
from mho.cli.exit_codes import DONE
from mho.cli.lines import width, wrapped
from mho.drawing import draw
from mho.quantities import SIEMENS

SCHEMA = 2
"""Of the document; 2: looks and exchanges."""


def hold(options: Mapping[str, Any]) -> int:
    """Hold a contest, on simulated cells or on the bench that is named.

    Raises
    ------
    SettingsError
        An option that is no such quantity, or cannot be met by the device.
    """
    asked = asked_of(options)
    entrants = entrants_of(options["algorithms"])
    if options["bench"] is not None:
        from mho.cli.arena_on_bench import replay

        return replay(options, asked, entrants)
    arena = _arena(options, asked)
    found = []
    title = _title(options, arena, entrants)
    as_json: bool = options["as_json"]
    if not as_json:
        click.echo("\n".join(wrapped(title, width())))
    for one in rounds(arena, entrants, asked.tolerances):
        found.append(one)
        if not as_json:
            click.echo("\n".join(round_lines(one, with_calibration=options["calibration"])))
    composites: tuple[list[Composed], float] | None = None
    if options["composite"] is not None:
        tightest = asked.tolerances[-1]
        composites = composed(arena, entrants[0], tightest, options["composite"])
        if not as_json:
            lines = composite_lines(entrants[0].name, tightest, *composites)
            click.echo("\n".join(["", *lines]))
    if as_json:
        about = {
            "device": arena.profile.name,
            "bench": None,
            "preset": options["preset"],
            "devices": arena.devices,
            "targets": arena.targets.tolist(),
            "seed": arena.seed,
        }
        document = as_document(about, arena.terms, found)
        document["composite"] = None if composites is None else composite_data(*composites)
        click.echo(json.dumps(document, indent=1, allow_nan=False))
    draw_contest(title, found, options["figure"], as_json=as_json)
    return DONE


def _arena(options: Mapping[str, Any], asked: Asked) -> Arena:
    _, profile = settings.read_device(options["device"] or DEVICE)
    cells = banks_of(profile, options["preset"])
    targets = spread_targets(profile, cells, asked.targets, asked.terms, asked.ends)
    return Arena(
        profile=profile,
        cells=cells,
        devices=asked.devices,
        targets=targets,
        terms=asked.terms,
        seed=options["seed"] or 0,
    )


def _title(options: Mapping[str, Any], arena: Arena, entrants: Sequence[Entrant]) -> str:
    preset = f", preset {options['preset']}" if options["preset"] else ""
    low, high = (SIEMENS.show(float(f"{end:.3g}")) for end in (arena.targets[0], arena.targets[-1]))
    return (
        f"{len(entrants)} algorithms on {arena.profile.name}{preset}: {arena.devices} devices x "
        f"{len(arena.targets)} targets, {low} to {high}, seed {arena.seed}"
    )


def as_document(about: Mapping[str, Any], terms: Terms, found: Sequence[Round]) -> dict[str, Any]:
    """A contest as plain data, for JSON; ``about`` is what it was held on."""
    return {
        "schema": SCHEMA,
        **about,
        "judged_after": terms.judged_after,
        "judged_for": terms.judged_for,
        "confidence": terms.confidence,
        "rounds": [as_data(one) for one in found],
    }


def draw_contest(title: str, found: Sequence[Round], path: Path, *, as_json: bool) -> None:
    """Draw it and say where: beside a document of its own that is no part of it."""
    draw(figure(title, found), path)
    click.echo(f"\n{path}" * (not as_json) or str(path), err=as_json)
