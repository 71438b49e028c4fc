"""``mho analyse``: read a run or a file, analyse it, print, and draw."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from math import inf
from pathlib import Path
from typing import Any

import click
import numpy as np

from mho.analysis.conduction import conduction
from mho.analysis.data import Analysis, Data, is_run, of_run
from mho.analysis.foreign import read_foreign
from mho.analysis.levels import levels
from mho.analysis.noise import noise
from mho.analysis.switching import switching
from mho.analysis.weibull import weibull
from mho.cli.exit_codes import DONE
from mho.cli.result_lines import HEADERS, lines, reasons
from mho.cli.screen import console, print_summary, print_table, say
from mho.drawing import draw
from mho.errors import MhoError, Problem, SettingsError
from mho.merit.conduction import Film
from mho.merit.switching import Rule
from mho.quantities import AMPERE, KELVIN, METRE, SECOND, SIEMENS, VOLT, Unit
from mho.recorded_results import results_of
from mho.result import by_name

SCHEMA = "mho analysis, version 1"

_LOG = logging.getLogger(__name__)

Options = Mapping[str, Any]

_OPTIONS = {"cycle": "cycles"}
"""What the option of a column is called where that is not the column's name."""


def show_conduction(**options: Any) -> int:
    """Conduction mechanisms of one branch of one cycle."""
    film = _film(options["thickness"], options["temperature"])
    window = _window(options["window"] or None)
    data = _limited(_read(options, "voltage", "current", "cycle"), options["compliance"])
    return _show(
        "conduction",
        data,
        options,
        lambda: conduction(
            data, cycle=options["cycle"], branch=options["branch"], window=window, film=film
        ),
    )


def show_noise(**options: Any) -> int:
    """Spectrum and telegraph noise."""
    interval = _quantity("--interval", options["interval"], SECOND)
    data = _read(options, "time", "current", "conductance")
    return _show("noise", data, options, lambda: noise(data, interval=interval))


def show_switching(**options: Any) -> int:
    """Switching voltages over cycles."""
    data = _limited(_read(options, "voltage", "current", "cycle"), options["compliance"])
    return _show(
        "switching",
        data,
        options,
        lambda: switching(data, rule=Rule(options["rule"]), set_polarity=options["set_polarity"]),
    )


def show_levels(**options: Any) -> int:
    """Levels that are told apart; shape and symmetry of pulse trains."""
    gap = _quantity("--minimum-gap", options["minimum_gap"], SIEMENS)
    if gap is None or not 0 < options["z"] < inf:
        raise SettingsError([Problem("--z", f"{options['z']:g} must be a number above 0")])
    data = _read(options, "conductance", "level", "pulse", "direction", "cycle")
    return _show("levels", data, options, lambda: levels(data, minimum_gap=gap, z=options["z"]))


def show_weibull(**options: Any) -> int:
    """The law of lifetimes: of runs of endurance, or of a file."""
    paths: Sequence[Path] = options["paths"]
    if all(is_run(path) for path in paths):
        data = _lifetimes(paths)
    elif len(paths) == 1:
        data = _read({**options, "paths": paths[0]}, "lifetime", "censored")
        data.need("an analysis of lifetimes", "lifetime")
    else:
        message = "give runs of endurance, or one file with a line a cell"
        raise SettingsError([Problem(", ".join(map(str, paths)), message)])
    life = data.frame["lifetime"].to_numpy(dtype=float)
    censored = np.zeros(len(life))
    if "censored" in data.frame:
        censored = data.frame["censored"].to_numpy(dtype=float)
    return _show(
        "weibull",
        data,
        options,
        lambda: weibull(life, censored, name=data.name, notes=data.notes),
    )


def _read(options: Options, *columns: str) -> Data:
    path: Path = options["paths"]
    named = {
        name: options[option]
        for name in columns
        if options.get(option := _OPTIONS.get(name, name)) is not None
    }
    if is_run(path):
        given = [f"--{_OPTIONS.get(name, name)}" for name in named]
        given += [f"--{name}" for name in ("delimiter", "decimal") if options[name]]
        if given:
            message = "is for a file; the columns of a run are known"
            raise SettingsError([Problem(", ".join(given), message)])
        data = of_run(path)
    else:
        wheres = [where.partition("=")[0] for where in options["where"]]
        wanted = [*columns, *(name.strip() for name in wheres)]
        data = read_foreign(
            path, named, wanted, delimiter=options["delimiter"], decimal=options["decimal"]
        )
    chosen = {}
    for where in options["where"]:
        name, equals, value = where.partition("=")
        if not equals or not name:
            raise SettingsError([Problem(f"--where {where}", "write COLUMN=VALUE")])
        chosen[name.strip()] = value.strip()
    return data.where(chosen)


