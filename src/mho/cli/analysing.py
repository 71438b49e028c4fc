"""``mho analyse``: conduction mechanisms of a recorded sweep."""

from pathlib import Path

import numpy as np
import pandas as pd

from mho.cli.exit_codes import DONE
from mho.cli.recorded import made
from mho.cli.screen import console, print_summary, say
from mho.errors import Problem, SettingsError
from mho.merit.conduction import ConductionFit, Film, conduction_fits
from mho.merit.estimate import Estimate
from mho.merit.log_slopes import log_slopes
from mho.merit.samples import NotEnoughData
from mho.quantities import KELVIN, METRE, VOLT
from mho.recording import RecordedRun, read_run
from mho.summary import Summary

_SELECTED = ("cycle", "branch")


def show_conduction(
    folder: Path,
    cycle: int | None,
    branch: int,
    window: tuple[str, str] | None,
    thickness: str | None,
    temperature: str,
) -> int:
    """Print the linearised conduction mechanisms of one branch of one cycle."""
    film, run = _film(thickness, temperature), read_run(folder)
    return made(run, "analysis", lambda: _show(run, cycle, branch, window, film))


def _show(
    run: RecordedRun,
    cycle: int | None,
    branch: int,
    window: tuple[str, str] | None,
    film: Film | None,
) -> int:
    voltage, current, what = _branch(run, cycle, branch)
    to = console()
    notes = []
    try:
        slopes = log_slopes(voltage, current)
        notes.append(
            f"log I against log V: slope {_quoted(slopes.low_slope)} below "
            f"{_quoted(slopes.break_voltage)} V, {_quoted(slopes.high_slope)} above, R2 "
            f"{slopes.r2:.4f} (one line: {_quoted(slopes.single_slope)}, R2 {slopes.single_r2:.4f})"
        )
    except NotEnoughData as error:
        notes.append(str(error))
    limits = _window(window, voltage)
    fits = conduction_fits(voltage, current, window=limits, film=film)
    notes.append("95 % intervals; R2 alone is no evidence: the slope must be physical too")
    if film is None:
        notes.append("with --thickness the slopes are turned into physical quantities")
    print_summary(
        Summary(
            title=f"Conduction, {what}, {VOLT.show(limits[0])} to {VOLT.show(limits[1])}",
            headers=("mechanism", "slope", "expected", "R2", "means", "points"),
            rows=tuple(_cells(fit) for fit in fits),
            notes=tuple(notes),
        ),
        to,
    )
    for source in dict.fromkeys(fit.source for fit in fits):
        say(f"source: {source}", to, style="dim")
    return DONE


def _branch(run: RecordedRun, cycle: int | None, branch: int) -> tuple[np.ndarray, np.ndarray, str]:
    rows, folder = run.rows, run.folder
    missing = [name for name in (*_SELECTED, "voltage", "current") if name not in rows]
    if missing:
        message = f"has no column {', '.join(missing)}; give the run of a sweep (protocol iv)"
        raise SettingsError([Problem(str(folder), message)])
    at = int(rows["cycle"].max()) if cycle is None else cycle
    chosen = rows[(rows["cycle"] == at) & (rows["branch"] == branch)]
    if "part" in rows:
        chosen = chosen[chosen["part"] != "read"]
    chosen = chosen[~chosen["in_compliance"]]
    if chosen.empty:
        known = _known(rows)
        message = f"has no points of cycle {at}, branch {branch} out of compliance; it has {known}"
        raise SettingsError([Problem(str(folder), message)])
    voltage = np.abs(chosen["voltage"].to_numpy(np.float64))
    current = np.abs(chosen["current"].to_numpy(np.float64))
    return voltage, current, f"cycle {at}, branch {branch}"


def _known(rows: pd.DataFrame) -> str:
    cycles, branches = rows["cycle"], sorted({int(b) for b in rows["branch"]})
    return f"cycles {cycles.min()} to {cycles.max()}, branches {', '.join(map(str, branches))}"


def _window(window: tuple[str, str] | None, voltage: np.ndarray) -> tuple[float, float]:
    if window is None:
        return float(voltage[voltage > 0].min()), float(voltage.max())
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


def _cells(fit: ConductionFit) -> tuple[str, ...]:
    means = "-" if fit.physical is None else f"{fit.quantity} {_quoted(fit.physical)}"
    return (
        fit.mechanism,
        _quoted(fit.slope),
        "-" if fit.expected_slope is None else f"{fit.expected_slope:g}",
        f"{fit.r2:.4f}",
        means,
        str(fit.points),
    )


def _quoted(estimate: Estimate) -> str:
    return f"{estimate.value:.4g} ({estimate.low:.4g} to {estimate.high:.4g})"