def _lifetimes(paths: Sequence[Path]) -> Data:
    import pandas as pd

    rows, notes = [], list[str]()
    for path in paths:
        survived = by_name(results_of(path).results).get("cycles_survived")
        if survived is None:
            message = "tells no cycles_survived; give runs of the protocol endurance"
            raise SettingsError([Problem(str(path), message)])
        if not isinstance(survived.value, float):
            notes.append(f"{path}: {survived.undetermined}: left out")
            continue
        failed_by = None if survived.interval is None else survived.interval[1]
        rows.append((failed_by or survived.value, float(failed_by is None)))
    notes.append("a lifetime is the cycle whose check failed, or the last one of a survivor")
    frame = pd.DataFrame(rows, columns=["lifetime", "censored"])
    return Data(place=paths[0], name=f"{len(rows)} runs", frame=frame, notes=tuple(notes))


def _limited(data: Data, compliance: str | None) -> Data:
    """The same, with the readings that a current limit held marked."""
    limit = _quantity("--compliance", compliance, AMPERE)
    if limit is None:
        if "in_compliance" in data.frame or "current" not in data.frame:
            return data
        note = (
            "the file does not say where a current limit held; give --compliance if there was one"
        )
        return replace(data, notes=(*data.notes, note))
    if "in_compliance" in data.frame:
        raise SettingsError([Problem("--compliance", "is for a file; a run has it in its rows")])
    data.need("a current limit", "current")
    held = data.frame["current"].abs() >= 0.99 * limit
    note = f"{int(held.sum())} of {len(held)} readings were held by the current limit"
    return replace(data, frame=data.frame.assign(in_compliance=held), notes=(*data.notes, note))


def _show(name: str, data: Data, options: Options, analyse: Callable[[], Analysis]) -> int:
    try:
        found = analyse()
    except MhoError:
        raise
    except Exception as error:
        _LOG.debug("no analysis of %s", data.place, exc_info=True)
        message = f"the analysis of {name} fails on these rows ({type(error).__name__}: {error})"
        raise SettingsError([Problem(str(data.place), message)]) from error
    path: Path | None = options["out"]
    if path is not None and path.suffix.lower() not in (".png", ".pdf", ".svg"):
        message = "the name of a figure ends in .png, .pdf, .svg"
        raise SettingsError([Problem(f"--out {path}", message)])
    if options["as_json"]:
        _print_json(name, data, found)
    else:
        _print(found)
        path = path or _beside(name, data)
    if path is not None:
        draw(found.figure, path, note=f"mho analyse {name} · {data.name}")
        click.echo(str(path), err=options["as_json"])
    return DONE


def _beside(name: str, data: Data) -> Path:
    """In a run folder; of a foreign file in the current folder, its own is somebody else's."""
    if data.place.is_dir():
        return data.place / f"{name}.png"
    return Path(f"{data.place.stem}_{name}.png")


def _print(found: Analysis) -> None:
    to = console()
    if found.summary.headers:
        print_summary(found.summary, to)
    else:
        say(found.summary.title, to, style="bold")
        for note in found.summary.notes:
            say(note, to)
    to.print()
    print_table("Figures of merit", HEADERS, lines(found.results), to)
    for reason in reasons(found.results):
        say(reason, to)


def _print_json(name: str, data: Data, found: Analysis) -> None:
    document = {
        "schema": SCHEMA,
        "analysis": name,
        "of": str(data.place),
        "columns": {name: title for name, title in data.columns.items() if name in data.frame},
        "rows": len(data.frame),
        "results": [asdict(result) for result in found.results],
        "notes": list(found.summary.notes),
    }
    click.echo(json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False))


def _quantity(option: str, text: str | None, unit: Unit) -> float | None:
    if text is None:
        return None
    try:
        value = unit.parse(text)
        if not value > 0:
            raise ValueError(f'"{text}" must be above 0')
    except ValueError as error:
        raise SettingsError([Problem(option, str(error))]) from None
    return value


def _window(window: tuple[str, str] | None) -> tuple[float, float] | None:
    if window is None:
        return None
    try:
        low, high = (VOLT.parse(text) for text in window)
    except ValueError as error:
        raise SettingsError([Problem("--window", str(error))]) from None
    if not 0 <= low < high:
        raise SettingsError(
            [Problem("--window", "write the lower magnitude first, then the upper")]
        )
    return low, high


def _film(thickness: str | None, temperature: str) -> Film | None:
    try:
        if thickness is None:
            return None
        film = Film(thickness=METRE.parse(thickness), temperature=KELVIN.parse(temperature))
        if film.thickness <= 0 or film.temperature <= 0:
            raise ValueError(f'"{thickness}" and "{temperature}" must be above 0')
    except ValueError as error:
        raise SettingsError([Problem("--thickness, --temperature", str(error))]) from None
    return film
